"""Columns of revisions whose types are classes of the project, as those make them."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import replace

from analyzers.read.alembic.evaluate import Scope
from analyzers.read.alembic.model_values import ModelValues
from analyzers.read.alembic.modules import Module, Modules
from analyzers.read.alembic.types import sql_type
from analyzers.read.values import Call, Ref
from analyzers.vocabulary import AddColumn, AlterColumn, Column, CreateTable, SchemaChange


class OwnColumns:
    """
    Looks up the types that revisions of one tree leave to classes of the project.

    What a revision does is kept for all trees that have its file; what such a class is may
    be another thing in each.
    """

    def __init__(self, modules: Modules) -> None:
        self._modules = modules
        self._values: ModelValues | None = None

    def settled(
        self, changes: Iterable[SchemaChange], path: str, dialect: str
    ) -> tuple[SchemaChange, ...]:
        """*changes* of the revision *path* with the types that the tree's classes are."""
        return tuple(self._change(change, path, dialect) for change in changes)

    def _change(self, change: SchemaChange, path: str, dialect: str) -> SchemaChange:
        match change:
            case CreateTable(columns=columns) if any(c.own_type is not None for c in columns):
                made = (self._column(column, path, dialect) for column in columns)
                return replace(change, columns=tuple(made))
            case AddColumn(column=column) if column.own_type is not None:
                return replace(change, column=self._column(column, path, dialect))
            case AlterColumn(before=before, after=after) if after.own_type is not None or (
                before is not None and before.own_type is not None
            ):
                was = self._column(before, path, dialect) if before is not None else None
                return replace(change, before=was, after=self._column(after, path, dialect))
            case _:
                return change

    def _column(self, column: Column, path: str, dialect: str) -> Column:
        said = column.own_type
        if not isinstance(said, Call | Ref):
            return column
        if self._values is None:
            self._values = ModelValues(self._modules)
        importer = Module(path, ast.Module(body=[], type_ignores=[]), Scope())
        made = self._values.normal(said, importer)
        return replace(column, type=sql_type(made, dialect), own_type=None)
