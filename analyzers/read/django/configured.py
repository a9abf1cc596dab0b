"""
Settings that stand in classes: django-configurations takes those of the class that the environment names.

Which one that is, is not known: all classes of a file count, as all files of settings do.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from analyzers.read.modules import ClassFound, Module, unpacked
from analyzers.read.values import Call, Value

_BASES = frozenset({"configurations.Configuration", "configurations.base.Configuration"})
_VALUES = "configurations.values."


def configurations(module: Module) -> Iterator[ClassFound]:
    """The classes at the top of *module* whose attributes may be the settings."""
    for name, node in module.names.classes.items():
        found = ClassFound(module, node, name)
        if not _BASES.isdisjoint(module.project.ancestors(found)):
            yield found


def holders(module: Module, name: str) -> tuple[ClassFound, ...]:
    """The classes that bind the setting *name* for those of *module*: themselves, or one above."""
    found: dict[str, ClassFound] = {}
    for each in configurations(module):
        for owner in module.project.mro(each):
            if module.project.class_attribute(owner, name) is not None:
                found.setdefault(owner.dotted, owner)
                break
    return tuple(found.values())


def written(found: ClassFound, name: str) -> ast.expr | None:
    """The expression that the body of *found* binds *name* to."""
    for statement in reversed(found.node.body):
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=target)], value=value)
                | ast.AnnAssign(target=ast.Name(id=target), value=ast.expr() as value)
            ) if target == name:
                return value
            case _:
                for target, value in unpacked(statement):
                    if target == name:
                        return value
    return None


def changes_in_a_method(module: Module, name: str) -> bool:
    """Whether a method of such a class speaks of the setting *name*: it may change it."""
    return any(
        name in (getattr(node, "attr", ""), getattr(node, "id", ""), getattr(node, "value", ""))
        for each in configurations(module)
        for owner in module.project.mro(each)
        for statement in owner.node.body
        if isinstance(statement, ast.FunctionDef)
        for node in ast.walk(statement)
    )


def usual(value: Call) -> Value:
    """What ``values.Value("usual", environ_name=...)`` is where the environment says nothing; None for other calls."""
    if not value.func.startswith(_VALUES):
        return None
    return value.get("default", value.args[0] if value.args else None)
