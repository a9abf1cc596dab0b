"""Loops that only fill a list or a dictionary, as the comprehensions that linters make of them."""

from __future__ import annotations

import ast
from collections import Counter

_FOREIGN = (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)
"""What does something else inside a comprehension."""


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
        names = _names(function)
        made = _made(function)
        for node in ast.walk(function) if made else ():
            for field in ("body", "orelse", "finalbody"):
                block = getattr(node, field, None)
                if isinstance(block, list):
                    block[:] = _gathered(block, names, made)


def _names(node: ast.AST) -> Counter[str]:
    return Counter(n.id for n in ast.walk(node) if isinstance(n, ast.Name))


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
        found = _filled(statement, names, made) if isinstance(statement, ast.For) else None
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


def _filled(
    loop: ast.For, names: Counter[str], made: dict[str, ast.expr]
) -> tuple[str, ast.ListComp | ast.DictComp] | None:
    """Which name *loop* fills, and with what; None where it does something else, or more."""
    inside = loop.body
    asked: list[ast.expr] = []
    while len(inside) == 1 and isinstance(inside[0], ast.If) and not inside[0].orelse:
        asked.append(inside[0].test)
        inside = inside[0].body
    if loop.orelse or len(inside) != 1 or any(isinstance(n, _FOREIGN) for n in ast.walk(loop)):
        return None
    rows = ast.comprehension(target=loop.target, iter=loop.iter, ifs=asked, is_async=0)
    whole: ast.ListComp | ast.DictComp
    match inside[0]:
        case ast.Expr(
            value=ast.Call(
                func=ast.Attribute(value=ast.Name(id=name), attr="append"), args=[item], keywords=[]
            )
        ) if not isinstance(item, ast.Starred):
            whole = ast.ListComp(elt=item, generators=[rows])
            fits = isinstance(made.get(name), ast.List | ast.ListComp)
        case ast.Assign(
            targets=[ast.Subscript(value=ast.Name(id=name), slice=key)], value=value
        ) if not isinstance(key, ast.Slice):
            whole = ast.DictComp(key=key, value=value, generators=[rows])
            fits = isinstance(made.get(name), ast.Dict | ast.DictComp)
        case _:
            return None
    targets = {n for n in ast.walk(loop.target) if not isinstance(n, ast.expr_context)}
    own = _names(loop)
    plain = all(isinstance(n, ast.Name | ast.Tuple | ast.List) for n in targets)
    alone = all(own[n.id] == names[n.id] for n in targets if isinstance(n, ast.Name))
    # It neither asks for what it fills, nor leaves its last row behind.
    return (name, whole) if fits and plain and alone and own[name] == 1 else None


def _added(name: str, whole: ast.ListComp | ast.DictComp) -> ast.stmt:
    """``name.extend(...)`` or ``name.update(...)``, as linters write them."""
    method = "update"
    given: ast.expr = whole
    if isinstance(whole, ast.ListComp):
        method, given = "extend", ast.GeneratorExp(elt=whole.elt, generators=whole.generators)
    func = ast.Attribute(value=ast.Name(id=name, ctx=ast.Load()), attr=method, ctx=ast.Load())
    return ast.Expr(value=ast.Call(func=func, args=[given], keywords=[]))
