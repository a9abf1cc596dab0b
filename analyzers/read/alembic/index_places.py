"""Of which table an index is that does not stand among the table's own arguments."""

from __future__ import annotations

import ast
from collections.abc import Container


def owner_of(column: ast.expr) -> str | None:
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
