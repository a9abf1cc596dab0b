"""
What a project's own field class gives its fields by itself.

``deconstruct`` writes such arguments into migrations although no model names
them: a ``max_length`` that the constructor sets, choices that it brings along.
Only constructors are read that do nothing else with their arguments than hand
them on; of others nothing is said.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from analyzers.read.project import ClassFound, Project
from analyzers.read.values import Opaque, Value

DJANGO = ("django.db.models.", "django.contrib.postgres.fields.")


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldClass:
    """A field class of the project that is read whole."""

    django: str
    """The last part of the name of the class of Django's that it derives from."""
    given: Mapping[str, Value] = field(default_factory=dict)
    """Arguments that it gives where the model does not."""
    dropped: frozenset[str] = frozenset()
    """Arguments that its ``deconstruct`` takes out again."""


def field_class(project: Project, dotted: str) -> FieldClass | None:
    """What is known of the class *dotted*; None where that is not all of it."""
    found = project.find_class(dotted)
    if found is None:
        return None
    given: dict[str, Value] = {}
    dropped: set[str] = set()
    django = ""
    for entry in project.linear(found):
        if isinstance(entry, str):
            if entry.startswith(DJANGO):
                django = django or entry.rpartition(".")[2]
            elif not entry.startswith(("builtins.", "typing.", "abc.")):
                return None
            continue
        if django:
            # What comes after Django's class is called by it, or not at all.
            return None
        for statement in entry.node.body:
            if not isinstance(statement, ast.FunctionDef):
                continue
            if statement.name in {"__new__", "clone", "__reduce__"}:
                return None
            if statement.name == "deconstruct":
                dropped.update(_dropped(statement))
            if statement.name == "__init__":
                own = _constructor(project, entry, statement)
                if own is None:
                    return None
                for name, value in own.items():
                    given.setdefault(name, value)
    if not django:
        return None
    return FieldClass(django=django, given=given, dropped=frozenset(dropped))


def _constructor(
    project: Project, owner: ClassFound, function: ast.FunctionDef
) -> dict[str, Value] | None:
    """The arguments that a constructor hands on by itself; None where it does more than that."""
    signature = function.args
    if signature.kwarg is None or [a.arg for a in signature.args] != ["self"]:
        # With names of its own, positions mean something else.
        return None
    rest = signature.kwarg.arg
    texts: dict[str, Value] = {}
    for argument, default in zip(signature.kwonlyargs, signature.kw_defaults, strict=True):
        if default is not None:
            texts[argument.arg] = project.evaluate_in(owner, default)
    given: dict[str, Value] = {}
    collected: dict[str, dict[str, Value]] = {rest: {}}
    for statement in function.body:
        match statement:
            case ast.Expr(value=ast.Constant()) | ast.Pass():
                pass
            case ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self"))]):
                if _speaks_of(statement, rest):
                    return None
            case ast.Assign(
                targets=[
                    ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str(key)))
                ],
                value=value,
            ) if name in collected:
                collected[name][key] = project.evaluate_in(owner, value)
            case ast.Expr(
                value=ast.Call(
                    func=ast.Attribute(value=ast.Name(id=name), attr="setdefault"),
                    args=[ast.Constant(value=str(key)), value],
                )
            ) if name in collected:
                collected[name].setdefault(key, project.evaluate_in(owner, value))
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict() as value):
                made = project.evaluate_in(owner, value)
                if not isinstance(made, dict) or not all(isinstance(k, str) for k in made):
                    return None
                collected[name] = {str(k): v for k, v in made.items()}
            case ast.Expr(
                value=ast.Call(
                    func=ast.Attribute(value=ast.Name(id=name), attr="update"),
                    args=[ast.Name(id=other)],
                    keywords=[],
                )
            ) if name in collected and other == rest:
                collected[name] |= collected[rest]
            case ast.Expr(value=ast.Call(func=ast.Attribute(attr="__init__"), keywords=keywords)):
                for keyword in keywords:
                    if keyword.arg is None:
                        if not isinstance(keyword.value, ast.Name):
                            return None
                        if keyword.value.id not in collected:
                            return None
                        given |= collected[keyword.value.id]
                    elif isinstance(keyword.value, ast.Name) and keyword.value.id in texts:
                        given[keyword.arg] = texts[keyword.value.id]
                    else:
                        given[keyword.arg] = project.evaluate_in(owner, keyword.value)
            case _:
                return None
    # What hangs on the arguments themselves is not known.
    return {name: value for name, value in given.items() if not isinstance(value, Opaque)}


def _speaks_of(statement: ast.stmt, name: str) -> bool:
    return any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(statement))


def _dropped(function: ast.FunctionDef) -> Iterator[str]:
    for node in ast.walk(function):
        match node:
            case ast.Delete(targets=targets):
                for target in targets:
                    match target:
                        case ast.Subscript(slice=ast.Constant(value=str(key))):
                            yield key
                        case _:
                            pass
            case ast.Call(func=ast.Attribute(attr="pop"), args=[ast.Constant(value=str(key)), *_]):
                yield key
            case _:
                pass
