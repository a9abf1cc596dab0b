"""
A name that the database cuts or refuses.

## What it finds

Names of tables, columns, indexes and constraints longer than the database keeps:
63 bytes on PostgreSQL, 64 characters on MySQL. Names that Django or SQLAlchemy (`op.f`, a naming convention)
makes itself are shortened by it and are silent, and so are those that the pull
request takes away before it gives them again.

## Why it hurts

PostgreSQL cuts the name silently: two long names become one, and a later
migration does not find the object by its full name. MySQL and MariaDB refuse it,
and the migration stops with error 1059. SQLAlchemy refuses such a
name of an index or a constraint: the upgrade stops with `IdentifierError`.

## What to do

Choose a shorter name.

## Example

Bad:

```python
op.create_index("ix_customer_order_line_item_promotion_code_and_customer_identifier_at", "orders", ["code"])
```

Use instead:

```python
op.create_index("ix_orders_promotion_code", "orders", ["code"])
```
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.findings import Finding, Severity
from analyzers.relate.facts import Facts
from analyzers.rules._rule import Rule
from analyzers.rules._steps import found, is_django
from analyzers.vocabulary import (
    AddColumn,
    AddConstraint,
    AddIndex,
    CreateTable,
    DropConstraint,
    DropIndex,
    RenameColumn,
    RenameIndex,
    RenameTable,
    SchemaChange,
)

rule = Rule(__name__, Severity.ERROR)


_REFUSED = (
    " Where SQLAlchemy writes the statement it refuses the name instead (`IdentifierError`), "
    "and the upgrade stops."
)
LIMITS = {"postgresql": 63, "mysql": 64, "mariadb": 64}
_CUT = "The rest is cut silently: names collide, and later migrations do not find the object."
_STOPS = "It is refused with error 1059, `Identifier name is too long`: the migration stops there."


@rule
def check(facts: Facts) -> Iterator[Finding]:
    """Names above the limit."""
    had: set[tuple[str, str]] = set()
    for step in facts.steps:
        had.update(_taken(step.change))
        limit = LIMITS.get(step.database)
        if limit is None:
            continue
        for kind, name in _names(step.change, own=is_django(step)):
            cut = step.database == "postgresql"
            size, unit = (len(name.encode()), "bytes") if cut else (len(name), "characters")
            if size <= limit or (kind, name) in had:
                continue
            yield found(
                rule.name,
                step,
                message=f"The {kind} name `{name}` has {size} {unit}; {step.database} {'keeps' if cut else 'takes'} {limit}.",
                why=(_CUT if cut else _STOPS)
                + (_REFUSED if not is_django(step) and kind in {"index", "constraint"} else ""),
                remedy=f"Choose a name of at most {limit} {unit}.",
                identity=(kind, name),
            )


def _taken(change: SchemaChange) -> Iterator[tuple[str, str]]:
    """What *change* takes away had its name before."""
    match change:
        case DropIndex(index=index) if index.name:
            yield "index", index.name
        case RenameIndex(old_name=str(name)):
            yield "index", name
        case DropConstraint(constraint=constraint) if constraint.name:
            yield "constraint", constraint.name
        case _:
            return


def _names(change: SchemaChange, *, own: bool) -> Iterator[tuple[str, str]]:
    """The names that *change* gives; *own*: Django shortens the tables' names by itself."""
    match change:
        case CreateTable(columns=columns, indexes=indexes, constraints=constraints):
            if change.table and not own:
                yield "table", change.table.rpartition(".")[2]
            yield from (("column", c.name) for c in columns)
            yield from (("index", i.name) for i in indexes if i.name)
            yield from (("constraint", c.name) for c in constraints if c.name)
        case AddColumn(column=column):
            yield "column", column.name
        case RenameColumn(new_name=name):
            yield "column", name
        case RenameTable(new_name=name) if not own:
            yield "table", name
        case AddIndex(index=index) if index.name:
            yield "index", index.name
        case RenameIndex(new_name=str(name)):
            yield "index", name
        case AddConstraint(constraint=constraint) if constraint.name:
            yield "constraint", constraint.name
        case _:
            return
