"""SQL of MySQL and of SQLite that revisions execute: what the tables are afterwards."""

from __future__ import annotations

import pytest

from analyzers.read.sql import read_sql
from analyzers.vocabulary import (
    AddColumn,
    AddConstraint,
    AddIndex,
    CreateTable,
    DropIndex,
    DropTable,
    Place,
    RunStatement,
    UnknownChange,
)
from tests.support.alembic_trees import compare, files, findings, revision

FIRST = 'op.create_table("orders", sa.Column("id", sa.Integer(), primary_key=True))'
MODELS = """from sqlalchemy import (
    BigInteger, Boolean, Column, Float, Integer, LargeBinary, Numeric, String, UniqueConstraint
)
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
"""
ITEM = """

class Item(Base):
    __tablename__ = "item"
    id = Column(Integer, primary_key=True)
    name = Column(String(20), nullable=False)
    sold = Column(Boolean)
    price = Column(Numeric(10, 2))
    size = Column(Float)
    image = Column(LargeBinary)
    seen = Column(BigInteger)
    __table_args__ = (UniqueConstraint("name"),)
"""
MAKE = """CREATE TABLE item (
    id INTEGER NOT NULL, name VARCHAR(20) NOT NULL, sold BOOLEAN, price NUMERIC(10, 2),
    size FLOAT, image BLOB, seen BIGINT, UNIQUE (name), PRIMARY KEY (id))"""


def said(database: str, statements: list[str], models: str) -> list[str]:
    """What is missing after a revision that executes *statements*, with *models* beside it."""
    base = {
        **files(one=revision("3f9a1c07be52", None, FIRST)),
        "alembic.ini": f"[alembic]\nscript_location = migrations\nsqlalchemy.url = {database}://x\n",
        "shop/models.py": MODELS,
    }
    body = "\n".join(f'op.execute("""{statement}""")' for statement in statements)
    head = {
        "shop/models.py": MODELS + models,
        "migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", body),
    }
    return [f.message for f in findings(compare(base, head=head), "missing-migration")]


@pytest.mark.parametrize("database", ["mysql", "sqlite"])
def test_a_table_that_sql_makes_has_the_columns_that_it_names(database: str) -> None:
    assert said(database, [MAKE], ITEM) == []

    (lacking,) = said(database, [MAKE.replace("sold BOOLEAN,", "")], ITEM)
    assert lacking.startswith("Column `sold` of `item` is new in the models")


@pytest.mark.parametrize("database", ["mysql", "sqlite"])
def test_columns_that_sql_adds_have_the_types_that_are_written(database: str) -> None:
    short = "CREATE TABLE item (id INTEGER PRIMARY KEY, name VARCHAR(20) NOT NULL UNIQUE)"
    rest = ["sold BOOLEAN", "price NUMERIC(10, 2)", "size FLOAT", "image BLOB", "seen BIGINT"]
    added = [f"ALTER TABLE item ADD COLUMN {column}" for column in rest]

    assert said(database, [short, *added], ITEM) == []
    assert len(said(database, [short, *added], ITEM.replace("String(20)", "String(40)"))) == 1


def test_what_one_statement_drops() -> None:
    place = Place("x.py")

    assert [type(c) for c in read_sql("DROP INDEX IF EXISTS a", place, "sqlite")] == [DropIndex]
    (dropped,) = read_sql("DROP INDEX a ON t", place, "mysql")
    assert (dropped.table, type(dropped)) == ("t", DropIndex)
    tables = [c for c in read_sql("DROP TABLE a, b", place, "mysql") if isinstance(c, DropTable)]
    assert [c.table for c in tables] == ["a", "b"]


@pytest.mark.parametrize(
    ("database", "sql", "kind"),
    [
        ("sqlite", "UPDATE OR IGNORE t SET a = 1 WHERE b IS NULL", "update"),
        ("sqlite", "REPLACE INTO t VALUES (1)", "insert"),
        ("mysql", "update ignore t SET a = 1", "update"),
        ("mysql", "CREATE TABLE t AS SELECT * FROM u", "creates"),
        ("sqlite", "CREATE TEMPORARY TABLE t (a INTEGER)", "creates"),
    ],
)
def test_statements_that_write_rows_otherwise(database: str, sql: str, kind: str) -> None:
    (change,) = read_sql(sql, Place("x.py"), database)

    assert isinstance(change, RunStatement)
    assert (change.table, change.kind) == ("t", kind)
    assert change.sql == sql or kind == "creates"


@pytest.mark.parametrize(
    ("sql", "columns", "indexes"),
    [
        ("ALTER TABLE o ADD COLUMN (a INT, b DECIMAL(8,2) DEFAULT 1);", ["a", "b"], []),
        ("alter table o add(a int, unique key k (a, b), `c,d` int)", ["a", "c,d"], ["k"]),
        ("ALTER TABLE o ADD (a VARCHAR(9) DEFAULT '),('), ADD COLUMN b INT", ["a", "b"], []),
        ("ALTER TABLE o COMMENT 'ADD (x INT)', ADD (a INT)", ["a"], []),
        ("ALTER TABLE o ADD INDEX i (a)", [], ["i"]),
    ],
)
def test_mysql_adds_several_columns_in_one_list(
    sql: str, columns: list[str], indexes: list[str]
) -> None:
    place = Place("one.py", 1, 1)
    changes = [*read_sql(sql, place, "mysql")]

    assert [c.column.name for c in changes if isinstance(c, AddColumn)] == columns
    named = [
        c.index.name if isinstance(c, AddIndex) else c.constraint.name
        for c in changes
        if isinstance(c, AddIndex | AddConstraint)
    ]
    assert named == indexes
    assert len(changes) == len(columns) + len(indexes)
    assert {c.table for c in changes} == {"o"}


@pytest.mark.parametrize(
    "sql", ["ALTER TABLE o ADD (a INT", "INSERT INTO o VALUES ('ADD (a INT)')"]
)
def test_what_is_no_list_stays_as_it_is(sql: str) -> None:
    changes = [*read_sql(sql, Place("one.py", 1, 1), "mysql")]

    assert [type(c) for c in changes if isinstance(c, AddColumn)] == []


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE p_{month} PARTITION OF p FOR VALUES FROM ('{a}') TO ('{b}')",
        "CREATE TABLE p_202601 PARTITION OF p FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')",
        "CREATE TABLE p (LIKE o INCLUDING ALL) PARTITION BY RANGE (made)",
        "CREATE TABLE p (made TIMESTAMP) PARTITION BY RANGE (made)",
        "CREATE TABLE p_{month}\nPARTITION OF p",
    ],
)
@pytest.mark.parametrize("database", ["mysql", "mariadb", "sqlite"])
def test_what_another_database_alone_understands_stops_no_review(database: str, sql: str) -> None:
    """The parser takes partitions as PostgreSQL has them, and cannot write each of them for MySQL."""
    changes = read_sql(sql, Place("one.py", 1, 1), database)

    assert changes
    assert all(isinstance(c, CreateTable | RunStatement | UnknownChange) for c in changes)
