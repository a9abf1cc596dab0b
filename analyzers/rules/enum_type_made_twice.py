"""
A table is created along with an enum type that the database has already.

## What it finds

On PostgreSQL, `create_table` with a column of an enum whose type a revision of the base
has made, without `create_type=False`. Where the type may have been dropped or renamed since,
or something is done that cannot be read, it is silent.

## Why it hurts

SQLAlchemy creates the type along with the table: `type "..." already exists`, and the
upgrade stops. On an empty database all revisions run in one go and Alembic remembers the
type, so that tests and CI pass; where the earlier revisions ran some other day, as in
production, nobody remembers.

## What to do

Use the type that is there: `postgresql.ENUM(..., create_type=False)`.

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
from analyzers.relate.enum_types import made_before
from analyzers.relate.facts import Facts
from analyzers.rules._rule import Rule
from analyzers.rules._steps import found
from analyzers.vocabulary import CreateTable

rule = Rule(__name__, Severity.ERROR)


@rule
def check(facts: Facts) -> Iterator[Finding]:
    """One finding a table and type."""
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
