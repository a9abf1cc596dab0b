"""Statements that only say something to whoever runs the code."""

from __future__ import annotations

import ast

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
