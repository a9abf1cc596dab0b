"""
A column is dropped while the code on the base still knows it.

## What it finds

A dropped column whose field the models on the base still have. Django names all
columns of a model in every query.

## Why it hurts

Until the deployment has finished, every SELECT and INSERT of the old code on
that table fails. Dropping takes an ACCESS EXCLUSIVE lock as well, and the values are gone.

## What to do

First deploy code that does not know the column (make it nullable, or give it a
database default before, so that new inserts may leave it out); drop it in a later pull request.

## Example

Bad:

```python
migrations.RemoveField("order", "note")   # and the field removed in the same pull request
```

Use instead:

```python
migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("order", "note")])
# and in a later pull request, once that is deployed:
migrations.RunSQL("ALTER TABLE shop_order DROP COLUMN note")
```
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.findings import Finding, Related, Severity
from analyzers.relate.facts import Facts, Step
from analyzers.relate.uses import model_has, places
from analyzers.rules._deployed import on_base
from analyzers.rules._rule import Rule
from analyzers.rules._steps import existing, found, is_django, keeps
from analyzers.vocabulary import DropColumn, DropTable

rule = Rule(__name__, Severity.ERROR)


@rule
def check(facts: Facts) -> Iterator[Finding]:
    """Dropped columns that running code asks for."""
    added: set[tuple[str | None, str]] = set()
    dropped = {s.change.table for s in facts.steps if isinstance(s.change, DropTable)}
    for step in existing(facts):
        change = step.change
        if type(change).__name__ == "AddColumn":
            added.add((change.table, change.column.name))  # type: ignore[union-attr]
        if not isinstance(change, DropColumn) or (change.table, change.column) in added:
            continue
        if change.table in dropped:
            continue
        if keeps(facts, step) or not _known(facts, step, change):
            # What the models go on knowing is half of a split, which has its own rule.
            continue
        name = change.attribute or change.column
        model = change.model.rpartition(".")[2] if change.model else None
        uses = places(facts.base.tree, name, model)
        yield found(
            rule.name,
            step,
            column=change.column,
            message=f"`{change.table}.{change.column}` is dropped while the code on the base still knows it.",
            why=(
                "Until the deployment has finished, the old code names the column in its queries, "
                "and all of them fail."
            ),
            remedy=(
                "First deploy code that does not know the column"
                + (" (the models' state changes, the database does not)" if is_django(step) else "")
                + "; drop it in a later pull request."
            ),
            related=tuple(Related(app=None, migration=None, place=p, side="base") for p in uses),
        )


def _known(facts: Facts, step: Step, change: DropColumn) -> bool:
    """Whether the code on the base has the column in a model."""
    tree, name = facts.base.tree, change.attribute or change.column
    if not is_django(step):
        mapped = facts.base.alembic_model(change.table, step.database)
        seen = mapped is not None and mapped.table.column(change.column) is not None
        if mapped is not None and (seen or mapped.table.complete):
            return seen
        table = (change.table or "").rpartition(".")[2]
        return bool(places(tree, name)) and bool(places(tree, table))
    before = step.table_before
    if change.model is None and (before is None or before.column(change.column) is None):
        # Raw SQL on a column that the models' state has given up: in an earlier pull request, or in this one.
        return on_base(facts, change)
    label = change.model or (before.model if before is not None else None)
    model = label.rpartition(".")[2] if label else None
    if model is None:
        return True
    return model_has(tree, model, name) is not False
