"""
Wagtail's base classes, in Python as the reader reads it.

Those whose fields are the same in all of its versions of the last years; what
a few of them say otherwise is ``by_version()``. Images and documents of a
project's own (``AbstractImage``, ``AbstractDocument``) are not here: each
version gives them other fields.
"""

from __future__ import annotations

_MODELS = """
import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from modelcluster.models import ClusterableModel
from twostep import by_version

class Orderable(models.Model):
    sort_order = models.IntegerField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True
        ordering = ["sort_order"]

class PageManager(models.Manager):
    pass

class Page(ClusterableModel):
    objects = PageManager()

    class Meta:
        app_label = "wagtailcore"

class Site(models.Model):
    class Meta:
        app_label = "wagtailcore"

class Locale(models.Model):
    class Meta:
        app_label = "wagtailcore"

class Collection(models.Model):
    class Meta:
        app_label = "wagtailcore"

class Revision(models.Model):
    class Meta:
        app_label = "wagtailcore"

class PreviewableMixin:
    pass

class RevisionMixin(models.Model):
    latest_revision = models.ForeignKey(
        "wagtailcore.Revision", related_name="+", verbose_name=_("latest revision"),
        on_delete=models.SET_NULL, null=True, blank=True, editable=False,
    )

    class Meta:
        abstract = True

class DraftStateMixin(models.Model):
    live = models.BooleanField(verbose_name=_("live"), default=True, editable=False)
    has_unpublished_changes = models.BooleanField(
        verbose_name=_("has unpublished changes"), default=False, editable=False
    )
    first_published_at = models.DateTimeField(
        verbose_name=_("first published at"), blank=True, null=True, db_index=True
    )
    last_published_at = models.DateTimeField(
        verbose_name=_("last published at"), null=True, editable=False
    )
    live_revision = models.ForeignKey(
        "wagtailcore.Revision", related_name="+", verbose_name=_("live revision"),
        on_delete=models.SET_NULL, null=True, blank=True, editable=False,
    )
    go_live_at = models.DateTimeField(verbose_name=_("go live date/time"), blank=True, null=True)
    expire_at = models.DateTimeField(verbose_name=_("expiry date/time"), blank=True, null=True)
    expired = models.BooleanField(verbose_name=_("expired"), default=False, editable=False)

    class Meta:
        abstract = True

class LockableMixin(models.Model):
    locked = models.BooleanField(verbose_name=_("locked"), default=False, editable=False)
    locked_at = models.DateTimeField(verbose_name=_("locked at"), null=True, editable=False)
    locked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("locked by"), null=True, blank=True,
        editable=False, on_delete=models.SET_NULL, related_name="locked_%(class)ss",
    )

    class Meta:
        abstract = True

class TranslatableMixin(models.Model):
    translation_key = models.UUIDField(default=uuid.uuid4, editable=False)
    locale = models.ForeignKey(
        "wagtailcore.Locale", on_delete=models.PROTECT, related_name="+", editable=False,
        verbose_name=by_version(),
    )

    class Meta:
        abstract = True
        unique_together = [("translation_key", "locale")]

class CollectionMember(models.Model):
    collection = models.ForeignKey(
        "wagtailcore.Collection", default=get_root_collection_id, verbose_name=_("collection"),
        related_name="+", on_delete=models.CASCADE,
    )

    class Meta:
        abstract = True

def get_root_collection_id():
    pass
"""

_INDEXED = """
class Indexed:
    pass
"""

_SETTINGS = """
from django.db import models

class AbstractSetting(models.Model):
    class Meta:
        abstract = True

class BaseSiteSetting(AbstractSetting):
    site = models.OneToOneField(
        "wagtailcore.Site", unique=True, db_index=True, editable=False, on_delete=models.CASCADE
    )

    class Meta:
        abstract = True

class BaseSetting(BaseSiteSetting):
    class Meta:
        abstract = True

class BaseGenericSetting(AbstractSetting):
    class Meta:
        abstract = True
"""

_FORMS = """
from django.db import models
from wagtail.models import Page

class FormMixin:
    pass

class AbstractForm(FormMixin, Page):
    class Meta:
        abstract = True
"""

_IMAGES = """
from django.db import models

class Image(models.Model):
    class Meta:
        app_label = "wagtailimages"
"""

_DOCUMENTS = """
from django.db import models

class Document(models.Model):
    class Meta:
        app_label = "wagtaildocs"
"""

LIBRARY_WAGTAIL = {
    "wagtail.models": _MODELS,
    "wagtail.core.models": _MODELS,
    "wagtail.search.index": _INDEXED,
    "wagtail.contrib.settings.models": _SETTINGS,
    "wagtail.contrib.forms.models": _FORMS,
    "wagtail.images.models": _IMAGES,
    "wagtail.documents.models": _DOCUMENTS,
}
"""Module to source."""
