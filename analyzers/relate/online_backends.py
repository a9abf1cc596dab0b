"""
Database backends that carry out Django's operations online.

django-pg-zero-downtime-migrations runs no migration in a transaction, builds and drops
indexes CONCURRENTLY, adds constraints NOT VALID and validates them by a statement of
their own, and demands NOT NULL by way of such a check. SQL of a migration's own it runs
as it is written.
"""

from __future__ import annotations

from dataclasses import replace

from analyzers.relate.effect import Effect
from analyzers.vocabulary import (
    AddColumn,
    AddConstraint,
    AddIndex,
    AlterColumn,
    ConstraintKind,
    DropIndex,
    SchemaChange,
    Table,
)

_ONLINE = "django_zero_downtime_migrations.backends."


def is_online(engine: str | None) -> bool:
    """Whether ``ENGINE`` is that of such a backend."""
    return engine is not None and engine.startswith(_ONLINE)


def online(change: SchemaChange, before: Table | None) -> SchemaChange:
    """*change* as such a backend carries it out on the table *before*."""
    parts = before is not None and before.partitioned
    match change:
        case AddIndex(in_state=True, only=False) | DropIndex(in_state=True) if not parts:
            return replace(change, concurrently=True)
        case _:
            return change


def without_scans(change: SchemaChange, effects: tuple[Effect, ...]) -> tuple[Effect, ...]:
    """*effects* of *change* as such a backend has them: rows are read while others write."""
    if not change.in_state or not _in_two_statements(change):
        return effects
    return tuple(e if e.rewrites else replace(e, scans=False) for e in effects)


def _in_two_statements(change: SchemaChange) -> bool:
    match change:
        case AddConstraint(constraint=constraint):
            # Such a constraint can neither be NOT VALID nor be built concurrently.
            return constraint.kind is not ConstraintKind.EXCLUDE
        case AlterColumn(sets_null=True, sets_type=False):
            return True
        case AddColumn(column=column):
            # The check of a PositiveIntegerField is added with its column.
            return not column.checked
        case _:
            return False
