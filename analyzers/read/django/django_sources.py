"""Models of Django's own apps from which projects inherit, in Python as the reader reads it."""

from __future__ import annotations

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

_CONTENT_TYPES = """
from django.db import models

class ContentType(models.Model):
    app_label = models.CharField(max_length=100)
    model = models.CharField(max_length=100)
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

DJANGO_SOURCES = {
    "django.contrib.sessions.base_session": _SESSIONS,
    "django.contrib.auth.base_user": _AUTH_BASE,
    "django.contrib.auth.models": _AUTH,
    "django.contrib.contenttypes.models": _CONTENT_TYPES,
}
"""Module to source."""
