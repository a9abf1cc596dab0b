"""
Base classes of packages that bring one thing each: an order, a key, a device, a time of deletion.

Written as those of ``library_models``; what only some versions have is ``by_version()``.
"""

from __future__ import annotations

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

_ORDERED = """
from django.db import models
from django.utils.translation import gettext_lazy as _

class OrderedModelManager(models.Manager):
    pass

class OrderedModelBase(models.Model):
    objects = OrderedModelManager()

    class Meta:
        abstract = True

class OrderedModel(OrderedModelBase):
    order = models.PositiveIntegerField(_("order"), editable=False, db_index=True)

    class Meta:
        abstract = True
        ordering = ("order",)
"""

_CONFIG_MODELS = """
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

class ConfigurationModelManager(models.Manager):
    pass

class ConfigurationModel(models.Model):
    class Meta:
        abstract = True
        ordering = ("-change_date",)

    objects = ConfigurationModelManager()

    change_date = models.DateTimeField(auto_now_add=True, verbose_name=_("Change date"))
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, editable=False, null=True, on_delete=models.PROTECT,
        verbose_name=_("Changed by"),
    )
    enabled = models.BooleanField(default=False, verbose_name=_("Enabled"))
"""

_SOFTDELETE = """
from django.db import models
from twostep import by_version

class SoftDeleteManager(models.Manager):
    pass

class SoftDeleteObject(models.Model):
    deleted_at = models.DateTimeField(
        blank=True, null=True, default=None, editable=by_version(), db_index=by_version()
    )

    objects = SoftDeleteManager()

    class Meta:
        abstract = True
        permissions = (("can_undelete", "Can undelete this object"),)
"""

_API_KEY = """
from django.db import models
from django.utils.translation import gettext_lazy as _
from twostep import by_version

class BaseAPIKeyManager(models.Manager):
    pass

class APIKeyManager(BaseAPIKeyManager):
    pass

class AbstractAPIKey(models.Model):
    objects = APIKeyManager()

    id = models.CharField(max_length=by_version(), unique=True, primary_key=True, editable=False)
    prefix = models.CharField(max_length=8, unique=True, editable=False)
    hashed_key = models.CharField(max_length=by_version(), editable=False)
    created = models.DateTimeField(auto_now_add=True, db_index=True)
    name = models.CharField(
        max_length=50, default=None,
        help_text=_("A free-form name for the API key. Need not be unique. 50 characters max."),
    )
    revoked = models.BooleanField(
        blank=True, default=False,
        help_text=_(
            "If the API key is revoked, clients cannot use it anymore. (This cannot be undone.)"
        ),
    )
    expiry_date = models.DateTimeField(
        blank=True, null=True, verbose_name=_("Expires"),
        help_text=_("Once API key expires, clients cannot use it anymore."),
    )

    class Meta:
        abstract = True
        ordering = ("-created",)
        verbose_name = "API key"
        verbose_name_plural = "API keys"
"""

LIBRARY_BASES = {
    "config_models.models": _CONFIG_MODELS,
    "django_otp.models": _DJANGO_OTP,
    "ordered_model.models": _ORDERED,
    "rest_framework_api_key.models": _API_KEY,
    "softdelete.models": _SOFTDELETE,
}
"""Module to source."""
