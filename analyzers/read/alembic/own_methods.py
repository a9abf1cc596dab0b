"""Methods of a revision's own classes that work on the schema: what they do is not followed."""

from __future__ import annotations

import ast
from collections.abc import Iterator

_AS_IT_IS_MADE = frozenset({"__init__", "__post_init__", "__call__", "__enter__", "__exit__"})
_ASKS = frozenset({"f", "inline_literal", "get_context"})
"""What ``op`` gives without doing anything."""
_WORKS = ast.FunctionDef | ast.AsyncFunctionDef


def working_methods(module: ast.Module, op: frozenset[str]) -> frozenset[str]:
    """
    The names of methods, in classes of *module*, that call an operation, by themselves or by others.

    *op* are the names that stand for ``alembic.op``. A class that works as it is made has its own name among them.
    """
    classes = [s for s in module.body if isinstance(s, ast.ClassDef)]
    if not classes or not op:
        return frozenset()
    called: dict[str, set[str]] = {}
    works: set[str] = set()
    methods: set[str] = set()
    for owner in (None, *classes):
        for function in (owner or module).body:
            if not isinstance(function, _WORKS):
                continue
            name = function.name
            if owner is not None:
                # What is made is run, or held, by whoever made it.
                name = owner.name if name in _AS_IT_IS_MADE else name
                methods.add(name)
            for holder, asked in _calls(function):
                if holder in op and asked not in _ASKS:
                    works.add(name)
                called.setdefault(asked, set()).add(name)
    for owner in classes:
        methods.add(owner.name)
        for base in owner.bases:
            if isinstance(base, ast.Name):
                called.setdefault(base.id, set()).add(owner.name)
    waiting = list(works)
    while waiting:
        for caller in called.get(waiting.pop(), ()):
            if caller not in works:
                works.add(caller)
                waiting.append(caller)
    return frozenset(works & methods)


def _calls(function: ast.AST) -> Iterator[tuple[str, str]]:
    """The holder, where it is a plain name, and the name of each function or method that is called."""
    for node in ast.walk(function):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=holder), attr=name)):
                yield holder, name
            case ast.Call(func=ast.Attribute(attr=name)) | ast.Call(func=ast.Name(id=name)):
                yield "", name
            case _:
                pass
