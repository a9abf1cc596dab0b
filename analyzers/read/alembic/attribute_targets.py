"""Foreign keys that name their target as an attribute: ``ForeignKey(Order.id)`` as ``ForeignKey("orders.id")``."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace

from analyzers.read.alembic.modules import Module, Modules
from analyzers.read.alembic.own_table import MappedTable
from analyzers.read.values import Call, Value, name_or_source

_KEYS = frozenset({"ForeignKey", "ForeignKeyConstraint"})


class AttributeTargets:
    """
    Finds the tables of the classes that are named so.

    *table_of* reads one class; *said_by* gives what an attribute of it is that is no column.
    """

    def __init__(
        self,
        modules: Modules,
        table_of: Callable[[ast.ClassDef, Module], MappedTable | None],
        said_by: Callable[[ast.ClassDef, Module, str], Value],
    ) -> None:
        self._modules = modules
        self._table_of = table_of
        self._said_by = said_by
        self._known: dict[int, MappedTable | None] = {}

    def written_out(self, value: Value, module: Module) -> Value:
        """*value*, which stands in *module*, with the columns' names where foreign keys name attributes."""
        if not isinstance(value, Call):
            return value
        if value.func.rpartition(".")[2] in _KEYS:
            args = tuple(self._target(arg, module, value.line) for arg in value.args)
            return replace(value, args=args)
        if not any(isinstance(arg, Call) for arg in value.args):
            return value
        return replace(value, args=tuple(self.written_out(arg, module) for arg in value.args))

    def _target(self, value: Value, module: Module, line: int) -> Value:
        if isinstance(value, list | tuple):
            return [self._target(each, module, line) for each in value]
        text = name_or_source(value)
        owner, _, attribute = text.replace(".__table__.c.", ".").rpartition(".")
        if not owner:
            return value
        found: object = module.scope.look_up(owner) if "." not in owner else None
        home = module
        if found is None and "." in owner:
            found, home = self._modules.value(owner, module.path) or (None, module)
        if not isinstance(found, ast.ClassDef) or (home is module and found.lineno > line):
            # What is bound further down is not what the line means.
            return value
        table = self._read(found, home)
        if table is None or not table.named:
            return value
        column = table.attributes.get(attribute)
        if column is not None:
            return f"{table.table.name}.{column}"
        said = self._said_by(found, home, attribute)
        return said if isinstance(said, str) else value

    def _read(self, node: ast.ClassDef, module: Module) -> MappedTable | None:
        if id(node) not in self._known:
            # Of classes that refer to one another in a circle, which Python does not let be, none is known.
            self._known[id(node)] = None
            self._known[id(node)] = self._table_of(node, module)
        return self._known[id(node)]
