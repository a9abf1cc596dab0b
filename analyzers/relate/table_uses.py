"""Where code asks for a table that none of its models is known to map."""

from __future__ import annotations

import ast
import re

from analyzers.read.last_names import last_name
from analyzers.relate.uses import PLACES, files_with, syntax_of
from analyzers.trees import Tree
from analyzers.vocabulary import Place

_SQL = re.compile(r"\s*\(*\s*(?:select|insert|update|delete|with|truncate|copy|lock)\b", re.I)
_BEFORE = (
    r"\b(?:from|into|join|update|table|truncate|only|using|lock|copy)\s+(?:\w+\.|\"\w+\"\.)?[\"`]?"
)


def asks_for_table(tree: Tree, table: str) -> tuple[Place, ...]:
    """
    The places where the code of *tree* names *table* as one, the first few.

    That is as a model's name or an argument for one, as what a foreign key refers to, or in
    SQL. The bare word elsewhere, a column's or an option's name, may mean anything.
    """
    found: set[Place] = set()
    asked = _Asked(table)
    for path in files_with(tree, table):
        module = syntax_of(tree.read(path))
        for node in ast.walk(module) if module is not None else ():
            line = asked.line(node)
            if line is not None:
                found.add(Place(path, line, line))
        if len(found) >= PLACES:
            break
    return tuple(sorted(found, key=lambda p: (p.path, p.line)))[:PLACES]


class _Asked:
    """Tells whether a node names the one table."""

    def __init__(self, table: str) -> None:
        name = re.escape(table)
        self._whole = re.compile(rf"(?:\w+\.)?{name}", re.IGNORECASE)
        self._target = re.compile(rf"(?:\w+\.)?{name}\.\w+", re.IGNORECASE)
        self._in_sql = re.compile(rf"{_BEFORE}{name}\b", re.IGNORECASE)

    def line(self, node: ast.AST) -> int | None:
        match node:
            case (
                ast.Assign(targets=[target], value=value)
                | ast.AnnAssign(target=target, value=ast.expr() as value)
            ):
                known = _of_tables(target) and self._text(self._whole, value)
            case ast.Call(func=func, args=args):
                known = (
                    _of_tables(func) and any(self._text(self._whole, arg) for arg in args)
                ) or (
                    last_name(func).startswith("ForeignKey")
                    and any(self._text(self._target, n) for arg in args for n in ast.walk(arg))
                )
            case ast.keyword(arg=str(name), value=value):
                of_tables = "table" in name or name == "secondary"
                known = of_tables and self._text(self._whole, value)
            case ast.Subscript(value=holder, slice=key):
                known = _of_tables(holder) and self._text(self._whole, key)
            case ast.Attribute(attr=attr, value=ast.Attribute(attr="classes" | "tables")):
                known = self._whole.fullmatch(attr) is not None
            case ast.Constant(value=str(text)):
                known = self._in_sql.search(text) is not None and _SQL.match(text) is not None
            case _:
                known = False
        if not known:
            return None
        return node.lineno if isinstance(node, ast.expr | ast.stmt | ast.keyword) else None

    @staticmethod
    def _text(pattern: re.Pattern[str], node: ast.AST) -> bool:
        match node:
            case ast.Constant(value=str(text)):
                return pattern.fullmatch(text) is not None
            case _:
                return False


def _of_tables(node: ast.expr) -> bool:
    """Whether what is assigned to, called or looked into is of tables by its name."""
    return "table" in last_name(node).lower()
