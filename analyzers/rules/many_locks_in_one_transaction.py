"""
Several tables that are in use are locked at once.

## What it finds

A migration in one transaction that locks three or more existing tables against
reads and writes. Tables that are dropped and that no code knows any more do not count.

## Why it hurts

Locks are kept until the transaction ends, so the first table waits for the last;
taken in another order than the application takes them, they deadlock. PostgreSQL
locks the table with a foreign key before the one that it refers to; who adds a
row and then what refers to it has them the other way round.

## What to do

One table a migration.

## Example

Bad:

```python
operations = [AddField("order", ...), AddField("customer", ...), AddField("invoice", ...)]
```

Use instead:

```python
operations = [AddField("order", ...)]   # and one migration for each other table
```
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from analyzers.findings import Finding, Severity
from analyzers.read.alembic.forms import form_of
from analyzers.relate.facts import Facts, Step
from analyzers.rules._deployed import nobody_asks_for, still_runs
from analyzers.rules._rule import Rule
from analyzers.rules._steps import (
    existing,
    found,
    in_transaction,
    is_django,
    one_transaction,
    touched,
)
from analyzers.vocabulary import DropTable, RenameTable

rule = Rule(__name__, Severity.WARNING)


MANY = 3
"""Tables: two come together in any foreign key's removal."""


@rule
def check(facts: Facts) -> Iterator[Finding]:
    """Migrations that hold many locks until their end."""
    steps = [s for s in existing(facts) if in_transaction(s) and s.database == "postgresql"]
    for group in _transactions(facts, steps):
        before = _names_before(group)
        locked = {
            before.get(s.change.table, s.change.table)
            for s in group
            if s.change.table and not _is_of_no_use(facts, s)
            for e in touched(facts, s)
            if e.blocks_reads and e.table == s.change.table
        }
        if len(locked) < MANY:
            continue
        names = sorted(locked)
        yield found(
            rule.name,
            group[0],
            place=group[0].migration.place,
            table=None,
            message=f"One transaction locks {len(names)} tables that are in use: {', '.join(names[:6])}{' ...' if len(names) > 6 else ''}.",
            why="Each lock is held until the last statement is done; in another order than the application's they deadlock.",
            remedy=f"Take one table a {'migration' if is_django(group[0]) else 'revision'}.{one_transaction(facts, group[0])}",
        )


def _transactions(facts: Facts, steps: Sequence[Step]) -> Iterator[list[Step]]:
    """*steps* by migration; a revision for several databases has a transaction in each of them."""
    for _, of_migration in groupby(steps, key=lambda s: s.migration.key):
        group = list(of_migration)
        if len(group) < MANY or is_django(group[0]):
            yield group
            continue
        form = form_of(facts.merged.tree.read(group[0].migration.path))
        databases = [form.database_at(step.change.place.line) for step in group]
        for database in dict.fromkeys(databases):
            yield [s for s, own in zip(group, databases, strict=True) if own == database]


def _names_before(steps: Sequence[Step]) -> dict[str, str]:
    """What the tables that *steps* rename are called before them, by their new names."""
    found: dict[str, str] = {}
    for step in steps:
        match step.change:
            case RenameTable(table=str(old), new_name=new):
                found[new] = found.get(old, old)
            case _:
                pass
    return found


def _is_of_no_use(facts: Facts, step: Step) -> bool:
    """Whether *step* drops a table that no code which runs asks for: nobody waits for it."""
    change = step.change
    return (
        isinstance(change, DropTable)
        and nobody_asks_for(facts, step, change)
        and not still_runs(facts, step, change)
    )
