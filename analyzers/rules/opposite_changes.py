"""
One side drops or renames what the other side works on.

## What it finds

Since the merge base, one side drops or renames a table, a column, an index or a constraint,
and the other adds to it, alters it, renames it or drops it too, points to it with a foreign key, or
makes an index or a constraint of it. Both orders, first
ours then theirs and first theirs then ours, are played: one of them fails, or
they end differently.

## Why it hurts

The migration that comes second finds no table or no column and fails in the
deploy; or, where it does not fail, the schema depends on the order.

## What to do

Agree on which change stays. Put this pull request's migration after the base's
and rewrite it for the schema that the base leaves.

## Example

```python
# base, orders/0031_drop_note              # this pull request, orders/0031_longer_note
migrations.RemoveField("order", "note")    migrations.AlterField("order", "note", models.TextField())
```
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.findings import Finding, Severity
from analyzers.relate.collisions import opposite
from analyzers.relate.facts import Facts
from analyzers.rules._rule import Rule
from analyzers.rules._sides import collision

rule = Rule(__name__, Severity.ERROR)


@rule
def check(facts: Facts) -> Iterator[Finding]:
    for sides in facts.sides:
        for ours, theirs in opposite(sides):
            mine, other = ours.migration.key.name, theirs.migration.key.name
            yield collision(
                rule.name,
                sides,
                ours,
                theirs,
                column=ours.name or None,
                identity=(ours.label, theirs.label, other),
                message=f"{mine} {ours.act.value} {ours.label}, and {other} on the base {theirs.act.value} {theirs.label}.",
                why="Whichever runs second finds what it works on gone or changed: it fails in the deploy, or the schema depends on the order.",
                remedy=f"Agree on which change stays; put {mine} after {other} and rewrite it for the schema that it leaves.",
            )
