"""Which models an ``env.py`` does not import, so that autogenerate does not see their tables."""

from __future__ import annotations

import ast
import sys
from collections import deque
from collections.abc import Collection, Iterator

from analyzers.read.sources import Unparsed, parse
from analyzers.relate.alembic_missing import Difference, ModelsOfRoot
from analyzers.trees import Tree

_MODULES = 300
"""Files that are followed from one ``env.py``, each of which is parsed."""
_BY_NAME = frozenset(
    {"importlib", "import_module", "import_module_name", "__import__", "pkgutil", "runpy", "exec"}
    | {"eval", "imp", "entry_points", "iter_entry_points", "load_entry_point", "import_string"}
    | {"iter_modules", "walk_packages", "find_modules", "import_submodules", "autodiscover"}
    | {
        "spec_from_file_location",
        "glob",
        "rglob",
        "listdir",
        "walk",
        "scandir",
        "iterdir",
        "venusian",
    }
)
"""What brings modules, or the names of files, otherwise than an import does."""

_LIBRARIES = sys.stdlib_module_names | {"alembic", "sqlalchemy"}
"""Modules that an ``env.py`` asks for; folders of a repository may have such names as well."""


def not_imported(
    tree: Tree, models: ModelsOfRoot, lacking: Collection[Difference]
) -> frozenset[Difference]:
    """
    The new tables of *lacking* whose modules the root's ``env.py`` certainly does not import.

    None of them where an import is anything but plain, or Flask's application brings the models.
    """
    new = {d: _place(models, d.table) for d in lacking if d.kind == "add_table"}
    location = models.root.location
    if not any(new.values()) or location.script is None or location.flask:
        return frozenset()
    stems = {_module(path).rpartition("/")[2] for path in new.values()}
    wanted = frozenset(new.values()) - {""}
    reached = _reached(tree, f"{location.script}/env.py".removeprefix("/"), stems, wanted)
    others = {_place(models, name) for name in models.tables.tables} - {""}
    if reached is None or reached.isdisjoint(others):
        return frozenset()
    return frozenset(d for d, path in new.items() if path and path not in reached)


def _place(models: ModelsOfRoot, table: str) -> str:
    model = models.metadata.tables.get(table)
    return model.place.path if model is not None else ""


def _reached(
    tree: Tree, start: str, stems: Collection[str], wanted: frozenset[str]
) -> frozenset[str] | None:
    """
    The files that *start* imports, one from the other, until all that are *wanted* are among them.

    None where one may import more, as one of *stems* by its name.
    """
    files = _Files(tree)
    seen = {start}
    todo = deque([start])
    while todo and not wanted <= seen:
        if len(seen) > _MODULES:
            return None
        path = todo.popleft()
        module = files.parsed(path)
        if module is None or not _is_plain(module, stems):
            return None
        for dotted, needed in _imports(module, path):
            found = files.named(dotted)
            first = dotted.partition(".")[0]
            if needed and not found and first not in _LIBRARIES and files.has(first):
                # It is of the repository, and is not found.
                return None
            new = [f for f in found if f not in seen]
            seen.update(new)
            todo += new
    return frozenset(seen)


class _Files:
    """The Python files of a tree by the names under which they may be imported."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._by_end: dict[str, list[str]] = {}
        self._paths = frozenset(path for path in tree.paths() if path.endswith(".py"))
        self._names: set[str] = set()
        for path in self._paths:
            module = _module(path)
            self._by_end.setdefault(module.rpartition("/")[2], []).append(path)
            self._names.update(module.split("/"))

    def has(self, name: str) -> bool:
        """Whether a module or a folder of the tree is called *name*."""
        return name in self._names

    def parsed(self, path: str) -> ast.Module | None:
        if path not in self._paths:
            return None
        module = parse(self._tree.read(path))
        return None if isinstance(module, Unparsed) else module

    def named(self, dotted: str) -> list[str]:
        """The files that may be the module *dotted*, and those of the packages that it is in."""
        parts = dotted.split(".")
        wanted = "/".join(parts)
        found: list[str] = []
        for path in self._by_end.get(parts[-1], ()):
            if f"/{_module(path)}".endswith(f"/{wanted}"):
                folders = path.split("/")[:-1]
                above = ("/".join((*folders[:n], "__init__.py")) for n in range(len(folders) + 1))
                found += (path, *(p for p in above if p in self._paths))
        return found


def _is_plain(module: ast.Module, stems: Collection[str]) -> bool:
    """Whether *module* imports by statements alone, and names none of *stems* in a text."""
    for node in ast.walk(module):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name) if (
                name.partition(".")[0] in _BY_NAME
            ):
                return False
            case ast.ImportFrom(module=str(source)) if source.partition(".")[0] in _BY_NAME:
                return False
            case ast.Constant(value=str(text)) if len(text) < 200:
                last = text.removesuffix(".py").replace("/", ".").rpartition(".")[2]
                if last in stems and text != last:
                    return False
            case _:
                pass
    return True


def _imports(module: ast.Module, path: str) -> Iterator[tuple[str, bool]]:
    """The dotted names that *module* at *path* imports, each with whether it is a module for certain."""
    folders = path.split("/")[:-1]
    for node in ast.walk(module):
        match node:
            case ast.Import(names=names):
                for alias in names:
                    yield alias.name, True
            case ast.ImportFrom(module=source, names=names, level=level):
                above = folders[: len(folders) - level + 1] if level else []
                base = ".".join((*above, *((source,) if source else ())))
                if base:
                    yield base, not level or source is not None
                for alias in names:
                    yield f"{base}.{alias.name}".lstrip("."), False
            case _:
                pass


def _module(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__")
