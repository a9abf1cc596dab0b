"""NOT NULL that the code which runs has lived with: by a check of the table, or by its own models."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from analyzers.relate.facts import Facts, Step
from analyzers.relate.locks import leans_on_check
from analyzers.vocabulary import AddConstraint, AlterColumn, Framework, Table


def promised(steps: Iterable[Step], step: Step) -> bool:
    """
    Whether a validated check forbids the NULLs that *step* forbids, and the code that runs has lived with it.

    *steps* are those of the pull request, in order; the check of an earlier one is new to that code.
    """
    change = step.change
    return isinstance(change, AlterColumn) and leans_on_check(change, _as_on_the_base(steps, step))


def models_demand(facts: Facts, step: Step, name: str) -> bool:
    """Whether SQLAlchemy's models of the code that runs call the column NOT NULL; Django's state says so itself."""
    if step.migration.framework is Framework.DJANGO:
        return False
    for side in (facts.base, facts.deployed):
        if side is None:
            continue
        model = side.alembic_model(step.change.table, step.database, step.migration.path)
        column = model.table.column(name) if model is not None else None
        if column is None or column.null is not False:
            return False
    return True


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
