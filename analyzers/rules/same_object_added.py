"""
Both sides create a table, an index or a constraint of one name.

## What it finds

Since the merge base, this pull request and the base each create an object of
the same kind and name, or give it that name.

## Why it hurts

Whichever runs second fails because the object is there already.

## What to do

Keep the one on the base; take it out of this pull request, or give it another name.

## Example

```python
# base, orders/0031_note             # this pull request, orders/0031_notes
migrations.CreateModel("Note", ...)  migrations.CreateModel("Note", ...)
```
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.findings import Finding, Severity
from analyzers.relate.collisions import same_added
from analyzers.relate.delta import Kind
from analyzers.relate.facts import Facts
from analyzers.rules._rule import Rule
from analyzers.rules._sides import collision

rule = Rule(__name__, Severity.ERROR)


@rule
def check(facts: Facts) -> Iterator[Finding]:
    for sides in (*facts.sides, *facts.joined):
        for ours, theirs in same_added(sides, Kind.TABLE, Kind.INDEX, Kind.CONSTRAINT):
            there = " on the base" if sides.other == "base" else ""
            mine, other = ours.migration.key.name, theirs.migration.key.name
            yield collision(
                rule.name,
                sides,
                ours,
                theirs,
                identity=(ours.kind.value, ours.made_label),
                message=f"{mine} and {other}{there} both create the {ours.kind.value} {ours.made_label}.",
                why=f"Whichever runs second fails because the {ours.kind.value} is there already.",
                remedy=f"Keep the one in {other}{there}; take it out of {mine} or give it another name.",
            )
