"""
Both sides add a column of one name to one table.

## What it finds

Since the merge base, this pull request and the base each have a migration that
adds the same column to the same table (or creates the table with its columns),
also where a merge migration joins the two already. To rename a column to that name is to add it.

## Why it hurts

Whichever runs second fails with *column already exists*: on the first fresh
database, in every test run, or in the deploy. A merge migration makes the graph
whole and hides it.

## What to do

Keep the one that is on the base. Whoever applied the other locally rolls it back
first; then the migration of this pull request loses that operation (or all of
it), and what differs becomes an `AlterField` after the base's.

## Example

```python
# base, orders/0031_order_note          # this pull request, orders/0031_note_for_orders
migrations.AddField("order", "note",    migrations.AddField("order", "note",
    models.TextField(null=True))            models.CharField(max_length=200, null=True))
```
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.findings import Finding, Severity
from analyzers.relate.collisions import same_added
from analyzers.relate.delta import Act, Claim, Kind, Sides
from analyzers.relate.facts import Facts
from analyzers.rules._back import django_back
from analyzers.rules._rule import Rule
from analyzers.rules._sides import collision
from analyzers.vocabulary import Framework

rule = Rule(__name__, Severity.ERROR)


@rule
def check(facts: Facts) -> Iterator[Finding]:
    for sides in (*facts.sides, *facts.joined):
        for ours, theirs in same_added(sides, Kind.COLUMN, Kind.TABLE):
            if ours.kind is Kind.TABLE and Act.RENAME in (ours.act, theirs.act):
                # A table that gets a name brings its own columns along: `same-object-added` tells it.
                continue
            yield _finding(facts, sides, ours, theirs)


def _finding(facts: Facts, sides: Sides, ours: Claim, theirs: Claim) -> Finding:
    migration = ours.migration
    same = ours.definition == theirs.definition
    parent = next((p.name for p in migration.parents if p.app == migration.key.app), "base")
    django = sides.framework is Framework.DJANGO
    back = (
        django_back(facts, migration)
        if django
        else f"{facts.merged.alembic_program(migration.key.app)} downgrade {parent}"
    )
    remedy = (
        f"Whoever has {migration.key.name} applied locally goes back first ({back}); then the operation comes out of"
        f" {migration.key.name}, since {theirs.migration.key.name} on the base adds the column"
    )
    more = (
        "."
        if same
        else "; the two definitions differ, so what you need on top becomes a later alteration."
    )
    return collision(
        rule.name,
        sides,
        ours,
        theirs,
        column=ours.name or None,
        message=f"{migration.key.name} and {theirs.migration.key.name}{' on the base' if sides.other == 'base' else ''} both add {ours.made_label}"
        + (", one of them as a new name" if Act.RENAME in (ours.act, theirs.act) else "")
        + ("." if ours.name else " with its columns."),
        why="Whichever runs second fails because the column is there already; a merge migration does not change that.",
        remedy=remedy + more,
        commands=(back,),
    )
