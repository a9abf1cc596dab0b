"""Values of the core as bytes for the cache, and back: of our own classes, and no others."""

from __future__ import annotations

import dataclasses
import io
import pickle
from collections.abc import Callable
from typing import Any

_ALLOWED = ("analyzers.",)
_BUILTINS = {"frozenset", "set", "complex", "bytearray", "slice", "range"}


class CannotBeKeptError(Exception):
    """A value that the cache cannot hold."""


class CannotBeReadError(Exception):
    """Bytes that are none of ours, or not any more."""


class _Unpickler(pickle.Unpickler):
    """Makes values of our own classes and plain containers, and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == (__name__, "restore"):
            return restore
        if module.startswith(_ALLOWED) or (module == "builtins" and name in _BUILTINS):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} is not kept in a cache")


class _Pickler(pickle.Pickler):
    """Writes our frozen dataclasses as their values alone: Python's own way looks every field up again."""

    def reducer_override(self, value: object) -> Any:
        kind = type(value)
        if hasattr(kind, "__dataclass_fields__") and hasattr(kind, "__slots__"):
            return restore, (kind, tuple(getattr(value, name) for name in _names(kind)))
        return NotImplemented


_FIELDS: dict[str, tuple[str, ...]] = {}


def _names(kind: type[Any]) -> tuple[str, ...]:
    name = f"{kind.__module__}.{kind.__qualname__}"
    if name not in _FIELDS:
        _FIELDS[name] = tuple(field.name for field in dataclasses.fields(kind))
    return _FIELDS[name]


def restore(kind: type[Any], values: tuple[Any, ...]) -> Any:
    """The frozen dataclass *kind* with *values*, in the order of its fields."""
    made: Any = object.__new__(kind)
    for put, value in zip(_slots(kind), values, strict=True):
        put(made, value)
    return made


_SLOTS: dict[type[Any], tuple[Callable[[Any, Any], None], ...]] = {}


def _slots(kind: type[Any]) -> tuple[Callable[[Any, Any], None], ...]:
    """What sets each field, past the class's own ``__setattr__``, which refuses."""
    found = _SLOTS.get(kind)
    if found is None:
        found = _SLOTS[kind] = tuple(getattr(kind, name).__set__ for name in _names(kind))
    return found


def dumped(values: dict[str, Any]) -> bytes:
    """
    *values* as bytes.

    Raises:
        CannotBeKeptError: there is one among them that is not ours, or too deep.
    """
    out = io.BytesIO()
    try:
        _Pickler(out, protocol=pickle.HIGHEST_PROTOCOL).dump(values)
    except (pickle.PicklingError, RecursionError) as error:
        raise CannotBeKeptError from error
    return out.getvalue()


def loaded(content: bytes) -> dict[str, Any]:
    """
    What was kept as *content*.

    Raises:
        CannotBeReadError: it is damaged, or was written by another version.
    """
    try:
        values: dict[str, Any] = _Unpickler(io.BytesIO(content)).load()
    except Exception as error:
        # Bytes that are damaged may be read as anything, and end in any error.
        raise CannotBeReadError from error
    if not isinstance(values, dict):
        raise CannotBeReadError
    return values
