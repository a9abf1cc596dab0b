"""
The rule table against a real PostgreSQL.

Each case's source is run by Django's own schema editor on tables with rows,
and read by the product; every cell of both must agree.

    python -m tests.oracles.measure            prints the disagreements
    python -m tests.oracles.measure --write    writes docs/measured-operations.md
    python -m tests.oracles.measure --json FILE    writes the cells for ``measure_versions``
"""

from __future__ import annotations

import datetime
import decimal
import functools
import json
import sys
import threading
import time
import uuid
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import django
import psycopg

from analyzers.config import Config, DjangoConfig
from analyzers.read.cache import MemoryCache
from analyzers.relate.facts import Facts
from analyzers.trees import Comparison, MemoryTree
from tests.oracles.django_connection import models_with_tables, opened
from tests.oracles.measure_cases import BASE, CASES, FILL, HEAD, Case, there_since
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

TABLES = ("shop_author", "shop_item", "shop_item_tags", "shop_kind", "shop_label", "shop_tag")
PAGE = Path(__file__).parents[2] / "docs/measured-operations.md"


def source(operations: str, parents: str = "", atomic: bool = True) -> str:
    """A migration's file, as the Django that is installed has it."""
    if django.VERSION < (5, 1):
        operations = operations.replace("CheckConstraint(condition=", "CheckConstraint(check=")
    return (
        f"{HEAD}\nclass Migration(migrations.Migration):\n    atomic = {atomic}\n"
        f"    dependencies = [{parents}]\n    operations = [\n{operations}\n    ]\n"
    )


# -- what the product says --------------------------------------------------------------


def claimed(case: Case) -> Cell:
    """The product's reading of *case*: effects of all its changes together."""
    base = {
        "shop/migrations/__init__.py": "",
        "shop/migrations/0001_initial.py": source(BASE),
        "shop/migrations/0002_before.py": source(case.before, '("shop", "0001_initial")'),
    }
    new = {
        "shop/migrations/0003_case.py": source(
            case.operations, '("shop", "0002_before")', case.atomic
        )
    }
    before, after = MemoryTree(base), MemoryTree({**base, **new})
    comparison = Comparison(merge_base=before, base=before, head=after, merged=after)
    config = Config(
        database_version=server_version(), django=DjangoConfig(version=django.get_version())
    )
    facts = Facts(comparison, config, MemoryCache())
    return claims(facts, TABLES)


# -- what the server does -----------------------------------------------------------------


@functools.cache
def django_ready() -> None:
    """Django without a project, on the server of this process."""
    from django.conf import settings

    if not settings.configured:
        settings.configure(
            DATABASES={
                "default": {"ENGINE": "django.db.backends.postgresql", "NAME": "x", "HOST": "x"}
            },
            INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.postgres"],
            DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
            USE_TZ=True,
        )
    django.setup()


def connection_to(database: str) -> Any:
    """Django's connection to *database*."""
    from django.db.backends.postgresql.base import DatabaseWrapper

    parts = psycopg.conninfo.conninfo_to_dict(postgres.uri(database))

    class Wrapper(DatabaseWrapper):  # type: ignore[misc]
        def check_database_version_supported(self) -> None:
            """Older servers are measured as well."""

    return opened(
        Wrapper,
        ENGINE="django.db.backends.postgresql",
        NAME=database,
        USER=parts.get("user", ""),
        PASSWORD=parts.get("password", "") or "",
        HOST=parts.get("host", ""),
        PORT=str(parts.get("port", "") or ""),
        DISABLE_SERVER_SIDE_CURSORS=False,
    )


def migration(text: str, name: str) -> Any:
    """The migration of *text*, a constant of this repository, as Django's object."""
    space: dict[str, Any] = {"__name__": f"shop.migrations.{name}"}
    exec(compile(text, name, "exec"), space)  # our own constant
    return space["Migration"](name, "shop")


OLD_UUID = """CREATE FUNCTION gen_random_uuid() RETURNS uuid VOLATILE LANGUAGE sql
AS 'SELECT md5(random()::text)::uuid'"""
"""What PostgreSQL has had since 13."""


@functools.cache
def template() -> tuple[str, Any]:
    """A database with the base tables and rows, and the state of its models."""
    from django.db.migrations.state import ProjectState

    django_ready()
    name = "measure_template"
    with psycopg.connect(postgres.uri(), autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {name}")
        admin.execute(f"CREATE DATABASE {name}")
        old = admin.info.server_version < 130000
    if old:
        with psycopg.connect(postgres.uri(name), autocommit=True) as filling:
            filling.execute(OLD_UUID)
    with closing(connection_to(name)) as connection:
        state = ProjectState()
        with connection.schema_editor() as editor:
            state = migration(source(BASE), "0001_initial").apply(state, editor)
    with psycopg.connect(postgres.uri(name), autocommit=True) as filling:
        for statement in FILL:
            filling.execute(statement)
        filling.execute("VACUUM ANALYZE")
    return name, state


def measured(case: Case) -> Cell:
    """What really happens."""
    name, base_state = template()
    with postgres.fresh_database(name) as database:
        with closing(connection_to(database)) as connection:
            state = base_state.clone()
            if case.before:
                with connection.schema_editor() as editor:
                    state = migration(source(case.before), "0002_before").apply(state, editor)
        with psycopg.connect(postgres.uri(database), autocommit=True) as filling:
            for statement in case.fill:
                filling.execute(statement)
        ran = migration(source(case.operations, atomic=case.atomic), "0003_case")
        after = state.clone()
        for operation in ran.operations:
            operation.state_forwards("shop", after)
        new = code_fails(database, after)
        seen = _observed(database, ran, state, case)
        old = code_fails(database, state)
    return cell(seen.locks, seen.rewrites, seen.scans, old, new)


def _observed(database: str, ran: Any, state: Any, case: Case) -> Seen:
    seen = Seen()
    with (
        psycopg.connect(postgres.uri(database), autocommit=True) as side,
        closing(connection_to(database)) as connection,
    ):
        names: dict[int, str] = dict(side.execute(NAMES, [list(TABLES)]).fetchall())
        ids = list(names)
        before: dict[int, int] = dict(side.execute(FILES, [ids]).fetchall())
        connection.ensure_connection()
        pid = connection.connection.info.backend_pid

        def look() -> None:
            held = side.execute(LOCKS, [pid, ids]).fetchall()
            seen.take((names[relation], words(mode)) for relation, mode in held)

        if not case.atomic:
            _outside(database, ran, state, connection, look)
            with connection.cursor() as cursor:
                cursor.execute(FILES, [ids])
                after = dict(cursor.fetchall())
            seen.rewrites = {names[o] for o in ids if o in after and after[o] != before[o]}
            # What is built concurrently reads the table, under a lock that stops nobody.
            seen.scans = set(seen.locks)
            return seen
        with connection.schema_editor(atomic=True) as editor:
            ran.apply(state.clone(), editor)
            for statement in editor.deferred_sql:
                editor.execute(statement, None)
            editor.deferred_sql = []
            look()
            with connection.cursor() as cursor:
                cursor.execute(SCANS, [ids])
                seen.scans = {names[o] for o, count in cursor.fetchall() if count}
                cursor.execute(FILES, [ids])
                after = dict(cursor.fetchall())
            waiting(database, seen)
        seen.rewrites = {names[o] for o in ids if o in after and after[o] != before[o]}
    return seen


def _outside(database: str, ran: Any, state: Any, connection: Any, look: Any) -> None:
    """CONCURRENTLY waits for a writer: while it does, its lock is seen."""
    failed: list[Exception] = []

    def body() -> None:
        try:
            with connection.schema_editor(atomic=False) as editor:
                ran.apply(state.clone(), editor)
        except Exception as error:  # noqa: BLE001 - raised again where the thread is joined
            failed.append(error)

    connection.inc_thread_sharing()
    with psycopg.connect(postgres.uri(database)) as writer:
        writer.execute("DELETE FROM shop_item WHERE false")
        thread = threading.Thread(target=body)
        thread.start()
        for _ in range(40):
            time.sleep(0.01)
            look()
        writer.rollback()
    thread.join()
    if failed:
        raise failed[0]


# -- statements of a program with these models ----------------------------------------------


def code_fails(database: str, state: Any) -> bool:
    """Whether SELECT, INSERT, UPDATE of a program with the models of *state* fail on *database*."""
    with closing(connection_to(database)) as connection:
        return any(not works(connection, model) for model in models_with_tables(state))


def works(connection: Any, model: Any) -> bool:
    """Whether SELECT, INSERT, UPDATE of *model* run."""
    from django.db import DatabaseError, transaction

    try:
        with transaction.atomic():
            manager = model._base_manager
            list(manager.all()[:1])
            manager.create(**_values(model))
            row = manager.first()
            if len(model._meta.concrete_fields) > 1:
                row.save(force_update=True)
            transaction.set_rollback(True)
    except DatabaseError:
        return False
    return True


def _values(model: Any) -> dict[str, Any]:
    """What an ordinary insert says: nullable fields are left out, so that Django writes NULL."""
    from django.db.models import NOT_PROVIDED

    said: dict[str, Any] = {}
    for column in model._meta.concrete_fields:
        kind = column.get_internal_type()
        if "AutoField" in kind or kind == "OrderWrt" or getattr(column, "generated", False):
            continue
        kept = getattr(column, "db_default", None)  # Django 5.0
        if column.has_default() or column.null or kept not in (None, NOT_PROVIDED):
            continue
        said[column.attname] = _sample(column, kind)
    return said


def _sample(column: Any, kind: str) -> Any:
    if column.is_relation:
        return 1
    if kind == "UUIDField":
        return uuid.uuid4()
    if kind in {"CharField", "TextField", "SlugField"}:
        return "77"
    if kind == "DateField":
        return datetime.date(2024, 1, 1)
    if kind == "DateTimeField":
        return datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
    if kind == "DecimalField":
        return decimal.Decimal("1.25")
    return 7


# -- the table ------------------------------------------------------------------------------


def differences(case: Case) -> list[str]:
    """Cells in which reading and measurement differ, in words."""
    return differing(claimed(case), measured(case))


def page(cells: Mapping[str, Cell]) -> str:
    """The table as a page of the documentation."""
    lines = [
        "# What operations do to tables in use",
        "",
        f"Measured on PostgreSQL {server_version()} with Django {django.get_version()}: each operation is run by",
        "Django's schema editor on tables with rows; locks are read from `pg_locks`, rewrites from the",
        "tables' file nodes, scans from the statistics of the transaction; a second connection tries to read",
        "and write meanwhile, and the old and the new models' SELECT, INSERT and UPDATE run on both schemas.",
        "The rules claim the same in every cell; `python -m tests.oracles.measure` compares.",
        "",
        *rows(cells),
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Measure everything; 1 where a cell differs."""
    there, absent = [], []
    for case in CASES:
        since, server = there_since(case)
        if django.VERSION[:2] < since or int(server_version().partition(".")[0]) < server:
            absent.append(case.name)
        else:
            there.append(case)
    cells, bad = all_measured(there, claimed, measured)
    print(
        f"{len(cells)} variants, {len(cells) * len(Cell.__dataclass_fields__)} cells, {bad} differ"
        + (f", {len(absent)} not there" if absent else "")
    )
    if "--json" in sys.argv:
        made = {
            "postgresql": server_version(),
            "django": django.get_version(),
            "cells": {name: asdict(seen) for name, seen in cells.items()},
            "differ": bad,
            "absent": absent,
        }
        Path(sys.argv[sys.argv.index("--json") + 1]).write_text(json.dumps(made))
    if "--write" in sys.argv:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(page(cells))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
