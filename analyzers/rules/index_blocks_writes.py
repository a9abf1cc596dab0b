"""
An index is built while writes wait.

## What it finds

An index built without CONCURRENTLY on a table that stands already: explicit ones,
`db_index`, unique constraints with a condition. The index that Django makes for a new foreign key
is told as info. On MySQL, where InnoDB builds indexes online, it is silent, and where `ENGINE` is that of
django-pg-zero-downtime-migrations, which builds them CONCURRENTLY itself.
An index of a partitioned table that is to be built CONCURRENTLY, which PostgreSQL refuses.

## Why it hurts

The SHARE lock stops every insert, update and delete until the whole table is read.
Behind a change in the same transaction that locks the table against all else, such as a
new column or a dropped index, queries wait as long.

## What to do

`AddIndexConcurrently` in a migration of its own with `atomic = False`; Alembic:
`postgresql_concurrently=True` in an `autocommit_block()`.

## Example

Bad:

```python
migrations.AddIndex("order", models.Index(fields=["status"], name="order_status"))
```

Use instead:

```python
atomic = False
operations = [AddIndexConcurrently("order", models.Index(fields=["status"], name="order_status"))]
```
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.findings import Finding, Severity
from analyzers.relate.facts import Facts
from analyzers.rules._held import Held
from analyzers.rules._rule import Rule
from analyzers.rules._steps import (
    by_size,
    existing,
    first_let_alembic_begin,
    found,
    is_django,
    on_innodb,
    touched,
)
from analyzers.vocabulary import AddColumn, AddIndex

rule = Rule(__name__, Severity.ERROR)

PARTITIONED = (
    "Make it with CREATE INDEX ... ON ONLY, which builds nothing; build that of each partition CONCURRENTLY, "
    "and attach it with ALTER INDEX ... ATTACH PARTITION."
)


@rule
def check(facts: Facts) -> Iterator[Finding]:
    """Indexes on existing tables that are not built concurrently."""
    fresh: set[tuple[str | None, str]] = set()
    held = Held(facts)
    for step in existing(facts):
        change = step.change
        since = held.before(step)
        if isinstance(change, AddColumn):
            fresh.add((change.table, change.column.name))
        if not isinstance(change, AddIndex) or change.only:
            continue
        parts = step.table_before is not None and step.table_before.partitioned
        if change.concurrently and parts:
            yield found(
                rule.name,
                step,
                column=change.index.columns[0] if len(change.index.columns) == 1 else None,
                message=f"The index {_called(change)} cannot be built CONCURRENTLY: the table has partitions.",
                why="PostgreSQL refuses it, and the migration stops.",
                remedy=PARTITIONED,
                identity=(change.index.name or "", *change.index.columns),
            )
        if change.concurrently or not any(e.blocks_writes for e in touched(facts, step)):
            continue
        # The index of a column that is new here holds nothing but NULLs: it is built quickly.
        new = change.implicit and all((change.table, c) in fresh for c in change.index.columns)
        since = None if new else since
        yield found(
            rule.name,
            step,
            column=change.index.columns[0] if len(change.index.columns) == 1 else None,
            severity=Severity.INFO
            if new or step.database == "sqlite"
            else by_size(facts, change.table),
            message=f"The index {_called(change)} is built while {'reads and writes' if since else 'writes'} wait.",
            why=f"The transaction has locked the table against all else (line {since}): queries wait as well until the whole table is read."
            if since
            else "Inserts, updates and deletes of the table wait until the whole table is read.",
            remedy=(
                "SQLite has one writer at a time and no other way to build it."
                if step.database == "sqlite"
                else "InnoDB builds this kind of index in no other way: do it when writes can wait."
                if on_innodb(step)
                else f"Write it as CREATE {'UNIQUE ' if change.index.unique else ''}INDEX CONCURRENTLY, "
                "in a migration of its own with `atomic = False`."
                if is_django(step) and not change.in_state
                else "Build it with `RunSQL` and CREATE UNIQUE INDEX CONCURRENTLY in a migration of its own with "
                "`atomic = False`, the constraint in its `state_operations`: `AddIndexConcurrently` makes no unique index."
                if is_django(step) and change.index.unique
                else "Use `AddIndexConcurrently` in a migration of its own with `atomic = False`."
                if is_django(step) and not new
                else "Add the field with `db_index=False` and build its index with `AddIndexConcurrently`."
                if is_django(step)
                else PARTITIONED
                if parts
                else "Use `postgresql_concurrently=True` inside `op.get_context().autocommit_block()`."
                + first_let_alembic_begin(facts, step)
            ),
            identity=(change.index.name or "", *change.index.columns),
        )


def _called(change: AddIndex) -> str:
    """The index by its table and columns; by its name where it is of an expression."""
    columns, name = change.index.columns, change.index.name
    if name and "(expression)" in columns:
        return f"`{name}` on `{change.table}`"
    return f"on `{change.table}` ({', '.join(columns) or name or 'an index'})"
