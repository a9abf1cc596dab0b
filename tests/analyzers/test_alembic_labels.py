"""New members of Python enums whose types the database has, against the revisions."""

from __future__ import annotations

import pytest

from analyzers.findings import Severity
from tests.support.alembic_trees import compare, findings, revision
from tests.support.enum_models import MAPPED, MODELS, NEW, SIZED, start, told, with_member

VALUES = "Enum(Mood, values_callable=lambda kind: [each.value for each in kind])"


def test_a_new_label_is_told_once_with_the_revision_that_adds_it() -> None:
    (found,) = told(start(), {"shop/models.py": with_member(MODELS)})

    assert found.message == (
        "The value `ANGRY` of the enum `mood` is new in the models, and no revision says so."
    )
    assert found.severity is not Severity.WARNING
    assert (found.column, found.place.line, found.commands) == ("mood", 18, ())
    (file,) = found.new_files
    assert (
        "    with op.get_context().autocommit_block():\n"
        "        op.execute(\"ALTER TYPE mood ADD VALUE IF NOT EXISTS 'ANGRY'\")\n"
    ) in file.content
    assert file.content.endswith("does no harm.\n    pass\n")
    head = {"shop/models.py": with_member(MODELS), file.path: file.content}
    assert findings(compare(start(), head=head)) == []


def test_a_label_is_offered_beside_batches_too() -> None:
    """What stands in a block of its own is no operation of a batch."""
    env = "from alembic import context\n\ncontext.configure(render_as_batch=True)\n"
    base = {**start(), "migrations/env.py": env}
    told_of = with_member(MODELS) + "    note = Column(Integer)\n"
    found = told(base, {"shop/models.py": told_of})

    up = found[0].new_files[0].content
    assert "    with op.get_context().autocommit_block():\n        op.execute(" in up
    assert 'with op.batch_alter_table("orders") as batch_op:\n        batch_op.add_column(' in up


@pytest.mark.parametrize(
    ("models", "label"),
    [(MAPPED, "ANGRY"), (MODELS.replace("Enum(Mood)", VALUES), "angry")],
    ids=["annotated", "by value"],
)
def test_labels_are_the_names_or_what_is_asked_for(models: str, label: str) -> None:
    (found,) = told(start(models), {"shop/models.py": with_member(models)})

    assert f"`{label}`" in found.message


@pytest.mark.parametrize(
    "added",
    [
        "op.execute(\"ALTER TYPE mood ADD VALUE 'ANGRY'\")",
        "for label in ('FURIOUS', 'ANGRY'):\n    add_label(label)",
        "op.sync_enum_values('public', 'mood', [*labels], [('orders', 'mood')])",
    ],
)
def test_a_revision_that_speaks_of_it_is_enough(added: str) -> None:
    head = {
        "shop/models.py": with_member(MODELS),
        "migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", added),
    }
    assert told(start(), head) == []


def test_sql_beside_the_revisions_is_enough() -> None:
    head = {
        "shop/models.py": with_member(MODELS),
        "shop/start.sql": "ALTER TYPE mood ADD VALUE 'ANGRY';",
    }
    assert told(start(), head) == []


def test_a_label_that_the_database_has_already_is_enough() -> None:
    base = start()
    path = next(p for p in base if "versions" in p)
    base[path] = base[path].replace('"GLAD"', '"GLAD", "ANGRY"')

    assert told(base, {"shop/models.py": with_member(MODELS)}) == []


@pytest.mark.parametrize(
    ("models", "database"),
    [
        (MODELS, "sqlite"),
        (MODELS.replace("Enum(Mood)", "Enum(Mood, native_enum=False)"), "postgresql"),
        (MODELS.replace("Enum(Mood)", "Enum(Mood, values_callable=shown)"), "postgresql"),
        (MODELS.replace("Enum(Mood)", "Enum(Mood, name='moods')"), "postgresql"),
    ],
)
def test_other_databases_and_types_are_silent(models: str, database: str) -> None:
    # No longer than the others, so that no text has to be longer.
    head = {"shop/models.py": with_member(models, 'MAD = "mad"')}
    assert told(start(models, database), head) == []


@pytest.mark.parametrize(
    "member",
    [
        'MERRY = "glad"',
        '_ignored = "x"',
        "def shown(self): return self.value",
        "x: int",
        "shown = property(str)",
    ],
)
def test_what_makes_no_label_is_silent(member: str) -> None:
    assert told(start(), {"shop/models.py": with_member(MODELS, member)}) == []


def test_an_offered_revision_makes_the_types_that_are_not_there_and_uses_the_others() -> None:
    found = told(start(), {"shop/models.py": SIZED + NEW})
    up, down = found[0].new_files[0].content.split("def downgrade")

    used = "sa.Column(\"mood\", postgresql.ENUM('SAD', 'GLAD', create_type=False, name='mood')"
    assert used in up
    assert "sa.Column(\"kind\", sa.Enum('GIFT', name='kind')" in up
    made = "postgresql.ENUM('S', name='size').create(op.get_bind(), checkfirst=True)\n"
    added = 'op.add_column("orders", sa.Column("size", postgresql.ENUM(\'S\', create_type=False'
    assert made in up
    assert up.index(made) < up.index(added)
    assert "name='kind').drop(op.get_bind(), checkfirst=True)" in down
    assert "name='size').drop(op.get_bind(), checkfirst=True)" in down
    assert "name='mood').drop" not in down
    head = {
        "shop/models.py": SIZED + NEW,
        found[0].new_files[0].path: found[0].new_files[0].content,
    }
    rules = ("missing-migration", "enum-type-made-twice", "irreversible-migration")
    assert findings(compare(start(), head=head), *rules) == []


def test_on_other_databases_nothing_is_made_beside_the_column() -> None:
    (found,) = told(start(database="mysql"), {"shop/models.py": SIZED})

    assert "postgresql" not in found.new_files[0].content
    assert "sa.Enum('S', name='size')" in found.new_files[0].content


MORE = "['SAD', 'GLAD', 'ANGRY']"
REFERENCE = "TableReference(table_schema='public', table_name='orders', column_name='mood')"


@pytest.mark.parametrize("column", ["('orders', 'mood')", REFERENCE])
def test_a_type_in_another_s_place_writes_the_rows_anew(column: str) -> None:
    """As alembic-postgresql-enum does it, forwards and back."""
    labels = f"enum_schema='public', enum_name='mood', new_values={MORE}"
    forth = f"op.sync_enum_values({labels}, affected_columns=[{column}])"
    text = revision("88d0e2b7a614", "3f9a1c07be52", forth, forth.replace(", 'ANGRY'", ""))
    text = f"from alembic_postgresql_enum import TableReference\n{text}"
    head = {"shop/models.py": with_member(MODELS), "migrations/versions/two.py": text}

    assert [(f.rule, f.message) for f in findings(compare(start(), head=head))] == [
        (
            "column-type-changed",
            "`orders.mood` is converted to mood once more: every row is written anew.",
        )
    ]


@pytest.mark.parametrize(
    "added",
    [
        "op.add_enum_value('public', 'mood', 'ANGRY')",
        f"op.sync_enum_values('public', 'mood', {MORE}, affected_columns=[])",
    ],
)
def test_labels_of_which_no_column_is_converted_write_no_row(added: str) -> None:
    text = revision("88d0e2b7a614", "3f9a1c07be52", added, "'''The label stays.'''")
    head = {"shop/models.py": with_member(MODELS), "migrations/versions/two.py": text}

    rules = {f.rule for f in findings(compare(start(), head=head))}
    assert not rules & {"missing-migration", "column-type-changed", "raw-sql-unreadable"}


@pytest.mark.parametrize(
    ("requirements", "told_of"),
    [
        ("sqlalchemy\npsycopg2-binary==2.9\n", True),
        ("sqlalchemy\nasyncpg\n", True),
        ("sqlalchemy\npsycopg2-binary\npymysql\n", False),
        ("sqlalchemy\npsycopg2-binary\noracledb\n", False),
        ("sqlalchemy\n", False),
    ],
)
def test_the_one_driver_that_is_asked_for_says_which_database_it_is(
    requirements: str, told_of: bool
) -> None:
    base = {**start(MAPPED), "requirements.txt": requirements}
    base["alembic.ini"] = "[alembic]\nscript_location = migrations\n"
    path = next(p for p in base if "versions" in p)
    assert "postgresql" not in base[path]

    assert bool(told(base, {"shop/models.py": with_member(MAPPED)})) is told_of
