"""Texts within GitHub's limits: whole blocks are folded away, none is ever cut."""

from __future__ import annotations

from collections.abc import Sequence

from analyzers.frozen import dataclass

LIMIT = 65_000
"""
Bytes of a comment or of a part of a check run.

GitHub refuses comments of more than 65,536 characters and outputs of more than
65,535; counting bytes holds either way, whatever it counts.
"""


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a text that is shown whole, short, or not at all."""

    text: str
    short: str = ""
    """What stands in its place where there is no room; empty: nothing."""
    rank: int = 0
    """The higher, the sooner it gives way."""


def fold(blocks: Sequence[Block], more: str, limit: int = LIMIT) -> str:
    """
    The blocks with empty lines between; *more* at the end, where one had to give way.

    Those of the highest rank give way first, among equals the last. A block
    that is shortened may be left out in a second round.
    """
    shown = [block.text.strip("\n") for block in blocks]
    room = limit - _size(more)
    total = sum(_size(text) for text in shown if text)
    if total <= limit:
        return "\n\n".join(text for text in shown if text)
    order = sorted(range(len(blocks)), key=lambda at: (-blocks[at].rank, -at))
    for shortening in (True, False):
        for at in order:
            if total <= room:
                break
            block, instead = blocks[at], ""
            if shortening:
                instead = block.short.strip("\n")
                if not instead and block.rank == 0:
                    continue  # the last to go, and only when nothing else is left
            before = _size(shown[at]) if shown[at] else 0
            after = _size(instead) if instead else 0
            if after < before:
                total -= before - after
                shown[at] = instead
    return "\n\n".join([*(text for text in shown if text), more])


def _size(text: str) -> int:
    return len(text.encode()) + 2
