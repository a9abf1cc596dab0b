"""
What new migrations will execute, without a database: Django's own schema editor on static models.

Only Django's classes are built, from values that were read; nothing of the
repository is imported. Where a value or a name is known only when the migration
runs, the statement says so in a comment.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from typing import Any
from weakref import WeakKeyDictionary

from analyzers.plan.dialects import editor_of
from analyzers.plan.django_near import project_of
from analyzers.plan.django_objects import CannotWrite, django_object
from analyzers.read.django.migrations import Content
from analyzers.read.sql import read_sql
from analyzers.read.values import Call, Ref, Value
from analyzers.relate.django_state import DjangoState
from analyzers.relate.effect import BLOCKS_READS, BLOCKS_WRITES, Effect
from analyzers.relate.facts import Facts, Step
from analyzers.relate.locks import effects
from analyzers.results import Lock, SqlPreview
from analyzers.vocabulary import (
    AlterColumn,
    CreateTable,
    Framework,
    Key,
    Migration,
    Place,
    SchemaChange,
    StateOnly,
)

OPERATIONS = 200
"""Operations that are written out; a pull request with more is not read statement by statement."""


def previews(facts: Facts) -> tuple[SqlPreview, ...]:
    """The statements of every new migration that has any, with its locks, in order of application."""
    # What a backend of its own makes of an operation is not what Django's writes.
    made = () if facts.online else django_sql(facts)
    if facts.merged.alembic_graphs:
        # Loaded here: most projects have either Django or Alembic.
        from analyzers.plan.alembic_sql import alembic_sql

        made = (*made, *alembic_sql(facts))
    locks: dict[tuple[str, str], list[Step]] = {}
    for step in facts.steps:
        key = step.migration.key
        locks.setdefault((key.app, key.name), []).append(step)
    fresh = {s.change.table for s in facts.steps if isinstance(s.change, CreateTable)}
    return tuple(
        SqlPreview(
            app=p.app,
            migration=p.migration,
            dialect=p.dialect,
            assumed=p.assumed,
            statements=p.statements,
            locks=_locks(facts, locks.get((p.app, p.migration), ()), fresh),
        )
        for p in made
    )


def _locks(facts: Facts, steps: Iterable[Step], fresh: set[str | None]) -> tuple[Lock, ...]:
    found: dict[tuple[str, str], Lock] = {}
    for step in steps:
        if isinstance(step.change, StateOnly):
            continue
        for e in effects(
            step.change,
            step.table_before,
            step.database,
            facts.config.database_version,
            django=step.migration.framework is Framework.DJANGO,
        ):
            if e.table in fresh:
                continue
            known = found.get((e.table, e.mode))
            found[e.table, e.mode] = Lock(
                table=e.table,
                mode=e.mode,
                blocks_reads=e.blocks_reads,
                blocks_writes=e.blocks_writes,
                rewrites=e.rewrites or (known is not None and known.rewrites),
                scans=e.scans or (known is not None and known.scans),
            )
    return tuple(found[key] for key in sorted(found))


_written: WeakKeyDictionary[Facts, tuple[SqlPreview, ...]] = WeakKeyDictionary()
"""By review: a split asks for the statements of each unique constraint anew."""


def django_sql(facts: Facts) -> tuple[SqlPreview, ...]:
    """The statements of new Django migrations, as the configured database would get them."""
    if facts not in _written:
        _written[facts] = _django_sql(facts)
    return _written[facts]


def _django_sql(facts: Facts) -> tuple[SqlPreview, ...]:
    dialect, assumed = facts.database, facts.said_database is None
    graph = facts.merged.django_graph
    new = {m.key for m in facts.added(graph) if not m.replaces}
    if not new:
        return ()
    labels = {app.name: app.label for app in facts.merged.django.apps}
    state, found, count = DjangoState(), [], 0
    for key in graph.order:
        migration, app = graph.migrations[key], labels.get(key.app, key.app)
        # A new file that cannot be read (too large, nested too deeply) has no statements to show.
        if key not in new or not isinstance(content := migration.content, Content):
            state.play(migration, app)
            continue
        count += len(content.operations)
        if count > OPERATIONS:
            break
        statements = tuple(_with_locks(_migration(migration, app, state, facts), facts, key))
        if statements:
            found.append(
                SqlPreview(
                    app=key.app,
                    migration=key.name,
                    dialect=dialect,
                    assumed=assumed,
                    statements=statements,
                )
            )
    return tuple(found)


def _with_locks(statements: Iterable[str], facts: Facts, key: Key) -> Iterator[str]:
    """Each statement with a comment of what it locks."""
    # What a change of type costs depends on what stands, and that no statement says.
    altered = {
        (step.change.table, step.change.after.name): step
        for step in facts.steps
        if step.migration.key == key and isinstance(step.change, AlterColumn)
    }
    for statement in statements:
        found: list[Effect] = []
        for change in _changes(statement, facts.database):
            step = (
                altered.get((change.table, change.after.name))
                if isinstance(change, AlterColumn) and change.sets_type
                else None
            )
            found += effects(
                step.change if step is not None else change,
                step.table_before if step is not None else None,
                facts.database,
                facts.config.database_version,
                django=False,
            )
        if facts.database in {"mysql", "mariadb"}:
            # One statement goes one way: the dearest that one of its parts needs.
            found = [e for e in found if e == _dearest(found, e.table)]
        said = dict.fromkeys(f"{e.table}: {e.mode}{_meaning(e.mode)}" for e in found)
        yield "".join(f"-- {mode}\n" for mode in said) + statement


def _changes(statement: str, database: str) -> Iterator[SchemaChange]:
    if not statement.startswith("--"):
        for change in read_sql(statement, Place(""), database):
            if not isinstance(change, CreateTable):
                yield change


def _dearest(found: Iterable[Effect], table: str) -> Effect:
    return max(
        (e for e in found if e.table == table),
        key=lambda e: (e.blocks_writes, e.rewrites, e.scans),
    )


def _meaning(mode: str) -> str:
    if mode in BLOCKS_READS:
        return " (reads and writes wait)"
    return " (writes wait)" if mode in BLOCKS_WRITES else ""


def _migration(migration: Migration, app: str, state: DjangoState, facts: Facts) -> Iterator[str]:
    content = migration.content
    assert isinstance(content, Content)
    user = facts.views[1].user_model or "auth.User"
    from analyzers.relate import django_stand_ins

    django_stand_ins.configure(user)
    from django.conf import settings

    settings.DEFAULT_AUTO_FIELD = (
        facts.views[1].settings.default_auto_field or "django.db.models.BigAutoField"
    )
    editor = editor_of(facts.database, facts.config.database_version)
    for operation in content.operations:
        before = len(editor.collected_sql)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                _play(operation.call, app, state, editor, user)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever Django refuses is shown as not written
            del editor.collected_sql[before:]
            reason = _reason(error)
            name = operation.name.rpartition(".")[2] or "an operation"
            editor.collected_sql.append(f"-- {name}: not written out: {reason}")
        state.apply(operation.call, app)
    try:
        for statement in editor.deferred_sql:
            editor.execute(statement, None)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - as above
        editor.collected_sql.append("-- indexes and constraints that cannot be written out")
    for line in editor.collected_sql:
        text = line.strip()
        if text:
            yield text if text.startswith("--") else text.rstrip(";") + ";"


def _reason(error: Exception) -> str:
    """Why an operation is not written out."""
    if isinstance(error, CannotWrite):
        return str(error)
    refused = "Modifying GeneratedFields is not supported"
    if isinstance(error, ValueError) and str(error).startswith(refused):
        return f"Django refuses it: {refused}"
    return "it needs the database"


def _play(call: Value, app: str, state: DjangoState, editor: Any, user: str) -> None:
    if not isinstance(call, Call):
        raise CannotWrite("it is put together at run time")
    name = call.func.rpartition(".")[2]
    if name == "RunPython":
        code = call.args[0] if call.args else call.get("code")
        text = code.name.rpartition(".")[2] if isinstance(code, Ref) else "..."
        if text != "noop":
            editor.collected_sql.append(f"-- Python code: {text}")
        return
    if name in {"AlterModelOptions", "AlterModelManagers"}:
        return
    options = call.get("options")
    if name == "CreateModel" and isinstance(options, dict) and options.get("proxy"):
        return
    operation = django_object(call, app)
    project = project_of(state, app, call, user)
    if editor.connection.vendor == "sqlite":
        # A copied table has its columns in the order in which the fields were made: those of before first.
        assert project.apps
    after = project.clone()
    operation.state_forwards(app, after)
    operation.database_forwards(app, editor, project, after)
