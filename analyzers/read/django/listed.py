"""What a class lists where it stands for choices: an enumeration, or by its metaclass's ``__iter__``."""

from __future__ import annotations

import ast

from analyzers.read.enumerations import enum_kind
from analyzers.read.modules import ClassFound
from analyzers.read.project import Project
from analyzers.read.values import Ref, Value


def listed(project: Project, dotted: str) -> Value | None:
    """The choices that the class *dotted* gives when it is iterated or called; None where not known."""
    found = project.find_class(dotted)
    if found is None:
        return None
    if enum_kind(project, found) is not None:
        return project.resolve(f"{dotted}.choices")
    attribute = _iterated(project, found)
    return project.resolve(f"{found.dotted}.{attribute}") if attribute is not None else None


def _iterated(project: Project, found: ClassFound) -> str | None:
    """The attribute over which the metaclass of *found* iterates."""
    for owner in project.mro(found):
        for keyword in owner.node.keywords:
            if keyword.arg == "metaclass":
                made = project.evaluate_in(owner, keyword.value)
                above = project.find_class(made.name) if isinstance(made, Ref) else None
                return _of_metaclass(above) if above is not None else None
    return None


def _of_metaclass(found: ClassFound) -> str | None:
    names: set[str | None] = set()
    for statement in found.node.body:
        if isinstance(statement, ast.FunctionDef):
            if statement.name in {"__call__", "__iter__"}:
                names.add(_returned(statement))
            elif statement.name in {"__new__", "__init__", "__getattribute__", "__getattr__"}:
                # The attribute may be another than the one that is written.
                return None
    return names.pop() if len(names) == 1 else None


def _returned(function: ast.FunctionDef) -> str | None:
    """``CHOICES`` of ``return iter(cls.CHOICES)``, also by way of a name."""
    bound: dict[str, ast.expr] = {}
    for statement in function.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                bound[name] = value
            case ast.Return(value=ast.expr() as value):
                return _attribute(value, bound, function.args.args[:1])
            case ast.Expr(value=ast.Constant()):
                pass
            case _:
                return None
    return None


def _attribute(node: ast.expr, bound: dict[str, ast.expr], owner: list[ast.arg]) -> str | None:
    match node:
        case ast.Call(func=ast.Name(id="iter" | "list" | "tuple"), args=[inner], keywords=[]):
            return _attribute(inner, bound, owner)
        case ast.Name(id=name) if name in bound:
            return _attribute(bound[name], {}, owner)
        case ast.Attribute(value=ast.Name(id=name), attr=attribute) if _is(name, owner):
            return attribute
        case ast.Call(
            func=ast.Name(id="getattr"),
            args=[ast.Name(id=name), ast.Constant(value=str() as attribute), *_],
        ) if _is(name, owner):
            return attribute
        case _:
            return None


def _is(name: str, owner: list[ast.arg]) -> bool:
    return bool(owner) and owner[0].arg == name
