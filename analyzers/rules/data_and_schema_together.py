"""
Rows are moved and the schema is changed in one transaction.

## What it finds

A migration in one transaction that runs code or statements that write rows and
changes a table that stands already.

## Why it hurts

The schema change's lock is held while the rows are written; PostgreSQL may refuse
it altogether (`cannot ALTER TABLE because it has pending trigger events`).

## What to do

Schema, data, schema: three migrations; the data one with `atomic = False` and in batches.

## Example

Bad:

```python
operations = [AddField("order", ...), RunPython(fill), AlterField("order", ...)]
```

Use instead:

```python
operations = [RunPython(fill, RunPython.noop)]   # alone, with atomic = False
```
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from analyzers.findings import Finding, Severity
from analyzers.relate.effect import Effect
from analyzers.relate.facts import Facts, Step
from analyzers.rules._rule import Rule
from analyzers.rules._steps import existing, found, in_transaction, is_django, touched
from analyzers.vocabulary import RunCode, RunStatement

rule = Rule(__name__, Severity.WARNING)


@rule
def check(facts: Facts) -> Iterator[Finding]:
    """Migrations that hold a schema lock while rows are written."""
    steps = [s for s in existing(facts) if in_transaction(s) and s.database == "postgresql"]
    for _, of_migration in groupby(steps, key=lambda s: s.migration.key):
        group = list(of_migration)
        data = next((s for s in group if _writes(s)), None)
        locked = next((e.table for s in group for e in _own(facts, s) if e.blocks_writes), None)
        if data is None or locked is None:
            continue
        yield found(
            rule.name,
            data,
            table=locked,
            message=f"Rows are written in the transaction that locks `{locked}`.",
            why="The lock of the schema change is held until the transaction ends: the application waits for the data step.",
            remedy="Give the data step a migration of its own, with `atomic = False` and in batches."
            if is_django(data)
            else "Give the data step a revision of its own, in batches inside `op.get_context().autocommit_block()`.",
        )


def _own(facts: Facts, step: Step) -> tuple[Effect, ...]:
    return () if _writes(step) else touched(facts, step)


def _writes(step: Step) -> bool:
    match step.change:
        case RunCode(reads_rows=True, writes=writes):
            return bool(writes)
        case RunStatement(kind="update" | "delete" | "insert"):
            return True
        case _:
            return False
