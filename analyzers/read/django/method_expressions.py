"""
Expressions in methods that are followed: what only the frame knows replaced by its values.

Together with ``method_bodies``, which follows the statements.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, TypeVar

from analyzers.read.values import Call, Opaque, Ref, Value

if TYPE_CHECKING:
    from analyzers.read.django.method_bodies import Frame
    from analyzers.read.project import Project


class NotFollowed(Exception):
    """A statement that could matter is not understood."""


OPAQUE = Opaque("...", "cannot be known without running it")


class Prepared(ast.NodeTransformer):
    """An expression with what only a frame knows replaced by names for its values."""

    def __init__(self, frame: Frame, local: dict[str, Value]) -> None:
        self.frame = frame
        self.local = local
        self.maybe = 0

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        match node.value:
            case ast.Name(id=name) if name == self.frame.self_name:
                return self._known(node, self.frame.instance.attribute(node.attr))
            case _:
                self.generic_visit(node)
                return node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id == self.frame.self_name:
            return self._known(node, OPAQUE)
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        node.values[0] = self.visit(node.values[0])
        return self._perhaps(node, values=[self._later(v) for v in node.values[1:]])

    def _perhaps(self, node: ast.BoolOp, values: list[ast.expr]) -> ast.BoolOp:
        node.values = [node.values[0], *values]
        return node

    def _later(self, node: ast.expr) -> ast.expr:
        """What may or may not be evaluated must not change anything."""
        self.maybe += 1
        try:
            made: ast.expr = self.visit(node)
        finally:
            self.maybe -= 1
        return made

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        answer = self.frame.truth(node.test)
        if answer is None:
            node.test, node.body, node.orelse = (
                self._later(part) for part in (node.test, node.body, node.orelse)
            )
            return node
        chosen: ast.expr = self.visit(node.body if answer else node.orelse)
        return chosen

    def visit_Lambda(self, node: ast.Lambda) -> ast.expr:
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=name), attr="pop" | "setdefault" as method),
                args=[key, *rest],
                keywords=[],
            ) if isinstance(self.local.get(name), dict):
                return self._known(node, self._taken(self.local[name], method, key, rest))
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=name), attr="copy"), args=[], keywords=[]
            ) if isinstance(self.local.get(name), dict | list):
                held = self.local[name]
                return self._known(node, dict(held) if isinstance(held, dict) else list(held))
            case ast.Call(func=ast.Attribute(value=inner, attr="clone"), args=[], keywords=[]):
                cloned = self.frame.value(inner)
                if isinstance(cloned, Call):
                    return self._known(node, cloned)
            case ast.Call(
                func=ast.Name(id="getattr"),
                args=[ast.Name(id=owner), ast.Constant(value=str() as name), *_],
            ) if owner == self.frame.self_name:
                return self._known(node, self.frame.instance.attribute(name))
            case _:
                pass
        if not self.maybe or "super" in ast.unparse(node.func):
            answer = self.frame.super_call(node)
            if answer is not None:
                if self.maybe:
                    raise NotFollowed
                return self._known(node, answer[0])
        self.generic_visit(node)
        return node

    def _taken(
        self, held: dict[Any, Value], method: str, key: ast.expr, rest: list[ast.expr]
    ) -> Value:
        index = self.frame.value(key)
        if self.maybe or not isinstance(index, str) or len(rest) > 1:
            raise NotFollowed
        other = self.frame.value(rest[0]) if rest else None
        if method == "setdefault":
            return held.setdefault(index, other)
        if index not in held and not rest:
            raise NotFollowed
        return held.pop(index, other)

    def _known(self, node: ast.expr, value: Value) -> ast.expr:
        return ast.copy_location(self.frame.temporary(self.local, value), node)


_Node = TypeVar("_Node", bound=ast.AST)


def copied(node: _Node) -> _Node:
    """A syntax tree of its own: ``deepcopy`` looks for cycles and takes five times as long."""
    made = type(node).__new__(type(node))
    for name, value in vars(node).items():
        if isinstance(value, list):
            value = [copied(v) if isinstance(v, ast.AST) else v for v in value]
        elif isinstance(value, ast.AST) and not isinstance(value, ast.expr_context):
            value = copied(value)
        made.__dict__[name] = value
    return made


def identical(one: Value, two: Value) -> bool | None:
    """Whether two values are one object; None where that is not known."""
    if isinstance(one, Opaque) or isinstance(two, Opaque):
        return None
    if one is None or two is None or isinstance(one, bool) or isinstance(two, bool):
        # A name that could not be followed may be worth anything.
        unclear = any(isinstance(v, Ref) and v.name.startswith("django.conf.") for v in (one, two))
        return None if unclear else one is two
    if isinstance(one, Ref) and isinstance(two, Ref):
        return one == two
    return None


_KINDS = {kind.__name__: kind for kind in (str, bytes, bool, int, float, list, tuple, dict)}


def is_instance(value: Value, kinds: ast.expr) -> bool | None:
    """Whether *value* is of one of the built-in *kinds*; None where that is not known, or one is another class."""
    named = kinds.elts if isinstance(kinds, ast.Tuple) else [kinds]
    found = [_KINDS.get(kind.id) for kind in named if isinstance(kind, ast.Name)]
    known = value is None or isinstance(value, tuple(_KINDS.values()))
    if not known or None in found or len(found) < len(named):
        return None
    return isinstance(value, tuple(kind for kind in found if kind is not None))


def among(project: Project, one: Value, held: Value) -> bool | None:
    """Whether *one* is in the list, tuple or dict *held*; None where that is not known."""
    if not isinstance(held, list | tuple | dict):
        return None
    answers = {_alike(project, one, other) for other in held}
    return True if True in answers else None if None in answers else False


def _alike(project: Project, one: Value, two: Value) -> bool | None:
    if isinstance(one, str | int | None) and isinstance(two, str | int | None):
        return one == two
    if isinstance(one, Ref) and isinstance(two, Ref):
        return one == two
    for value, other in ((one, two), (two, one)):
        if isinstance(value, Ref) and isinstance(other, Call | str | int | None):
            # A function of the project is nothing else.
            return False if project.function_named(value) is not None else None
    return None
