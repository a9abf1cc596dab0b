"""
A column is dropped while the code on the base still knows it.

## What it finds

A dropped column whose field the models on the base still have, or get from a class of a
library that the pull request takes in another version. Django names all
columns of a model in every query. Where the same transaction adds a column of its
name again, or gives another one its name, queries go on, and the values are gone; of
generated columns nothing is.

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
from analyzers.read.django.model_class import BASE, ModelClass
from analyzers.relate.facts import Facts, Step
from analyzers.relate.locks import catalogue_only
from analyzers.relate.table_uses import asks_for_table
from analyzers.relate.upgrades import comes_in_another_version
from analyzers.relate.uses import model_has, places
from analyzers.rules._deployed import class_on_base, on_base
from analyzers.rules._rule import Rule
from analyzers.rules._steps import existing, found, in_transaction, is_django, keeps
from analyzers.vocabulary import (
    AddColumn,
    Column,
    DropColumn,
    DropTable,
    RenameColumn,
    SchemaChange,
)

_NUMBERS = ("smallint", "integer", "bigint")

rule = Rule(__name__, Severity.ERROR)


@rule
def check(facts: Facts) -> Iterator[Finding]:
    """Dropped columns that running code asks for."""
    added: dict[tuple[str | None, str], Column] = {}
    dropped = {s.change.table for s in facts.steps if isinstance(s.change, DropTable)}
    for step in existing(facts):
        change = step.change
        if isinstance(change, AddColumn):
            added[change.table, change.column.name] = change.column
        if not isinstance(change, DropColumn) or (change.table, change.column) in added:
            continue
        if change.table in dropped:
            continue
        anew, successor = _made_anew(facts, step, change), _takes_its_name(facts, step, change)
        if keeps(facts, step) and not _is_another(
            step, change, added.get((change.table, successor or ""))
        ):
            # What the models go on knowing is half of a split, which has its own rule.
            continue
        if not _known(facts, step, change):
            continue
        if anew is not None and anew.generated and _generated(step, change):
            # The database works out both: nobody sees that it was gone, and nothing is lost.
            continue
        name = change.attribute or change.column
        model = change.model.rpartition(".")[2] if change.model else None
        uses = places(facts.base.tree, name, model)
        message, why, remedy = _words(step, change, successor, made_anew=anew is not None)
        yield found(
            rule.name,
            step,
            column=change.column,
            message=message,
            why=why,
            remedy=remedy,
            related=tuple(Related(app=None, migration=None, place=p, side="base") for p in uses),
        )


def _words(
    step: Step, change: DropColumn, successor: str | None, *, made_anew: bool
) -> tuple[str, str, str]:
    """What happens to the column, why that hurts, and what to do."""
    what = f"`{change.table}.{change.column}`"
    if made_anew:
        return (
            f"{what} is dropped and made anew.",
            "The new column has the name of the old one and none of its values, but for those that the migration itself carries over; no way back brings them again.",
            "Change the column as it is; or add one with another name, copy the values, and drop the old one in a later pull request.",
        )
    if successor is not None:
        return (
            f"{what} is dropped, and `{successor}` takes its name.",
            "The old code goes on asking for the name and gets the other column, whatever its type; the dropped values are gone but for those that the migration itself carries over, and no way back brings them again.",
            "Keep the new name for the new column, fill it in batches while both are written, and drop the old one in a later pull request.",
        )
    state_first = " (the models' state changes, the database does not)" if is_django(step) else ""
    return (
        f"{what} is dropped while the code on the base still knows it.",
        "Until the deployment has finished, the old code names the column in its queries, and all of them fail.",
        f"First deploy code that does not know the column{state_first}; drop it in a later pull request.",
    )


def _goes_with_a_library(facts: Facts, model: ModelClass) -> bool:
    """Whether *model* inherits from a class of a library that the pull request takes in another version, or off it."""
    both = facts.comparison
    above = _unread(model)
    after = facts.views[1].models.found.get((model.app, model.name.lower()))
    return (after is not None and bool(above - _unread(after))) or any(
        comes_in_another_version(package, both.base, both.merged, facts.changed_paths)
        for package in sorted({name.partition(".")[0] for name in above if "." in name})
    )


def _unread(model: ModelClass) -> set[str]:
    """The classes that *model* inherits from and that are not read."""
    return {r.removeprefix(BASE) for r in model.incomplete if r.startswith(BASE)}


def _made_anew(facts: Facts, step: Step, change: DropColumn) -> Column | None:
    """The column of the same name that the same transaction adds later, where there is one."""
    for other in _later_in_transaction(facts, step):
        match other:
            case AddColumn(table=table, column=column) if (
                table == change.table and column.name == change.column
            ):
                return column
            case _:
                pass
    return None


def _takes_its_name(facts: Facts, step: Step, change: DropColumn) -> str | None:
    """The column that the same transaction renames to the dropped one's name, where there is one."""
    for other in _later_in_transaction(facts, step):
        match other:
            case RenameColumn(table=table, column=column, new_name=name) if (
                table == change.table and name == change.column
            ):
                return column
            case _:
                pass
    return None


def _is_another(step: Step, change: DropColumn, successor: Column | None) -> bool:
    """Whether *successor*, which takes the name, is known not to take and give all that the dropped column did."""
    old = step.table_before.column(change.column) if step.table_before is not None else None
    if old is None or old.type is None or successor is None or successor.type is None:
        return False
    types = old.type, successor.type
    wider = {*types} <= {*_NUMBERS} and _NUMBERS.index(types[0]) <= _NUMBERS.index(types[1])
    return not wider and not catalogue_only(*types)


def _later_in_transaction(facts: Facts, step: Step) -> Iterator[SchemaChange]:
    """The changes after *step* that nobody sees without it."""
    if not in_transaction(step) or step.database not in {"postgresql", "sqlite"}:
        return
    later = False
    for other in facts.steps:
        later |= other is step
        if later and other.migration.key == step.migration.key:
            yield other.change


def _generated(step: Step, change: DropColumn) -> bool:
    before = step.table_before.column(change.column) if step.table_before is not None else None
    return before is not None and before.generated is not None


def _known(facts: Facts, step: Step, change: DropColumn) -> bool:
    """Whether the code on the base has the column in a model."""
    tree, name = facts.base.tree, change.attribute or change.column
    if not is_django(step):
        mapped = facts.base.alembic_model(change.table, step.database, step.migration.path)
        seen = mapped is not None and mapped.table.column(change.column) is not None
        if mapped is not None and (seen or mapped.table.complete):
            return seen
        table = (change.table or "").rpartition(".")[2]
        # Of a class that is not read whole the table is known, whatever name it goes by.
        asked = places if mapped is not None else asks_for_table
        return bool(places(tree, name)) and bool(asked(tree, table))
    before = step.table_before
    if change.model is None and (before is None or before.column(change.column) is None):
        # Raw SQL on a column that the models' state has given up: in an earlier pull request, or in this one.
        return on_base(facts, change)
    label = change.model or (before.model if before is not None else None)
    model = label.rpartition(".")[2] if label else None
    if model is None:
        return True
    has = model_has(tree, model, name)
    if has is True:
        return True
    made = class_on_base(facts, label or "")
    field = made.fields.get(name) if made is not None else None
    if has is False:
        # A library's class may bring the field, also one that is not read: it goes with the library's version.
        return (field is not None and field.path.startswith("<")) or (
            made is not None and _goes_with_a_library(facts, made)
        )
    if made is None or change.attribute in {None, "id"} or made.incomplete or not made.certain:
        return True
    # No text has it, as with the history that is written beside a model; yet all its fields are known.
    return field is not None
