"""Indexes in revisions that are offered: all that their models say, or no file at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex

from analyzers.review import review
from tests.support.alembic_trees import compare, files, findings, revision, upgrade_sql

MODELS = """from sqlalchemy import Column, Index, Integer, column, text
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
    tax = Column(Integer)
"""
MADE = 'op.create_table("orders", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("tax", sa.Integer()))'
START = {**files(one=revision("3f9a1c07be52", None, MADE)), "shop/models.py": MODELS}
TWO = "migrations/versions/two.py"
KEPT = {
    'postgresql_where=text("tax > 1")': "CREATE INDEX ix_orders_tax ON orders (tax) WHERE tax > 1;",
    "postgresql_where=\"tax = '1'::int\"": "CREATE INDEX ix_orders_tax ON orders (tax) WHERE tax = '1'::int;",
    'postgresql_where=column("tax").is_not(None)': (
        "CREATE INDEX ix_orders_tax ON orders (tax) WHERE tax IS NOT NULL;"
    ),
    'postgresql_where=column("tax").is_(False)': (
        "CREATE INDEX ix_orders_tax ON orders (tax) WHERE tax IS false;"
    ),
    'postgresql_using="hash"': "CREATE INDEX ix_orders_tax ON orders USING hash (tax);",
    'unique=True, sqlite_where=text("tax > 1"), postgresql_where=text("tax > 1")': (
        "CREATE UNIQUE INDEX ix_orders_tax ON orders (tax) WHERE tax > 1;"
    ),
}
LOST = (
    "unique=True, postgresql_where=tax > 1",
    'postgresql_include=["id"]',
    'postgresql_ops={"tax": "int4_ops"}',
    'sqlite_where=text("tax > 1")',
    'postgresql_where=text("tax = :one")',
    'postgresql_where=column("tax").is_(other)',
)


def offered(options: str) -> dict[str, str]:
    """The revision that is offered for an index with *options*."""
    told = f'{MODELS}    __table_args__ = (Index("ix_orders_tax", "tax", {options}),)\n'
    (found,) = findings(compare(START, head={"shop/models.py": told}), "missing-migration")
    return {file.path: file.content for file in found.new_files}


@pytest.mark.parametrize(("options", "sql"), KEPT.items())
def test_an_index_is_offered_with_all_that_it_says(options: str, sql: str, tmp_path: Path) -> None:
    assert sql in upgrade_sql({**START, **offered(options)}, tmp_path)


MEMBERS = [
    "@tax", "@tax.desc()", "@tax.desc().nulls_last()", "func.abs(@tax)", "@id, func.coalesce(@tax, 0)",
    'func.coalesce(@tax, "0")', 'text("abs(tax)"), @id', 'text("tax DESC")', "asc(@tax)",
    "nulls_first(desc(@tax))", "@tax, postgresql_where=@tax.is_(None)", 'func.lower(column("tax"))',
    "@tax, postgresql_where=@tax.is_not(None)", "func.abs(func.abs(@tax)).desc()",
    "@tax, unique=True, postgresql_where=@tax.isnot(None)",
]  # fmt: skip


@pytest.mark.parametrize("members", MEMBERS)
@pytest.mark.parametrize("inside", [False, True])
def test_the_members_of_an_index_are_written_as_sqlalchemy_has_them(
    members: str, inside: bool, tmp_path: Path
) -> None:
    """*inside* a method that is given the class, where the columns are its attributes."""
    imports = "from sqlalchemy import asc, column, desc, func, nulls_first\nfrom sqlalchemy.orm import declared_attr\n"
    said = f'(Index("ix_orders_tax", {members.replace("@", "cls." if inside else "")}),)'
    method = (
        f"\n    @declared_attr.directive\n    def __table_args__(cls):\n        return {said}\n"
    )
    plain = f"    __table_args__ = {said}\n"
    told = f"{imports}{MODELS}{method if inside else plain}"
    namespace: dict[str, Any] = {}
    exec(told, namespace)
    (index,) = namespace["Order"].__table__.indexes
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    truth = str(CreateIndex(index).compile(dialect=dialect))

    (found,) = findings(compare(START, head={"shop/models.py": told}), "missing-migration")
    files = {file.path: file.content for file in found.new_files}

    assert truth.lower() in upgrade_sql({**START, **files}, tmp_path).lower()


@pytest.mark.parametrize("options", LOST)
def test_an_index_that_says_more_than_is_known_is_not_offered(options: str) -> None:
    assert offered(options) == {}


@pytest.mark.parametrize(
    ("told", "slug"),
    [
        ("tax = Column(Integer, index=True)", "add_ix_orders_tax"),
        ("tax = Column(Integer, unique=True)", "add_unique_orders_tax"),
        ('tax = Column(Integer, ForeignKey("orders.id"))', "add_key_orders_tax"),
        ("tax = Column(Integer, nullable=False)", "alter_orders_tax"),
    ],
)
def test_the_file_is_named_after_what_it_does(told: str, slug: str) -> None:
    """An index that comes or goes is not the table."""
    models = MODELS.replace("tax = Column(Integer)", told).replace("Index, ", "ForeignKey, ")
    there = compare(START, head={"shop/models.py": models})
    (found,) = findings(there, "missing-migration")

    assert [file.path.endswith(f"_{slug}.py") for file in found.new_files] == [True]


@pytest.mark.parametrize(
    ("statement", "written"),
    [
        ('op.create_index("ix", "orders", ["tax"])', True),
        ('op.create_index("ix", "orders", ["tax"], postgresql_where=sa.text("tax > 1"))', True),
        ('op.create_index("ix", "orders", ["tax"], postgresql_where=sa.column("tax") > 1)', True),
        ('op.create_index("ix", "orders", ["tax"], postgresql_include=["id"])', True),
        ('op.execute("CREATE INDEX ix ON orders (tax) WHERE tax > 1")', True),
        ('op.execute("CREATE INDEX ix ON orders (tax DESC)")', False),
        ('op.execute("CREATE INDEX ix ON orders (tax) INCLUDE (id)")', False),
        ('op.execute("CREATE INDEX ix ON orders (tax int4_ops)")', False),
    ],
)
def test_a_split_builds_no_other_index(statement: str, written: bool) -> None:
    """The index is built by itself only where it can be written as it is, or the author's call be taken."""
    up = f'op.add_column("orders", sa.Column("total", sa.Integer(), nullable=False))\n{statement}'
    told = f"{MODELS}    total = Column(Integer, nullable=False, default=0)\n"
    two = revision("88d0e2b7a614", "3f9a1c07be52", up)
    split = review(compare(START, head={TWO: two, "shop/models.py": told})).split
    texts = [text for step in split.steps for text in step.files.values()]
    built = [text for text in texts if "postgresql_concurrently" in text]

    assert texts
    assert bool(built) == written
    assert all(("tax > 1" in text) == ("tax > 1" in statement) for text in built)
    assert all(("include" in text) == ("include" in statement) for text in built)
