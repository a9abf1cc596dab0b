"""Constraints that a pull request adds and takes away again, as proof of a NOT NULL: nothing of them is taken back."""

from __future__ import annotations

from collections.abc import Iterable

from analyzers.relate.facts import Step
from analyzers.vocabulary import (
    AddConstraint,
    DropConstraint,
    Framework,
    SchemaChange,
    ValidateConstraint,
)


def without_passing(steps: Iterable[Step]) -> tuple[Step, ...]:
    """
    *steps* without what revisions do to constraints that come and go in them.

    Django takes back each operation by itself, one after the other; a revision has one way back for all.
    """
    kept = tuple(steps)
    added: dict[tuple[str | None, str], int] = {}
    left_out: set[int] = set()
    for place, step in enumerate(kept):
        named = _named(step.change)
        if named is None or step.migration.framework is not Framework.ALEMBIC:
            continue
        if isinstance(step.change, AddConstraint):
            added[named] = place
        elif isinstance(step.change, DropConstraint) and named in added:
            begin = added.pop(named)
            left_out |= {n for n in range(begin, place + 1) if _named(kept[n].change) == named}
    return tuple(step for place, step in enumerate(kept) if place not in left_out)


def _named(change: SchemaChange) -> tuple[str | None, str] | None:
    """Table and name of the constraint that *change* is about."""
    match change:
        case AddConstraint(constraint=limit) | DropConstraint(constraint=limit):
            name = limit.name
        case ValidateConstraint(name=name):
            pass
        case _:
            return None
    return (change.table, name) if name is not None else None
