"""Types of columns that a project or a library makes of SQLAlchemy's, as what a database has of them."""

from __future__ import annotations

import pytest

from tests.support.alembic_trees import compare, files, findings, revision

FIRST = """op.create_table(
    "orders",
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("labels", {}),
)"""
MODELS = """from oslo_db.sqlalchemy.types import String
from sqlalchemy import JSON, Column, Integer
from sqlalchemy.dialects.mysql import TINYTEXT
from sqlalchemy.ext.mutable import MutableDict
from sqlalchemy.orm import declarative_base
import sqlalchemy
from shop import kinds

Base = declarative_base()


class Local(kinds.Encoded):
    kept = list


class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
    labels = Column({})
"""
KINDS = """from sqlalchemy.types import CHAR, Enum, String, Text, TypeDecorator


class Encoded(TypeDecorator):
    impl = Text
    cache_ok = True

    def process_bind_param(self, value, dialect):
        return dumps(value)


class Sized(TypeDecorator[str]):
    impl = String


class Made(TypeDecorator):
    impl = String(40)


class Either(TypeDecorator):
    impl = CHAR

    def load_dialect_impl(self, dialect):
        return dialect.type_descriptor(of(dialect))


class Grown(TypeDecorator):
    impl = String

    def __init__(self, size):
        super().__init__(size * 2)


class Named(TypeDecorator):
    impl = Enum


class Beside(Unknown, TypeDecorator):
    impl = Text
"""
KNOWN = {
    "Local": "text",
    "Local()": "text",
    "kinds.Encoded": "text",
    "kinds.Sized(20)": "varchar(20)",
    "kinds.Made": "varchar(40)",
    "MutableDict.as_mutable(JSON)": "json",
    "MutableDict.as_mutable(kinds.Encoded)": "text",
    "String(30, mysql_ndb_type=TINYTEXT)": "varchar(30)",
    "kinds.Grown(4)": "varchar(8)",
    "kinds.Made(3)": "varchar(40)",
    "sqlalchemy.Binary()": "bytea",
    "kinds.Enum(moods.Mood, native_enum=False, length=64)": "varchar(64)",
}
UNKNOWN = [
    "kinds.Either",
    "kinds.Named",
    "kinds.Beside",
    "kinds.Enum(moods.Mood, native_enum=False)",
]


def said(kind: str) -> list[str]:
    """What is missing where a column that was an integer, in models as well, becomes of *kind*."""
    base = {
        **files(one=revision("3f9a1c07be52", None, FIRST.format("sa.Integer()"))),
        "shop/kinds.py": KINDS,
        "shop/models.py": MODELS.format("Integer"),
    }
    head = {"shop/models.py": MODELS.format(kind)}
    return [f.message for f in findings(compare(base, head=head), "missing-migration")]


@pytest.mark.parametrize("kind", KNOWN)
def test_a_type_that_only_changes_values_is_what_it_is_kept_as(kind: str) -> None:
    (message,) = said(kind)
    assert f"is `{KNOWN[kind]}` in the models" in message


@pytest.mark.parametrize("kind", UNKNOWN)
def test_a_type_that_decides_itself_is_not_known(kind: str) -> None:
    assert said(kind) == []


@pytest.mark.parametrize("size", ["", "20"])
def test_a_collation_alone_is_no_other_type(size: str) -> None:
    """Autogenerate does not compare it, with a length or without."""
    plain, collated = (f"sa.String({size})", f'sa.String({size or None}, collation="C")')
    base = {
        **files(one=revision("3f9a1c07be52", None, FIRST.format(plain))),
        "shop/models.py": "import sqlalchemy as sa\n" + MODELS.format(plain),
    }
    head = {"shop/models.py": "import sqlalchemy as sa\n" + MODELS.format(collated)}

    assert findings(compare(base, head=head), "missing-migration") == []


def test_a_folder_called_as_the_library_is_not_the_library() -> None:
    """What is imported of SQLAlchemy is SQLAlchemy's."""
    base = {
        **files(one=revision("3f9a1c07be52", None, FIRST.format("sa.Integer()"))),
        "shop/sqlalchemy/types.py": KINDS.replace("class Encoded", "class Unicode"),
        "shop/models.py": "import sqlalchemy\n" + MODELS.format("Integer"),
    }
    head = {
        "shop/models.py": base["shop/models.py"].replace(
            "(Integer)", "(sqlalchemy.types.Unicode(9))"
        )
    }

    (finding,) = findings(compare(base, head=head), "missing-migration")
    assert "is `varchar(9)` in the models" in finding.message
