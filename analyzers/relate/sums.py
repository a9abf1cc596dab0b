"""Expressions that operators join, such as ``F("price") * 2``, as migrations hold them."""

from __future__ import annotations

from analyzers.read.values import Call, Value

COMBINED = "django.db.models.CombinedExpression"
_SIGNS = {"Add": "+", "Sub": "-", "Mult": "*", "Div": "/", "Mod": "%%", "Pow": "^"}
_DEPTH = 20


def combined(call: Call, depth: int = 0) -> Call | None:
    """What Django makes of *call*, an operator between expressions; None where it is none."""
    sign = _SIGNS.get(call.func.removeprefix("operator."))
    if sign is None or len(call.args) != 2 or not call.func.startswith("operator."):
        return None
    sides = [_side(value, depth + 1) for value in call.args]
    if not any(map(_is_expression, sides)):
        return None
    return Call(COMBINED, (_valued(sides[0]), sign, _valued(sides[1])))


def _side(value: Value, depth: int) -> Value:
    inner = combined(value, depth) if isinstance(value, Call) and depth < _DEPTH else None
    return value if inner is None else inner


def _is_expression(value: Value) -> bool:
    return (
        isinstance(value, Call)
        and value.func.startswith("django.db.models.")
        and value.func != "django.db.models.Q"
    )


def _valued(value: Value) -> Value:
    """What is no expression is a value."""
    return value if isinstance(value, Call) else Call("django.db.models.Value", (value,))
