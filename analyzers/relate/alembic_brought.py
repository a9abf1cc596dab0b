"""
Columns that new revisions make and the models that are changed with them do not have.

Autogenerate would drop them again. A revision alone is the first half of a change
made in two steps, as many teams make all of theirs; but where the table's model
comes along and says otherwise, one of the two is not as it was meant. It is said
only where that model can be read whole, and where the base shows nothing of the
kind. Indexes and constraints are left out: libraries make some of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from analyzers.frozen import dataclass
from analyzers.relate.alembic_missing import Difference, ModelsOfRoot
from analyzers.vocabulary import AddColumn, CreateTable, Migration, Place, SchemaChange


@dataclass(frozen=True, slots=True)
class Made:
    """The revision that makes a column, and where."""

    revision: str
    place: Place


def made_by(
    changes: Iterable[tuple[Migration, SchemaChange]],
) -> dict[tuple[str | None, str], Made]:
    """The columns that the *changes* of revisions make, by table and name."""
    found: dict[tuple[str | None, str], Made] = {}
    for migration, change in changes:
        made = Made(migration.key.name, change.place)
        match change:
            case CreateTable(columns=columns):
                found.update({(change.table, column.name): made for column in columns})
            case AddColumn(column=column):
                found[change.table, column.name] = made
            case _:
                pass
    return found


def brought(
    made: Mapping[tuple[str | None, str], Made],
    after: ModelsOfRoot,
    before: ModelsOfRoot,
    sources: Callable[[], Iterable[bytes]],
) -> dict[Difference, Made]:
    """
    What of *made*, by new revisions, the models *after* do not have, though they are changed with them.

    *sources* gives the files in which models may stand: a column that a method of
    the name makes, or a text, may be the model's as well.
    """
    if after.metadata.unreadable:
        return {}
    known = {d.table for d in before.differences if d.kind == "remove_column"}
    found: dict[Difference, Made] = {}
    for difference in after.differences - before.differences:
        maker = made.get((difference.table, difference.what))
        one = before.metadata.tables.get(difference.table)
        two = after.metadata.tables.get(difference.table)
        if (
            difference.kind == "remove_column"
            and maker is not None
            and two is not None
            and two.table.complete
            and (one is None or one.table != two.table)
            and difference.table not in known
        ):
            found[difference] = maker
    texts = tuple(sources()) if found else ()
    return {d: maker for d, maker in found.items() if not _may_be_made(d.what, texts)}


def _may_be_made(column: str, texts: Iterable[bytes]) -> bool:
    """Whether a function is called *column*, or a text says it: ``declared_attr``, ``Column("note")``."""
    name = re.escape(column).encode()
    pattern = re.compile(rb"\bdef[ \t]+%s\b|[\"']%s[\"']" % (name, name))
    return any(pattern.search(text) for text in texts)
