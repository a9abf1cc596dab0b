"""Django's choices that a call makes: ``TextChoices("Kind", ["open", "shut"])``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from analyzers.limits import CONTAINER_ITEMS
from analyzers.read.values import Call, Value, few

_TEXT = frozenset({"django.db.models.TextChoices", "django.db.models.enums.TextChoices"})
_NUMBERS = frozenset({"django.db.models.IntegerChoices", "django.db.models.enums.IntegerChoices"})


class _Member(NamedTuple):
    name: str
    value: Value
    label: Value


def made_choices(value: Value) -> list[Value] | None:
    """The pairs of value and label that migrations hold of *value*; None where it is no such class, or not known."""
    members = _members(value)
    return None if members is None else [(m.value, m.label) for m in members]


def of_made_choices(value: Value, name: str) -> tuple[Value] | None:
    """The attribute *name* of such a class, alone in a tuple; None where it has none, or it is not known."""
    members = _members(value)
    if members is None:
        return None
    match name:
        case "choices":
            return ([(m.value, m.label) for m in members],)
        case "values":
            return ([m.value for m in members],)
        case "labels":
            return ([m.label for m in members],)
        case "names":
            return ([m.name for m in members],)
        case _:
            return next(((m.value,) for m in members if m.name == name), None)


def _members(value: Value) -> list[_Member] | None:
    if (
        not isinstance(value, Call)
        or value.func not in _TEXT | _NUMBERS
        or len(value.args) != 2
        or not {k for k, _ in value.kwargs} <= {"module", "qualname"}
        or not few(value, CONTAINER_ITEMS)
    ):
        return None
    listed = value.args[1]
    if isinstance(listed, str):
        listed = listed.replace(",", " ").split()
    items: Iterable[Value] = listed.items() if isinstance(listed, dict) else listed
    if not isinstance(listed, list | tuple | dict):
        return None
    members: list[_Member] = []
    for item in items:
        match item:
            case str(name):
                made: Value = name if value.func in _TEXT else len(members) + 1
            case [str(name), made]:
                pass
            case _:
                return None
        label: Value = name.replace("_", " ").title()
        if isinstance(made, list | tuple):
            if len(made) != 2 or not isinstance(made[1], str):
                return None
            made, label = made
        if not isinstance(made, str if value.func in _TEXT else int):
            return None
        members.append(_Member(name, made, label))
    return members
