"""
Whether a metaclass leaves the fields and options of its models alone.

Most register a class somewhere, or check it. Only those whose code is known to
the last ancestor are judged; one that adds to a class, or that puts anything but
constants among its attributes, is not taken for harmless.
"""

from __future__ import annotations

import ast

from analyzers.read.modules import ClassFound
from analyzers.read.project import Project
from analyzers.read.values import Opaque, Ref, Value

HARMLESS = frozenset(
    {
        "abc.ABCMeta",
        "builtins.object",
        "builtins.type",
        "django.db.models.ModelBase",
        "rules.contrib.models.RulesModelBase",
        "rules.contrib.models.RulesModelBaseMixin",
    }
)
_MADE_WITH_THE_CLASS = frozenset({"__new__", "__init__", "__prepare__"})
_AT_OTHER_TIMES = frozenset({"__call__", "__instancecheck__", "__subclasscheck__", "__str__"})
_CHANGES = frozenset(
    {"add_to_class", "contribute_to_class", "setattr", "delattr", "setdefault", "update", "pop"}
)


def leaves_fields_alone(project: Project, metaclass: Value) -> bool:
    """Whether models of *metaclass* have the fields and options that their classes say."""
    if not isinstance(metaclass, Ref):
        return False
    if metaclass.name in HARMLESS:
        return True
    found = project.find_class(metaclass.name)
    return found is not None and all(
        entry in HARMLESS if isinstance(entry, str) else _harmless(project, entry)
        for entry in project.linear(found)
    )


def _harmless(project: Project, found: ClassFound) -> bool:
    for statement in found.node.body:
        if isinstance(statement, ast.FunctionDef) and statement.name not in _AT_OTHER_TIMES:
            made = statement.name in _MADE_WITH_THE_CLASS
            if not made or not all(_kept(project, found, node) for node in ast.walk(statement)):
                return False
    return True


def _kept(project: Project, found: ClassFound, node: ast.AST) -> bool:
    """Whether *node* does nothing to the class's fields and options."""
    match node:
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
            return name not in _CHANGES and not name.endswith(("Field", "Key"))
        case ast.Subscript(slice=ast.Constant(value=str()), ctx=ast.Store()):
            return True
        case ast.Subscript(ctx=ast.Store(), value=ast.Attribute(attr=name)):
            # ``cls.registry[...] = made``: a table beside the fields.
            return name not in {"__dict__", "fields"}
        case ast.Subscript(ctx=ast.Store() | ast.Del()):
            return False
        case ast.Attribute(ctx=ast.Store() | ast.Del(), value=ast.Name(), attr=name):
            return name.startswith("_") and name != "_meta"
        case ast.Attribute(ctx=ast.Store() | ast.Del()):
            return False
        case ast.Assign(targets=[ast.Subscript(value=ast.Name())], value=value):
            # What stands in the class by a name hides an inherited field of that name.
            return not isinstance(project.evaluate_in(found, value), Opaque)
        case _:
            return True
