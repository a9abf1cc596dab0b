"""
A table is created along with an enum type that the database has already, or a column is of one that it has not.

## What it finds

On PostgreSQL, `create_table` with a column of an enum whose type a revision of the base
has made, without `create_type=False`. Where the type may have been dropped or renamed since,
or something is done that cannot be read, it is silent. And `add_column`, or `alter_column` with a new
type, of an enum that no revision makes.

## Why it hurts

SQLAlchemy creates the type along with the table: `type "..." already exists`, and the
upgrade stops. On an empty database all revisions run in one go and Alembic remembers the
type, so that tests and CI pass; where the earlier revisions ran some other day, as in
production, nobody remembers. A column that is added or changed brings no type along: `type "..." does not exist`.

## What to do

Use the type that is there: `postgresql.ENUM(..., create_type=False)`. Make the one that is not before the
column: `sa.Enum(..., name="state").create(op.get_bind())`.

## Example

Bad:

```python
op.create_table("refunds", sa.Column("state", sa.Enum("OPEN", "PAID", name="state")))
```

Use instead:

```python
op.create_table(
    "refunds",
    sa.Column("state", postgresql.ENUM("OPEN", "PAID", name="state", create_type=False)),
)
```
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.findings import Finding, Severity
from analyzers.relate.enum_types import NeverMade, made_before
from analyzers.relate.facts import Facts
from analyzers.rules._rule import Rule
from analyzers.rules._steps import found
from analyzers.vocabulary import AddColumn, AlterColumn, Column, CreateTable

rule = Rule(__name__, Severity.ERROR)


@rule
def check(facts: Facts) -> Iterator[Finding]:
    """One finding a table and type."""
    yield from _twice(facts)
    yield from _never(facts)


def _never(facts: Facts) -> Iterator[Finding]:
    """Columns of a type that nobody makes; the first of each type."""
    told: set[str] = set()
    never_made = NeverMade(facts)
    for step in facts.steps:
        match step.change:
            case AddColumn(column=Column(makes_type=str(name)) as column):
                pass
            case AlterColumn(sets_type=True, after=Column(makes_type=str(name)) as column) if (
                column.type or ""
            ).strip('"') == name:
                pass
            case _:
                continue
        if name in told or not never_made(step, name):
            continue
        told.add(name)
        yield found(
            rule.name,
            step,
            column=column.name,
            message=f"`{step.change.table}.{column.name}` is of the enum type `{name}`, which no revision makes.",
            why=f'PostgreSQL refuses it: `type "{name}" does not exist`. Only a table that is created brings its types along.',
            remedy=f"Make it before the column: `sa.Enum(..., name={name!r}).create(op.get_bind())`;"
            " and drop it in `downgrade()`.",
            identity=(name,),
        )


def _twice(facts: Facts) -> Iterator[Finding]:
    """Tables of which a type is there already."""
    for step in facts.steps:
        change = step.change
        if not isinstance(change, CreateTable) or change.if_not_exists:
            continue
        for name in dict.fromkeys(c.makes_type for c in change.columns if c.makes_type):
            maker = made_before(facts, step, name)
            if maker is None:
                continue
            yield found(
                rule.name,
                step,
                message=f"The table `{change.table}` is created along with the enum type `{name}`,"
                f" which revision {maker.key.name} has made.",
                why=f'Where that revision ran before, the upgrade stops: `type "{name}" already exists`.'
                " An empty database, as CI has it, does not show it: there Alembic makes the type once.",
                remedy=f"Use the type that is there: `postgresql.ENUM(..., name={name!r}, create_type=False)`,"
                " from `sqlalchemy.dialects`.",
                identity=(name,),
            )
