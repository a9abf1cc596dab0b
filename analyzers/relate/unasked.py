"""Local variables of a function that nothing asks for."""

from __future__ import annotations

import ast

_ALL_NAMES = frozenset({"locals", "vars", "eval", "exec"})


def without_unasked(function: ast.FunctionDef) -> list[ast.stmt]:
    """
    The body of *function* with ``made = make()`` as ``make()`` where nothing asks for ``made``.

    ``Order = apps.get_model("shop", "Order")`` is left out then, and where the line stands twice;
    so are a number that is only counted up, a constant, and the name of an error.
    """
    counters = _counters(function)
    asked: set[str] = set()
    for node in ast.walk(function):
        match node:
            case ast.AugAssign(target=ast.Name(id=name)) if name in counters:
                pass
            case (
                ast.Name(id=name, ctx=ast.Load() | ast.Del())
                | ast.AugAssign(target=ast.Name(id=name))
            ):
                asked.add(name)
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                asked.update(names)
            case _:
                pass
    if asked & _ALL_NAMES:
        return function.body
    unasked = _Unasked(asked, counters - asked)
    kept: list[ast.stmt] = []
    for statement in function.body:
        made = unasked.visit(statement)
        again = kept and _gets_model(statement) and ast.dump(kept[-1]) == ast.dump(statement)
        if made is not None and not again:
            kept.append(made)
    return kept


class _Unasked(ast.NodeTransformer):
    def __init__(self, asked: set[str], counters: set[str]) -> None:
        self._asked = asked
        self._counters = counters

    def visit_Assign(self, node: ast.Assign) -> ast.AST | None:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name not in self._asked:
                left_out = name in self._counters or _gets_model(node) or _constant(value)
                return None if left_out else ast.Expr(value=value)
            case _:
                return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST | None:
        match node:
            case ast.AugAssign(target=ast.Name(id=name)) if name in self._counters:
                return None
            case _:
                return node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        self.generic_visit(node)
        if node.name not in self._asked:
            node.name = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return node  # has names of its own

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return node  # its names are attributes


def _counters(function: ast.FunctionDef) -> set[str]:
    """The names that *function* sets to a number, or adds one to, and binds in no other way."""
    bound: dict[str, int] = {}
    counted: dict[str, int] = {}
    for node in ast.walk(function):
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=int()))
                | ast.AugAssign(
                    target=ast.Name(id=name),
                    op=ast.Add() | ast.Sub(),
                    value=ast.Constant(value=int()),
                )
            ):
                counted[name] = counted.get(name, 0) + 1
            case ast.Name(id=name, ctx=ast.Store()):
                bound[name] = bound.get(name, 0) + 1
            case ast.arg(arg=name):
                bound[name] = bound.get(name, 0) + 1
            case _:
                pass
    return {name for name, times in counted.items() if bound.get(name) == times}


def _gets_model(statement: ast.stmt) -> bool:
    match statement:
        case ast.Assign(
            targets=[ast.Name()],
            value=ast.Call(func=ast.Attribute(attr="get_model"), args=args, keywords=[]),
        ):
            return all(isinstance(a, ast.Constant) for a in args)
        case _:
            return False


def _constant(value: ast.expr) -> bool:
    match value:
        case ast.Constant():
            return True
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            return all(map(_constant, parts))
        case ast.Dict(keys=keys, values=values):
            return all(part is not None and _constant(part) for part in (*keys, *values))
        case _:
            return False
