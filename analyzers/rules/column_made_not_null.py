"""
A column that could be NULL becomes NOT NULL in one step.

## What it finds

An existing column that changes from nullable to NOT NULL, unless a validated
check constraint of the base demands it already. A warning where the pull request brings the column
itself and leaves a default in the database: code that does not know it writes no NULL. A warning
too where SQLAlchemy's models on the base call it NOT NULL already: the code is there before.
Where it brings the column and leaves no default, the INSERTs of that code fail.

## Why it hurts

Code that is still running may write NULL: those statements fail. Rows that hold
NULL make the migration itself fail; filling them in the same step holds the lock for all of them.

## What to do

First deploy code that never writes NULL; fill the rows in batches; then add
`CHECK (column IS NOT NULL) NOT VALID`, validate it, and set NOT NULL, which then reads no row.

## Example

Bad:

```python
migrations.AlterField("order", "status", models.CharField(max_length=20))
```

Use instead:

```python
AddConstraintNotValid("order", models.CheckConstraint(
    condition=models.Q(status__isnull=False), name="order_status_not_null"))
```
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analyzers.findings import Finding, Severity
from analyzers.relate.facts import Facts, Step
from analyzers.relate.locks import takes_default
from analyzers.relate.promised import models_demand, promised
from analyzers.rules._rule import Rule
from analyzers.rules._steps import existing, filled_by_trigger, found
from analyzers.vocabulary import AddColumn, AlterColumn

rule = Rule(__name__, Severity.ERROR)


@rule
def check(facts: Facts) -> Iterator[Finding]:
    """Nullable columns that the pull request demands."""
    steps = tuple(existing(facts))
    for number, step in enumerate(steps):
        change = step.change
        if not isinstance(change, AlterColumn) or not change.sets_null:
            continue
        if change.after.null is not False or (change.before and change.before.null is False):
            continue
        if promised(steps, step):
            continue
        name = change.after.name
        if filled_by_trigger(facts, step, name):
            continue
        new = _is_new(steps, number, change)
        harmless = new and _is_filled(steps, number, change)
        if new and not harmless:
            yield found(
                rule.name,
                step,
                column=name,
                message=f"`{change.table}.{name}` is new and becomes NOT NULL, and the database has no default for it.",
                why=(
                    "Code that is still running does not know the column: its INSERTs leave it out, "
                    "and fail until the deployment has finished."
                ),
                remedy=(
                    "Give it a default in the database, or leave it nullable now and demand it in a "
                    "later pull request."
                ),
            )
            continue
        if not new and models_demand(facts, step, name):
            yield found(
                rule.name,
                step,
                column=name,
                severity=Severity.WARNING,
                message=f"`{change.table}.{name}` becomes NOT NULL, as the models on the base have it.",
                why="The migration fails on a row that holds NULL, and so does a statement that writes one all the same.",
                remedy="Run it when no row holds NULL any more, and all code that runs has these models.",
            )
            continue
        yield found(
            rule.name,
            step,
            column=name,
            severity=Severity.WARNING if harmless else None,
            message=f"`{change.table}.{name}` changes from nullable to NOT NULL in one step.",
            why=(
                "The migration fails on a row that holds NULL: one that no step before has filled."
                if harmless
                else "Statements of code that is still running fail where they write NULL"
                + (
                    "; the NULLs that are there are filled in the same transaction, under the lock."
                    if change.fills_nulls
                    else ", and the migration fails on a row that holds NULL."
                )
            ),
            remedy=(
                "Deploy code that never writes NULL, fill the rows in batches, then demand it in a "
                "later pull request"
                + (
                    ": CHECK ... NOT VALID, VALIDATE CONSTRAINT, SET NOT NULL."
                    if step.database == "postgresql"
                    else "."
                )
            ),
        )


def _is_new(steps: Sequence[Step], number: int, change: AlterColumn) -> bool:
    """Whether the column comes with the same pull request."""
    return any(
        isinstance(s.change, AddColumn)
        and s.change.table == change.table
        and s.change.column.name == change.after.name
        for s in steps[:number]
    )


def _is_filled(steps: Sequence[Step], number: int, change: AlterColumn) -> bool:
    """Whether the database fills the column for code that leaves it out, once the migration has run."""
    name, key = change.after.name, steps[number].migration.key
    filled = False
    for place, step in enumerate(steps):
        if step.change.table != change.table:
            continue
        later = place > number and step.migration.key != key
        match step.change:
            case AlterColumn(after=after) as lost if later and after.name == name:
                # A default that comes later leaves a time between; one that goes later is gone all the same.
                filled = filled and not (takes_default(lost) and step.eased_by is None)
            case _ if later:
                pass
            case AddColumn(column=column) if column.name == name:
                filled = column.server_default is not None
            case AlterColumn(after=after, sets_default=told) if after.name == name and (
                told or after.server_default is not None
            ):
                filled = after.server_default is not None
            case _:
                pass
    return filled
