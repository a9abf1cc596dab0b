"""
CONCURRENTLY inside a transaction, or a new value of an enum type.

## What it finds

An index built or dropped concurrently (also in raw SQL) in a migration that runs
in a transaction. And a value that `ALTER TYPE ... ADD VALUE` gives to an enum type and that the same
transaction uses: as a default, in an UPDATE, an INSERT or a condition. All pending Alembic revisions are one
transaction, unless `env.py` says `transaction_per_migration=True`. A type that the
same transaction makes may have its values used at once. Also an `autocommit_block()` where `env.py` begins
the transaction itself (`with engine.begin() as connection:`), if the base has no such block.

## Why it hurts

PostgreSQL refuses it: the migration fails, and the deployment with it. An empty database, as CI has it, does not show it
of a value: there the type is made in the same transaction.

## What to do

`atomic = False` on the migration, with nothing else in it; Alembic: `autocommit_block()`. Of a
value, add it in such a block or migration, and use it afterwards.

## Example

Bad:

```python
class Migration(migrations.Migration):
    operations = [AddIndexConcurrently("order", models.Index(fields=["status"], name="order_status"))]
```

Use instead:

```python
class Migration(migrations.Migration):
    atomic = False
    operations = [AddIndexConcurrently("order", models.Index(fields=["status"], name="order_status"))]
```
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.findings import Finding, Related, Severity, Suggestion
from analyzers.read.alembic.env_transactions import BEGINS_ITSELF
from analyzers.relate.facts import Facts, Step
from analyzers.relate.fresh_labels import used_too_early
from analyzers.rules._rule import Rule
from analyzers.rules._steps import (
    first_let_alembic_begin,
    found,
    in_transaction,
    is_django,
)
from analyzers.vocabulary import AddIndex, DropIndex, RunStatement

rule = Rule(__name__, Severity.ERROR)


@rule
def check(facts: Facts) -> Iterator[Finding]:
    """What PostgreSQL refuses inside a transaction."""
    yield from _concurrently(facts)
    yield from _blocks_that_fail(facts)
    for step, adding, label in used_too_early(facts):
        yield _too_early(facts, step, adding, label)


def _too_early(facts: Facts, step: Step, adding: Step, label: str) -> Finding:
    key, here = adding.migration.key, adding.migration.key == step.migration.key
    where = f"line {adding.change.place.line}" if here else f"revision {key.name}"
    return found(
        rule.name,
        step,
        message=f"The enum value `{label}` is used in the transaction in which {where} adds it.",
        why=(
            "PostgreSQL refuses it where the type stands already: unsafe use of new value. An empty database, "
            "as CI has it, does not show it: there the type is made in the same transaction."
        ),
        remedy=(
            "Add the value in a migration of its own, and use it in the next one."
            if is_django(step)
            else "Add the value in `with op.get_context().autocommit_block():`, which ends the transaction before it is used."
            + first_let_alembic_begin(facts, step)
        ),
        related=(Related(app=key.app, migration=key.name, place=adding.change.place, side="head"),),
        identity=(label, str(step.change.place.line)),
    )


def _concurrently(facts: Facts) -> Iterator[Finding]:
    for step in facts.steps:
        if step.database != "postgresql" or not in_transaction(step) or not _refused(step):
            continue
        change = step.change
        index = change.index.name if isinstance(change, AddIndex | DropIndex) else None
        yield found(
            rule.name,
            step,
            message="CONCURRENTLY cannot run inside a transaction, and this migration is one.",
            why="PostgreSQL refuses the statement: the migration fails.",
            remedy=(
                "Set `atomic = False` on the migration and leave nothing else in it."
                if is_django(step)
                else "Wrap it in `with op.get_context().autocommit_block():`."
                + first_let_alembic_begin(facts, step)
            ),
            suggestion=_suggestion(facts, step),
            identity=(index or str(change.place.line),),
        )


_BLOCK = b"autocommit_block("


def _blocks_that_fail(facts: Facts) -> Iterator[Finding]:
    """An ``autocommit_block()`` where ``env.py`` began the transaction; a base that has one already lives with it."""
    tree = facts.merged.tree
    for graph in facts.merged.alembic_graphs:
        added = facts.added(graph)
        asking = [m for m in added if _BLOCK in tree.read(m.path)]
        app = asking[0].key.app if asking else ""
        if not asking or not facts.merged.alembic_begins_itself(app):
            continue
        committed = (m for m in graph.migrations.values() if m not in added)
        if facts.merged.alembic_may_autocommit(app) or any(
            _BLOCK in tree.read(m.path) for m in committed
        ):
            continue
        for migration in asking:
            inside = (s for s in facts.steps if s.migration.key == migration.key)
            step = next((s for s in inside if s.change.autocommit), None)
            if step is not None:
                yield found(
                    rule.name,
                    step,
                    message=f"{BEGINS_ITSELF[0].upper()}{BEGINS_ITSELF[1:]}.",
                    why="It ends Alembic's own transaction, and there is none: `alembic upgrade` stops at it with an AssertionError.",
                    remedy="Take `connect()` in place of `begin()` in `env.py`, and run the migrations in `with context.begin_transaction():`.",
                    identity=("block",),
                )


def _refused(step: Step) -> bool:
    match step.change:
        case AddIndex(concurrently=True) | DropIndex(concurrently=True):
            return True
        case RunStatement(sql=str(sql)):
            words = sql.upper().split()
            return words[:1] == ["VACUUM"] or (words[:1] == ["REINDEX"] and "CONCURRENTLY" in words)
        case _:
            return False


def _suggestion(facts: Facts, step: Step) -> Suggestion | None:
    """``atomic = False`` below the class line, where the file is Django's and says nothing of it."""
    if not is_django(step):
        return None
    at = step.migration.place
    lines = facts.merged.tree.read(at.path).decode(errors="replace").splitlines()
    if at.line > len(lines) or any(line.strip().startswith("atomic") for line in lines):
        return None
    line = lines[at.line - 1]
    if not line.rstrip().endswith(":"):
        return None
    return Suggestion(
        path=at.path,
        start_line=at.line,
        end_line=at.line,
        replacement=f"{line}\n    atomic = False\n",
    )
