"""Committed revisions that call the types of their columns by other names."""

from __future__ import annotations

import pytest

from analyzers.findings import Severity
from tests.support.alembic_trees import compare, files, findings, revision

TYPES = """
from sqlalchemy import CHAR, TIMESTAMP, Enum, Text
from sqlalchemy.dialects.postgresql import UUID
from sqlalchemy.types import TypeDecorator


class Moment(TypeDecorator):
    impl = TIMESTAMP(timezone=True)

    def process_bind_param(self, value, dialect):
        if value.tzinfo is None:
            raise ValueError(value)
        return value


class Guid(TypeDecorator):
    impl = CHAR

    def load_dialect_impl(self, dialect):
        if dialect.name == "postgresql":
            return dialect.type_descriptor(UUID())
        return dialect.type_descriptor(CHAR(36))


class State(TypeDecorator):
    impl = Enum("new", "paid", name="state")


class Stage(TypeDecorator):
    impl = Enum("new", "sent", name="state")


class Told(TypeDecorator):
    impl = Text
"""
MAKES = "op.create_table('orders', sa.Column('id', sa.Integer()), sa.Column('said', {}, nullable=False))"
ADDS = "op.add_column('orders', sa.Column('said', type_={}))"
ALTERS = "op.alter_column('orders', 'said', existing_type=sa.Text(), type_={})"
FILLS = (
    "orders = op.create_table('orders', sa.Column('said', {}))\n"
    "op.bulk_insert(orders, [{{'said': 1}}])"
)
MINE = "import sqlalchemy_utils\nimport sqlmodel\nimport shop.types\nfrom shop.types import Guid, Moment, Stage, State, Told\n"


def edited(
    before: str, after: str, body: str = MAKES, *, database: str = "postgresql"
) -> list[Severity | None]:
    """How severe it is that a revision of *database* calls a type otherwise."""
    texts = [MINE + revision("5c1d77e0f9aa", None, body.format(said)) for said in (before, after)]
    base = {**files(one=texts[0]), "shop/__init__.py": "", "shop/types.py": TYPES}
    base["alembic.ini"] = base["alembic.ini"].replace("postgresql", database)
    trees = compare(base, head={"migrations/versions/one.py": texts[1]})
    return [f.severity for f in findings(trees, "committed-migration-edited")]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("shop.types.Moment()", "sa.TIMESTAMP(timezone=True)"),
        ("sa.DateTime(timezone=True)", "Moment"),
        ("Guid()", "sa.dialects.postgresql.UUID()"),
        ("Guid", "sa.UUID()"),
        ("Told()", "sa.Text()"),
        ("sqlmodel.sql.sqltypes.AutoString(length=20)", "sa.String(length=20)"),
        ("sqlmodel.AutoString()", "sa.String()"),
        ("sqlalchemy_utils.types.uuid.UUIDType()", "sa.UUID()"),
    ],
)
@pytest.mark.parametrize("body", [MAKES, ADDS, ALTERS])
def test_a_type_may_be_called_by_what_it_is(before: str, after: str, body: str) -> None:
    """Revisions are often freed from the program's classes: no database sees that."""
    assert edited(before, after, body) == [Severity.INFO]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Moment()", "sa.TIMESTAMP()"),
        ("Guid()", "sa.CHAR(36)"),
        ("Told()", "sa.String()"),
        ("sqlmodel.AutoString()", "sa.Text()"),
        ("State()", "Stage()"),
        ("sa.Enum('a', 'b', name='c')", "sa.Enum('a', 'd', name='c')"),
        ("sa.Boolean(create_constraint=True)", "sa.Boolean()"),
        ("money.Amount()", "sa.Numeric()"),
        ("sa.String(40)", "sa.String(40, collation=C)"),
        ("sa.String(40)", "sa.String(40, **options)"),
        ("sqlmodel.AutoString(length=N)", "sa.String()"),
    ],
)
def test_another_type_is_another(before: str, after: str) -> None:
    assert edited(before, after) == [Severity.ERROR]


def test_a_type_is_what_the_project_s_database_has() -> None:
    assert edited("Guid()", "sa.CHAR(36)", database="mysql") == [Severity.INFO]
    assert edited("Guid()", "sa.UUID()", database="mysql") == [Severity.ERROR]


def test_rows_are_written_by_the_type_of_a_table_with_a_name() -> None:
    assert edited("Moment()", "sa.TIMESTAMP(timezone=True)", FILLS) == [Severity.ERROR]
