"""Defaults of columns by one name each, where SQLAlchemy writes several ways and the database keeps the same."""

from __future__ import annotations

import ast

_TRUTHS = {"true": "true", "t": "true", "1": "true", "false": "false", "f": "false", "0": "false"}


def with_truths(call: ast.Call) -> None:
    """PostgreSQL's default of a boolean column by one name: it takes ``"TRUE"`` for what ``sa.true()`` is."""
    given = (*call.args, *(k.value for k in call.keywords))
    kinds = {ast.unparse(g.func if isinstance(g, ast.Call) else g) for g in given}
    if not kinds & {"sqlalchemy.Boolean", "sqlalchemy.BOOLEAN", "sqlalchemy.types.Boolean"}:
        return
    for keyword in call.keywords:
        said = ""
        match keyword.value:
            case ast.Constant(value=str(said)):
                pass
            case ast.Call(func=made, args=[ast.Constant(value=str(said))]) if (
                ast.unparse(made) == "sqlalchemy.text" and not said.isdecimal()
            ):
                pass
            case ast.Call(func=made, args=[], keywords=[]) if ast.unparse(made) in {
                "sqlalchemy.true",
                "sqlalchemy.false",
            }:
                said = ast.unparse(made).rpartition(".")[2]
            case _:
                said = ""
        truth = _TRUTHS.get(said.strip().lower())
        if keyword.arg == "server_default" and truth is not None:
            keyword.value = ast.Name(id=truth, ctx=ast.Load())


_MOMENTS = frozenset({"now()", "current_timestamp", "current_timestamp()"})
"""The start of the transaction (PostgreSQL) or of the statement (MySQL), under each of its names in SQL."""


def with_moments(call: ast.Call) -> None:
    """The moment as a default by one name: ``sa.text("now()")`` asks PostgreSQL and MySQL for what ``sa.func.now()`` does."""
    for keyword in call.keywords:
        said = ""
        match keyword.value:
            case ast.Call(func=made, args=[ast.Constant(value=str(said))], keywords=[]) if (
                ast.unparse(made) == "sqlalchemy.text"
            ):
                pass
            case ast.Call(func=ast.Attribute(value=functions, attr=name), args=[], keywords=[]) if (
                ast.unparse(functions) == "sqlalchemy.func"
            ):
                said = f"{name}()"
            case _:
                pass
        if keyword.arg == "server_default" and said.strip().lower() in _MOMENTS:
            keyword.value = ast.Name(id="now", ctx=ast.Load())
