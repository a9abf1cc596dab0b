"""
A migration that the base has is deleted.

## What it finds

A migration file of the base that is gone after the merge, and that no squash
on the base replaces. A whole app that goes is a remark, and so is a squash of
which all originals are there: databases record these as well.

## Why it hurts

Databases that have applied it still record it. Django does not notice, and the
tables keep what no file explains; migrations that depend on it stop loading.
Alembic stops with *Can't locate revision identified by ...* on every database
whose `alembic_version` names it: no deploy, no rollback.

## What to do

Restore the file. To take its effect back, add a migration that undoes it. With
Alembic, where no database can hold the revision any more, `alembic stamp` to
the one before it, on every database, before the file goes.

## Example

```
# bad
D  orders/migrations/0030_order_total.py

# good
A  orders/migrations/0031_remove_order_total.py
```
"""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote

from analyzers.findings import BASE_REF, Finding, Severity
from analyzers.relate.facts import Facts
from analyzers.relate.history import Gone, gone
from analyzers.rules._rule import Rule
from analyzers.vocabulary import Framework

rule = Rule(__name__, Severity.ERROR)


@rule
def check(facts: Facts) -> Iterator[Finding]:
    for lost in gone(facts):
        if lost.moved_to is None and lost.squash is None and not lost.name_stays:
            yield _finding(lost)


def _finding(lost: Gone) -> Finding:
    migration = lost.before
    django = migration.framework is Framework.DJANGO
    name = migration.key.name
    if lost.originals_stand:
        return Finding(
            rule=rule.name,
            severity=Severity.INFO,
            framework=migration.framework,
            place=migration.place,
            app=migration.key.app,
            migration=name,
            message=f"{name} is on the base, and this pull request deletes it; all that it replaced is still there.",
            why="A database that has applied the squash records all of its originals as applied, too: nothing runs again.",
            remedy="Nothing has to be done.",
        )
    parent = next((p.name for p in migration.parents), "base")
    return Finding(
        rule=rule.name,
        severity=Severity.INFO if lost.app_gone and django else Severity.ERROR,
        framework=migration.framework,
        place=migration.place,
        app=migration.key.app,
        migration=name,
        message=f"{name} is on the base, and this pull request deletes it"
        + (" with its whole app." if lost.app_gone else "."),
        why=(
            "Databases that have applied it keep its tables and columns, which no file explains any more, and whatever depends on it stops loading."
            if django
            else f"A database whose alembic_version holds {name} stops at every command with \"Can't locate revision identified by '{name}'\": no deploy and no rollback."
        ),
        remedy=(
            "Restore the file; to take its effect back add a migration that undoes it."
            if django
            else f"Restore the file; to take its effect back add a revision that undoes it. Only where no database can hold it: alembic stamp {parent} on each of them first."
        ),
        commands=(f"git checkout {BASE_REF} -- {quote(migration.path)}",),
    )
