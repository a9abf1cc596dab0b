"""``__table_args__`` that a shared method puts together from the class's own part."""

from __future__ import annotations

import pytest

from tests.support.alembic_trees import compare, files, findings, revision

ONE = revision(
    "3f9a1c07be52",
    None,
    """op.create_table(
        "orders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(9)),
        sa.PrimaryKeyConstraint("id"),
    )
op.create_index("by_note", "orders", ["note"])""",
)
CONDITIONS = """if cls.__tablename__.upper() == "HISTORY":
            return cls._own + ({"mysql_engine": "InnoDB"},)
        args = cls._own
        args += (CheckConstraint("note <> ''", name=cls.__tablename__ + "_note"),)
        return args"""
OTHERWISE = """if settings.audited:
            return cls._own + ({"schema": settings.schema},)
        return cls._own"""
MODELS = """from sqlalchemy import CheckConstraint, Column, Index, Integer, PrimaryKeyConstraint, String
from sqlalchemy.orm import DeclarativeBase, declared_attr


class Base(DeclarativeBase):
    pass


class Shared:
    @declared_attr
    def __table_args__(cls):
        {}


class Order(Base, Shared):
    __tablename__ = "orders"
    id = Column(Integer)
    note = Column(String(9))
    _own = (PrimaryKeyConstraint("id"), Index("by_note", "note"))
"""
SECOND = """

class Item(Base, Shared):
    __tablename__ = "items"
    id = Column(Integer)
    _own = (PrimaryKeyConstraint("id"),)
"""


def said(method: str, before: str, after: str) -> list[str]:
    models = MODELS.format(method)
    base = {**files(one=ONE), "shop/models.py": models}
    head = {"shop/models.py": models.replace(before, after) if before else models + after}
    found = findings(compare(base, head=head), "missing-migration")
    return [f.message.removesuffix(", and no revision says so.") for f in found]


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (
            ', Index("by_note", "note"))',
            ",)",
            "Index `by_note` on `orders` is gone from the models",
        ),
        ("", SECOND, "Table `items` is new in the models"),
    ],
)
def test_its_conditions_are_followed(before: str, after: str, message: str) -> None:
    """They ask for the table's name; a table whose arguments are known is compared whole."""
    assert said(CONDITIONS, before, after) == [message]


def test_a_condition_that_is_not_known_leaves_the_arguments_open() -> None:
    """The table may stand in a schema, and have more than is seen."""
    assert said(OTHERWISE, ', Index("by_note", "note"))', ",)") == []
    assert said(OTHERWISE, "", SECOND) == []
