"""Edits of real projects' sources: one of all that could be made, and the files with many of them in."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Protocol, TypeVar


class Edit(Protocol):
    """Lines *first* to *last* of *path* become *new*; none of them where *last* is before *first*."""

    @property
    def kind(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def first(self) -> int: ...
    @property
    def last(self) -> int: ...
    @property
    def new(self) -> tuple[str, ...]: ...


SomeEdit = TypeVar("SomeEdit", bound=Edit)


def one_of(
    loud: Sequence[SomeEdit], silent: Sequence[SomeEdit], silent_share: float, dice: random.Random
) -> SomeEdit | None:
    """One of all; rare kinds are as likely as frequent ones, and *silent_share* of what is taken is silent."""
    pool = silent if silent and dice.random() < silent_share else loud or silent
    kinds = sorted({each.kind for each in pool})
    if not kinds:
        return None
    kind = dice.choice(kinds)
    return dice.choice([each for each in pool if each.kind == kind])


def with_argument(call: str, argument: str) -> str:
    """The source of a call with one argument more."""
    inside = call.rstrip()[:-1].rstrip()
    comma = "" if inside.endswith(("(", ",")) else ", "
    return f"{inside}{comma}{argument})"


def edited(files: Mapping[str, bytes], chosen: Sequence[Edit]) -> dict[str, bytes]:
    """The files that change, with all of *chosen* in them."""
    by_path: dict[str, list[Edit]] = defaultdict(list)
    for one in chosen:
        by_path[one.path].append(one)
    changed = {}
    for path, ones in by_path.items():
        lines = files[path].decode(errors="replace").splitlines()
        for one in sorted(ones, key=lambda m: (-m.first, -m.last)):
            lines[one.first - 1 : one.last] = one.new
        changed[path] = ("\n".join(lines) + "\n").encode()
    return changed
