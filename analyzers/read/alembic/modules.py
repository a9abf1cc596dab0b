"""The Python files of one tree, found by dotted path and parsed once."""

from __future__ import annotations

import ast
from functools import cache, cached_property, lru_cache

from analyzers.frozen import dataclass
from analyzers.read.alembic.evaluate import Scope
from analyzers.read.alembic.library_mixins import SOURCES
from analyzers.read.alembic.module_names import given_away, module_scope
from analyzers.read.sources import Unparsed, parse
from analyzers.read.values import Ref
from analyzers.trees import Tree


@dataclass(frozen=True, slots=True)
class Module:
    """A parsed file and the names that it binds."""

    path: str
    tree: ast.Module
    scope: Scope
    library: bool = False
    """Whether it is no file of the tree, but what is known of a library."""


class Modules:
    """Parses a tree's files on demand; what cannot be parsed is simply not there."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._known: dict[str, Module | None] = {}
        self.read_count = 0

    def at(self, path: str) -> Module | None:
        """The file *path*; None where there is none or it cannot be read."""
        if path not in self._known:
            # While it is read it is not there: modules may take everything from one another.
            self._known[path] = None
            self._known[path] = self._read(path)
        return self._known[path]

    def named(self, dotted: str, importer: str = "") -> list[Module]:
        """
        The files that the module path *dotted* may mean, the likeliest first.

        *importer* is the path of the file that says so: of several files with
        one ending, the one that shares most folders with it is meant.
        """
        wanted = dotted.replace(".", "/")
        ends = (f"/{wanted}.py", f"/{wanted}/__init__.py")
        names = self._by_end.get(wanted.rpartition("/")[2], ())
        paths = [path for path in names if f"/{path}".endswith(ends)]
        paths.sort(key=lambda path: (-_shared(path, importer), len(path), path))
        found = [module for path in paths if (module := self.at(path)) is not None]
        library = _library(dotted) if not paths and dotted in SOURCES else None
        return [library] if library is not None else found

    def definition(
        self, dotted: str, importer: str = "", depth: int = 8
    ) -> tuple[ast.stmt, Module] | None:
        """The function or class that *dotted* names, through re-exports."""
        found = self.value(dotted, importer, depth)
        if found is None or not isinstance(found[0], ast.stmt):
            return None
        return found[0], found[1]

    def value(
        self, dotted: str, importer: str = "", depth: int = 8
    ) -> tuple[object, Module] | None:
        """What *dotted* (``package.module.NAME``) is bound to, through re-exports."""
        holder, _, name = dotted.rpartition(".")
        if not holder or depth <= 0:
            return None
        for module in self.named(holder, importer):
            if not module.scope.binds(name):
                starred = self._starred(name, module, depth)
                if starred is not None:
                    return starred
                continue
            found = module.scope.look_up(name)
            if isinstance(found, Ref) and found.name != dotted:
                return self.value(found.name, module.path, depth - 1) or (found, module)
            return found, module
        return None

    def _starred(self, name: str, module: Module, depth: int) -> tuple[object, Module] | None:
        for source in reversed(module.scope.stars):
            found = self.value(f"{source}.{name}", module.path, depth - 1)
            if found is not None:
                return found
        return None

    @cached_property
    def _by_end(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for path in self._tree.paths():
            if path.endswith(".py"):
                last = path.removesuffix(".py").removesuffix("/__init__").rpartition("/")[2]
                found.setdefault(last, []).append(path)
        return found

    def _read(self, path: str) -> Module | None:
        try:
            content = self._tree.read(path)
        except KeyError:
            return None
        parsed = _parsed(content)
        if isinstance(parsed, Unparsed):
            return None
        self.read_count += 1
        inside = path.endswith("/__init__.py")
        folder = path.rpartition("/")[0].replace("/", ".")
        package = folder if inside or folder else ""
        try:
            scope = module_scope(
                parsed, package=package, given_by=lambda source: self._given_by(source, path)
            )
        except RecursionError:
            return None
        return Module(path, parsed, scope)

    def _given_by(self, dotted: str, importer: str) -> dict[str, Ref]:
        """What ``from dotted import *`` brings; nothing where the module is not of this tree."""
        for module in self.named(dotted, importer):
            if module.path != importer:
                return given_away(module.scope, dotted)
        return {}


@lru_cache(maxsize=1024)
def _parsed(content: bytes) -> ast.Module | Unparsed:
    """The trees of one review share most of their files; nobody changes a syntax tree here."""
    return parse(content)


@cache
def _library(dotted: str) -> Module:
    """What is known of the library's module *dotted*."""
    tree = ast.parse(SOURCES[dotted])
    return Module(f"<{dotted}>", tree, module_scope(tree), library=True)


def _shared(path: str, other: str) -> int:
    """How many leading folders two paths share."""
    count = 0
    for one, two in zip(path.split("/"), other.split("/"), strict=False):
        if one != two:
            break
        count += 1
    return count
