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


class Unsaid(ast.NodeTransformer):
    """Functions without what they only say, so that nothing is needed for it."""

    def __init__(self) -> None:
        self._inside = 0

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self._inside += 1
        self.generic_visit(node)
        self._inside -= 1
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        if self._inside and isinstance(node.value, ast.Call) and only_said(node.value):
            return ast.copy_location(ast.Pass(), node)
        return node
