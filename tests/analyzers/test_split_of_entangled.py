"""Operations of one pull request that work on one thing: a plan whose files would stop has none."""

from __future__ import annotations

import pytest

from analyzers.config import Config
from analyzers.results import Split
from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree

ID = '("id", models.BigAutoField(primary_key=True))'
FIRST = f"""from django.db import migrations, models


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel("Tag", [{ID}, ("name", models.TextField(null=True))]),
        migrations.CreateModel("Item", [{ID}, ("title", models.CharField(max_length=9)), ("qty", models.IntegerField()),
            ("code", models.IntegerField(unique=True)), ("kept", models.IntegerField(db_column="col")),
            ("one", models.IntegerField()), ("two", models.IntegerField()),
            ("tag", models.ForeignKey("shop.tag", models.CASCADE))], options={{"unique_together": {{("one", "two")}}}}),
    ]
"""
MODELS = """from django.db import models


class Tag(models.Model):
    name = models.TextField(null=True)


class Item(models.Model):
    title = models.CharField(max_length=9)
    qty = models.IntegerField()
    code = models.IntegerField(unique=True)
    kept = models.IntegerField(db_column="col")
    one = models.IntegerField()
    two = models.IntegerField()
    tag = models.ForeignKey(Tag, models.CASCADE)

    class Meta:
        unique_together = {("one", "two")}
"""
ADD = 'migrations.AddField("item", "extra", models.TextField(null=True))'
RENAME = 'migrations.RenameModel("Item", "Thing")'
TABLE = 'migrations.AlterModelTable("item", "goods")'
FIELD = 'migrations.RenameField("item", "qty", "amount")'
LONGER = 'migrations.AlterField("item", "qty", models.BigIntegerField())'


def split_of(
    *operations: str, models: str = MODELS, style: str = "state", first: str = FIRST
) -> Split:
    listed = ",\n        ".join(operations)
    base = {"shop/models.py": MODELS, "shop/migrations/0001_initial.py": first}
    base["shop/migrations/__init__.py"] = ""
    change = f"""from django.db import migrations, models


def fill(apps, schema_editor):
    apps.get_model("shop", "Item").objects.update(qty=1)


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [
        {listed},
    ]
"""
    head = {**base, "shop/models.py": models, "shop/migrations/0002_change.py": change}
    old, new = MemoryTree(base), MemoryTree(head)
    trees = Comparison(merge_base=old, base=old, head=new, merged=new)
    return review(trees, Config(split_style=style), sql=False).split


@pytest.mark.parametrize(
    ("operations", "shared"),
    [
        ((RENAME, ADD.replace('"item"', '"thing"')), "the model item is renamed"),
        ((ADD, RENAME), "the model item is renamed"),
        ((FIELD, RENAME), "the model item is renamed"),
        ((TABLE, ADD), "the model item is given another table"),
        (('migrations.RemoveField("item", "title")', TABLE), "the model item is given another"),
        ((LONGER, FIELD), "the field item.qty is renamed"),
        ((LONGER, LONGER.replace("Big", "Small")), "the field item.qty is changed twice"),
        ((ADD, ADD.replace("AddField", "AlterField")), "the field item.extra is changed twice"),
        (
            (
                FIELD,
                'migrations.AddIndex("item", models.Index(fields=["-amount"], name="by_amount"))',
            ),
            "the field item.amount is renamed",
        ),
        (
            (
                'migrations.DeleteModel("Tag")',
                f'migrations.CreateModel("Tag", [{ID}, ("word", models.TextField())])',
            ),
            "the model tag is made anew",
        ),
        (
            (
                f'migrations.CreateModel("Shelf", [{ID}, ("word", models.TextField())])',
                'migrations.RemoveField("shelf", "word")',
                ADD,
            ),
            "the model shelf is made and changed",
        ),
        (("migrations.RunPython(fill)", RENAME), "the model item is renamed and fill speaks"),
        (("migrations.RunPython(fill)", FIELD), "is renamed and fill speaks of it"),
        (
            (FIELD, 'migrations.RunSQL("UPDATE shop_item SET qty = 1", "")'),
            "is renamed and SQL speaks of it",
        ),
        (
            (
                f"migrations.SeparateDatabaseAndState([], [migrations.CreateModel('Pair', [{ID}], options={{'db_table': 'shop_pair'}})])",
                'migrations.AddField("pair", "weight", models.IntegerField(default=0))',
            ),
            "SeparateDatabaseAndState tells the models' state of pair, and AddField works on it",
        ),
        (
            (
                "migrations.RunSQL('ALTER TABLE shop_item ADD COLUMN more text', '')",
                f"migrations.SeparateDatabaseAndState(state_operations=[{ADD.replace('extra', 'more')}])",
                'migrations.AddIndex("item", models.Index(fields=["more"], name="by_more"))',
            ),
            "tells the models' state of item.more, and AddIndex works on it",
        ),
    ],
)
def test_what_works_on_one_thing_gets_no_files(operations: tuple[str, ...], shared: str) -> None:
    """The files of each would be those of an operation that is alone: they stop, or stop the code."""
    found = split_of(*operations)

    assert found.needed
    assert shared in found.reason
    assert "in pull requests of their own" in found.reason
    assert found.steps
    assert [step.files for step in found.steps if step.files] == []
    assert found.alternative == ()


@pytest.mark.parametrize(
    "operations",
    [
        (ADD, LONGER),
        (ADD, ADD.replace("extra", "more")),
        (ADD, 'migrations.AddIndex("item", models.Index(fields=["qty"], name="by_qty"))'),
        (FIELD, ADD),
        (RENAME, ADD.replace('"item"', '"tag"')),
        (TABLE, 'migrations.AlterModelOptions("item", {"ordering": ["id"]})'),
        (ADD, "migrations.RunPython(fill)"),
        ('migrations.RenameModel("Tag", "Label")', "migrations.RunPython(fill)"),
    ],
)
def test_what_stands_beside_each_other_gets_files(operations: tuple[str, ...]) -> None:
    found = split_of(*operations)

    assert found.needed
    assert "no files" not in found.reason
    assert any(step.files for step in found.steps)


@pytest.mark.parametrize(
    ("operation", "first"),
    [
        ('migrations.AlterOrderWithRespectTo("item", "tag")', "Lets the code do without"),
        (
            'migrations.AlterField("item", "qty", models.IntegerField(db_column="amount"))',
            "Keeps the old name",
        ),
        (
            'migrations.RunSQL("ALTER TABLE shop_item DROP COLUMN qty", "SELECT 1",'
            ' state_operations=[migrations.RemoveField("item", "qty")])',
            "Lets the code do without",
        ),
    ],
)
def test_what_old_code_fails_on_is_not_run_first(operation: str, first: str) -> None:
    """It was the first step of a plan that says how no statement fails."""
    for operations in ((operation,), (operation, ADD)):
        found = split_of(*operations)
        titles = [step.title for step in found.steps]

        assert found.needed
        assert "to be taken apart by hand" in found.reason
        assert any(first in title for title in titles[:-1])
        assert "uns " in titles[-1]
        assert [step.files for step in found.steps if step.files] == []


@pytest.mark.parametrize("field", ["code", "one"])
def test_a_column_in_the_place_of_one_with_a_rule_gets_no_files(field: str) -> None:
    """The new column was neither unique nor part of what is unique together."""
    unique = "unique=True" if field == "code" else ""
    found = split_of(f'migrations.AlterField("item", "{field}", models.BigIntegerField({unique}))')

    assert found.needed
    assert f"what is built upon shop_item.{field}" in found.reason
    assert [step.files for step in found.steps if step.files] == []


def test_a_renamed_field_of_a_rule_keeps_its_column() -> None:
    models = MODELS.replace("one = ", "first = ").replace('"one"', '"first"')
    found = split_of('migrations.RenameField("item", "one", "first")', models=models)
    written = "".join(text for step in found.steps for text in step.files.values())

    assert [step.title for step in found.steps] == [
        "Renames the attribute and keeps the column: db_column='one' in the model"
    ]
    assert 'db_column="one"' in written


def test_a_column_of_a_composite_key_is_not_built_anew() -> None:
    """Its NOT NULL cannot go first: it is in the primary key."""
    key = 'migrations.CreateModel("Line", [("pk", models.CompositePrimaryKey("item_id", "number")), ("item", models.ForeignKey("shop.item", models.CASCADE)), ("number", models.IntegerField())])'
    first = FIRST.replace("    ]\n", f"        {key},\n    ]\n")
    changes = ('migrations.AlterField("line", "number", models.BigIntegerField())', ADD)
    found = split_of(*changes, first=first)

    written = "".join(text for step in found.steps for text in step.files.values())
    assert "number_new" not in written
    assert "DROP NOT NULL" not in written
    assert any("no other way is written for it" in step.title for step in found.steps)


def test_a_renamed_field_that_names_its_column_moves_nothing() -> None:
    found = split_of('migrations.RenameField("item", "kept", "held")', ADD)

    assert any("RenameField, which no table notices" in step.title for step in found.steps)
