"""Expressions that operators join, such as ``F("price") * 2``, and orders (``F("price").desc()``), as migrations hold them."""

from __future__ import annotations

from analyzers.read.evaluator import ORDER
from analyzers.read.values import Call, Value

COMBINED = "django.db.models.CombinedExpression"
_SIGNS = {"Add": "+", "Sub": "-", "Mult": "*", "Div": "/", "Mod": "%%", "Pow": "^"}
_DEPTH = 20


_ORDER = frozenset({"django.db.models.OrderBy", "django.db.models.expressions.OrderBy"})
_ORDER_ARGUMENTS = ("expression", "descending", "nulls_first", "nulls_last")


def order(call: Call) -> Call | None:
    """*call*, an order by an expression, with each of its arguments said; None where it is none."""
    if call.func not in _ORDER or len(call.args) > len(_ORDER_ARGUMENTS):
        return None
    given = dict(zip(_ORDER_ARGUMENTS, call.args, strict=False)) | dict(call.kwargs)
    if not given.keys() <= set(_ORDER_ARGUMENTS):
        return None
    # Before Django 4.1 what is left out was False, and not None.
    said = tuple((name, given.get(name) or False) for name in _ORDER_ARGUMENTS[1:])
    return Call(ORDER, (given.get("expression"),), said, call.line, call.end_line)


def is_order_or_name(call: Call) -> bool:
    """Whether *call* is an order or an ``F``: never equal to a text, though it may mean the same."""
    return call.func in _ORDER | {"django.db.models.F", "django.db.models.expressions.F"}


def combined(call: Call, depth: int = 0) -> Call | None:
    """What Django makes of *call*, an operator between expressions (or before one); None where it is none."""
    if call.func == "operator.USub" and len(call.args) == 1:
        negated = _side(call.args[0], depth + 1)
        return Call(COMBINED, (negated, "*", _valued(-1))) if _is_expression(negated) else None
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
