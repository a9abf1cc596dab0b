"""A many-to-many field that is altered or renamed: what becomes of the table between the two."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from analyzers.read.values import Call, Value
from analyzers.relate.django_operations.operation import Operations, label_of, off_and_on
from analyzers.relate.django_state import ModelState
from analyzers.relate.django_tables import between_table
from analyzers.vocabulary import (
    AlterColumn,
    Column,
    Place,
    RenameColumn,
    RenameTable,
    SchemaChange,
    StateOnly,
)


class ManyToManyOperations(Operations):
    """What is done to fields whose rows stand in a table of their own."""

    __slots__ = ()

    def _many_to_many(
        self, model: ModelState, old: tuple[str, Value], new: tuple[str, Value], place: Place
    ) -> Iterator[SchemaChange]:
        """The field of a name becomes that of another name, or is otherwise defined."""
        was, now = between_table(model, *old), between_table(model, *new)
        if was is None or now is None:
            yield StateOnly(place=place, model=label_of(model), description="many-to-many")
            return
        if was != now:
            yield RenameTable(place=place, table=was, new_name=now)
        before, after = self._far_side(model, old[1]), self._far_side(model, new[1])
        if before.name != after.name:
            yield RenameColumn(place=place, table=now, column=before.name, new_name=after.name)
        if before != after:
            yield from off_and_on(now, None, replace(before, name=after.name), after, place)
        elif was == now and self.database == "sqlite":
            # Django copies the table there, though nothing changes in it.
            yield AlterColumn(place=place, table=now, before=after, after=after)
        elif was == now:
            yield StateOnly(place=place, model=label_of(model), description="many-to-many")

    def _far_side(self, model: ModelState, field: Value) -> Column:
        """The column that points to the model at the other end."""
        made = (
            next(self.between(model, "", field, Place("")), None)
            if isinstance(field, Call)
            else None
        )
        return made.columns[-1] if made is not None else Column(name="to_id")
