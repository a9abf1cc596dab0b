"""What a revision that is offered holds where not all can be written: the rest, and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzers.findings import Finding
from tests.support.alembic_trees import compare, files, findings, revision, upgrade_sql

FIRST = """op.create_table(
    "orders",
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("total", sa.Integer(), nullable=False),
)"""
MODELS = """import sqlalchemy as sa
from elsewhere import Hidden
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Order(Base):
    __tablename__ = "orders"
    id = sa.Column(sa.Integer, primary_key=True)
    total = sa.Column(sa.Integer, nullable=False)
"""
PATH = "shop/models.py"
START = {**files(one=revision("3f9a1c07be52", None, FIRST)), PATH: MODELS}


def told(more: str) -> dict[tuple[str | None, str | None], Finding]:
    found = findings(compare(START, head={PATH: MODELS + more}), "missing-migration")
    return {(f.table, f.identity[1]): f for f in found}


@pytest.mark.parametrize(
    ("said", "sql"),
    [
        ('"total * 2", persisted=True', "GENERATED ALWAYS AS (total * 2) STORED"),
        ('sa.text("total::bigint"), persisted=True', "GENERATED ALWAYS AS (total::bigint) STORED"),
    ],
)
def test_a_computed_column_is_written(said: str, sql: str, tmp_path: Path) -> None:
    (found,) = told(f"    twice = sa.Column(sa.Integer, sa.Computed({said}))\n").values()
    (file,) = found.new_files

    assert f"ADD COLUMN twice INTEGER {sql}" in upgrade_sql(
        {**START, file.path: file.content}, tmp_path
    )
    head = {PATH: MODELS + f"    twice = sa.Column(sa.Integer, sa.Computed({said}))\n"}
    assert not findings(compare(START, head={**head, file.path: file.content}), "missing-migration")


def test_a_computed_column_that_goes_comes_back_as_one() -> None:
    column = 'sa.Column("twice", sa.Integer(), sa.Computed("total * 2", persisted=True)),\n)'
    made = FIRST.replace("nullable=False),\n)", f"nullable=False),\n    {column}")
    base = {**files(one=revision("3f9a1c07be52", None, made))}
    base[PATH] = f'{MODELS}    twice = sa.Column(sa.Integer, sa.Computed("total * 2"))\n'
    (found,) = findings(compare(base, head={PATH: MODELS}), "missing-migration")

    assert "sa.Computed('total * 2', persisted=True)" in found.new_files[0].content


def test_what_cannot_be_written_is_told_and_the_rest_is_written() -> None:
    found = told(
        """    note = sa.Column(sa.Text)
    shape = sa.Column(Hidden, index=True)
    worth = sa.Column(sa.Integer, sa.Computed(Hidden.of()))
    more = sa.Column(sa.Integer, sa.Computed("length(shape)"))
    __table_args__ = (sa.UniqueConstraint("shape", "note"), sa.Index("ix_note", "note"))


class Line(Base):
    __tablename__ = "lines"
    id = sa.Column(sa.Integer, primary_key=True)
    shape = sa.Column(Hidden)


class Part(Base):
    __tablename__ = "parts"
    id = sa.Column(sa.Integer, primary_key=True)
    line_id = sa.Column(sa.ForeignKey("lines.id"))
"""
    )
    written = {key for key, each in found.items() if each.new_files}
    assert written == {("orders", "note"), ("orders", "ix_note")}
    (content,) = {f.content for each in found.values() for f in each.new_files}
    assert "shape" not in content

    why = {key: each.remedy.partition("It is not written here: ")[2] for key, each in found.items()}
    assert why["orders", "shape"] == "its type is not known."
    assert why["orders", "worth"] == "what it is computed from is not known."
    for key in (("orders", "more"), ("orders", "ix_orders_shape"), ("orders", "note,shape")):
        assert why[key] == "it needs the column `shape`, which is not written."
    assert why["lines", ""] == "its type is not known."
    assert why["parts", ""] == "it needs what is to be done to `lines`, which is not written."
