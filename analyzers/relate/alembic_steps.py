"""The changes of new Alembic revisions, each with its table as it was before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from analyzers.read.alembic.bodies import Bodies
from analyzers.relate.alembic_state import Tables
from analyzers.relate.graph import MigrationGraph
from analyzers.vocabulary import (
    AlterColumn,
    Column,
    CreateTable,
    Key,
    Migration,
    RenameTable,
    SchemaChange,
    Table,
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
            tables.play_all(bodies.read(graph.migrations[key].path, dialect).forward)
    made: dict[str, Key] = {}
    for migration in new:
        for change in bodies.read(migration.path, dialect).forward:
            state = tables.get(change.table)
            known = _with_before(change, state.columns if state else {})
            before = state.table() if state else None
            yield migration, known, before, made.get(change.table or "")
            tables.play(change)
            match change:
                case CreateTable(table=str(name)):
                    made.setdefault(name, migration.key)
                case RenameTable(table=str(name), new_name=renamed) if name in made:
                    made[renamed] = made.pop(name)
                case _:
                    pass


def _with_before(change: SchemaChange, columns: dict[str, Column]) -> SchemaChange:
    """An altered column with its state before; the revisions know better than ``existing_type``."""
    if not isinstance(change, AlterColumn):
        return change
    before = columns.get(change.after.name) or change.before
    if before is None:
        return change
    after = replace(
        before,
        type=change.after.type if change.sets_type else before.type,
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
