"""Modules of the project that migrations import and that the merged tree does not have any more."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from functools import cached_property

from analyzers.frozen import dataclass
from analyzers.read.gitignore import ignored_by
from analyzers.read.imports import imported
from analyzers.read.sources import Unparsed, parse
from analyzers.relate.facts import Facts
from analyzers.relate.scopes import bound_at_top
from analyzers.trees import Tree

_MADE_BY_HAND = re.compile(
    rb"__path__|extend_path|declare_namespace|sys\.modules|__getattr__|globals\(|vars\(|setattr\(|exec\(|importlib"
)
"""What may give a package modules or names that the tree does not show."""
_WORD = re.compile(rb"\w+")
_FEW = 20
"""Names that are sooner looked for one by one."""
_IMPORTS = 200
"""Imports of one file that are looked at; no migration has so many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """An import that stops whoever loads the file."""

    path: str
    line: int
    module: str


class Imports:
    """The imports at the top of migrations, held against the base's and the merged tree."""

    def __init__(self, facts: Facts) -> None:
        self._base = facts.comparison.base
        self._merged = facts.comparison.merged
        self._changed = frozenset(facts.changed_paths)
        self._here = _Places(self._merged)
        self._before = _Places(self._base)

    def broken(self, path: str) -> Broken | None:
        """The first import at the top of the migration *path* that cannot work."""
        touched = path in self._changed
        if not touched and not self._may_lack(path):
            return None
        module = _parsed(self._merged, path)
        old = _parsed(self._base, path) if touched and module is not None else module
        before = {ast.dump(s) for s in _imports(old)}
        for statement in _imports(module):
            if ast.dump(statement) not in before:
                continue  # what is asked for anew may come from anywhere
            for dotted, names in asked(statement, path):
                lacking = self._lacks(path, dotted, names)
                if lacking is not None:
                    return Broken(path=path, line=statement.lineno, module=lacking)
        return None

    @cached_property
    def _gone(self) -> dict[str, list[str]]:
        """The base's modules that the merged tree does not have where they stood, by their last names."""
        left = set(self._merged.paths())
        found: dict[str, list[str]] = {}
        for path in self._base.paths():
            if path.endswith(".py") and path not in left:
                module = f"/{path.removesuffix('.py').removesuffix('/__init__')}"
                name = module.rpartition("/")[2]
                # No statement imports ``0001_initial``, and no migration its project's tests.
                if name.isidentifier() and not name.startswith("test_"):
                    found.setdefault(name, []).append(module)
        return found

    def _may_lack(self, path: str) -> bool:
        """Whether a migration that stays as it is may name a module that goes."""
        if not self._gone:
            return False
        content = self._merged.read(path)
        if not self._names_gone(content):
            return False
        return any(self._may_be_gone(dotted.lstrip(".")) for dotted in imported(content))

    def _names_gone(self, content: bytes) -> bool:
        """Whether *content* has the last name of a module that goes."""
        words, others = self._gone_names
        if len(words) > _FEW:
            # Many are not looked for one by one in each of many files.
            return not words.isdisjoint(_WORD.findall(content)) or any(n in content for n in others)
        return any(name in content for name in (*words, *others))

    @cached_property
    def _gone_names(self) -> tuple[frozenset[bytes], tuple[bytes, ...]]:
        """Those that are words as bytes are matched, and the others."""
        names = [name.encode(errors="surrogateescape") for name in self._gone]
        words = frozenset(name for name in names if _WORD.fullmatch(name))
        return words, tuple(name for name in names if name not in words)

    def _may_be_gone(self, dotted: str) -> bool:
        end = "/" + dotted.replace(".", "/")
        return any(m.endswith(end) for m in self._gone.get(dotted.rpartition(".")[2], ()))

    def _lacks(self, path: str, dotted: str, names: tuple[str, ...]) -> str | None:
        """The module that is there no more; None where all may be there."""
        for each in (dotted, *(f"{dotted}.{name}" for name in names)):
            if self._went(path, each) and (each == dotted or not self._named(dotted, each)):
                return each
        return None

    def _went(self, path: str, dotted: str) -> bool:
        """Whether the base has one file that is the module *dotted*, and the merged tree nothing of that name."""
        if not self._may_be_gone(dotted):
            return False
        wanted = dotted.replace(".", "/")
        had = self._before.modules(wanted)
        if len(had) != 1 or not _is_above(had[0], wanted, path) or self._here.provide(wanted):
            return False
        if wanted.partition("/")[0] in sys.stdlib_module_names or self._is_within(had[0], wanted):
            return False
        if not self._package_stays(had[0], wanted) or self._is_made_up:
            return False
        return ignored_by(self._merged, had[0]) is None and not self._submodules(wanted)

    def _is_within(self, file: str, wanted: str) -> bool:
        """Whether the folder from which *wanted* leads to *file* is a package: no program starts searching there."""
        end = file.removesuffix(".py").removesuffix("/__init__")
        root = end[: len(end) - len(wanted)].rstrip("/")
        return bool(root) and f"{root}/__init__.py" in self._before.paths

    def _package_stays(self, file: str, wanted: str) -> bool:
        """Whether the top package of *file* stands where it stood: one that goes may be installed from elsewhere now."""
        end = file.removesuffix(".py").removesuffix("/__init__")
        top = end[: len(end) - len(wanted)] + wanted.partition("/")[0]
        try:
            return not _MADE_BY_HAND.search(self._merged.read(f"{top}/__init__.py"))
        except KeyError:
            return False

    @cached_property
    def _is_made_up(self) -> bool:
        """Whether a file that the pull request changes gives modules other names by hand."""
        there = set(self._merged.paths())
        files = (p for p in self._changed if p.endswith(".py") and p in there)
        return any(b"sys.modules" in self._merged.read(path) for path in files)

    def _named(self, package: str, dotted: str) -> bool:
        """Whether *package* may have the last name of *dotted* without a module of that name."""
        files = self._here.modules(package.replace(".", "/"))
        name = dotted.rpartition(".")[2]
        return any(_may_bind(self._merged, path, name) for path in files)

    def _submodules(self, wanted: str) -> bool:
        """Whether git brings the module from another repository."""
        try:
            text = self._merged.read(".gitmodules").decode(errors="replace")
        except KeyError:
            return False
        return wanted.partition("/")[0] in text


def _imports(module: ast.Module | None) -> list[ast.Import | ast.ImportFrom]:
    """The imports at the top of *module*, without those in branches."""
    body = module.body if module is not None else ()
    return [s for s in body if isinstance(s, ast.Import | ast.ImportFrom)][:_IMPORTS]


def asked(
    statement: ast.Import | ast.ImportFrom, path: str
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The modules that *statement* of the file *path* loads, and what it takes of each."""
    if isinstance(statement, ast.Import):
        for alias in statement.names:
            yield alias.name, ()
        return
    module, level = statement.module or "", statement.level
    if level:
        folders = path.split("/")[:-level]
        if not folders:
            return
        module = ".".join([*folders, *([module] if module else [])])
    yield module, tuple(alias.name for alias in statement.names if alias.name != "*")


def _is_above(file: str, wanted: str, importer: str) -> bool:
    """Whether *file*, which is the module *wanted*, lies in a folder that those who load *importer* search."""
    end = file.removesuffix(".py").removesuffix("/__init__")
    root = end[: len(end) - len(wanted)].rstrip("/")
    above = importer.split("/")[:-1]
    near = {"/".join(above[:length]) for length in range(len(above) + 1)}
    return root in near or root.removesuffix("src").rstrip("/") in near


class _Places:
    """The paths of a tree, by the names of which they are made."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree

    @cached_property
    def paths(self) -> frozenset[str]:
        return frozenset(self._tree.paths())

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for path in self._tree.paths():
            for name in {part.partition(".")[0] for part in path.split("/")}:
                found.setdefault(name, []).append(path)
        return found

    def named(self, name: str) -> list[str]:
        """The paths of which a folder is called *name*, or the file whatever comes behind it."""
        return self._by_name.get(name, [])

    def modules(self, wanted: str) -> list[str]:
        """The files that may be the module *wanted*, a path without an ending."""
        ends = (f"/{wanted}.py", f"/{wanted}/__init__.py")
        return [p for p in self.named(wanted.rpartition("/")[2]) if f"/{p}".endswith(ends)]

    def provide(self, wanted: str) -> bool:
        """Whether a path may be the module *wanted*, a folder of that name or a link included."""
        for path in self.named(wanted.rpartition("/")[2]):
            full = f"/{path}"
            if f"/{wanted}/" in full or f"/{wanted}." in full or full.endswith(f"/{wanted}"):
                return True
        return False


def _parsed(tree: Tree, path: str) -> ast.Module | None:
    try:
        module = parse(tree.read(path))
    except KeyError:
        return None
    return None if isinstance(module, Unparsed) else module


def _may_bind(tree: Tree, path: str, name: str) -> bool:
    """Whether the module at *path* has *name*, or may have it."""
    module = _parsed(tree, path)
    if module is None or _MADE_BY_HAND.search(tree.read(path)):
        return True
    if any(
        a.name == "*" for s in ast.walk(module) if isinstance(s, ast.ImportFrom) for a in s.names
    ):
        return True
    return name in {*bound_at_top(module.body)} or (name.startswith("__") and name.endswith("__"))
