"""What new revisions take from columns without being asked to: MySQL writes all of a column that is altered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from analyzers.relate.alembic_missing import Difference
from analyzers.relate.alembic_state import Tables
from analyzers.relate.column_types import same_type
from analyzers.vocabulary import AlterColumn, Migration, RenameColumn, SchemaChange


class Lost(NamedTuple):
    """What one change of a new revision took from a column."""

    revision: Migration
    change: SchemaChange
    type: str | None
    """The type that the column got in place of its own; None where it lost its NOT NULL."""


def lost_by(
    changes: Sequence[tuple[Migration, SchemaChange]], base: Tables, difference: Difference
) -> Lost | None:
    """The last of *changes* that took from a column of *base* what the models ask for; None where none did."""
    if (difference.kind, difference.to) != ("nullable", "not null") and difference.kind != "type":
        return None
    state = base.get(difference.table)
    names = {difference.what}
    for revision, change in reversed(changes):
        if change.table != difference.table:
            continue
        match change:
            case RenameColumn(column=old, new_name=new) if new in names:
                names.add(old)
            case _:
                pass
        match change:
            case RenameColumn(column=name, whole=whole):
                asked_type = asked_null = False
            case AlterColumn(whole=whole, sets_type=asked_type, sets_null=asked_null):
                name = change.after.name
            case _:
                continue
        if name not in names or whole is None:
            continue
        had = next((state.columns[n] for n in names if n in state.columns), None) if state else None
        if had is None:
            return None
        if difference.kind == "type":
            kept = asked_type or same_type(had.type, whole.type)
            return None if kept else Lost(revision, change, whole.type)
        lost = whole.null and not asked_null and had.null is False
        return Lost(revision, change, None) if lost else None
    return None
