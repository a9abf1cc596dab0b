"""What a foreign key does to its rows when the row that they refer to is deleted or gets another key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from analyzers.read.values import Value

NONE = "no action"
_TIMES = frozenset({"DEFERRED", "IMMEDIATE"})
_MISSING = object()


def actions_of(given: Mapping[str, Value]) -> dict[str, Any]:
    """``on_delete`` and ``on_update`` of a ``Constraint``, from a call's keyword arguments; None where they are not known."""
    return {name: _action(given, name.replace("_", "")) for name in ("on_delete", "on_update")}


def timing_of(given: Mapping[str, Value]) -> dict[str, Any]:
    """``deferrable`` and ``initially`` of a ``Constraint``, from a call's keyword arguments."""
    when = given.get("initially")
    known = isinstance(when, str) and when.upper() in _TIMES
    return {
        "deferrable": given.get("deferrable") is True,
        "initially": when.upper() if isinstance(when, str) and known else None,
    }


def _action(given: Mapping[str, Value], name: str) -> str | None:
    value = given.get(name, _MISSING)
    if value is _MISSING:
        return None if "**" in given else NONE
    if value is None:
        return NONE
    return " ".join(value.lower().split()) if isinstance(value, str) else None
