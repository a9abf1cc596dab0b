"""NOT NULL that a check of the table has demanded before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from analyzers.relate.facts import Step
from analyzers.relate.locks import leans_on_check
from analyzers.vocabulary import AddConstraint, AlterColumn, Table


def promised(steps: Iterable[Step], step: Step) -> bool:
    """
    Whether a validated check forbids the NULLs that *step* forbids, and the code that runs has lived with it.

    *steps* are those of the pull request, in order; the check of an earlier one is new to that code.
    """
    change = step.change
    return isinstance(change, AlterColumn) and leans_on_check(change, _as_on_the_base(steps, step))


def _as_on_the_base(steps: Iterable[Step], step: Step) -> Table | None:
    """The table of *step* with the checks alone that the code which runs has lived with."""
    table = step.table_before
    new = set()
    for earlier in steps:
        if earlier is step:
            break
        change = earlier.change
        if isinstance(change, AddConstraint) and change.table == step.change.table:
            new.add(change.constraint.name)
    if table is None or not new:
        return table
    kept = tuple(c for c in table.constraints if c.name is None or c.name not in new)
    return replace(table, constraints=kept)
