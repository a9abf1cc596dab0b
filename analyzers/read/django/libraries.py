"""
What is known of packages that give models their bases and fields.

``LIBRARIES`` holds, module by module, those classes that change what
migrations see; a class that is not there is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping

from analyzers.read.django.django_sources import DJANGO_SOURCES
from analyzers.read.django.library_bases import LIBRARY_BASES
from analyzers.read.django.library_fields import LIBRARY_FIELDS
from analyzers.read.django.library_forms import LIBRARY_FORMS
from analyzers.read.django.library_models import LIBRARY_MODELS
from analyzers.read.django.library_wagtail import LIBRARY_WAGTAIL

NO_FIELDS = frozenset(
    {
        "django.db.models.Manager",
        "model_utils.FieldTracker",
        "simple_history.models.HistoricalRecords",
        "django_lifecycle.LifecycleModelMixin",
        "wagtail.models.WorkflowMixin",
        "rules.contrib.models.RulesModelMixin",
        "django_prometheus.models.ExportModelOperationsMixin",
        "guardian.mixins.GuardianUserMixin",
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
        "computedfields.models.ComputedFieldsModel",
        "django_lifecycle.LifecycleModel",
        "django_lifecycle.models.LifecycleModel",
        "rules.contrib.models.RulesModel",
        "solo.models.SingletonModel",
    }
)
"""Abstract models that bring nothing to a table."""

MIXINS_OF: Mapping[str, tuple[str, ...]] = {
    "django_lifecycle.LifecycleModel": ("django_lifecycle.mixins.LifecycleModelMixin",),
    "django_lifecycle.models.LifecycleModel": ("django_lifecycle.mixins.LifecycleModelMixin",),
    "rules.contrib.models.RulesModel": ("rules.contrib.models.RulesModelMixin",),
    "solo.models.SingletonModel": (),
}
"""The bases of those, without Django's model class, that migrations name instead of them."""

FIELD_CLASSES = frozenset(
    {
        "taggit.managers.TaggableManager",
        "modelcluster.contrib.taggit.ClusterTaggableManager",
        "modelcluster.fields.ParentalKey",
    }
)
"""Field classes whose names do not say so."""

LIBRARIES = {
    **LIBRARY_FIELDS,
    **LIBRARY_FORMS,
    **LIBRARY_BASES,
    **DJANGO_SOURCES,
    **LIBRARY_MODELS,
    **LIBRARY_WAGTAIL,
}
"""Module to source."""
