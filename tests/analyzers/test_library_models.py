"""
What published libraries make of models, read without their sources.

The expectations are what Django itself says with the libraries installed
(``python -m tests.oracles.model_forms`` asks it for every form).
"""

from __future__ import annotations

import ast
import functools

import pytest

from analyzers.config import Config, DjangoConfig
from analyzers.read.cache import MemoryCache
from analyzers.read.values import Call, Opaque, Ref, Value
from analyzers.relate.django_fields import normal_field
from analyzers.relate.facts import Facts
from analyzers.relate.view import View
from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree
from tests.oracles.leaning_projects import leaning
from tests.support.lacking_worlds import INITIAL, PROJECT
from tests.support.views import view_of
from tests.support.written_models import configured

SETTINGS = {"project/__init__.py": "", "project/settings.py": leaning.settings}
NOW = Ref("django.utils.timezone.now")


@functools.cache
def view(**more: str) -> View:
    files = {**leaning.files, **SETTINGS, **more}
    config = Config(django=DjangoConfig(settings="project.settings"))
    return view_of(MemoryTree(files), config)


NAMES = {
    "Status": "id status status_changed",
    "Memo": "id status status_changed",
    "SoftStamp": "id created modified is_removed name",
    "Split": "id text _text_excerpt",
    "ActiveToo": "id created modified status activate_date deactivate_date "
    "name slug code born changed data",
    "Genre": "id above near one lft rght tree_id depth",
    "Twig": "id parent length lft rght tree_id level",
    "LongTwig": "twig_ptr metres",
    "Drawn": "id polymorphic_ctype shape",
    "Word": "id name slug weight",
    "Product": "id price",
    "ProductTranslation": "id language_code master title",
    "ArticleTranslation": "id language_code title slug author master",
    "News": "id title title_en title_de",
    "Diary": "id name name_en name_de day",
    "LongPost": "post_ptr more more_en more_de",
    "Plain": "id label",
    "KeptLog": "key owner parent twin changed history_id history_date history_change_reason "
    "history_type history_relation history_user",
    "HistoricalBigAccount": "id number size account_ptr history_id history_date "
    "history_change_reason history_type history_user",
    "HistoricalFollowed_several": "id followed remembered history m2m_history_id",
    "HistoricalOutside": "id name history_id history_date history_change_reason "
    "history_type history_user",
    "Paid": "id net_currency net tax_in tax fee_currency fee tip_currency tip in_currency",
    "Home": "page_ptr intro body",
    "Story": "page_ptr teaser show image related",
    "LongStory": "story_ptr end",
    "Localised": "id translation_key locale name",
    "PlainForm": "page_ptr",
    "Photo": "id plain wide high made named thumb file",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_model_has_the_fields_that_its_library_gives_it(name: str) -> None:
    """Whatever base, metaclass or registration brings them."""
    model = view().models.found["leaning", name.lower()]

    assert not model.incomplete
    assert sorted(view().said(model).fields) == sorted(NAMES[name].split())


@pytest.mark.parametrize(
    ("model", "field", "expected"),
    [
        ("Memo", "status", {"choices": [("new", "new"), ("done", "done"), ("lost", "Lost one")]}),
        ("Several", "last", {"default": "down", "max_length": 100, "no_check_for_status": True}),
        ("Several", "kind", {"choices": [(1, "The first"), (2, "The second")], "default": 2}),
        ("Status", "status_changed", {"monitor": "status", "default": NOW}),
        ("Post", "title_de", {"null": True, "db_column": "headline_de", "unique": True}),
        ("Spoken_translation", "master", {"related_name": "translations", "to": "leaning.spoken"}),
        ("Labelled", "own", {"through": "leaning.own", "to": "leaning.word"}),
        ("KeptLog", "owner", {"db_constraint": False, "null": True, "related_name": "+"}),
        ("Moved", "key", {"to": "leaning.state", "default": "new"}),
        ("Essay", "body", {"verbose_name": "text", "config_name": None, "extra_plugins": None}),
        ("Essay", "slug", {"populate_from": "title", "editable": False, "db_index": None}),
        ("Slugged", "unique", {"editable": True, "unique": True}),
        ("Slugged", "apart", {"unique_with": ("unique",), "unique": None, "always_update": True}),
        ("Slugged", "short", {"max_length": 20, "slugify": Ref("leaning.models.editors.shout")}),
        ("Photo", "made", {"upload_to": "x", "format": None, "options": None}),
        ("Postal", "zip", {"max_length": 10, "null": True}),
        ("Story", "related", {"to": "wagtailcore.page", "related_name": "+"}),
    ],
)
def test_a_field_has_the_arguments_that_its_library_gives_it(
    model: str, field: str, expected: dict[str, Value]
) -> None:
    """Choices from elsewhere, a language's own column, what copies of a relation say."""
    found = view().models.found["leaning", model.lower().replace("_", "")]
    value = view().said(found).fields[field]

    assert isinstance(value, Call)
    arguments = normal_field(value, view().context(found)).arguments
    assert {name: arguments.get(name) for name in expected} == expected


def test_languages_that_are_not_known_leave_the_model_in_doubt() -> None:
    """Two settings modules that speak of other languages: nothing is said of the translated fields."""
    files = {
        **leaning.files,
        "project/settings/base.py": 'LANGUAGES = [("en", "English")]\n',
        "project/settings/local.py": 'LANGUAGES = [("fr", "French")]\n',
    }
    seen = view_of(MemoryTree(files), Config())

    assert seen.settings.languages is None
    assert seen.models.found["leaning", "news"].incomplete == ("a field for each language",)
    assert not seen.models.found["leaning", "plain"].incomplete


def test_a_registration_that_is_not_followed_leaves_its_models_in_doubt() -> None:
    """Models that a loop registers, under options that some code makes."""
    text = """
from modeltranslation.translator import translator
from .models import News, Plain
from .options import made
for model in (News,):
    translator.register(model, made(model))
"""
    seen = view(**{"leaning/translation.py": text})

    assert seen.models.found["leaning", "news"].incomplete
    assert not seen.models.found["leaning", "plain"].incomplete


BEFORE = """
import parler.models
from django.db import migrations, models


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "OtherTranslation",
            [("id", models.BigAutoField(primary_key=True))],
            {{{rule}}},
            bases=(parler.models.TranslatedFieldsModelMixin, models.Model),
        )
    ]
"""


@pytest.mark.parametrize(
    ("rule", "option"),
    [
        ('"unique_together": {("language_code", "master")}', "unique_together"),
        (
            '"constraints": [models.UniqueConstraint(fields=("language_code", "master"), name="x")]',
            "constraints",
        ),
    ],
)
def test_translations_are_one_a_language_as_the_migrations_say_it(rule: str, option: str) -> None:
    """Older versions of parler by an option, newer ones by a constraint; unknown where none is there."""
    seen = view(**{"leaning/migrations/0001_initial.py": BEFORE.format(rule=rule)})
    options = seen.models.found["leaning", "spokentranslation"].options

    assert options.get(option)
    assert not isinstance(options.get(option), Opaque)
    nothing = view().models.found["leaning", "spokentranslation"].options
    assert isinstance(nothing[option], Opaque)


def test_translations_that_nobody_touched_do_not_keep_from_comparing_the_others() -> None:
    """The rule of one a language is taken from the migrations once, however many trees have it."""
    rule = '"unique_together": {("language_code", "master")}'
    before = {
        **leaning.files,
        **SETTINGS,
        "leaning/migrations/0001_initial.py": BEFORE.format(rule=rule),
        "shop/__init__.py": "",
        "shop/migrations/__init__.py": "",
        "shop/models.py": "",
    }
    item = "from django.db import models\nclass Item(models.Model):\n    pass\n"
    base, head = MemoryTree(before), MemoryTree({**before, "shop/models.py": item})
    comparison = Comparison(merge_base=base, base=base, head=head, merged=head)
    facts = Facts(comparison, Config(), MemoryCache())

    assert not facts.missing_django.unread
    assert [gap.model for gap in facts.missing_django.gaps] == ["Item"]


@pytest.mark.parametrize("cls", ["models.ForeignKey", "parler.fields.TranslationsForeignKey"])
def test_the_key_of_a_translation_is_of_the_class_that_its_migrations_have(cls: str) -> None:
    """A plain one in parler 1, one of the library's own since 2.0."""
    master = f'("master", {cls}("leaning.spoken", models.CASCADE))'
    before = BEFORE.format(rule="").replace("primary_key=True))", f"primary_key=True)), {master}")
    before = before.replace("OtherTranslation", "SpokenTranslation")
    assert master in before

    seen = view(**{"leaning/migrations/0001_initial.py": before})

    key = seen.models.found["leaning", "spokentranslation"].fields["master"].value
    assert isinstance(key, Call)
    assert key.func.endswith(cls.removeprefix("models"))


def written(models: str) -> tuple[str, tuple[str, ...]]:
    """The migration for an app whose first models are *models*, and what cannot be written."""
    before = {"shop/__init__.py": "", "shop/migrations/__init__.py": "", "shop/models.py": ""}
    base, head = MemoryTree(before), MemoryTree({**before, "shop/models.py": models})
    comparison = Comparison(merge_base=base, base=base, head=head, merged=head)
    found = Facts(comparison, Config(), MemoryCache()).write_missing()
    return "".join(file.content for file in found.files), found.problems


def test_what_is_written_for_libraries_is_python_that_they_can_read_back() -> None:
    """Positions of unknown field classes, parents in other apps, targets spelled as the library does."""
    text, problems = written("""
from django.db import models
from maps.fields import PlaceField
from taggit.managers import TaggableManager
from wagtail.models import Page


class Shop(Page):
    place = PlaceField([("a", 1)], unknown=True)


class Item(models.Model):
    tags = TaggableManager(blank=True)
""")

    assert not problems
    ast.parse(text)
    assert "maps.fields.PlaceField([('a', 1)], unknown=True)" in text
    assert "bases=('wagtailcore.page',)" in text
    assert "through='taggit.TaggedItem', to='taggit.Tag'" in text


@pytest.mark.parametrize(
    ("models", "what"),
    [
        (
            "from parler.models import TranslatableModel, TranslatedFields\n"
            "class Item(TranslatableModel):\n"
            "    translations = TranslatedFields(name=models.CharField(max_length=9))\n",
            "of ItemTranslation hangs on the version of a library",
        ),
        (
            "from django_countries.fields import CountryField\n"
            "class Item(models.Model):\n    seen = CountryField(multiple=True)\n",
            "max_length of a field of Item hangs on the version of a library",
        ),
    ],
)
def test_what_each_version_says_otherwise_is_not_written(models: str, what: str) -> None:
    """A file that would leave something open is none."""
    text, problems = written(f"from django.db import models\n{models}")

    assert not text
    assert what in problems[0]


def test_further_libraries_give_their_models_fields() -> None:
    """Of an order, of a configuration, and of relations that keep their order."""
    text, problems = written("""
from config_models.models import ConfigurationModel
from django.db import models
from ordered_model.models import OrderedModel
from sortedm2m.fields import SortedManyToManyField


class Step(OrderedModel):
    name = models.CharField(max_length=9)

    class Meta(OrderedModel.Meta):
        verbose_name = "step"


class Limit(ConfigurationModel):
    most = models.IntegerField()
    steps = SortedManyToManyField(Step, blank=True)
    others = SortedManyToManyField(Step, sorted=False, related_name="+")
""")

    assert not problems
    ast.parse(text)
    assert "('order', models.PositiveIntegerField(db_index=True, editable=False" in text
    assert "'ordering': ('order',)" in text
    assert "('change_date', models.DateTimeField(auto_now_add=True" in text
    assert "('changed_by', models.ForeignKey(editable=False, null=True" in text
    assert "('enabled', models.BooleanField(default=False" in text
    assert "SortedManyToManyField(blank=True, help_text=None, to='shop.step')" in text
    assert "SortedManyToManyField(related_name='+', sorted=False, to='shop.step')" in text


def test_a_model_that_is_marked_as_deleted_has_when() -> None:
    """Some versions of the package index it: what other models have tells; a default of None stays one."""
    models = "from softdelete.models import SoftDeleteObject\n\n\nclass Gone(SoftDeleteObject):\n    name = models.TextField()\n"
    of_others = LOCALE.replace("locale", "deleted_at").replace(
        'models.ForeignKey(to="wagtailcore.deleted_at", on_delete=models.PROTECT{said})',
        "models.DateTimeField(blank=True, db_index=True, default=None, editable=False, null=True)",
    )
    seen = configured(models, Config(), {"migrations/0002_other": of_others})
    model = seen.models.found["shop", "gone"]
    value = model.fields["deleted_at"].value

    assert not model.incomplete
    assert isinstance(value, Call)
    assert dict(normal_field(value, seen.context(model)).arguments) == {
        "blank": True,
        "db_index": True,
        "default": None,
        "editable": False,
        "null": True,
    }


LOCALE = """
from django.db import migrations, models


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Other",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("locale", models.ForeignKey(to="wagtailcore.locale", on_delete=models.PROTECT{said})),
            ],
        )
    ]
"""


@pytest.mark.parametrize(("said", "held"), [("", None), (', verbose_name="locale"', "locale")])
def test_a_field_of_a_library_is_as_the_migrations_have_it(said: str, held: str | None) -> None:
    """Some versions name it, others do not; what other models have tells which one it is."""
    seen = view(**{"leaning/migrations/0001_initial.py": LOCALE.format(said=said)})
    value = seen.models.found["leaning", "snippet"].fields["locale"].value

    assert isinstance(value, Call)
    assert value.get("verbose_name") == held


STAMPED = (
    "from django.db import models\nfrom django_extensions.db.models import TimeStampedModel\n\n\n"
    "class Order(TimeStampedModel):\n    number = models.CharField(max_length=20)\n"
)
FIELDS_OF_STAMPED = """
                ("number", models.CharField(max_length=20)),
                ("created", django_extensions.db.fields.CreationDateTimeField(auto_now_add=True, verbose_name="created")),
                ("modified", django_extensions.db.fields.ModificationDateTimeField(auto_now=True, verbose_name="modified")),
"""


def test_what_a_library_brings_is_shown_at_the_model() -> None:
    """The library's class stands in no file that could be opened."""
    base = MemoryTree(PROJECT)
    head = MemoryTree({**PROJECT, "shop/models.py": STAMPED})

    found = review(Comparison(merge_base=base, base=base, head=head, merged=head)).findings

    places = {(f.place.path, f.place.line) for f in found if f.rule == "missing-migration"}
    assert places == {("shop/models.py", 5)}


@pytest.mark.parametrize(
    ("ordering", "told"),
    [
        ("", []),
        ('"ordering": ("-modified", "-created"), ', []),
        ('"ordering": ["number"], ', ["ordering"]),
    ],
)
def test_an_order_that_some_versions_give_is_the_one_that_migrations_have(
    ordering: str, told: list[str]
) -> None:
    """django-extensions has had none since 3.0; any other order is the project's own."""
    initial = (
        INITIAL.partition('                ("number"')[0].replace(
            "import django", "import django_extensions.db.fields\nimport django", 1
        )
        + FIELDS_OF_STAMPED
        + f'            ],\n            options={{{ordering}"get_latest_by": "modified"}},\n        ),\n    ]\n'
    )
    head = {"shop/models.py": STAMPED, "shop/migrations/0001_initial.py": initial}

    seen = view_of(MemoryTree({**PROJECT, **head}), Config()).gaps.values()

    assert [gap.name for gap in seen] == told
