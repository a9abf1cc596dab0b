"""
A migration that the base has is deleted.

## What it finds

A migration file of the base that is gone after the merge, and that no squash
on the base replaces. A whole app that goes, models and all, is a remark, and so is a squash of
which all originals are there: databases record these as well.

## Why it hurts

Databases that have applied it still record it. Django does not notice, and the
tables keep what no file explains; migrations that depend on it stop loading.
Alembic stops with *Can't locate revision identified by ...* on every database
whose `alembic_version` names it: no deploy, no rollback.

## What to do

Restore the file. To take its effect back, add a migration that undoes it. With
Alembic, where no database can hold the revision any more, `alembic stamp` to
the one before it, on every database, before the file goes; where the line begins
later from now on, `alembic upgrade` to its new beginning.

## Example

```
# bad
D  orders/migrations/0030_order_total.py

# good
A  orders/migrations/0031_remove_order_total.py
```
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from shlex import quote

from analyzers.findings import BASE_REF, Finding, Severity
from analyzers.relate.deletions import Gone, gone
from analyzers.relate.facts import Facts
from analyzers.rules._rule import Rule
from analyzers.vocabulary import Framework, Key, Migration

rule = Rule(__name__, Severity.ERROR)


@rule
def check(facts: Facts) -> Iterator[Finding]:
    for lost in gone(facts):
        if lost.moved_to is None and lost.squash is None and not lost.name_stays:
            yield _finding(facts, lost)


def _finding(facts: Facts, lost: Gone) -> Finding:
    migration = lost.before
    django = migration.framework is Framework.DJANGO
    name = migration.key.name
    if lost.originals_stand:
        return _told(
            migration,
            Severity.INFO,
            how="; all that it replaced is still there.",
            why="A database that has applied the squash records all of its originals as applied, too: nothing runs again.",
            remedy="Nothing has to be done.",
        )
    if lost.app_gone and django:
        return _told(
            migration,
            Severity.INFO,
            how=" with its whole app.",
            why="Databases that have applied it keep its tables and columns, which no file explains any more.",
            remedy="Nothing has to be done where the app's last migration has dropped its tables already, or where they may stay.",
        )
    return _told(
        migration,
        Severity.ERROR,
        how=(" with its whole app." if django else " with its whole folder.")
        if lost.app_gone
        else ".",
        why=(
            "Databases that have applied it keep its tables and columns, which no file explains any more, and whatever depends on it stops loading."
            if django
            else f"A database whose alembic_version holds {name} stops at every command with \"Can't locate revision identified by '{name}'\": no deploy and no rollback."
        ),
        remedy=(
            "Restore the file; to take its effect back add a migration that undoes it."
            if django
            else f"Restore the file; to take its effect back add a revision that undoes it. {_way_on(facts, migration)}"
        ),
        commands=(f"git checkout {BASE_REF} -- {quote(migration.path)}",),
    )


def _told(
    migration: Migration,
    severity: Severity,
    *,
    how: str,
    why: str,
    remedy: str,
    commands: tuple[str, ...] = (),
) -> Finding:
    name = migration.key.name
    return Finding(
        rule=rule.name,
        severity=severity,
        framework=migration.framework,
        place=migration.place,
        app=migration.key.app,
        migration=name,
        message=f"{name} is on the base, and this pull request deletes it{how}",
        why=why,
        remedy=remedy,
        commands=commands,
    )


def _way_on(facts: Facts, migration: Migration) -> str:
    """What is to be done on every database before a revision may go: to where it stands then, or is past it."""
    graph = facts.base.alembic_graph_of(migration.key)
    kept = {key.name for g in facts.merged.alembic_graphs for key in g.migrations}
    before = _nearest(graph.parents if graph is not None else {}, migration.key, kept)
    after = _nearest(graph.children if graph is not None else {}, migration.key, kept)
    if before is None and after is not None:
        return f"Only where no database stands before {after}: alembic upgrade {after} on each of them first."
    return f"Only where no database can hold it: alembic stamp {before or 'base'} on each of them first."


def _nearest(edges: Mapping[Key, Sequence[Key]], start: Key, kept: Set[str]) -> str | None:
    """The first of *kept* that is met on the way along *edges*; None where none is."""
    seen = {start}
    waiting = [start]
    while waiting:
        for key in edges.get(waiting.pop(0), ()):
            if key.name in kept:
                return key.name
            if key not in seen:
                seen.add(key)
                waiting.append(key)
    return None
