"""
A NOT NULL column that the database does not fill by itself.

## What it finds

A column added as NOT NULL to a table that stands already, without a default in
the database. Django's `default=` is none: Django fills the rows that are there and drops the
default again in the same statement block.
A default that the same pull request puts on afterwards counts for old code, as does one that SQL in the
function of a `RunPython` puts on; what Alembic or SQL by hand adds so is refused all the same where the table has
rows. In a table of django-pghistory's events a column counts that a trigger
of the same pull request writes: nothing else inserts there. Silent where a column that old code has
to write goes and Django gives this one its name.

## Why it hurts

The code that runs until the deployment has finished does not name the new column
in its inserts; each of them fails with a not-null violation.

## What to do

Give the column a default that stays in the database (`db_default=`, Alembic's
`server_default=`), or add it as nullable first and demand it in a later pull request.

## Example

Bad:

```python
migrations.AddField("order", "status", models.CharField(max_length=20, default="new"))
```

Use instead:

```python
migrations.AddField("order", "status", models.CharField(max_length=20, db_default="new"))
```
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.findings import Finding, Severity
from analyzers.relate.facts import Facts, Step
from analyzers.relate.locks import demanded_of_old_code
from analyzers.rules._rule import Rule
from analyzers.rules._steps import existing, filled_by_trigger, found, is_django, on_innodb
from analyzers.vocabulary import (
    AddColumn,
    AlterColumn,
    Column,
    DropColumn,
    RunCode,
    RunStatement,
    UnknownChange,
)

rule = Rule(__name__, Severity.ERROR)


@rule
def check(facts: Facts) -> Iterator[Finding]:
    """Columns that inserts of the old code leave out and the database refuses to leave empty."""
    for step in existing(facts):
        change = step.change
        if not isinstance(change, AddColumn) or not demanded_of_old_code(change.column):
            continue
        name = change.column.name
        if filled_by_trigger(facts, step, name):
            continue
        known = _had_its_name(facts, step, change)
        # Old code has always written a column of that name.
        written = known is not None and demanded_of_old_code(known)
        if step.eased_by is not None or written:
            if _refused_with_rows(facts, step, change):
                yield _refused(step, change)
            continue
        # Django asks for the default once, also where it is a function.
        clash = change.temporary_default and (change.column.unique or change.column.primary_key)
        yield found(
            rule.name,
            step,
            column=name,
            message=f"`{change.table}.{name}` is added as NOT NULL and the database has no default for it.",
            why=_why(step, change, known) + (_CLASH if clash else ""),
            remedy=(
                "Add it with `null=True` now, give each row a value of its own, and demand it in a later pull request."
                if clash
                else _with_django(facts.django_version)
                if is_django(step)
                else "Add `server_default=`; or make it nullable now and demand it later."
            ),
        )


_CLASH = (
    " And on a table with two rows the migration itself fails: all of them get one "
    "value, and the column is unique."
)


def _why(step: Step, change: AddColumn, known: Column | None) -> str:
    """What fails; *known* is the column that had the name until then."""
    if not change.temporary_default:
        if on_innodb(step):
            # MySQL puts its own empty value into the rows: 0, or a text without a letter.
            return (
                "The rows that stand get an empty value that nobody chose, and INSERTs of code "
                "that is still running fail because they leave the column out."
            )
        return (
            "The statement fails on a table with rows, and INSERTs of code that is still "
            "running fail because they leave the column out."
        )
    if known is None:
        return (
            "Code that is still running does not know the column: its INSERTs fail until the "
            "deployment has finished."
        )
    return (
        "Code that is still running could leave out the column that had the name, or write NULL to it: "
        "INSERTs that do so fail until the deployment has finished."
    )


def _refused_with_rows(facts: Facts, step: Step, change: AddColumn) -> bool:
    """Whether the database is known to refuse the column as soon as the table has a row; Django has values for the rows."""
    by_trigger = isinstance(step.eased_by, UnknownChange)
    if change.model is not None or by_trigger or on_innodb(step):
        return False
    for other in facts.steps:
        if other is step:
            break
        if isinstance(other.change, RunCode | RunStatement):
            # It may have emptied the table.
            return False
    return True


def _refused(step: Step, change: AddColumn) -> Finding:
    name = f"{change.table}.{change.column.name}"
    later = isinstance(step.eased_by, AlterColumn) and step.eased_by.after.server_default
    behind = "its default comes only afterwards" if later else "the database has no default for it"
    return found(
        rule.name,
        step,
        column=change.column.name,
        message=f"`{name}` is added as NOT NULL, and {behind}.",
        why="The statement fails on a table with rows: they have no value for the new column.",
        remedy="Add the column with its default (`server_default=`); or make it nullable now and demand it later.",
    )


def _had_its_name(facts: Facts, step: Step, change: AddColumn) -> Column | None:
    """The column of the same table and name that the pull request drops first, where it is known."""
    for other in existing(facts):
        if other is step:
            break
        match other.change:
            case DropColumn(table=table, column=name) if (table, name) == (
                change.table,
                change.column.name,
            ):
                return other.table_before.column(name) if other.table_before is not None else None
            case _:
                pass
    return None


def _with_django(version: tuple[int, int] | None) -> str:
    """What to do with Django of *version*, which knows ``db_default`` from 5.0 on."""
    later = "with `null=True` now and demand it in a later pull request."
    if version is not None and version < (5, 0):
        return f"Add it {later}"
    return (
        "Add `db_default=` (Django 5.0), so that the default stays in the database; or add "
        f"it {later}"
    )
