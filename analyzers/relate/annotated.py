"""Names that a query gives to what it works out: Django lets none of them be a field's of its model."""

from __future__ import annotations

import ast
from collections.abc import Iterator

GIVES = frozenset({"aggregate", "alias", "annotate", "values"})


def of_annotations(module: ast.Module, name: str) -> frozenset[ast.AST]:
    """Where *name* is given by a query, and asked for in the function (or the statement) around it."""
    found: list[ast.AST] = []
    for region in regions(module.body):
        inner = list(ast.walk(region))
        if any(gives(node, name) for node in inner):
            found += (node for node in inner if _says(node, name))
    return frozenset(found)


def regions(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The functions of a module and of its classes; what else stands there, a statement each."""
    for statement in body:
        if isinstance(statement, ast.ClassDef):
            yield from regions(statement.body)
        else:
            yield statement


def gives(node: ast.AST, name: str) -> bool:
    """Whether *node* is a query that works something out and calls it *name*."""
    match node:
        case ast.Call(func=ast.Attribute(attr=method), keywords=keywords) if method in GIVES:
            return any(keyword.arg == name for keyword in keywords)
        case _:
            return False


def _says(node: ast.AST, name: str) -> bool:
    """Whether *node* names *name* itself, with a lookup at most: behind a relation it is another model's."""
    match node:
        case ast.keyword(arg=str(said)):
            return said.partition("__")[0] == name
        case ast.Constant(value=str(said)):
            return said.removeprefix("-").partition("__")[0] == name
        case ast.Attribute(attr=said):
            # The rows of the query have it.
            return said == name
        case _:
            return False
