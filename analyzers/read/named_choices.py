"""``Choices`` of django-model-utils: choices whose values also have names."""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.limits import CONTAINER_ITEMS
from analyzers.read.values import DEPTH, Call, Value, few

CHOICES = frozenset({"model_utils.Choices", "model_utils.choices.Choices"})


def listed_choices(value: Value, depth: int = 0) -> list[Value] | None:
    """The pairs of value and text that migrations hold of *value*; None where it is no such object, or not known."""
    items = _items(value, depth) if depth or _bounded(value) else None
    if items is None:
        return None
    pairs: list[Value] = []
    for item in items:
        group = _group(item)
        if group is not None:
            inner = listed_choices(Call("model_utils.Choices", tuple(group[1])), depth + 1)
            if inner is None:
                return None
            pairs.append((group[0], inner))
            continue
        triple = _triple(item)
        if triple is None:
            return None
        pairs.append((triple[0], triple[2]))
    return pairs


def named_choice(value: Value, name: str) -> tuple[Value] | None:
    """The value that *value* knows as *name*, alone in a tuple; None where there is none."""
    found = None
    for key, chosen in _names(value, 0) if _bounded(value) else ():
        if key == name:
            found = (chosen,)
    return found


def _bounded(value: Value) -> bool:
    """Whether *value* may be such an object, of a size that is read."""
    kinds = {*CHOICES, "operator.Add"}
    return isinstance(value, Call) and value.func in kinds and few(value, CONTAINER_ITEMS)


def _names(value: Value, depth: int) -> Iterator[tuple[Value, Value]]:
    for item in _items(value, depth) or ():
        group = _group(item)
        if group is not None:
            yield from _names(Call("model_utils.Choices", tuple(group[1])), depth + 1)
            continue
        triple = _triple(item)
        if triple is not None:
            yield triple[1], triple[0]


def _items(value: Value, depth: int) -> list[Value] | None:
    """What the constructor was given; also of a sum, where one side is such an object."""
    if not isinstance(value, Call) or value.kwargs or depth > DEPTH:
        return None
    if value.func in CHOICES:
        return list(value.args)
    if value.func != "operator.Add" or len(value.args) != 2:
        return None
    sides = [_items(side, depth + 1) for side in value.args]
    if all(side is None for side in sides):
        return None
    found: list[Value] = []
    for side, items in zip(value.args, sides, strict=True):
        if items is None and isinstance(side, list | tuple):
            items = list(side)
        if items is None:
            return None
        found += items
    return found


def _group(item: Value) -> tuple[Value, list[Value]] | None:
    match item:
        case [name, [*inner]]:
            return name, inner
        case _:
            return None


def _triple(item: Value) -> tuple[Value, Value, Value] | None:
    """Value, name and text of one choice."""
    match item:
        case str() | int():
            return item, item, item
        case [value, name, text]:
            return value, name, text
        case [value, text]:
            return value, value, text
        case _:
            return None
