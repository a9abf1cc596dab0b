"""Names that are changed and given back in one transaction: nobody outside of it sees them gone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from analyzers.vocabulary import Key, RenameColumn, RenameTable, StateOnly

if TYPE_CHECKING:
    from analyzers.relate.facts import Step


def with_names_kept(steps: Sequence[Step]) -> Iterator[Step]:
    """
    *steps*, the renames that come to nothing as changes of the state alone.

    ``RenameField`` and then ``AlterField`` with the old name as ``db_column`` is
    what Django before 4.1 writes for an attribute that is to keep its column.
    """
    kept = {i for trip in round_trips(steps) if _unseen(steps[trip[0]]) for i in trip}
    for i, step in enumerate(steps):
        if i in kept:
            change = step.change
            state = StateOnly(
                place=change.place,
                table=change.table,
                model=change.model,
                reversible=change.reversible,
                description=type(change).__name__,
            )
            step = replace(step, change=state)
        yield step


def round_trips(steps: Sequence[Step]) -> Iterator[tuple[int, ...]]:
    """Places in *steps* of renames of one migration after which a column or a table is called as before them."""
    under_way: dict[tuple[Key, str | None, str], tuple[str, tuple[int, ...]]] = {}
    for i, step in enumerate(steps):
        key = step.migration.key
        match step.change:
            case RenameColumn(table=str() as table, column=old, new_name=new):
                place: str | None = table
            case RenameTable(table=str() as old, new_name=new):
                place = None
            case _:
                continue
        first, before = under_way.pop((key, place, old), (old, ()))
        if new == first:
            yield (*before, i)
        else:
            under_way[key, place, new] = first, (*before, i)


def _unseen(step: Step) -> bool:
    """Whether what the migration of *step* does between is seen by nobody: it runs in one transaction."""
    whole = step.migration.atomic and not step.change.autocommit
    return whole and step.database in {"postgresql", "sqlite"}
