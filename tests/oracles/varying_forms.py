"""Models of which each version of a published library makes something else."""

from __future__ import annotations

from tests.oracles.library_forms import WITH_LIBRARIES

VARYING: dict[str, str] = {
    "leaning/models/__init__.py": WITH_LIBRARIES["leaning/models/__init__.py"]
    + "from .varying import *\n",
    "leaning/translation.py": WITH_LIBRARIES["leaning/translation.py"]
    + """
from .models import Post


class PostOptions(TranslationOptions):
    fields = ("title", "text", "shown")
    required_languages = ("en",)
    fallback_languages = {"default": ("en",)}


class LongPostOptions(TranslationOptions):
    fields = ("more",)


translator.register(Post, PostOptions)
translator.register(models.LongPost, LongPostOptions)
""",
    "leaning/models/varying.py": """
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField
from model_utils.fields import SplitField, UUIDField
from modelcluster.fields import ParentalKey
from mptt.fields import TreeManyToManyField, TreeOneToOneField
from mptt.managers import TreeManager
from mptt.models import MPTTModel, TreeForeignKey
from parler.models import TranslatableModel, TranslatedFields
from polymorphic.managers import PolymorphicManager
from polymorphic.models import PolymorphicModel
from polymorphic.showfields import ShowFieldType
from wagtail.contrib.forms.models import AbstractEmailForm, AbstractFormField
from wagtail.documents.models import AbstractDocument
from wagtail.fields import RichTextField
from wagtail.images.models import AbstractImage, AbstractRendition, Image
from wagtail.models import (
    DraftStateMixin, LockableMixin, RevisionMixin, TranslatableMixin, WorkflowMixin,
)

from .tongues import Titled
from .trees import Category


class Visited(models.Model):
    seen = CountryField(multiple=True, blank=True)


class Keyed(models.Model):
    other = UUIDField(primary_key=False, unique=True)


class Split(models.Model):
    text = SplitField()


class Genre(MPTTModel):
    above = TreeForeignKey("self", models.CASCADE, null=True, related_name="below", db_index=True)
    near = TreeManyToManyField(Category)
    one = TreeOneToOneField(Category, models.CASCADE, null=True)
    lft = models.PositiveIntegerField(default=0)
    objects = TreeManager()

    class MPTTMeta:
        parent_attr = "above"
        level_attr = "depth"
        order_insertion_by = ["depth"]

    class Meta:
        indexes = [models.Index(fields=["depth"], name="genre_depth")]


class Shape(PolymorphicModel):
    name = models.CharField(max_length=9)


class Circle(Shape):
    radius = models.IntegerField()

    class Meta:
        ordering = ["radius"]


class Drawn(ShowFieldType, PolymorphicModel):
    shape = models.ForeignKey(Shape, models.SET_NULL, null=True)
    objects = PolymorphicManager()

    class Meta:
        unique_together = [("shape", "id")]


class Spoken(TranslatableModel):
    code = models.CharField(max_length=9)
    translations = TranslatedFields(name=models.CharField(max_length=20))


class Article(Titled, TranslatableModel):
    texts = TranslatedFields(
        title=models.CharField(_("title"), max_length=200),
        slug=models.SlugField(unique=True, db_index=True),
        author=models.ForeignKey("Spoken", models.CASCADE, null=True, related_name="written"),
        meta={
            "unique_together": [("language_code", "slug")], "db_table": "article_texts",
            "ordering": ["title"], "verbose_name": _("text"),
        },
    )

    class Meta:
        verbose_name = _("article")
        db_table = "articles"


class Post(models.Model):
    title = models.CharField(_("title"), max_length=9, unique=True, db_column="headline")
    text = models.TextField(blank=True, help_text="words")
    shown = models.BooleanField(default=True)
    number = models.IntegerField()

    class Meta:
        unique_together = [("number", "text")]
        constraints = [models.UniqueConstraint(fields=["number", "title"], name="one_title")]


class LongPost(Post):
    more = models.TextField()


class Banner(WorkflowMixin, DraftStateMixin, LockableMixin, RevisionMixin, models.Model):
    text = models.TextField()


class Snippet(TranslatableMixin, models.Model):
    text = models.TextField()


class Localised(TranslatableMixin):
    name = models.CharField(max_length=9)

    class Meta(TranslatableMixin.Meta):
        ordering = ["name"]


class OwnImage(AbstractImage):
    alt = models.CharField(max_length=9)
    admin_form_fields = Image.admin_form_fields


class OwnRendition(AbstractRendition):
    image = models.ForeignKey(OwnImage, on_delete=models.CASCADE, related_name="renditions")

    class Meta:
        unique_together = (("image", "filter_spec", "focal_point_key"),)


class OwnDocument(AbstractDocument):
    source = models.CharField(max_length=9)


class FormField(AbstractFormField):
    page = ParentalKey("FormPage", on_delete=models.CASCADE, related_name="form_fields")


class FormPage(AbstractEmailForm):
    thanks = RichTextField(blank=True)
""",
}
"""The files that are added to those of the library forms, or stand for one of them."""
