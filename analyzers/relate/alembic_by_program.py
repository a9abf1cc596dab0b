"""Tables that a program makes itself when it starts, with ``create_all``, where its revisions only change some."""

from __future__ import annotations

from collections.abc import Sequence, Set
from enum import Enum

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


def made_by_program(
    merged: Snapshot,
    made: Set[str],
    before: ModelsOfRoot,
    after: ModelsOfRoot,
    difference: Difference,
    *,
    outside: Sequence[str],
) -> ByProgram:
    """
    Whether the program makes the table of *difference* itself; that is how those come that no revision makes.

    *made* are the tables that revisions make; below *outside* there is no code of the program.
    """
    if difference.kind != "add_table" or difference.table in after.tables.tables:
        return ByProgram.NONE
    base = after.metadata.tables[difference.table].base
    known = {name for name, t in after.metadata.tables.items() if t.base == base}
    old = known & before.metadata.tables.keys()
    most = len(old - made) > len(old & made)
    if (known & made and not most) or not makes_all_tables(merged.tree, merged.cache, outside):
        return ByProgram.NONE
    return ByProgram.PERHAPS if known & made else ByProgram.ALL
