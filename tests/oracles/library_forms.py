"""
Models that take their bases, fields and managers from published libraries: what is the same in each version.

Of these libraries no source is shown to the readers. Each module holds the main
forms of a few of them; ``varying_forms`` holds those of which each version of a
library makes something else.
"""

from __future__ import annotations

WITH_LIBRARIES: dict[str, str] = {
    "leaning/__init__.py": "",
    "leaning/migrations/__init__.py": "",
    "leaning/models/__init__.py": """
from .editors import *
from .fields import *
from .kept import *
from .pages import *
from .stamps import *
from .tags import *
from .tongues import *
from .trees import *
""",
    "leaning/models/stamps.py": """
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_extensions.db.fields import (
    AutoSlugField, CreationDateTimeField, ModificationDateTimeField, RandomCharField,
)
from django_extensions.db.fields.json import JSONField
from django_extensions.db.models import (
    ActivatorModel, TimeStampedModel, TitleDescriptionModel, TitleSlugDescriptionModel,
)
from model_utils import Choices, FieldTracker
from model_utils.fields import (
    AutoCreatedField, AutoLastModifiedField, MonitorField, SplitField, StatusField,
    UrlsafeTokenField, UUIDField,
)
from model_utils.managers import InheritanceManager, QueryManager
from model_utils.models import SoftDeletableModel, StatusModel, TimeFramedModel, UUIDModel
from model_utils.models import TimeStampedModel as Stamped


class Stamp(Stamped):
    pass


class Frame(TimeFramedModel):
    pass


class Framed(TimeFramedModel, Stamped):
    name = models.CharField(max_length=9)

    class Meta:
        ordering = ["start"]


class Unique(UUIDModel):
    pass


class Soft(SoftDeletableModel):
    pass


class SoftStamp(SoftDeletableModel, Stamped):
    name = models.CharField(max_length=9)
    objects = models.Manager()


class Status(StatusModel):
    STATUS = Choices("draft", ("live", "Live one"))


class Draft(StatusModel):
    STATUS = Choices("new", "done")
    published = QueryManager(status="done").order_by("-id")

    class Meta:
        abstract = True


class Letter(Draft):
    title = models.CharField(max_length=9)


class Memo(Draft):
    STATUS = Draft.STATUS + [("lost", _("Lost one"))]


class Watched(models.Model):
    STATUS = Choices("one", "two")
    status = StatusField()
    since = MonitorField(monitor="status")


class Several(models.Model):
    KINDS = Choices((1, "one", _("The first")), (2, "two", "The second"))
    STATES = Choices("up", "down")
    GROUPS = Choices(("Paper", [("a4", "A4"), ("a5", "A5")]), ("Other", [("x", "X")]))
    kind = models.IntegerField(choices=KINDS, default=KINDS.two)
    state = StatusField(choices_name="STATES", max_length=20, db_index=True)
    last = StatusField(_("last"), choices_name="STATES", default=STATES.down)
    paper = models.CharField(choices=GROUPS, max_length=3)
    moved = MonitorField(monitor="state", when=["up"], null=True, default=None, blank=True)
    made = AutoCreatedField(db_index=True)
    changed = AutoLastModifiedField()
    token = UrlsafeTokenField(max_length=30)
    tracker = FieldTracker()
    objects = InheritanceManager()


class Extended(TimeStampedModel):
    title = models.CharField(max_length=9)
    slug = AutoSlugField(populate_from="title")


class Described(TitleSlugDescriptionModel):
    pass


class Titled(TitleDescriptionModel, TimeStampedModel):
    class Meta(TimeStampedModel.Meta):
        verbose_name = "titled one"


class Active(ActivatorModel):
    pass


class ActiveToo(TimeStampedModel, ActivatorModel):
    name = models.CharField(max_length=9)
    slug = AutoSlugField(_("slug"), populate_from=["name", "id"], separator="_", overwrite=True)
    code = RandomCharField(length=8, unique=True, include_alpha=False)
    born = CreationDateTimeField(db_index=True)
    changed = ModificationDateTimeField(null=True)
    data = JSONField(default=dict)
""",
    "leaning/models/kept.py": """
from django.conf import settings
from django.db import models
from simple_history import register
from simple_history.models import HistoricForeignKey, HistoricalRecords


class Remembered(models.Model):
    name = models.CharField(max_length=9, unique=True)
    made = models.DateField(auto_now_add=True)
    history = HistoricalRecords()


class Kept(models.Model):
    key = models.UUIDField(primary_key=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="kept")
    parent = models.ForeignKey("self", models.SET_NULL, null=True, blank=True)
    twin = models.OneToOneField(Remembered, models.PROTECT)
    many = models.ManyToManyField(Remembered, related_name="others")
    file = models.FileField(upload_to="x")
    changed = models.DateTimeField(auto_now=True)
    log = HistoricalRecords(
        excluded_fields=["file"], table_name="kept_log", verbose_name="kept log",
        related_name="logged", history_id_field=models.UUIDField(default=None),
        history_change_reason_field=models.TextField(null=True), user_db_constraint=False,
        cascade_delete_history=True, custom_model_name="KeptLog",
    )

    class Meta:
        verbose_name = "kept thing"
        verbose_name_plural = "kept things"


class Logged(models.Model):
    history = HistoricalRecords(inherit=True)

    class Meta:
        abstract = True


class Account(Logged):
    number = models.IntegerField(db_index=True)


class BigAccount(Account):
    size = models.IntegerField()


class Followed(models.Model):
    account = HistoricForeignKey(Account, models.CASCADE, null=True)
    several = models.ManyToManyField(Remembered)
    history = HistoricalRecords(m2m_fields=[several])


class Outside(models.Model):
    name = models.CharField(max_length=9)


register(Outside)
""",
    "leaning/models/trees.py": """
from django.db import models
from mptt.fields import TreeManyToManyField, TreeOneToOneField
from mptt.managers import TreeManager
from mptt.models import MPTTModel, TreeForeignKey
from polymorphic.managers import PolymorphicManager
from polymorphic.models import PolymorphicModel
from polymorphic.showfields import ShowFieldType
from treebeard.al_tree import AL_Node
from treebeard.mp_tree import MP_Node, MP_NodeManager
from treebeard.ns_tree import NS_Node


class Category(MPTTModel):
    name = models.CharField(max_length=9)
    parent = TreeForeignKey("self", null=True, blank=True, on_delete=models.CASCADE)


class Branch(MPTTModel):
    parent = TreeForeignKey("self", models.CASCADE, null=True)

    class Meta:
        abstract = True


class Twig(Branch):
    length = models.IntegerField()


class LongTwig(Twig):
    metres = models.IntegerField()


class Node(MP_Node):
    name = models.CharField(max_length=9)


class NodeManager(MP_NodeManager):
    pass


class Ordered(MP_Node):
    path = models.CharField(max_length=90, unique=True, db_collation=None)
    name = models.CharField(max_length=9)
    node_order_by = ["name"]
    objects = NodeManager()

    class Meta:
        ordering = ["path"]


class Nested(NS_Node):
    name = models.CharField(max_length=9)


class Adjacent(AL_Node):
    parent = models.ForeignKey("self", null=True, related_name="children_set", on_delete=models.CASCADE)
    sib_order = models.PositiveIntegerField()
""",
    "leaning/models/tags.py": """
from django.db import models
from django.utils.translation import gettext_lazy as _
from modelcluster.contrib.taggit import ClusterTaggableManager
from modelcluster.fields import ParentalKey, ParentalManyToManyField
from modelcluster.models import ClusterableModel
from taggit.managers import TaggableManager
from taggit.models import (
    GenericTaggedItemBase, GenericUUIDTaggedItemBase, ItemBase, TagBase, TaggedItemBase,
)


class Tagged(models.Model):
    tags = TaggableManager(blank=True)


class Word(TagBase):
    weight = models.IntegerField(default=1)

    class Meta:
        verbose_name = _("word")
        verbose_name_plural = _("words")


class WordItem(GenericTaggedItemBase):
    tag = models.ForeignKey(Word, on_delete=models.CASCADE, related_name="%(class)s_items")


class KeyItem(GenericUUIDTaggedItemBase, TaggedItemBase):
    class Meta:
        verbose_name = "key item"


class Direct(TaggedItemBase):
    content_object = models.ForeignKey("leaning.Labelled", models.CASCADE)


class Own(ItemBase):
    tag = models.ForeignKey(Word, models.CASCADE, related_name="own")
    content_object = models.ForeignKey("Labelled", models.CASCADE)


class Labelled(models.Model):
    words = TaggableManager(through=WordItem, verbose_name=_("words"))
    direct = TaggableManager(through=Direct, related_name="labelled", help_text="")
    own = TaggableManager(_("own"), through="leaning.Own", blank=True)


class Cluster(ClusterableModel):
    name = models.CharField(max_length=9)
    words = ParentalManyToManyField(Word, blank=True)
    tags = ClusterTaggableManager(through="leaning.ClusterTag", blank=True)


class ClusterTag(TaggedItemBase):
    content_object = ParentalKey(Cluster, on_delete=models.CASCADE, related_name="tagged_items")
""",
    "leaning/models/tongues.py": """
from django.db import models
from django.utils.translation import gettext_lazy as _
from parler.fields import TranslationsForeignKey
from parler.managers import TranslatableManager
from parler.models import TranslatableModel, TranslatedFields, TranslatedFieldsModel
from parler.utils.context import switch_language


class Titled(models.Model):
    order = models.IntegerField()

    class Meta:
        abstract = True


class Product(TranslatableModel):
    price = models.IntegerField()
    objects = TranslatableManager()


class ProductTranslation(TranslatedFieldsModel):
    master = TranslationsForeignKey(Product, models.CASCADE, related_name="translations", null=True)
    title = models.CharField(max_length=200)

    class Meta:
        unique_together = ("language_code", "master")
        verbose_name = _("product translation")


class News(models.Model):
    title = models.CharField(max_length=9)


class Entry(models.Model):
    name = models.CharField(max_length=9)

    class Meta:
        abstract = True


class Diary(Entry):
    day = models.DateField()


class Plain(models.Model):
    label = models.CharField(max_length=9)
""",
    "leaning/models/editors.py": """
from autoslug import AutoSlugField
from ckeditor.fields import RichTextField
from ckeditor_uploader.fields import RichTextUploadingField
from django.db import models
from django_ckeditor_5.fields import CKEditor5Field
from django_quill.fields import QuillField
from django_summernote.fields import SummernoteTextField
from easy_thumbnails.fields import ThumbnailerField, ThumbnailerImageField
from imagekit.models import ImageSpecField, ProcessedImageField
from localflavor.us.models import (
    USPostalCodeField, USSocialSecurityNumberField, USStateField, USZipCodeField,
)
from markdownx.models import MarkdownxField
from martor.models import MartorField
from mdeditor.fields import MDTextField
from recurrence.fields import RecurrenceField
from sorl.thumbnail import ImageField
from tinymce.models import HTMLField


def shout(value):
    return value.upper()


class Essay(models.Model):
    title = models.CharField(max_length=99)
    slug = AutoSlugField(populate_from="title")
    body = RichTextField("text", config_name="small", extra_plugins=["a"], blank=True)
    more = RichTextUploadingField(config_name="large", external_plugin_resources=[("a", "b", "c")])
    five = CKEditor5Field("five", config_name="extends", null=True)
    html = HTMLField(default="", help_text="HTML")
    marked = MarkdownxField(null=True, blank=True)
    martor = MartorField(max_length=9)
    noted = SummernoteTextField()
    edited = MDTextField(config_name="x", db_index=True)
    quill = QuillField(default="")


class Slugged(models.Model):
    name = models.CharField(max_length=9)
    unique = AutoSlugField("one", populate_from="name", unique=True, editable=True)
    apart = AutoSlugField(populate_from="name", unique_with="unique", always_update=True)
    both = AutoSlugField(unique_with=("unique", "apart"), max_length=50, db_index=False)
    short = AutoSlugField(populate_from="name", max_length=20, sep="_", slugify=shout, unique=True)
    wide = AutoSlugField(manager_name="objects", allow_unicode=True, null=True, default=None)


class Photo(models.Model):
    plain = ImageField(upload_to="x", width_field="wide", height_field="high", blank=True)
    wide = models.IntegerField()
    high = models.IntegerField()
    made = ProcessedImageField(upload_to="x", format="JPEG", options={"quality": 60}, processors=[])
    named = ProcessedImageField(verbose_name="named", upload_to="y", max_length=200, null=True)
    small = ImageSpecField(source="made", format="PNG")
    thumb = ThumbnailerImageField("thumb", upload_to="x", resize_source={"size": (9, 9)})
    file = ThumbnailerField(upload_to="x", thumbnail_storage=None)


class Postal(models.Model):
    state = USStateField(default="NY")
    postal = USPostalCodeField("postal", blank=True)
    zip = USZipCodeField(null=True)
    number = USSocialSecurityNumberField()
    repeats = RecurrenceField(include_dtstart=False, null=True, blank=True)
""",
    "leaning/models/fields.py": """
from decimal import Decimal

from django.conf import settings
from django.db import models
from django_countries.fields import CountryField
from django_fsm import ConcurrentTransitionMixin, FSMField, FSMIntegerField, FSMKeyField, transition
from djmoney.models.fields import CurrencyField, MoneyField
from djmoney.models.managers import money_manager
from djmoney.models.validators import MaxMoneyValidator, MinMoneyValidator
from djmoney.money import Money
from phonenumber_field.modelfields import PhoneNumberField

CURRENCIES = [("EUR", "Euro"), ("USD", "Dollar")]


class Priced(models.Model):
    price = MoneyField(max_digits=9, decimal_places=2, default_currency="EUR")


class Paid(models.Model):
    net = MoneyField("net", max_digits=9, decimal_places=2, default=0, default_currency="EUR",
        currency_choices=CURRENCIES, validators=[MinMoneyValidator(0)])
    tax = MoneyField(max_digits=9, decimal_places=2, null=True, blank=True,
        default_currency=None, currency_choices=CURRENCIES, currency_field_name="tax_in")
    fee = MoneyField(max_digits=9, decimal_places=2, default=Decimal("1.5"),
        default_currency="USD", currency_choices=CURRENCIES, currency_max_length=5)
    tip = MoneyField(max_digits=9, decimal_places=2, default=Money(2, "USD"),
        currency_choices=CURRENCIES, default_currency="EUR")
    in_currency = CurrencyField(choices=CURRENCIES, default="EUR")


class Placed(models.Model):
    country = CountryField(blank=True)
    phone = PhoneNumberField(null=True)
    state = FSMField(default="new")

    @transition(field=state, source="new", target="done")
    def finish(self):
        pass


class State(models.Model):
    label = models.CharField(max_length=9, primary_key=True)


class Moved(ConcurrentTransitionMixin, models.Model):
    home = CountryField("home", null=True, blank_label="(choose)", default="NZ", db_index=True)
    mobile = PhoneNumberField("mobile", region="DE", unique=True, blank=True, max_length=20)
    level = FSMIntegerField(default=0, protected=True)
    step = FSMField("step", default="a", choices=[("a", "A"), ("b", "B")], max_length=9, protected=True)
    key = FSMKeyField(State, models.PROTECT, default="new")
""",
    "leaning/models/pages.py": """
from django.db import models
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from wagtail import blocks
from wagtail.contrib.forms.models import AbstractEmailForm, AbstractForm, AbstractFormField
from wagtail.contrib.settings.models import BaseGenericSetting, BaseSiteSetting, register_setting
from wagtail.documents.models import AbstractDocument
from wagtail.fields import RichTextField, StreamField
from wagtail.images.models import AbstractImage, AbstractRendition, Image
from wagtail.models import (
    CollectionMember, DraftStateMixin, LockableMixin, Orderable, Page, PreviewableMixin,
    RevisionMixin, TranslatableMixin, WorkflowMixin,
)
from wagtail.search import index
from wagtail.snippets.models import register_snippet


class Home(Page):
    intro = RichTextField(blank=True)
    body = StreamField([("text", blocks.CharBlock()), ("rich", blocks.RichTextBlock())], blank=True)


class Teased(models.Model):
    teaser = RichTextField(_("teaser"), features=["bold"], blank=True)

    class Meta:
        abstract = True


class BasePage(Page):
    show = models.BooleanField(default=True)

    class Meta:
        abstract = True


class Story(Teased, BasePage):
    image = models.ForeignKey("wagtailimages.Image", null=True, on_delete=models.SET_NULL, related_name="+")
    related = models.ForeignKey(Page, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        verbose_name = _("story")


class LongStory(Story):
    end = models.TextField()


class ShownStory(Story):
    class Meta:
        proxy = True


class Picture(Orderable):
    caption = models.CharField(max_length=9)


class StoryPicture(Orderable):
    page = ParentalKey(Story, on_delete=models.CASCADE, related_name="pictures")
    image = models.ForeignKey(Image, models.CASCADE, related_name="+")

    class Meta(Orderable.Meta):
        verbose_name = "picture"


@register_snippet
class Advert(index.Indexed, models.Model):
    url = models.URLField(null=True)


class Footer(DraftStateMixin, RevisionMixin, LockableMixin, PreviewableMixin, models.Model):
    text = RichTextField()


class Filed(CollectionMember, models.Model):
    name = models.CharField(max_length=9)


@register_setting
class Social(BaseSiteSetting):
    handle = models.CharField(max_length=9)


@register_setting
class Global(BaseGenericSetting):
    handle = models.CharField(max_length=9)


class PlainForm(AbstractForm):
    pass
""",
    "leaning/translation.py": """
from modeltranslation.translator import TranslationOptions, register, translator

from . import models
from .models import News


@register(News)
class NewsOptions(TranslationOptions):
    fields = ("title",)


class EntryOptions(TranslationOptions):
    fields = ("name",)


@register([models.Diary])
class DiaryOptions(EntryOptions):
    fields = ()
""",
}
