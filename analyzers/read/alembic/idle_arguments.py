"""What operations and types are given that no database sees."""

from __future__ import annotations

import ast

_NAMES = ("table_name", "column_name")
_OF_COLUMN = frozenset({*_NAMES, "schema"})


def alters_nothing(call: ast.Call) -> bool:
    """``op.alter_column("a", "b", existing_type=...)``, which says what is there and asks for nothing."""
    if (
        not isinstance(call.func, ast.Attribute)
        or call.func.attr != "alter_column"
        or len(call.args) > 2
    ):
        return False
    return all(
        k.arg is not None and (k.arg in _OF_COLUMN or k.arg.startswith("existing_"))
        for k in call.keywords
    )


_ENUMS = frozenset({"sqlalchemy.Enum", "sqlalchemy.types.Enum", "sqlalchemy.sql.sqltypes.Enum"})


def without_check_of_enum(call: ast.Call) -> None:
    """Change ``Enum("a", create_constraint=True)``: where the database has enums no check is made beside one."""
    if ast.unparse(call.func) in _ENUMS and all(k.arg != "native_enum" for k in call.keywords):
        call.keywords = [k for k in call.keywords if k.arg != "create_constraint"]
