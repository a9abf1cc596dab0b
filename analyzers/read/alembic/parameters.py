"""A helper's parameters and the arguments that one call gives it."""

from __future__ import annotations

import ast

from analyzers.read.alembic.calls import Batch
from analyzers.read.alembic.evaluate import Scope, evaluate
from analyzers.read.values import Opaque, Value


def bind_parameters(
    definition: ast.FunctionDef, node: ast.Call, scope: Scope, inner: Scope
) -> None:
    """The names in *inner* that *definition* has for the arguments of its call *node*, which stands in *scope*."""
    parameters = [*definition.args.posonlyargs, *definition.args.args]
    defaults = definition.args.defaults
    for parameter, default in zip(
        parameters[len(parameters) - len(defaults) :], defaults, strict=True
    ):
        inner.names[parameter.arg] = evaluate(default, inner)
    for keyword, preset in zip(
        definition.args.kwonlyargs, definition.args.kw_defaults, strict=True
    ):
        if preset is not None:
            inner.names[keyword.arg] = evaluate(preset, inner)
    for parameter, arg in zip(parameters, node.args, strict=False):
        if isinstance(arg, ast.Starred):
            break
        known = scope.look_up(arg.id) if isinstance(arg, ast.Name) else None
        value = known if isinstance(known, Batch) else scope.budget.held(evaluate(arg, scope))
        inner.names[parameter.arg] = value
    named = {p.arg for p in (*definition.args.args, *definition.args.kwonlyargs)}
    others: dict[str, Value] = {}
    spread = False
    for given in node.keywords:
        value = evaluate(given.value, scope)
        several = value if isinstance(value, dict) else {}
        spread |= given.arg is None and not isinstance(value, dict)
        for key, each in ({given.arg: value} if given.arg is not None else several).items():
            names = inner.names if key in named else others
            names[key] = scope.budget.held(each)
    if definition.args.vararg is not None:
        rest = ast.Tuple(node.args[len(parameters) :], ast.Load())
        early = any(isinstance(arg, ast.Starred) for arg in node.args[: len(parameters)])
        name = definition.args.vararg.arg
        inner.names[name] = Opaque(name) if early else scope.budget.held(evaluate(rest, scope))
    if definition.args.kwarg is not None:
        name = definition.args.kwarg.arg
        inner.names[name] = Opaque(name) if spread else others
    for parameter in (*parameters, *definition.args.kwonlyargs):
        inner.names.setdefault(parameter.arg, Opaque(parameter.arg))
