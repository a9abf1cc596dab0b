"""
A migration that cannot be taken back.

## What it finds

`RunPython` without `reverse_code`, `RunSQL` without `reverse_sql`, a `downgrade()`
that gives up, or that drops a constraint without a name (`op.drop_constraint(None, ...)`)
or a table that another one still refers to. Where the last ten revisions of an Alembic project have no way back
either, or its `script.py.mako` has no `downgrade()`, it goes forwards only, and this is a remark.

## Why it hurts

When the release must be rolled back, `migrate` refuses to go below it.

## What to do

Say how to go back; `migrations.RunPython.noop` and `migrations.RunSQL.noop` where
nothing has to be undone. Alembic has no such word: an empty `downgrade()` of a revision
that moves rows alone is taken for a way back where a docstring or a comment in it says
why nothing has to be undone.

## Example

Bad:

```python
migrations.RunPython(fill)
```

Use instead:

```python
migrations.RunPython(fill, migrations.RunPython.noop)
```
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analyzers.findings import Finding, Severity
from analyzers.relate.drop_order import Refused, refused_drops
from analyzers.relate.facts import Facts, Step
from analyzers.relate.forward_only import forward_only
from analyzers.relate.locks import added_label
from analyzers.rules._rule import Rule
from analyzers.rules._steps import found, is_django
from analyzers.vocabulary import Place, RunCode, RunStatement, StateOnly

rule = Rule(__name__, Severity.WARNING)
WHY = "A release that must be rolled back stops here."


@rule
def check(facts: Facts) -> Iterator[Finding]:
    """Steps without a way back, one finding an operation; of a revision one in all."""
    seen: set[tuple[str, int]] = set()
    revisions: dict[str, list[Step]] = {}
    for step in facts.steps:
        change = step.change
        if change.reversible is not False or isinstance(change, StateOnly):
            continue
        at = (change.place.path, change.place.line)
        if at in seen:
            continue
        seen.add(at)
        if is_django(step):
            yield _of_operation(step)
        else:
            revisions.setdefault(step.migration.path, []).append(step)
    for steps in revisions.values():
        habit = forward_only(facts, steps[0].migration.key.app)
        body = facts.merged.alembic_bodies.read(steps[0].migration.path, steps[0].database)
        severity = Severity.INFO if habit else None
        if body.back is None:
            yield _without_way_back(steps[0], severity)
        elif body.nameless is not None:
            yield _without_name(steps[0], body.nameless, severity)
        else:
            yield _of_revision(steps, severity)
    for refused in refused_drops(facts):
        its = [step for step in facts.steps if step.migration.key == refused.migration.key]
        if its and refused.migration.path not in revisions:
            habit = forward_only(facts, refused.migration.key.app)
            yield _referred_to(its[0], refused, Severity.INFO if habit else None)


def _of_operation(step: Step) -> Finding:
    change = step.change
    code = isinstance(change, RunCode)
    what = (
        f"`RunPython({change.function or '...'})` has no reverse code"
        if isinstance(change, RunCode)
        else "The SQL has no `reverse_sql`"
    )
    return found(
        rule.name,
        step,
        message=f"{what}: the migration cannot be taken back.",
        why=WHY,
        remedy=(
            "Give it `reverse_code`; `migrations.RunPython.noop` where nothing has to be undone."
            if code
            else "Give it `reverse_sql`; `migrations.RunSQL.noop` where nothing has to be undone."
        ),
        identity=_identity(step),
    )


def _without_way_back(first: Step, severity: Severity | None) -> Finding:
    """A revision in which nobody wrote ``downgrade()`` at all."""
    return found(
        rule.name,
        first,
        severity=severity,
        message="The revision has no `downgrade()`: the migration cannot be taken back.",
        why=WHY,
        remedy="Write one; where rows alone are moved and nothing has to be undone, say so there in a"
        " docstring or a comment.",
        identity=_identity(first),
    )


def _without_name(first: Step, line: int, severity: Severity | None) -> Finding:
    """Autogenerate writes such a line for a constraint that the database has given its name."""
    return found(
        rule.name,
        first,
        severity=severity,
        place=Place(first.migration.path, line, line),
        message="`downgrade()` drops something without naming it: the migration cannot be taken back.",
        why=f"SQLAlchemy refuses to drop what has no name. {WHY}",
        remedy="Give it a name where it is made, and drop it by that name; a `naming_convention` of the"
        " `MetaData` names those that are made from now on.",
        identity=("without a name",),
    )


def _referred_to(step: Step, refused: Refused, severity: Severity | None) -> Finding:
    """A ``downgrade()`` that begins at the wrong end."""
    table, by = refused.dropped.table, refused.by
    return found(
        rule.name,
        step,
        severity=severity,
        place=refused.dropped.place,
        table=table,
        message=f"`downgrade()` drops `{table}` while `{by}` refers to it: the migration cannot be taken back.",
        why=f"The database refuses to drop a table that a foreign key points to. {WHY}",
        remedy=f"Drop `{by}`, or its foreign key, first.",
        identity=("referred to", by),
    )


def _of_revision(steps: Sequence[Step], severity: Severity | None) -> Finding:
    """One ``downgrade()`` is written for all that it leaves out."""
    first, *others = steps
    lines = [str(step.change.place.line) for step in others]
    shown = ", ".join(lines[:6]) + (" ..." if len(lines) > 6 else "")
    also = f", nor line{'s' if len(lines) > 1 else ''} {shown}" if lines else ""
    labels = sum(added_label(step.change) is not None for step in steps)
    return found(
        rule.name,
        first,
        severity=severity,
        message=f"`downgrade()` does not take this back{also}: the migration cannot be taken back.",
        why=WHY,
        remedy=_KEPT if labels == len(steps) else _WRITTEN + (f" {_KEPT}" if labels else ""),
        identity=_identity(first),
    )


_WRITTEN = (
    "Write the statement that takes it back into `downgrade()`; where rows alone are moved and"
    " nothing has to be undone, say so there in a docstring or a comment."
)
_KEPT = (
    "PostgreSQL takes no value out of an enum type, and one that nobody writes does no harm:"
    " say so in `downgrade()` in a docstring or a comment."
)


def _identity(step: Step) -> tuple[str, str]:
    change = step.change
    return (
        change.function or "" if isinstance(change, RunCode) else "",
        (change.sql or "")[:80] if isinstance(change, RunStatement) else "",
    )
