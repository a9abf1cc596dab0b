"""What a schema change does to tables in use on SQLite; compared by ``tests/oracles/measure_sqlite.py``."""

from __future__ import annotations

from analyzers.relate.effect import Effect
from analyzers.vocabulary import (
    AddColumn,
    AddConstraint,
    AddIndex,
    AlterColumn,
    Column,
    ConstraintKind,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropTable,
    Generated,
    RenameColumn,
    RenameIndex,
    RenameTable,
    RunStatement,
    SchemaChange,
)


def on_sqlite(change: SchemaChange, *, django: bool) -> tuple[Effect, ...]:
    """One writer at a time for the whole file; Django copies the table for most changes."""
    table = change.table
    if table is None:
        return ()
    match change:
        case AddConstraint(constraint=constraint):
            # ``unique_together`` and what has a condition or an expression becomes an index.
            together = constraint.kind is ConstraintKind.UNIQUE and (
                constraint.name is None and len(constraint.columns) > 1
            )
            return (Effect(table=table, mode="EXCLUSIVE", rewrites=not together, scans=True),)
        case DropConstraint(constraint=constraint):
            together = constraint.kind is ConstraintKind.UNIQUE and (
                constraint.name is None and len(constraint.columns) > 1
            )
            return (Effect(table=table, mode="EXCLUSIVE", rewrites=not together, scans=True),)
        case AlterColumn():
            return (Effect(table=table, mode="EXCLUSIVE", rewrites=True, scans=True),)
        case AddColumn(column=column) if django and _copied_by_django(column):
            return (Effect(table=table, mode="EXCLUSIVE", rewrites=True, scans=True),)
        case DropColumn():
            return (Effect(table=table, mode="EXCLUSIVE", rewrites=True, scans=True),)
        case RenameColumn(by_copy=True):
            return (Effect(table=table, mode="EXCLUSIVE", rewrites=True, scans=True),)
        case AddIndex() | RenameIndex():  # there is no renaming: it is built anew
            return (Effect(table=table, mode="EXCLUSIVE", scans=True),)
        case AddColumn() | RenameColumn() | RenameTable() | DropTable() | DropIndex():
            return (Effect(table=table, mode="EXCLUSIVE"),)
        case RunStatement() if copies_table(change):
            return (Effect(table=table, mode="EXCLUSIVE", rewrites=True, scans=True),)
        case _:
            return ()


def _copied_by_django(column: Column) -> bool:
    """What ``ALTER TABLE ADD COLUMN`` of SQLite cannot say, or cannot take back."""
    return (
        column.null is False
        or column.client_default
        or column.server_default is not None
        or column.unique
        or column.primary_key
        or column.generated is Generated.STORED
    )


def copies_table(change: RunStatement) -> bool:
    """Whether *change* is the copy of a batch with ``recreate="always"``."""
    return (change.sql or "").startswith("INSERT INTO _alembic_tmp_")
