"""Fields, constraints and indexes that functions and static methods of the project make and return: ``price = money(digits=8)``."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from analyzers.read.django.method_bodies import Frame, Self, short
from analyzers.read.django.method_expressions import NotFollowed
from analyzers.read.modules import ClassFound, Module, spelled
from analyzers.read.project import Project
from analyzers.read.values import Call, Ref, Value

_DEPTH = 3
_FIELDS = ("Field", "ForeignKey")
CONSTRAINTS = ("Constraint", "Index")


class _Nobody(Self):
    """What a plain function has in place of an instance."""

    def base_call(self, method: str, args: list[Value], kwargs: dict[str, Value]) -> Value:
        raise NotFollowed(method, args, kwargs)

    def base_attribute(self, name: str) -> Value:
        raise NotFollowed(name)


class ReturnedFields:
    """The functions of a project that make fields, or what ends in *endings*; each is looked through once."""

    def __init__(self, project: Project, endings: tuple[str, ...] = _FIELDS) -> None:
        self.project = project
        self._endings = endings
        self._named: dict[tuple[str, int, str], bool] = {}

    def made(self, call: Call, depth: int = 0) -> Value:
        """
        What *call* gives, where it is of such a function; *call* itself where it is not.

        Raises:
            NotFollowed: The function does what is not understood.
        """
        named = self._called(Ref(call.func))
        if named is None or not (
            self._names_fields(*named) or _given_a_class(call, named[1], self._endings)
        ):
            return call
        module, function = named
        kind = _kind(function)
        if depth > _DEPTH or kind is None or not short(function):
            raise NotFollowed
        value = Frame(
            _Nobody(self.project, [ClassFound(module, _NO_CLASS, "")]),
            0,
            function.name,
            function if kind == "classmethod" else _as_method(function),
            list(call.args),
            dict(call.kwargs),
        ).run()
        return self.made(value, depth + 1) if isinstance(value, Call) else value

    def _called(self, value: Value) -> tuple[Module, ast.FunctionDef] | None:
        """The function that *value* refers to, and its module: also one in the body of a class, asked of the class."""
        named = self.project.function_named(value)
        if named is not None or not isinstance(value, Ref):
            return named
        above, _, name = value.name.rpartition(".")
        found = self.project.find_class(above)
        for owner in self.project.mro(found) if found is not None else ():
            for statement in reversed(owner.node.body):
                if isinstance(statement, ast.FunctionDef) and statement.name == name:
                    return owner.module, statement
        return None

    def _names_fields(self, module: Module, function: ast.FunctionDef, depth: int = 0) -> bool:
        """Whether *function* returns what it, or one that it asks, makes of such a class, by the name of that."""
        key = (module.path, function.lineno, function.name)
        if depth > _DEPTH:
            return False
        if key not in self._named:
            # One that asks itself makes none by that.
            self._named[key] = False
            made, returned = _written(function)
            made = {**_defaults(function), **made}
            self._named[key] = any(self._is_field(module, node, made, depth) for node in returned)
        return self._named[key]

    def _is_field(
        self, module: Module, node: ast.expr, made: Mapping[str, ast.expr], depth: int
    ) -> bool:
        match node:
            case ast.IfExp(body=body, orelse=other):
                return any(self._is_field(module, n, made, depth) for n in (body, other))
            case ast.Name(id=name) if isinstance(made.get(name), ast.Call):
                return (
                    self._is_field(module, made[name], made, depth + 1)
                    if depth <= _DEPTH
                    else False
                )
            case ast.Call(func=func) if spelled(func).endswith(self._endings):
                return True
            case ast.Call(func=ast.Name(id=name)) if name in made:
                return spelled(made[name]).endswith(self._endings)
            case ast.Call(func=ast.Name() | ast.Attribute() as func):
                named = self._called(module.evaluator.evaluate(func))
                return named is not None and self._names_fields(*named, depth + 1)
            case _:
                return False


def _kind(function: ast.FunctionDef) -> str | None:
    """How *function* takes what it is given: by itself, or behind its class; None where it is not known."""
    match function.decorator_list:
        case []:
            return ""
        case [ast.Name(id="staticmethod" | "classmethod" as kind)]:
            return kind
        case _:
            return None


def _defaults(function: ast.FunctionDef) -> dict[str, ast.expr]:
    """The parameters of *function* that have a default, with it."""
    spec = function.args
    named = [*spec.posonlyargs, *spec.args]
    pairs = [
        *zip(named[len(named) - len(spec.defaults) :], spec.defaults, strict=True),
        *zip(spec.kwonlyargs, spec.kw_defaults, strict=True),
    ]
    return {argument.arg: default for argument, default in pairs if default is not None}


def _given_a_class(call: Call, function: ast.FunctionDef, endings: tuple[str, ...]) -> bool:
    """Whether *call* gives such a class for a parameter of which *function* returns what it makes."""
    names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
    given = {**dict(zip(names, call.args, strict=False)), **dict(call.kwargs)}
    classes = {n for n, v in given.items() if isinstance(v, Ref) and v.name.endswith(endings)}
    if not classes:
        return False
    made, returned = _written(function)
    return any(
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Name)
        and value.func.id in classes
        for value in (made.get(n.id, n) if isinstance(n, ast.Name) else n for n in returned)
    )


def _written(function: ast.FunctionDef) -> tuple[dict[str, ast.expr], list[ast.expr]]:
    """The names to which *function* binds what it calls, and what it returns."""
    made: dict[str, ast.expr] = {}
    returned: list[ast.expr] = []
    for node in ast.walk(function):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as value):
                made[name] = value
            case ast.Return(value=ast.expr() as value):
                returned.append(value)
            case _:
                pass
    return made, returned


_NO_CLASS = ast.ClassDef("", [], [], [], [])


def _as_method(function: ast.FunctionDef) -> ast.FunctionDef:
    """*function* with a first parameter that no name refers to."""
    spec = function.args
    return ast.FunctionDef(
        name=function.name,
        args=ast.arguments(
            posonlyargs=[ast.arg(arg=""), *spec.posonlyargs],
            args=spec.args,
            vararg=spec.vararg,
            kwonlyargs=spec.kwonlyargs,
            kw_defaults=spec.kw_defaults,
            kwarg=spec.kwarg,
            defaults=spec.defaults,
        ),
        body=function.body,
        decorator_list=[],
    )
