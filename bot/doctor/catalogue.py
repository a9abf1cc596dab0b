"""What a database really holds: its tables' columns, and what it records as applied. Only reads."""

from __future__ import annotations

from dataclasses import field

from sqlalchemy import Connection, inspect, text

from analyzers.frozen import dataclass
from analyzers.vocabulary import Key
from bot.doctor.connection import connected


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The database as it is now."""

    tables: dict[str, frozenset[str]] = field(default_factory=dict)
    """Column names by table (views included: old code may read through one)."""
    django: tuple[Key, ...] | None = None
    """Rows of ``django_migrations``; None where there is no such table."""
    alembic: tuple[str, ...] | None = None
    """Rows of ``alembic_version``; None where there is no such table."""


def read_catalogue(dsn: str) -> Catalogue:
    """
    The catalogue of the database at *dsn* (an URL).

    Raises:
        DatabaseUnreachable: it cannot be connected to or read.
    """
    with connected(dsn) as connection:
        return _read(connection)


def _read(connection: Connection) -> Catalogue:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET TRANSACTION READ ONLY"))
    inspector = inspect(connection)
    names = [*inspector.get_table_names(), *inspector.get_view_names()]
    tables = {
        name: frozenset(column["name"] for column in inspector.get_columns(name)) for name in names
    }
    django = alembic = None
    if "django_migrations" in tables:
        rows = connection.execute(text("SELECT app, name FROM django_migrations ORDER BY id"))
        django = tuple(Key(row[0], row[1]) for row in rows)
    if "alembic_version" in tables:
        rows = connection.execute(text("SELECT version_num FROM alembic_version"))
        alembic = tuple(sorted(row[0] for row in rows))
    return Catalogue(tables=tables, django=django, alembic=alembic)
