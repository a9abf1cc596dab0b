"""Constraints and tables in a schema, as the split of a revision writes them."""

from __future__ import annotations

import pytest

from analyzers.review import review
from tests.support.alembic_trees import compare, files, revision

FIRST = """op.create_table(
    "orders",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("tax", sa.Integer),
)"""
MODELS = """from sqlalchemy import Column, Integer
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
    tax = Column(Integer)
"""
TOTAL = 'op.add_column("orders", sa.Column("total", sa.Integer(), nullable=False){schema})'
WITH_TOTAL = "    total = Column(Integer, nullable=False, default=0)\n"


def steps_of(statement: str, schema: str = "", total: str = TOTAL) -> str:
    """All that the split of a revision writes that does *total*, which adds a column, and *statement*."""
    said = f', schema="{schema}"' if schema else ""
    first = FIRST.removesuffix(")") + f"{said[2:]},\n)" if schema else FIRST
    models = MODELS + (f'    __table_args__ = {{"schema": "{schema}"}}\n' if schema else "")
    base = {**files(one=revision("3f9a1c07be52", None, first)), "shop/models.py": models}
    made = f"{total.format(schema=said)}\n{statement}"
    head = {
        "migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", made),
        "shop/models.py": models + WITH_TOTAL,
    }
    steps = review(compare(base, head=head)).split.steps
    assert steps
    return "".join(text for step in steps for text in step.files.values())


KEY = 'op.create_foreign_key("fk", "orders", "orders", ["tax"], ["id"]{})'


@pytest.mark.parametrize(
    ("statement", "begins", "written"),
    [
        (KEY.format(""), '["id"], postgresql_not_valid', ', ["id"], postgresql_not_valid=True)'),
        (
            KEY.format(', ondelete="CASCADE"'),
            "create_foreign_key",
            ', ["id"], ondelete="CASCADE", postgresql_not_valid=True)',
        ),
        (
            KEY.format(', deferrable=True, initially="DEFERRED"'),
            '["id"], postgresql_not_valid',
            None,
        ),
        (KEY.format(', match="FULL"'), '["id"], postgresql_not_valid', None),
        (
            'op.create_unique_constraint("uq", "orders", ["tax"])',
            "create_index",
            'op.create_index("uq", "orders", ["tax"], unique=True, postgresql_concurrently=True)',
        ),
        (
            'op.create_unique_constraint("uq", "orders", ["tax"], deferrable=True)',
            "create_index",
            None,
        ),
        (
            'op.create_unique_constraint("uq", "orders", ["tax"], postgresql_nulls_not_distinct=True)',
            "create_index",
            None,
        ),
    ],
)
def test_the_split_adds_the_constraint_that_was_asked_for(
    statement: str, begins: str, written: str | None
) -> None:
    """What cannot be said of it in another way is said as it was."""
    found = steps_of(statement)

    assert (begins in found) == (written is not None)
    assert (written or statement) in found


@pytest.mark.parametrize(
    ("statement", "written"),
    [
        (
            'op.create_index("ix", "orders", ["tax"], schema="shop")',
            'op.create_index("ix", "orders", ["tax"], unique=False, postgresql_concurrently=True, schema="shop")',
        ),
        (
            'op.create_foreign_key("fk", "orders", "users", ["tax"], ["id"], source_schema="shop", referent_schema="people")',
            '"fk", "orders", "users", ["tax"], ["id"], postgresql_not_valid=True, source_schema="shop", referent_schema="people")',
        ),
        (
            'op.create_unique_constraint("uq", "orders", ["tax"], schema="shop")',
            'unique=True, postgresql_concurrently=True, schema="shop")',
        ),
        (
            'op.create_check_constraint("ck", "orders", "tax > 0", schema="shop")',
            'op.create_check_constraint("ck", "orders", \'tax > 0\', postgresql_not_valid=True, schema="shop")',
        ),
    ],
)
def test_the_split_names_the_schema_apart(statement: str, written: str) -> None:
    """Alembic takes a dot for a part of the table's name."""
    found = steps_of(statement, "shop")

    assert written in found
    assert '"shop.orders"' not in found
    assert 'op.drop_column("orders", "total", schema="shop")' in found


def test_a_table_is_renamed_in_its_schema() -> None:
    found = steps_of('op.rename_table("orders", "sales", schema="shop")', "shop", total="")

    assert 'op.rename_table("orders", "sales", schema="shop")' in found
    assert "shop.orders" in found
    assert '"shop.' not in found.replace('op.execute("', "")
