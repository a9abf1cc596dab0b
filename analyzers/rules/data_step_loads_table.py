"""
A data step takes a whole table at once, or uses live models.

## What it finds

`RunPython` code that loops over `.all()` without batches, or that asks the
managers of model classes imported from the program instead of `apps.get_model`, and
code that writes every row of a table that is known to be large in one statement.

## Why it hurts

All rows are held in memory, and their locks until the one transaction ends. A live
model has the columns of today's code, not those of this point of the history: the migration fails later.

## What to do

`apps.get_model(...)` (Alembic: `sa.table(...)` with the columns that are used), and batches by key or one `update()`; `.iterator()` at least.
On a large table batches alone, in a migration with `atomic = False`.

## Example

Bad:

```python
def fill(apps, schema_editor):
    for order in Order.objects.all():
        order.save()
```

(Alembic: `session.query(Order)` with `Order` imported from the program.)

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
from analyzers.rules._steps import existing, found, is_django, is_large, rows
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
                message=f"`{change.function}` uses the live model {names} instead of the historical one."
                if is_django(step)
                else f"The revision asks for rows with the program's own model {names}.",
                why="The class has the columns of the newest code: run at this point of the history, its queries fail."
                if is_django(step)
                else "The class has the columns of the newest code. Once a later revision adds one, this one fails"
                " wherever both have yet to run: on a new database, in CI, in a release of several revisions.",
                remedy="Take it with `apps.get_model(app, model)`."
                if is_django(step)
                else "Write the table into the revision, with the columns that it uses:"
                ' `sa.table("users", sa.column("id"), sa.column("name"))`.',
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
        for table in change.whole_tables:
            if is_large(facts, table):
                yield found(
                    rule.name,
                    step,
                    place=place,
                    table=table,
                    message=f"`{change.function}` writes every row of `{table}`, up to {rows(facts, table):,}, in one statement.",
                    why="Each row stays locked until the transaction ends: updates of any of them wait for all.",
                    remedy="Work in batches by key, in a migration with `atomic = False`.",
                    identity=("whole", table),
                )
