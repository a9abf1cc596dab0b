"""All that a settings module ever puts into ``INSTALLED_APPS``, whatever its conditions are."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from analyzers.limits import IMPORT_DEPTH
from analyzers.read.modules import Module

NAME = "INSTALLED_APPS"
_ADD = frozenset({"append", "extend", "insert"})
_TAKE = frozenset({"remove", "pop", "discard"})


def ever_installed(module: Module, depth: int = IMPORT_DEPTH) -> frozenset[str] | None:
    """
    The entries that *module* may leave in the list, those of the modules that it takes it from among them.

    None where one of them is not known, or something else is done to the list.
    """
    found: set[str] = set()
    begun = False
    for statement in _statements(module.body):
        match statement:
            case ast.ImportFrom(module=source, names=names, level=level) if any(
                (alias.asname or alias.name) in {NAME, "*"} for alias in names
            ):
                other = module.project.module(module.names.absolute(source, level))
                said = ever_installed(other, depth - 1) if other is not None and depth else None
                if said is None and names[0].name != "*":
                    return None
                begun |= said is not None
                found |= said or set()
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
                | ast.AugAssign(target=ast.Name(id=name), op=ast.Add(), value=value)
            ) if name == NAME:
                texts = _texts(module, value)
                if texts is None:
                    return None
                begun |= not isinstance(statement, ast.AugAssign)
                found |= texts
            case ast.Expr(
                value=ast.Call(
                    func=ast.Attribute(value=ast.Name(id=name), attr=method), args=[*_, item]
                )
            ) if name == NAME and method in _ADD | _TAKE:
                texts = _texts(module, _listed(item) if method != "extend" else item)
                if texts is None and method in _ADD:
                    return None
                found |= texts or set() if method in _ADD else set()
            case ast.If() | ast.Try() | ast.With() | ast.FunctionDef() | ast.ClassDef():
                # The statements inside come by themselves; a function may change it when it is called.
                if isinstance(statement, ast.FunctionDef) and _speaks_of(statement):
                    return None
            case _ if _changes(statement):
                return None
            case _:
                pass
    return frozenset(found) if begun else None


def _statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of *body*, and those under its conditions."""
    for statement in body:
        yield statement
        match statement:
            case ast.If(body=inner, orelse=other):
                yield from _statements([*inner, *other])
            case ast.Try(body=inner, handlers=handlers, orelse=other, finalbody=final):
                handled = [s for handler in handlers for s in handler.body]
                yield from _statements([*inner, *handled, *other, *final])
            case ast.With(body=inner):
                yield from _statements(inner)
            case _:
                pass


def _texts(module: Module, node: ast.expr) -> set[str] | None:
    """The texts in the list or tuple *node*, but for what the list had; None where one is not known."""
    match node:
        case ast.Name(id=name) if name == NAME:
            return set()
        case ast.Call(func=ast.Name(id="list" | "tuple"), args=[inner], keywords=[]):
            return _texts(module, inner)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _all(_texts(module, each) for each in (left, right))
        case ast.IfExp(body=one, orelse=two):
            return _all(_texts(module, each) for each in (one, two))
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return _all(
                _texts(module, item.value) if isinstance(item, ast.Starred) else _text(module, item)
                for item in items
            )
        case _:
            value = module.evaluator.evaluate(node)
            if isinstance(value, list | tuple) and all(isinstance(v, str) for v in value):
                return {v for v in value if isinstance(v, str)}
            return None


def _text(module: Module, node: ast.expr) -> set[str] | None:
    value = module.evaluator.evaluate(node)
    return {value} if isinstance(value, str) else None


def _all(parts: Iterable[set[str] | None]) -> set[str] | None:
    found: set[str] = set()
    for part in parts:
        if part is None:
            return None
        found |= part
    return found


def _listed(item: ast.expr) -> ast.expr:
    return ast.copy_location(ast.List(elts=[item], ctx=ast.Load()), item)


def _speaks_of(node: ast.AST) -> bool:
    return any(isinstance(n, ast.Name) and n.id == NAME for n in ast.walk(node))


def _changes(statement: ast.stmt) -> bool:
    """Whether *statement* may change the list: all that speaks of it but to read it into another name."""
    match statement:
        case ast.Assign(targets=targets):
            return any(_speaks_of(target) for target in targets)
        case ast.AnnAssign(target=target):
            return _speaks_of(target)
        case _:
            return _speaks_of(statement)
