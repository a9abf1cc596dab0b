"""Columns that come as NOT NULL, or lose their default, and that a later step lets inserts leave out, or fills."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from analyzers.relate.locks import demanded_of_old_code, takes_default
from analyzers.vocabulary import AddColumn, AlterColumn, DropColumn, SchemaChange, UnknownChange

if TYPE_CHECKING:
    from analyzers.relate.facts import Step


def with_easing(steps: Sequence[Step]) -> Iterator[Step]:
    """
    *steps*, each new column with the change behind it that gives it a default, or makes it nullable again.

    So also each column that loses its default: it may get another one, as with a change of its type.

    Or, of a table into which triggers alone insert, the trigger that writes the column.
    """
    behind: dict[tuple[str | None, str], SchemaChange] = {}
    filled: dict[tuple[str, str], SchemaChange] = {}
    found: list[Step] = []
    for step in reversed(steps):
        change = step.change
        match change:
            case AlterColumn(table=table, after=after) if after.server_default is not None or (
                change.sets_null and after.null is True
            ):
                behind[table, after.name] = change
            case AlterColumn(table=table, after=after) if takes_default(change):
                step = replace(step, eased_by=behind.get((table, after.name)))
            case DropColumn(table=table, column=name):
                behind[table, name] = change
            case UnknownChange(fills=fills):
                filled.update(dict.fromkeys(fills, change))
            case AddColumn(table=str() as table, column=column) if (
                table,
                column.name,
            ) in filled and _keeps_events(step):
                step = replace(step, eased_by=filled[table, column.name])
            case AddColumn(table=table, column=column) if demanded_of_old_code(column):
                step = replace(step, eased_by=behind.get((table, column.name)))
            case _:
                pass
        found.append(step)
    return reversed(found)


def _keeps_events(step: Step) -> bool:
    """Whether the table of *step* is one of django-pghistory's: what happens to rows of another, kept by triggers."""
    before = step.table_before
    return before is not None and before.column("pgh_label") is not None
