"""Whether the attributes of a class are what its body says, or what its metaclass makes of them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from analyzers.read.modules import ClassFound
from analyzers.read.values import Ref

if TYPE_CHECKING:
    from analyzers.read.project import Project

_CHANGES = frozenset({"setattr", "delattr", "update", "pop", "setdefault"})


def makes_attributes(project: Project, found: ClassFound) -> bool:
    """
    Whether a metaclass of *found* binds names that it works out, so that no attribute is certain.

    A metaclass whose source is not known is taken for one that leaves them alone, as most do.
    """
    known = project.remade.get(found.dotted)
    if known is None:
        # Asked for again by its own metaclass, a class is taken as it is written.
        project.remade[found.dotted] = False
        known = project.remade[found.dotted] = any(
            _changes(project, owner, keyword.value)
            for owner in project.mro(found)
            for keyword in owner.node.keywords
            if keyword.arg == "metaclass"
        )
    return known


def _changes(project: Project, owner: ClassFound, node: ast.expr) -> bool:
    made = owner.module.evaluator.evaluate(node)
    metaclass = project.find_class(made.name) if isinstance(made, Ref) else None
    return metaclass is not None and any(
        isinstance(statement, ast.FunctionDef)
        and (
            statement.name == "__getattribute__"
            or (
                statement.name in {"__new__", "__init__", "__prepare__"}
                and any(_binds(inner) for inner in ast.walk(statement))
            )
        )
        for entry in project.mro(metaclass)
        for statement in entry.node.body
    )


def _binds(node: ast.AST) -> bool:
    """Whether *node* binds, or takes away, a name that is not written there."""
    match node:
        case ast.Subscript(value=ast.Name(), slice=ast.Constant(), ctx=ast.Store() | ast.Del()):
            return False
        case ast.Subscript(value=ast.Name(), ctx=ast.Store() | ast.Del()):
            return True
        case ast.Call(func=ast.Name(id=name), args=[_, ast.Constant(), *_]):
            return False
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in _CHANGES
        case _:
            return False
