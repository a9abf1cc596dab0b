"""Statements that only say something to whoever runs the code."""

from __future__ import annotations

import ast
from collections import Counter

LOGGERS = frozenset({"log", "logger", "logging", "LOG", "LOGGER", "_log", "_logger"})
_PRINTS = frozenset({"print"})
_LEVELS = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical", "log"})
_HARMLESS = frozenset({"len", "str", "repr", "int", "sorted", "list", "type"})


def only_said(call: ast.Call) -> bool:
    """Whether *call* prints or logs, and nothing else happens in its arguments."""
    match call.func:
        case ast.Name(id=name) if name in _PRINTS:
            pass
        case ast.Attribute(value=ast.Name(id=name), attr=attr) if (
            name in LOGGERS and attr in _LEVELS
        ):
            pass
        case _:
            return False
    inner = (n for n in ast.walk(call) if isinstance(n, ast.Call) and n is not call)
    return all(
        (isinstance(c.func, ast.Name) and c.func.id in _HARMLESS)
        or (isinstance(c.func, ast.Attribute) and c.func.attr == "format")
        for c in inner
    )


def is_logger(statement: ast.stmt) -> bool:
    """Whether *statement* binds a logger that something gives by its name."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=made)):
            return name in LOGGERS and ast.unparse(made).lower().endswith(
                ("getlogger", "get_logger")
            )
        case _:
            return False


def without_loggers(module: ast.Module) -> None:
    """
    Take away, in place, the loggers at the top of *module* by which something is said and nothing else is done.

    What works out the words stays where it is: ``logger.info("%s", orders.count())``.
    """
    asked: Counter[str] = Counter()
    spoken: Counter[str] = Counter()
    for node in ast.walk(module):
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                asked[name] += 1
            case ast.Expr(
                value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr))
            ) if attr in _LEVELS:
                spoken[name] += 1
            case _:
                pass
    module.body = [
        statement
        for statement in module.body
        if not (
            isinstance(statement, ast.Assign)
            and isinstance(logger := statement.targets[0], ast.Name)
            and is_logger(statement)
            and asked[logger.id] == spoken[logger.id]
        )
    ]
