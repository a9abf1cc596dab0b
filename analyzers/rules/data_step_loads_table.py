"""
A data step takes a whole table at once, or uses live models.

## What it finds

`RunPython` code that loops over `.all()` without batches, or that asks the
managers of model classes imported from the program instead of `apps.get_model`.

## Why it hurts

All rows are held in memory, and their locks until the one transaction ends. A live
model has the columns of today's code, not those of this point of the history: the migration fails later.

## What to do

`apps.get_model(...)`, and batches by key or one `update()`; `.iterator()` at least.

## Example

Bad:

```python
def fill(apps, schema_editor):
    for order in Order.objects.all():
        order.save()
```

Use instead:

```python
def fill(apps, schema_editor):
    Order = apps.get_model("shop", "Order")
    Order.objects.filter(status=None).update(status="new")
```
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.findings import Finding, Severity
from analyzers.relate.facts import Facts
from analyzers.rules._rule import Rule
from analyzers.rules._steps import existing, found, is_django
from analyzers.vocabulary import RunCode

rule = Rule(__name__, Severity.WARNING)


@rule
def check(facts: Facts) -> Iterator[Finding]:
    """Data steps that will not live long."""
    for step in existing(facts):
        change = step.change
        if not isinstance(change, RunCode):
            continue
        place = change.place_of_code or change.place
        if change.imports_models:
            names = ", ".join(change.imports_models)
            yield found(
                rule.name,
                step,
                place=place,
                message=f"`{change.function}` uses the live model {names} instead of the historical one.",
                why="The class has the columns of the newest code: run at this point of the history, its queries fail.",
                remedy="Take it with `apps.get_model(app, model)`.",
                identity=("live", change.function or ""),
            )
        if change.loads_all and not change.batched:
            yield found(
                rule.name,
                step,
                place=place,
                message=f"`{change.function}` walks a whole table without batches.",
                why="All rows are loaded at once, and what is written stays locked until the end.",
                remedy="Work in batches by key, or with one `update()`; use "
                f"`{'.iterator()' if is_django(step) else '.yield_per(1000)'}` at least.",
                identity=("all", change.function or ""),
            )
