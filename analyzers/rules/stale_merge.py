"""
A merge migration joins two sides that changed one column.

## What it finds

A new, empty merge migration whose parents' lines of descent both alter (or add)
the same column, so that the state after it depends on the order.

## Why it hurts

The graph is whole again and every check passes, but the models and the
migrations may disagree about that column; the next `makemigrations` of somebody
else writes a surprise.

## What to do

Add an operation to the merge migration (or a migration after it) that states the
column as the model has it.

## Example

```python
# bad: both 0031_a and 0031_b alter order.note
class Migration(migrations.Migration):
    dependencies = [("orders", "0031_a"), ("orders", "0031_b")]
    operations = []

# good
    operations = [migrations.AlterField("order", "note", models.CharField(max_length=500, null=True))]
```
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.findings import Finding, Related, Severity
from analyzers.relate.collisions import same_altered
from analyzers.relate.delta import Kind, Sides
from analyzers.relate.facts import Facts
from analyzers.relate.graph import MigrationGraph
from analyzers.relate.joined import lines
from analyzers.rules._rule import Rule
from analyzers.vocabulary import Key

rule = Rule(__name__, Severity.WARNING)


@rule
def check(facts: Facts) -> Iterator[Finding]:
    for graph in facts.merged.graphs:
        for migration in facts.added(graph):
            if not migration.operation_count:
                for ours, theirs in lines(graph, migration.key):
                    yield from _stale(facts, graph, migration.key, ours, theirs)


def _stale(
    facts: Facts, graph: MigrationGraph, merge: Key, ours: list[Key], theirs: list[Key]
) -> Iterator[Finding]:
    sides = Sides(
        framework=graph.framework,
        ours=facts.merged.claims(graph, ours),
        theirs=facts.merged.claims(graph, theirs),
    )
    migration = graph.migrations[merge]
    for mine, other in same_altered(sides):
        yield Finding(
            rule=rule.name,
            framework=graph.framework,
            place=migration.place,
            app=merge.app,
            migration=merge.name,
            column=mine.name if mine.kind is Kind.COLUMN else None,
            identity=(mine.label,),
            message=f"{merge.name} joins {mine.migration.key.name} and {other.migration.key.name}, which both alter {mine.label}.",
            why="The one that runs last takes the other's change back; the models and the migrations may disagree from then on, and no check says so.",
            remedy=f"Let {merge.name} state {mine.label} as the model has it.",
            related=tuple(
                Related(
                    app=c.migration.key.app,
                    migration=c.migration.key.name,
                    place=c.place,
                    side="merged",
                )
                for c in (mine, other)
            ),
        )
