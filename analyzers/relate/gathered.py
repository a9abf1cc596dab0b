"""Loops that only fill a list or a dictionary, as the comprehensions that linters make of them."""

from __future__ import annotations

import ast
from collections import Counter

from analyzers.read.filled import filling, names_in


def gather(module: ast.Module) -> None:
    """
    Write each such loop of *module*'s functions as one statement.

    ``made = []`` and ``for row in rows: made.append(row.id)`` become ``made = [row.id for row in rows]``,
    or ``made.extend(...)`` where it holds something before; items of a dictionary go the same way.
    A loop stays where its names are used elsewhere, or what it fills is not made in the function.
    """
    for function in ast.walk(module):
        if not isinstance(function, ast.FunctionDef):
            continue
        names = names_in(function)
        made = _made(function)
        for node in ast.walk(function) if made else ():
            for field in ("body", "orelse", "finalbody"):
                block = getattr(node, field, None)
                if isinstance(block, list):
                    block[:] = _gathered(block, names, made)


def _made(function: ast.FunctionDef) -> dict[str, ast.expr]:
    """The lists and dictionaries that *function* writes down, by the names that it binds once."""
    stored: Counter[str] = Counter()
    found: dict[str, ast.expr] = {}
    for node in ast.walk(function):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
                stored[name] += 1
            case ast.Global(names=shared) | ast.Nonlocal(names=shared):
                stored.update(shared)
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ) if isinstance(value, ast.List | ast.ListComp | ast.Dict | ast.DictComp):
                found[name] = value
            case _:
                pass
    return {name: value for name, value in found.items() if stored[name] == 1}


def _gathered(
    block: list[ast.stmt], names: Counter[str], made: dict[str, ast.expr]
) -> list[ast.stmt]:
    kept: list[ast.stmt] = []
    for statement in block:
        found = filling(statement, names, made) if isinstance(statement, ast.For) else None
        if found is None:
            kept.append(statement)
            continue
        name, whole = found
        before = kept[-1] if kept else None
        if (
            isinstance(before, ast.Assign | ast.AnnAssign)
            and before.value is made[name]
            and ast.unparse(made[name]) in {"[]", "{}"}
        ):
            before.value = whole
        else:
            kept.append(_added(name, whole))
    return kept


def _added(name: str, whole: ast.ListComp | ast.DictComp) -> ast.stmt:
    """``name.extend(...)`` or ``name.update(...)``, as linters write them."""
    method = "update"
    given: ast.expr = whole
    if isinstance(whole, ast.ListComp):
        method, given = "extend", ast.GeneratorExp(elt=whole.elt, generators=whole.generators)
    func = ast.Attribute(value=ast.Name(id=name, ctx=ast.Load()), attr=method, ctx=ast.Load())
    return ast.Expr(value=ast.Call(func=func, args=[given], keywords=[]))
