"""The changes of new Alembic revisions, each with its table as it was before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from analyzers.read.alembic.bodies import Bodies
from analyzers.relate.alembic_state import Tables, with_what_is_lost
from analyzers.relate.graph import MigrationGraph
from analyzers.vocabulary import (
    AddColumn,
    AddConstraint,
    AlterColumn,
    Column,
    Constraint,
    CreateTable,
    DropConstraint,
    DropIndex,
    Index,
    Key,
    Migration,
    RenameTable,
    RunCode,
    RunStatement,
    SchemaChange,
    Table,
    UnknownChange,
)

Played = tuple[Migration, SchemaChange, Table | None, Key | None]
"""Revision, change, the table before it, and the new revision that made the table."""


def play_new(
    graph: MigrationGraph, new: Sequence[Migration], bodies: Bodies, dialect: str
) -> Iterator[Played]:
    """The forward changes of *new* (parents first), on the tables that the others have made."""
    fresh = {migration.key for migration in new}
    tables = Tables()
    for key in graph.order:
        if key not in fresh:
            tables.play_all(bodies.upgrade(graph.migrations[key].path, dialect))
    made: dict[str, Key] = {}
    for migration in new:
        nulls: set[tuple[str | None, str]] = set()
        for read in bodies.read(migration.path, dialect).forward:
            change = _named(read, tables)
            state = tables.get(change.table)
            known = _with_before(change, state.columns if state else {})
            known = _of_nulls(known, nulls)
            before = state.table() if state else None
            yield migration, known, before, made.get(change.table or "")
            tables.play(change)
            match change:
                case CreateTable(table=str(name)) | RunStatement(kind="creates", table=str(name)):
                    made.setdefault(name, migration.key)
                case RenameTable(table=str(name), new_name=renamed) if name in made:
                    made[renamed] = made.pop(name)
                case _:
                    pass


def _named(change: SchemaChange, tables: Tables) -> SchemaChange:
    """An index that is dropped with its table; a constraint that is dropped with what it was."""
    match change:
        case DropIndex(table=None, index=Index(name=str(name))):
            owners = [t.name for t in tables.tables.values() if t.bare(name) in t.indexes]
            return replace(change, table=owners[0]) if len(owners) == 1 else change
        case DropConstraint(constraint=constraint):
            state = tables.get(change.table)
            known = state.constraint(constraint.name) if state is not None else None
            return (
                change
                if known is None
                else replace(change, constraint=replace(known, name=constraint.name))
            )
        case _:
            return change


def _of_nulls(change: SchemaChange, nulls: set[tuple[str | None, str]]) -> SchemaChange:
    """*change*, told whether its columns are NULL in every row; *nulls* is kept up to date."""
    match change:
        case AddColumn(column=column):
            if column.null and column.server_default is None and column.generated is None:
                nulls.add((change.table, column.name))
        case RunStatement() | RunCode() | UnknownChange():
            nulls.clear()
        case AddConstraint(constraint=Constraint(columns=names)) if names:
            return replace(change, nulls=all((change.table, name) in nulls for name in names))
        case _:
            pass
    return change


def _with_before(change: SchemaChange, columns: dict[str, Column]) -> SchemaChange:
    """An altered column with its state before; the revisions know better than ``existing_type``."""
    if not isinstance(change, AlterColumn):
        return change
    before = columns.get(change.after.name) or change.before
    if before is None:
        return change
    if change.after.name in columns:
        change = with_what_is_lost(before, change)
    after = replace(
        before,
        type=change.after.type if change.sets_type else before.type,
        makes_type=(change.after.makes_type if change.sets_type else None) or before.makes_type,
        null=change.after.null if change.sets_null else before.null,
        server_default=(
            change.after.server_default if change.sets_default else before.server_default
        ),
        server_default_volatile=(
            change.after.server_default_volatile
            if change.sets_default
            else before.server_default_volatile
        ),
    )
    return replace(change, before=before, after=after)
