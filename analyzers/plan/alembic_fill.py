"""
Revisions that move rows: in batches, each committed by itself.

On PostgreSQL a ``DO`` block loops in the server, so that the same text works online and in a
script of ``alembic upgrade --sql``. Elsewhere it is one statement.
"""

from __future__ import annotations

import re

from analyzers.relate.sql_names import named
from analyzers.vocabulary import Table

BATCH = 1000
"""Rows of one transaction: locked for some milliseconds."""

_TAKEN = re.compile(r'(?<![:\w]):\w|[\\%]|\$\$|"""')
"""What SQLAlchemy, the driver, Python or the block around it would take for something else."""
_INCOMPARABLE = frozenset({"json", "xml"})
"""Types of PostgreSQL without an operator for equality."""


def literal(text: str) -> str:
    """*text* as Python source, in double quotes where it has none."""
    return repr(text) if '"' in text or "\\" in text else f'"{text}"'


def executed(sql: str, prefix: str = "") -> str:
    """``op.execute(...)`` of one line of *sql*."""
    return f"op.execute({prefix}{literal(sql)})"


def fill(
    table: str, before: Table | None, column: str, value: str | None, database: str
) -> list[str]:
    """
    The lines that give *value* to *column* wherever it is NULL.

    Without a value they ask for one, and refuse to run before they have it; none
    where they cannot be written.
    """
    where = f"{named(column)} IS NULL"
    if value is not None:
        return _moved(table, before, f"{named(column)} = {value}", where, database)
    lines = _moved(table, before, f"{named(column)} = {{value}}", where, database, prefix="f")
    text = f"what rows without {table}.{column} get, as SQL"
    refusing = [
        f'value = ""  # {text}',
        "if not value:",
        f'    raise ValueError("write into `value` {text}")',
    ]
    return [*refusing, *lines] if lines else []


def copied(
    table: str,
    before: Table | None,
    source: str,
    new: str,
    database: str,
    kind: str | None = None,
    compared: str | None = None,
) -> list[str]:
    """
    The lines that copy *source*, a column or an expression in SQL, to *new* of type *kind* wherever they differ.

    *compared* is what *new* is compared with, where that is not *source* itself.
    """
    one, two = source, named(new)
    like = compared or one
    if database == "postgresql" and kind in _INCOMPARABLE:
        differ = f"CAST({two} AS text) IS DISTINCT FROM CAST({like} AS text)"
        return _moved(table, before, f"{two} = {one}", differ, database)
    differ = {
        "postgresql": f"{two} IS DISTINCT FROM {like}",
        "sqlite": f"{two} IS NOT {like}",
    }.get(database, f"NOT ({two} <=> {like})")
    return _moved(table, before, f"{two} = {one}", differ, database)


def _moved(
    table: str, before: Table | None, sets: str, where: str, database: str, prefix: str = ""
) -> list[str]:
    """``UPDATE table SET sets WHERE where`` as lines of a revision."""
    whole = f"UPDATE {named(table)} SET {sets} WHERE {where}"
    if _TAKEN.search(whole):
        return []
    if database != "postgresql":
        return [executed(whole, prefix)]
    keys = [c.name for c in before.columns if c.primary_key] if before is not None else []
    key = named(keys[0]) if len(keys) == 1 else "ctid"
    return [
        "with op.get_context().autocommit_block():",
        "    op.execute(",
        f'        {prefix}"""',
        "        DO $$",
        "        BEGIN",
        "            LOOP",
        f"                UPDATE {named(table)} SET {sets}",
        f"                WHERE {key} IN (SELECT {key} FROM {named(table)} WHERE {where} LIMIT {BATCH});",
        "                EXIT WHEN NOT FOUND;",
        "                COMMIT;",
        "            END LOOP;",
        "        END $$",
        '        """',
        "    )",
    ]
