"""Local names by what they hold: one that is bound anew for another purpose becomes two."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

LATER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.GeneratorExp)
"""What may look a name up after it was bound anew."""


def by_flow(function: ast.FunctionDef) -> None:
    """
    Give a variable of *function* another name from where its body binds it anew for sure, in place.

    ``x = f(); for x in x.all(): ...`` becomes ``x = f(); for y in x.all(): ...``. Only
    statements of the body itself are followed: no loop leads back to them.
    """
    fixed = {name for node in ast.walk(function) for name in _looked_up_later(node, function)}
    fixed |= {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and _deleted(n)}
    last: dict[str, int] = {}
    for position, statement in enumerate(function.body):
        last.update((n.id, position) for n in ast.walk(statement) if isinstance(n, ast.Name))
    count: dict[str, int] = {}
    names: dict[str, str] = {}
    before: Sequence[ast.AST]
    after: Sequence[ast.AST]
    for position, statement in enumerate(function.body):
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)] as targets, value=value):
                before, after = [value], targets
            case ast.For(target=ast.Name(id=name), orelse=[]) if last[name] == position:
                # Of an empty loop the old value is left: nobody asks for it.
                before, after = [statement.iter], [statement.target, *statement.body]
            case _:
                before, after, name = [statement], [], ""
        _rename(before, names)
        if not after:
            for found in _stored(statement):
                count.setdefault(found, 0)
            continue
        if name not in fixed:
            count[name] = count.get(name, -1) + 1
            # A name that no source can have.
            names[name] = f"{name}'{count[name]}" if count[name] else name
        _rename(after, names)


def _looked_up_later(node: ast.AST, function: ast.FunctionDef) -> Iterator[str]:
    if node is function:
        for argument in ast.walk(function.args):
            if isinstance(argument, ast.arg):
                yield argument.arg
    elif isinstance(node, LATER):
        yield from (n.id for n in ast.walk(node) if isinstance(n, ast.Name))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
    elif isinstance(node, ast.ExceptHandler) and node.name:
        yield node.name


def _deleted(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Del)


def _stored(statement: ast.stmt) -> Iterator[str]:
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def _rename(nodes: Sequence[ast.AST], names: dict[str, str]) -> None:
    for node in nodes:
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name):
                inner.id = names.get(inner.id, inner.id)
