"""Classes that functions make: ``return type(name, (Abstract,), {...})``."""

from __future__ import annotations

import ast

from analyzers.read.evaluator import Evaluator
from analyzers.read.values import Call, Value


def made_by(
    function: ast.FunctionDef, evaluator: Evaluator, call: Call
) -> tuple[str, tuple[Value, ...]] | None:
    """
    Name and bases of the class that a *call* of *function* makes with ``type(name, bases, {...})``.

    None where it makes none, more than one, or one with a body of its own.
    """
    made = [
        node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Call)
    ]
    spec = function.args
    names = [a.arg for a in (*spec.posonlyargs, *spec.args)]
    if len(made) != 1 or len(call.args) > len(names) or not _makes_a_class(made[0]):
        return None
    local = {
        name: evaluator.evaluate(default)
        for name, default in zip(reversed(names), reversed(spec.defaults), strict=False)
    }
    local |= {**dict(zip(names, call.args, strict=False)), **dict(call.kwargs)}
    for statement in function.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                local[name] = evaluator.evaluate(value, local)
            case _:
                pass
    title, bases = (evaluator.evaluate(a, local) for a in made[0].args[:2])
    if not isinstance(title, str) or not title.isidentifier() or not isinstance(bases, tuple):
        return None
    return (title, bases) if bases else None


def _makes_a_class(call: ast.Call) -> bool:
    match call:
        case ast.Call(func=ast.Name(id="type"), args=[_, _, ast.Dict(keys=keys)], keywords=[]):
            return all(isinstance(k, ast.Constant) and k.value in _EMPTY_BODY for k in keys)
        case _:
            return False


_EMPTY_BODY = frozenset({"__module__", "__doc__", "__qualname__"})
