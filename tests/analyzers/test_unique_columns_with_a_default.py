"""New columns that are unique, and get one value in all rows that stand."""

from __future__ import annotations

import pytest

from analyzers.config import Config
from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree

FIRST = """from django.db import migrations, models


class Migration(migrations.Migration):
    operations = [migrations.CreateModel("Item", [("id", models.BigAutoField(primary_key=True))])]
"""
SECOND = """from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [migrations.AddField("item", "extra", %s)]
"""


@pytest.mark.parametrize(
    ("field", "clashes"),
    [
        ('models.TextField(unique=True, db_default="x")', True),
        ("models.DateTimeField(unique=True, db_default=Now(), null=True)", True),
        ('models.TextField(unique=True, default="x", null=True)', True),
        ("models.TextField(unique=True, null=True)", False),
    ],
)
def test_one_value_in_all_rows_stops_the_migration(field: str, clashes: bool) -> None:
    """Django writes a default into the rows that stand, nullable or not."""
    base = {"shop/migrations/__init__.py": "", "shop/migrations/0001_initial.py": FIRST}
    old = MemoryTree(base)
    new = MemoryTree({**base, "shop/migrations/0002_extra.py": SECOND % field})
    found = review(Comparison(merge_base=old, base=old, head=new, merged=new), Config(), sql=False)
    [why] = [f.why for f in found.findings if f.rule == "constraint-scans-under-lock"]

    assert ("the migration fails" in why) is clashes


@pytest.mark.parametrize("database", ["postgresql", "mysql"])
@pytest.mark.parametrize(
    "field", ["TextField(unique=True", 'OneToOneField("shop.item", models.CASCADE']
)
def test_a_split_adds_the_column_without_the_value(field: str, database: str) -> None:
    """Django would write it into all rows that stand, and the index of the next file would stop at the second."""
    base = {"shop/migrations/__init__.py": "", "shop/migrations/0001_initial.py": FIRST}
    old = MemoryTree(base)
    new = MemoryTree(
        {**base, "shop/migrations/0002_extra.py": SECOND % f"models.{field}, default=1)"}
    )
    trees = Comparison(merge_base=old, base=old, head=new, merged=new)
    for style in ("state", "files"):
        config = Config(split_style=style, database=database)
        split = review(trees, config, sql=False).split
        first = next(text for text in split.steps[0].files.values() if "AddField" in text)

        assert "null=True" in first
        assert "default=" not in first
        assert any("default=1" in "".join(step.files.values()) for step in split.steps[1:])
