"""
A squash and the deletion of what it replaces arrive together.

## What it finds

Migrations of the base that are deleted in the same pull request that brings the
squashed migration that replaces them. Where it replaces a single one, as an app that
gets another label does, that is a remark: a database has applied it or it has not.

## Why it hurts

A database that has applied some of them, but not all, can use neither: the
squash counts as applied only where all that it replaces are, and the missing
ones are gone. It stops with *already exists* or half a schema.

## What to do

Keep the originals beside the squash. Delete them (and `replaces`) in a later
pull request, once every database has applied them all or the squash.

## Example

```
# bad, in one pull request
A  0001_squashed_0030.py   D  0001_initial.py ... 0030_order_total.py

# good
A  0001_squashed_0030.py   # now
D  0001_initial.py ...     # after the next release
```
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from shlex import quote

from analyzers.findings import BASE_REF, Finding, Related, Severity
from analyzers.relate.deletions import Gone, gone
from analyzers.relate.facts import Facts
from analyzers.rules._rule import Rule
from analyzers.vocabulary import Framework, Key

rule = Rule(__name__, Severity.ERROR)

SEVERAL = (
    "A database that has applied some of them but not all can use neither the squash nor the originals.",
    "Keep the originals beside the squash; delete them in a later pull request, when every database has applied all of them.",
)
ALONE = (
    "A database that has applied it counts the new one as applied, and every other one runs the new one.",
    "Nothing has to be done; `replaces` goes in a later pull request, when every database has run migrate.",
)

SHOWN = 20
"""So many of the originals are named."""


@rule
def check(facts: Facts) -> Iterator[Finding]:
    by_squash: dict[tuple[Framework, Key], list[Gone]] = defaultdict(list)
    for lost in gone(facts):
        if lost.squash is not None and not lost.squash_was_committed and lost.moved_to is None:
            by_squash[lost.before.framework, lost.squash].append(lost)
    for (framework, key), lost_ones in sorted(by_squash.items(), key=lambda item: item[0][1]):
        squash = facts.merged.migrations[framework, key]
        names = [lost.before.key.name for lost in lost_ones]
        listed = names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
        alone = len(squash.replaces) == 1
        why, remedy = ALONE if alone else SEVERAL
        yield Finding(
            rule=rule.name,
            severity=Severity.INFO if alone else None,
            framework=framework,
            place=squash.place,
            app=key.app,
            migration=key.name,
            message=f"{key.name} arrives together with the deletion of {len(names)} migration{'s' if len(names) > 1 else ''} that it replaces ({listed}).",
            why=why,
            remedy=remedy,
            commands=() if alone else (_restore(lost_ones),),
            related=tuple(
                Related(
                    app=key.app,
                    migration=lost.before.key.name,
                    place=lost.before.place,
                    side="base",
                )
                for lost in lost_ones[:SHOWN]
            ),
        )


def _restore(lost_ones: list[Gone]) -> str:
    """The command that brings all of them back, by their directories where they are too many to name."""
    paths = [lost.before.path for lost in lost_ones]
    if len(paths) <= SHOWN:
        return f"git checkout {BASE_REF} -- {' '.join(map(quote, paths))}"
    folders = sorted({path.rpartition("/")[0] or "." for path in paths})
    gone_there = (
        f"git diff -z --name-only --diff-filter=D {BASE_REF} -- {' '.join(map(quote, folders))}"
    )
    return f"{gone_there} | xargs -0 git checkout {BASE_REF} --"
