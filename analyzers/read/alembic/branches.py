"""Branches of ``upgrade()`` that depend on the database: ``if bind.dialect.name == "mysql"``."""

from __future__ import annotations

import ast

from analyzers.read.alembic.dialects import asks_for, dotted
from analyzers.read.alembic.evaluate import Scope, evaluate, inlined, truth_of
from analyzers.read.values import Call, Value


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
            asked = asks_for(evaluate(left, scope), operator, evaluate(right, scope), dialect)
            return truth_of(test, scope) if asked is None else asked
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
