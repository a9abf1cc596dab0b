"""The name that a dotted path ends in."""

from __future__ import annotations

import ast


def last_name(node: ast.AST | None) -> str:
    """``ForeignKey`` of ``models.ForeignKey``; empty where *node* is no path."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""
