"""Classes that hold tables as attributes, as programs without mapped classes keep them: their bodies, read like modules."""

from __future__ import annotations

import ast
from dataclasses import replace

from analyzers.read.alembic.evaluate import bind_statement
from analyzers.read.alembic.modules import Module

MAPPED_WHOLE = "__table__"
"""The attribute whose table is that of the class itself."""


def body_with_tables(node: ast.ClassDef, module: Module) -> Module | None:
    """
    The body of the class *node* of *module* as a module of its own; None where no call in it makes a table.

    ``class Schema: metadata = MetaData(); orders = Table("orders", metadata, ...)``.
    """
    body = [statement for statement in node.body if not _is_own(statement)]
    if not any(_makes_table(statement) for statement in body):
        return None
    scope = module.scope.inner()
    for statement in body:
        bind_statement(statement, scope)
    # Classes within are read by nobody, nor are they at a module's other ends.
    kept = [statement for statement in body if not isinstance(statement, ast.ClassDef)]
    return replace(module, tree=ast.Module(body=kept, type_ignores=[]), scope=scope)


def _is_own(statement: ast.stmt) -> bool:
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)) if (
            name == MAPPED_WHOLE
        ):
            return True
        case _:
            return False


def _makes_table(statement: ast.stmt) -> bool:
    match statement:
        case (
            ast.Assign(value=ast.Call(func=ast.Name(id="Table") | ast.Attribute(attr="Table")))
            | ast.AnnAssign(value=ast.Call(func=ast.Name(id="Table") | ast.Attribute(attr="Table")))
        ):
            return True
        case _:
            return False
