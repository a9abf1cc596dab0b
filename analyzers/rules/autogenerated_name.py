"""
A migration is called after the minute it was made in, or after everything it does.

## What it finds

A new Django migration named `0031_auto_20261120_1015`, or with one of Django's
long joined names (`..._and_more`).

## Why it hurts

Nobody can tell from the folder, the log or a conflict what it does.

## What to do

Rename it before the merge: `makemigrations --name`, or the file.

## Example

```
# bad
0031_auto_20261120_1015.py

# good
0031_order_note.py
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from shlex import quote

from analyzers.findings import Finding, Severity
from analyzers.relate.delta import Claim, django_claims
from analyzers.relate.facts import Facts
from analyzers.rules._rule import Rule
from analyzers.vocabulary import Framework, Migration

rule = Rule(__name__, Severity.INFO)

AUTO = re.compile(r"^\d+_auto_\d{8}_\d{4}$")
LONGEST = 60
"""Characters of a name that is proposed."""
JOINED = re.compile(r"_and_(?:\d+_)?more$")


@rule
def check(facts: Facts) -> Iterator[Finding]:
    for migration in facts.new_migrations:
        name = migration.key.name
        if migration.framework is not Framework.DJANGO or not (
            AUTO.match(name) or JOINED.search(name)
        ):
            continue
        if migration.path in facts.named_anew:
            # Databases know it already: another name now would be the third.
            continue
        better = _better(migration)
        directory = migration.path.rpartition("/")[0]
        after = facts.merged.django_graph.children.get(migration.key, ())
        names = ", ".join(key.name for key in after[:3]) + (" ..." if after[3:] else "")
        yield Finding(
            rule=rule.name,
            framework=migration.framework,
            place=migration.place,
            app=migration.key.app,
            migration=name,
            message=f"{name} does not say what it does.",
            why="Logs, conflicts and rollbacks name migrations; this name tells nothing in them.",
            remedy=f"Rename it before the merge, for instance to {better}"
            + (f", and say the new name in {names}." if after else "."),
            commands=(f"git mv {quote(migration.path)} {quote(f'{directory}/{better}.py')}",),
        )


def _better(migration: Migration) -> str:
    number = migration.key.name.partition("_")[0]
    claims = django_claims([migration])
    words = [_words(claim) for claim in claims[:2]] or ["say_what_it_does"]
    # Of two that are too long together the first is whole: half a word says nothing.
    both = "_".join([number, *words])
    return both if len(both) <= LONGEST else f"{number}_{words[0]}"[:LONGEST].rstrip("_")


def _words(claim: Claim) -> str:
    model = claim.table.partition(".")[2]
    verb = {"adds": "", "alters": "alter_", "drops": "remove_", "renames": "rename_"}.get(
        claim.act.value, ""
    )
    return f"{verb}{model}_{claim.name}".strip("_")
