"""What the functions of a migration's file give back, where they only put it together."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from analyzers.limits import VALUE_PARTS
from analyzers.read.evaluator import Evaluator
from analyzers.read.filled import lists_added
from analyzers.read.made_classes import given
from analyzers.read.names import Names
from analyzers.read.values import Call, Value, within


class OwnFunctions:
    """The functions of one file that may be called while it is imported; none is followed into itself."""

    def __init__(self, module: ast.Module, names: Names, evaluator: Evaluator) -> None:
        """From now on *evaluator* has for a call what the function gives."""
        self._evaluator = evaluator
        self._path = names.name
        self._named: dict[str, ast.FunctionDef] = {}
        self._called: dict[str, ast.FunctionDef] = {}
        evaluator.returns = self._given_back
        for statement in module.body:
            if isinstance(statement, ast.FunctionDef):
                self.add(statement.name, statement)

    def add(self, name: str, function: ast.FunctionDef, *, inside: str = "") -> None:
        """One more of the *name*, *inside* of a class that is named with a dot behind it."""
        if not function.decorator_list:
            self._named[name] = self._called[f"{self._path}.{inside}{name}"] = function

    def returned(
        self, name: str, call: ast.Call, local: Mapping[str, Value]
    ) -> tuple[ast.expr, Mapping[str, Value]] | None:
        """
        The expression that the function *name* returns for *call*, and its names.

        None where there is no such function, or it does more than to put together what it returns.
        """
        function, value = self._asked(name, call, local)
        return self._body(function, value) if function is not None else None

    def put_together(
        self, name: str, call: ast.Call, local: Mapping[str, Value]
    ) -> list[tuple[ast.expr, Mapping[str, Value]]] | None:
        """
        The lists of dependencies that the function *name* joins, each with the function's names.

        What it adds under a condition is among them: what may have to come first, comes first.
        """
        function, value = self._asked(name, call, local)
        if function is None:
            return None
        names = given(function, self._evaluator, value)
        match function.body:
            case [*body, ast.Return(value=ast.Name(id=made))] if names is not None:
                parts = lists_added(made, body)
                return None if parts is None else [(part, names) for part in parts]
            case _:
                return None

    @contextmanager
    def without(self, name: str) -> Iterator[None]:
        """Where the function *name* is followed already."""
        named, called = self._named, self._called
        one = named[name]
        self._named = {k: f for k, f in named.items() if f is not one}
        self._called = {k: f for k, f in called.items() if f is not one}
        yield
        self._named, self._called = named, called

    def _asked(
        self, name: str, call: ast.Call, local: Mapping[str, Value]
    ) -> tuple[ast.FunctionDef, Call] | tuple[None, Value]:
        """The function *name* and what *call* gives it; no function where that is not known."""
        function = self._named.get(name)
        if function is None:
            return None, None
        with self.without(name):
            value = self._evaluator.evaluate(call, local)
        return (function, value) if isinstance(value, Call) else (None, value)

    def _given_back(self, call: Call) -> Value:
        function = self._called.pop(call.func, None)
        if function is None:
            return call
        found = self._body(function, call)
        value = self._evaluator.evaluate(*found) if found is not None else call
        self._called[call.func] = function
        return value

    def _body(
        self, function: ast.FunctionDef, call: Call
    ) -> tuple[ast.expr, Mapping[str, Value]] | None:
        names = given(function, self._evaluator, call)
        if names is None:
            return None
        for statement in function.body:
            match statement:
                case ast.Expr(value=ast.Constant()):
                    pass
                case ast.Assign(targets=[ast.Name(id=bound)], value=node):
                    names[bound] = within(self._evaluator.evaluate(node, names), VALUE_PARTS)
                case ast.Return(value=ast.expr() as node):
                    return node, names
                case _:
                    return None
        return None
