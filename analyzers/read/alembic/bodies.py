"""The schema changes of a revision file: its ``upgrade()``, judged with its ``downgrade()``."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from analyzers import limits
from analyzers.read.alembic.changes import changes_of, reversal
from analyzers.read.alembic.evaluate import Scope, module_scope
from analyzers.read.alembic.operations import OpCall, read_calls
from analyzers.read.cache import Cache
from analyzers.trees import Tree
from analyzers.vocabulary import SchemaChange


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What a revision does, forwards and back."""

    forward: tuple[SchemaChange, ...] = ()
    back: tuple[SchemaChange, ...] | None = None
    """None where there is no ``downgrade``."""
    calls: tuple[OpCall, ...] = ()
    """The calls of ``upgrade``, for writing them as SQL."""
    back_calls: tuple[OpCall, ...] = ()
    gives_up: bool = False
    """``downgrade`` raises instead of going back."""


class Bodies:
    """Reads the bodies of one tree's revisions; helpers are looked up in the tree."""

    def __init__(self, tree: Tree, cache: Cache) -> None:
        self._tree = tree
        self._cache = cache
        self._paths = frozenset(tree.paths())
        self._modules: dict[str, tuple[ast.Module, Scope] | None] = {}
        self._by_end: dict[str, list[str]] | None = None
        self._followed = False

    def read(self, path: str, dialect: str) -> Body:
        """What the revision file *path* does; empty where it cannot be parsed."""
        key = f"{self._tree.oid(path)}:{path}:{dialect}"
        kept: Body | None = self._cache.get("alembic-body-1", key)
        if kept is not None:
            return kept
        self._followed = False
        body = self._read(path, dialect)
        if not self._followed:
            # What a helper does stands in another file, which may change by itself.
            self._cache.put("alembic-body-1", key, body)
        return body

    def _read(self, path: str, dialect: str) -> Body:
        content = self._tree.read(path)
        if len(content) > limits.SOURCE_BYTES:
            return Body()
        try:
            module = ast.parse(content)
            calls = read_calls(module, "upgrade", dialect, self._find) or ()
            back_calls = read_calls(module, "downgrade", dialect, self._find)
            forward = tuple(c for call in calls for c in changes_of(call, path, dialect))
            back = (
                tuple(c for call in back_calls for c in changes_of(call, path, dialect))
                if back_calls is not None
                else None
            )
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return Body()
        gives_up = any(call.name == "raise" and not call.guarded for call in back_calls or ())
        return Body(
            forward=reversal(forward, back, gives_up=gives_up),
            back=back,
            calls=calls,
            back_calls=back_calls or (),
            gives_up=gives_up,
        )

    def _find(self, dotted: str) -> tuple[ast.FunctionDef, Scope] | None:
        """The function of the repository that *dotted* names."""
        module, _, name = dotted.rpartition(".")
        if not module or module.partition(".")[0] in {"sqlalchemy", "alembic"}:
            return None
        for path in self._candidates(module):
            found = self._module(path)
            if found is None:
                continue
            definition = found[1].names.get(name)
            if isinstance(definition, ast.FunctionDef):
                self._followed = True
                return definition, found[1]
        return None

    def _candidates(self, module: str) -> list[str]:
        if self._by_end is None:
            self._by_end = {}
            for path in sorted(self._paths, key=lambda p: (len(p), p)):
                if path.endswith(".py"):
                    last = path.removesuffix(".py").removesuffix("/__init__").rpartition("/")[2]
                    self._by_end.setdefault(last, []).append(path)
        wanted = module.replace(".", "/")
        ends = (f"/{wanted}.py", f"/{wanted}/__init__.py")
        names = self._by_end.get(wanted.rpartition("/")[2], ())
        return [path for path in names if f"/{path}".endswith(ends)]

    def _module(self, path: str) -> tuple[ast.Module, Scope] | None:
        if path not in self._modules:
            self._modules[path] = None
            content = self._tree.read(path)
            if len(content) <= limits.SOURCE_BYTES:
                try:
                    module = ast.parse(content)
                    self._modules[path] = (module, module_scope(module, package=_package(path)))
                except (SyntaxError, ValueError, RecursionError, MemoryError):
                    pass
        return self._modules[path]


def _package(path: str) -> str:
    return path.rpartition("/")[0].replace("/", ".")
