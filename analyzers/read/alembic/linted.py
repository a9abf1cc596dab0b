"""One spelling for what linters rewrite: what goes through a list on its way, and the keys of a dictionary."""

from __future__ import annotations

import ast
from collections import Counter
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
    made: Counter[str] = Counter()
    stored: Counter[str] = Counter()
    for node in ast.walk(module):
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict() | ast.DictComp())
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.Dict() | ast.DictComp())
            ):
                made[name] += 1
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                stored[name] += 1
            case (
                ast.ExceptHandler(name=str(name))
                | ast.FunctionDef(name=name)
                | ast.ClassDef(name=name)
                | ast.alias(asname=str(name))
                | ast.alias(name=name)
            ):
                stored[name] += 1
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                stored.update(names)
            case _:
                pass
    return frozenset(name for name in made if made[name] == stored[name])


def without_keys(iterated: ast.expr, dicts: Set[str]) -> ast.expr:
    """``a`` for ``a.keys()``, where that is one of *dicts*."""
    match iterated:
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id=name) as held, attr="keys"), args=[], keywords=[]
        ) if name in dicts:
            return held
        case _:
            return iterated
