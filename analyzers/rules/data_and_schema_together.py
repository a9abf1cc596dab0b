"""
Rows are moved and the schema is changed in one transaction.

## What it finds

A migration in one transaction that runs code or statements that write rows and
changes a table that stands already. A few rows that the migration says itself and inserts
behind the change take no time.

## Why it hurts

The schema change's lock is held while the rows are written. Where it comes after them, PostgreSQL
may refuse it altogether (`cannot ALTER TABLE because it has pending trigger events`).

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
from analyzers.relate.facts import Facts, Step
from analyzers.rules._rule import Rule
from analyzers.rules._steps import (
    existing,
    first_let_alembic_begin,
    found,
    in_transaction,
    is_django,
    touched,
)
from analyzers.vocabulary import CreateTable, RunCode, RunStatement

rule = Rule(__name__, Severity.WARNING)


@rule
def check(facts: Facts) -> Iterator[Finding]:
    """Migrations that hold a schema lock while rows are written."""
    steps = [s for s in existing(facts) if in_transaction(s) and s.database == "postgresql"]
    for _, of_migration in groupby(steps, key=lambda s: s.migration.key):
        before = after = data = None
        for step in of_migration:
            if _writes(step):
                data = data or step
                if before is not None and not _in_no_time(step):
                    yield _finding(facts, step, before, LOCKED_BEFORE)
                    break
            elif (locked := _locked(facts, step)) is not None:
                before = before or locked
                after = after or (locked if data is not None else None)
        else:
            if data is not None and after is not None:
                yield _finding(facts, data, after, LOCKED_AFTER)


LOCKED_BEFORE = (
    "Rows are written in the transaction that locks `{}`.",
    "The lock of the schema change is held until the transaction ends: the application waits for the data step.",
)
LOCKED_AFTER = (
    "Rows are written in the transaction that then locks `{}`.",
    "What is written stays locked until the schema change has its own lock and is done; where checks of these rows are pending, "
    'PostgreSQL refuses it ("cannot ALTER TABLE because it has pending trigger events").',
)


def _finding(facts: Facts, data: Step, table: str, words: tuple[str, str]) -> Finding:
    message, why = words
    return found(
        rule.name,
        data,
        table=table,
        message=message.format(table),
        why=why,
        remedy="Give the data step a migration of its own, with `atomic = False` and in batches."
        if is_django(data)
        else "Give the data step a revision of its own, in batches inside `op.get_context().autocommit_block()`."
        + first_let_alembic_begin(facts, data),
    )


def _locked(facts: Facts, step: Step) -> str | None:
    """The table whose writes wait from *step* on; those that a new table points to Django locks at the very end."""
    if is_django(step) and isinstance(step.change, CreateTable):
        return None
    return next((e.table for e in touched(facts, step) if e.blocks_writes), None)


def _in_no_time(step: Step) -> bool:
    """Whether the rows are a few that the migration says itself."""
    return isinstance(step.change, RunStatement) and step.change.few


def _writes(step: Step) -> bool:
    match step.change:
        case RunCode(reads_rows=True, writes=writes):
            return bool(writes)
        case RunStatement(kind="update" | "delete" | "insert"):
            return True
        case _:
            return False
