"""Wagtail's blocks, which migrations hold with all that is in them."""

from __future__ import annotations

import pytest

from analyzers.findings import Finding, Severity
from tests.support.lacking_worlds import lacking

BLOCKS = '''
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _
from elsewhere.blocks import VideoBlock
from wagtail import blocks
from wagtail.images.blocks import ImageChooserBlock

SIZES = [("s", _("Small")), ("l", _("Large"))]


def fonts():
    return []


def scripts():
    return []


class Heading(blocks.CharBlock):
    """A title."""

    class Meta:
        icon = "title"


class Size(blocks.ChoiceBlock):
    choices = SIZES


class Named:
    def name_of(self, value):
        return value["title"]


class Link(blocks.StructBlock):
    title = blocks.CharBlock(required=False, max_length=80)
    page = blocks.PageChooserBlock(page_type="shop.Story")

    class Meta:
        template = "link.html"


class Card(Named, Link):
    image = ImageChooserBlock()
    size = Size(required=False, default="s")
    links = blocks.ListBlock(Link(label=_("Link")), min_num=1)


class Body(blocks.StreamBlock):
    heading = Heading(form_classname="title")
    card = Card()
    text = blocks.RichTextBlock(features=["bold"], validators=[MaxLengthValidator(900)])
    font = blocks.ChoiceBlock(choices=fonts)
'''
MODELS = """
from django.db import models
from wagtail.fields import RichTextField, StreamField
from .blocks import Body, Heading

ASIDE = [("heading", Heading(label="Aside"))]


class Story(models.Model):
    body = StreamField(Body(), use_json_field=True)
    aside = StreamField(ASIDE, blank=True, use_json_field=True)
    notes = RichTextField(blank=True)
"""
HEAD = """
import django.core.validators
import shop.blocks
import wagtail.blocks
import wagtail.core.blocks
import wagtail.fields
import wagtail.images.blocks
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Story",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
"""
TAIL = """
                ("notes", wagtail.fields.RichTextField(blank=True)),
            ],
        ),
    ]
"""
NESTED = f"""{HEAD}
                ("body", wagtail.fields.StreamField([
                    ("heading", shop.blocks.Heading(form_classname="title")),
                    ("card", wagtail.core.blocks.StructBlock([
                        ("title", wagtail.blocks.CharBlock(max_length=80, required=False)),
                        ("page", wagtail.blocks.PageChooserBlock(page_type=["shop.Story"])),
                        ("image", wagtail.images.blocks.ImageChooserBlock()),
                        ("size", wagtail.blocks.ChoiceBlock(choices=[("s", "Small"), ("l", "Large")], required=False)),
                        ("links", wagtail.blocks.ListBlock(wagtail.blocks.StructBlock([
                            ("title", wagtail.blocks.CharBlock(max_length=80, required=False)),
                            ("page", wagtail.blocks.PageChooserBlock(page_type=["shop.Story"])),
                        ], label="Link"), min_num=1)),
                    ])),
                    ("text", wagtail.blocks.RichTextBlock(
                        features=["bold"], validators=[django.core.validators.MaxLengthValidator(900)])),
                    ("font", wagtail.blocks.ChoiceBlock(choices=shop.blocks.fonts)),
                ], use_json_field=True)),
                ("aside", wagtail.fields.StreamField([("heading", shop.blocks.Heading(label="Aside"))], blank=True, use_json_field=True)),
{TAIL}"""
LOOKED_UP = f"""{HEAD}
                ("body", wagtail.fields.StreamField([("heading", 0), ("card", 7), ("text", 8), ("font", 9)], block_lookup={{
                    0: ("shop.blocks.Heading", (), {{"form_classname": "title"}}),
                    1: ("wagtail.blocks.CharBlock", (), {{"max_length": 80, "required": False}}),
                    2: ("wagtail.blocks.PageChooserBlock", (), {{"page_type": ["shop.Story"]}}),
                    3: ("wagtail.images.blocks.ImageChooserBlock", (), {{}}),
                    4: ("wagtail.blocks.ChoiceBlock", [], {{"choices": [("s", "Small"), ("l", "Large")], "required": False}}),
                    5: ("wagtail.blocks.StructBlock", [[("title", 1), ("page", 2)]], {{"label": "Link"}}),
                    6: ("wagtail.blocks.ListBlock", (5,), {{"min_num": 1}}),
                    7: ("wagtail.blocks.StructBlock", [[("title", 1), ("page", 2), ("image", 3), ("size", 4), ("links", 6)]], {{}}),
                    8: ("wagtail.blocks.RichTextBlock", (), {{"features": ["bold"], "validators": [django.core.validators.MaxLengthValidator(900)]}}),
                    9: ("wagtail.blocks.ChoiceBlock", [], {{"choices": shop.blocks.fonts}}),
                }})),
                ("aside", wagtail.fields.StreamField([("heading", 0)], blank=True, block_lookup={{
                    0: ("shop.blocks.Heading", (), {{"label": "Aside"}}),
                }})),
{TAIL}"""
SITE = {
    "shop/__init__.py": "",
    "shop/blocks.py": BLOCKS,
    "shop/models.py": MODELS,
    "shop/migrations/__init__.py": "",
    "shop/migrations/0001_initial.py": NESTED,
}


def told(
    old: str, new: str, migration: str = NESTED, base: dict[str, str] | None = None
) -> list[Finding]:
    """What is missing where *old* of the blocks or models becomes *new*."""
    site = {**SITE, **(base or {}), "shop/migrations/0001_initial.py": migration}
    path = "shop/blocks.py" if old in site["shop/blocks.py"] else "shop/models.py"
    assert old in site[path]
    return lacking(site, {path: site[path].replace(old, new, 1)})


FORMS = pytest.mark.parametrize("migration", [NESTED, LOOKED_UP], ids=["nested", "looked up"])


@FORMS
@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "image = Im",
            "alt = blocks.CharBlock()\n    image = Im",
            "the block card/alt of the field body is new",
        ),
        (
            "    image = ImageChooserBlock()\n",
            "",
            "the block card/image of the field body is gone",
        ),
        (
            "required=False, max_length=80",
            "max_length=80",
            "required of the block card/links/item/title of the field body changed; "
            "required of the block card/title of the field body changed",
        ),
        (
            'Heading(form_classname="title")',
            'blocks.CharBlock(form_classname="title")',
            "the class of the block heading of the field body changed",
        ),
        (
            '_("Large")',
            '"Big"',
            "choices of the block card/size of the field body changed",
        ),
        ("min_num=1", "min_num=2", "min_num of the block card/links of the field body changed"),
        ("(900)", "(901)", "validators of the block text of the field body changed"),
        (
            "choices=fonts",
            "choices=scripts",
            "choices of the block font of the field body changed",
        ),
        (
            '_("Link")',
            '"Links"',
            "label of the block card/links/item of the field body changed",
        ),
        (
            'page_type="shop.Story"',
            "",
            "page_type of the block card/links/item/page of the field body changed; "
            "page_type of the block card/page of the field body changed",
        ),
        (
            "class Card(Named, Link):",
            "class Card(Named, Link):\n    page = None",
            "the block card/page of the field body is gone",
        ),
        (
            "    card = Card()\n    text",
            "    cards = Card()\n    text",
            "the block card of the field body is gone; the block cards of the field body is new",
        ),
        ('label="Aside"', "", "label of the block heading of the field aside changed"),
    ],
)
def test_a_changed_block_is_told(old: str, new: str, words: str, migration: str) -> None:
    """In both forms in which migrations hold them; only makemigrations writes that file."""
    (finding,) = told(old, new, migration)

    assert finding.message == f"The model shop.Story changed, and no migration says so: {words}."
    assert finding.severity is Severity.WARNING
    assert not finding.new_files
    assert finding.remedy.endswith("with the model: python manage.py makemigrations shop.")


def test_another_order_is_told() -> None:
    (finding,) = told(
        '    heading = Heading(form_classname="title")\n    card = Card()\n',
        '    card = Card()\n    heading = Heading(form_classname="title")\n',
    )

    assert finding.message.endswith("the order of the blocks of the field body changed.")


@FORMS
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('    """A title."""\n\n', ""),
        ('icon = "title"', 'icon = "other"'),
        ('template = "link.html"', 'template = "other.html"\n        icon = "link"'),
        ('return value["title"]', 'return value["page"]'),
        ("class Link(blocks.StructBlock):", "class Link(blocks.StructBlock):\n    number = 1"),
        ('_("Large")', '"Large"'),
        ('default="s"', 'default="l"'),
        ("SIZES = [", "SIZES = [*[], "),
        ('page_type="shop.Story"', 'page_type=["shop.Story"]'),
        ('page_type="shop.Story"', 'target_model="shop.Story"'),
        ('form_classname="title"', 'classname="title"'),
        ("StreamField(Body(), ", "StreamField(Body, "),
        ("StreamField(Body(), ", "StreamField(Body(required=False, max_num=3), "),
        ("StreamField(ASIDE, ", "StreamField(ASIDE, max_num=1, collapsed=True, "),
        (
            "class Link(blocks.StructBlock):\n    title = blocks.CharBlock(required=False, max_length=80)\n",
            "class Titled(blocks.StructBlock):\n    title = blocks.CharBlock(required=False, max_length=80)\n\n\n"
            "class Link(Titled):\n",
        ),
    ],
)
def test_what_migrations_do_not_hold_is_silent(old: str, new: str, migration: str) -> None:
    assert told(old, new, migration) == []


@FORMS
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("image = Im", "video = VideoBlock()\n    image = Im"),
        ("class Link(blocks.StructBlock):", "class Link(VideoBlock):"),
        ("class Card(Named, Link):", "class Card(VideoBlock, Link):\n    alt = blocks.CharBlock()"),
        (
            "class Card(Named, Link):",
            "@register\nclass Card(Named, Link):\n    alt = blocks.CharBlock()",
        ),
        (
            "class Card(Named, Link):",
            "class Card(Named, Link, metaclass=Meta):\n    alt = blocks.CharBlock()",
        ),
        (
            "class Card(Named, Link):",
            "class Card(Named, Link):\n    def __init__(self, **kwargs):\n"
            '        super().__init__([("alt", blocks.CharBlock())], **kwargs)\n',
        ),
        (
            "class Heading(blocks.CharBlock):",
            "class Heading(blocks.CharBlock):\n    def deconstruct(self):\n        return super().deconstruct()\n",
        ),
        (
            "class Card(Named, Link):",
            "class Card(Named, Link):\n    if True:\n        alt = blocks.CharBlock()",
        ),
        (
            "class Card(Named, Link):",
            "ALT = blocks.CharBlock()\n\n\nclass Card(Named, Link):\n    alt = ALT",
        ),
        ("max_length=80", "max_length=longest()"),
        ("choices = SIZES", "choices = sizes()"),
        ("StreamField(ASIDE, ", "StreamField(aside(), "),
        ("class Story(", 'ASIDE.append(("more", Heading()))\n\n\nclass Story('),
        ("class Story(", 'Body.base_blocks["more"] = Heading()\n\n\nclass Story('),
        ('page_type="shop.Story"', "page_type=Unknown"),
        ("    text = blocks.Rich", "    text = blocks.NewRich"),
    ],
)
def test_what_is_not_certain_is_silent(old: str, new: str, migration: str) -> None:
    assert told(old, new, migration) == []


def test_what_the_base_lacked_is_not_told() -> None:
    """Neither the same nor more of it: nobody keeps the migrations of that field."""
    base = {"shop/blocks.py": BLOCKS.replace("min_num=1", "min_num=2")}

    assert told("(900)", "(901)", base=base) == []


def test_a_migration_with_the_new_blocks_is_enough() -> None:
    """Written by Wagtail in its newer form, whatever the older ones are."""
    later = LOOKED_UP.replace(
        "initial = True\n    dependencies = []", 'dependencies = [("shop", "0001_initial")]'
    )
    start, end = later.index("        migrations.CreateModel("), later.index('("body", ')
    field = (
        later[end:].partition('("aside"')[0].strip().removeprefix('("body", ').removesuffix("),")
    )
    altered = field.replace('"min_num": 1', '"min_num": 2')
    text = f'{later[:start]}        migrations.AlterField(model_name="story", name="body", field={altered}),\n    ]\n'
    change = {"shop/blocks.py": BLOCKS.replace("min_num=1", "min_num=2")}

    assert lacking(SITE, {**change, "shop/migrations/0002_body.py": text}) == []
    (finding,) = lacking(
        SITE,
        {**change, "shop/migrations/0002_body.py": text.replace('"min_num": 2', '"min_num": 3')},
    )
    assert "min_num of the block card/links" in finding.message


def test_another_class_of_field_is_told() -> None:
    """Text that becomes blocks is a column of another kind."""
    (finding,) = told("notes = RichTextField(blank=True)", "notes = StreamField(ASIDE, blank=True)")

    assert finding.message.endswith("class of the field notes changed.")
    assert finding.severity is Severity.ERROR
    assert not finding.new_files


def test_blocks_in_a_file_behind_the_blocks_are_told() -> None:
    """Though no model names that file."""
    base = {
        "shop/blocks.py": "from .cards import *\n"
        + BLOCKS.replace("choices = SIZES", "choices = WIDTHS"),
        "shop/cards.py": "from .widths import WIDTHS\n",
        "shop/widths.py": 'WIDTHS = [("s", "Small"), ("l", "Large")]\n',
    }
    (finding,) = lacking({**SITE, **base}, {"shop/widths.py": 'WIDTHS = [("s", "Small")]\n'})

    assert "choices of the block card/size" in finding.message
