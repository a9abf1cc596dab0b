"""What a table is given for a database: ``mysql_engine``, and functions that give it where it is MySQL, else nothing."""

from __future__ import annotations

import ast
import re

_OPTION = re.compile(r"(?:postgresql|mysql|mariadb|sqlite|oracle|mssql|starrocks|clickhouse)_\w+")


def is_option(argument: str) -> bool:
    """Whether *argument* of a table says something to a database, and makes another table of it."""
    return argument == "prefixes" or _OPTION.fullmatch(argument) is not None


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
