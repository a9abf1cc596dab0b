"""Which expressions in a class make a column, and the column that an SQLModel field makes."""

from __future__ import annotations

import ast
import builtins
import sys

from analyzers.read.alembic.annotations import Annotation
from analyzers.read.last_names import last_name
from analyzers.read.values import Call, Opaque, Value

_OF_COLUMNS = frozenset({"primary_key", "index", "unique", "nullable"})
"""Arguments of an SQLModel field that its column has as well."""


def is_declared(function: ast.FunctionDef) -> bool:
    return any("declared_attr" in ast.unparse(d) for d in function.decorator_list)


def makes_column(function: ast.FunctionDef) -> bool:
    """Whether a call of ``Column`` stands anywhere in *function*, and what it returns may be one."""
    nodes = [*ast.walk(function)]
    returned = [node.value for node in nodes if isinstance(node, ast.Return)]
    if returned and all(_named(value) == "relationship" for value in returned):
        # The columns are of another table, which it makes on the way.
        return False
    return any(_named(node) in {"Column", "mapped_column"} for node in nodes)


def _named(node: ast.AST | None) -> str:
    """The last part of the name that *node* calls; empty where it is no such call."""
    return last_name(node.func) if isinstance(node, ast.Call) else ""


def is_table_model(node: ast.ClassDef) -> bool:
    return any(
        k.arg == "table" and isinstance(k.value, ast.Constant) and k.value.value is True
        for k in node.keywords
    )


def column_call(value: Value) -> Call | None:
    """The ``Column(...)`` in *value*, out of ``deferred(...)`` and the like."""
    if not isinstance(value, Call):
        return None
    short = value.func.rpartition(".")[2]
    if short in {"deferred", "column_property"}:
        return column_call(value.args[0]) if value.args else None
    return value if short in {"Column", "mapped_column"} else None


def column_like(value: Value) -> bool:
    return isinstance(value, Call) and value.func.rpartition(".")[2].lower().endswith("column")


_NO_COLUMNS = frozenset({*dir(builtins), "backref", "relation", "relationship"})


def may_be_column(value: Value) -> bool:
    """Whether the call *value*, which makes no column that is known, may give one: what a library does is not read."""
    if not isinstance(value, Call):
        return isinstance(value, Opaque)
    root, dot, rest = value.func.partition(".")
    if not dot:
        return root not in _NO_COLUMNS
    known = root in sys.stdlib_module_names or root == "sqlalchemy"
    return not known and rest.rpartition(".")[2] not in _NO_COLUMNS


def sqlmodel_given(value: Value) -> Call | None:
    """The column that ``Field(sa_column=Column(...))`` gives."""
    if isinstance(value, Call) and value.func.endswith("Field"):
        return column_call(value.get("sa_column"))
    return None


def sqlmodel_column(value: Value, said: Annotation) -> Call | None:
    """An SQLModel field as the column that it makes; None where it makes none, or one that is not known."""
    options = dict(value.kwargs) if isinstance(value, Call) and value.func.endswith("Field") else {}
    if made_elsewhere(value):
        # Given in a way that is not read: what column it is cannot be known.
        return None
    # Of a collection, or of a class, a type that is given makes a column: `Field(sa_type=JSON)`.
    typed = options.get("sa_type") is not None
    if (said.plural and not typed) or (
        isinstance(value, Call) and value.func.endswith("Relationship")
    ):
        return None
    args: list[Value] = []
    if options.get("sa_type") is not None:
        args.append(options["sa_type"])
    elif isinstance(options.get("max_length"), int):
        args.append(Call("sqlalchemy.String", (options["max_length"],)))
    elif isinstance(options.get("max_digits"), int):
        args.append(
            Call("sqlalchemy.Numeric", (options["max_digits"], options.get("decimal_places")))
        )
    if isinstance(options.get("foreign_key"), str):
        actions = tuple((k, v) for k, v in options.items() if k == "ondelete")
        args.append(Call("sqlalchemy.ForeignKey", (options["foreign_key"],), actions))
    kept = {k: v for k, v in options.items() if k in _OF_COLUMNS}
    named = options.get("sa_column_kwargs") or {}
    kept.update((k, v) for k, v in named.items() if isinstance(k, str))
    args += options.get("sa_column_args") or ()
    return Call("sqlalchemy.Column", tuple(args), tuple(kept.items()))


def made_elsewhere(value: Value) -> bool:
    """Whether an SQLModel field is given its column, or what goes into it, by something that is not read."""
    if not isinstance(value, Call):
        return False
    more, named = value.get("sa_column_args"), value.get("sa_column_kwargs")
    return (
        value.get("sa_column") is not None
        or not isinstance(more, list | tuple | None)
        or not isinstance(named, dict | None)
    )


def may_be_none(node: ast.expr | None, value: Value) -> bool:
    """
    Whether an SQLModel field is None where nothing is given, as *node* of the *value* says it.

    With Pydantic 1 its column takes NULL then, whatever the annotation says; with Pydantic 2 it does not.
    """
    if isinstance(value, Call) and value.func.endswith("Field"):
        return value.get("default", value.args[0] if value.args else ...) is None
    return isinstance(node, ast.Constant) and node.value is None
