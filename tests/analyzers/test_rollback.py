"""What the rollback plan says; that it is so is measured by ``tests/oracles/measure_back.py``."""

from __future__ import annotations

import pytest

from analyzers.config import Config, Deploy
from analyzers.results import Rollback
from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree

HEAD = """from django.db import migrations, models


def fill(apps, schema_editor):
    apps.get_model("shop", "Item").objects.update(qty=0)


class Migration(migrations.Migration):
    dependencies = [%s]
    operations = [
        %s
    ]
"""
BASE = {
    "shop/__init__.py": "",
    "shop/migrations/__init__.py": "",
    "shop/migrations/0001_initial.py": HEAD
    % (
        "",
        'migrations.CreateModel("Item", [("id", models.BigAutoField(primary_key=True)), '
        '("qty", models.IntegerField()), ("note", models.CharField(max_length=50, null=True))]),',
    ),
}


def plan(
    operations: str, config: Config | None = None, more: dict[str, str] | None = None
) -> Rollback:
    migration = HEAD % ('("shop", "0001_initial")', operations)
    before = MemoryTree({**BASE, **(more or {})})
    after = MemoryTree({**BASE, **(more or {}), "shop/migrations/0002_next.py": migration})
    comparison = Comparison(merge_base=before, base=before, head=after, merged=after)
    found = review(comparison, config or Config()).rollback
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("database", "length", "gone"),
    [
        ("postgresql", 80, False),
        ("mysql", 80, False),
        ("sqlite", 80, False),
        ("postgresql", 20, False),  # It stops at a longer text instead.
        ("mysql", 20, True),
    ],
)
def test_a_wider_column_has_lost_nothing_on_any_database(
    database: str, length: int, gone: bool
) -> None:
    operation = (
        f'migrations.AlterField("item", "note", models.CharField(max_length={length}, null=True)),'
    )
    found = plan(operation, Config(database=database))

    assert any("does not bring back what does not fit" in note for note in found.notes) is gone


def test_what_was_written_since_is_lost() -> None:
    found = plan('migrations.AddField("item", "extra", models.TextField(null=True)),')

    assert found == Rollback(
        loses_data=True,
        commands=("python manage.py migrate shop 0001_initial",),
        notes=(
            "Going back loses the values of shop_item.extra.",
            "Rolling back the code alone is safe: the old code runs on the new schema.",
        ),
    )


@pytest.mark.parametrize(
    ("operation", "held"),
    [
        (
            'migrations.AddField("item", "tag", models.ForeignKey("shop.tag", models.SET_NULL, null=True)),',
            "has written shop_item.tag_id: the old code does not know what refers to the rows of shop_tag then, and cannot",
        ),
        (
            'migrations.AddField("item", "tags", models.ManyToManyField("shop.tag")),',
            "has written shop_item_tags.item_id, shop_item_tags.tag_id: the old code does not know what refers to"
            " the rows of shop_item, shop_tag then",
        ),
        (
            'migrations.AddField("item", "tag", models.ForeignKey("shop.tag", models.DO_NOTHING, null=True, db_constraint=False)),',
            "",
        ),
        (
            'migrations.AddField("item", "tag", models.ForeignKey("shop.tag", models.DB_SET_NULL, null=True)),',
            "",
        ),
    ],
)
def test_old_code_cannot_delete_what_it_does_not_know_to_be_referred_to(
    operation: str, held: str
) -> None:
    """PostgreSQL said so to the old code's DELETE of a row that a new one refers to."""
    safe = "Rolling back the code alone is safe: the old code runs on the new schema."
    notes = plan(operation).notes

    assert any(held in note for note in notes)
    assert (safe in notes) is not bool(held)


def test_the_way_back_is_started_where_the_project_is_or_as_its_team_says() -> None:
    adds = 'migrations.AddField("item", "extra", models.TextField(null=True)),'
    below = {"server/manage.py": ""}
    said = Config(deploy=Deploy(migrate="make migrate"))

    assert plan(adds, more=below).commands == ("python server/manage.py migrate shop 0001_initial",)
    assert plan(adds, said, below).commands == ("make migrate shop 0001_initial",)


def test_a_dropped_column_does_not_come_back_with_its_values() -> None:
    found = plan('migrations.RemoveField("item", "note"),')

    assert found.possible
    assert not found.loses_data, "they are gone before"
    assert any("does not bring back the values of shop_item.note" in note for note in found.notes)


def test_a_column_that_cannot_be_filled_again_is_no_way_back() -> None:
    found = plan('migrations.RemoveField("item", "qty"),')

    assert not found.possible
    assert found.commands == ()
    assert any("makes shop_item.qty NOT NULL" in note for note in found.notes)


def test_a_table_that_goes_as_a_whole_is_empty_when_its_columns_come_back() -> None:
    """Django takes foreign keys out of a model before it deletes it."""
    found = plan('migrations.RemoveField("item", "qty"), migrations.DeleteModel("Item"),')

    assert found.possible
    assert found.commands == ("python manage.py migrate shop 0001_initial",)
    assert not any("shop_item.qty NOT NULL" in note for note in found.notes)
    assert any("does not bring back the rows of shop_item" in note for note in found.notes)


@pytest.mark.parametrize(
    "operations",
    [
        'migrations.DeleteModel("Item"), migrations.CreateModel("Item", [("id", models.BigAutoField(primary_key=True)), ("qty", models.IntegerField())]), migrations.RemoveField("item", "qty"),',
        'migrations.RemoveField("item", "qty"), migrations.RunSQL("DROP TABLE shop_item", migrations.RunSQL.noop),',
    ],
)
def test_a_table_that_does_not_come_back_empty_is_filled_again(operations: str) -> None:
    before = plan(operations)

    assert before.possible is ("CreateModel" in operations)


@pytest.mark.parametrize(
    ("operations", "said"),
    [
        (
            'migrations.AlterField("item", "qty", models.BigIntegerField()),',
            "The way back may fail: values of shop_item.qty that integer does not take stop it.",
        ),
        (
            'migrations.AlterField("item", "qty", models.IntegerField(null=True)),',
            "The way back may fail: rows with NULL in shop_item.qty stop it.",
        ),
        (
            'migrations.AlterField("item", "note", models.TextField(null=True)),',
            "Going back loses what does not fit varchar(50) in shop_item.note.",
        ),
        (
            "migrations.RunPython(fill, migrations.RunPython.noop),",
            "Going back does not bring back the earlier values of the rows that fill changed: they are gone once shop.0002_next has run.",
        ),
        (
            'migrations.RunSQL("ALTER TABLE shop_item RENAME COLUMN note TO remark", migrations.RunSQL.noop),',
            "Even after going back the old code may fail: shop.0002_next renames shop_item.note,"
            " and its way back does nothing. Write the SQL that undoes it.",
        ),
    ],
)
def test_what_may_go_wrong_is_said(operations: str, said: str) -> None:
    assert said in plan(operations).notes


@pytest.mark.parametrize("code", ["fill", "migrations.RunPython.noop"])
def test_code_without_reverse_code_is_no_way_back(code: str) -> None:
    """Django refuses, whatever the function does."""
    found = plan(f"migrations.RunPython({code}),")

    assert not found.possible
    assert any("RunPython" in note and "reverse_code" in note for note in found.notes)


@pytest.mark.parametrize(
    "operations",
    [
        'migrations.AddIndex("item", models.Index(fields=["qty"], name="i")),',
        'migrations.RenameField("item", "note", "remark"),',
        'migrations.AlterField("item", "note", models.CharField(max_length=40, null=True)),',
        'migrations.AddField("item", "x", models.IntegerField(null=True)),'
        ' migrations.AlterField("item", "x", models.BigIntegerField(null=True)),',
    ],
)
def test_nothing_stops_what_nothing_is_in_the_way_of(operations: str) -> None:
    found = plan(operations)

    assert found.possible
    assert not [note for note in found.notes if "fail" in note and "the old code" not in note]


def test_what_databases_have_under_another_name_is_not_taken_back() -> None:
    """``migrate shop zero`` after a squash would drop every table of the app."""
    before = MemoryTree(BASE)
    initial = BASE["shop/migrations/0001_initial.py"]
    squash = initial.replace(
        "    dependencies", '    replaces = [("shop", "0001_initial")]\n    dependencies'
    )
    renamed = {p: t for p, t in BASE.items() if "0001" not in p}
    for files in (
        {**BASE, "shop/migrations/0001_squashed_0001_initial.py": squash},
        {**renamed, "shop/migrations/0001_start.py": initial},
    ):
        after = MemoryTree(files)
        trees = Comparison(merge_base=before, base=before, head=after, merged=after)
        assert review(trees, Config()).rollback is None

    behind = HEAD % (
        '("shop", "0001_squashed_0001_initial")',
        'migrations.AddField("item", "extra", models.TextField(null=True)),',
    )
    after = MemoryTree(
        {
            **BASE,
            "shop/migrations/0001_squashed_0001_initial.py": squash,
            "shop/migrations/0002_next.py": behind,
        }
    )
    trees = Comparison(merge_base=before, base=before, head=after, merged=after)
    found = review(trees, Config()).rollback
    assert found is not None
    assert found.commands == ("python manage.py migrate shop 0001_squashed_0001_initial",)


def test_a_squash_of_what_the_pull_request_itself_brings_is_judged() -> None:
    """Nothing of it has run anywhere: its operations are as new as those that it replaces."""
    squash = HEAD % (
        '("shop", "0001_initial")',
        'migrations.AddField("item", "extra", models.TextField()),',
    )
    replaces = '    replaces = [("shop", "0002_one"), ("shop", "0003_two")]\n    dependencies'
    files = {
        **BASE,
        "shop/migrations/0002_squashed.py": squash.replace("    dependencies", replaces),
    }
    before, after = MemoryTree(BASE), MemoryTree(files)
    trees = Comparison(merge_base=before, base=before, head=after, merged=after)
    assert "not-null-column-added" in [f.rule for f in review(trees, Config()).findings]


def test_a_merge_migration_ties_the_base_to_the_way_back() -> None:
    """Django takes back all that came after what it is told, the base's own line as well."""
    theirs = HEAD % (
        '("shop", "0001_initial")',
        'migrations.AddField("item", "tax", models.IntegerField(null=True)),',
    )
    ours = theirs.replace("tax", "extra")
    joined = HEAD % ('("shop", "0002_ours"), ("shop", "0002_theirs")', "")
    base = {**BASE, "shop/migrations/0002_theirs.py": theirs}
    head = {**base, "shop/migrations/0002_ours.py": ours, "shop/migrations/0003_merge.py": joined}
    behind = {**base, "shop/migrations/0003_ours.py": ours.replace("0001_initial", "0002_theirs")}
    start, before = MemoryTree(BASE), MemoryTree(base)

    def plan_of(files: dict[str, str]) -> Rollback:
        after = MemoryTree(files)
        trees = Comparison(merge_base=start, base=before, head=after, merged=after)
        found = review(trees, Config()).rollback
        assert found is not None
        return found

    tied = plan_of(head)
    assert not tied.possible
    assert tied.commands == ()
    assert any("and 0002_theirs of the base with it" in note for note in tied.notes)
    assert plan_of(behind).commands == ("python manage.py migrate shop 0002_theirs",)


def test_a_fork_is_taken_back_by_going_to_the_base_and_not_past_it() -> None:
    """What is written goes behind the base's migration before anything runs; that one stays."""
    theirs = HEAD % (
        '("shop", "0001_initial")',
        'migrations.AddField("item", "tax", models.IntegerField(null=True)),',
    )
    base = {**BASE, "shop/migrations/0002_theirs.py": theirs}
    ours = {"shop/migrations/0002_ours.py": theirs.replace("tax", "extra")}
    trees = Comparison(
        merge_base=MemoryTree(BASE),
        base=MemoryTree(base),
        head=MemoryTree({**BASE, **ours}),
        merged=MemoryTree({**base, **ours}),
    )

    found = review(trees, Config()).rollback

    assert found is not None
    assert found.commands == ("python manage.py migrate shop 0002_theirs",)
    assert any("0002_ours alone once it stands behind that" in note for note in found.notes)


@pytest.mark.parametrize(
    "unread",
    [
        HEAD.replace("[%s]", "before()").replace("%s", "") + "\n",
        HEAD % ('("shop", "0001_initial")', "") + "# \udce9\n",
    ],
)
def test_what_comes_after_nobody_knows_what_gets_no_command(unread: str) -> None:
    """Without a parent it would be ``migrate shop zero``, which drops every table of the app."""
    file = unread.encode(errors="surrogateescape")
    files: dict[str, str | bytes] = {**BASE, "shop/migrations/0002_next.py": file}
    before, after = MemoryTree(BASE), MemoryTree(files)

    found = review(Comparison(merge_base=before, base=before, head=after, merged=after)).rollback

    assert found is not None
    assert found.commands == ()
    assert any(note.startswith("How shop.0002_next is taken back is not") for note in found.notes)
    assert not any("is safe" in note for note in found.notes) or "before()" in unread


def test_each_of_two_projects_goes_back_to_its_own_migration() -> None:
    """Both have an app of one label; ``zero`` would drop the tables of one of them."""
    adds = 'migrations.AddField("item", "extra", models.TextField(null=True)),'
    base = {f"{name}/{path}": text for name in ("bank", "till") for path, text in BASE.items()}
    base |= {f"{name}/manage.py": "" for name in ("bank", "till")}
    for name in ("bank", "till"):
        files = {
            **base,
            f"{name}/shop/migrations/0002_next.py": HEAD % ('("shop", "0001_initial")', adds),
        }
        before, after = MemoryTree(base), MemoryTree(files)
        trees = Comparison(merge_base=before, base=before, head=after, merged=after)
        found = review(trees, Config()).rollback
        assert found is not None
        assert found.commands == (f"python {name}/manage.py migrate shop 0001_initial",)


@pytest.mark.parametrize(
    ("back", "stays"),
    [("ALTER TABLE shop_item DROP CONSTRAINT ok", False), ("", True)],
)
def test_a_constraint_that_goes_is_not_left_validated(back: str, stays: bool) -> None:
    """Going back drops the constraint that the same pull request has brought, validated or not."""
    found = plan(
        f'migrations.RunSQL("ALTER TABLE shop_item ADD CONSTRAINT ok CHECK (qty > 0) NOT VALID", "{back}"),\n'
        '        migrations.RunSQL("ALTER TABLE shop_item VALIDATE CONSTRAINT ok", migrations.RunSQL.noop),'
    )

    assert ("Going back leaves ok validated." in found.notes) is stays


def test_of_sql_that_cannot_be_read_nothing_is_called_safe() -> None:
    found = plan('migrations.RunSQL("ALTER TABLE shop_item HALF A STATEMENT", ""),')

    assert [note for note in found.notes if "is safe" in note] == []
    assert "Whether the old code runs on the new schema is not known (runs SQL)." in found.notes
