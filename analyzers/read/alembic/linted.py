"""One spelling for what linters rewrite: what goes through a list on its way, and the keys of a dictionary."""

from __future__ import annotations

import ast
from collections.abc import Set

_GATHERS = frozenset({"frozenset", "list", "set", "sorted", "tuple"})
"""What makes something new of all that it is given, in whatever it is given."""


def gathered_once(call: ast.Call) -> None:
    """Change ``sorted(list(a))`` into ``sorted(a)``."""
    match call:
        case ast.Call(
            func=ast.Name(id=outer),
            args=[ast.Call(func=ast.Name(id="list" | "tuple"), args=[inner], keywords=[])],
        ) if outer in _GATHERS and not isinstance(inner, ast.Starred):
            call.args = [inner]
        case _:
            pass


def dictionaries(module: ast.Module) -> frozenset[str]:
    """The names that stand for nothing but dictionaries, wherever in *module*."""
    made: set[str] = set()
    given: list[str] = []
    for node in ast.walk(module):
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict() | ast.DictComp())
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.Dict() | ast.DictComp())
            ):
                made.add(name)
                given.append(name)
            case ast.arg(arg=name) | ast.ExceptHandler(name=str(name)):
                given += [name, name]
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                given += [*names, *names]
            case _:
                pass
    stored = [
        node.id
        for node in ast.walk(module)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    ]
    return frozenset(n for n in made if given.count(n) == stored.count(n))


def without_keys(iterated: ast.expr, dicts: Set[str]) -> ast.expr:
    """``a`` for ``a.keys()``, where that is one of *dicts*."""
    match iterated:
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id=name) as held, attr="keys"), args=[], keywords=[]
        ) if name in dicts:
            return held
        case _:
            return iterated
