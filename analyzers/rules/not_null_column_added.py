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
Told as well where the column comes with a default that the same pull request drops again.

## Why it hurts

The code that runs until the deployment has finished does not name the new column
in its inserts; each of them fails with a not-null violation.

## What to do

Give the column a default that stays in the database (`db_default=`, Alembic's
`server_default=`), or add it as nullable first and demand it in a later pull request. A default that only
fills the rows is dropped in a later pull request too.

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

from analyzers.findings import Finding, Related, Severity
from analyzers.relate.facts import Facts, Step
from analyzers.relate.locks import demanded_of_old_code, takes_default
from analyzers.rules._rule import Rule
from analyzers.rules._steps import existing, filled_by_trigger, found, is_django, on_innodb
from analyzers.vocabulary import (
    AddColumn,
    AlterColumn,
    Column,
    DropColumn,
    RenameColumn,
    RunCode,
    RunStatement,
    UnknownChange,
)

rule = Rule(__name__, Severity.ERROR)


@rule
def check(facts: Facts) -> Iterator[Finding]:
    """Columns that inserts of the old code leave out and the database refuses to leave empty."""
    yield from _without_default(facts)
    yield from _default_dropped_again(facts)


def _without_default(facts: Facts) -> Iterator[Finding]:
    """Columns that come without a default in the database."""
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


def _default_dropped_again(facts: Facts) -> Iterator[Finding]:
    """New columns that come with a default, which the same pull request drops for good."""
    added: dict[tuple[str | None, str], Step] = {}
    dropped: dict[tuple[str | None, str], Finding] = {}
    for step in existing(facts):
        match step.change:
            case AddColumn(table=table, column=column) if not _stood(step, column.name):
                added[table, column.name] = step
            case RenameColumn(table=table, column=old, new_name=new) if (table, old) in added:
                added[table, new] = added.pop((table, old))
            case AlterColumn(table=table, after=after) as change if takes_default(change):
                first = added.get((table, after.name))
                kept = step.eased_by is not None or filled_by_trigger(facts, step, after.name)
                if first is not None and not kept and _came_full(facts, first):
                    dropped[table, after.name] = _dropped_again(first, step, after.name)
            case RunStatement(sql=sql):
                # It may fill the column from now on: an identity, a default of another kind.
                text = (sql or "").lower()
                for key in [*added] if "generated" in text or sql is None else ():
                    if sql is None or key[1].lower() in text:
                        del added[key]
                        dropped.pop(key, None)
            case _:
                pass
    yield from dropped.values()


def _stood(step: Step, name: str) -> bool:
    """Whether the table had the column before: `IF NOT EXISTS` adds none then."""
    return step.table_before is not None and step.table_before.column(name) is not None


def _came_full(facts: Facts, step: Step) -> bool:
    """Whether the column that *step* adds comes as NOT NULL, and neither triggers nor old code write it."""
    change = step.change
    if not isinstance(change, AddColumn) or change.column.null is not False:
        return False
    known = _had_its_name(facts, step, change)
    written = known is not None and demanded_of_old_code(known)
    return not written and not filled_by_trigger(facts, step, change.column.name)


def _dropped_again(added: Step, step: Step, name: str) -> Finding:
    key = added.migration.key
    return found(
        rule.name,
        step,
        column=name,
        message=f"`{step.change.table}.{name}` is added as NOT NULL, and the same pull request drops its default again.",
        why=(
            "Code that is still running does not know the column: its INSERTs leave it out, "
            "and fail from then on until the deployment has finished."
        ),
        remedy="Leave the default in the database now, and drop it in a later pull request.",
        related=(Related(app=key.app, migration=key.name, place=added.change.place, side="head"),),
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
