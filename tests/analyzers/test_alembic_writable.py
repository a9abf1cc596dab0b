"""What a revision that is offered holds where not all can be written: the rest, and why."""

from __future__ import annotations

import re
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


CIRCLE = """

class Box(Base):
    __tablename__ = "boxes"
    id = sa.Column(sa.Integer, primary_key=True)
    lid_id = sa.Column(sa.ForeignKey("lids.id", name="fk_lid"))


class Lid(Base):
    __tablename__ = "lids"
    id = sa.Column(sa.Integer, primary_key=True)
    box_id = sa.Column(sa.ForeignKey("boxes.id", name="fk_box", use_alter=True))
    order_id = sa.Column(sa.ForeignKey("orders.id"))


class Label(Base):
    __tablename__ = "labels"
    id = sa.Column(sa.Integer, primary_key=True)
    lid_id = sa.Column(sa.ForeignKey("lids.id"))
    above_id = sa.Column(sa.ForeignKey("labels.id"))


class Shelf(Base):
    __tablename__ = "shelves"
    id = sa.Column(sa.Integer, primary_key=True)
"""


def test_tables_that_lead_to_each_other_are_not_written() -> None:
    """Neither can be made before the other."""
    found = told(CIRCLE)

    why = {key[0]: f.remedy.partition("It is not written here: ")[2] for key, f in found.items()}
    assert why == {
        "boxes": "it and `lids` lead to each other.",
        "lids": "it and `boxes` lead to each other.",
        "labels": "it needs what is to be done to `lids`, which is not written.",
        "shelves": "",
    }
    (content,) = {f.content for each in found.values() for f in each.new_files}
    assert '"shelves"' in content
    assert "lids" not in content


GONE = """

class Part(Base):
    __tablename__ = "part"
    id = sa.Column(sa.Integer, primary_key=True)
    above_id = sa.Column(sa.ForeignKey("part.id"))


class PartPrice(Base):
    __tablename__ = "part_price"
    id = sa.Column(sa.Integer, primary_key=True)
    part_id = sa.Column(sa.ForeignKey("part.id"))


class Rebate(Base):
    __tablename__ = "a_rebate"
    id = sa.Column(sa.Integer, primary_key=True)
    price_id = sa.Column(sa.ForeignKey("part_price.id"))
    order_id = sa.Column(sa.ForeignKey("orders.id"))
"""


def test_tables_that_go_are_dropped_after_those_that_refer_to_them() -> None:
    """PostgreSQL drops none that another refers to; on the way back they come the other way round."""
    (first, *_) = told(GONE).values()
    (made,) = first.new_files
    base = {**START, PATH: MODELS + GONE, made.path: made.content}

    found = findings(compare(base, head={PATH: MODELS}), "missing-migration")

    (content,) = {f.content for each in found for f in each.new_files}
    up, _, down = content.partition("def downgrade")
    names = ("a_rebate", "part_price", "part")
    assert re.findall(r'op.drop_table\("(\w+)"\)', up) == [*names]
    assert re.findall(r'op.create_table\(\s+"(\w+)"', down) == [*reversed(names)]
