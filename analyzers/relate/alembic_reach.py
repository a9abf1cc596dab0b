"""
Whether a change can reach SQLAlchemy's models, told without reading them.

Most pull requests change neither models nor revisions. Lengths, labels of enums and
helpers that models take from modules beside them make their columns others as well.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from analyzers.read.cache import Cache
from analyzers.read.imports import imported
from analyzers.trees import Tree

IMPORTS = "python-imports-1"
_STEPS = 2
"""How far imports are followed: a module of constants, and one from which that takes them."""


def leads_to(tree: Tree, start: Collection[str], wanted: Collection[str], cache: Cache) -> bool:
    """Whether the files *start* import one of *wanted*, or something that does."""
    known = [path for path in tree.paths() if path.endswith(".py")]
    asked = _by_end(set(wanted).intersection(known))
    if not asked:
        return False
    every = _by_end(known)
    seen = {*start}
    todo = sorted(start)
    for left in reversed(range(_STEPS)):
        tree.prefetch(path for path in todo if cache.get(IMPORTS, tree.oid(path)) is None)
        said = {
            (name, path if name.startswith(".") else "")
            for path in todo
            for name in _imports(tree, path, cache)
        }
        if any(True for name, path in said for _ in _files(name, path, asked)):
            return True
        if left:
            reached = {file for name, path in said for file in _files(name, path, every)}
            todo = sorted(reached - seen)
            seen |= reached
    return False


def _by_end(paths: Iterable[str]) -> dict[str, list[str]]:
    """The *paths* by the last part, and the last two, of the module that each is."""
    found: dict[str, list[str]] = {}
    for path in paths:
        parts = _module(path).split("/")
        for end in {"/".join(parts[-1:]), "/".join(parts[-2:])}:
            found.setdefault(end, []).append(path)
    return found


def _imports(tree: Tree, path: str, cache: Cache) -> tuple[str, ...]:
    oid = tree.oid(path)
    names: tuple[str, ...] | None = cache.get(IMPORTS, oid)
    if names is None:
        names = imported(tree.read(path))
        cache.put(IMPORTS, oid, names)
    return names


def _files(name: str, importer: str, ends: dict[str, list[str]]) -> Iterator[str]:
    """The files that the dotted *name* may mean in *importer*: the module, or the one in which it is a name."""
    bare = name.lstrip(".")
    above = importer.split("/")[: -(len(name) - len(bare))] if bare != name else None
    wanted = [*(above or ()), *(bare.split(".") if bare else ())]
    for parts in (wanted, wanted[:-1]):
        whole = "/".join(parts)
        for path in ends.get("/".join(parts[-2:]), ()) if parts else ():
            module = _module(path)
            if module == whole or (above is None and module.endswith(f"/{whole}")):
                yield path


def _module(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__")
