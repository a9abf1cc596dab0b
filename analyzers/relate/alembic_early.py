"""New revisions that work on a table of another new line of revisions, and that nothing puts behind that."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from analyzers.relate.alembic_models import tables_of
from analyzers.relate.alembic_state import Tables
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
    Key,
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
    base, added = counterpart(facts.base, graph), facts.added(graph)
    if base is None:
        return
    changes = facts.merged.schema_changes(graph, added) if len(added) > 1 else ()
    makers = _makers(changes)
    apart = functools.cache(functools.partial(_apart, graph))
    on_base: Tables | None = None
    told: set[tuple[str, str]] = set()
    for revision, change in changes:
        for table in _needed(change):
            maker = makers.get(table)
            if maker is None or (revision.path, maker.path) in told:
                continue
            if not apart(revision.key, maker.key):
                continue
            if on_base is None:
                dialect = facts.merged.alembic_dialect(graph)
                on_base = tables_of(base, facts.base.alembic_bodies, dialect)
            if _is_known(on_base, table):
                continue
            if _LOOKS.search(facts.merged.tree.read(revision.path)):
                continue
            told.add((revision.path, maker.path))
            yield Early(revision, change, table, maker)


def _makers(changes: Iterable[tuple[Migration, SchemaChange]]) -> Mapping[str, Migration | None]:
    """The revision that makes each table; None where several may, or it may be there already."""
    found: dict[str, Migration | None] = {}
    for revision, change in changes:
        match change:
            case CreateTable(table=str(table)):
                sure = table not in found and not change.if_not_exists
                found[table] = revision if sure else None
            case RenameTable(new_name=table):
                found[table] = None
            case _:
                pass
    return found


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


def _apart(graph: MigrationGraph, one: Key, two: Key) -> bool:
    """Whether neither of two revisions waits for the other."""
    return two not in graph.ancestors(one) and one not in graph.ancestors(two)


def _is_known(tables: Tables, table: str) -> bool:
    """Whether a revision of the base makes *table*, or does something to it."""
    return tables.doubtful or table in tables.spoken or tables.get(table) is not None
