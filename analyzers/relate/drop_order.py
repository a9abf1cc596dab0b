"""Tables that a ``downgrade()`` drops while others still refer to them: PostgreSQL and MySQL refuse."""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.frozen import dataclass
from analyzers.relate.alembic_models import tables_of
from analyzers.relate.alembic_state import Tables
from analyzers.relate.facts import Facts
from analyzers.relate.graph import MigrationGraph
from analyzers.vocabulary import (
    ConstraintKind,
    DropTable,
    Migration,
    RunCode,
    RunStatement,
    UnknownChange,
)


@dataclass(frozen=True, slots=True)
class Refused:
    """A table that cannot be dropped where it is, and one of those that refer to it."""

    migration: Migration
    dropped: DropTable
    by: str


def refused_drops(facts: Facts) -> tuple[Refused, ...]:
    """The first such drop of each new revision's way back, newest revision first."""
    return tuple(found for graph in facts.merged.alembic_graphs for found in _refused(facts, graph))


def _refused(facts: Facts, graph: MigrationGraph) -> Iterator[Refused]:
    new = facts.added(graph)
    dialect = facts.merged.alembic_dialect(graph)
    bodies = facts.merged.alembic_bodies
    backs = [(migration, bodies.read(migration.path, dialect).back or ()) for migration in new]
    if dialect == "sqlite" or not any(isinstance(c, DropTable) for _, back in backs for c in back):
        return
    tables = tables_of(graph, bodies, dialect)
    for migration, back in reversed(backs):
        for change in back:
            if isinstance(change, UnknownChange | RunStatement | RunCode):
                # It may take away what refers to the table.
                return
            if isinstance(change, DropTable) and not change.cascade:
                by = _referring(tables, change.table)
                if by is not None:
                    yield Refused(migration, change, by)
                    return
            tables.play(change)


def _referring(tables: Tables, dropped: str | None) -> str | None:
    """Another table with a foreign key to *dropped* for certain."""
    for name, state in sorted(tables.tables.items()):
        if name == dropped or dropped is None or ConstraintKind.FOREIGN_KEY in state.doubtful:
            continue
        if any(
            c.references is not None and c.references.table == dropped
            for c in state.constraints
            if c.kind is ConstraintKind.FOREIGN_KEY
        ):
            return name
    return None
