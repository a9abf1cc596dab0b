"""
A revision id that the next author will choose as well.

## What it finds

New Alembic revisions whose id follows a pattern: `a1b2c3d4e5f6`,
`123456789abc`, `deadbeef0001`. Numbered ids are silent: that is a convention, and visible.

## Why it hurts

Two authors who make up an id make up the same one sooner or later. Alembic then
keeps one of the two files and forgets the other.

## What to do

Let `alembic revision` choose the id, or take twelve random characters.

## Example

Bad:

```python
revision = "a1b2c3d4e5f6"
```

Use instead:

```python
revision = "3f9a1c07be52"
```
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.findings import Finding, Severity
from analyzers.relate.alembic_ids import fresh_id, is_guessable
from analyzers.relate.facts import Facts
from analyzers.rules._rule import Rule
from analyzers.vocabulary import Framework

rule = Rule(__name__, Severity.INFO)


@rule
def check(facts: Facts) -> Iterator[Finding]:
    """New revisions with made-up ids."""
    committed = {m.key.name for root in facts.base.alembic for m in root.migrations}
    for root in facts.head.alembic:
        for migration in root.migrations:
            identifier = migration.key.name
            if identifier in committed or not is_guessable(identifier):
                continue
            fresh = fresh_id(facts.head.tree, migration, committed)
            yield Finding(
                rule=rule.name,
                place=migration.place,
                framework=Framework.ALEMBIC,
                app=root.location.name,
                migration=identifier,
                message=f"The revision id `{identifier}` follows a pattern.",
                why=(
                    "Whoever makes up the next id may make up the same one; of two files with one "
                    "id Alembic forgets one."
                ),
                remedy=f"Take a random id, such as `{fresh}`, here and in the file's name.",
            )
