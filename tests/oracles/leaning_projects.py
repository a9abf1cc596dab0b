"""
An app that leans on published libraries, as they are and as they were in 2023.

``model_forms`` compares what is read of it, and what is written, with Django.
"""

from __future__ import annotations

from dataclasses import replace

from tests.oracles.django_projects import app
from tests.oracles.library_forms import WITH_LIBRARIES
from tests.oracles.varying_forms import VARYING

LIBRARIES = (
    "django-model-utils",
    "django-extensions",
    "django-mptt",
    "django-polymorphic",
    "django-taggit",
    "django-simple-history",
    "wagtail",
    "django-modeltranslation",
    "django-parler",
    "django-money",
    "django-countries",
    "django-phonenumber-field[phonenumbers]",
    "django-treebeard",
    "django-fsm",
    "django-autoslug",
    "django-ckeditor",
    "django-ckeditor-5",
    "django-imagekit",
    "django-localflavor",
    "django-markdownx",
    "django-mdeditor",
    "django-quill-editor",
    "django-recurrence",
    "django-summernote",
    "django-tinymce",
    "easy-thumbnails",
    "martor",
    "sorl-thumbnail",
)

WAGTAIL_APPS = (
    "wagtail wagtail.images wagtail.documents wagtail.admin wagtail.users wagtail.sites "
    "wagtail.search wagtail.snippets wagtail.contrib.forms wagtail.contrib.settings"
)

leaning = app(
    "leaning",
    "leaning",
    "modeltranslation",
    "taggit",
    "mptt",
    "polymorphic",
    "simple_history",
    "treebeard",
    "parler",
    "django_countries",
    "phonenumber_field",
    "djmoney",
    "easy_thumbnails",
    *WAGTAIL_APPS.split(),
    more='LANGUAGES = [("en", "English"), ("de", "German")]\nWAGTAILADMIN_BASE_URL = "http://localhost"\n'
    'WAGTAIL_SITE_NAME = "x"\nPARLER_LANGUAGES = {None: [{"code": "en"}]}\n',
    files={**WITH_LIBRARIES, **VARYING},
    needs=LIBRARIES,
)

BEFORE = (
    "django==4.2.*",
    "django-model-utils==4.3.1",
    "django-extensions==3.2.3",
    "django-mptt==0.14.0",
    "django-polymorphic==3.1.0",
    "django-taggit==4.0.0",
    "django-simple-history==3.4.0",
    "wagtail==5.2.*",
    "django-modeltranslation==0.18.11",
    "django-parler==2.3",
    "django-money==3.4.1",
    "django-countries==7.5.1",
    "django-phonenumber-field[phonenumbers]==7.2.0",
    "django-treebeard==4.7",
    "django-fsm==2.8.2",
    "django-autoslug==1.9.9",
    "django-ckeditor==6.7.0",
    "django-ckeditor-5==0.2.10",
    "django-imagekit==5.0.0",
    "django-localflavor==4.0",
    "django-markdownx==4.0.2",
    "django-mdeditor==0.1.20",
    "django-quill-editor==0.1.40",
    "django-recurrence==1.11.1",
    "django-summernote==0.8.20.0",
    "django-tinymce==3.6.1",
    "easy-thumbnails==2.8.5",
    "martor==1.6.28",
    "sorl-thumbnail==12.10.0",
)
"""The same libraries as they were in 2023: what is known of them must hold for both."""

leaning_before = replace(
    leaning,
    name="leaning-before",
    install=BEFORE,
    files={
        # Wagtail asked for this until its sixth version.
        path: text.replace("RichTextBlock())], ", "RichTextBlock())], use_json_field=True, ")
        for path, text in leaning.files.items()
    },
)
