"""The types of a revision's columns as SQL has them: a project's own type and the one that it stands for are the same."""

from __future__ import annotations

import ast

from analyzers.read.alembic.evaluate import evaluate
from analyzers.read.alembic.model_values import ModelValues
from analyzers.read.alembic.modules import Module, Modules
from analyzers.read.alembic.types import sql_type
from analyzers.read.sources import Unparsed, parse
from analyzers.trees import Tree

_SAID = frozenset({"add_column", "alter_column", "create_table"})
"""What runs with a column's type, and reads or writes no row by it."""
_OF_TYPES = frozenset({"type_", "existing_type"})
_MORE_THAN_A_TYPE = ("enum", "create_constraint", "schematype", "collation", "**")
"""What makes a type or a check of its own, or is not known: the column's type does not tell of it."""


def with_types_in_sql(
    content: bytes, path: str, tree: Tree, databases: tuple[str, ...]
) -> bytes | None:
    """
    The revision *content* with its columns' types as they are written in the SQL of *databases*.

    None where it cannot be read. Of a table that is given a name in the code rows may be
    written by the types of its columns: there they stay.
    """
    modules = Modules(tree)
    home = modules.at(path)
    module = parse(content) if home is not None else None
    if home is None or module is None or isinstance(module, Unparsed):
        return None
    try:
        written = _InSql(home, ModelValues(modules), databases).visit(module)
        return ast.unparse(ast.fix_missing_locations(written)).encode("utf-8", "surrogateescape")
    except (RecursionError, ValueError):
        return None


class _InSql(ast.NodeTransformer):
    def __init__(self, home: Module, values: ModelValues, databases: tuple[str, ...]) -> None:
        self._home = home
        self._values = values
        self._databases = databases

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        match node.value:
            case ast.Call(func=ast.Attribute(attr=attr)) if attr in _SAID:
                for call in ast.walk(node.value):
                    if isinstance(call, ast.Call):
                        self._write(call)
            case _:
                pass
        return node

    def _write(self, call: ast.Call) -> None:
        named = ast.unparse(call.func).rpartition(".")[2]
        if named == "Column" and len(call.args) > 1:
            call.args[1] = self._in_sql(call.args[1])
        for keyword in call.keywords:
            if keyword.arg in _OF_TYPES and named in {"Column", "alter_column"}:
                keyword.value = self._in_sql(keyword.value)

    def _in_sql(self, said: ast.expr) -> ast.expr:
        value = self._values.normal(evaluate(said, self._home.scope), self._home)
        text = f"{ast.unparse(said)} {value!r}".lower()
        if any(word in text for word in _MORE_THAN_A_TYPE):
            return said
        found = [sql_type(value, database) for database in self._databases]
        if any(each is None for each in found):
            return said
        known: list[ast.expr] = [ast.Constant(value=each) for each in found]
        return ast.Call(func=ast.Name(id="type_in_sql", ctx=ast.Load()), args=known, keywords=[])
