"""
A migration that should be several.

## What it finds

A new migration, other than an app's first, with more than 20 operations.

## Why it hurts

On PostgreSQL they are one transaction: each lock is held until the last one is
done, and a failure late in the list takes everything back. Databases without
transactional DDL are left half-way.

## What to do

Split it along the tables, data apart from schema.

## Example

```python
# bad
operations = [migrations.AddField(...), ...]  # 58 of them

# good: 0031_orders, 0032_customers, 0033_invoices
```
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.findings import Finding, Severity
from analyzers.relate.facts import Facts
from analyzers.rules._rule import Rule
from analyzers.vocabulary import Framework

rule = Rule(__name__, Severity.INFO)

MOST = 20
"""Of 4,049 migrations of eleven large projects that follow another one, 42 have more."""


@rule
def check(facts: Facts) -> Iterator[Finding]:
    for migration in facts.new_migrations:
        first = migration.initial or not any(p.app == migration.key.app for p in migration.parents)
        if migration.operation_count <= MOST or migration.replaces:
            continue
        if migration.path in facts.named_anew:
            continue
        if first and migration.framework is Framework.DJANGO:
            continue
        yield Finding(
            rule=rule.name,
            framework=migration.framework,
            place=migration.place,
            app=migration.key.app,
            migration=migration.key.name,
            message=f"{migration.key.name} has {migration.operation_count} operations.",
            why="All locks are held until the last one is done, and one failure takes everything back or leaves it half-way.",
            remedy="Split it along the tables, and data apart from schema.",
        )
