"""Tables that a program makes itself when it starts, with ``create_all``, where its revisions only change some."""

from __future__ import annotations

from collections.abc import Sequence, Set
from enum import Enum
from functools import cached_property

from analyzers.read.alembic.model_files import makes_all_tables
from analyzers.relate.alembic_missing import Difference, ModelsOfRoot
from analyzers.relate.snapshot import Snapshot

MADE = (
    "No revision makes most tables of these models: the program calls `create_all`, and where that runs it makes "
    "this one as well. A database that is only upgraded lacks it, and queries fail there."
)


class ByProgram(Enum):
    """Whether the program makes a new table."""

    ALL = "it makes all of them, and the revisions none"
    PERHAPS = "it makes most of them, and the revisions some"
    NONE = "they come with revisions"


class ProgramTables:
    """
    Which new tables the program makes itself; that is how those come that no revision makes.

    *made* are the tables that revisions make; below *outside* there is no code of the program.
    """

    def __init__(
        self,
        merged: Snapshot,
        made: Set[str],
        before: ModelsOfRoot,
        after: ModelsOfRoot,
        outside: Sequence[str],
    ) -> None:
        self._merged = merged
        self._made = made
        self._before = before
        self._after = after
        self._outside = outside
        self._of_bases: dict[str | None, ByProgram] = {}

    def makes(self, difference: Difference) -> ByProgram:
        """Whether the program makes the table that is *difference*."""
        name = difference.table
        if difference.kind != "add_table" or name in self._after.tables.tables:
            return ByProgram.NONE
        base = self._after.metadata.tables[name].base
        if base not in self._of_bases:
            self._of_bases[base] = self._tables_of(base)
        return self._of_bases[base]

    def was_made(self, difference: Difference) -> bool:
        """
        Whether the table that goes is taken for one that is there.

        A revision makes it, or the program may; or nobody sees how most of its base's are made.
        """
        model = self._before.metadata.tables.get(difference.table)
        if difference.kind != "remove_table" or difference.table in self._made or model is None:
            return True
        old = {name for name, t in self._before.metadata.tables.items() if t.base == model.base}
        return len(old - self._made) > len(old & self._made) or self._calls_create_all

    def _tables_of(self, base: str | None) -> ByProgram:
        """How the tables of the models come that have the declarative *base*."""
        known = {name for name, t in self._after.metadata.tables.items() if t.base == base}
        by_revisions = known & self._made
        old = known & self._before.metadata.tables.keys()
        most = len(old - self._made) > len(old & self._made)
        if (by_revisions and not most) or not self._calls_create_all:
            return ByProgram.NONE
        return ByProgram.PERHAPS if by_revisions else ByProgram.ALL

    @cached_property
    def _calls_create_all(self) -> bool:
        return makes_all_tables(self._merged.tree, self._merged.cache, self._outside)
