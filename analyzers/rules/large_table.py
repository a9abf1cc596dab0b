"""
A blocking change to a large table.

## What it finds

Any lock that stops reads or writes on a table that the configuration or the
measured sizes (`twostep sizes`) call large, a nullable column included, and foreign keys to such a table.

## Why it hurts

Even a lock of a moment waits behind every long transaction, and everything after
it waits behind the lock. What reads or writes each row takes minutes on such a table.

## What to do

A `lock_timeout` with retries for the short ones; CONCURRENTLY, NOT VALID and batches
for the long ones.

## Example

Bad:

```python
migrations.AddField("event", "note", models.TextField(null=True))   # 40 million rows
```

Use instead:

```python
migrations.RunSQL("SET lock_timeout = '2s'", migrations.RunSQL.noop),
migrations.AddField("event", "note", models.TextField(null=True)),
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzers.findings import Finding, Severity
from analyzers.relate.effect import Effect
from analyzers.relate.facts import Facts, Step
from analyzers.rules._rule import Rule
from analyzers.rules._steps import existing, found, is_large, on_innodb, rows, said, touched
from analyzers.vocabulary import RunStatement

rule = Rule(__name__, Severity.ERROR)

_TIMEOUT = re.compile(r"\block_(?:wait_)?timeout\b", re.IGNORECASE)


@rule
def check(facts: Facts) -> Iterator[Finding]:
    """Locks on tables that are known to be large."""
    guarded = {
        s.migration.key
        for s in facts.steps
        if isinstance(s.change, RunStatement) and _TIMEOUT.search(s.change.sql or "")
    }
    worst: dict[tuple[object, str, int], tuple[Step, Effect, bool]] = {}
    for step in existing(facts):
        for effect in touched(facts, step):
            if not (effect.blocks_writes or effect.queues) or not is_large(facts, effect.table):
                continue
            long = effect.blocks_writes and (effect.scans or effect.rewrites)
            if step.migration.key in guarded and not long:
                continue
            at = (step.migration.key, effect.table, step.change.place.line)
            # An operation that takes several locks is told of once, by the one that is held longest.
            if at not in worst or (long and not worst[at][2]):
                worst[at] = (step, effect, long)
    yield from (_found(facts, *each) for each in worst.values())


def _found(facts: Facts, step: Step, effect: Effect, long: bool) -> Finding:
    work = "every row is rewritten" if effect.rewrites else "every row is read"
    return found(
        rule.name,
        step,
        table=effect.table,
        message=f"`{effect.table}` has up to {rows(facts, effect.table):,} rows and is locked ({said(effect.mode)}){', and ' + work if long else ''}.",
        why=(
            "The lock is held for the whole of it."
            if long
            else "The lock waits behind long transactions, and every query after it waits behind the lock."
        ),
        remedy=(
            "Copy the table with a tool that works online, such as gh-ost."
            if long and on_innodb(step)
            else "Use CONCURRENTLY, NOT VALID with a later validation, or batches."
            if long
            else "Set a short `lock_wait_timeout` before it and try again until it succeeds."
            if on_innodb(step)
            else "Set a short `lock_timeout` before it and try again until it succeeds."
        ),
        identity=(str(step.change.place.line - step.migration.place.line),),
    )
