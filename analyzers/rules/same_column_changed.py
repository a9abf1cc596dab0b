"""
Both sides alter one column, or one option of a table.

## What it finds

Since the merge base, this pull request and the base each alter the same column,
in different ways; or what a model states whole: `unique_together`, its table's name, its options.

## Why it hurts

Both migrations state the whole definition. The one that runs last wins and
silently takes the other's change back.

## What to do

Put this pull request's migration after the base's and let it state what both want.

## Example

```python
# base                                     # this pull request
migrations.AlterField("order", "note",     migrations.AlterField("order", "note",
    models.CharField(max_length=500))          models.CharField(max_length=200, null=True))
```
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.findings import Finding, Severity
from analyzers.relate.collisions import same_altered
from analyzers.relate.delta import Kind
from analyzers.relate.facts import Facts
from analyzers.rules._rule import Rule
from analyzers.rules._sides import collision

rule = Rule(__name__, Severity.WARNING)


@rule
def check(facts: Facts) -> Iterator[Finding]:
    for sides in facts.sides:
        for ours, theirs in same_altered(sides):
            mine, other = ours.migration.key.name, theirs.migration.key.name
            yield collision(
                rule.name,
                sides,
                ours,
                theirs,
                column=ours.name if ours.kind is Kind.COLUMN else None,
                identity=(ours.label,) if ours.kind is Kind.OPTION else (),
                message=f"{mine} and {other} on the base both alter {ours.label}, in different ways.",
                why="Each states the whole definition: the one that runs last takes the other's change back.",
                remedy=f"Put {mine} after {other} and let it state what both want.",
            )
