"""
Field classes of published packages, in Python as the reader reads it.

What their constructors hand on and their ``deconstruct`` writes, and nothing
else; followed like a project's own field classes (``field_classes``).
"""

from __future__ import annotations

_TAGGIT = """
from django.db.models import RelatedField
from django.utils.translation import gettext_lazy as _
from twostep import relation_of

class TaggableManager(RelatedField):
    def __init__(
        self, verbose_name=_("Tags"), help_text=_("A comma-separated list of tags."), through=None,
        blank=False, related_name=None, to=None, ordering=None, manager=None,
    ):
        self.through = "taggit.TaggedItem" if through is None else through
        self.to = relation_of(self.through, "tag") if to is None else to
        super().__init__(
            verbose_name=verbose_name, help_text=help_text, blank=blank
        )

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        # A text that is left out comes back as the usual one.
        kwargs.setdefault("verbose_name", _("Tags"))
        kwargs.setdefault("help_text", _("A comma-separated list of tags."))
        kwargs["through"] = self.through
        kwargs["to"] = self.to
        return name, path, args, kwargs
"""

_CLUSTER_TAGGIT = """
from taggit.managers import TaggableManager

class ClusterTaggableManager(TaggableManager):
    pass
"""

_MODEL_UTILS = """
import uuid

from django.db import models
from django.db.models import DateTimeField
from twostep import by_version
from django.utils.timezone import now

class AutoCreatedField(DateTimeField):
    def __init__(self, *args, **kwargs):
        kwargs.setdefault("editable", False)
        kwargs.setdefault("default", now)
        super().__init__(*args, **kwargs)

class AutoLastModifiedField(AutoCreatedField):
    pass

class StatusField(models.CharField):
    def __init__(self, *args, no_check_for_status=False, choices_name="STATUS", **kwargs):
        kwargs.setdefault("max_length", 100)
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        kwargs["no_check_for_status"] = True
        return name, path, args, kwargs

class SplitField(models.TextField):
    def __init__(self, *args, no_excerpt_field=None, **kwargs):
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        kwargs["no_excerpt_field"] = by_version()
        return name, path, args, kwargs

class UrlsafeTokenField(models.CharField):
    def __init__(self, editable=False, max_length=128, factory=None, **kwargs):
        self._factory = factory
        kwargs.pop("default", None)
        super().__init__(editable=editable, max_length=max_length, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        kwargs["factory"] = self._factory
        return name, path, args, kwargs

class MonitorField(DateTimeField):
    def __init__(self, *args, monitor, when=None, **kwargs):
        kwargs.setdefault("default", None if kwargs.get("null") else now)
        self.monitor = monitor
        self.when = None if when is None else set(when)
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        kwargs["monitor"] = self.monitor
        if self.when is not None:
            kwargs["when"] = self.when
        return name, path, args, kwargs

class UUIDField(models.UUIDField):
    def __init__(self, primary_key=True, version=4, editable=False, *args, **kwargs):
        kwargs.setdefault("primary_key", primary_key)
        kwargs.setdefault("editable", editable)
        kwargs.setdefault("default", uuid.uuid4 if version == 4 else by_version())
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        # What is left out comes back as this class has it, not as Django's has.
        kwargs["primary_key"] = True
        kwargs["editable"] = False
        return name, path, args, kwargs
"""

_EXTENSIONS = """
from django.db.models import CharField, DateTimeField, SlugField

class AutoSlugField(SlugField):
    def __init__(self, *args, **kwargs):
        kwargs.setdefault("blank", True)
        kwargs.setdefault("editable", False)
        self._populate_from = kwargs.pop("populate_from", None)
        kwargs.pop("slugify_function", None)
        self.separator = kwargs.pop("separator", "-")
        self.overwrite = kwargs.pop("overwrite", False)
        kwargs.pop("overwrite_on_add", True)
        self.allow_duplicates = kwargs.pop("allow_duplicates", False)
        kwargs.pop("max_unique_query_attempts", None)
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        kwargs["populate_from"] = self._populate_from
        if not self.separator == "-":
            kwargs["separator"] = self.separator
        if self.overwrite is not False:
            kwargs["overwrite"] = True
        if self.allow_duplicates is not False:
            kwargs["allow_duplicates"] = True
        return name, path, args, kwargs

class RandomCharField(CharField):
    def __init__(self, *args, **kwargs):
        kwargs.setdefault("blank", True)
        kwargs.setdefault("editable", False)
        self.length = kwargs.pop("length", None)
        kwargs["max_length"] = self.length
        self.lowercase = kwargs.pop("lowercase", False)
        self.uppercase = kwargs.pop("uppercase", False)
        self.include_digits = kwargs.pop("include_digits", True)
        self.include_alpha = kwargs.pop("include_alpha", True)
        self.include_punctuation = kwargs.pop("include_punctuation", False)
        kwargs.pop("keep_default", False)
        kwargs.pop("max_unique_query_attempts", None)
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        kwargs["length"] = self.length
        del kwargs["max_length"]
        if self.lowercase is True:
            kwargs["lowercase"] = self.lowercase
        if self.uppercase is True:
            kwargs["uppercase"] = self.uppercase
        if self.include_alpha is False:
            kwargs["include_alpha"] = self.include_alpha
        if self.include_digits is False:
            kwargs["include_digits"] = self.include_digits
        if self.include_punctuation is True:
            kwargs["include_punctuation"] = self.include_punctuation
        return name, path, args, kwargs

class CreationDateTimeField(DateTimeField):
    def __init__(self, *args, **kwargs):
        kwargs.setdefault("editable", False)
        kwargs.setdefault("blank", True)
        kwargs.setdefault("auto_now_add", True)
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        if self.auto_now_add is not False:
            kwargs["auto_now_add"] = True
        return name, path, args, kwargs

class ModificationDateTimeField(CreationDateTimeField):
    def __init__(self, *args, **kwargs):
        kwargs.setdefault("auto_now", True)
        DateTimeField.__init__(self, *args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        if self.auto_now is not False:
            kwargs["auto_now"] = True
        return name, path, args, kwargs
"""

_EXTENSIONS_JSON = """
from django.db.models import TextField

class JSONField(TextField):
    def __init__(self, *args, **kwargs):
        kwargs.setdefault("default", dict)
        TextField.__init__(self, *args, **kwargs)
"""

_MPTT = """
from django.db import models

class TreeForeignKey(models.ForeignKey):
    pass

class TreeOneToOneField(models.OneToOneField):
    pass

class TreeManyToManyField(models.ManyToManyField):
    pass
"""

_CLUSTER = """
from django.db import models

class ParentalKey(models.ForeignKey):
    pass

class ParentalManyToManyField(models.ManyToManyField):
    pass
"""

_PARLER = """
from django.db import models

class TranslationsForeignKey(models.ForeignKey):
    pass
"""

_SIMPLE_HISTORY = """
from django.db import models

class HistoricForeignKey(models.ForeignKey):
    pass

class HistoricOneToOneField(models.OneToOneField):
    pass
"""

_WAGTAIL = """
from django.db import models

class RichTextField(models.TextField):
    def __init__(self, *args, **kwargs):
        kwargs.pop("editor", "default")
        kwargs.pop("features", None)
        super().__init__(*args, **kwargs)
"""

_PHONE_NUMBERS = """
from django.db.models import CharField

class PhoneNumberField(CharField):
    def __init__(self, *args, region=None, **kwargs):
        kwargs.setdefault("max_length", 128)
        super().__init__(*args, **kwargs)
        self._region = region

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        kwargs["region"] = self._region
        return name, path, args, kwargs
"""

FSM_FIELDS = """
from django.db import models

class FSMFieldMixin:
    def __init__(self, *args, **kwargs):
        self.protected = kwargs.pop("protected", False)
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        if self.protected:
            kwargs["protected"] = self.protected
        return name, path, args, kwargs

class FSMField(FSMFieldMixin, models.CharField):
    def __init__(self, *args, **kwargs):
        kwargs.setdefault("max_length", 50)
        super().__init__(*args, **kwargs)

class FSMIntegerField(FSMFieldMixin, models.IntegerField):
    pass

class FSMKeyField(FSMFieldMixin, models.ForeignKey):
    pass
"""

_COUNTRIES = """
from django.db.models import CharField
from twostep import by_version

class CountryField(CharField):
    def __init__(self, *args, **kwargs):
        self.countries = kwargs.pop("countries", None)
        self.multiple = kwargs.pop("multiple", None)
        kwargs.pop("countries_flag_url", None)
        kwargs.pop("countries_str_attr", None)
        kwargs.pop("blank_label", None)
        kwargs.pop("multiple_unique", None)
        kwargs.pop("multiple_sort", None)
        kwargs.setdefault("max_length", by_version() if self.multiple or self.countries else 2)
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("choices", None)
        if self.multiple:
            kwargs["multiple"] = self.multiple
        if self.countries:
            kwargs["countries"] = self.countries
        return name, path, args, kwargs
"""

_MONEY = """
from django.conf import settings
from django.db.models import CharField

class CurrencyField(CharField):
    def __init__(
        self, price_field=None, default=getattr(settings, "DEFAULT_CURRENCY", None), **kwargs
    ):
        kwargs.setdefault("max_length", getattr(settings, "CURRENCY_CODE_MAX_LENGTH", 3))
        super().__init__(default=default, **kwargs)
"""

_TREE_QUERIES = """
from django.db.models import ForeignKey

class TreeNodeForeignKey(ForeignKey):
    def deconstruct(self):
        name, _path, args, kwargs = super().deconstruct()
        return (name, "django.db.models.ForeignKey", args, kwargs)
"""

_VERSATILE_IMAGES = """
from django.db.models import CharField, ImageField

class VersatileImageField(ImageField):
    def __init__(
        self, verbose_name=None, name=None, width_field=None, height_field=None, ppoi_field=None,
        placeholder_image=None, **kwargs
    ):
        self.ppoi_field = ppoi_field
        super().__init__(verbose_name, name, width_field, height_field, **kwargs)
        self.placeholder_image = placeholder_image

class PPOIField(CharField):
    def __init__(self, *args, **kwargs):
        kwargs.setdefault("default", "0.5x0.5")
        kwargs.setdefault("max_length", 20)
        kwargs["editable"] = False
        super().__init__(*args, **kwargs)
"""

_ANNOYING = """
from django.db import models

class AutoOneToOneField(models.OneToOneField):
    pass
"""

_PICKLED = """
from django.db import models
from twostep import by_version

class PickledObjectField(models.TextField):
    def __init__(self, *args, **kwargs):
        self.compress = kwargs.pop("compress", False)
        self.protocol = by_version() if kwargs.pop("protocol", None) else None
        kwargs.pop("copy", True)
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        if self.compress:
            kwargs["compress"] = True
        if self.protocol:
            kwargs["protocol"] = self.protocol
        return name, path, args, kwargs
"""

_SORTED_RELATIONS = """
from django.db import models

class SortedManyToManyField(models.ManyToManyField):
    def __init__(self, to, sorted=True, base_class=None, **kwargs):
        self.sorted = sorted
        self.sort_value_field_name = kwargs.pop("sort_value_field_name", "sort_value")
        self.help = kwargs.get("help_text", None)
        super().__init__(to, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        if self.sorted is True:
            # The class takes the text away where it is not given.
            kwargs["help_text"] = self.help
        if self.sort_value_field_name != "sort_value":
            kwargs["sort_value_field_name"] = self.sort_value_field_name
        if self.sorted is not True:
            kwargs["sorted"] = self.sorted
        return name, path, args, kwargs
"""

LIBRARY_FIELDS = {
    "annoying.fields": _ANNOYING,
    "django_countries.fields": _COUNTRIES,
    "django_extensions.db.fields": _EXTENSIONS,
    "django_extensions.db.fields.json": _EXTENSIONS_JSON,
    "djmoney.models.fields": _MONEY,
    "model_utils.fields": _MODEL_UTILS,
    "modelcluster.contrib.taggit": _CLUSTER_TAGGIT,
    "modelcluster.fields": _CLUSTER,
    "mptt.fields": _MPTT,
    "parler.fields": _PARLER,
    "picklefield": "from picklefield.fields import PickledObjectField\n",
    "picklefield.fields": _PICKLED,
    "sortedm2m.fields": _SORTED_RELATIONS,
    "simple_history.models": _SIMPLE_HISTORY,
    "phonenumber_field.modelfields": _PHONE_NUMBERS,
    "taggit.managers": _TAGGIT,
    "tree_queries.fields": _TREE_QUERIES,
    "wagtail.core.fields": _WAGTAIL,
    "wagtail.fields": _WAGTAIL,
    "versatileimagefield.fields": _VERSATILE_IMAGES,
}
"""Module to source."""
