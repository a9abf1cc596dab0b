"""``twostep sizes``: how large the tables of a database are, as a file to commit (buckets, no data)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from bot.doctor.connection import connected

HEAD = """\
# Written by `twostep sizes`: rows by table, rounded up to 1, 2 or 5 times a power of ten.
# Reviews read it beside twostep.yml; what that file says of a table counts more.
"""

POSTGRESQL = """
SELECT CASE WHEN n.nspname = 'public' THEN c.relname ELSE n.nspname || '.' || c.relname END,
       CASE WHEN c.reltuples >= 0 THEN c.reltuples::bigint ELSE coalesce(s.n_live_tup, 0) END
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid
WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND n.nspname NOT LIKE 'pg_toast%'
"""

MYSQL = """
SELECT table_name, coalesce(table_rows, 0) FROM information_schema.tables
WHERE table_schema = database() AND table_type = 'BASE TABLE'
"""


def bucket(rows: int) -> int:
    """*rows* rounded up to 1, 2 or 5 times a power of ten; 0 stays 0."""
    if rows <= 0:
        return 0
    power = int("1" + "0" * (len(str(rows)) - 1))
    return next(step for step in (power, 2 * power, 5 * power, 10 * power) if step >= rows)


def read_sizes(dsn: str) -> Mapping[str, int]:
    """
    Buckets by table of the database at *dsn*, sorted; the server's estimates, nothing is counted there.

    Raises:
        DatabaseUnreachable: it cannot be connected to or read.
    """
    with connected(dsn) as connection:
        found = _rows(connection)
    return {name: bucket(rows) for name, rows in sorted(found.items())}


def _rows(connection: Connection) -> dict[str, int]:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET TRANSACTION READ ONLY"))
        return {row[0]: int(row[1]) for row in connection.execute(text(POSTGRESQL))}
    if connection.dialect.name in {"mysql", "mariadb"}:
        return {row[0]: int(row[1]) for row in connection.execute(text(MYSQL))}
    # SQLite keeps no estimate; its files are small enough to count.
    quoted = connection.dialect.identifier_preparer.quote
    return {
        name: connection.execute(text(f"SELECT count(*) FROM {quoted(name)}")).scalar_one()  # noqa: S608  quoted
        for name in inspect(connection).get_table_names()
    }


def write_sizes(dsn: str, output: Path) -> int:
    """Write the file; the exit code."""
    found = read_sizes(dsn)
    lines = "".join(f"  {json.dumps(name)}: {rows}\n" for name, rows in found.items())
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(HEAD + (f"tables:\n{lines}" if lines else "tables: {}\n"))
    print(f"{output}: {len(found)} tables")  # noqa: T201  the command's answer
    return 0
