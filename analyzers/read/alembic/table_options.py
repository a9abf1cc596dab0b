"""Functions that give the options of a table: ``{"mysql_engine": ...}`` where it is MySQL, else nothing."""

from __future__ import annotations

import ast


def gives_options(function: ast.FunctionDef) -> bool:
    """Whether *function* returns dictionaries with other keys than ``schema``, or None, wherever it returns."""
    returned = [node.value for node in ast.walk(function) if isinstance(node, ast.Return)]
    return any(isinstance(value, ast.Dict) for value in returned) and all(
        _options(value) for value in returned
    )


def _options(value: ast.expr | None) -> bool:
    match value:
        case None | ast.Constant(value=None):
            return True
        case ast.Dict(keys=keys):
            return all(
                isinstance(key, ast.Constant)
                and isinstance(key.value, str)
                and key.value != "schema"
                for key in keys
            )
        case _:
            return False
