"""
What is known of packages that give models their bases and fields.

``LIBRARIES`` holds, module by module, those classes that change what
migrations see, in Python as the reader reads it: fields and ``Meta`` as the
package defines them, and nothing else. A class that is not here is unknown.
"""

from __future__ import annotations

from analyzers.read.django.library_fields import LIBRARY_FIELDS

NO_FIELDS = frozenset(
    {
        "django.db.models.Manager",
        "model_utils.FieldTracker",
        "simple_history.models.HistoricalRecords",
        "django_lifecycle.LifecycleModelMixin",
        "wagtail.search.index.Indexed",
        "rules.contrib.models.RulesModelMixin",
        "django_prometheus.models.ExportModelOperationsMixin",
        "guardian.mixins.GuardianUserMixin",
        "django_fsm.FSMModelMixin",
        "dirtyfields.DirtyFieldsMixin",
        "social_core.storage.AssociationMixin",
        "social_core.storage.CodeMixin",
        "social_core.storage.NonceMixin",
        "social_core.storage.PartialMixin",
        "social_core.storage.UserMixin",
    }
)
"""Base classes without fields of their own, which are no models either."""

MODELS_WITHOUT_FIELDS = frozenset(
    {
        "modelcluster.models.ClusterableModel",
        "computedfields.models.ComputedFieldsModel",
        "django_lifecycle.LifecycleModel",
        "django_lifecycle.models.LifecycleModel",
        "rules.contrib.models.RulesModel",
        "solo.models.SingletonModel",
    }
)
"""Abstract models that bring nothing to a table."""

FIELD_CLASSES = frozenset(
    {
        "taggit.managers.TaggableManager",
        "modelcluster.contrib.taggit.ClusterTaggableManager",
        "modelcluster.fields.ParentalKey",
    }
)
"""Field classes whose names do not say so."""

_AUTH_BASE = """
from django.db import models
from django.utils.translation import gettext_lazy as _

class BaseUserManager(models.Manager):
    pass

class AbstractBaseUser(models.Model):
    password = models.CharField(_("password"), max_length=128)
    last_login = models.DateTimeField(_("last login"), blank=True, null=True)

    class Meta:
        abstract = True
"""

_AUTH = """
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

class PermissionManager(models.Manager):
    use_in_migrations = True

class GroupManager(models.Manager):
    use_in_migrations = True

class UserManager(BaseUserManager):
    use_in_migrations = True

class Permission(models.Model):
    name = models.CharField(_("name"), max_length=255)
    objects = PermissionManager()

class Group(models.Model):
    name = models.CharField(_("name"), max_length=150, unique=True)
    objects = GroupManager()

class PermissionsMixin(models.Model):
    is_superuser = models.BooleanField(
        _("superuser status"), default=False,
        help_text=_("Designates that this user has all permissions without explicitly assigning them."),
    )
    groups = models.ManyToManyField(
        "auth.Group", verbose_name=_("groups"), blank=True,
        help_text=_("The groups this user belongs to. A user will get all permissions granted to each of their groups."),
        related_name="user_set", related_query_name="user",
    )
    user_permissions = models.ManyToManyField(
        "auth.Permission", verbose_name=_("user permissions"), blank=True,
        help_text=_("Specific permissions for this user."),
        related_name="user_set", related_query_name="user",
    )

    class Meta:
        abstract = True

class AbstractUser(AbstractBaseUser, PermissionsMixin):
    username = models.CharField(
        _("username"), max_length=150, unique=True,
        help_text=_("Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only."),
        validators=[UnicodeUsernameValidator()],
        error_messages={"unique": _("A user with that username already exists.")},
    )
    first_name = models.CharField(_("first name"), max_length=150, blank=True)
    last_name = models.CharField(_("last name"), max_length=150, blank=True)
    email = models.EmailField(_("email address"), blank=True)
    is_staff = models.BooleanField(
        _("staff status"), default=False,
        help_text=_("Designates whether the user can log into this admin site."),
    )
    is_active = models.BooleanField(
        _("active"), default=True,
        help_text=_("Designates whether this user should be treated as active. Unselect this instead of deleting accounts."),
    )
    date_joined = models.DateTimeField(_("date joined"), default=timezone.now)

    objects = UserManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        abstract = True

class User(AbstractUser):
    class Meta(AbstractUser.Meta):
        swappable = "AUTH_USER_MODEL"
"""

_MODEL_UTILS = """
from django.db import models
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from model_utils.fields import AutoCreatedField, AutoLastModifiedField, UUIDField

class TimeStampedModel(models.Model):
    created = AutoCreatedField(_("created"))
    modified = AutoLastModifiedField(_("modified"))

    class Meta:
        abstract = True

class TimeFramedModel(models.Model):
    start = models.DateTimeField(_("start"), null=True, blank=True)
    end = models.DateTimeField(_("end"), null=True, blank=True)

    class Meta:
        abstract = True

class SoftDeletableModel(models.Model):
    is_removed = models.BooleanField(default=False)

    class Meta:
        abstract = True

class UUIDModel(models.Model):
    id = UUIDField(primary_key=True, version=4, editable=False)

    class Meta:
        abstract = True
"""

_EXTENSIONS = """
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_extensions.db.fields import AutoSlugField, CreationDateTimeField, ModificationDateTimeField

class TimeStampedModel(models.Model):
    created = CreationDateTimeField(_("created"))
    modified = ModificationDateTimeField(_("modified"))

    class Meta:
        get_latest_by = "modified"
        abstract = True

class TitleDescriptionModel(models.Model):
    title = models.CharField(_("title"), max_length=255)
    description = models.TextField(_("description"), blank=True, null=True)

    class Meta:
        abstract = True

class TitleSlugDescriptionModel(TitleDescriptionModel):
    slug = AutoSlugField(_("slug"), populate_from="title")

    class Meta:
        abstract = True

class ActivatorModel(models.Model):
    status = models.IntegerField(_("status"), choices=((0, _("Inactive")), (1, _("Active"))), default=1)
    activate_date = models.DateTimeField(blank=True, null=True, help_text=_("keep empty for an immediate activation"))
    deactivate_date = models.DateTimeField(blank=True, null=True, help_text=_("keep empty for indefinite activation"))

    class Meta:
        ordering = ("status", "-activate_date")
        abstract = True
"""

_MPTT = """
from django.db import models

class MPTTModel(models.Model):
    lft = models.PositiveIntegerField(editable=False)
    rght = models.PositiveIntegerField(editable=False)
    tree_id = models.PositiveIntegerField(editable=False, db_index=True)
    level = models.PositiveIntegerField(editable=False)

    class Meta:
        abstract = True
"""

_TREEBEARD_MP = """
from django.db import models

class MP_Node(models.Model):
    path = models.CharField(max_length=255, unique=True)
    depth = models.PositiveIntegerField()
    numchild = models.PositiveIntegerField(default=0)

    class Meta:
        abstract = True
"""

_TREEBEARD_AL = """
from django.db import models

class AL_Node(models.Model):
    class Meta:
        abstract = True
"""

_PARLER = """
from django.db import models

class TranslatableModelMixin:
    pass

class TranslatableModel(TranslatableModelMixin, models.Model):
    class Meta:
        abstract = True
"""

_POLYMORPHIC = """
import twostep
from django.contrib.contenttypes.models import ContentType
from django.db import models

class PolymorphicModel(models.Model):
    polymorphic_ctype = models.ForeignKey(
        ContentType, null=True, editable=False, on_delete=models.CASCADE,
        related_name="polymorphic_%(app_label)s.%(class)s_set+",
    )

    class Meta:
        abstract = True
        base_manager_name = twostep.by_version()
"""

_WAGTAIL = """
from django.db import models

class Orderable(models.Model):
    sort_order = models.IntegerField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True
        ordering = ["sort_order"]
"""

_CONTENT_TYPES = """
from django.db import models

class ContentType(models.Model):
    app_label = models.CharField(max_length=100)
    model = models.CharField(max_length=100)
"""

_TREEBEARD_NS = """
from django.db import models

class NS_Node(models.Model):
    lft = models.PositiveIntegerField(db_index=True)
    rgt = models.PositiveIntegerField(db_index=True)
    tree_id = models.PositiveIntegerField(db_index=True)
    depth = models.PositiveIntegerField(db_index=True)

    class Meta:
        abstract = True
"""

_SESSIONS = """
from django.db import models
from django.utils.translation import gettext_lazy as _

class BaseSessionManager(models.Manager):
    pass

class AbstractBaseSession(models.Model):
    session_key = models.CharField(_("session key"), max_length=40, primary_key=True)
    session_data = models.TextField(_("session data"))
    expire_date = models.DateTimeField(_("expire date"), db_index=True)

    objects = BaseSessionManager()

    class Meta:
        abstract = True
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
"""

_TAGGIT = """
from django.db import models
from django.utils.translation import gettext_lazy as _

class ItemBase(models.Model):
    class Meta:
        abstract = True

class TaggedItemBase(ItemBase):
    tag = models.ForeignKey(
        "taggit.Tag", related_name="%(app_label)s_%(class)s_items", on_delete=models.CASCADE
    )

    class Meta:
        abstract = True

class CommonGenericTaggedItemBase(ItemBase):
    content_type = models.ForeignKey(
        "contenttypes.ContentType", on_delete=models.CASCADE, verbose_name=_("content type"),
        related_name="%(app_label)s_%(class)s_tagged_items",
    )

    class Meta:
        abstract = True

class GenericTaggedItemBase(CommonGenericTaggedItemBase):
    object_id = models.IntegerField(verbose_name=_("object ID"), db_index=True)

    class Meta:
        abstract = True

class GenericUUIDTaggedItemBase(CommonGenericTaggedItemBase):
    object_id = models.UUIDField(verbose_name=_("object ID"), db_index=True)

    class Meta:
        abstract = True
"""

_TREE_QUERIES = """
from django.db import models
from django.utils.translation import gettext_lazy as _
from tree_queries.fields import TreeNodeForeignKey

class TreeNode(models.Model):
    parent = TreeNodeForeignKey(
        "self", blank=True, null=True, on_delete=models.CASCADE,
        verbose_name=_("parent"), related_name="children",
    )

    class Meta:
        abstract = True
"""

_MORANGO = """
from django.db import models

class UUIDField(models.CharField):
    def __init__(self, *args, **kwargs):
        kwargs["max_length"] = 32
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_length"]
        return name, path, args, kwargs

class UUIDModelMixin(models.Model):
    id = UUIDField(max_length=32, primary_key=True, editable=False)

    class Meta:
        abstract = True
"""

_MORANGO_MODELS = """
from django.db import models
from morango.models.fields.uuids import UUIDModelMixin

class SyncableModel(UUIDModelMixin):
    _morango_dirty_bit = models.BooleanField(default=True, editable=False)
    _morango_source_id = models.CharField(max_length=96, editable=False)
    _morango_partition = models.CharField(max_length=128, editable=False)

    objects = models.Manager()
    syncing_objects = models.Manager()

    class Meta:
        abstract = True
"""

_DJANGO_OTP = """
from django.conf import settings
from django.db import models

class Device(models.Model):
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, help_text="The user that this device belongs to.",
        on_delete=models.CASCADE,
    )
    name = models.CharField(max_length=64, help_text="The human-readable name of this device.")
    confirmed = models.BooleanField(default=True, help_text="Is this device ready for use?")

    objects = models.Manager()

    class Meta:
        abstract = True

class ThrottlingMixin(models.Model):
    throttling_failure_timestamp = models.DateTimeField(
        null=True, blank=True, default=None,
        help_text="A timestamp of the last failed verification attempt. Null if last attempt succeeded.",
    )
    throttling_failure_count = models.PositiveIntegerField(
        default=0, help_text="Number of successive failed attempts."
    )

    class Meta:
        abstract = True
"""

LIBRARIES = {
    **LIBRARY_FIELDS,
    "django_otp.models": _DJANGO_OTP,
    "morango.models.fields.uuids": _MORANGO,
    "morango.models": _MORANGO_MODELS,
    "tree_queries.models": _TREE_QUERIES,
    "django.contrib.sessions.base_session": _SESSIONS,
    "taggit.models": _TAGGIT,
    "treebeard.al_tree": _TREEBEARD_AL,
    "treebeard.ns_tree": _TREEBEARD_NS,
    "django.contrib.auth.base_user": _AUTH_BASE,
    "django.contrib.auth.models": _AUTH,
    "django.contrib.contenttypes.models": _CONTENT_TYPES,
    "model_utils.models": _MODEL_UTILS,
    "django_extensions.db.models": _EXTENSIONS,
    "mptt.models": _MPTT,
    "treebeard.mp_tree": _TREEBEARD_MP,
    "parler.models": _PARLER,
    "wagtail.models": _WAGTAIL,
    "wagtail.core.models": _WAGTAIL,
    "polymorphic.models": _POLYMORPHIC,
}
"""Module to source."""
