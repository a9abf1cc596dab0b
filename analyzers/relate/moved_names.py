"""Names that a migration takes from elsewhere, and that are to be had in another place now."""

from __future__ import annotations

from analyzers.read.sources import Unparsed, parse
from analyzers.relate.imported import paths_of
from analyzers.relate.scopes import binds
from analyzers.trees import Tree

_FRAMEWORKS = frozenset({"django", "sqlalchemy", "alembic"})
"""Packages of which the same name in two modules may be two things: a database's own type, say."""


def of_one_library(trees: tuple[Tree, Tree], old: str, new: str) -> bool:
    """Whether both say one name of one package that neither of *trees* has the source of."""
    package, _, rest = old.partition(".")
    if not rest or package in _FRAMEWORKS or not new.startswith(f"{package}."):
        return False
    return old.rpartition(".")[2] == new.rpartition(".")[2] and not any(
        f"/{package}/" in f"/{path}" or f"/{path}".endswith(f"/{package}.py")
        for tree in trees
        for path in tree.paths()
        if path.endswith(".py")
    )


def went(base: Tree, merged: Tree, name: str) -> bool:
    """The repository had what the dotted path *name* says, and will not have it any more."""
    names = name.split(".")
    for length in range(len(names) - 1, 0, -1):
        paths = paths_of(base, ".".join(names[:length]))
        if not paths:
            continue
        return (
            len(paths) == 1
            and _has(base, paths[0], names[length])
            and not _has(merged, paths[0], names[length])
        )
    return False


def _has(tree: Tree, path: str, name: str) -> bool:
    """The module at *path* binds *name*, or may."""
    try:
        module = parse(tree.read(path))
    except KeyError:
        return False
    return isinstance(module, Unparsed) or binds(module, name)
