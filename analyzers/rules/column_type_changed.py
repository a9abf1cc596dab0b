"""
A column's type changes.

## What it finds

A change of type that writes every row anew (error), or one that the database
does in its catalogue alone (info): a longer varchar, varchar to text, a larger precision.
Another collation of an indexed column builds its indexes anew (error), and
PostgreSQL holds all rows against the validated checks of a column once more, whatever its new type (error).

## Why it hurts

The rewrite holds an ACCESS EXCLUSIVE lock: reads and writes wait until every row
and every index is written (MySQL and MariaDB: writes wait). Old code may meet values that it cannot read, or write some that do not fit;
a row that holds a value that the new type does not take stops the migration.

## What to do

Add a column of the new type beside the old one, write both, copy in batches, read
the new one, drop the old one.

## Example

Bad:

```python
migrations.AlterField("order", "number", models.BigIntegerField())   # was IntegerField
```

Use instead:

```python
migrations.AddField("order", "number_big", models.BigIntegerField(null=True))
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzers.findings import Finding, Severity
from analyzers.relate.column_types import same_type
from analyzers.relate.conversions import cast_by_django, conversion, of_postgresql
from analyzers.relate.facts import Facts, Step
from analyzers.relate.locks import checks_anew, sorts_anew
from analyzers.rules._rule import Rule
from analyzers.rules._steps import by_size, existing, found, is_django, on_innodb, touched
from analyzers.vocabulary import AlterColumn, RunStatement

rule = Rule(__name__, Severity.ERROR)


@rule
def check(facts: Facts) -> Iterator[Finding]:
    """Changed types, by what they cost."""
    for step in existing(facts):
        change = step.change
        if not isinstance(change, AlterColumn) or not change.sets_type:
            continue
        before, after, sqlite = change.before, change.after, step.database == "sqlite"
        if before is None or before.type is None or after.type is None:
            yield found(
                rule.name,
                step,
                column=after.name,
                severity=Severity.WARNING,
                message=f"`{change.table}.{after.name}` gets {_unsure(before.type if before else None, after.type)}.",
                why="Most changes of type write every row anew while reads and writes wait.",
                remedy=f"Check what the type {'was' if after.type else 'becomes'}: a longer varchar is fine, another type is not.",
            )
            continue
        own = [e for e in touched(facts, step) if e.table == change.table]
        rewritten = [e for e in own if e.rewrites]
        if on_innodb(step) and (
            _alike(step.database, before.type, after.type)
            or (rewritten and not any(e.blocks_writes for e in rewritten))
        ):
            # MySQL is told the whole column: what is written anew there is for NULL or for nothing.
            continue
        if rewritten:
            yield found(
                rule.name,
                step,
                column=after.name,
                severity=by_size(facts, change.table) if not sqlite else Severity.INFO,
                message=f"`{change.table}.{after.name}` {_said(before.type, after.type)}: every row is written anew.",
                why=(
                    "Reads and writes of the table wait until all rows and indexes are rewritten."
                    + _stopped(step, change, before.type, after.type)
                    + _stopped_at_default(facts, step, change)
                    if step.database == "postgresql"
                    else "Writes of the table wait until all rows and indexes are copied."
                    if not sqlite
                    else "The table is copied; whoever writes to the file waits until the copy is done."
                ),
                remedy=_remedy(step.database, before.type, after.type),
            )
        elif step.database == "postgresql" and sorts_anew(change, step.table_before):
            yield found(
                rule.name,
                step,
                column=after.name,
                severity=by_size(facts, change.table),
                message=f"`{change.table}.{after.name}` changes from {before.type} to {after.type}: its indexes are built anew.",
                why="Reads and writes of the table wait until the last index of the column is built.",
                remedy="Drop the indexes concurrently before, and build them concurrently after it.",
            )
        elif step.database == "postgresql" and checks_anew(change, step.table_before):
            yield found(
                rule.name,
                step,
                column=after.name,
                severity=by_size(facts, change.table),
                message=f"`{change.table}.{after.name}` changes from {before.type} to {after.type}: its checks are made anew.",
                why="Reads and writes of the table wait until every row is held against the check once more.",
                remedy="Drop the check before it; add it NOT VALID after it, and validate it in a later migration.",
            )
        elif own and before.type != after.type:
            yield found(
                rule.name,
                step,
                column=after.name,
                severity=Severity.INFO,
                message=f"`{change.table}.{after.name}` changes from {before.type} to {after.type} without a rewrite.",
                why="The database changes its catalogue only; the lock is held for a moment.",
                remedy="Nothing has to be done.",
            )


def _stopped(step: Step, change: AlterColumn, before: str, after: str) -> str:
    """What of the rows makes the statement fail on PostgreSQL, as a sentence; empty where nothing does."""
    by_django = is_django(step) and change.model is not None
    if before == after or (change.using is not None and not by_django):
        # What becomes of the values is said there.
        return ""
    casts = by_django and cast_by_django(before, after)
    made = conversion(before, after, using=casts)
    if made.refused and of_postgresql(before, after):
        return (
            " And the statement fails, whatever the rows hold: PostgreSQL has no such conversion"
            + (" by itself." if not casts else ".")
        )
    return f" And a value that {after} does not take stops the migration." if made.stops else ""


def _stopped_at_default(facts: Facts, step: Step, change: AlterColumn) -> str:
    """Whether PostgreSQL fails at the column's default, to which ``USING`` does not apply, as a sentence."""
    before, after = change.before, change.after
    if change.using is None or change.model is not None or before is None:
        return ""
    if before.server_default is None or before.server_default.upper() == "NULL":
        return ""
    one, two = before.type or "", after.type or ""
    if one == two:
        # A type that was renamed out of the way has no conversion to the new one of its name.
        refused = _renamed_before(facts, step, one)
    else:
        refused = of_postgresql(one, two) and conversion(one, two, using=False).refused
    if not refused:
        return ""
    return (
        " And the statement fails, whatever the rows hold: PostgreSQL does not convert the column's default"
        " by USING. Drop the default in a statement before it, and set the new one in another after it."
    )


def _renamed_before(facts: Facts, step: Step, kind: str) -> bool:
    """Whether an earlier statement of the pull request gives the type *kind* another name."""
    name = re.escape(kind.strip('"'))
    renamed = re.compile(rf'\s*ALTER\s+TYPE\s+(\w+\.)?"?{name}"?\s+RENAME\s+TO\b', re.I)
    for other in facts.steps:
        if other is step:
            break
        if isinstance(other.change, RunStatement) and renamed.match(other.change.sql or ""):
            return True
    return False


def _alike(database: str, before: str, after: str) -> bool:
    """Whether both are one type there: MariaDB's JSON is a text, MySQL's is not."""
    if database == "mysql" and "json" in {before, after}:
        return before == after
    return same_type(before, after)


def _said(before: str, after: str) -> str:
    """What becomes of the type; one may have given its name to another, as enumerations do."""
    if before == after:
        return f"is converted to {after} once more"
    return f"changes from {before} to {after}"


def _unsure(before: str | None, after: str | None) -> str:
    """What becomes of a type where one of the two is not known."""
    if after is None:
        return f"a type that is not known; {f'it was {before}' if before else 'nor is what it was'}"
    return f"the type {after}; what it was is not known"


def _remedy(database: str, before: str, after: str) -> str:
    beside = "dd a column of the new type, write both, copy in batches, then drop the old one."
    if before == after and database == "postgresql":
        more = "An enumeration that only gets more values takes them with `ALTER TYPE ... ADD VALUE`, which writes no row."
        return f"{more} Else a{beside}"
    return f"A{beside}"
