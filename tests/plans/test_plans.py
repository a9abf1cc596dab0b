"""Splits played on a real PostgreSQL while the code of before and after runs: no statement fails."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from analyzers.config import Config
from analyzers.results import Split
from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree
from tests.plans.stage import play
from tests.support import postgres

MODELS = """from django.db import models


class Tag(models.Model):
    name = models.CharField(max_length=20)


class Item(models.Model):
    title = models.CharField(max_length=50)
    note = models.CharField(max_length=50, null=True)
    qty = models.IntegerField()
"""

INITIAL = """from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel("Tag", [("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")), ("name", models.CharField(max_length=20))]),
        migrations.CreateModel("Item", [
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("title", models.CharField(max_length=50)),
            ("note", models.CharField(max_length=50, null=True)),
            ("qty", models.IntegerField()),
        ]),
    ]
"""

BASE = {
    "shop/__init__.py": "",
    "shop/models.py": MODELS,
    "shop/migrations/__init__.py": "",
    "shop/migrations/0001_initial.py": INITIAL,
}
ROWS = (
    "INSERT INTO shop_tag (name) SELECT 'tag ' || n FROM generate_series(1, 20) n",
    "INSERT INTO shop_item (title, note, qty) SELECT 'item ' || n, NULL, n FROM generate_series(1, 5000) n",
)


@dataclass(frozen=True, kw_only=True)
class Change:
    """A pull request of the shop."""

    models: str
    operation: str
    habits: Mapping[int, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)
    """By step: what the code from then on always writes."""
    in_step: Mapping[str, str] = field(default_factory=dict)
    """What the code always writes from the first step of kind ``code`` on."""
    styles: tuple[str, ...] = ("state", "files")
    """The styles of the plan that are played."""
    copies: Mapping[str, str] = field(default_factory=dict)
    """Attributes that the code writes together, new by old, as long as the model has both."""


def with_field(line: str) -> str:
    return MODELS + f"    {line}\n"


UNIQUE_TITLES = {"Item.title": "__import__('uuid').uuid4().hex"}

CHANGES = {
    "a nullable column": Change(
        models=with_field("extra = models.TextField(null=True)"),
        operation='migrations.AddField("item", "extra", models.TextField(null=True))',
    ),
    "a NOT NULL column": Change(
        models=with_field('extra = models.CharField(max_length=9, default="x")'),
        operation='migrations.AddField("item", "extra", models.CharField(max_length=9, default="x"))',
    ),
    "null to NOT NULL": Change(
        models=MODELS.replace("max_length=50, null=True", 'max_length=50, default="x"'),
        operation='migrations.AlterField("item", "note", models.CharField(max_length=50, default="x"))',
        in_step={"Item.note": "'always'"},
    ),
    "dropping a nullable column": Change(
        models=MODELS.replace("    note = models.CharField(max_length=50, null=True)\n", ""),
        operation='migrations.RemoveField("item", "note")',
    ),
    "dropping a NOT NULL column": Change(
        models=MODELS.replace("    qty = models.IntegerField()\n", ""),
        operation='migrations.RemoveField("item", "qty")',
    ),
    "a new table": Change(
        models=MODELS
        + "\n\nclass Label(models.Model):\n    name = models.CharField(max_length=5)\n",
        operation=(
            'migrations.CreateModel("Label", [("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, '
            'verbose_name="ID")), ("name", models.CharField(max_length=5))])'
        ),
    ),
    "an index": Change(
        models=MODELS
        + '\n    class Meta:\n        indexes = [models.Index(fields=["qty"], name="item_qty")]\n',
        operation='migrations.AddIndex("item", models.Index(fields=["qty"], name="item_qty"))',
    ),
    "a foreign key": Change(
        models=with_field("tag = models.ForeignKey(Tag, models.CASCADE, null=True)"),
        operation='migrations.AddField("item", "tag", models.ForeignKey("shop.tag", models.CASCADE, null=True))',
    ),
    "a rename of a column": Change(
        models=MODELS.replace("    note = models", "    remark = models"),
        operation='migrations.RenameField("item", "note", "remark")',
        styles=("files",),
    ),
    "a rename of a class": Change(
        models=MODELS.replace("class Item", "class Thing"),
        operation='migrations.RenameModel("Item", "Thing")',
        styles=("files",),
    ),
    "a rename of a table": Change(
        models=MODELS + '\n    class Meta:\n        db_table = "goods"\n',
        operation='migrations.AlterModelTable("item", "goods")',
        styles=("state",),
    ),
    "another type": Change(
        models=MODELS.replace("qty = models.IntegerField", "qty = models.BigIntegerField"),
        operation='migrations.AlterField("item", "qty", models.BigIntegerField())',
        copies={"Item.qty_new": "qty"},
        styles=("files",),
    ),
    "a unique column": Change(
        models=MODELS.replace(
            "title = models.CharField(max_length=50)",
            "title = models.CharField(max_length=50, unique=True)",
        ),
        operation='migrations.AlterField("item", "title", models.CharField(max_length=50, unique=True))',
        in_step=UNIQUE_TITLES,
    ),
    "a check constraint": Change(
        models=MODELS
        + '\n    class Meta:\n        constraints = [models.CheckConstraint(condition=models.Q(qty__gte=0), name="qty_positive")]\n',
        operation='migrations.AddConstraint("item", models.CheckConstraint(condition=models.Q(qty__gte=0), name="qty_positive"))',
    ),
    "dropping a table": Change(
        models=MODELS.replace(
            "class Tag(models.Model):\n    name = models.CharField(max_length=20)\n\n\n", ""
        ),
        operation='migrations.DeleteModel("Tag")',
        styles=("state",),
    ),
}


def split_of(change: Change, style: str) -> Split:
    migration = (
        "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n"
        f'    dependencies = [("shop", "0001_initial")]\n    operations = [\n        {change.operation},\n    ]\n'
    )
    head = {**BASE, "shop/models.py": change.models, "shop/migrations/0002_change.py": migration}
    base_tree, head_tree = MemoryTree(BASE), MemoryTree(head)
    comparison = Comparison(merge_base=base_tree, base=base_tree, head=head_tree, merged=head_tree)
    return review(comparison, Config(split_style=style), sql=False).split


@pytest.fixture
def database() -> Iterator[str]:
    with postgres.fresh_database() as name:
        yield name


@pytest.mark.parametrize(
    ("kind", "style"),
    [(kind, style) for kind, change in CHANGES.items() for style in change.styles],
)
def test_no_statement_fails(kind: str, style: str, tmp_path: Path, database: str) -> None:
    change = CHANGES[kind]
    steps = split_of(change, style).steps
    assert steps
    first_code = next((s.order for s in steps if s.kind == "code"), 0)
    habits = {first_code: {"always": dict(change.in_step), "copies": dict(change.copies)}}
    # The pull request after the last one of code takes one of the two away.
    last_code = max((s.order for s in steps if s.kind == "code"), default=0)
    habits[last_code + 1] = {"always": dict(change.in_step)}

    played = play(tmp_path, database, BASE, steps, rows=ROWS, habits=habits)

    assert played.migrations == []
    assert played.failures == []
    assert played.statements > 200
    assert played.drift == ""
    if style == "state":
        assert played.drift_between == [], "models and migrations agree after every step"
