"""One change played forward and back on a real PostgreSQL, and what is different then."""

from __future__ import annotations

import functools
import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import psycopg

from tests.oracles.measure import connection_to, migration, source, template, works
from tests.oracles.measure_back_cases import TABLES, Revision
from tests.oracles.measure_cases import FILL, Case
from tests.support import postgres


@dataclass(frozen=True)
class Back:
    """What happens on the way back; names are tables, or ``table.column``."""

    ends: str = "works"
    """``works``, ``stops`` (with rows that were there before), ``refuses`` (Django has no way back)."""
    may_stop: bool = False
    """Whether values that only the new schema takes make the way back fail."""
    loses: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    stays: bool = False
    """The schema after the way back is not the one before."""
    old_code_fails: bool = False
    """With the schema of the new code: the code alone rolled back."""
    fails_after: bool = False
    """Old code fails even after the way back."""


Rows = Mapping[str, Mapping[str, tuple[Any, ...]]]
"""Values by table and column, in the order of the primary key."""

COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attgenerated = '',
       coalesce(pg_get_expr(d.adbin, d.adrelid), '')
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY 1, 2
"""
RULES = """
SELECT c.relname, k.contype::text || ' ' || k.convalidated::text || ' ' || pg_get_constraintdef(k.oid),
       ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = c.oid AND attnum = ANY(k.conkey))
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
WHERE c.relnamespace = 'public'::regnamespace
UNION ALL
SELECT c.relname, regexp_replace(pg_get_indexdef(i.indexrelid), 'INDEX \\S+ ON', 'INDEX ON'),
       ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = c.oid AND attnum = ANY(i.indkey))
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
"""


@dataclass(frozen=True)
class Schema:
    columns: tuple[tuple[Any, ...], ...]
    rules: tuple[tuple[str, str, tuple[str, ...]], ...]

    def names(self) -> set[tuple[str, str]]:
        return {(c[0], c[1]) for c in self.columns}


def schema(connection: Any) -> Schema:
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS)
        columns = tuple(cursor.fetchall())
        cursor.execute(RULES)
        rules = sorted((t, r, tuple(sorted(c))) for t, r, c in cursor.fetchall())
    return Schema(columns, tuple(rules))


def rows(connection: Any, said: Schema) -> Rows:
    found: dict[str, dict[str, tuple[Any, ...]]] = {}
    with connection.cursor() as cursor:
        for table in sorted({c[0] for c in said.columns}):
            names = [c[1] for c in said.columns if c[0] == table]
            listed = ", ".join(f'"{n}"::text' for n in names)
            order = "ORDER BY id" if "id" in names else ""
            cursor.execute(f'SELECT {listed} FROM "{table}" {order}')
            values = cursor.fetchall()
            found[table] = {n: tuple(row[i] for row in values) for i, n in enumerate(names)}
    return found


def different(before: Rows, after: Rows, known: set[tuple[str, str]]) -> set[str]:
    """Tables without the rows that they had, columns without the values; new names keep them."""
    moved = [set(v.items()) for t, v in after.items() if t not in before]
    lost = set()
    for table, columns in before.items():
        now = after.get(table, {})
        count = len(next(iter(columns.values()), ()))
        if count and not any(now.values()):
            if set(columns.items()) not in moved:
                lost.add(table)
            continue
        renamed = {v for c, v in now.items() if c not in columns}
        for column, values in columns.items():
            kept = now.get(column) == values or (column not in now and values in renamed)
            if (table, column) in known and not kept:
                lost.add(f"{table}.{column}")
    return lost


def rare(column: tuple[Any, ...]) -> tuple[str, ...]:
    """The rarest values of a column's type, as SQL."""
    kind = column[2]
    size = kind.partition("(")[2].partition(")")[0]
    numbers = {
        "smallint": ("32767", "-5"),
        "integer": ("2147483647", "-5"),
        "bigint": ("9223372036854775807", "-5"),
    }
    if kind in numbers:
        return ("NULL", *numbers[kind], "21", "1", "2")
    if kind.startswith("character varying") or kind == "text":
        length = int(size) if size else 300
        return ("NULL", f"repeat('y', {length})", "'a b'", "' 1'", "'007'")
    if kind.startswith("numeric"):
        digits, _, places = size.partition(",")
        return ("NULL", "9" * (int(digits) - int(places)), "1." + "9" * int(places))
    if kind.startswith("timestamp"):
        return ("NULL", "'2024-02-29 23:59:59.123456+00'")
    return {
        "double precision": ("NULL", "1e300", "0.1234567"),
        "date": ("NULL", "'2024-02-29'"),
        "uuid": ("NULL", "gen_random_uuid()"),
        "jsonb": ("NULL", """'{"a": 1}'"""),
        "boolean": ("NULL", "true"),
        "integer[]": ("NULL", "'{1}'"),
    }.get(kind, ("NULL",))


def attempts(one: Schema, other: Schema) -> Iterator[str]:
    """
    Statements that write, on schema *one*, what *other* may not take.

    Only columns whose definition or whose rules differ are written to; tables
    that only *one* has get two rows first.
    """
    rules = {(t, r) for t, r, _ in one.rules} ^ {(t, r) for t, r, _ in other.rules}
    ruled = {(t, c) for t, r, cs in (*one.rules, *other.rules) if (t, r) in rules for c in cs}
    there = set(other.columns)
    tables = {c[0] for c in other.columns}
    new = "".join(f"{_two_rows(t, one)}; " for t in sorted({c[0] for c in one.columns} - tables))
    if new:
        yield new
    for column in one.columns:
        table, name, kind, _, plain, _ = column
        if table not in tables:
            continue
        ruling = (table, name) in ruled and name != "id"
        if (column in there and not ruling) or not plain:
            continue
        for value in rare(column):
            yield f'{new}UPDATE "{table}" SET "{name}" = {value} WHERE id = 1'
        yield f'{new}UPDATE "{table}" SET "{name}" = {rare(column)[-1]} WHERE id IN (19, 20)'
        if kind.startswith("character") or kind == "text":
            yield f'UPDATE "{table}" SET "{name}" = upper("{name}")'
    # Rows that break the other's rules together: duplicates of several columns.
    groups = {(t, cs) for t, r, cs in (*one.rules, *other.rules) if (t, r) in rules and len(cs) > 1}
    for table, columns in sorted(groups):
        if {(table, c) for c in columns} <= one.names():
            pairs = ", ".join(
                f'"{c}" = (SELECT "{c}" FROM "{table}" WHERE id = 2)' for c in columns if c != "id"
            )
            yield f'UPDATE "{table}" SET {pairs} WHERE id = 1'


def _two_rows(table: str, said: Schema) -> str:
    columns = [c for c in said.columns if c[0] == table and c[3] and not c[5] and c[1] != "id"]
    if not columns:
        return f'INSERT INTO "{table}" DEFAULT VALUES; INSERT INTO "{table}" DEFAULT VALUES'
    names = ", ".join(f'"{c[1]}"' for c in columns)
    values = [", ".join(rare(c)[which] for c in columns) for which in (-1, -2)]
    return "; ".join(f'INSERT INTO "{table}" ({names}) VALUES ({v})' for v in values)


@contextmanager
def tried() -> Iterator[None]:
    """Whatever happens inside is taken back."""
    from django.db import transaction

    with transaction.atomic():
        yield
        transaction.set_rollback(True)


class Stage:
    """One case on one connection: every try starts from the schema before, and is taken back."""

    def __init__(
        self, connection: Any, state: Any, forward: Callable[[], None], back: Callable[[], None]
    ) -> None:
        self.connection, self.state = connection, state
        self.forward, self.back = forward, back
        self.failed_before = self.code_fails()

    def works(self, way: Callable[[], None]) -> bool:
        """Whether *way* can be gone; where it cannot, nothing of it is left."""
        from django.db import DatabaseError, transaction

        try:
            with transaction.atomic():
                way()
        except DatabaseError:
            return False
        return True

    def takes(self, statement: str) -> bool:
        """Whether the schema takes *statement*."""

        def write() -> None:
            with self.connection.cursor() as cursor:
                cursor.execute(statement)
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

        return self.works(write)

    def rows(self) -> Rows:
        return rows(self.connection, schema(self.connection))

    def code_fails(self) -> bool:
        """Whether a program with the models of before fails."""
        for model in self.state.clone().apps.get_models(include_auto_created=True):
            meta = model._meta
            ours = meta.app_label == "shop" and meta.managed and not meta.proxy
            if ours and not works(self.connection, model):
                return True
        return False


@functools.cache
def _database(name: str) -> tuple[str, Any]:
    """A database with rows that every case plays in, and the state of its models."""
    made, state = template()
    database = f"{made}_{name}"
    with psycopg.connect(postgres.uri(), autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {database}".encode())
        from_django = f" TEMPLATE {made}" if name == "back" else ""
        admin.execute(f"CREATE DATABASE {database}{from_django}".encode())
    if name == "revisions":
        with psycopg.connect(postgres.uri(database), autocommit=True) as filling:
            for statement in (revision_sql(TABLES), *FILL):
                filling.execute(statement.encode())
    return database, state


@contextmanager
def stage(case: Case | Revision) -> Iterator[Stage]:
    """The case prepared; in a transaction that is taken back, where it can run in one."""
    name, state = _database("back" if isinstance(case, Case) else "revisions")
    where = nullcontext(name) if case.atomic else postgres.fresh_database(name)
    with (
        where as database,
        closing(connection_to(database)) as connection,
        tried() if case.atomic else nullcontext(),
    ):
        forward, back, known = (
            _by_django(connection, case, state.clone())
            if isinstance(case, Case)
            else _by_alembic(connection, case, state)
        )
        with connection.cursor() as cursor:
            for statement in case.fill:
                cursor.execute(statement)
            if case.atomic:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        yield Stage(connection, known, forward, back)


Ways = tuple[Callable[[], None], Callable[[], None], Any]
"""Forward, back, and the state of the models before."""


def _by_django(connection: Any, case: Case, state: Any) -> Ways:
    if case.before:
        with connection.schema_editor(atomic=case.atomic) as editor:
            state = migration(source(case.before), "0002_before").apply(state, editor)
    ran = migration(source(case.operations, atomic=case.atomic), "0003_case")

    def forward() -> None:
        with connection.schema_editor(atomic=case.atomic) as editor:
            ran.apply(state.clone(), editor)

    def back() -> None:
        with connection.schema_editor(atomic=case.atomic) as editor:
            ran.unapply(state.clone(), editor)

    return forward, back, state


def revision_sql(body: str) -> str:
    """What Alembic executes for *body*, a constant of this repository."""
    import sqlalchemy as sa
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    out = io.StringIO()
    context = MigrationContext.configure(
        dialect_name="postgresql",
        opts={"as_sql": True, "output_buffer": out, "literal_binds": True},
    )
    exec(body, {"op": Operations(context), "sa": sa})  # our own constant
    return out.getvalue()


def _by_alembic(connection: Any, case: Revision, state: Any) -> Ways:
    def run(body: str) -> None:
        if sql := revision_sql(body):
            with connection.cursor() as cursor:
                cursor.execute(sql)

    def back() -> None:
        if not revision_sql(case.downgrade):
            raise NotImplementedError("what undoes nothing is no way back")
        run(case.downgrade)

    run(case.before)
    return lambda: run(case.upgrade), back, state


def measured(case: Case | Revision) -> Back:
    """What really happens."""
    with stage(case) as play:
        return _atomic(play) if case.atomic else _stepwise(play)


def _stepwise(play: Stage) -> Back:
    """Outside a transaction: what runs concurrently loses nothing, so once is enough."""
    before = schema(play.connection)
    play.forward()
    alone = play.code_fails()
    play.back()
    return Back(stays=schema(play.connection) != before, old_code_fails=alone)


def _atomic(play: Stage) -> Back:
    from django.db.migrations.exceptions import IrreversibleError

    before = schema(play.connection)
    ends, stays, still = "works", False, False
    with tried():
        play.forward()
        after = schema(play.connection)
        alone = play.code_fails()
        try:
            if play.works(play.back):
                stays = schema(play.connection) != before
                still = play.code_fails() and not play.failed_before
            else:
                ends = "stops"
        except (IrreversibleError, NotImplementedError):
            ends = "refuses"
    if ends == "refuses":
        return Back(ends=ends, old_code_fails=alone)
    loses, may_stop = _written_by_new_code(play, before, after)
    return Back(
        ends=ends,
        may_stop=may_stop and ends == "works",
        loses=tuple(sorted(loses)),
        gone=tuple(sorted(_gone(play, before, after))),
        stays=stays,
        old_code_fails=alone,
        fails_after=still,
    )


def _written_by_new_code(play: Stage, before: Schema, after: Schema) -> tuple[set[str], bool]:
    lost: set[str] = set()
    stops = False
    twice: set[str] = set()
    for statement in ("SELECT 1", *attempts(after, before)):
        with tried():
            play.forward()
            if not play.takes(statement):
                continue
            there = play.rows()
            if not play.works(play.back):
                stops = True
            elif schema(play.connection) == before and play.works(play.forward):
                found = different(there, play.rows(), after.names())
                if statement == "SELECT 1":
                    # What runs twice changes rows twice: nothing is lost by that.
                    twice = {name for name in found if tuple(name.split(".")) in before.names()}
                lost |= found - twice
    return lost, stops


def _gone(play: Stage, before: Schema, after: Schema) -> set[str]:
    lost: set[str] = set()
    for statement in ("SELECT 1", *attempts(before, after)):
        with tried():
            if not play.takes(statement):
                continue
            there = play.rows()
            if play.works(play.forward):
                # Where the way back stops, what is left is what the new schema holds.
                play.works(play.back)
                lost |= different(there, play.rows(), before.names())
    return lost
