"""SQL of ``op.execute`` as schema changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from analyzers.read.sql import read_sql
from analyzers.vocabulary import Place, SchemaChange


def statements_of(text: str, place: Place, dialect: str = "postgresql") -> Iterator[SchemaChange]:
    """The changes that the statements of *text* make; whether they can be taken back is not said there."""
    for change in read_sql(text, place, dialect):
        yield replace(change, reversible=None)
