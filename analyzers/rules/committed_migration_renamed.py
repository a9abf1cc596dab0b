"""
A migration that the base has gets another name.

## What it finds

A migration file of the base that is gone after the merge while the same content
stands under another name. A file that moves while the framework's name for it
(Django's app label and module, Alembic's revision id) stays is a remark, unless it moves to a folder
in which Alembic does not look. What the
renamed migration does was judged when it came, and is not judged again. Where the
base has conflicting leaf nodes and the new name puts them into one line, it is a warning.

## Why it hurts

Databases record migrations by name. Where the old name is applied, the new one
is not: `migrate` runs it again and fails with *already exists*, or does its
data work twice.

## What to do

Keep the name. Where two numbers collide, rename the one that is not on the base.

## Example

```
# bad
R  0030_order_total.py -> 0031_order_total.py     (0030_order_total is on the base)

# good
R  0030_order_note.py -> 0031_order_note.py       (0030_order_note is not)
```
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from shlex import quote

from analyzers.findings import Finding, Related, Severity
from analyzers.relate.alembic_unread import is_lost_to_alembic
from analyzers.relate.deletions import Gone, gone
from analyzers.relate.facts import Facts
from analyzers.rules._rule import Rule
from analyzers.vocabulary import Framework, Migration

rule = Rule(__name__, Severity.ERROR)


@rule
def check(facts: Facts) -> Iterator[Finding]:
    for lost in gone(facts):
        new = lost.moved_to
        if new is None or new.path in facts.base.tree.paths():
            # What stands there on the base as well, with the same id, has not moved.
            continue
        if lost.name_stays:
            lost_to_alembic = is_lost_to_alembic(facts, lost.before, new)
            yield _out_of_sight(lost, new) if lost_to_alembic else _moved(lost, new)
            continue
        renamed = _renamed(facts, lost, new)
        yield _mended(renamed) if lost.led_to_an_end else renamed


def _named(old: Migration, new: Migration) -> str:
    """What *new* is called, with its app where that is all that is another."""
    return new.key.name if new.key.name != old.key.name else f"{new.key.app}.{new.key.name}"


def _renamed(facts: Facts, lost: Gone, new: Migration) -> Finding:
    old = lost.before
    django = old.framework is Framework.DJANGO
    after = facts.merged.django_graph.children.get(new.key, ()) if django else ()
    names = ", ".join(key.name for key in after[:3]) + (" ..." if after[3:] else "")
    record = "django_migrations" if django else "alembic_version"
    return Finding(
        rule=rule.name,
        framework=old.framework,
        place=new.place,
        app=old.key.app,
        migration=old.key.name,
        message=f"{old.key.name} is on the base, and this pull request renames it to {_named(old, new)}.",
        why=f"{record} of every database that has applied it holds the old name: "
        + (
            'migrate runs the new one again and fails with "already exists", or does its data work twice.'
            if django
            else "the old id can no longer be located, and the new one runs again."
        ),
        remedy="Keep the old name"
        + (f", and say it in {names}" if after else "")
        + "; where two collide, rename the one that is not on the base.",
        commands=(f"git mv {quote(new.path)} {quote(old.path)}",),
        related=(Related(app=old.key.app, migration=old.key.name, place=old.place, side="base"),),
    )


def _mended(renamed: Finding) -> Finding:
    """*renamed* where it puts the ends of a base at which every command stops into one line."""
    return replace(
        renamed,
        why="The base has conflicting leaf nodes, at which migrate stops, and this puts them into one line; but a database that had applied it before the other one came runs it again under its new name and fails.",
        remedy="Where a database has applied it, keep the name and join them with a merge migration instead.",
        commands=(),
    )


def _moved(lost: Gone, new: Migration) -> Finding:
    old = lost.before
    return Finding(
        rule=rule.name,
        severity=Severity.INFO,
        framework=old.framework,
        place=new.place,
        app=old.key.app,
        migration=old.key.name,
        message=f"The file of {old.key.name} moves to {new.path}; its name in the database stays.",
        why="Databases record the name alone, so nothing runs again.",
        remedy="Nothing has to be done, as long as the app's label (or the revision id) stays as it is.",
        related=(Related(app=old.key.app, migration=old.key.name, place=old.place, side="base"),),
    )


def _out_of_sight(lost: Gone, new: Migration) -> Finding:
    """A revision that moves to where Alembic finds it no more."""
    old = lost.before
    name, folder = old.key.name, new.path.rpartition("/")[0]
    return replace(
        _moved(lost, new),
        severity=Severity.ERROR,
        message=f"The file of {name} moves to {folder}, where Alembic does not look.",
        why=f"A database whose alembic_version holds {name} stops at every command with \"Can't locate revision identified by '{name}'\", and what follows it finds no parent.",
        remedy="Leave it where it is, or set `recursive_version_locations = true` in Alembic's configuration.",
        commands=(f"git mv {quote(new.path)} {quote(old.path)}",),
    )
