"""What the code of a migration asks of other modules, by dotted paths."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from analyzers.read.names import Names
from analyzers.read.values import Ref

_HELPERS = "migration"
"""What the paths of modules have in them whose code migrations run; of others their names are enough."""


def asked_for(module: ast.Module, names: Names) -> tuple[str, ...]:
    """
    The dotted paths of what *module* imports, Django and itself aside, sorted.

    Of a module that is imported whole and asked for some of its names only, these names.
    """
    bound = {
        alias: value.name
        for alias, value in names.bound.items()
        if isinstance(value, Ref) and not _known(value.name, names)
    }
    by_their_top = {
        alias.name.partition(".")[0]
        for statement in module.body
        if isinstance(statement, ast.Import)
        for alias in statement.names
        if not alias.asname and _HELPERS in alias.name.lower()
    }
    whole = {
        alias: path
        for alias, path in bound.items()
        if alias in by_their_top or _HELPERS in path.lower()
    }
    found = {path for alias, path in bound.items() if alias not in whole}
    if whole:
        found |= set(_asked_of(module, whole))
    for function in names.functions.values():
        found |= {path for path in _imported_late(function, names) if not _known(path, names)}
    return tuple(sorted(found))


def _known(path: str, names: Names) -> bool:
    return path == "django" or path.startswith(("django.", f"{names.name}."))


def _asked_of(module: ast.Module, whole: dict[str, str]) -> Iterator[str]:
    """Each path in *whole* with the attributes that are asked of it, or as it is where it stands alone."""
    seen: set[int] = set()
    # What is around something comes before it.
    for node in ast.walk(module):
        match node:
            case ast.Attribute() if id(node) not in seen:
                attributes: list[str] = []
                inner: ast.expr = node
                while isinstance(inner, ast.Attribute):
                    seen.add(id(inner))
                    attributes.append(inner.attr)
                    inner = inner.value
                if isinstance(inner, ast.Name) and inner.id in whole:
                    seen.add(id(inner))
                    yield ".".join([whole[inner.id], *reversed(attributes)])
            case ast.Name(id=alias) if alias in whole and id(node) not in seen:
                yield whole[alias]
            case _:
                pass


def _imported_late(function: ast.FunctionDef, names: Names) -> Iterable[str]:
    """What *function* imports from helpers as it runs."""
    for node in ast.walk(function):
        match node:
            case ast.Import(names=aliases):
                paths = [alias.name for alias in aliases]
            case ast.ImportFrom(module=source, names=aliases, level=level):
                base = names.absolute(source, level)
                paths = [f"{base}.{a.name}" if a.name != "*" else base for a in aliases]
            case _:
                continue
        yield from (path for path in paths if _HELPERS in path.lower())
