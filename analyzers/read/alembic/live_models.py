"""Classes of the program that a revision asks for rows: they have the columns of the newest code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from analyzers.frozen import dataclass

_ASKS = frozenset({"query", "select", "get"})
_CHANGES = frozenset({"update", "delete", "values"})
"""What writes the columns that it names, and reads no row."""


@dataclass(frozen=True, slots=True)
class Used:
    """A class by its name in the file and the dotted one that it was imported under, and where it is used first."""

    name: str
    dotted: str
    line: int


def used_classes(module: ast.Module) -> tuple[Used, ...]:
    """
    The imported names that the functions of a revision ask for whole rows, in order.

    Whether they are models is for the caller to find out. ``downgrade`` is left out.
    """
    imported = dict(_imports(module))
    found: dict[str, Used] = {}
    for function in module.body:
        if not isinstance(function, ast.FunctionDef) or function.name == "downgrade":
            continue
        for name, line in sorted(_asked(function), key=lambda each: each[1]):
            if name in imported:
                found.setdefault(name, Used(name, imported[name], line))
    return tuple(found.values())


def is_model(definition: ast.ClassDef) -> bool:
    """Whether the class is mapped to a table for certain."""
    names = {
        target.id
        for statement in definition.body
        if isinstance(statement, ast.Assign | ast.AnnAssign)
        for target in (
            statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        )
        if isinstance(target, ast.Name)
    }
    if "__abstract__" in names:
        return False
    bases = {ast.unparse(base) for base in definition.bases}
    tabled = any(keyword.arg == "table" for keyword in definition.keywords)
    return bool(names & {"__tablename__", "__table__"}) or "db.Model" in bases or tabled


def _imports(module: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _asked(function: ast.FunctionDef) -> Iterator[tuple[str, int]]:
    """The names whose rows are asked for or made, with their lines."""
    changed: set[int] = set()
    for node in ast.walk(function):
        match node:
            case ast.Call(func=ast.Attribute(value=receiver, attr=attr)) if attr in _CHANGES:
                # Statements are made from the outside in: all that stands in it belongs to it.
                changed.update(map(id, ast.walk(receiver)))
            case _:
                pass
    for node in ast.walk(function):
        if id(node) in changed:
            continue
        match node:
            case ast.Call(
                func=ast.Attribute(attr=attr) | ast.Name(id=attr), args=[ast.Name(id=name), *_]
            ) if attr in _ASKS:
                yield name, node.lineno
            case ast.Attribute(value=ast.Name(id=name), attr="query"):
                yield name, node.lineno
            case ast.Call(func=ast.Attribute(attr="add"), args=[ast.Call(func=ast.Name(id=name))]):
                yield name, node.lineno
            case _:
                pass


def stands_beside(path: str, revision: str) -> bool:
    """Whether the file *path* is one of the folder for migrations that has *revision*: its models are copies."""
    folder = revision.rpartition("/")[0]
    above, versions, _ = f"{folder}/".partition("/versions/")
    script = above if versions else folder.rpartition("/")[0]
    named = re.search(r"alembic|migrat", script.rpartition("/")[2])
    return named is not None and path.startswith(f"{script}/")
