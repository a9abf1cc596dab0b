"""Names of tables that hang on whether a class inherits one: ``if has_inherited_table(cls): return None``."""

from __future__ import annotations

import ast
from collections.abc import Callable
from copy import deepcopy

from analyzers.read.alembic.class_bodies import binding
from analyzers.read.alembic.classes import Hierarchy, ModelClass, lineage
from analyzers.read.alembic.evaluate import Scope, evaluate
from analyzers.read.values import Ref, Value

_ASKED = "has_inherited_table"


class InheritedNames:
    """What ``__tablename__`` is where a method of the class asks SQLAlchemy about those above it."""

    def __init__(self, hierarchy: Hierarchy, is_mapped: Callable[[ModelClass], bool]) -> None:
        self._hierarchy = hierarchy
        self._is_mapped = is_mapped
        self._known: dict[int, tuple[ast.ClassDef, bool]] = {}

    def of(self, made: ModelClass) -> tuple[Value] | None:
        """The name, None for a class that shares its parent's table; no answer where no method asks."""
        for owner in lineage(made):
            method = binding(owner.node, "__tablename__")
            if method is None:
                continue
            if not isinstance(method, ast.FunctionDef) or not _asks(method, owner.module.scope):
                return None
            told = _Told(owner.module.scope, inherits=self._inherits(made)).visit(deepcopy(method))
            return (self._hierarchy.returned_for(told, owner, made.node.name),)
        return None

    def _inherits(self, made: ModelClass) -> bool:
        """Whether a class above *made* has a table; kept, as each asks the same of those above it."""
        key = id(made.node)
        if key not in self._known:
            mapped = any(self._is_mapped(parent) for parent in lineage(made)[1:])
            # With the node, so that no other one gets its id.
            self._known[key] = (made.node, mapped)
        return self._known[key][1]


def _asks(method: ast.FunctionDef, scope: Scope) -> bool:
    return any(_is_asked(node, scope) for node in ast.walk(method))


def _is_asked(node: ast.AST, scope: Scope) -> bool:
    """Whether *node* calls SQLAlchemy's ``has_inherited_table``."""
    match node:
        case ast.Call(func=ast.Name(id=_) | ast.Attribute(attr=_) as func, args=[ast.Name()]):
            value = evaluate(func, scope)
            name = value.name if isinstance(value, Ref) else ""
            return name.startswith("sqlalchemy.") and name.endswith(f".{_ASKED}")
        case _:
            return False


class _Told(ast.NodeTransformer):
    """Puts the answer in the place of the question."""

    def __init__(self, scope: Scope, *, inherits: bool) -> None:
        self._scope = scope
        self._inherits = inherits

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if _is_asked(node, self._scope):
            return ast.copy_location(ast.Constant(self._inherits), node)
        return self.generic_visit(node)
