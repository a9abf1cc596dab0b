"""Keys, and links to parents with tables of their own, that come and go with the bases of a model."""

from __future__ import annotations

import pytest

from analyzers.relate.written import Answers
from tests.support.lacking_worlds import PROJECT, facts_between, lacking

MODELS = """
from django.db import models


class Place(models.Model):
    name = models.TextField()


class Thing(models.Model):
    size = models.IntegerField()


class Shop(BASES):
    note = models.TextField()
"""
KEY = '("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))'
LINK = '("place_ptr", models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to="shop.place"))'
INITIAL = """
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(name="Place", fields=[KEY, ("name", models.TextField())]),
        migrations.CreateModel(name="Thing", fields=[KEY, ("size", models.IntegerField())]),
        migrations.CreateModel(name="Shop", fields=[FIRST, ("note", models.TextField())]BASES),
    ]
"""
BASES = ', bases=("shop.place",)'


def project(bases: str) -> dict[str, str]:
    """A model that inherits from *bases*, with the migration that makes it."""
    first, said = (KEY, "") if bases == "models.Model" else (LINK, BASES)
    initial = INITIAL.replace("FIRST", first).replace("KEY", KEY).replace("BASES", said)
    return {
        **PROJECT,
        "shop/models.py": MODELS.replace("BASES", bases),
        "shop/migrations/0001_initial.py": initial,
        "site/settings.py": "DEFAULT_AUTO_FIELD = 'django.db.models.BigAutoField'\n",
    }


@pytest.mark.parametrize(
    ("before", "after", "operations"),
    [
        ("models.Model", "Place", ["RemoveField:id", "AddField:place_ptr"]),
        ("Place", "models.Model", ["RemoveField:place_ptr", "AddField:id"]),
        ("Place", "Thing", ["RemoveField:place_ptr", "AddField:thing_ptr"]),
    ],
)
def test_another_parent_needs_a_migration(before: str, after: str, operations: list[str]) -> None:
    base = project(before)
    change = {"shop/models.py": MODELS.replace("BASES", after)}

    (finding,) = lacking(base, change)

    assert sorted(finding.identity) == sorted(operations)
    written = facts_between(base, change).write_missing(answers=Answers(default="1"))
    (file,) = written.files
    assert not lacking(base, {**change, file.path: file.content})
    assert lacking({**base, **change}, {"shop/views.py": ""}) == []


def test_a_parent_that_is_called_otherwise_renames_the_link() -> None:
    base = project("Place")
    models = MODELS.replace("BASES", "Spot").replace("class Place", "class Spot")

    facts = facts_between(base, {"shop/models.py": models})
    (file,) = facts.write_missing(answers=Answers(rename=True)).files

    assert "old_name='place_ptr',\n            new_name='spot_ptr'" in file.content


def test_a_key_that_gives_way_to_another_field_is_removed() -> None:
    base = project("models.Model")
    models = MODELS.replace("BASES", "models.Model").replace(
        "note = models.TextField(", "note = models.CharField(max_length=9, primary_key=True"
    )

    (finding,) = lacking(base, {"shop/models.py": models})

    assert "the field id is gone" in finding.message


def test_links_to_parents_that_are_not_read_are_their_own_business() -> None:
    """What a library's model is called in the state is not known."""
    base = project("models.Model")
    models = "from elsewhere.models import Base\n" + MODELS.replace("BASES", "Base")

    assert lacking(base, {"shop/models.py": models}) == []
