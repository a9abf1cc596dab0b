"""What a class brings to a model: fields, parents with tables of their own, names that hide fields."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from analyzers.read.django.model_class import FieldDef
from analyzers.read.modules import ClassFound
from analyzers.vocabulary import Place


@dataclass(slots=True)
class Shape:
    """What a class is: a model, an abstract one, or none; with all that it inherits."""

    model: bool = False
    abstract: bool = False
    fields: dict[str, FieldDef] = field(default_factory=dict)
    incomplete: list[str] = field(default_factory=list)
    unclear: dict[str, Place] = field(default_factory=dict)
    """Attributes made by calls of which it is not known what they give: fields as well as anything else."""
    parents: list[ClassFound] = field(default_factory=list)
    mixins: dict[str, frozenset[str]] = field(default_factory=dict)
    """The classes among all of it whose names hide the fields of bases behind them, and the names that each gives."""
    direct: frozenset[str] = frozenset()
    """The bases that it names: those that are models hide nothing."""
    _own: dict[str, frozenset[str]] = field(default_factory=dict)
    """An abstract model's own names: Django lets them hide fields from the children of its children."""
    _above: dict[str, frozenset[str]] = field(default_factory=dict)
    _models: set[str] = field(default_factory=set)
    """The abstract models among all of it."""

    def inherit(self, other: Shape) -> None:
        """
        The fields of the base *other* come behind those of the bases before it.

        Whatever a mixin before it gives takes the place of a field; that a mixin
        has a field makes none of the model.
        """
        there = other.mixins.keys() | other._own.keys() | (self.direct & self._models)
        here = (names for name, names in self.mixins.items() if name not in there)
        hidden = frozenset().union(*here)
        if other.model or other.incomplete:
            for name, definition in other.fields.items():
                if name not in hidden:
                    self.fields.setdefault(name, definition)
        self.unclear = {**other.unclear, **self.unclear}
        self.mixins |= other.mixins
        self._above |= other._own
        self._models |= other._models

    def close(self, found: ClassFound) -> None:
        """Know that these are all bases of *found*, whose names and abstract bases hide fields of what follows."""
        self.mixins |= self._above
        names = {found.dotted: frozenset(given_names(found.node))}
        if self.model and self.abstract:
            self._own = names
            self._models.add(found.dotted)
        elif not self.model and not self.incomplete:
            self.mixins |= names


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
