"""Statements that a revision runs by its connection, as those that it runs by Alembic's operations."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from typing import TypeVar

from analyzers.read.alembic.local_values import elsewhere, is_bind
from analyzers.read.alembic.statement_calls import binds_nothing

_Node = TypeVar("_Node", bound=ast.AST)
_TEXTS = "sqlalchemy.text"


def by_get_bind(function: ast.FunctionDef) -> None:
    """
    Change ``c.execute(...)``, where ``c = op.get_bind()``, into ``op.get_bind().execute(...)``, as a statement alone.

    Within an autocommit block it may be another connection.
    """
    if any(n.attr == "autocommit_block" for n in _of(function, ast.Attribute)):
        return
    stored = Counter(n.id for n in _of(function, ast.Name) if isinstance(n.ctx, ast.Store))
    stored.update(name for node in ast.walk(function) for name in elsewhere(node))
    binds: dict[str, ast.Assign] = {}
    for statement in function.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if stored[
                name
            ] == 1 and _by_operations(value):
                binds[name] = statement
            case _:
                pass
    for expression in _of(function, ast.Expr) if binds else ():
        match expression.value:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=name), attr="execute") as func, args=[_, *_]
            ) if name in binds:
                func.value = binds[name].value
            case _:
                pass
    loaded = {n.id for n in _of(function, ast.Name) if isinstance(n.ctx, ast.Load)}
    idle = [statement for name, statement in binds.items() if name not in loaded]
    function.body = [s for s in function.body if s not in idle] or [ast.Pass()]


def through_operations(function: ast.FunctionDef) -> None:
    """Change ``op.get_bind().execute(text(s))``, of which nothing is asked, into ``op.execute(s)``, which makes a text of it."""
    for expression in _of(function, ast.Expr):
        match expression.value:
            case ast.Call(
                func=ast.Attribute(
                    value=ast.Call(func=ast.Attribute(value=operations)) as bind, attr="execute"
                ),
                args=[sql] | [sql, ast.Dict()],
                keywords=[],
            ) if _by_operations(bind):
                text = _text(sql)
                if text is not None:
                    made = ast.Attribute(value=operations, attr="execute", ctx=ast.Load())
                    given = [text, *expression.value.args[1:]]
                    expression.value = ast.Call(func=made, args=given, keywords=[])
            case _:
                pass


def _of(function: ast.FunctionDef, kind: type[_Node]) -> Iterator[_Node]:
    return (node for node in ast.walk(function) if isinstance(node, kind))


def _by_operations(value: ast.expr) -> bool:
    return is_bind(value) and ast.unparse(value) in {"alembic.op.get_bind()", "op.get_bind()"}


def _text(sql: ast.expr) -> ast.expr | None:
    """What ``text`` holds; also one that is given as it is, and means the same there."""
    match sql:
        case ast.Call(func=made, args=[inner], keywords=[]) if ast.unparse(made) == _TEXTS:
            return inner
        case ast.Constant(value=str()) | ast.Call(func=ast.Name(id="f")) if binds_nothing(sql):
            return sql
        case _:
            return None
