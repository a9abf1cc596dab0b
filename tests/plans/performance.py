"""One plan played from its first step to its last, and everything that went wrong."""

from __future__ import annotations

from pathlib import Path

import psycopg

from tests.plans.changes import Change, split_of
from tests.plans.stage import play
from tests.support import postgres


def perform(change: Change, style: str, sequence: str, folder: Path) -> list[str]:
    """
    What goes wrong when *change* is brought in by its plan; empty: nothing.

    *style* is ``state`` or ``files``, *sequence* ``steps`` or ``alternative``.
    """
    steps = getattr(split_of(change, style), sequence)
    if not steps:
        return ["there is no plan"]
    first_code = next((s.order for s in steps if s.kind == "code"), 0)
    both = dict(change.copies) if first_code else {}
    habits = {first_code: {"always": dict(change.in_step), "copies": both}}
    # The pull request after the last one of code takes one of the two away.
    last_code = max((s.order for s in steps if s.kind == "code"), default=0)
    habits[last_code + 1] = {"always": dict(change.in_step)}
    with postgres.fresh_database() as database:
        played = play(folder, database, change.before, steps, rows=change.rows, habits=habits)
        wrong = [*played.migrations, *played.failures]
        if change.holds and sequence == "steps" and not wrong:
            with psycopg.connect(postgres.uri(database)) as connection:
                row = connection.execute(change.holds.encode()).fetchone()
            if row != (True,):
                wrong.append(f"not so in the end: {change.holds}")
    if played.statements < 200:
        wrong.append(f"only {played.statements} statements ran")
    if played.drift:
        wrong.append(f"models and migrations disagree at the end: {played.drift}")
    if style == "state" and played.drift_between:
        wrong.append(f"models and migrations disagree after {played.drift_between}")
    return wrong
