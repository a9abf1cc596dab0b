"""
A table is dropped while the code on the base still knows it.

## What it finds

A dropped table whose model the code on the base still has. A warning where nothing
but the model's own class speaks of it, and no relation leads from it. Silent where another table
with its columns takes the name in the same migration. A table that is made anew in the same migration has lost its rows.

## Why it hurts

Until the deployment has finished, every statement of the old code on the table
fails, deletes in tables that it referred to included. The rows are gone.

## What to do

First deploy code without the model; drop the table in a later pull request.

## Example

Bad:

```python
migrations.DeleteModel("Coupon")   # and the class removed in the same pull request
```

Use instead:

```python
migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel("Coupon")])
```
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.findings import Finding, Severity
from analyzers.read.values import Call
from analyzers.relate.django_fields import RELATIONS
from analyzers.relate.facts import Facts
from analyzers.relate.uses import spoken_of
from analyzers.rules._deployed import nobody_asks_for
from analyzers.rules._rule import Rule
from analyzers.rules._steps import existing, found, is_django, keeps, takes_its_place
from analyzers.vocabulary import DropTable, RenameTable

rule = Rule(__name__, Severity.ERROR)


@rule
def check(facts: Facts) -> Iterator[Finding]:
    """Dropped tables that running code asks for."""
    for step in existing(facts):
        change = step.change
        if not isinstance(change, DropTable) or change.table is None or keeps(facts, step):
            continue
        successor = takes_its_place(facts, step)
        if isinstance(successor, RenameTable):
            continue
        if nobody_asks_for(facts, step, change):
            continue
        alone = is_django(step) and _stands_alone(facts, change.table)
        if successor is not None:
            yield found(
                rule.name,
                step,
                severity=Severity.WARNING if alone else None,
                message=f"The table `{change.table}` is dropped and made anew.",
                why="The new table has the name of the old one and none of its rows, but for those that the migration itself carries over; no way back brings them again.",
                remedy="Change the table as it is; or make the new one under another name, copy the rows, and let it take the name.",
            )
            continue
        yield found(
            rule.name,
            step,
            severity=Severity.WARNING if alone else None,
            message=f"The table `{change.table}` is dropped while the code on the base still knows it.",
            why=(
                "Until the deployment has finished, what goes over all models of the old code fails "
                "on it; nothing else was found that names the model."
                if alone
                else "Until the deployment has finished, every statement of the old code on it fails."
            ),
            remedy="First deploy code without the model; drop the table in a later pull request.",
        )


def _stands_alone(facts: Facts, table: str) -> bool:
    """Whether no code on the base asks for *table*: none names its model, no relation leads there."""
    model = facts.views[0].state.by_table(table)
    if model is None or not model.complete:
        return False
    for value in model.fields.values():
        # Whoever deletes what a relation points to asks for the rows that point there.
        if not isinstance(value, Call) or value.get("to") is not None:
            return False
        if value.func.rpartition(".")[2] in RELATIONS:
            return False
    return not spoken_of(facts.base.tree, model.name, table)
