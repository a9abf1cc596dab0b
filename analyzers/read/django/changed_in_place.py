"""Names whose value a later statement of the module changes: lists that are appended to, classes that get attributes."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from analyzers.limits import IMPORT_DEPTH
from analyzers.read.modules import Module, used_names
from analyzers.read.names import Late
from analyzers.read.project import Project
from analyzers.read.values import Ref


class InPlace:
    """What the modules of a project change after they have bound it; each is looked through once."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._changed: dict[str, frozenset[str]] = {}
        self._known: dict[tuple[str, str], bool] = {}

    def changes(self, module: Module, node: ast.AST, depth: int = 0) -> bool:
        """Whether *node* of *module* names, directly or through other names, what is changed after it was bound."""
        return any(self._named(module, name, depth) for name in used_names(node))

    def _named(self, module: Module, name: str, depth: int) -> bool:
        key = (module.path, name)
        if key not in self._known:
            # A name that is bound by itself ends the search.
            self._known[key] = False
            self._known[key] = depth > IMPORT_DEPTH or self._changes(module, name, depth)
        return self._known[key]

    def _changes(self, module: Module, name: str, depth: int) -> bool:
        if module.path not in self._changed:
            self._changed[module.path] = frozenset(_names(module.body, module, again=False))
        if name in self._changed[module.path]:
            return True
        bound = module.names.bound.get(name)
        if isinstance(bound, Late):
            return self.changes(module, bound.node, depth + 1)
        if isinstance(bound, Ref) and bound.name != f"{module.name}.{name}":
            package, _, last = bound.name.rpartition(".")
            other = self.project.module(package) if package else None
            return other is not None and self._named(other, last, depth + 1)
        return False


def _names(body: Iterable[ast.stmt], module: Module, *, again: bool) -> Iterator[str]:
    """The names that statements change; where they may run *again*, all that they bind."""
    for statement in body:
        match statement:
            case ast.Expr(value=ast.Call(func=ast.Attribute() as called)):
                yield from _root(called)
            case ast.Expr(value=ast.Call(func=ast.Name(id="setattr" | "delattr"), args=[of, *_])):
                yield from _root(of)
            case ast.Assign(targets=targets) | ast.Delete(targets=targets):
                for target in targets:
                    if (
                        again
                        or not isinstance(target, ast.Name)
                        or isinstance(statement, ast.Delete)
                    ):
                        yield from _root(target)
            case ast.AugAssign(target=ast.Name(id=name)) if not again and isinstance(
                module.names.bound.get(name), Late
            ):
                # ``NAMES += [...]`` is followed.
                pass
            case ast.AugAssign(target=target):
                yield from _root(target)
            case ast.For(body=inner, orelse=other) | ast.While(body=inner, orelse=other):
                yield from _names([*inner, *other], module, again=True)
            case ast.If(body=inner, orelse=other):
                yield from _names([*inner, *other], module, again=again)
            case ast.With(body=inner):
                yield from _names(inner, module, again=again)
            case ast.Try(body=inner, handlers=handlers, orelse=other, finalbody=final):
                handled = [s for handler in handlers for s in handler.body]
                yield from _names([*inner, *handled, *other, *final], module, again=again)
            case _:
                pass


def _root(node: ast.expr) -> Iterator[str]:
    """The name that an expression such as ``name.attribute[0]`` starts from."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    if isinstance(node, ast.Name):
        yield node.id
