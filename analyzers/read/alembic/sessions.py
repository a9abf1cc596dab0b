"""Sessions of a revision in one form: as SQLAlchemy 2 has them, and without the block that closes them."""

from __future__ import annotations

import ast
from collections.abc import Callable

_SESSION = frozenset({"sqlalchemy.orm.Session", "sqlalchemy.orm.session.Session"})


def as_opened(body: list[ast.stmt], full: Callable[[ast.expr], str]) -> list[ast.stmt]:
    """
    *body* with sessions that are committed at the end of their block as ones without a block.

    So are the transactions inside of a session's, which SQLAlchemy 2 has no more, where
    a commit follows. *full* writes an expression with imported names in full.
    """
    found: list[ast.stmt] = []
    for at, statement in enumerate(body):
        match statement:
            case ast.With(
                items=[
                    ast.withitem(
                        context_expr=ast.Call(func=made) as call, optional_vars=ast.Name(id=name)
                    )
                ],
                body=inside,
            ) if full(made) in _SESSION and _commits(inside[-1], name):
                opened = ast.Assign(targets=[ast.Name(id=name, ctx=ast.Store())], value=call)
                found += [ast.copy_location(opened, statement), *as_opened(inside, full)]
            case ast.With(
                items=[
                    ast.withitem(
                        context_expr=ast.Call(
                            func=ast.Attribute(value=ast.Name(id=name), attr="begin"),
                            args=[],
                            keywords=[
                                ast.keyword(arg="subtransactions", value=ast.Constant(value=True))
                            ],
                        ),
                        optional_vars=None,
                    )
                ],
                body=inside,
            ) if _commits(body[at + 1] if at + 1 < len(body) else None, name):
                found += inside
            case _:
                found.append(statement)
    return found


def _commits(statement: ast.stmt | None, session: str) -> bool:
    match statement:
        case ast.Expr(
            value=ast.Call(
                func=ast.Attribute(value=ast.Name(id=name), attr="commit"), args=[], keywords=[]
            )
        ):
            return name == session
        case _:
            return False
