"""
An ignore rule keeps migrations out of the repository.

## What it finds

A pattern of a `.gitignore` in the repository that matches the file name which
the next migration of an app will have.

## Why it hurts

`git add` leaves the new migration out without a word. The author's database has
the column, everybody else's does not; each developer makes a migration of their
own, and none of them meets the others.

## What to do

Take the pattern out, or add `!**/migrations/*.py` after it.

## Example

```
# bad
migrations/
*_initial.py

# good
*.pyc
```
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.findings import Finding, Severity
from analyzers.relate.facts import Facts
from analyzers.relate.kept_out import NEXT, kept_out
from analyzers.rules._rule import Rule
from analyzers.vocabulary import Place

rule = Rule(__name__, Severity.ERROR, judges_merged=True)


@rule
def check(facts: Facts) -> Iterator[Finding]:
    decide = kept_out(facts.merged)
    seen: set[tuple[str, int]] = set()
    for graph in facts.merged.graphs:
        directories = {
            m.path.rpartition("/")[0]: key.app for key, m in sorted(graph.migrations.items())
        }
        for directory, app in directories.items():
            found = decide(f"{directory}/{NEXT}" if directory else NEXT)
            if found is None or (found.path, found.line) in seen:
                continue
            seen.add((found.path, found.line))
            yield Finding(
                rule=rule.name,
                framework=graph.framework,
                place=Place(found.path, found.line, found.line),
                app=app,
                identity=(found.path, found.pattern),
                message=f"The pattern '{found.pattern}' of {found.path} keeps new migrations of {facts.label(app)} out of the repository.",
                why="git add leaves them out without a word: the author's database has the change, everybody else's does not.",
                remedy=f"Take the pattern out, or add '!{directory or '.'}/*.py' after it.",
            )
