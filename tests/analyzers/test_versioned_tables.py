"""Histories that SQLAlchemy's recipe for versions keeps of tables, against what SQLAlchemy makes of the same text."""

from __future__ import annotations

from typing import Any

import pytest

from analyzers.read.alembic.metadata import read_metadata
from analyzers.read.alembic.own_table import MappedTable
from analyzers.trees import MemoryTree
from tests.support.alembic_trees import compare, files, findings, revision

RECIPE = """from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table
from sqlalchemy.orm import Mapper, declarative_base, declared_attr

Base = declarative_base()


def keep_history(mapped):
    columns = []
    for column in mapped.local_table.c:
        copy = column._copy()
        copy.unique = False
        if copy.nullable:
            copy.server_default = None
        columns.append(copy)
    columns.append(Column("version", Integer, primary_key=True, autoincrement=False))
    Table(NAME, mapped.local_table.metadata, *columns)
    mapped.local_table.append_column(Column("version", Integer, default=1, nullable=False))


class Versioned:
    @declared_attr
    def __mapper_cls__(cls):
        def make(cls, *args, **kwargs):
            mapped = Mapper(cls, *args, **kwargs)
            keep_history(mapped)
            return mapped

        return make


class Shop(Base):
    __tablename__ = "shops"
    id = Column(Integer, primary_key=True)


class Order(Base, Versioned):
    __tablename__ = "orders"
    __table_args__ = (Index("ix_both", "code", "note"),)
    id = Column(Integer, primary_key=True)
    code = Column(String(20), unique=True, nullable=False, server_default="x")
    note = Column(String, index=True, server_default="y")
    shop_id = Column(Integer, ForeignKey("shops.id"))
"""
_WITH_MAPPER = RECIPE[RECIPE.index("    @declared_attr\n") : RECIPE.index("class Shop")]
_LAST = """    @classmethod
    def __declare_last__(cls):
        keep_history(cls.__mapper__)


"""
_COPIED = RECIPE[RECIPE.index("        copy = ") : RECIPE.index("        columns.append(copy)")]
_ANEW = "        copy = Column(column.name, column.type, nullable=column.nullable)\n"
AFTERWARDS = RECIPE.replace(_WITH_MAPPER, _LAST)
NAMES = ('mapped.local_table.name + "_history"', 'f"{mapped.local_table.name}_history"')


def tables(text: str) -> dict[str, MappedTable]:
    tree = MemoryTree({"shop/models.py": text})
    return dict(read_metadata(tree, ["shop/models.py"], "postgresql").tables)


@pytest.mark.parametrize(
    "text",
    [
        *(RECIPE.replace("NAME", name) for name in NAMES),
        AFTERWARDS.replace("NAME", NAMES[0]),
        AFTERWARDS.replace("NAME", NAMES[0]).replace(_COPIED, _ANEW),
    ],
    ids=["a sum", "an f-string", "once all classes are there", "columns made anew"],
)
def test_a_history_is_read_as_sqlalchemy_makes_it(text: str) -> None:
    space: dict[str, Any] = {}
    exec(text, space)  # our own text
    space["Base"].registry.configure()
    real = space["Base"].metadata.tables

    found = tables(text)

    assert found.keys() == real.keys() == {"shops", "orders", "orders_history"}
    for key, table in found.items():
        read = [(c.name, c.null, c.primary_key, c.server_default) for c in table.table.columns]
        assert read == [
            (
                c.name,
                c.nullable,
                c.primary_key,
                f"'{c.server_default.arg}'" if c.server_default else None,
            )
            for c in real[key].columns
        ]
        assert {i.name for i in table.table.indexes} == {i.name for i in real[key].indexes}
        keys = [c for c in table.table.constraints if c.references is not None]
        assert len(keys) == len(real[key].foreign_keys)


@pytest.mark.parametrize(
    "other",
    [
        RECIPE.replace("NAME", "made_of(mapped)"),
        RECIPE.replace("NAME", NAMES[0]).replace(
            "    Table(", '    columns.append(Column("changed", Integer))\n    Table('
        ),
        RECIPE.replace("NAME", NAMES[0]).replace("(Base, Versioned)", "(Base)"),
    ],
    ids=["another name", "more columns", "no history"],
)
def test_a_history_of_another_kind_is_not_read(other: str) -> None:
    assert tables(other).keys() == {"shops", "orders"}


def test_a_column_that_its_history_does_not_get_is_missing() -> None:
    text = RECIPE.replace("NAME", NAMES[0])
    made = "\n".join(
        f'op.create_table("{name}", sa.Column("id", sa.Integer(), primary_key=True))'
        for name in ("shops", "orders", "orders_history")
    )
    start = {**files(one=revision("3f9a1c07be52", None, made)), "shop/models.py": text}
    add = 'op.add_column("{}", sa.Column("tax", sa.Integer()))'
    one = revision("88d0e2b7a614", "3f9a1c07be52", add.format("orders"))
    both = revision(
        "88d0e2b7a614", "3f9a1c07be52", "\n".join(map(add.format, ("orders", "orders_history")))
    )
    told = f"{text}    tax = Column(Integer)\n"

    def said(second: str) -> list[str | None]:
        head = {"shop/models.py": told, "migrations/versions/two.py": second}
        return [f.table for f in findings(compare(start, head=head), "missing-migration")]

    assert said(one) == ["orders_history"]
    assert said(both) == []
