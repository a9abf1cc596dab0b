"""Constraints that a new revision drops by a name which PostgreSQL has for none of the table's."""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzers import limits
from analyzers.frozen import dataclass
from analyzers.relate.alembic_state import Tables, TableState, names_of
from analyzers.relate.enum_types import on_postgresql
from analyzers.relate.facts import Facts, Step
from analyzers.relate.graph import MigrationGraph
from analyzers.relate.snapshot import Snapshot
from analyzers.vocabulary import (
    Constraint,
    ConstraintKind,
    CreateTable,
    DropConstraint,
    Migration,
    Place,
    RenameColumn,
    RenameTable,
    RunCode,
    RunStatement,
    SchemaChange,
    UnknownChange,
)

_LONGEST = 63
"""Bytes of a name in PostgreSQL, which cuts off the rest."""
_OPEN = re.compile(r"constraint|\bdo\b|\.\.\.|%s|\{", re.IGNORECASE)
"""What a statement may do to constraints that is not read, or that is left open."""
_MADE_UP = re.compile(
    rb"(?<!\w)name\s*=\s*+(?!(?:op\.f\(\s*)?[uUrR]?[\"']|None\b)|\*\*\w"
    rb"|\bcreate_(?:unique_constraint|check_constraint|foreign_key|primary_key|exclude_constraint)"
    rb"\(\s*+(?!(?:op\.f\(\s*)?[uUrR]?[\"']|None\b|\))"
    rb"|(?i:\badd\s+column\b[^;]{0,500}\bconstraint\b)"
)
"""A name of a constraint that no text says, put together or from elsewhere; or one that SQL says of a column."""
_KINDS = frozenset({ConstraintKind.UNIQUE, ConstraintKind.FOREIGN_KEY, ConstraintKind.PRIMARY_KEY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """A constraint that is dropped and is not there."""

    step: Step
    name: str
    alike: str | None
    """What the only constraint of that kind is called."""


def absent_constraints(facts: Facts) -> Iterator[Absent]:
    """The drops of constraints, of those that are not ``IF EXISTS``, that PostgreSQL refuses for certain."""
    for graph in facts.merged.alembic_graphs:
        wanted = {
            (step.migration.path, step.change.place): step
            for step in facts.steps
            if step.migration.key in graph.migrations and _is_candidate(step)
        }
        if wanted and on_postgresql(facts.merged, graph) and not _is_named_by_rule(facts.merged):
            for found in _dropped(facts.merged, graph, wanted):
                if not _is_spoken_of(facts.base, found.name):
                    yield found


def _is_candidate(step: Step) -> bool:
    """Whether *step* drops a constraint that the revisions before it are not seen to make."""
    match step.change:
        case DropConstraint(if_exists=False, table=str(), constraint=constraint):
            before = step.table_before
            return (
                step.database == "postgresql"
                and constraint.name is not None
                and not constraint.columns
                and constraint.expression is None
                and before is not None
                and before.complete
                # PostgreSQL 18 names what forbids NULL.
                and not constraint.name.endswith("_not_null")
            )
        case _:
            return False


def _dropped(
    side: Snapshot, graph: MigrationGraph, wanted: dict[tuple[str, Place], Step]
) -> Iterator[Absent]:
    """Which of the *wanted* drops find no constraint, going through all revisions in order."""
    tables = Tables()
    made: set[str] = set()
    for key in graph.order:
        migration = graph.migrations[key]
        if _MADE_UP.search(side.tree.read(migration.path)):
            return
        for change in _changes(side, migration):
            step = wanted.get((migration.path, change.place))
            if step is not None and isinstance(change, DropConstraint) and change.table in made:
                found = _absent(tables, step, change)
                if found is not None:
                    yield found
            if _is_open(change):
                return
            match change:
                case CreateTable(table=str(name), if_not_exists=False):
                    made.add(name)
                case RenameTable(table=old, new_name=new):
                    # Constraints keep the names that were made of the old one.
                    made -= {old, new}
                case RenameColumn(table=str(name)):
                    made.discard(name)
                case _:
                    pass
            tables.play(change)


def _changes(side: Snapshot, migration: Migration) -> tuple[SchemaChange, ...]:
    return side.alembic_bodies.upgrade(migration.path, "postgresql")


def _is_open(change: SchemaChange) -> bool:
    """Whether *change* may make constraints, or give them other names, without being read."""
    match change:
        case UnknownChange() | RunCode() | RunStatement(sql=None):
            return True
        case RunStatement(sql=str(sql)):
            return _OPEN.search(sql) is not None
        case _:
            return False


def _absent(tables: Tables, step: Step, change: DropConstraint) -> Absent | None:
    state, name = tables.get(change.table), change.constraint.name
    if state is None or name is None or tables.doubtful or state.doubtful or not state.complete:
        return None
    if any(c.name is None and not _is_named_by_columns(c) for c in state.constraints):
        return None
    names = [found for c in state.constraints for found in names_of(state.name, c)]
    names += _names_by_columns(state)
    if name in names or name in state.indexes or re.sub(r"\d+$", "", name) in names:
        return None
    if any(found is None or len(found.encode()) >= _LONGEST for found in (*names, name)):
        return None
    alike = [c for c in state.constraints if c.kind is change.constraint.kind]
    (called,) = names_of(state.name, alike[0]) if len(alike) == 1 else (None,)
    return Absent(step=step, name=name, alike=called)


def _names_by_columns(state: TableState) -> Iterator[str]:
    """What the constraints may be called that come with the columns, whichever these bring."""
    bare = state.name.rpartition(".")[2]
    yield f"{bare}_pkey"
    for column in state.columns:
        yield from (f"{bare}_{column}_{end}" for end in ("key", "fkey", "check", "excl"))


def _is_named_by_columns(constraint: Constraint) -> bool:
    """Whether what PostgreSQL calls *constraint*, which has no name, hangs on its columns alone, in each version."""
    if constraint.kind is ConstraintKind.FOREIGN_KEY:
        return len(constraint.columns) == 1
    return constraint.kind in _KINDS and bool(constraint.columns)


def _is_named_by_rule(side: Snapshot) -> bool:
    """Whether some ``MetaData`` may have a way of its own to name constraints, which revisions take over."""
    return any(b"naming_convention" in text for text in _sources(side, (".py",)))


def _is_spoken_of(base: Snapshot, name: str) -> bool:
    """Whether anything on the base says *name*: then it may be there in a way that is not read."""
    return any(name.encode() in text for text in _sources(base, (".py", ".sql")))


def _sources(side: Snapshot, endings: tuple[str, ...]) -> Iterator[bytes]:
    paths = [path for path in side.tree.paths() if path.endswith(endings)]
    if len(paths) > limits.SEARCHED:
        yield b"naming_convention"
    side.tree.prefetch(paths)
    yield from map(side.tree.read, paths)
