"""
SQL text as schema changes, read by a real parser: PostgreSQL's own (pglast), or sqlglot.

What the parser refuses is a ``RunStatement`` of the kind ``unreadable``.
"""

from __future__ import annotations

from analyzers.limits import TEXT_CHARACTERS
from analyzers.read.sql_unreadable import unreadable
from analyzers.vocabulary import Place, SchemaChange


def read_sql(
    text: str, place: Place, database: str = "postgresql", *, parameters: bool = False
) -> tuple[SchemaChange, ...]:
    """
    The changes that the statements of *text* make, in order; queries make none.

    *parameters* says that the driver puts values where ``%s`` stands, and
    writes a percent sign for two of them.
    """
    if len(text) > TEXT_CHARACTERS:
        return (unreadable(text, place),)
    # A reader is loaded where there is SQL for it: most reviews have none.
    if database == "postgresql":
        from analyzers.read.sql_postgresql import read_postgresql

        return tuple(read_postgresql(text, place, parameters))
    from analyzers.read.sql_other import read_other

    return tuple(read_other(text, place, database))
