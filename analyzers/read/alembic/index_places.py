"""Of which table an index is that does not stand among the table's own arguments."""

from __future__ import annotations

import ast
from collections.abc import Container, Mapping


def owner_of(column: ast.AST) -> str | None:
    """The class or table of which *column* is said to be: ``Post.title``, ``tags.c.name``."""
    match column:
        case (
            ast.Attribute(value=ast.Name(id=name))
            | ast.Attribute(value=ast.Attribute(value=ast.Name(id=name), attr="c" | "columns"))
        ):
            return name
        case _:
            return None


def of_own_columns(node: ast.expr | None, attributes: Container[str]) -> bool:
    """Whether *node* is an index that names one of the column's *attributes*: that puts it on the table, wherever it stands."""
    match node:
        case ast.Call(func=ast.Name(id="Index") | ast.Attribute(attr="Index"), args=[_, *members]):
            return any(
                isinstance(n, ast.Name) and n.id in attributes
                for member in members
                for n in ast.walk(member)
            )
        case _:
            return False


def with_columns_of(owner: str, attributes: Mapping[str, str], node: ast.Call) -> ast.expr:
    """The call *node* with what it says of the class or table *owner* as columns by their names; *attributes* name them."""
    # Read anew: a syntax tree is shared, and is not changed.
    made = ast.parse(ast.unparse(node), mode="eval").body
    written: ast.expr = _AsColumns(owner, attributes).visit(made)
    for each in ast.walk(written):
        ast.copy_location(each, node)
    return written


class _AsColumns(ast.NodeTransformer):
    """Writes ``Post.title`` and ``posts.c.title`` as ``column("title")``."""

    def __init__(self, owner: str, attributes: Mapping[str, str]) -> None:
        self._owner = owner
        self._attributes = attributes

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if owner_of(node) != self._owner or (
            isinstance(node.value, ast.Name) and node.attr in {"c", "columns"}
        ):
            return self.generic_visit(node)
        named = ast.Constant(self._attributes.get(node.attr, node.attr))
        return ast.Call(func=ast.Name("sqlalchemy.column", ast.Load()), args=[named], keywords=[])
