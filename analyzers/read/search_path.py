"""Directories that a file puts on Python's search path, so that what they hold is imported without their name."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from analyzers.read.sources import Unparsed, parse

_PARTS = 100
"""Expressions looked at for one directory: ``ROOT / "apps"``, what ``ROOT`` is made of, and so on."""


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


def _texts(node: ast.expr, bound: dict[str, ast.expr]) -> list[str]:
    """The texts that *node* is put together from, in the order of the source; none where it is of too many parts."""
    texts: list[str] = []
    waiting = [node]
    for _ in range(_PARTS):
        if not waiting:
            return texts
        match waiting.pop():
            case ast.Constant(value=str(text)):
                texts.append(text)
            case ast.Name(id=name) if name in bound:
                waiting.append(bound[name])
            case ast.Call(func=func, args=args):
                inside = [func.value] if isinstance(func, ast.Attribute) else []
                waiting += reversed((*inside, *args))
            case ast.BinOp(left=left, right=right):
                waiting += (right, left)
            case _:
                pass
    return []
