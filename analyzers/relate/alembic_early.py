"""New revisions that work on a table of another new line of revisions, and that nothing puts behind that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from analyzers.relate.alembic_models import tables_of
from analyzers.relate.facts import Facts
from analyzers.relate.graph import MigrationGraph
from analyzers.relate.snapshot import counterpart
from analyzers.vocabulary import (
    AddColumn,
    AddConstraint,
    AddIndex,
    AlterColumn,
    CreateTable,
    DropColumn,
    Migration,
    RenameColumn,
    RenameTable,
    SchemaChange,
)

_LOOKS = re.compile(rb"has_table|get_table_names|inspect\s*\(|if\s+exists|reflect", re.IGNORECASE)
"""A revision that asks which tables are there may do without."""


class Early(NamedTuple):
    """A change, the table that it needs, and the revision of another line that makes this."""

    revision: Migration
    change: SchemaChange
    table: str
    maker: Migration


def too_early(facts: Facts, graph: MigrationGraph) -> Iterator[Early]:
    """
    The changes of *graph*'s new revisions that may be run before their table is there, one for each pair of revisions.

    Only tables that nothing on the base speaks of, and that one new revision makes for
    certain: of others another one may be there before.
    """
    added = facts.added(graph)
    changes = facts.merged.schema_changes(graph, added) if len(added) > 1 else ()
    makers: dict[str, list[Migration]] = {}
    for revision, change in changes:
        match change:
            case CreateTable(table=str(table)):
                # Where it may be there already, something else may have made it.
                sure = [] if change.if_not_exists else [revision]
                makers[table] = [*makers.get(table, []), *(sure or (revision, revision))]
            case RenameTable(new_name=table):
                makers[table] = [*makers.get(table, []), revision, revision]
            case _:
                pass
    told: set[tuple[str, str]] = set()
    for revision, change in changes:
        for table in _needed(change):
            made = makers.get(table, [])
            if len(made) != 1 or (revision.path, made[0].path) in told:
                continue
            (maker,) = made
            if not _apart(graph, revision, maker) or _known(facts, graph, table):
                continue
            if _LOOKS.search(facts.merged.tree.read(revision.path)):
                continue
            told.add((revision.path, maker.path))
            yield Early(revision, change, table, maker)


def _needed(change: SchemaChange) -> Iterator[str]:
    """The tables that have to be there for *change*."""
    match change:
        case CreateTable(constraints=constraints):
            yield from (c.references.table for c in constraints if c.references is not None)
        case AddConstraint(table=str(table), constraint=constraint):
            yield table
            if constraint.references is not None:
                yield constraint.references.table
        case AddColumn() | AddIndex() | AlterColumn() | DropColumn() | RenameColumn():
            if change.table is not None:
                yield change.table
        case _:
            pass


def _apart(graph: MigrationGraph, one: Migration, two: Migration) -> bool:
    """Whether neither of two revisions waits for the other."""
    return two.key not in graph.ancestors(one.key) and one.key not in graph.ancestors(two.key)


def _known(facts: Facts, graph: MigrationGraph, table: str) -> bool:
    """Whether a revision of the base makes *table*, or does something to it."""
    base = counterpart(facts.base, graph)
    if base is None:
        return True
    tables = tables_of(base, facts.base.alembic_bodies, facts.merged.alembic_dialect(graph))
    return tables.doubtful or table in tables.spoken or tables.get(table) is not None
