"""
A column is renamed while code that knows the old name runs.

## What it finds

A renamed column of a table that stands already. `RenameField` that keeps the column by `db_column` is silent, and so
is a name that is given back in the same transaction.

## Why it hurts

No moment exists at which old and new code both find the name they ask for:
whichever side still runs fails on every query.

## What to do

Keep the column under its old name with `db_column`; or add the new column, write both, copy, read the new one, drop the
old one, in pull requests of their own.

## Example

Bad:

```python
migrations.RenameField("order", "note", "remark")
```

Use instead:

```python
migrations.AlterField("order", "note", models.TextField(db_column="note")),
migrations.RenameField("order", "note", "remark"),
```
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.findings import Finding, Severity
from analyzers.relate.facts import Facts
from analyzers.relate.names_kept import round_trips
from analyzers.rules._rule import Rule
from analyzers.rules._steps import existing, found, is_django, takes_views_place
from analyzers.vocabulary import AddColumn, RenameColumn

rule = Rule(__name__, Severity.ERROR)


@rule
def check(facts: Facts) -> Iterator[Finding]:
    """Names that change under running code."""
    fresh: set[tuple[str | None, str]] = set()
    back = {id(facts.steps[i]) for trip in round_trips(facts.steps) for i in trip}
    for step in existing(facts):
        change = step.change
        if isinstance(change, AddColumn):
            fresh.add((change.table, change.column.name))
        if not isinstance(change, RenameColumn) or change.table is None:
            continue
        known = (change.table, change.column) not in fresh
        fresh.add((change.table, change.new_name))
        if not known or takes_views_place(facts, step):
            # No running code knows the name that it was given here, or behind the view.
            continue
        old = f"{change.table}.{change.column}"
        yield found(
            rule.name,
            step,
            column=change.column,
            message=f"`{old}` is renamed to `{change.new_name}`.",
            why=(
                "Old code asks for the old name and new code for the new one: whichever still runs "
                "fails on every query."
            ),
            remedy=(
                "Let the `AlterField` with `db_column` stand before the `RenameField`: then neither touches the"
                " database, while here the column has the other name until it gets its own back."
                if is_django(step) and id(step) in back
                else "It is called after the model, and no option of the many-to-many field keeps it: let the class keep"
                " its name, or give the field a `through` model whose foreign key names the column in `db_column`."
                if is_django(step) and change.model is None and change.in_state
                else "Keep the column with `db_column`: only the name in the models changes then."
                if is_django(step)
                else "Keep the name in the database and rename in the model only; or add, copy and drop in steps."
            ),
            identity=(old, change.new_name),
        )
