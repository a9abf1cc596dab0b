"""Revisions that need a table of another new line, and that nothing puts behind that."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.alembic_trees import compare, files, findings, revision, upgrade_sql

MODELS = """from sqlalchemy import Column, Integer
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
"""
NOTE = """

class Note(Base):
    __tablename__ = "notes"
    id = Column(Integer, primary_key=True)
    state = Column(Integer, index=True)
"""
ID = 'sa.Column("id", sa.Integer(), primary_key=True)'
FIRST = revision("3f9a1c07be52", None, f'op.create_table("orders", {ID})')
START = {**files(first=FIRST), "shop/models.py": MODELS}
TABLE = f'op.create_table("notes", {ID})'
STATE = 'op.add_column("notes", sa.Column("state", sa.Integer(), index=True))'
RULES = ("missing-parent", "missing-migration")
ADDER, MAKER = "11b7c9d20e35", "88d0e2b7a614"


def brought(
    *, make: str = TABLE, add: str = STATE, first: bool = True, waits: bool = False
) -> dict[str, str]:
    """Two lines that a merge joins; Alembic begins with the one that it names last."""
    header = {"depends_on": (MAKER,)} if waits else {}
    lines = (MAKER, ADDER) if first else (ADDER, MAKER)
    return {
        "shop/models.py": MODELS + NOTE,
        "migrations/versions/make.py": revision(MAKER, "3f9a1c07be52", make),
        "migrations/versions/add.py": revision(ADDER, "3f9a1c07be52", add, "pass", **header),
        "migrations/versions/join.py": revision("ffffffffffff", lines),
    }


@pytest.mark.parametrize("first", [True, False])
def test_a_column_of_a_table_that_another_line_makes(first: bool, tmp_path: Path) -> None:
    head = brought(first=first)
    sql = upgrade_sql({**START, **head}, tmp_path)
    assert (sql.index("ALTER TABLE notes") < sql.index("CREATE TABLE notes")) is first

    (found,) = findings(compare(START, head=head), *RULES)
    assert (found.rule, found.place.path) == ("missing-parent", "migrations/versions/add.py")
    assert found.message == (
        f"{ADDER} needs the table `notes`, which {MAKER} makes, and does not wait for that."
    )
    assert f'depends_on = ("{MAKER}",)' in found.remedy
    waits = brought(first=first, waits=True)
    assert findings(compare(START, head=waits), *RULES) == []


@pytest.mark.parametrize(
    ("add", "told"),
    [
        ('op.create_foreign_key("k", "orders", "notes", ["id"], ["id"])', True),
        (f'op.create_table("tags", {ID}, sa.ForeignKeyConstraint(["id"], ["notes.id"]))', True),
        ('op.drop_column("notes", "state")', True),
        (f'if not sa.inspect(op.get_bind()).has_table("notes"):\n    {TABLE}', False),
        ('op.drop_column("orders", "state")', False),
        ('op.execute("ALTER TABLE IF EXISTS notes ADD COLUMN state integer")', False),
    ],
)
def test_what_needs_a_table(add: str, told: bool) -> None:
    found = findings(compare(START, head=brought(add=add)), "missing-parent")

    assert [f.migration for f in found] == ([ADDER] if told else [])


@pytest.mark.parametrize(
    "make",
    [
        'op.execute("CREATE TABLE IF NOT EXISTS notes (id integer)")',
        'op.rename_table("memos", "notes")',
    ],
)
def test_a_table_that_may_be_there_needs_nobody(make: str) -> None:
    assert findings(compare(START, head=brought(make=make)), "missing-parent") == []


def test_a_table_that_the_base_knows_needs_nobody() -> None:
    start = {
        **START,
        "migrations/versions/second.py": revision("41b7c9d20e35", "3f9a1c07be52", STATE),
    }
    head = brought()
    head["migrations/versions/join.py"] = revision("ffffffffffff", (MAKER, ADDER, "41b7c9d20e35"))

    assert findings(compare(start, head=head), "missing-parent") == []


def test_in_one_line_to_wait_would_be_a_circle() -> None:
    head = brought()
    del head["migrations/versions/join.py"]
    head["migrations/versions/make.py"] = revision(MAKER, ADDER, TABLE)

    assert {f.rule for f in findings(compare(START, head=head), *RULES)} == {"missing-migration"}
