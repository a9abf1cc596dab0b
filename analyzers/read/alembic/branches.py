"""Branches of ``upgrade()`` that depend on the database: ``if bind.dialect.name == "mysql"``."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from analyzers import limits
from analyzers.read.alembic.dialects import asks_for, dotted
from analyzers.read.alembic.evaluate import Scope, evaluate, inlined, truth_of
from analyzers.read.alembic.module_names import bind_statement
from analyzers.read.alembic.parameters import bind_parameters
from analyzers.read.values import Call, Value

FindFunction = Callable[[str], "tuple[ast.FunctionDef, Scope] | None"]
"""From a dotted path to a function of the repository and the names that it sees."""


def dialect_truth(test: ast.expr, scope: Scope, dialect: str, find: FindFunction) -> bool | None:
    """Whether *test* holds on *dialect*, functions looked into that it calls; None where it asks for something else."""
    if not scope.budget.spend():
        return None
    match test:
        case ast.BoolOp(op=operator, values=values):
            truths = [dialect_truth(value, scope, dialect, find) for value in values]
            decided = isinstance(operator, ast.Or)
            if any(truth is decided for truth in truths):
                return decided
            return None if None in truths else not decided
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            truth = dialect_truth(operand, scope, dialect, find)
            return None if truth is None else not truth
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            asked = asks_for(evaluate(left, scope), operator, evaluate(right, scope), dialect)
            return truth_of(test, scope) if asked is None else asked
        case ast.Call() if (helper := inlined(test, scope)) is not None:
            scope.budget.depth += 1
            truth = dialect_truth(*helper, dialect, find)
            scope.budget.depth -= 1
            return truth
        case ast.Call() if (given := _helper(test, scope, find)) is not None:
            inner = given[1].inner()
            inner.budget = scope.budget
            bind_parameters(given[0], test, scope, inner)
            scope.budget.depth += 1
            _, truth = _answer(given[0].body, inner, dialect, find)
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


def _helper(
    call: ast.Call, scope: Scope, find: FindFunction
) -> tuple[ast.FunctionDef, Scope] | None:
    """The function that *call* calls, of its own file or of another one, and the names that it sees."""
    if scope.budget.depth >= limits.HELPER_DEPTH:
        return None
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    found: Value = scope.look_up(name)
    home = scope.holder(name)
    if not isinstance(found, ast.FunctionDef):
        value = evaluate(call, scope)
        there = find(value.func) if isinstance(value, Call) and "." in value.func[1:] else None
        if there is None:
            return None
        found, home = there
    return None if found.decorator_list else (found, home)


def _answer(
    body: Sequence[ast.stmt], scope: Scope, dialect: str, find: FindFunction
) -> tuple[bool, bool | None]:
    """Whether *body* returns, and whether that is true; a function that does more answers nothing that is known."""
    for statement in body:
        match statement:
            case ast.Return(value=None):
                return True, False
            case ast.Return(value=ast.expr() as value):
                return True, dialect_truth(value, scope, dialect, find)
            case ast.If(test=test, body=taken, orelse=other):
                truth = dialect_truth(test, scope, dialect, find)
                if truth is None:
                    return True, None
                ended, answer = _answer(taken if truth else other, scope, dialect, find)
                if ended:
                    return True, answer
            case ast.Assign(targets=[ast.Name()]) | ast.AnnAssign(target=ast.Name()):
                bind_statement(statement, scope)
            case ast.Expr(value=ast.Constant()) | ast.Pass():
                pass
            case _:
                return True, None
    return False, False
