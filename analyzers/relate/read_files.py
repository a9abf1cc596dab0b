"""
Files beside a migration that it reads: their content is part of what it does.

A path counts where it is plain: made of ``__file__``, of folders and names that
stand in the source.
"""

from __future__ import annotations

import ast
import contextlib
import posixpath
from collections import Counter
from collections.abc import Collection, Mapping

from analyzers.limits import SOURCE_BYTES
from analyzers.read.last_names import last_name
from analyzers.read.sources import Unparsed, parse
from analyzers.relate.inlined import bindings
from analyzers.trees import Tree

KINDS = (".csv", ".json", ".psql", ".sql", ".tsv", ".txt", ".xml", ".yaml", ".yml")
"""What files that migrations read end with; templates and the like lie beside them as well."""

DEPTH = 30
"""Folders, names and calls that a path is made of."""

_AS_IT_IS = frozenset({"abspath", "fspath", "normpath", "realpath", "str"})
_PATHS = frozenset({"Path", "PosixPath", "PurePath", "PurePosixPath"})
_SAME = frozenset({"absolute", "resolve"})


def with_read_files(tree: Tree, content: bytes, path: str, files: Collection[str]) -> bytes:
    """
    The migration *content* at *path* with what it reads of *files* in place of their paths.

    The text itself where ``read_text()`` gives it, else a sign of it; *content*
    itself where it reads none of them.
    """
    module = _reading(content, files)
    if module is None:
        return content
    reader = _Reader(tree, path, module, files)
    try:
        return ast.unparse(reader.visit(module)).encode() if reader.reads(module) else content
    except (RecursionError, UnicodeError):
        return content


def files_read(tree: Tree, content: bytes, path: str, files: Collection[str]) -> frozenset[str]:
    """Those of *files* that the migration *content* at *path* reads."""
    module = _reading(content, files)
    return frozenset() if module is None else _Reader(tree, path, module, files).read(module)


def _reading(content: bytes, files: Collection[str]) -> ast.Module | None:
    """*content* parsed, where it may read one of *files*."""
    if b"__file__" not in content or not any(base_name(file) in content for file in files):
        return None
    module = parse(content)
    return None if isinstance(module, Unparsed) else module


def base_name(path: str) -> bytes:
    """The last part of *path*, as git has it."""
    return path.rpartition("/")[2].encode("utf-8", "surrogateescape")


class _Reader(ast.NodeTransformer):
    """Puts what is read in the place of the paths that say where it lies."""

    def __init__(self, tree: Tree, path: str, module: ast.Module, files: Collection[str]) -> None:
        self.tree, self.path, self.files = tree, path, frozenset(files)
        bound = Counter(bindings(module))
        self.names: Mapping[str, ast.expr] = {
            node.targets[0].id: node.value
            for node in ast.walk(module)
            if isinstance(node, ast.Assign)
            and len(node.targets) == 1
            and isinstance(node.targets[0], ast.Name)
            and bound[node.targets[0].id] == 1
        }

    def reads(self, module: ast.Module) -> bool:
        """Whether a path in *module* is that of one of the files."""
        return any(isinstance(n, ast.expr) and self._file(n) for n in ast.walk(module))

    def read(self, module: ast.Module) -> frozenset[str]:
        """The files of which paths stand in *module*."""
        places = (self._file(n) for n in ast.walk(module) if isinstance(n, ast.expr))
        return frozenset(place for place in places if place is not None)

    def visit(self, node: ast.AST) -> ast.AST:
        match node:
            case ast.Name(ctx=ast.Store() | ast.Del()):
                return node
            case ast.Call(func=ast.Attribute(value=holder, attr="read_text")) if file := self._file(
                holder
            ):
                content = self.tree.read(file)
                with contextlib.suppress(UnicodeDecodeError):
                    if len(content) <= SOURCE_BYTES:
                        return ast.Constant(value=content.decode())
                return ast.Constant(value=f"{file} {self.tree.oid(file)}")
            case ast.expr() if file := self._file(node):
                return ast.Constant(value=f"{file} {self.tree.oid(file)}")
            case _:
                pass
        return super().generic_visit(node)

    def _file(self, node: ast.expr) -> str | None:
        found = self._place(node, 0)
        return found if found in self.files else None

    def _place(self, node: ast.expr, depth: int) -> str | None:
        """The path in the tree that *node* is; None where it is none, or not plain."""
        if depth > DEPTH:
            return None
        match node:
            case ast.Name(id="__file__"):
                return self.path
            case ast.Name(id=name) if name in self.names:
                return self._place(self.names[name], depth + 1)
            case ast.Attribute(value=inner, attr="parent"):
                return _up(self._place(inner, depth + 1))
            case ast.Subscript(
                value=ast.Attribute(value=inner, attr="parents"),
                slice=ast.Constant(value=int(times)),
            ) if 0 <= times < DEPTH:
                place = self._place(inner, depth + 1)
                for _ in range(times + 1):
                    place = _up(place)
                return place
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                return self._below(left, [right], depth)
            case ast.Call(func=made, args=[first, *rest], keywords=[]):
                return self._made(made, first, rest, depth)
            case ast.Call(func=ast.Attribute(value=inner, attr=method)) if method in _SAME:
                return self._place(inner, depth + 1)
            case _:
                return None

    def _made(
        self, made: ast.expr, first: ast.expr, rest: list[ast.expr], depth: int
    ) -> str | None:
        name = last_name(made)
        if name in _PATHS or name == "join":
            return self._below(first, rest, depth)
        if name == "dirname" and not rest:
            return _up(self._place(first, depth + 1))
        if name in _AS_IT_IS and not rest:
            return self._place(first, depth + 1)
        match made:
            case ast.Attribute(value=inner, attr="joinpath"):
                return self._below(inner, [first, *rest], depth)
            case ast.Attribute(value=inner, attr="with_name") if not rest:
                above = _up(self._place(inner, depth + 1))
                return self._joined(above, [first])
            case _:
                return None

    def _below(self, node: ast.expr, parts: list[ast.expr], depth: int) -> str | None:
        return self._joined(self._place(node, depth + 1), parts)

    def _joined(self, place: str | None, parts: list[ast.expr]) -> str | None:
        if len(parts) > DEPTH:
            return None
        for part in parts:
            text = self.names.get(part.id, part) if isinstance(part, ast.Name) else part
            match text:
                case ast.Constant(value=str(name)) if place is not None and name[:1] != "/":
                    place = posixpath.normpath(posixpath.join(place, name))
                case _:
                    return None
        return place if place is not None and not place.startswith("..") else None


def _up(place: str | None) -> str | None:
    """The folder of *place*; None above the tree."""
    return posixpath.dirname(place) if place else None
