"""Operations are told from each other by their place in the list, not by the line they stand on."""

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
        migrations.CreateModel("Tag", [{ID}]),
        migrations.CreateModel("Item", [{ID}, ("a", models.TextField(null=True)), ("b", models.TextField(null=True)),
            ("tags", models.ManyToManyField("shop.tag"))]),
    ]
"""
MODELS = """from django.db import models


class Tag(models.Model):
    pass


class Item(models.Model):
    a = models.TextField(null=True)
    b = models.TextField(null=True)
    tags = models.ManyToManyField(Tag)
"""


def split_of(body: str) -> Split:
    base = {"shop/models.py": MODELS, "shop/migrations/0001_initial.py": FIRST}
    base["shop/migrations/__init__.py"] = ""
    change = f"""from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    {body}
"""
    head = {**base, "shop/models.py": MODELS + "\n", "shop/migrations/0002_change.py": change}
    old, new = MemoryTree(base), MemoryTree(head)
    trees = Comparison(merge_base=old, base=old, head=new, merged=new)
    return review(trees, Config(split_style="state"), sql=False).split


def test_of_two_operations_on_a_line_none_is_forgotten() -> None:
    gone = 'migrations.RemoveField("item", "a"), migrations.RemoveField("item", "b")'
    split = split_of(f"operations = [{gone}]")
    last = "".join(split.steps[-1].files.values())

    assert 'DROP COLUMN "a"' in last
    assert 'DROP COLUMN "b"' in last


def test_what_stands_behind_another_on_its_line_is_judged_by_itself() -> None:
    options = 'migrations.AlterModelOptions("item", {"ordering": ["id"]})'
    split = split_of(f'operations = [{options}, migrations.RenameField("item", "a", "c")]')

    assert "shop_item.a is renamed" in split.reason


@pytest.mark.parametrize(
    "body",
    [
        'operations = [migrations.RemoveField("item", name) for name in ("a", "b")]',
        'operations = []\n    for name in ("a", "b"):\n        operations.append(migrations.RemoveField("item", name))',
        'operations = [migrations.RemoveField("item", "a")]\n    operations += [migrations.RemoveField("item", "b")]',
    ],
)
def test_operations_that_are_not_written_out_are_left_to_a_person(body: str) -> None:
    """The plan said that one pull request is fine."""
    split = split_of(body)

    assert split.needed
    assert "the operations of 0002_change are not written out one by one" in split.reason
    assert not any(step.files for step in split.steps)
    assert [step.kind for step in split.steps] == ["code", "migration"]
    assert split.steps[-1].after == ("merge", "deploy", "migrate")


def test_what_is_taken_apart_by_hand_has_a_migration_that_a_person_writes() -> None:
    """Where no step asked for one, branches were made of the code alone."""
    renamed = 'migrations.AlterField("item", "a", models.IntegerField(db_column="c"))'
    split = split_of(f"operations = [{renamed}]")

    assert "AlterField is to be taken apart by hand" in split.reason
    assert [bool(step.commands) for step in split.steps] == [False, True]
    assert split.steps[-1].kind == "migration"
    assert not any(step.files for step in split.steps)


def test_a_comment_of_a_table_moves_no_data() -> None:
    comment = 'migrations.AlterModelTableComment("item", "what is sold")'
    split = split_of(f'operations = [migrations.RemoveField("item", "a"), {comment}]')

    assert not any(step.kind == "data" for step in split.steps)
    assert any("uns AlterModelTableComment as it is" in step.title for step in split.steps)


def test_operations_with_an_annotation_are_written_out() -> None:
    split = split_of('operations: list = [migrations.RemoveField("item", "a")]')

    assert any('DROP COLUMN "a"' in "".join(step.files.values()) for step in split.steps)


def test_what_changes_the_state_alone_is_as_it_should_be() -> None:
    """A table between becomes a model's: Django refuses to do it in the database, and is not asked to."""
    between = f'migrations.CreateModel("ItemTag", [{ID}, ("item", models.ForeignKey("shop.item", models.CASCADE)), ("tag", models.ForeignKey("shop.tag", models.CASCADE))], options={{"db_table": "shop_item_tags"}})'
    through = 'migrations.AlterField("item", "tags", models.ManyToManyField("shop.tag", through="shop.ItemTag"))'
    split = split_of(
        f"operations = [migrations.SeparateDatabaseAndState(state_operations=[\n        {between},\n        {through},\n    ])]"
    )

    assert not split.needed
    assert split.reason == ""


def test_an_index_that_is_built_by_hand_is_not_built_again() -> None:
    sql = 'migrations.RunSQL("CREATE INDEX CONCURRENTLY item_a ON shop_item (a)", "DROP INDEX item_a")'
    index = 'migrations.AddIndex("item", models.Index(fields=["a"], name="item_a"))'
    split = split_of(
        "atomic = False\n    operations = [migrations.SeparateDatabaseAndState(\n"
        f"        database_operations=[{sql}],\n        state_operations=[{index}],\n    )]"
    )

    assert not split.needed
    assert split.reason == ""


def test_what_old_code_fails_on_inside_of_another_is_taken_apart_by_hand() -> None:
    gone = 'migrations.RemoveField("item", "a")'
    split = split_of(
        f"operations = [migrations.SeparateDatabaseAndState(\n        database_operations=[{gone}],\n    )]"
    )

    assert split.needed
    assert "SeparateDatabaseAndState is to be taken apart by hand" in split.reason
