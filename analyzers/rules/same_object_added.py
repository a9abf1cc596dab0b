"""
Both sides create a table, an index or a constraint of one name.

## What it finds

Since the merge base, this pull request and the base each create an object of
the same kind and name.

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

from analyzers.findings import Finding, Related, Severity
from analyzers.relate.collisions import same_added
from analyzers.relate.delta import Kind
from analyzers.relate.facts import Facts
from analyzers.rules._rule import Rule
from analyzers.vocabulary import Framework

rule = Rule(__name__, Severity.ERROR)


@rule
def check(facts: Facts) -> Iterator[Finding]:
    for sides in (*facts.sides, *facts.joined):
        for ours, theirs in same_added(sides, Kind.TABLE, Kind.INDEX, Kind.CONSTRAINT):
            migration, other = ours.migration, theirs.migration
            django = sides.framework is Framework.DJANGO
            yield Finding(
                rule=rule.name,
                framework=sides.framework,
                place=ours.place,
                app=migration.key.app,
                migration=migration.key.name,
                table=None if django else ours.table,
                model=ours.table if django else None,
                identity=(ours.kind.value, ours.label),
                message=f"{migration.key.name} and {other.key.name} on the base both create the {ours.kind.value} {ours.label}.",
                why=f"Whichever runs second fails because the {ours.kind.value} is there already.",
                remedy=f"Keep the one in {other.key.name}, which is on the base; take it out of {migration.key.name} or give it another name.",
                related=(
                    Related(
                        app=other.key.app,
                        migration=other.key.name,
                        place=theirs.place,
                        side=sides.other,
                    ),
                ),
            )
