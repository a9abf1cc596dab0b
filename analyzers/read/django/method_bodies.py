"""
Methods of classes, followed statement by statement over values that are known.

Made for constructors and ``deconstruct`` of field classes: they hand arguments
on, set some, take some out. A closed set of statements is understood; what is
not, and could matter, ends it with ``NotFollowed``. What only touches things
that do not matter is passed over. Nothing is run; loops are bounded.
"""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import lru_cache

from analyzers.limits import METHOD_NODES, METHOD_STEPS
from analyzers.read.django.method_expressions import (
    OPAQUE,
    NotFollowed,
    Prepared,
    among,
    copied,
    identical,
    is_instance,
)
from analyzers.read.evaluator import bind
from analyzers.read.modules import ClassFound, Module
from analyzers.read.project import Project
from analyzers.read.values import Ref, Value, iterable

_GOES_ON = object()


class Self(ABC):
    """An instance: its attributes as far as its methods set them."""

    def __init__(self, project: Project, chain: Sequence[ClassFound]) -> None:
        """*chain* are its classes in Python's order, down to the first that is not read."""
        self.project = project
        self.chain = tuple(chain)
        self.attributes: dict[str, Value] = {}
        self.steps = 0

    @abstractmethod
    def base_call(self, method: str, args: list[Value], kwargs: dict[str, Value]) -> Value:
        """What a method of the classes that are not read does; raises ``NotFollowed``."""

    @abstractmethod
    def base_attribute(self, name: str) -> Value:
        """An attribute that none of the read classes sets; raises ``NotFollowed``."""

    def call(
        self, method: str, args: list[Value], kwargs: dict[str, Value], after: int = -1
    ) -> Value:
        """The value of the method in the first class after the one at *after* that has it."""
        for index in range(after + 1, len(self.chain)):
            for statement in reversed(self.chain[index].node.body):
                if isinstance(statement, ast.FunctionDef) and statement.name == method:
                    if statement.decorator_list or not short(statement):
                        raise NotFollowed
                    frame = Frame(self, index, method, statement, args, kwargs)
                    return frame.run()
        return self.base_call(method, args, kwargs)

    def attribute(self, name: str) -> Value:
        """The attribute *name*, of the instance or of its classes."""
        if name in self.attributes:
            return self.attributes[name]
        for owner in self.chain:
            for statement in owner.node.body:
                if getattr(statement, "name", None) == name:
                    return OPAQUE
            value = self.project.own_attribute(owner, name)
            if value is not None:
                return value
        return self.base_attribute(name)


@lru_cache(maxsize=256)
def short(function: ast.FunctionDef) -> bool:
    """Whether *function* is of a length that is followed."""
    return sum(1 for _ in ast.walk(function)) <= METHOD_NODES


class Frame:
    """One call of a method."""

    def __init__(
        self,
        instance: Self,
        index: int,
        method: str,
        function: ast.FunctionDef,
        args: list[Value],
        kwargs: dict[str, Value],
    ) -> None:
        self.instance = instance
        self.index = index
        self.method = method
        self.function = function
        self.module: Module = instance.chain[index].module
        self.names: dict[str, Value] = {}
        self._temporary = 0
        self._bind(function.args, args, kwargs)

    # -- arguments -----------------------------------------------------------------------

    def _bind(self, spec: ast.arguments, args: list[Value], kwargs: dict[str, Value]) -> None:
        listed = [a.arg for a in (*spec.posonlyargs, *spec.args)]
        if not listed:
            raise NotFollowed
        self.self_name, *names = listed
        given = dict(kwargs)
        defaults: dict[str, ast.expr] = dict(
            zip(reversed(listed), reversed(spec.defaults), strict=False)
        )
        for argument, default in zip(spec.kwonlyargs, spec.kw_defaults, strict=True):
            if default is not None:
                defaults[argument.arg] = default
        for name, value in zip(names, args, strict=False):
            if name in given:
                raise NotFollowed
            self.names[name] = value
        rest = args[len(names) :]
        if spec.vararg is not None:
            self.names[spec.vararg.arg] = tuple(rest)
        elif rest:
            raise NotFollowed
        for name in (*names[len(args) :], *(a.arg for a in spec.kwonlyargs)):
            if name in given:
                self.names[name] = given.pop(name)
            elif name in defaults:
                self.names[name] = self.instance.project.evaluate_in(
                    self.instance.chain[self.index], defaults[name]
                )
            else:
                raise NotFollowed
        if spec.kwarg is not None:
            self.names[spec.kwarg.arg] = given
        elif given:
            raise NotFollowed

    # -- statements ----------------------------------------------------------------------

    def run(self) -> Value:
        """What the method returns."""
        value = self._body(self.function.body)
        return None if value is _GOES_ON else value

    def _body(self, body: Sequence[ast.stmt]) -> Value:
        for statement in body:
            self.instance.steps += 1
            if self.instance.steps > METHOD_STEPS:
                raise NotFollowed
            value = self._statement(statement)
            if value is not _GOES_ON:
                return value
        return _GOES_ON

    def _statement(self, statement: ast.stmt) -> Value:
        match statement:
            case ast.Pass() | ast.Expr(value=ast.Constant()) | ast.Assert():
                pass
            case ast.Return(value=value):
                return self.value(value) if value is not None else None
            case ast.Import() | ast.ImportFrom():
                self._import(statement)
            case ast.Assign(targets=targets, value=value):
                made = self.value(value)
                for target in targets:
                    self._assign(target, made, statement)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._assign(target, self.value(value), statement)
            case ast.AnnAssign():
                pass
            case ast.Delete(targets=targets):
                for target in targets:
                    self._delete(target)
            case ast.Expr(value=ast.Call() as call):
                self._call(call, statement)
            case ast.If(test=test, body=body, orelse=other):
                return self._if(statement, test, body, other)
            case ast.For(target=target, iter=source, body=body, orelse=[]):
                return self._for(statement, target, source, body)
            case _:
                self._pass_over(statement)
        return _GOES_ON

    def _if(
        self, statement: ast.stmt, test: ast.expr, body: list[ast.stmt], other: list[ast.stmt]
    ) -> Value:
        answer = self.truth(test)
        if answer is None and isinstance(body[-1], ast.Raise):
            # An error is no field: what is read has been loaded by somebody before.
            answer = False
        if answer is None and other and isinstance(other[-1], ast.Raise):
            answer = True
        if answer is None:
            self._pass_over(statement)
            return _GOES_ON
        return self._body(body if answer else other)

    def _for(
        self, statement: ast.stmt, target: ast.expr, source: ast.expr, body: list[ast.stmt]
    ) -> Value:
        items = iterable(self.value(source))
        if items is None or any(
            isinstance(n, ast.Break | ast.Continue) for n in ast.walk(statement)
        ):
            self._pass_over(statement)
            return _GOES_ON
        for item in items:
            bound = bind(target, item)
            if bound is None:
                raise NotFollowed
            self.names.update(bound)
            value = self._body(body)
            if value is not _GOES_ON:
                return value
        return _GOES_ON

    def _pass_over(self, statement: ast.stmt) -> None:
        """A statement that is not understood: it must not touch what matters."""
        for node in ast.walk(statement):
            match node:
                case ast.Return() | ast.Raise() | ast.Yield() | ast.Global() | ast.Nonlocal():
                    raise NotFollowed
                case ast.Name(id="super"):
                    raise NotFollowed
                case ast.Name(id=name, ctx=ast.Store()):
                    self.names[name] = OPAQUE
                case ast.Name(id=name) if isinstance(self.names.get(name), dict | list | frozenset):
                    raise NotFollowed
                case ast.Attribute(value=ast.Name(id=self.self_name), attr=name, ctx=ast.Store()):
                    self.instance.attributes[name] = OPAQUE
                case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                    self.names[name] = OPAQUE
                case ast.Call(func=ast.Name(id="setattr" | "vars" | "locals")):
                    raise NotFollowed
                case ast.Attribute(attr="__dict__"):
                    raise NotFollowed
                case _:
                    pass

    def _import(self, statement: ast.Import | ast.ImportFrom) -> None:
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                top = alias.name if alias.asname else alias.name.partition(".")[0]
                self.names[alias.asname or top] = Ref(top)
            return
        base = self.module.names.absolute(statement.module, statement.level)
        for alias in statement.names:
            dotted = f"{base}.{alias.name}"
            value = self.instance.project.resolve(dotted)
            self.names[alias.asname or alias.name] = value if value is not None else Ref(dotted)

    def _assign(self, target: ast.expr, value: Value, statement: ast.stmt) -> None:
        match target:
            case ast.Name(id=name):
                self.names[name] = value
            case ast.Attribute(value=ast.Name(id=owner), attr=name) if owner == self.self_name:
                self.instance.attributes[name] = value
            case ast.Subscript(value=ast.Name(id=name), slice=key):
                held = self.names.get(name)
                index = self.value(key)
                if not isinstance(held, dict) or not isinstance(index, str):
                    raise NotFollowed
                held[index] = value
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                if isinstance(value, list | tuple) and not any(
                    isinstance(t, ast.Starred) for t in targets
                ):
                    if len(value) != len(targets):
                        raise NotFollowed
                    for one, part in zip(targets, value, strict=True):
                        self._assign(one, part, statement)
                elif (
                    isinstance(value, list | tuple)
                    and isinstance(targets[0], ast.Starred)
                    and not any(isinstance(t, ast.Starred) for t in targets[1:])
                ):
                    last = len(targets) - 1
                    self._assign(targets[0].value, list(value[:-last]), statement)
                    for one, part in zip(targets[1:], value[-last:], strict=True):
                        self._assign(one, part, statement)
                else:
                    self._pass_over(statement)
            case ast.Attribute(value=ast.Attribute(value=ast.Name(id=owner))) if (
                owner == self.self_name
            ):
                # ``self.remote_field.name = ...``: what migrations hold may hang on it.
                raise NotFollowed
            case _:
                self._pass_over(statement)

    def _delete(self, target: ast.expr) -> None:
        match target:
            case ast.Subscript(value=ast.Name(id=name), slice=key):
                held, index = self.names.get(name), self.value(key)
                if not isinstance(held, dict) or index not in held:
                    raise NotFollowed
                del held[index]
            case _:
                raise NotFollowed

    def _call(self, call: ast.Call, statement: ast.stmt) -> None:
        match call.func:
            case ast.Attribute(value=ast.Name(id=name), attr="update") if isinstance(
                self.names.get(name), dict
            ):
                args, kwargs = self._arguments(call)
                for given in (*args, kwargs):
                    if not isinstance(given, dict):
                        raise NotFollowed
                    self.names[name].update(given)
            case ast.Attribute(value=ast.Name(id=name), attr="setdefault" | "pop") if isinstance(
                self.names.get(name), dict
            ):
                self.value(call)
            case ast.Attribute(value=ast.Name(id=name), attr="append") if isinstance(
                self.names.get(name), list
            ):
                args, kwargs = self._arguments(call)
                if len(args) != 1 or kwargs:
                    raise NotFollowed
                self._become(self.names[name], [*self.names[name], args[0]])
            case ast.Attribute(value=ast.Name(id=name), attr="add") if isinstance(
                self.names.get(name), frozenset
            ):
                args, kwargs = self._arguments(call)
                if len(args) != 1 or kwargs:
                    raise NotFollowed
                try:
                    self._become(self.names[name], self.names[name] | {args[0]})
                except TypeError:
                    raise NotFollowed from None
            case ast.Attribute(value=ast.Name(id=owner)) if owner == self.self_name:
                # A method of the instance may do anything to it: only what checks is passed over.
                if not _checks(call.func):
                    raise NotFollowed
            case ast.Attribute(
                value=ast.Attribute(value=ast.Name(id=owner), attr="validators"),
                attr="append" | "remove" | "extend" | "insert",
            ) if owner == self.self_name:
                # A list made anew for each field: migrations hold the one that was given.
                pass
            case _:
                if self._super_of(call) is not None:
                    self.value(call)
                else:
                    self._pass_over(statement)

    def _become(self, held: Value, longer: Value) -> None:
        """*longer* in the place of *held* wherever this frame has it; who gave it keeps it as it was."""
        given = (v for v in self.names.values() if isinstance(v, dict))
        for names in (self.names, self.instance.attributes, *given):
            for name, other in names.items():
                if other is held:
                    names[name] = longer

    # -- expressions ---------------------------------------------------------------------

    def truth(self, test: ast.expr) -> bool | None:
        """Whether the condition holds; None where that is not known."""
        match test:
            case ast.UnaryOp(op=ast.Not(), operand=inner):
                answer = self.truth(inner)
                return None if answer is None else not answer
            case ast.BoolOp(op=ast.And(), values=parts):
                return self._first(parts, ends=False)
            case ast.BoolOp(op=ast.Or(), values=parts):
                return self._first(parts, ends=True)
            case ast.Compare(left=left, ops=[ast.Is() | ast.IsNot() as op], comparators=[right]):
                one, two = self.value(left), self.value(right)
                alike = identical(one, two)
                return None if alike is None else alike == isinstance(op, ast.Is)
            case ast.Compare(left=left, ops=[ast.In() | ast.NotIn() as op], comparators=[right]):
                answer = among(self.instance.project, self.value(left), self.value(right))
                return None if answer is None else answer == isinstance(op, ast.In)
            case ast.Call(func=ast.Name(id="isinstance" as name), args=[one, kinds]) if (
                name not in self.names
            ):
                return is_instance(self.value(one), kinds)
            case _:
                value = self.value(test)
                if value is None or isinstance(value, bool | int | str | tuple | list | dict):
                    return bool(value)
                return True if isinstance(value, Ref) and self._is_class(value) else None

    def _first(self, parts: Sequence[ast.expr], *, ends: bool) -> bool | None:
        for part in parts:
            answer = self.truth(part)
            if answer is None or answer is ends:
                return answer
        return not ends

    def _is_class(self, value: Ref) -> bool:
        return self.instance.project.find_class(value.name) is not None

    def value(self, node: ast.expr) -> Value:
        """The value of an expression, with what it takes out of dicts taken out."""
        if type(node) is ast.Constant:
            return self.module.evaluator.evaluate(node)
        local = dict(self.names)
        prepared = Prepared(self, local).visit(copied(node))
        value = self.module.evaluator.evaluate(prepared, local)
        if isinstance(node, ast.Name) and node.id in self.names:
            return value
        # A constant of the module must not change by what is done with it here.
        return dict(value) if isinstance(value, dict) else value

    def _arguments(self, call: ast.Call) -> tuple[list[Value], dict[str, Value]]:
        args: list[Value] = []
        for argument in call.args:
            if isinstance(argument, ast.Starred):
                inner = self.value(argument.value)
                if not isinstance(inner, list | tuple):
                    raise NotFollowed
                args.extend(inner)
            else:
                args.append(self.value(argument))
        kwargs: dict[str, Value] = {}
        for keyword in call.keywords:
            value = self.value(keyword.value)
            if keyword.arg is not None:
                kwargs[keyword.arg] = value
            elif isinstance(value, dict) and all(isinstance(k, str) for k in value):
                kwargs.update(value)
            else:
                raise NotFollowed
        return args, kwargs

    def _super_of(self, call: ast.Call) -> tuple[int, str, list[ast.expr]] | None:
        """Where a call of ``super().method(...)`` or ``Base.method(self, ...)`` goes on."""
        match call.func:
            case ast.Attribute(
                value=ast.Call(func=ast.Name(id="super"), args=written), attr=method
            ):
                index = self.index
                if written:
                    named = self.value(written[0])
                    places = [
                        i for i, c in enumerate(self.instance.chain) if named == Ref(c.dotted)
                    ]
                    if not places:
                        return None
                    index = places[0]
                return index, method, call.args
            case ast.Attribute(value=ast.Name() | ast.Attribute() as base, attr=method) if (
                call.args
                and isinstance(call.args[0], ast.Name)
                and call.args[0].id == self.self_name
            ):
                named = self.value(base)
                if not isinstance(named, Ref):
                    return None
                for index, owner in enumerate(self.instance.chain):
                    if named == Ref(owner.dotted):
                        return index - 1, method, call.args[1:]
                return len(self.instance.chain), method, call.args[1:]
            case _:
                return None

    def super_call(self, call: ast.Call) -> tuple[Value] | None:
        """The value of a call of a method above; None where it is no such call."""
        found = self._super_of(call)
        if found is None:
            return None
        after, method, written = found
        args, kwargs = self._arguments(ast.Call(call.func, written, call.keywords))
        return (self.instance.call(method, args, kwargs, after),)

    def temporary(self, local: dict[str, Value], value: Value) -> ast.Name:
        """A name for a value that has been found already."""
        self._temporary += 1
        name = f"__known_{self._temporary}__"
        local[name] = value
        return ast.Name(id=name, ctx=ast.Load())


def _checks(func: ast.Attribute) -> bool:
    return func.attr.lstrip("_").startswith(("check", "validate"))
