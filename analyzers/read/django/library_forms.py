"""
Field classes of packages that bring forms of their own: editors of texts, slugs, images, dates, addresses.

In Python as the reader reads it (see ``library_fields``). Most keep what the
form is told to themselves, so that migrations hold Django's arguments alone.
"""

from __future__ import annotations

_PLAIN_TEXT = """
from django.db import models

class {name}(models.TextField):
    pass
"""

_CONFIGURED_TEXT = """
from django.db import models

class {name}(models.TextField):
    def __init__(self, *args, **kwargs):
        kwargs.pop("config_name", None)
        super().__init__(*args, **kwargs)
"""

_CKEDITOR = """
from django.db import models

class RichTextField(models.TextField):
    def __init__(self, *args, **kwargs):
        kwargs.pop("config_name", None)
        kwargs.pop("extra_plugins", None)
        kwargs.pop("external_plugin_resources", None)
        super().__init__(*args, **kwargs)
"""

_CKEDITOR_UPLOADING = """
from ckeditor.fields import RichTextField

class RichTextUploadingField(RichTextField):
    pass
"""

_AUTOSLUG = """
from django.db.models import SlugField

class AutoSlugField(SlugField):
    def __init__(self, *args, **kwargs):
        self.populate_from = kwargs.pop("populate_from", None)
        if self.populate_from:
            kwargs.setdefault("editable", False)
        self.unique_with = kwargs.pop("unique_with", ())
        if isinstance(self.unique_with, str):
            self.unique_with = (self.unique_with,)
        if self.unique_with:
            kwargs["unique"] = False
        self.slugify = kwargs.pop("slugify", None)
        self.sep = kwargs.pop("sep", "-")
        kwargs.pop("manager", None)
        self.manager_name = kwargs.pop("manager_name", None)
        self.always_update = kwargs.pop("always_update", False)
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("db_index", None)
        if self.populate_from is not None:
            kwargs["populate_from"] = self.populate_from
            if self.editable is not False:
                kwargs["editable"] = self.editable
        if self.unique_with != ():
            kwargs["unique_with"] = self.unique_with
        if self.slugify is not None:
            kwargs["slugify"] = self.slugify
        if self.sep != "-":
            kwargs["sep"] = self.sep
        if self.manager_name is not None:
            kwargs["manager_name"] = self.manager_name
        if self.always_update:
            kwargs["always_update"] = self.always_update
        return name, path, args, kwargs
"""

_IMAGEKIT = """
from django.db import models

class ProcessedImageField(models.ImageField):
    def __init__(
        self, processors=None, format=None, options=None, verbose_name=None, name=None,
        width_field=None, height_field=None, autoconvert=None, spec=None, spec_id=None, **kwargs
    ):
        super().__init__(verbose_name, name, width_field, height_field, **kwargs)
"""

_SORL = """
from django.db import models

class ImageField(models.ImageField):
    pass
"""

_EASY_THUMBNAILS = """
from django.db.models.fields.files import FileField, ImageField

class ThumbnailerField(FileField):
    def __init__(self, *args, **kwargs):
        kwargs.pop("thumbnail_storage", None)
        super().__init__(*args, **kwargs)

class ThumbnailerImageField(ImageField):
    def __init__(self, *args, **kwargs):
        kwargs.pop("resize_source", None)
        kwargs.pop("thumbnail_storage", None)
        super().__init__(*args, **kwargs)
"""

_LOCAL_TEXT = """
class {name}(CharField):
    def __init__(self, *args, **kwargs):
        kwargs["max_length"] = {length}
        super().__init__(*args, **kwargs)
"""

_UNITED_STATES = "from django.db.models import CharField\n" + "".join(
    _LOCAL_TEXT.format(name=name, length=length)
    for name, length in {
        "USStateField": 2,
        "USPostalCodeField": 2,
        "USZipCodeField": 10,
        "USSocialSecurityNumberField": 11,
    }.items()
)

_RECURRENCE = """
from django.db import models

class RecurrenceField(models.TextField):
    def __init__(self, include_dtstart=True, **kwargs):
        super().__init__(**kwargs)
"""

LIBRARY_FORMS = {
    "autoslug": "from autoslug.fields import AutoSlugField\n",
    "autoslug.fields": _AUTOSLUG,
    "ckeditor.fields": _CKEDITOR,
    "ckeditor_uploader.fields": _CKEDITOR_UPLOADING,
    "django_ckeditor_5.fields": _CONFIGURED_TEXT.format(name="CKEditor5Field"),
    "django_quill.fields": _PLAIN_TEXT.format(name="QuillField"),
    "django_summernote.fields": _PLAIN_TEXT.format(name="SummernoteTextField"),
    "easy_thumbnails.fields": _EASY_THUMBNAILS,
    "imagekit.models": "from imagekit.models.fields import ProcessedImageField\n",
    "imagekit.models.fields": _IMAGEKIT,
    "localflavor.us.models": _UNITED_STATES,
    "markdownx.models": _PLAIN_TEXT.format(name="MarkdownxField"),
    "martor.models": _PLAIN_TEXT.format(name="MartorField"),
    "mdeditor.fields": _CONFIGURED_TEXT.format(name="MDTextField"),
    "recurrence.fields": _RECURRENCE,
    "sorl.thumbnail": "from sorl.thumbnail.fields import ImageField\n",
    "sorl.thumbnail.fields": _SORL,
    "tinymce.models": _PLAIN_TEXT.format(name="HTMLField"),
}
"""Module to source."""
