"""
A change of the schema and the code that needs it, in one pull request.

## What it finds

A pull request that changes models and migrations together where one of the two
sides fails while both run: a new column that new code asks for before the migration has run, a
removed, renamed or demanded one that old code does not cope with, a default of the database that goes while old code
leaves the column to it, or that comes while new code does, a value of an enum type that gets another name (an error, as of a column). New models, state-only changes and,
with `deploy.migrate_first`, nullable columns are silent.

## Why it hurts

A deployment is never one moment: for minutes, old code runs on the new schema or
new code on the old one.

## What to do

Two pull requests, in the order that the split of the review gives.

## Example

Bad:

```python
# models.py: note = models.TextField(null=True), with its migration in the same pull request
```

Use instead:

```python
# first pull request: the migration alone; second, once it has run: models.py
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzers.findings import Finding, Severity
from analyzers.relate.facts import Facts, Step
from analyzers.relate.locks import old_code_fails, renamed_label, takes_default
from analyzers.rules._rule import Rule
from analyzers.rules._steps import existing, field_of, found, is_django
from analyzers.vocabulary import AddColumn, AlterColumn, DropColumn, RunStatement, UnknownChange

rule = Rule(__name__, Severity.WARNING)


@rule
def check(facts: Facts) -> Iterator[Finding]:
    """Migrations whose models change in the same pull request and must not."""
    migrations = {m.path for m in facts.new_migrations}
    code = [
        p
        for p in facts.changed_paths
        if p.endswith(".py") and p not in migrations and "/tests/" not in f"/{p}" and _models(p)
    ]
    if code or facts.merged.alembic:
        yield from _columns_asked_for(facts)
        yield from _labels_renamed(facts)
        yield from _defaults_gone(facts)
        yield from _defaults_to_come(facts)


def _columns_asked_for(facts: Facts) -> Iterator[Finding]:
    """New columns that new code asks for before the migration has run, one of a migration."""
    if facts.config.deploy.migrate_first:
        return
    seen = set()
    for step in existing(facts):
        change = step.change
        if not isinstance(change, AddColumn) or step.migration.key in seen:
            continue
        if not _in_models(facts, step, change) or _stops_old_code(step):
            continue
        seen.add(step.migration.key)
        yield found(
            rule.name,
            step,
            column=change.column.name,
            message=f"The model and the migration of `{change.table}.{change.column.name}` arrive together.",
            why="New code that starts before the migration has run asks for a column that is not there, in every query.",
            remedy=_MIGRATE_FIRST,
        )


def _stops_old_code(step: Step) -> bool:
    """Whether old code cannot bear the change, which has a rule of its own; triggers write a column of events."""
    by_trigger = isinstance(step.eased_by, UnknownChange)
    return (by_trigger or step.eased_by is None) and old_code_fails(
        step.change,
        step.table_before,
        writes_defaults=step.writes_defaults,
        makes_times=step.makes_times,
    )


def _defaults_to_come(facts: Facts) -> Iterator[Finding]:
    """NOT NULL columns that get their default in the database, to which the new models leave them."""
    for step in existing(facts) if not facts.config.deploy.migrate_first else ():
        change = step.change
        if not isinstance(change, AlterColumn) or not is_django(step) or not change.in_state:
            continue
        before, after = change.before, change.after
        bare = before is not None and before.null is False and before.server_default is None
        if not bare or after.null or after.server_default is None or after.client_default:
            continue
        name = f"{change.table}.{after.name}"
        yield found(
            rule.name,
            step,
            column=after.name,
            message=f"The model and the migration by which `{name}` gets its default in the database arrive together.",
            why="INSERTs of new code that starts before the migration has run leave the column out, and it is NOT NULL without a default: each of them fails.",
            remedy=_MIGRATE_FIRST,
        )


_MIGRATE_FIRST = (
    "Merge, deploy and run the migration first, the model after it; where migrations "
    "always finish before new code starts, set `deploy: {migrate_first: true}`."
)
_MADE = re.compile(r'\bCREATE\s+TYPE\s+"?(\w+)"?\s+AS\s+ENUM\b', re.I)


def _labels_renamed(facts: Facts) -> Iterator[Finding]:
    """Values of enum types that get another name; those of a type that the pull request makes are nobody's yet."""
    made: set[str] = set()
    for step in existing(facts):
        sql = step.change.sql if isinstance(step.change, RunStatement) else None
        if sql is None:
            continue
        made |= {name[1] for name in _MADE.finditer(sql)}
        label = renamed_label(sql)
        if label is not None and label[0].strip('"') not in made:
            yield _label_renamed(step, *label)


def _label_renamed(step: Step, kind: str, label: str) -> Finding:
    return found(
        rule.name,
        step,
        severity=Severity.ERROR,
        message=f"The value {label} of the enum type {kind} gets another name.",
        why="Old code writes and asks for the old name, new code for the new one: whichever still runs fails with an invalid value.",
        remedy="Add the new value, deploy code that reads both and writes the new one, and move the rows; the old value can stay.",
    )


def _defaults_gone(facts: Facts) -> Iterator[Finding]:
    """NOT NULL columns that lose the default to which the code on the base leaves them."""
    for step in existing(facts):
        if isinstance(step.change, AlterColumn) and _left_to_default(step, step.change):
            yield _default_goes(step, step.change)


def _left_to_default(step: Step, change: AlterColumn) -> bool:
    """Whether a NOT NULL column loses the default to which the models on the base are known to leave it."""
    if not takes_default(change) or step.eased_by is not None or step.writes_defaults:
        return False
    if is_django(step):
        return change.in_state and change.before is not None and not change.before.client_default
    return step.models_write is False


def _default_goes(step: Step, change: AlterColumn) -> Finding:
    name = f"{change.table}.{change.after.name}"
    return found(
        rule.name,
        step,
        column=change.after.name,
        message=f"`{name}` loses its default in the database, to which the code on the base leaves it.",
        why="INSERTs of code that is still running leave the column out, and it is NOT NULL: each of them fails until the deployment has finished.",
        remedy="Deploy code that writes the column itself first; drop the default in a later pull request.",
    )


def _in_models(facts: Facts, step: Step, change: AddColumn) -> bool:
    """Whether the pull request brings the column to the models as well."""
    if is_django(step):
        # The database's half alone waits for the models'; SQL may come with the state that it makes.
        return change.in_state or _in_state(facts, change)
    before = facts.base.alembic_model(change.table, step.database, step.migration.path)
    after = facts.merged.alembic_model(change.table, step.database, step.migration.path)
    name = change.column.name
    if after is None or after.table.column(name) is None:
        return False
    return before is None or before.table.column(name) is None


def _in_state(facts: Facts, change: AddColumn) -> bool:
    """Whether the models have the column once all is merged, and have not had it on the base."""
    before, after = (view.state.by_table(change.table or "") for view in facts.views)
    column = DropColumn(place=change.place, table=change.table, column=change.column.name)
    if before is None or after is None:
        return False
    return field_of(after, column) is not None and field_of(before, column) is None


def _models(path: str) -> bool:
    return "models" in path.removesuffix(".py").split("/") or path.rpartition("/")[2].startswith(
        "models"
    )
