"""Which database a comparison asks for: ``bind.dialect.name == "mysql"``."""

from __future__ import annotations

import ast

from analyzers.read.alembic.known import iterate
from analyzers.read.values import Call, Opaque, Ref, Value


def asks_for(one: Value, operator: ast.cmpop, other: Value, dialect: str) -> bool | None:
    """Whether the comparison of both holds on *dialect*; None where it asks for something else."""
    if _names_dialect(other):
        one, other = other, one
    if not _names_dialect(one):
        return None
    wanted = [other] if isinstance(other, str) else iterate(other)
    if wanted is None or not all(isinstance(w, str) for w in wanted):
        return None
    inside = dialect in wanted
    return inside if isinstance(operator, ast.Eq | ast.In | ast.Is) else not inside


def _names_dialect(value: Value) -> bool:
    """Whether *value* is ``....dialect.name`` (or ``engine.name``) of a connection."""
    text = dotted(value)
    return text.endswith(
        ("dialect.name", "engine.name", "get_bind().name", "bind.name", "get_dialect().name")
    ) or text in {"dialect", "dialect_name", "conn.dialect.name"}


def dotted(value: Value) -> str:
    """A value as the chain of names that it is written with."""
    match value:
        case Ref(name):
            return name
        case Opaque(text):
            return text
        case Call(".", (inner, attr)):
            return f"{dotted(inner)}.{attr}"
        case Call(name, args) if name.startswith(".") and args:
            return f"{dotted(args[0])}{name}()"
        case Call(name):
            return f"{name}()"
        case _:
            return ""
