"""Operations that demand something of rows which an earlier one corrects: they stay behind it."""

from __future__ import annotations

from collections.abc import Sequence

from analyzers.plan.recipes.subject import Subject
from analyzers.vocabulary import AddConstraint, DropConstraint, ValidateConstraint


def behind_data(subjects: Sequence[Subject], moves: Sequence[bool]) -> frozenset[int]:
    """
    The places of those of *subjects* that have to wait for data; *moves* says which of them move it.

    A check of NULLs that stands in SQL of its own, say: run in a step before the rows are filled, it stops.
    """
    found: set[int] = set()
    filled: set[str] = set()
    demanded: set[str] = set()
    for number, (s, moving) in enumerate(zip(subjects, moves, strict=True)):
        if moving:
            filled.add(s.app)
        elif s.app in filled and not s.fresh:
            tables = {c.table for c in s.changes if isinstance(c, AddConstraint) and c.table}
            validates = any(isinstance(c, ValidateConstraint) for c in s.changes)
            again = any(isinstance(c, DropConstraint) and c.table in demanded for c in s.changes)
            demanded |= tables
            if tables or validates or again:
                found.add(number)
    return frozenset(found)
