"""
Code still asks for a column that the migration drops or renames.

## What it finds

Attributes, keywords (with lookups) and field lists in the merged code that name
a dropped field, or the old name of a renamed one. It speaks only of files that name
the model too, and where nothing else in the repository defines the field's name;
what is asked of the object that a foreign key of the model leads to is another one's.
Whatever else has the name: a query of which it is certain that it asks this model
(`Order.objects.filter(legacy_code=legacy_code)`, `order.save(update_fields=[...])`) is a use.

## Why it hurts

The statement or the attribute fails as soon as the code runs.

## What to do

Remove these uses (where a field is renamed: say its new name), or keep the column.

## Example

Bad:

```python
migrations.RemoveField("order", "legacy_code")
# and in a view: Order.objects.filter(legacy_code="A1")
```

Use instead:

```python
Order.objects.filter(code="A1")
```
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.findings import Finding, Related, Severity
from analyzers.relate.facts import Facts, Step
from analyzers.relate.sure_uses import sure_uses
from analyzers.relate.uses import only_meaning, places
from analyzers.rules._rule import Rule
from analyzers.rules._steps import comes_again, existing, found, is_django
from analyzers.vocabulary import DropColumn, RenameColumn

rule = Rule(__name__, Severity.ERROR)


@rule
def check(facts: Facts) -> Iterator[Finding]:
    """Uses of dropped columns, and of old names of renamed ones, in what the base will be."""
    tree = facts.merged.tree
    for step in existing(facts):
        change = step.change
        if not isinstance(change, DropColumn | RenameColumn):
            continue
        renamed = change.new_name if isinstance(change, RenameColumn) else None
        name = change.attribute or change.column
        if len(name) < 4 or comes_again(facts, change.table, change.column, name):
            continue
        model = _model(facts, step, change)
        if model is None:
            continue
        uses = places(tree, name, model, data=renamed is None)
        if not uses:
            continue
        if not only_meaning(tree, name, model) or _of_another_model(facts, step, name):
            uses = sure_uses(tree, model, _asked_as(change, name)) if is_django(step) else ()
        if not uses:
            continue
        yield found(
            rule.name,
            step,
            column=change.column,
            message=f"`{change.table}.{change.column}` is {f'renamed to `{renamed}`' if renamed else 'dropped'}, and the code still uses `{name}` at {uses[0].path}:{uses[0].line}.",
            why="That code fails as soon as it runs on the schema without the column."
            if renamed is None
            else "That code fails as soon as it runs: neither the model nor the table knows the old name.",
            remedy=f"Remove the uses of `{name}` first, in a pull request that is deployed before the column goes."
            if renamed is None
            else f"Say the new name there, in this pull request: no code may be left that says `{name}`.",
            related=tuple(Related(app=None, migration=None, place=p, side="head") for p in uses),
        )


def _asked_as(change: DropColumn | RenameColumn, name: str) -> frozenset[str]:
    """The field's name and, of a foreign key, that of its column: queries take both."""
    column = {change.column} if change.column == f"{name}_id" else set()
    return frozenset({name} | column)


def _of_another_model(facts: Facts, step: Step, name: str) -> bool:
    """Whether migrations give another model a field *name*, which a class may bring it that is not in the tree."""
    return is_django(step) and any(
        name in model.fields and model.table != step.change.table
        for model in facts.state.models.values()
    )


def _model(facts: Facts, step: Step, change: DropColumn | RenameColumn) -> str | None:
    """The class of the table; code that never speaks of it cannot mean its column."""
    if change.model is not None:
        return change.model.rpartition(".")[2]
    mapped = facts.base.alembic_model(change.table, step.database, step.migration.path)
    if mapped is None or (mapped.beyond and mapped.table.column(change.column) is None):
        # A class of a library brought the column, and may go on having something of its name.
        return None
    return mapped.table.model
