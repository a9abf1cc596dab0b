"""Classes that functions make: ``return type(name, (Abstract,), {...})``, or a class in the function's body."""

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
    local = given(function, evaluator, call)
    if len(made) != 1 or local is None or not _makes_a_class(made[0]):
        return None
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


def class_within(
    function: ast.FunctionDef, evaluator: Evaluator, call: Call
) -> tuple[ast.ClassDef, dict[str, Value]] | None:
    """
    The class in the body of *function* that a *call* of it returns, and what its names mean there.

    None where it returns anything else, or does more than to bind names before.
    """
    local = given(function, evaluator, call)
    if local is None or not function.body or function.decorator_list:
        return None
    classes: dict[str, ast.ClassDef] = {}
    *before, last = function.body
    for statement in before:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                local[name] = evaluator.evaluate(value, local)
            case ast.ClassDef(name=name):
                classes[name] = statement
            case ast.Expr(value=ast.Constant()):
                pass
            case _:
                return None
    match last:
        case ast.Return(value=ast.Name(id=name)) if len(classes) == 1 and name in classes:
            return classes[name], local
        case _:
            return None


def given(function: ast.FunctionDef, evaluator: Evaluator, call: Call) -> dict[str, Value] | None:
    """What the parameters of *function* are in the *call*; None where one is missing, or too many are given."""
    spec = function.args
    names = [a.arg for a in (*spec.posonlyargs, *spec.args)]
    only = [a.arg for a in spec.kwonlyargs]
    if spec.vararg or spec.kwarg or len(call.args) > len(names):
        return None
    defaults = [
        *zip(reversed(names), reversed(spec.defaults), strict=False),
        *zip(only, spec.kw_defaults, strict=True),
    ]
    local = {name: evaluator.evaluate(node) for name, node in defaults if node is not None}
    local |= {**dict(zip(names, call.args, strict=False)), **dict(call.kwargs)}
    return local if set(local) == {*names, *only} else None


def _makes_a_class(call: ast.Call) -> bool:
    match call:
        case ast.Call(func=ast.Name(id="type"), args=[_, _, ast.Dict(keys=keys)], keywords=[]):
            return all(isinstance(k, ast.Constant) and k.value in _EMPTY_BODY for k in keys)
        case _:
            return False


_EMPTY_BODY = frozenset({"__module__", "__doc__", "__qualname__"})
