"""
SQL that the parser cannot read.

## What it finds

Raw SQL (`RunSQL`, `op.execute`) that is not SQL of the configured database, or that
is put together while the migration runs.

## Why it hurts

What it locks and whether it can be taken back was not judged.

## What to do

Check by hand; write the statement as one constant text where that is possible, and
configure the right `database`.

## Example

Bad:

```python
migrations.RunSQL(open("script.sql").read())
```

Use instead:

```python
migrations.RunSQL("ALTER TABLE shop_order ADD COLUMN note text", "ALTER TABLE shop_order DROP COLUMN note")
```
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.findings import Finding, Severity
from analyzers.relate.facts import Facts
from analyzers.rules._rule import Rule
from analyzers.rules._steps import found
from analyzers.vocabulary import RunStatement

rule = Rule(__name__, Severity.INFO)


@rule
def check(facts: Facts) -> Iterator[Finding]:
    """Statements that were not judged."""
    for step in facts.steps:
        change = step.change
        if not isinstance(change, RunStatement) or change.in_state:
            continue
        built = change.sql is None and change.kind == "other" and not change.writes
        if change.kind != "unreadable" and not built:
            continue
        yield found(
            rule.name,
            step,
            message=(
                "The SQL is put together at run time and was not judged."
                if built
                else f"The SQL is not readable as {step.database} and was not judged."
            ),
            why="What it locks, and what it breaks, is not known.",
            remedy="Look at it by hand; a constant statement of the configured database can be judged.",
            identity=(str(change.place.line - step.migration.place.line),),
        )
