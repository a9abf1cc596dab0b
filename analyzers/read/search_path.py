"""Directories that a file puts on Python's search path, so that what they hold is imported without their name."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from analyzers.read.sources import Unparsed, parse

_DEPTH = 5
"""Names that are followed from one to the next: ``APPS = ROOT / "apps"`` and what it is made of."""


def put_on_path(path: str, content: bytes, is_directory: Callable[[str], bool]) -> Iterator[str]:
    """
    Directories of the tree that the file *path* inserts into ``sys.path`` or appends to it.

    ``sys.path.insert(0, join(ROOT, "apps"))`` names the one directory ``apps`` at or
    above the file; none where several could be meant.
    """
    if b"sys.path" not in content:
        return
    module = parse(content)
    if isinstance(module, Unparsed):
        return
    bound = {
        statement.targets[0].id: statement.value
        for statement in module.body
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)
    }
    above = _above(path)
    for node in ast.walk(module):
        match node:
            case ast.Call(
                func=ast.Attribute(
                    value=ast.Attribute(value=ast.Name(id="sys"), attr="path"),
                    attr="insert" | "append",
                ),
                args=[*_, directory],
            ):
                parts = [part for part in _texts(directory, bound) if part not in {"..", "."}]
                tail = "/".join(part.strip("/") for part in parts)
                if not tail or any(part.startswith("/") for part in parts):
                    continue
                found = [
                    f for f in (f"{a}/{tail}" if a else tail for a in above) if is_directory(f)
                ]
                if len(found) == 1:
                    yield found[0]
            case _:
                pass


def _above(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[:length]) for length in range(len(parts), -1, -1)]


def _texts(node: ast.expr, bound: dict[str, ast.expr], depth: int = 0) -> Iterator[str]:
    """The texts that *node* is put together from, in the order of the source."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.Name(id=name) if name in bound and depth < _DEPTH:
            yield from _texts(bound[name], bound, depth + 1)
        case ast.Call(func=func, args=args):
            inside = [func.value] if isinstance(func, ast.Attribute) else []
            for part in (*inside, *args):
                yield from _texts(part, bound, depth)
        case ast.BinOp(left=left, right=right):
            yield from _texts(left, bound, depth)
            yield from _texts(right, bound, depth)
        case _:
            pass
