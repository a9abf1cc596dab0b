"""Revision ids: which the next author would choose as well, and fresh ones."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Container

from analyzers.trees import Tree
from analyzers.vocabulary import Migration

_HEX = re.compile(r"[0-9a-f]{8,32}")
_WORDS = ("deadbeef", "cafebabe", "abcdef", "123456", "badc0ffee", "c0ffee")


def is_guessable(identifier: str) -> bool:
    """
    Whether an id follows a pattern that somebody else will follow too.

    Ids that ``alembic revision`` makes are random; of those not one in a
    thousand million has four fifths of its characters in one progression.
    """
    if not _HEX.fullmatch(identifier):
        return False
    if any(word in identifier for word in _WORDS):
        return True
    return any(_progression(identifier, distance) for distance in (1, 2, 3))


def _progression(identifier: str, distance: int) -> bool:
    steps = [
        _step(one, other) for one, other in zip(identifier, identifier[distance:], strict=False)
    ]
    most = max(steps.count(step) for step in set(steps))
    return most >= 0.8 * len(steps)


def _step(one: str, other: str) -> int:
    """How far *other* is from *one*; letters and digits go round among themselves."""
    if one.isalpha() and other.isalpha():
        return (ord(other) - ord(one)) % 6
    if one.isdigit() and other.isdigit():
        return (int(other) - int(one)) % 10
    return 100 + (int(other, 16) - int(one, 16)) % 16


def fresh_id(tree: Tree, migration: Migration, taken: Container[str]) -> str:
    """An id as Alembic would make one, always the same for the same file."""
    seed = f"{migration.path}\0{tree.oid(migration.path)}".encode()
    for attempt in range(1000):
        made = hashlib.sha256(seed + str(attempt).encode()).hexdigest()[:12]
        if made not in taken:
            return made
    raise LookupError("a thousand ids in a row are taken")
