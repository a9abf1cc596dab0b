"""
Values read from source without running it.

A value is a plain Python constant or container (``None``, ``bool``, ``int``,
``float``, ``str``, ``bytes``, ``tuple``, ``list``, ``dict``, ``set``,
``frozenset``) holding values, or one of:

``Ref``    a name resolved to a dotted path that is not looked into
           (``uuid.uuid4``, ``django.db.models.CASCADE``),
``Call``   the call of such a name with evaluated arguments
           (``django.db.models.CharField(max_length=50)``),
``Opaque`` the normalised expression where nothing better can be said.

All compare by structure, so what cannot be known is equal to itself on both
sides of a comparison.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Value = Any
"""A constant, a container of values, ``Ref``, ``Call`` or ``Opaque``."""


@dataclass(frozen=True, slots=True)
class Ref:
    """A dotted path, such as ``django.db.models.deletion.CASCADE``."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A call: *func* is the dotted path; keyword arguments are in source order."""

    func: str
    args: tuple[Value, ...] = ()
    kwargs: tuple[tuple[str, Value], ...] = ()
    line: int = field(default=0, compare=False)
    end_line: int = field(default=0, compare=False)

    def get(self, name: str, default: Value = None) -> Value:
        """The keyword argument *name*, or *default*."""
        return next((value for key, value in self.kwargs if key == name), default)


@dataclass(frozen=True, slots=True)
class Opaque:
    """An expression that cannot be known; ``text`` is normalised, names are dotted paths."""

    text: str
    reason: str = field(default="", compare=False)
