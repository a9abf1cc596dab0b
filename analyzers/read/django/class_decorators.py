"""What a project's own decorators do to the fields of the models under them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import replace

from analyzers.read.django.field_arguments import FIELD
from analyzers.read.django.model_class import FieldDef
from analyzers.read.modules import ClassFound
from analyzers.read.project import Project
from analyzers.read.values import Call, Opaque, Ref

_SETTABLE = frozenset(FIELD) - {"name"}
_KEEPS = "pghistory."
_ADDS = frozenset({"add_to_class", "contribute_to_class"})


def decorated(
    project: Project, found: ClassFound, fields: Mapping[str, FieldDef]
) -> tuple[dict[str, FieldDef], tuple[str, ...]]:
    """
    *fields* of the class *found* with what its decorators set of each left open, and why others may be missing.

    A decorator whose source is not known is taken for one that only registers the class.
    """
    left: dict[str, str] = {}
    more: list[str] = []
    for node in found.node.decorator_list:
        called = ast.unparse(node)[:100]
        function = _function(project, found, node)
        for attribute in sorted(_set_by(function)) if function is not None else ():
            if attribute in _ADDS:
                more.append(f"decorator {called}")
            else:
                left[attribute] = called
    if not left:
        return dict(fields), tuple(more)
    return {name: _opened(definition, left) for name, definition in fields.items()}, tuple(more)


def options_set(project: Project, meta: ClassFound) -> dict[str, str] | None:
    """The attributes that the decorators of a class ``Meta`` set, each with its decorator; None where one is not known."""
    found: dict[str, str] = {}
    for node in meta.node.decorator_list:
        function = _function(project, meta, node)
        if function is None or _does_more(function):
            return None
        called = ast.unparse(node)[:100]
        found |= dict.fromkeys(_stored(function), called)
    return found


def _does_more(function: ast.FunctionDef) -> bool:
    """Whether what *function* is given may get attributes in another way than one by one, by their names."""
    given = {
        argument.arg
        for f in ast.walk(function)
        if isinstance(f, ast.arguments)
        for argument in f.args
    }
    for node in ast.walk(function):
        match node:
            case ast.ClassDef():
                return True
            case ast.Call(func=ast.Name(id="setattr"), args=[_, ast.Constant(value=str()), _]):
                pass
            case ast.Call(func=ast.Name(id="isinstance" | "getattr" | "hasattr" | "issubclass")):
                pass
            case ast.Call(func=ast.Name(id="type" | "setattr" | "vars")):
                return True
            case ast.Call(func=ast.Attribute(value=ast.Attribute(value=ast.Name(id=name)))) if (
                name in given
            ):
                return True
            case ast.Call(args=args, keywords=keywords):
                handed = (*args, *(k.value for k in keywords))
                if any(isinstance(a, ast.Name) and a.id in given for a in handed):
                    return True
            case _:
                pass
    return False


def kept_beside(found: ClassFound) -> str:
    """The decorator that makes another model of *found* to keep what rows were; empty where there is none."""
    for node in found.node.decorator_list:
        value = found.module.evaluator.evaluate(node)
        name = value.func if isinstance(value, Call) else getattr(value, "name", "")
        if name.startswith(_KEEPS):
            return str(name)
    return ""


def _opened(definition: FieldDef, left: Mapping[str, str]) -> FieldDef:
    value = definition.value
    if not isinstance(value, Call):
        return definition
    kept = tuple((k, v) for k, v in value.kwargs if k not in left)
    opened = tuple((k, Opaque(f"@{by}", "a decorator sets it")) for k, by in sorted(left.items()))
    return replace(definition, value=replace(value, kwargs=(*kept, *opened)))


def _function(project: Project, found: ClassFound, node: ast.expr) -> ast.FunctionDef | None:
    value = found.module.evaluator.evaluate(node)
    called = Ref(value.func) if isinstance(value, Call) else value
    named = project.function_named(called)
    return named[1] if named is not None else None


def _set_by(function: ast.FunctionDef) -> Iterator[str]:
    """Arguments of fields that *function* sets, and the ways in which it adds to a class."""
    yield from (name for name in _stored(function) if name in _SETTABLE)
    for node in ast.walk(function):
        match node:
            case ast.Call(func=ast.Attribute(attr=name)) if name in _ADDS:
                yield name
            case _:
                pass


def _stored(function: ast.FunctionDef) -> Iterator[str]:
    """The attributes that *function* sets of anything."""
    for node in ast.walk(function):
        match node:
            case (
                ast.Attribute(attr=name, ctx=ast.Store())
                | ast.Call(
                    func=ast.Name(id="setattr"), args=[_, ast.Constant(value=str() as name), _]
                )
            ):
                yield name
            case _:
                pass
