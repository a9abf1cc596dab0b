"""Branches of ``upgrade()`` that depend on the database: ``if bind.dialect.name == "mysql"``."""

from __future__ import annotations

import ast

from analyzers.read.alembic.evaluate import Scope, evaluate, inlined, truth_of
from analyzers.read.alembic.known import iterate
from analyzers.read.values import Call, Opaque, Ref, Value


def dialect_truth(test: ast.expr, scope: Scope, dialect: str) -> bool | None:
    """Whether *test* holds on *dialect*; None where it asks for something else."""
    match test:
        case ast.BoolOp(op=operator, values=values):
            truths = [dialect_truth(value, scope, dialect) for value in values]
            decided = isinstance(operator, ast.Or)
            if any(truth is decided for truth in truths):
                return decided
            return None if None in truths else not decided
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            truth = dialect_truth(operand, scope, dialect)
            return None if truth is None else not truth
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            one, other = evaluate(left, scope), evaluate(right, scope)
            if _names_dialect(other):
                one, other = other, one
            if not _names_dialect(one):
                return truth_of(test, scope)
            wanted = [other] if isinstance(other, str) else iterate(other)
            if wanted is None or not all(isinstance(w, str) for w in wanted):
                return None
            inside = dialect in wanted
            return inside if isinstance(operator, ast.Eq | ast.In | ast.Is) else not inside
        case ast.Call() if (helper := inlined(test, scope)) is not None:
            scope.budget.depth += 1
            truth = dialect_truth(*helper, dialect)
            scope.budget.depth -= 1
            return truth
        case _:
            value = evaluate(test, scope)
            if isinstance(value, Call) and value.func.endswith("is_offline_mode"):
                return False
            scheme = _scheme_asked(value)
            if scheme is not None:
                return any(name.startswith(scheme) for name in _SCHEMES.get(dialect, (dialect,)))
            return truth_of(test, scope)


_SCHEMES = {"mysql": ("mysql",), "mariadb": ("mariadb", "mysql"), "postgresql": ("postgresql",)}


def _scheme_asked(value: Value) -> str | None:
    """The text in ``str(bind.engine.url).startswith("mysql")``."""
    if not isinstance(value, Call) or value.func != ".startswith" or len(value.args) != 2:
        return None
    receiver, scheme = value.args
    address = dotted(receiver).removesuffix(")").endswith(".url")
    return scheme if isinstance(scheme, str) and address else None


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
