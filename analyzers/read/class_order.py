"""The order in which Python looks through a class and its ancestors (C3)."""

from __future__ import annotations

from analyzers.limits import CLASSES_ABOVE
from analyzers.read.modules import ClassFound


def merged(lists: list[list[ClassFound | str]]) -> list[ClassFound | str]:
    """Python's C3 order of classes in several orders; as they come where there is none."""
    rest = [list(one) for one in lists if one]
    order: list[ClassFound | str] = []
    if sum(map(len, rest)) > CLASSES_ABOVE:
        return list({_id(entry): entry for one in rest for entry in one}.values())
    while rest:
        for one in rest:
            head = _id(one[0])
            if not any(head == _id(entry) for other in rest for entry in other[1:]):
                break
        else:
            one = rest[0]
            head = _id(one[0])
        order.append(one[0])
        rest = [[e for e in other if _id(e) != head] for other in rest]
        rest = [other for other in rest if other]
    return order


def _id(entry: ClassFound | str) -> str:
    return entry if isinstance(entry, str) else entry.dotted
