"""Locks that a transaction holds already when a change begins."""

from __future__ import annotations

from analyzers.relate.facts import Facts, Step
from analyzers.rules._steps import in_transaction, touched
from analyzers.vocabulary import Key


class Held:
    """Follows the steps of the pull request in order, as they run on PostgreSQL."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._migration: Key | None = None
        self._since: dict[str, int] = {}

    def before(self, step: Step) -> int | None:
        """The line since which the migration of *step* keeps queries off its table; None where it does not."""
        if step.migration.key != self._migration or not in_transaction(step):
            # What runs outside of the transaction ends the one before it.
            self._migration, self._since = step.migration.key, {}
        since = self._since.get(step.change.table or "")
        if step.database == "postgresql" and in_transaction(step):
            for effect in touched(self._facts, step):
                if effect.blocks_reads:
                    self._since.setdefault(effect.table, step.change.place.line)
        return since
