"""Where the modules of a tree stand: source roots, packages and namespace packages, by path alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property

from analyzers.limits import FILES
from analyzers.read.search_path import put_on_path
from analyzers.trees import Tree

_SETTINGS = re.compile(rb"""DJANGO_SETTINGS_MODULE["']\s*[,\]]\s*=?\s*["']([\w.]+)""")
_IMPORTED = re.compile(rb"^(?:from|import)[ \t]+([A-Za-z_]\w*)", re.MULTILINE)
_MODULE = (".py", "/__init__.py")
_STARTING = re.compile(r"(?:^|/)(?:manage|settings\w*|settings/\w+)\.py$")
"""Files that Django loads before it loads the apps."""


class Layout:
    """The Python files of a tree, and the names under which they are imported."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._roots_of: dict[str, str] = {}

    @cached_property
    def python(self) -> frozenset[str]:
        """All Python files."""
        return frozenset(p for p in self.tree.paths()[:FILES] if p.endswith(".py"))

    @cached_property
    def packages(self) -> frozenset[str]:
        """Directories with an ``__init__.py``."""
        return frozenset(
            p.removesuffix("__init__.py").rstrip("/")
            for p in self.python
            if p.rpartition("/")[2] == "__init__.py"
        )

    @cached_property
    def started(self) -> frozenset[str]:
        """Packages in which a Django project is started, so that what they hold is imported without their name."""
        found: set[str] = set()
        for path in self.python:
            package, _, name = path.rpartition("/")
            if name == "manage.py" and package in self.packages and package:
                tops = {self._settings_named_in(path), *self._imported_in(path)} - {""}
                beside = {f"{package}/{top}{end}" for top in tops for end in _MODULE}
                found.update({package} if beside & self.python else ())
        return frozenset(found)

    @cached_property
    def searched(self) -> frozenset[str]:
        """Directories that settings or a ``manage.py`` put on Python's search path."""
        paths = [
            path
            for path in self.python
            if ("settings" in path or path.endswith("manage.py")) and _STARTING.search(path)
        ]
        self.tree.prefetch(paths)
        return frozenset(
            directory
            for path in paths
            for directory in put_on_path(path, self._content(path), self.directories.__contains__)
        )

    @cached_property
    def directories(self) -> frozenset[str]:
        """All directories with Python files, at any depth."""
        found: set[str] = set()
        for path in self.python:
            while path := path.rpartition("/")[0]:
                if path in found:
                    break
                found.add(path)
        return frozenset(found)

    def _content(self, path: str) -> bytes:
        try:
            return self.tree.read(path)
        except KeyError:
            return b""

    def _settings_named_in(self, path: str) -> str:
        """The first part of the settings module that the file *path* chooses."""
        said = _SETTINGS.search(self._content(path))
        return said[1].decode().partition(".")[0] if said is not None else ""

    def _imported_in(self, path: str) -> Iterator[str]:
        """The first parts of what the file *path* imports at its top and the top of the tree does not have."""
        for said in _IMPORTED.finditer(self._content(path)):
            name = said[1].decode()
            if not self.python & {f"{name}{end}" for end in _MODULE}:
                yield name

    @cached_property
    def roots(self) -> Mapping[str, tuple[str, ...]]:
        """Top-level importable names to the directories in which they stand, the nearest to the top first."""
        found: dict[str, set[str]] = {}
        below: set[str] = set()
        for path in self.python:
            directory, _, name = path.rpartition("/")
            if directory in below:
                continue  # another file has said it of all
            root = self.root_of(path)
            if directory == root:
                found.setdefault(name.removesuffix(".py"), set()).add(root)
                continue
            below.add(directory)
            inside = directory[len(root) + 1 :] if root else directory
            found.setdefault(inside.partition("/")[0], set()).add(root)
        for top in {p.partition("/")[0] for p in self.python}:
            found.setdefault(top.removesuffix(".py"), set()).add("")
        return {k: tuple(sorted(v, key=lambda r: (r.count("/"), r))) for k, v in found.items()}

    def root_of(self, path: str) -> str:
        """The source root of a file: above the topmost package that it lies in."""
        directory = path.rpartition("/")[0]
        known = self._roots_of.get(directory)
        if known is None:
            known = self._roots_of[directory] = self._root_above(directory)
        return known

    def _root_above(self, directory: str) -> str:
        parts = directory.split("/") if directory else []
        for length in range(len(parts), 0, -1) if self.searched else ():
            folder = "/".join(parts[:length])
            # The ``__init__.py`` of such a directory still is a package's.
            if folder in self.searched and (length < len(parts) or folder not in self.packages):
                return folder
        for length in range(1, len(parts) + 1):
            package = "/".join(parts[:length])
            if package in self.packages:
                inside = length < len(parts) and package in self.started
                return package if inside else "/".join(parts[: length - 1])
        return directory if directory in {"src", "lib"} else ""

    def name_of(self, path: str) -> str:
        """
        The dotted name under which *path* is imported.

        Where another project of the repository has a module of that name, nearer to the
        top, it is the name that *path* has from the top of the repository.
        """
        root = self.root_of(path)
        name = _dotted(path[len(root) + 1 :] if root else path)
        if root and self.path_of(name) != path and self.path_of(_dotted(path)) == path:
            return _dotted(path)
        return name

    def own(self, dotted: str, root: str) -> str:
        """*dotted* as a module of the source root *root* means it: what stands there comes first."""
        if root not in self.roots.get(dotted.partition(".")[0], ())[1:]:
            return dotted
        parts = dotted.split(".")
        for length in range(len(parts), 0, -1):
            tail = "/".join(parts[:length])
            for path in (f"{root}/{tail}/__init__.py", f"{root}/{tail}.py"):
                if path in self.python:
                    return ".".join([self.name_of(path), *parts[length:]])
        return dotted

    def path_of(self, dotted: str) -> str | None:
        """The file of a module; None where the tree has none."""
        tail = dotted.replace(".", "/")
        for root in self.roots.get(dotted.partition(".")[0], ()):
            prefix = f"{root}/{tail}" if root else tail
            for path in (f"{prefix}/__init__.py", f"{prefix}.py"):
                if path in self.python:
                    return path
        return None


def _dotted(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
