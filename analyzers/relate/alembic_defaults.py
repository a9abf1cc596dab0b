"""Who writes the columns that have a default in the database: SQLAlchemy's models, or the database."""

from __future__ import annotations

from analyzers.relate.locks import takes_default
from analyzers.relate.snapshot import Snapshot
from analyzers.vocabulary import AlterColumn, Migration, SchemaChange


def models_write(
    base: Snapshot, migration: Migration, change: SchemaChange, dialect: str
) -> bool | None:
    """
    Whether the models of *base* write the column whose default *change* takes away.

    None where it takes none, and where no model with the column can be read.
    """
    if not isinstance(change, AlterColumn) or not takes_default(change):
        return None
    model = base.alembic_model(change.table, dialect, migration.path)
    column = model.table.column(change.after.name) if model is not None else None
    if column is None:
        return None
    # Without any default SQLAlchemy writes NULL, which the column has refused all along.
    return column.client_default or column.server_default is None
