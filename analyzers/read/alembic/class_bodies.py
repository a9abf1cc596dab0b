"""Classes that hold tables as attributes, and loops that make them: their bodies, read like modules."""

from __future__ import annotations

import ast
from dataclasses import replace

from analyzers.read.alembic.evaluate import Scope, bind, evaluate
from analyzers.read.alembic.known import iterate
from analyzers.read.alembic.module_names import bind_statement
from analyzers.read.alembic.modules import Module

MAPPED_WHOLE = "__table__"
"""The attribute whose table is that of the class itself."""


def binding(node: ast.ClassDef, name: str) -> ast.stmt | None:
    """The statement of the class's own body that binds *name*."""
    for statement in node.body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=bound)])
                | ast.AnnAssign(target=ast.Name(id=bound), value=ast.expr())
                | ast.FunctionDef(name=bound)
            ) if bound == name:
                return statement
            case _:
                pass
    return None


def bound_in_branches(branch: ast.If) -> dict[str, ast.expr]:
    """What a branch in a class's body binds; nothing where type checkers alone read it."""
    found: dict[str, ast.expr] = {}
    match branch.test:
        case ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"):
            statements = branch.orelse
        case _:
            statements = [*branch.body, *branch.orelse]
    for statement in statements:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                found[name] = value
            case ast.If():
                found.update(bound_in_branches(statement))
            case _:
                pass
    return found


def body_with_tables(node: ast.ClassDef, module: Module) -> Module | None:
    """
    The body of the class *node* of *module* as a module of its own; None where no call in it makes a table.

    ``class Schema: metadata = MetaData(); orders = Table("orders", metadata, ...)``.
    """
    body = [statement for statement in node.body if not _is_own(statement)]
    if not any(_makes_table(statement) for statement in body):
        return None
    scope = _within(module.scope)
    for statement in body:
        bind_statement(statement, scope)
    # Classes within are read by nobody, nor are they at a module's other ends.
    kept = [statement for statement in body if not isinstance(statement, ast.ClassDef)]
    return replace(module, tree=ast.Module(body=kept, type_ignores=[]), scope=scope)


def rounds_with_tables(loop: ast.For, module: Module) -> list[Module] | None:
    """
    The body of *loop*, at the top of *module*, as a module for each of its rounds; none where no call in it makes a table.

    ``for kind in ("user", "group"): Table(f"{kind}_roles", metadata, ...)``. None where it is not known
    how many, or which of them.
    """
    if not any(_makes_table(statement) for statement in loop.body):
        # In a branch, or a loop within, which are not gone through.
        deeper = (node for node in ast.walk(loop) if isinstance(node, ast.stmt))
        return None if any(_makes_table(statement) for statement in deeper) else []
    items = iterate(evaluate(loop.iter, module.scope))
    if items is None:
        return None
    rounds = []
    kept: list[ast.stmt] = [s for s in loop.body if not isinstance(s, ast.ClassDef)]
    for item in items:
        if not module.scope.budget.spend():
            return None
        scope = _within(module.scope)
        bind(loop.target, item, scope)
        for statement in kept:
            bind_statement(statement, scope)
        tree = ast.Module(body=kept, type_ignores=[])
        rounds.append(replace(module, tree=tree, scope=scope))
    return rounds


def _within(scope: Scope) -> Scope:
    """The names of a module and more: which of them a ``MetaData`` has is asked of the scope itself."""
    return Scope(dict(scope.names), scope.outer, scope.budget, scope.stars)


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
            | ast.Expr(value=ast.Call(func=ast.Name(id="Table") | ast.Attribute(attr="Table")))
        ):
            return True
        case _:
            return False
