"""
The rule table for Alembic's operations against a real PostgreSQL.

Each case's ``upgrade()`` is run by Alembic on tables with rows, and read by the
product; every cell of both must agree.

    python -m tests.oracles.measure_alembic            prints the disagreements
    python -m tests.oracles.measure_alembic --write    writes docs/measured-alembic-operations.md
"""

from __future__ import annotations

import functools
import json
import sys
import textwrap
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import alembic
import psycopg
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from psycopg import sql

from analyzers.config import Config
from analyzers.read.cache import MemoryCache
from analyzers.relate.facts import Facts
from analyzers.trees import Comparison, MemoryTree
from tests.oracles.measure_alembic_cases import BASE, CASES, FILL, HEAD, Case
from tests.oracles.measured import (
    FILES,
    LOCKS,
    NAMES,
    SCANS,
    Cell,
    Seen,
    all_measured,
    cell,
    claims,
    differing,
    rows,
    server_version,
    waiting,
    words,
)
from tests.support import postgres

TABLES = ("author", "item", "label", "tag")
PAGE = Path(__file__).parents[2] / "docs/measured-alembic-operations.md"


def source(revision: str, parent: str | None, body: str) -> str:
    """A revision's file."""
    return (
        f"{HEAD}\nrevision = {revision!r}\ndown_revision = {parent!r}\n\n\n"
        f"def upgrade():\n{textwrap.indent(body, '    ')}\n\n\ndef downgrade():\n    pass\n"
    )


# -- what the product says --------------------------------------------------------------


def claimed(case: Case) -> Cell:
    """The product's reading of *case*: effects of all its changes together."""
    base = {
        "alembic.ini": "[alembic]\nscript_location = migrations\n",
        "migrations/env.py": "from alembic import context\ncontext.run_migrations()\n",
        "migrations/versions/one.py": source("3f9a1c07be52", None, BASE),
        "migrations/versions/two.py": source("88d0e2b7a614", "3f9a1c07be52", case.before or "pass"),
    }
    new = {
        "migrations/versions/three.py": source("c5417be2f093", "88d0e2b7a614", case.body),
    }
    before, after = MemoryTree(base), MemoryTree({**base, **new})
    comparison = Comparison(merge_base=before, base=before, head=after, merged=after)
    return claims(Facts(comparison, Config(), MemoryCache()), TABLES)


# -- what the server does -----------------------------------------------------------------


@contextmanager
def connected(database: str) -> Iterator[sa.Connection]:
    """SQLAlchemy's connection to *database*, closed afterwards."""
    engine = sa.create_engine(
        "postgresql+psycopg://",
        # In UTC alone a time with a zone becomes one without and no row is written.
        creator=lambda: psycopg.connect(
            postgres.uri(database), options="-c TimeZone=Europe/Berlin"
        ),
        poolclass=sa.NullPool,
    )
    with engine.connect() as connection:
        yield connection


def upgrade(context: MigrationContext, body: str) -> None:
    """Run *body*, a constant of this repository, as Alembic runs a revision."""
    space: dict[str, Any] = {}
    exec(compile(source("x", None, body), "revision", "exec"), space)  # our own constant
    with Operations.context(context):
        space["upgrade"]()


def upgraded(database: str, body: str) -> None:
    """Run *body* on *database* in a transaction of its own, and keep it."""
    with connected(database) as connection:
        context = MigrationContext.configure(connection)
        with context.begin_transaction():
            upgrade(context, body)


@functools.cache
def template() -> str:
    """The name of a database with the base tables and rows."""
    name = "measure_alembic_template"
    with psycopg.connect(postgres.uri(), autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    upgraded(name, BASE)
    with psycopg.connect(postgres.uri(name), autocommit=True) as filling:
        for statement in FILL:
            filling.execute(statement)
        filling.execute("VACUUM ANALYZE")
    return name


@functools.cache
def shared() -> str:
    """The name of a copy of the template for what is rolled back."""
    name = "measure_alembic_shared"
    with psycopg.connect(postgres.uri(), autocommit=True) as admin:
        copied = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        admin.execute(copied.format(sql.Identifier(name), sql.Identifier(template())))
    return name


def measured(case: Case) -> Cell:
    """What really happens."""
    with prepared(case) as database:
        return (_in_transaction if case.atomic else _outside)(database, case)


@contextmanager
def prepared(case: Case) -> Iterator[str]:
    """The name of a database in which *case* can begin; a new one where it would leave traces."""
    if case.atomic and not case.before and not case.fill:
        yield shared()
        return
    with postgres.fresh_database(template()) as database:
        if case.before:
            upgraded(database, case.before)
            with psycopg.connect(postgres.uri(database), autocommit=True) as filling:
                for statement in case.fill:
                    filling.execute(statement.encode())
        yield database


def _in_transaction(database: str, case: Case) -> Cell:
    seen = Seen()
    with (
        psycopg.connect(postgres.uri(database), autocommit=True) as side,
        connected(database) as connection,
    ):
        names: dict[int, str] = dict(side.execute(NAMES, [list(TABLES)]).fetchall())
        ids = list(names)
        before: dict[int, int] = dict(side.execute(FILES, [ids]).fetchall())
        old_models = models(side, case)
        driver: Any = connection.connection.driver_connection
        connection.begin()
        upgrade(MigrationContext.configure(connection), case.body)
        seen.take(_held(side, driver.info.backend_pid, names))
        seen.scans = {names[o] for o, count in driver.execute(SCANS, [ids]) if count}
        after = dict(driver.execute(FILES, [ids]).fetchall())
        seen.rewrites = {names[o] for o in ids if o in after and after[o] != before[o]}
        # A copy under the name of what was dropped.
        now = {name: o for o, name in driver.execute(NAMES, [list(TABLES)])}
        again = {name for o, name in names.items() if now.get(name, o) != o}
        seen.rewrites |= again
        seen.scans |= again
        waiting(database, seen)
        new_models = old_models if case.unseen else models(driver, case)
        old = code_fails(driver, old_models)
        driver.rollback()
        new = code_fails(driver, new_models)
        driver.rollback()
    return cell(seen.locks, seen.rewrites, seen.scans, old, new)


def _held(side: Any, pid: int, names: Mapping[int, str]) -> Iterator[tuple[str, str]]:
    """The tables that the session *pid* has locked, and how."""
    for relation, mode in side.execute(LOCKS, [pid, list(names)]).fetchall():
        yield names[relation], words(mode)


def _outside(database: str, case: Case) -> Cell:
    """CONCURRENTLY waits for a writer: while it does, its lock is seen."""
    seen = Seen()
    failed: list[Exception] = []

    def body() -> None:
        try:
            context = MigrationContext.configure(connection)
            with context.begin_transaction():
                upgrade(context, case.body)
        except Exception as error:  # noqa: BLE001 - raised again where the thread is joined
            failed.append(error)

    with (
        psycopg.connect(postgres.uri(database), autocommit=True) as side,
        connected(database) as connection,
    ):
        names: dict[int, str] = dict(side.execute(NAMES, [list(TABLES)]).fetchall())
        ids = list(names)
        before: dict[int, int] = dict(side.execute(FILES, [ids]).fetchall())
        old_models = models(side, case)
        driver: Any = connection.connection.driver_connection
        pid = driver.info.backend_pid
        with psycopg.connect(postgres.uri(database)) as writer:
            writer.execute("DELETE FROM item WHERE false")
            thread = threading.Thread(target=body)
            thread.start()
            for _ in range(40):
                time.sleep(0.01)
                seen.take(_held(side, pid, names))
            writer.rollback()
        thread.join()
        if failed:
            raise failed[0]
        after: dict[int, int] = dict(side.execute(FILES, [ids]).fetchall())
        seen.rewrites = {names[o] for o in ids if after.get(o) != before[o]}
        # What is built concurrently reads the table, under a lock that stops nobody.
        seen.scans = set(seen.locks) if "CREATE" in case.name.upper() else set()
        new_models = old_models if case.unseen else models(side, case)
        old = code_fails(side, old_models)
    with prepared(case) as unchanged, psycopg.connect(postgres.uri(unchanged)) as fresh:
        new = code_fails(fresh, new_models)
    return cell(seen.locks, seen.rewrites, seen.scans, old, new)


# -- statements of a program whose models are a schema ----------------------------------------


@dataclass(frozen=True, slots=True)
class Model:
    """A table as a program knows it: its columns, and what an ordinary insert says of each."""

    table: str
    key: str | None
    columns: tuple[str, ...]
    values: Mapping[str, Any]
    """Without the columns that the database fills by itself; None where NULL is allowed."""
    settable: tuple[str, ...]


COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, NULL), a.attnotnull,
       a.atthasdef OR a.attidentity <> '', a.attgenerated <> '' OR a.attidentity = 'a',
       EXISTS (SELECT 1 FROM pg_constraint k
               WHERE k.conrelid = c.oid AND k.contype = 'f' AND a.attnum = ANY(k.conkey)),
       EXISTS (SELECT 1 FROM pg_constraint k
               WHERE k.conrelid = c.oid AND k.contype = 'p' AND a.attnum = ANY(k.conkey)),
       (SELECT e.enumlabel FROM pg_enum e WHERE e.enumtypid = a.atttypid
        ORDER BY e.enumsortorder LIMIT 1)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
  AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY c.relname, a.attnum
"""

SAMPLES = {
    "bigint": 7,
    "boolean": True,
    "date": "2024-01-01",
    "timestamp without time zone": "2024-01-01 00:00",
    "timestamp with time zone": "2024-01-01 00:00+00",
    "uuid": "8dbf5bf6-6f4c-4a3a-9b43-0d4d2a1f8f0c",
    "jsonb": "{}",
    "json": "{}",
}


def models(connection: Any, case: Case) -> tuple[Model, ...]:
    """The models of a program that knows the schema as *connection* sees it now."""
    found: dict[str, list[Any]] = {}
    for table, *column in connection.execute(COLUMNS).fetchall():
        found.setdefault(table, []).append(column)
    return tuple(_model(table, columns, case.text) for table, columns in found.items())


def _model(table: str, columns: list[Any], text: str) -> Model:
    values: dict[str, Any] = {}
    key, settable = None, []
    for name, kind, demanded, filled, computed, foreign, primary, label in columns:
        if primary:
            key = name
        elif not computed:
            settable.append(name)
        if filled or computed:
            # SQLAlchemy leaves out what has a server_default.
            continue
        if not demanded:
            values[name] = None
        elif foreign:
            values[name] = 7
        else:
            known = text if kind in {"text", "character varying"} else SAMPLES.get(kind, 7777)
            values[name] = label or known
    return Model(table, key, tuple(c[0] for c in columns), values, tuple(settable))


def code_fails(connection: Any, program: tuple[Model, ...]) -> bool:
    """Whether SELECT, INSERT or UPDATE of *program* fails in the transaction of *connection*."""
    return not all(_works(connection, model) for model in program)


def _works(connection: Any, model: Model) -> bool:
    """Parameters are written into the text, as psycopg2 does; nothing of it stays."""
    table = sql.Identifier(model.table)
    names = sql.SQL(", ").join(map(sql.Identifier, model.columns))
    try:
        with connection.transaction(force_rollback=True):
            cursor = psycopg.ClientCursor(connection)
            row = cursor.execute(
                sql.SQL("SELECT {} FROM {} LIMIT 1").format(names, table)
            ).fetchone()
            inserted = sql.SQL(", ").join(map(sql.Identifier, model.values))
            marks = sql.SQL(", ").join([sql.Placeholder()] * len(model.values))
            text = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(table, inserted, marks)
            if not model.values:
                text = sql.SQL("INSERT INTO {} DEFAULT VALUES").format(table)
            cursor.execute(text, list(model.values.values()))
            if row is not None and model.key is not None and model.settable:
                known = dict(zip(model.columns, row, strict=True))
                changed = sql.SQL(", ").join(
                    sql.SQL("{} = {}").format(sql.Identifier(n), sql.Placeholder())
                    for n in model.settable
                )
                cursor.execute(
                    sql.SQL("UPDATE {} SET {} WHERE {} = {}").format(
                        table, changed, sql.Identifier(model.key), sql.Placeholder()
                    ),
                    [*(_written(known[n]) for n in model.settable), known[model.key]],
                )
    except psycopg.DatabaseError:
        return False
    return True


def _written(value: Any) -> Any:
    """A value that was read, as it is written back."""
    return json.dumps(value) if isinstance(value, dict) else value


# -- the table ------------------------------------------------------------------------------


def differences(case: Case) -> list[str]:
    """Cells in which reading and measurement differ, in words."""
    return differing(claimed(case), measured(case))


def page(cells: Mapping[str, Cell]) -> str:
    """The table as a page of the documentation."""
    lines = [
        "# What Alembic's operations do to tables in use",
        "",
        f"Measured on PostgreSQL {server_version()} with Alembic {alembic.__version__} and SQLAlchemy {sa.__version__}:",
        "each body of `upgrade()` is run by Alembic on tables with rows; locks are read from `pg_locks`,",
        "rewrites from the tables' file nodes, scans from the statistics of the transaction; a second connection",
        "tries to read and write meanwhile, and SELECT, INSERT and UPDATE of a program that knows the old and of one",
        "that knows the new columns run on both schemas. Of SQL that is written by hand nobody's models know.",
        "The rules claim the same in every cell; `python -m tests.oracles.measure_alembic` compares.",
        "",
        *rows(cells),
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Measure everything; 1 where a cell differs."""
    cells, bad = all_measured(CASES, claimed, measured)
    print(
        f"{len(cells)} variants, {len(cells) * len(Cell.__dataclass_fields__)} cells, {bad} differ"
    )
    if "--write" in sys.argv:
        PAGE.write_text(page(cells))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
