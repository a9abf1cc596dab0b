"""
A constraint is checked against all rows while the table is locked.

## What it finds

Check, unique, foreign key and exclusion constraints validated in one step on an
existing table; NOT NULL set without a validated check; a column that brings such a constraint
(`unique=True`, `primary_key=True`, `PositiveIntegerField`). A foreign key that comes with a new nullable column is silent: no row is read.
Alembic adds the key in a statement of its own, which reads them, unless `op.add_column` is told `inline_references=True`.

## Why it hurts

The lock is held until every row is read: writes wait, for all but foreign keys
reads as well. A foreign key locks the table that it points to, too.
MySQL and MariaDB copy the whole table for a check or a foreign key, while writes wait.

## What to do

Add it NOT VALID (`AddConstraintNotValid`), validate it in a migration of its own
(`ValidateConstraint`); a foreign key by SQL, for the operation takes checks alone;
for unique: build the index concurrently, then `ADD CONSTRAINT ... USING INDEX`.

## Example

Bad:

```python
migrations.AddConstraint("order", models.CheckConstraint(condition=models.Q(total__gte=0), name="total_ok"))
```

Use instead:

```python
AddConstraintNotValid("order", models.CheckConstraint(condition=models.Q(total__gte=0), name="total_ok"))
# in the next migration
ValidateConstraint("order", name="total_ok")
```
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from analyzers.findings import Finding, Severity
from analyzers.relate.facts import Facts, Step
from analyzers.rules._rule import Rule
from analyzers.rules._steps import (
    by_size,
    existing,
    found,
    in_transaction,
    is_django,
    on_innodb,
    touched,
)
from analyzers.vocabulary import (
    AddColumn,
    AddConstraint,
    AlterColumn,
    Column,
    ConstraintKind,
    DropConstraint,
    RunCode,
    RunStatement,
    SchemaChange,
    ValidateConstraint,
)

rule = Rule(__name__, Severity.ERROR)


@rule
def check(facts: Facts) -> Iterator[Finding]:
    """Scans for constraints under a lock that stops writes."""
    pending: set[tuple[object, str | None]] = set()
    left: set[tuple[object, str | None, tuple[str, ...]]] = set()
    for step in existing(facts):
        change = step.change
        if isinstance(change, DropConstraint) and not change.constraint.name:
            left.add((step.migration.key, change.table, change.constraint.columns))
        if isinstance(change, AddConstraint) and not change.constraint.validated:
            if in_transaction(step):
                pending.add((step.migration.key, change.table))
            continue
        if isinstance(change, ValidateConstraint):
            if in_transaction(step) and (step.migration.key, change.table) in pending:
                yield found(
                    rule.name,
                    step,
                    column=None,
                    severity=by_size(facts, change.table),
                    message=f"`{change.name}` on `{change.table}` is validated in the transaction that adds it.",
                    why="The lock of ADD CONSTRAINT is held until the transaction ends, the whole validation included.",
                    remedy="Validate it in a migration of its own.",
                    identity=(change.name,),
                )
            continue
        if step.database != "postgresql" and not (
            on_innodb(step) and isinstance(change, AddConstraint)
        ):
            continue
        what = _what(step)
        if what is None or not any(e.scans and e.blocks_writes for e in touched(facts, step)):
            continue
        names, remedy = what
        again = isinstance(change, AddConstraint) and change.implicit
        yield found(
            rule.name,
            step,
            column=getattr(getattr(change, "column", None), "name", None),
            severity=by_size(facts, change.table) or (Severity.WARNING if again else None),
            message=(
                f"{names} on `{change.table}` is taken off and put on again, and checked against all rows."
                if again
                else f"{names} on `{change.table}` is checked against all rows under a lock."
            ),
            why=f"{_waiting(facts, step)} until every row is read."
            + (_elsewhere(facts, step, left) or _clash(change)),
            remedy=remedy,
            identity=(names,),
        )


def _elsewhere(
    facts: Facts, step: Step, left: Collection[tuple[object, str | None, tuple[str, ...]]]
) -> str:
    """What becomes of values that led to one table, as one of *left* had it, and lead to another now."""
    change = step.change
    if not isinstance(change, AddConstraint) or change.implicit:
        return ""
    target, columns = change.constraint.references, change.constraint.columns
    if target is None or (step.migration.key, change.table, columns) not in left:
        return ""
    if target.table not in facts.new_tables:
        return f" And a value that is no key of `{target.table}` stops the migration: the rows keep what they had for the other table."
    # What fills the new table may stand in any step before.
    moved = any(isinstance(s.change, RunCode | RunStatement) for s in facts.steps)
    new = f" And `{target.table}` is new: without the rows of the other table in it"
    return (
        ""
        if moved
        else f"{new}, the first row of `{change.table}` with a value stops the migration."
    )


def _clash(change: SchemaChange) -> str:
    """What becomes of rows that all get one value of a column that is unique."""
    match change:
        case AddColumn(column=Column(unique=True) as column) if change.temporary_default or (
            column.server_default is not None and not column.server_default_volatile
        ):
            return (
                " And on a table with two rows the migration fails: all of them get the default,"
                " and the column is unique."
            )
        case _:
            return ""


def _waiting(facts: Facts, step: Step) -> str:
    effects = touched(facts, step)
    reads = "Reads and writes" if any(e.blocks_reads for e in effects) else "Writes"
    tables = " and ".join(f"`{e.table}`" for e in effects if e.blocks_writes)
    return f"{reads} of {tables} wait"


NOT_VALID = "Add it NOT VALID (`AddConstraintNotValid`), and validate it in a later migration."
NOT_VALID_SQL = "Add it NOT VALID, and validate it in a later migration."
NOT_VALID_KEY = (
    "Give the field `db_constraint=False`; then add the constraint NOT VALID by `RunSQL`, with the field as it"
    " is to be in `state_operations`, and validate it in a later migration: `AddConstraintNotValid` takes checks alone."
)
OF_A_FIELD = (
    "Add the column without it (`IntegerField` for `PositiveIntegerField`), then the check NOT VALID,"
    " and validate it in a later migration; the split has the files."
)
NOT_VALID_ALEMBIC = (
    "Add it with `postgresql_not_valid=True`, and validate it in a transaction of its own."
)
EXCLUSION = "There is no way online: an exclusion constraint can neither be NOT VALID nor be built concurrently. Add it when writes can wait."
INLINE = " Or pass `inline_references=True` to `op.add_column` (Alembic 1.18.2): of a column that is new and NULL no row is read."
UNCHECKED = "Look for rows that point nowhere, then add it after `SET foreign_key_checks = 0` in the same session: no row is copied."
NO_OTHER_WAY = "There is no way online: add it when writes can wait, or copy the table with a tool such as gh-ost."
USING_INDEX = "Build a unique index concurrently, then ADD CONSTRAINT ... UNIQUE USING INDEX."
KEY_USING_INDEX = (
    "Build a unique index concurrently, then ADD CONSTRAINT ... PRIMARY KEY USING INDEX:"
    " of columns that are NOT NULL already no row is read."
)


def _what(step: Step) -> tuple[str, str] | None:
    change = step.change
    match change:
        case AddConstraint(constraint=c, implicit=True):
            return (
                f"The foreign key of `{', '.join(c.columns)}`",
                "Django does so around any change of the column: change the column alone with RunSQL, and the state with SeparateDatabaseAndState.",
            )
        case AddConstraint(constraint=c):
            # Of one that the database names for columns it is asked for nothing is known.
            columns = f" ({', '.join(c.columns)})" if c.columns else ""
            name = f"The {c.kind.value} constraint" + (f" `{c.name}`" if c.name else columns)
            foreign = c.kind is ConstraintKind.FOREIGN_KEY
            if on_innodb(step):
                return name, UNCHECKED if foreign else NO_OTHER_WAY
            if c.kind is ConstraintKind.EXCLUDE:
                return name, EXCLUSION
            if c.kind in {ConstraintKind.UNIQUE, ConstraintKind.PRIMARY_KEY}:
                return name, USING_INDEX if c.kind is ConstraintKind.UNIQUE else KEY_USING_INDEX
            inline = change.nulls and foreign and not is_django(step)
            return name, _not_valid(step, foreign=foreign) + (INLINE if inline else "")
        case AlterColumn(sets_null=True, sets_type=True, before=Column(null=False)):
            # It is NOT NULL already: only the change of type beside it reads the rows.
            return None
        case AlterColumn(sets_null=True, after=after) if after.null is False:
            return (
                f"NOT NULL of `{after.name}`",
                "Add CHECK (... IS NOT NULL) NOT VALID, validate it, then set NOT NULL: no row is read then.",
            )
        case AddColumn(column=column) if column.unique:
            return f"The unique constraint of the new column `{column.name}`", USING_INDEX
        case AddColumn(column=column) if (
            # A key that numbers its rows is told as a rewrite.
            is_django(step) and column.primary_key and not column.identity
        ):
            return f"The primary key of the new column `{column.name}`", KEY_USING_INDEX
        case AddColumn(column=column) if column.checked:
            remedy = OF_A_FIELD if is_django(step) else NOT_VALID_ALEMBIC
            return f"The check of the new column `{column.name}`", remedy
        case AddColumn(column=column) if column.references is not None:
            return (
                f"The foreign key of the new column `{column.name}`",
                _not_valid(step, foreign=True),
            )
        case _:
            return None


def _not_valid(step: Step, *, foreign: bool) -> str:
    if not is_django(step):
        return NOT_VALID_ALEMBIC
    if not step.change.in_state:
        return NOT_VALID_SQL
    return NOT_VALID_KEY if foreign else NOT_VALID
