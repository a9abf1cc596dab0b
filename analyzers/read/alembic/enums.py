"""Enum types of models: the name that the database knows them by, and their source."""

from __future__ import annotations

from analyzers.read.values import Call, Opaque, Ref, Value

MEMBERS_UNKNOWN = ("x",)
"""Stands for the members of an enum of which the name alone is known, which is its type on PostgreSQL."""


def with_enum(call: Call) -> Call:
    """*call* with ``Enum(SomeClass)`` written with the name that its type gets."""
    args = tuple(_named_enum(arg) for arg in call.args)
    kwargs = tuple((k, _named_enum(v) if k == "type_" else v) for k, v in call.kwargs)
    return Call(call.func, args, kwargs, call.line, call.end_line)


def _named_enum(value: Value) -> Value:
    if not isinstance(value, Call) or value.func.rpartition(".")[2] not in {"Enum", "ENUM"}:
        return value
    first = value.args[0] if value.args else None
    if isinstance(first, str) or first is None:
        return value
    if value.get("native_enum") is False:
        return Opaque("enum")
    text = first.name if isinstance(first, Ref) else first.text if isinstance(first, Opaque) else ""
    # A class gives the type its name, a list of members (`*KINDS`) does not.
    own = None if text.startswith("*") else text.rpartition(".")[2].lower()
    name = value.get("name", own)
    return Call(value.func, MEMBERS_UNKNOWN, (("name", name),) if name is not None else ())


def enum_source(value: Value) -> str | None:
    """The source of an enum whose name and members are known; None for all other types."""
    if not isinstance(value, Call) or value.func.rpartition(".")[2] not in {"Enum", "ENUM"}:
        return None
    name = value.get("name")
    if not isinstance(name, str) or not all(isinstance(a, str) for a in value.args):
        return None
    if value.args in ((), MEMBERS_UNKNOWN) or value.get("native_enum") is False:
        return None
    return f"sa.Enum({', '.join(map(repr, value.args))}, name={name!r})"
