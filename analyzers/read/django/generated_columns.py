"""
What the expression of a generated column is made of.

Django compares the SQL of two such columns. Expressions may be written in
several ways that give the same SQL, so two are only told apart by what they
are made of: columns, values, operators, functions.
"""

from __future__ import annotations

from decimal import Decimal

from analyzers.read.values import Call, Value
from analyzers.vocabulary import Column

PARTS = 200
"""Parts of one expression; the longest real ones have some tens."""

_MODELS = "django.db.models."
_OPERATORS = {"Add": "+", "Sub": "-", "Mult": "*", "Div": "/", "Mod": "%%", "Pow": "^"}


UNKNOWN = ("?",)
"""An expression that is not understood."""


def refused(before: Column, after: Column) -> bool:
    """Whether Django (5.0 and newer) has no statement for the change of a generated column, or into or out of one."""
    if before.type is None or after.type is None or not (before.generated or after.generated):
        return False
    sides = [c.worked_out_of for c in (before, after) if c.generated]
    if None in sides:
        return False
    if before.generated is not after.generated:
        return True
    return before.worked_out_of != after.worked_out_of and UNKNOWN not in sides


def parts_of(field: Call) -> tuple[str, ...]:
    """
    Columns, values, operators and functions of the expression of *field*, sorted, or ``UNKNOWN``.

    Where these differ, the SQL does as well; where they are the same, it may.
    """
    waiting: list[tuple[Value, bool]] = [(field.get("expression"), True)]
    found: list[str] = []
    while waiting:
        node, names = waiting.pop()
        more = _parts(node, names=names)
        if more is None or len(found) > PARTS:
            return UNKNOWN
        found += more[0]
        waiting += more[1]
    return tuple(sorted(found))


def _parts(node: Value, *, names: bool) -> tuple[list[str], list[tuple[Value, bool]]] | None:
    """What *node* is itself, and what is within it; a text is a column's name where *names* says so."""
    match node:
        case str() if names:
            return _column(node)
        case None | bool() | int() | float() | str() | Decimal():
            return [f"value {node!r}"], []
        case Call(func=func, args=args, kwargs=kwargs):
            last = func.rpartition(".")[2]
            if any(key != "output_field" for key, _ in kwargs):
                return None
        case _:
            return None
    if func.startswith("operator."):
        if last == "USub" and len(args) == 1:
            return ["operator *", "value -1"], [(args[0], False)]
        if last not in _OPERATORS or len(args) != 2:
            return None
        return [f"operator {_OPERATORS[last]}"], [(arg, False) for arg in args]
    if not func.startswith(_MODELS):
        return None
    match last, args:
        case "F", (str(name),):
            return _column(name)
        case "Value", (value,) if not isinstance(value, Call):
            return [], [(value, False)]
        case "ExpressionWrapper", (inner, *_):
            # It says of which type the result is, and nothing to the database.
            return [], [(inner, True)]
        case "CombinedExpression", (left, str(sign), right):
            return [f"operator {sign}"], [(left, False), (right, False)]
        case _ if func.startswith(f"{_MODELS}functions."):
            return [f"function {last}"], [(arg, True) for arg in args]
        case _:
            return None


def _column(name: str) -> tuple[list[str], list[tuple[Value, bool]]] | None:
    """A column by its field's name; a key has two names (``customer``, ``customer_id``), the primary key another one."""
    return None if name == "pk" else ([f"column {name.removesuffix('_id')}"], [])
