"""
Base classes and managers of published packages, in Python as the reader reads it.

Fields, ``Meta`` and managers as the packages define them, and nothing else. What
only some versions have is ``by_version()``, with what they have where that is told; a class
that is not here is unknown.
"""

from __future__ import annotations

from analyzers.read.django.library_fields import FSM_FIELDS

_MODEL_UTILS = """
from django.db import models
from django.utils.translation import gettext_lazy as _
from model_utils.fields import (
    AutoCreatedField, AutoLastModifiedField, MonitorField, StatusField, UUIDField,
)
from model_utils.managers import SoftDeletableManager

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

class StatusModel(models.Model):
    status = StatusField(_("status"))
    status_changed = MonitorField(_("status changed"), monitor="status")

    class Meta:
        abstract = True

class SoftDeletableModel(models.Model):
    is_removed = models.BooleanField(default=False)

    objects = SoftDeletableManager()

    class Meta:
        abstract = True

class UUIDModel(models.Model):
    id = UUIDField(primary_key=True, version=4, editable=False)

    class Meta:
        abstract = True
"""

_MODEL_UTILS_MANAGERS = """
from django.db import models

class InheritanceManager(models.Manager):
    pass

class QueryManager(models.Manager):
    pass

class SoftDeletableManager(models.Manager):
    pass

class JoinManager(models.Manager):
    pass
"""
_EXTENSIONS = """
from twostep import by_version
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_extensions.db.fields import AutoSlugField, CreationDateTimeField, ModificationDateTimeField

class TimeStampedModel(models.Model):
    created = CreationDateTimeField(_("created"))
    modified = ModificationDateTimeField(_("modified"))

    class Meta:
        get_latest_by = "modified"
        ordering = by_version(("-modified", "-created"))
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

class ActivatorModelManager(models.Manager):
    pass

class ActivatorModel(models.Model):
    objects = ActivatorModelManager()

    status = models.IntegerField(_("status"), choices=((0, _("Inactive")), (1, _("Active"))), default=1)
    activate_date = models.DateTimeField(blank=True, null=True, help_text=_("keep empty for an immediate activation"))
    deactivate_date = models.DateTimeField(blank=True, null=True, help_text=_("keep empty for indefinite activation"))

    class Meta:
        ordering = ("status", "-activate_date")
        abstract = True
"""

_MPTT = """
from django.db import models
from mptt.fields import TreeForeignKey
from mptt.managers import TreeManager

class MPTTModel(models.Model):
    lft = models.PositiveIntegerField(editable=False)
    rght = models.PositiveIntegerField(editable=False)
    tree_id = models.PositiveIntegerField(editable=False, db_index=True)
    level = models.PositiveIntegerField(editable=False)

    objects = TreeManager()

    class Meta:
        abstract = True
"""

_MANAGER = """
from django.db import models

class {}(models.Manager):
    pass
"""
_TREEBEARD_MP = """
from django.db import models

class MP_NodeManager(models.Manager):
    pass

class MP_Node(models.Model):
    objects = MP_NodeManager()

    path = models.CharField(max_length=255, unique=True)
    depth = models.PositiveIntegerField()
    numchild = models.PositiveIntegerField(default=0)

    class Meta:
        abstract = True
"""

_TREEBEARD_AL = """
from django.db import models

class AL_NodeManager(models.Manager):
    pass

class AL_Node(models.Model):
    objects = AL_NodeManager()

    class Meta:
        abstract = True
"""

_PARLER = """
from django.db import models
from django.utils.translation import gettext_lazy as _
from parler.managers import TranslatableManager

class TranslatableModelMixin:
    pass

class TranslatableModel(TranslatableModelMixin, models.Model):
    objects = TranslatableManager()

    class Meta:
        abstract = True

class TranslatedFieldsModelMixin:
    pass

class TranslatedFieldsModel(TranslatedFieldsModelMixin, models.Model):
    language_code = models.CharField(_("Language"), max_length=15, db_index=True)

    class Meta:
        abstract = True
        default_permissions = ()
"""

_POLYMORPHIC = """
import twostep
from django.contrib.contenttypes.models import ContentType
from django.db import models
from polymorphic.managers import PolymorphicManager

class PolymorphicModel(models.Model):
    polymorphic_ctype = models.ForeignKey(
        ContentType, null=True, editable=False, on_delete=models.CASCADE,
        related_name="polymorphic_%(app_label)s.%(class)s_set+",
    )

    objects = PolymorphicManager()

    class Meta:
        abstract = True
        base_manager_name = twostep.by_version()
"""

_TREEBEARD_NS = """
from django.db import models

class NS_NodeManager(models.Manager):
    pass

class NS_Node(models.Model):
    objects = NS_NodeManager()

    lft = models.PositiveIntegerField(db_index=True)
    rgt = models.PositiveIntegerField(db_index=True)
    tree_id = models.PositiveIntegerField(db_index=True)
    depth = models.PositiveIntegerField(db_index=True)

    class Meta:
        abstract = True
"""

_POLYMORPHIC_SHOWN = """
class ShowFieldBase:
    pass

class ShowFieldType(ShowFieldBase):
    pass

class ShowFieldContent(ShowFieldBase):
    pass

class ShowFieldTypeAndContent(ShowFieldBase):
    pass
"""
_FSM = """
class FSMModelMixin:
    pass

class ConcurrentTransitionMixin:
    pass
"""
_CLUSTER = """
from django.db import models

class ClusterableModel(models.Model):
    class Meta:
        abstract = True
"""
_TAGGIT = """
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

class NaturalKeyManager(models.Manager):
    pass

class TagBase(models.Model):
    name = models.CharField(
        verbose_name=pgettext_lazy("A tag name", "name"), unique=True, max_length=100
    )
    slug = models.SlugField(
        verbose_name=pgettext_lazy("A tag slug", "slug"), unique=True, max_length=100,
        allow_unicode=True,
    )

    objects = NaturalKeyManager()

    class Meta:
        abstract = True

class Tag(TagBase):
    class Meta:
        app_label = "taggit"

class ItemBase(models.Model):
    objects = NaturalKeyManager()

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

LIBRARY_MODELS = {
    "django_fsm": _FSM + FSM_FIELDS,
    "modelcluster.models": _CLUSTER,
    "model_utils.managers": _MODEL_UTILS_MANAGERS,
    "mptt.managers": _MANAGER.format("TreeManager"),
    "parler.managers": _MANAGER.format("TranslatableManager"),
    "polymorphic.managers": _MANAGER.format("PolymorphicManager"),
    "polymorphic.showfields": _POLYMORPHIC_SHOWN,
    "morango.models.fields.uuids": _MORANGO,
    "morango.models": _MORANGO_MODELS,
    "tree_queries.models": _TREE_QUERIES,
    "taggit.models": _TAGGIT,
    "treebeard.al_tree": _TREEBEARD_AL,
    "treebeard.ns_tree": _TREEBEARD_NS,
    "model_utils.models": _MODEL_UTILS,
    "django_extensions.db.models": _EXTENSIONS,
    "mptt.models": _MPTT,
    "treebeard.mp_tree": _TREEBEARD_MP,
    "parler.models": _PARLER,
    "polymorphic.models": _POLYMORPHIC,
}
"""Module to source."""
