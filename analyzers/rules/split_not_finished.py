"""
One half of a split change stands alone.

## What it finds

A change that was split into the models' state and the database
(`SeparateDatabaseAndState`) of which one half is neither on the base nor in this pull request: the
database loses a column or a table that the models keep, or the models get a
column that no migration adds to the database.

Where it is known what runs (`deploy.environment` in the configuration, `--deployed` on the
command line), also a half whose other half is merged and not deployed yet: a column or a table that
the base has forgotten, and that the code that runs asks for; NOT NULL, or a CHECK that says
so, on a column that the code that runs does not know.

## Why it hurts

Once it is deployed, models and database disagree: queries name a column or a table that
is not there, and all of them fail. The same happens to code that runs on while the
migration takes away what it knows.

## What to do

Merge and deploy the other half first. A column leaves the models before it leaves the
database, and comes into the database before it comes into the models. A first half that
is merged has yet to be deployed: the check looks again after each deployment.

## Example

Bad:

```python
# the model still has the field, and no migration has taken it out of the state
migrations.SeparateDatabaseAndState(database_operations=[migrations.RemoveField("order", "note")])
```

Use instead:

```python
# an earlier pull request, deployed before this one
migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("order", "note")])
```
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.findings import Finding, Severity
from analyzers.read.django.migrations import Content
from analyzers.read.values import Call, Value
from analyzers.relate.django_state import argument
from analyzers.relate.facts import Facts, Step
from analyzers.rules._deployed import demands, drops, never_writes, still_runs
from analyzers.rules._rule import Rule
from analyzers.rules._steps import comes_again, found, is_django, keeps
from analyzers.vocabulary import (
    AddColumn,
    Column,
    CreateTable,
    DropColumn,
    DropTable,
    Migration,
    RenameTable,
    RunStatement,
    StateOnly,
)

rule = Rule(__name__, Severity.ERROR)


@rule
def check(facts: Facts) -> Iterator[Finding]:
    """Halves without their other half."""
    for step in facts.steps:
        if not is_django(step) or step.created_by is not None:
            continue
        change = step.change
        if isinstance(change, DropColumn | DropTable) and keeps(facts, step):
            if isinstance(change, DropColumn) and comes_again(
                facts, change.table, change.column, change.attribute or change.column
            ):
                # Another column takes its name, such as one of the new type.
                continue
            if isinstance(change, DropTable) and _comes_again(facts, step):
                continue
            what = f"`{change.table}"
            what += f".{change.column}`" if isinstance(change, DropColumn) else "`"
            yield found(
                rule.name,
                step,
                column=change.column if isinstance(change, DropColumn) else None,
                message=f"The database loses {what}, and the models keep it.",
                why="All code that knows the models names it in its queries, the new code too; they fail as soon as the migration has run.",
                remedy="First take it out of the models (in their state alone), and deploy that; this pull request comes after it.",
            )
        elif isinstance(change, StateOnly) and isinstance(change.change, AddColumn):
            added = change.change
            if not _made_elsewhere(facts, step, added):
                yield found(
                    rule.name,
                    step,
                    table=added.table,
                    column=added.column.name,
                    message=f"The models get `{added.table}.{added.column.name}`, and no migration adds it to the database.",
                    why="Every query of the model names the column and fails.",
                    remedy="First add the column to the database alone, and run that migration; this pull request comes after it.",
                )
    for step, dropped in drops(facts):
        if still_runs(facts, step, dropped):
            yield _not_deployed(facts, step)
    for step, demanded in demands(facts):
        if never_writes(facts, step, demanded):
            yield _not_written(facts, step, demanded)


def _comes_again(facts: Facts, dropped: Step) -> bool:
    """Whether the pull request gives the name of the *dropped* table to another one later."""
    later = False
    for step in facts.steps:
        match step.change:
            case RenameTable(new_name=name) if later and name == dropped.change.table:
                return True
            case CreateTable(table=name) | RunStatement(kind="creates", table=name) if (
                later and name == dropped.change.table
            ):
                return True
            case _:
                later |= step is dropped
    return False


def _not_deployed(facts: Facts, step: Step) -> Finding:
    """The finding on what the base has forgotten, and what runs has not."""
    change, deployed = step.change, facts.comparison.deployed
    assert deployed is not None, "it was found in it"
    column = change.column if isinstance(change, DropColumn) else None
    what = f"`{change.table}.{column}`" if column else f"`{change.table}`"
    return found(
        rule.name,
        step,
        column=column,
        message=f"{what} is dropped, and the code that runs ({deployed.name}) still knows it.",
        why=f"The base has forgotten it, and that is not deployed yet: from the migration on, the queries of the old code that name the {'column' if column else 'table'} fail.",
        remedy="Deploy the base first, and merge this afterwards.",
    )


def _not_written(facts: Facts, step: Step, column: Column) -> Finding:
    """The finding on what is demanded of code that does not know it."""
    deployed = facts.comparison.deployed
    assert deployed is not None, "it was not found in it"
    return found(
        rule.name,
        step,
        column=column.name,
        message=f"`{step.change.table}.{column.name}` may not be NULL any more, and the code that runs ({deployed.name}) does not know it.",
        why="The base writes it, and that is not deployed yet: every row that the old code inserts is refused.",
        remedy="Deploy the base first, fill the rows that were written meanwhile, and merge this afterwards.",
    )


def _made_elsewhere(facts: Facts, step: Step, added: AddColumn) -> bool:
    """Whether something may have made the column: another operation that speaks of it, or a table that no migration made."""
    column, app = added.column, step.migration.key.app
    model = (added.model or "").rpartition(".")[2].lower()
    names = {n for n in (column.name, column.attribute) if n}
    members = [
        m
        for key, m in facts.merged.django_graph.migrations.items()
        if key.app == app and m.readable
    ]
    if not any(_creates(m, model) for m in members):
        return True
    for migration in members:
        text = facts.merged.tree.read(migration.path).decode(errors="replace")
        if migration.key != step.migration.key:
            if any(name in text for name in names):
                return True
        elif _works_on_the_database(migration):
            return True
    return False


def _creates(migration: Migration, model: str) -> bool:
    if migration.operation_names is not None and "CreateModel" not in migration.operation_names:
        return False
    assert isinstance(migration.content, Content)
    return any(
        isinstance(o.call, Call)
        and o.call.func.endswith(".CreateModel")
        and str(argument(o.call, "name", 0)).lower() == model
        for o in migration.content.operations
    )


def _works_on_the_database(migration: Migration) -> bool:
    """Whether the migration does more than change the state."""
    assert isinstance(migration.content, Content)

    def state_alone(call: Value) -> bool:
        if not isinstance(call, Call) or not call.func.endswith(".SeparateDatabaseAndState"):
            return False
        return argument(call, "database_operations", 0) in (None, [], ())

    return not all(state_alone(o.call) for o in migration.content.operations)
