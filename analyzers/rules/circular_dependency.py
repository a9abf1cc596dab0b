"""
Migrations wait for each other in a circle.

## What it finds

A set of migrations in which each comes, directly or not, before itself: through
`dependencies`, `run_before` or the edges that a squash inherits.

## Why it hurts

Django stops with `CircularDependencyError`, Alembic with *Cycle is detected in
revisions*: nothing can be applied, on any database.

## What to do

Take out the edge that this pull request adds. Where two apps need each other's
tables, split one migration in two: create both tables first, add the foreign
key afterwards.

## Example

```python
# bad: orders.0002 depends on shop.0002, and shop.0002 on orders.0002
dependencies = [("shop", "0002_item"), ("orders", "0001_initial")]

# good: orders.0002 makes the table, orders.0003 adds the foreign key after shop.0002
dependencies = [("orders", "0001_initial")]
```
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.findings import Finding, Related, Severity
from analyzers.relate.facts import Facts
from analyzers.relate.snapshot import counterpart
from analyzers.rules._rule import Rule
from analyzers.vocabulary import Framework

rule = Rule(__name__, Severity.ERROR, judges_merged=True)


@rule
def check(facts: Facts) -> Iterator[Finding]:
    for graph in facts.merged.graphs:
        base = counterpart(facts.base, graph)
        committed = set(base.migrations) if base is not None else set()
        for cycle in graph.cycles:
            # Reported where the author of this pull request can do something about it.
            key = next((k for k in cycle if k not in committed), cycle[0])
            taken = graph.taken.get(key) if len(cycle) == 1 else None
            migration = graph.migrations[taken or key]
            names = " → ".join(str(k) for k in (*cycle, cycle[0]))
            django = graph.framework is Framework.DJANGO
            listed = ", ".join(sorted(k.name for k in cycle))
            kind = "Self-loop" if len(cycle) == 1 else "Cycle"
            error = (
                "CircularDependencyError"
                if django
                else f"{kind} is detected in revisions ({listed})"
            )
            yield Finding(
                rule=rule.name,
                framework=graph.framework,
                place=migration.parents_place or migration.place,
                app=key.app,
                migration=cycle[0].name,
                identity=tuple(map(str, cycle)),
                message=f"{taken.name} comes after {key.name} and has the name of one that it replaces."
                if taken is not None
                else f"{len(cycle)} migrations wait for each other: {names}."
                if len(cycle) > 1
                else f"{key.name} waits for itself: it names itself as its parent.",
                why=f"Nothing can be applied on any database; every command stops with {error}.",
                remedy=(
                    f"Give {taken.name} a name that {key.name} does not replace: it counts as a part of it."
                    if taken is not None
                    else "Take out the dependency that closes the circle; where two apps need each other's tables, "
                    "create both first and add the foreign key in a migration of its own."
                    if django
                    else "Let each `down_revision` name what was the head when its revision was written; "
                    "the first revision of the chain has none."
                ),
                related=tuple(
                    Related(
                        app=k.app,
                        migration=k.name,
                        place=graph.migrations[k].parents_place or graph.migrations[k].place,
                        side="base" if k in committed else "head",
                    )
                    for k in cycle
                    if k != key
                ),
            )
