"""
A table is dropped while the code on the base still knows it.

## What it finds

A dropped table whose model the code on the base still has. A warning where nothing
but the model's own class speaks of it, and no relation leads from it. Silent where another table
with its columns takes the name in the same migration.

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
from analyzers.relate.table_uses import asks_for_table
from analyzers.relate.uses import model_has, spoken_of
from analyzers.rules._deployed import class_on_base, on_base
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
        if isinstance(takes_its_place(facts, step), RenameTable):
            continue
        tree, before = facts.base.tree, step.table_before
        label = change.model or (before.model if before is not None else None)
        if is_django(step):
            # Raw SQL on a table that the state has given up, in an earlier pull request or in this one.
            unseen = change.model is None and not change.in_state and before is None
            if unseen and not on_base(facts, change):
                continue
            if (
                label is not None
                and model_has(tree, label.rpartition(".")[2], None) is False
                and not _made_beside(facts, label)
            ):
                continue
        elif facts.base.alembic_model(change.table, step.database) is None and not asks_for_table(
            tree, change.table.rpartition(".")[2]
        ):
            continue
        alone = is_django(step) and _stands_alone(facts, change.table)
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


def _made_beside(facts: Facts, label: str) -> bool:
    """Whether no class of the base is the model *label*, but one makes it: the history that it writes."""
    model = class_on_base(facts, label)
    return model is not None and bool(model.made_of)


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
