"""
A second starting point in an app (Alembic: a second base).

## What it finds

A new migration without a parent in its app, although the app has a first
migration already; a new Alembic revision with `down_revision = None` beside an
existing base. New branch labels start a base on purpose and are left alone.

## Why it hurts

The new one does not build on the tables that the others made: it often creates
them again, and fails where they exist. On Alembic there are two heads from then
on. It happens when migrations are deleted and made anew ("recreate the chain").

## What to do

Give it the latest migration as parent, and keep only the operations that are new.

## Example

```python
# bad: orders has 0001_initial to 0030_order_total already
class Migration(migrations.Migration):
    initial = True
    dependencies = []

# good
class Migration(migrations.Migration):
    dependencies = [("orders", "0030_order_total")]
```
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.findings import Finding, Related, Severity
from analyzers.relate.facts import Facts
from analyzers.relate.graph import MigrationGraph
from analyzers.relate.reparent import reparent
from analyzers.relate.snapshot import counterpart
from analyzers.rules._rule import Rule
from analyzers.vocabulary import CreateTable, Framework, Key, Migration

rule = Rule(__name__, Severity.ERROR)


@rule
def check(facts: Facts) -> Iterator[Finding]:
    for graph in facts.merged.graphs:
        base = counterpart(facts.base, graph)
        if base is None:
            continue
        for app in graph.apps:
            before = [root for root in base.root_nodes(app) if root in graph.parents]
            if not before or app in graph.uncertain:
                continue
            for root in graph.root_nodes(app):
                if root in base.migrations or _on_purpose(graph, root):
                    continue
                # One that is put before the first of before starts nothing beside it.
                if root not in graph.ancestors(*before):
                    yield _finding(facts, graph, root, before)


def _on_purpose(graph: MigrationGraph, root: Key) -> bool:
    migration = graph.migrations[root]
    if migration.branch_labels or migration.replaces or not migration.parents_known:
        return True
    if any(gap.child.key == root for gap in graph.missing):
        # Its parent is missing: another rule says so.
        return True
    # In Alembic ``depends_on`` ties a base to the others; Django's parents in other apps do not.
    return graph.framework is Framework.ALEMBIC and bool(migration.depends_on)


def _made_again(facts: Facts, graph: MigrationGraph, migration: Migration) -> tuple[str, ...]:
    """The tables that an Alembic revision creates though the base's revisions have made them."""
    if graph.framework is Framework.DJANGO:
        return ()
    old = counterpart(facts.base, graph)
    if old is None:
        return ()
    # Loaded here: most projects have either Django or Alembic.
    from analyzers.relate.alembic_models import tables_of

    known = tables_of(old, facts.base.alembic_bodies, facts.base.alembic_dialect(old)).tables
    made = facts.merged.schema_changes(graph, (migration,))
    names = {c.table for _, c in made if isinstance(c, CreateTable) and c.table in known}
    return tuple(sorted(f"`{name}`" for name in names if name))


def _finding(facts: Facts, graph: MigrationGraph, root: Key, before: list[Key]) -> Finding:
    migration = graph.migrations[root]
    leaves = [leaf for leaf in graph.leaf_nodes(root.app) if leaf != root]
    onto = leaves[0].name if leaves else before[0].name
    django = graph.framework is Framework.DJANGO
    again = _made_again(facts, graph, migration)
    return Finding(
        rule=rule.name,
        framework=graph.framework,
        place=migration.parents_place or migration.place,
        app=root.app,
        migration=root.name,
        message=f"{root.name} starts {facts.label(root.app) if django else 'the chain'} a second time: {before[0].name} is its first already.",
        why="It does not build on the tables that exist: where it creates one of them again it fails, and the two lines stay apart.",
        remedy=(
            f"Give it the parent {onto} and keep only the operations that are new"
            + (f": it makes {', '.join(again)} a second time." if again else ".")
        ),
        suggestion=(
            reparent(facts.merged.tree, migration, onto=leaves[0], app_label=root.app)
            if len(leaves) == 1 and not again and not django
            else None
        ),
        related=tuple(
            Related(app=k.app, migration=k.name, place=graph.migrations[k].place, side="base")
            for k in before
        ),
    )
