"""
A table is dropped while the code on the base still knows it.

## What it finds

A dropped table whose model the code on the base still has.

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
from analyzers.relate.facts import Facts
from analyzers.relate.uses import model_has, places
from analyzers.rules._rule import Rule
from analyzers.rules._steps import existing, found, is_django, keeps
from analyzers.vocabulary import DropTable

rule = Rule(__name__, Severity.ERROR)


@rule
def check(facts: Facts) -> Iterator[Finding]:
    """Dropped tables that running code asks for."""
    for step in existing(facts):
        change = step.change
        if not isinstance(change, DropTable) or change.table is None or keeps(facts, step):
            continue
        tree, before = facts.base.tree, step.table_before
        label = change.model or (before.model if before is not None else None)
        if is_django(step):
            if change.model is None and not change.in_state and before is None:
                continue
            if label is not None and model_has(tree, label.rpartition(".")[2], None) is False:
                continue
        elif facts.base.alembic_model(change.table, step.database) is None and not places(
            tree, change.table.rpartition(".")[2]
        ):
            continue
        yield found(
            rule.name,
            step,
            message=f"The table `{change.table}` is dropped while the code on the base still knows it.",
            why="Until the deployment has finished, every statement of the old code on it fails.",
            remedy="First deploy code without the model; drop the table in a later pull request.",
        )
