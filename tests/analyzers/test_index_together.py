"""``index_together``, which no model has since Django 5.1, and migrations still do."""

from __future__ import annotations

import pytest

from tests.support.lacking_worlds import INITIAL, MODELS, PROJECT, lacking

HELD = INITIAL.replace(
    '"ordering": ["number"]', '"ordering": ["number"], "index_together": {("number", "state")}'
)
TOGETHER = "        index_together = [('number', 'state')]\n"
BASE = {
    **PROJECT,
    "shop/models.py": MODELS + TOGETHER,
    "shop/migrations/0001_initial.py": HELD,
}
INDEX = "        indexes = [models.Index(fields=['number', 'state'], name='number_and_state')]\n"
MADE = """
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [
        migrations.AddIndex("order", models.Index(fields=["number", "state"], name="number_and_state")),
    ]
"""


@pytest.mark.parametrize(
    ("version", "asked"), [("4.2", True), ("5.1", False), ("5.2", False), ("", True)]
)
def test_an_index_together_that_only_migrations_have_is_nothing_since_django_5_1(
    version: str, asked: bool
) -> None:
    """``makemigrations`` looks for it no more, whether an index takes its place or none."""
    pinned = {"requirements.txt": f"django=={version}.3\n" if version else ""}
    for change in (
        {"shop/models.py": MODELS},
        {"shop/models.py": MODELS + INDEX, "shop/migrations/0002_index.py": MADE},
    ):
        found = lacking(BASE, {**change, **pinned})

        assert bool(found) is asked


@pytest.mark.parametrize("version", ["4.2", "5.1", "5.2"])
def test_an_index_in_its_place_is_a_new_name_for_it(version: str) -> None:
    """Only the rename is left to be written."""
    pinned = {"requirements.txt": f"django=={version}.3\n"}
    change = {"shop/models.py": MODELS + INDEX, **pinned}

    (finding,) = lacking(BASE, change)

    (file,) = finding.new_files
    assert file.content.count("migrations.") == 2
    assert "migrations.RenameIndex(" in file.content
    assert not lacking(BASE, {**change, file.path: file.content})
