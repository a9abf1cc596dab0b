"""Types that a revision has from a library (``sqlalchemy_utils.UUIDType``), as SQLAlchemy's own."""

from __future__ import annotations

import ast
from dataclasses import replace
from functools import lru_cache

from analyzers.read.alembic.calls import OpCall
from analyzers.read.alembic.evaluate import Scope
from analyzers.read.alembic.library_mixins import SOURCES
from analyzers.read.alembic.model_values import ModelValues
from analyzers.read.alembic.modules import Module, Modules
from analyzers.read.values import Call, Ref, Value
from analyzers.trees import MemoryTree

_NESTED = 4
"""A type stands in a column, which stands in a call."""


def with_known_types(call: OpCall) -> OpCall:
    """*call*, in which the types of libraries are what these make of them; the same where none is known."""
    args = tuple(_known(arg, _NESTED) for arg in call.args)
    kwargs = tuple((key, _known(value, _NESTED)) for key, value in call.kwargs)
    if args == call.args and kwargs == call.kwargs:
        return call
    return replace(call, args=args, kwargs=kwargs)


def _known(value: Value, depth: int) -> Value:
    match value:
        case Call(func=func, args=args, kwargs=kwargs) if depth:
            if func.rpartition(".")[0] in SOURCES:
                return _made(value)
            given = tuple(_known(arg, depth - 1) for arg in args)
            said = tuple((key, _known(each, depth - 1)) for key, each in kwargs)
            if given == args and said == kwargs:
                return value
            return replace(value, args=given, kwargs=said)
        case Ref(name=name) if name.rpartition(".")[0] in SOURCES:
            return _made(value)
        case _:
            return value


def _made(value: Call | Ref) -> Value:
    try:
        made = _of_library(
            Call(value.func, value.args, value.kwargs) if isinstance(value, Call) else value
        )
    except TypeError:
        # A list among its arguments.
        return value
    return value if made is None else made


@lru_cache(maxsize=1024)
def _of_library(value: Call | Ref) -> Value:
    """What the library makes of *value*, whatever stands in a tree; None where that is not known."""
    nowhere = Module("", ast.Module(body=[], type_ignores=[]), Scope())
    made = ModelValues(Modules(MemoryTree({}))).normal(value, nowhere)
    told = isinstance(made, Call | Ref)
    name = made.func if isinstance(made, Call) else made.name if isinstance(made, Ref) else ""
    return made if told and name.startswith(("sqlalchemy.", ".with_variant")) else None
