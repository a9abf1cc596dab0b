"""One spelling for what an update, a deletion or an insertion says, whichever of its clauses comes first."""

from __future__ import annotations

import ast

_PARAMETERS = {
    "update": ("whereclause", "values"),
    "delete": ("whereclause",),
    "insert": ("values",),
}
"""What SQLAlchemy 1 also took in the call that makes the statement, in that order."""
_CONDITIONS = frozenset({"sqlalchemy.and_", "sqlalchemy.or_", "sqlalchemy.not_"})


def clauses_apart(call: ast.Call) -> ast.Call:
    """
    *call*, names in full and its receivers done, as ``update().where(...).values(...)``.

    So ``update(values={"a": 1}).where(w)`` and ``update().values(a=1).where(w)`` are one.
    """
    if not isinstance(call.func, ast.Attribute):
        return call
    match call.func.attr:
        case "update" | "delete" | "insert":
            return _made_apart(call, call.func)
        case "values":
            return _by_name(call)
        case "where":
            return _before_values(call, call.func)
        case _:
            return call


def _made_apart(call: ast.Call, func: ast.Attribute) -> ast.Call:
    """``t.update(w, values=v)`` as ``t.update().where(w).values(v)``."""
    names = _PARAMETERS[func.attr]
    # A dictionary and a list have methods of these names; they take no condition.
    if call.args and not (len(call.args) == 1 and names[0] != "values" and _asks(call.args[0])):
        return call
    given = {k.arg: k.value for k in call.keywords}
    if call.args:
        given["whereclause"] = call.args[0]
    if not given or not given.keys() <= set(names) or len(given) < len(call.keywords):
        return call
    made = ast.Call(func=func, args=[], keywords=[])
    if "whereclause" in given:
        made = _method(made, "where", given["whereclause"])
    if "values" in given:
        made = _by_name(_method(made, "values", given["values"]))
    return made


def _asks(given: ast.expr) -> bool:
    match given:
        case ast.Compare():
            return True
        case ast.Call(func=func):
            return ast.unparse(func) in _CONDITIONS
        case _:
            return False


def _by_name(call: ast.Call) -> ast.Call:
    """``values({"b": 2, "a": 1})`` as ``values(a=1, b=2)``: the table says in which order they go."""
    match call:
        case ast.Call(args=[ast.Dict(keys=keys, values=values)], keywords=[]):
            named = [
                ast.keyword(arg=key.value, value=value)
                for key, value in zip(keys, values, strict=True)
                if isinstance(key, ast.Constant) and isinstance(key.value, str)
            ]
            if len({k.arg for k in named}) == len(keys):
                call.args, call.keywords = [], named
        case _:
            pass
    if all(k.arg for k in call.keywords):
        call.keywords = sorted(call.keywords, key=lambda k: k.arg or "")
    return call


def _before_values(call: ast.Call, func: ast.Attribute) -> ast.Call:
    """``s.values(...).where(...)`` as ``s.where(...).values(...)``."""
    match func.value:
        case ast.Call(func=ast.Attribute(attr="values", value=statement)) as values if (
            values.args or values.keywords
        ):
            inner = ast.Attribute(value=statement, attr="where", ctx=ast.Load())
            asked = _before_values(
                ast.Call(func=inner, args=call.args, keywords=call.keywords), inner
            )
            outer = ast.Attribute(value=asked, attr="values", ctx=ast.Load())
            return ast.Call(func=outer, args=values.args, keywords=values.keywords)
        case _:
            return call


def _method(on: ast.expr, name: str, given: ast.expr) -> ast.Call:
    return ast.Call(
        func=ast.Attribute(value=on, attr=name, ctx=ast.Load()), args=[given], keywords=[]
    )
