"""
What ``django.conf.settings`` is worth, where the repository names its settings module.

Only then is it certain which module Django loads; a setting that it does not
bind, and of which Django itself knows nothing, is not set.
"""

from __future__ import annotations

import ast
from functools import cached_property

from analyzers.limits import IMPORT_DEPTH
from analyzers.read.django.configured import configurations
from analyzers.read.modules import Module, used_names
from analyzers.read.project import Project
from analyzers.read.values import NOT_SET, Opaque, Ref, Value, known

_INDIRECT = frozenset({"globals", "locals", "vars", "exec", "setattr", "include"})
"""By these a module may bind what is not written there as an assignment."""

_CONSTANT = {"LANGUAGE_CODE": "en-us", "TIME_ZONE": "America/Chicago"}
"""What every Django has had for settings that nobody sets and models ask for."""


class ChosenSettings:
    """The settings of one module and of those that it takes over with ``from ... import *``."""

    def __init__(self, project: Project, dotted: str) -> None:
        self.project = project
        self.dotted = dotted
        self._kept: dict[str, Value | None] = {}

    @cached_property
    def modules(self) -> tuple[Module, ...]:
        """The module and those whose names it takes over; none of them where one is not found."""
        found: dict[str, Module] = {}
        level = [self.dotted]
        for _ in range(IMPORT_DEPTH):
            new = [name for name in dict.fromkeys(level) if name not in found]
            level = []
            for name in new:
                module = self.project.module(name)
                if module is not None:
                    found[name] = module
                    level += module.names.stars
        return tuple(found.values())

    @cached_property
    def whole(self) -> bool:
        """Whether nothing is bound there but what can be seen."""
        return bool(self.modules) and not any(
            any(self.project.module(star) is None for star in module.names.stars)
            or _binds_unseen(module)
            or any(configurations(module))
            for module in self.modules
        )

    @cached_property
    def _in_doubt(self) -> frozenset[str]:
        return frozenset().union(*map(_in_doubt, self.modules))

    def value(self, name: str) -> Value | None:
        """
        What the setting *name* is worth; None where that is not known.

        ``NOT_SET`` where it is certain that it is not set. Settings that name models are
        left as they are: migrations hold the setting's name, not the model's.
        """
        if name not in self._kept:
            # A setting that asks for itself is not known.
            self._kept[name] = None
            self._kept[name] = self._value(name)
        return self._kept[name]

    def _value(self, name: str) -> Value | None:
        if not name.isupper() or name.endswith("_MODEL") or not self.whole:
            return None
        if name in self._in_doubt:
            return None
        if not any(name in module.names.bound for module in self.modules):
            return _CONSTANT.get(name) if name in _django_s_own() else NOT_SET
        value = self.project.resolve(f"{self.dotted}.{name}")
        if value is None or isinstance(value, Ref | Opaque) or not known(value):
            return None
        return value


def _django_s_own() -> frozenset[str]:
    """The settings that have a value although nobody sets them."""
    # Asked for seldom, and slow to import.
    from django.conf import global_settings

    return frozenset(vars(global_settings))


def _binds_unseen(module: Module) -> bool:
    """Whether it calls something that may bind what is not written there."""
    whole = ast.Module(body=module.body, type_ignores=[])
    return bool(used_names(whole) & _INDIRECT) and any(
        isinstance(node, ast.Call) and getattr(node.func, "id", "") in _INDIRECT
        for node in ast.walk(whole)
    )


def _in_doubt(module: Module) -> set[str]:
    """The names that may be bound under a condition, or changed after they are bound."""
    found: set[str] = set()
    for statement in module.body:
        match statement:
            case ast.Assign(targets=targets):
                for target in targets:
                    if isinstance(target, ast.Subscript | ast.Attribute):
                        found |= used_names(target)
            case ast.AnnAssign() | ast.Import() | ast.ImportFrom():
                pass
            case ast.FunctionDef() | ast.ClassDef():
                pass
            case _:
                found |= used_names(statement)
    return found
