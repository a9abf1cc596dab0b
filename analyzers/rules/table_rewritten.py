"""
Every row of a table is written anew under a lock.

## What it finds

A column added with a default that differs from row to row (`gen_random_uuid()`,
`clock_timestamp()`), a stored generated column, an identity or serial column; `VACUUM FULL`,
`CLUSTER`, `SET LOGGED`. Constants and `now()` are silent: they cost nothing since PostgreSQL 11.
On MySQL and MariaDB also a foreign key that comes with the column: the table is copied.
On SQLite it is a remark wherever Django copies the table to add a column.

## Why it hurts

The ACCESS EXCLUSIVE lock is held until the last row is written: reads and writes wait (MySQL and MariaDB: writes wait).

## What to do

Add the column as nullable and without the default, set the default for new rows,
fill old rows in batches.

## Example

Bad:

```python
migrations.AddField("order", "token", models.UUIDField(db_default=RandomUUID()))
```

Use instead:

```python
migrations.AddField("order", "token", models.UUIDField(null=True))
```
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.findings import Finding, Severity
from analyzers.relate.facts import Facts
from analyzers.relate.locks_sqlite import copies_table
from analyzers.rules._rule import Rule
from analyzers.rules._steps import by_size, existing, found, on_innodb, touched
from analyzers.vocabulary import AddColumn, RunStatement

rule = Rule(__name__, Severity.ERROR)

COLUMN_FIRST = (
    "Add the column with `db_constraint=False`; add the constraint in a later migration, after "
    "`SET foreign_key_checks = 0`: no row is copied then, and none is checked."
)


@rule
def check(facts: Facts) -> Iterator[Finding]:
    """Rewrites other than changes of type."""
    for step in existing(facts):
        change = step.change
        if not isinstance(change, AddColumn | RunStatement):
            continue
        rewritten = [e for e in touched(facts, step) if e.rewrites]
        if not rewritten:
            continue
        online = on_innodb(step) and not any(e.blocks_writes for e in rewritten)
        column = change.column.name if isinstance(change, AddColumn) else None
        what = f"Adding `{change.table}.{column}`" if column else "The statement"
        if isinstance(change, RunStatement) and copies_table(change):
            what = 'The batch with `recreate="always"`'
        yield found(
            rule.name,
            step,
            column=column,
            severity=Severity.INFO
            if online or step.database == "sqlite"
            else by_size(facts, change.table),
            message=f"{what} writes every row of `{change.table}` anew.",
            why=(
                "Reads and writes go on; it takes as long, and as much disk, as the table is large."
                if online
                else "Writes of the table wait until the last row is written."
                if on_innodb(step)
                else "Reads and writes of the table wait until the last row is written."
                if step.database != "sqlite"
                else "The old table is dropped once it is copied: where `PRAGMA foreign_keys` is on, rows of other"
                " tables that refer to it are deleted or set to NULL by their ON DELETE, or stop the copy."
                if isinstance(change, RunStatement) and copies_table(change)
                else "Django copies the table; whoever writes to the file waits until the copy is done."
            ),
            remedy=(
                "Nothing has to be done."
                if online
                else COLUMN_FIRST
                if on_innodb(step)
                and isinstance(change, AddColumn)
                and change.column.references is not None
                else "Add a plain column that is nullable, let a trigger or the code fill it, and the rows that "
                "are there in batches: a generated column that is stored is always written at once."
                if isinstance(change, AddColumn) and change.column.generated
                else "Add a nullable integer with `RunSQL`, give it a sequence as its default afterwards, fill the rows "
                "in batches, build its unique index concurrently, and make it the primary key last."
                if isinstance(change, AddColumn)
                and change.column.primary_key
                and step.database == "postgresql"
                else "Add the column as nullable without a default, set the default afterwards, and fill "
                "the rows in batches."
                if column
                else "Leave `recreate` out: the table is altered as it stands wherever the database can do so."
                if isinstance(change, RunStatement) and copies_table(change)
                else "Run it in a maintenance window, or use a tool that works online."
            ),
        )
