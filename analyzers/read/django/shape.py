"""What a class brings to a model: fields, parents with tables of their own, names that hide fields."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from analyzers.read.django.model_class import FieldDef
from analyzers.read.modules import ClassFound


@dataclass(slots=True)
class Shape:
    """What a class is: a model, an abstract one, or none; with all that it inherits."""

    model: bool = False
    abstract: bool = False
    fields: dict[str, FieldDef] = field(default_factory=dict)
    incomplete: list[str] = field(default_factory=list)
    parents: list[ClassFound] = field(default_factory=list)
    mixins: dict[str, frozenset[str]] = field(default_factory=dict)
    """The classes among all of it that are no models, and the names that each gives."""

    def inherit(self, other: Shape) -> None:
        """
        The fields of the base *other* come behind those of the bases before it.

        Whatever a mixin before it gives takes the place of a field; that a mixin
        has a field makes none of the model.
        """
        here = (names for name, names in self.mixins.items() if name not in other.mixins)
        hidden = frozenset().union(*here)
        if other.model or other.incomplete:
            for name, definition in other.fields.items():
                if name not in hidden:
                    self.fields.setdefault(name, definition)
        self.mixins |= other.mixins


def given_names(node: ast.ClassDef) -> Iterator[str]:
    """The names that the body of *node* binds."""
    for statement in node.body:
        match statement:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.ClassDef(name=name):
                yield name
            case ast.Assign(targets=targets):
                yield from (t.id for t in targets if isinstance(t, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr()):
                yield name
            case _:
                pass
