"""
CONCURRENTLY inside a transaction.

## What it finds

An index built or dropped concurrently (also in raw SQL) in a migration that runs
in a transaction.

## Why it hurts

PostgreSQL refuses it: the migration fails, and the deployment with it.

## What to do

`atomic = False` on the migration, with nothing else in it; Alembic: `autocommit_block()`.

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

from analyzers.findings import Finding, Severity, Suggestion
from analyzers.relate.facts import Facts, Step
from analyzers.rules._rule import Rule
from analyzers.rules._steps import found, in_transaction, is_django
from analyzers.vocabulary import AddIndex, DropIndex, RunStatement

rule = Rule(__name__, Severity.ERROR)


@rule
def check(facts: Facts) -> Iterator[Finding]:
    """What PostgreSQL refuses inside a transaction."""
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
            ),
            suggestion=_suggestion(facts, step),
            identity=(index or str(change.place.line),),
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
