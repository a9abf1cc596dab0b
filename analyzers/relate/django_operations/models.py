"""Operations on models: their tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from analyzers.read.django.columns import hides_reverse, target_of
from analyzers.read.values import Call, Value
from analyzers.relate.django_operations.operation import (
    Operations,
    label_of,
    off_and_on,
)
from analyzers.relate.django_state import ModelState, argument, model_of
from analyzers.relate.django_tables import between_table
from analyzers.vocabulary import (
    AddColumn,
    Column,
    CreateTable,
    DropColumn,
    DropTable,
    Place,
    Reference,
    RenameColumn,
    RenameTable,
    SchemaChange,
    StateOnly,
)


class ModelOperations(Operations):
    """What is done to models."""

    __slots__ = ()

    def _create_model(self, call: Call, place: Place) -> Iterator[SchemaChange]:
        model = model_of(call, self.app)
        if model is None or not model.in_database:
            yield self._apart_from(model, place)
            return
        table = self.table(model)
        yield CreateTable(
            place=place,
            table=model.table,
            model=label_of(model),
            columns=table.columns,
            indexes=table.indexes,
            constraints=table.constraints,
        )
        for name, value in model.fields.items():
            yield from self.between(model, name, value, place)

    def _delete_model(self, call: Call, place: Place) -> Iterator[SchemaChange]:
        model = self._model(call, "name")
        if model is None or not model.in_database:
            yield self._apart_from(model, place)
            return
        for name, value in model.fields.items():
            between = between_table(model, name, value)
            if between is not None:
                yield DropTable(place=place, table=between)
        yield DropTable(place=place, table=model.table, model=label_of(model))

    def _rename_model(self, call: Call, place: Place) -> Iterator[SchemaChange]:
        model = self._model(call, "old_name")
        new = argument(call, "new_name", 1)
        if model is None or not isinstance(new, str) or not model.in_database:
            yield self._apart_from(model, place)
            return
        renamed = replace(model, name=new)
        if renamed.table == model.table:
            yield StateOnly(place=place, model=label_of(model), description="RenameModel")
        else:
            yield RenameTable(
                place=place,
                table=model.table,
                model=label_of(model),
                new_name=renamed.table,
            )
        for name, value in model.fields.items():
            old, now = between_table(model, name, value), between_table(renamed, name, value)
            if old is None or now is None:
                continue
            if old != now:
                yield RenameTable(place=place, table=old, new_name=now)
            # The columns are called after the class, whatever the table is called.
            ends = ("from_", "to_") if self._leads_to(model, model, value) else ("",)
            for end in ends:
                yield from self._end_renamed(now, end, model, renamed, place)
        for other in tuple(self.state.models.values()):
            if other.in_database:
                yield from self._relations_follow(other, model, renamed, place)

    def _leads_to(self, model: ModelState, owner: ModelState, value: Value) -> bool:
        """Whether the relation *value* of *owner* leads to *model*."""
        if not isinstance(value, Call):
            return False
        to = target_of(value)
        return (owner is model and to == "self") or self.related(owner.app, to) is model

    def _end_renamed(
        self, between: str, end: str, model: ModelState, renamed: ModelState, place: Place
    ) -> Iterator[SchemaChange]:
        """The column of a table between two models that is called after the class."""
        key = Column(
            name=f"{end}{renamed.name.lower()}_id", references=Reference(table=renamed.table)
        )
        yield RenameColumn(
            place=place,
            table=between,
            column=f"{end}{model.name.lower()}_id",
            new_name=key.name,
        )
        yield from off_and_on(between, None, key, key, place)

    def _relations_follow(
        self, other: ModelState, model: ModelState, renamed: ModelState, place: Place
    ) -> Iterator[SchemaChange]:
        """Django takes the foreign keys to a renamed class off and puts them on again."""
        for name, value in other.fields.items():
            if not self._leads_to(model, other, value):
                continue
            between = between_table(other, name, value)
            if between is not None:
                if other is not model:
                    yield from self._end_renamed(between, "", model, renamed, place)
                continue
            column = self.column(other, name, value)
            # Before 5.0 Django did so where the table keeps its name, too.
            moved = renamed.table != model.table or (self.django() or (5, 0)) < (5, 0)
            # It looks for what leads to the class on the class, where a hidden name is not found.
            moved = moved and not (isinstance(value, Call) and hides_reverse(value))
            if moved and column is not None and column.references is not None:
                table = renamed.table if other is model else other.table
                key = replace(column, references=Reference(table=renamed.table))
                yield from off_and_on(table, label_of(other), key, key, place)

    def _alter_model_table(self, call: Call, place: Place) -> Iterator[SchemaChange]:
        model = self._model(call, "name")
        if model is None or not model.in_database:
            yield self._apart_from(model, place)
            return
        renamed = replace(model, options={**model.options, "db_table": argument(call, "table", 1)})
        if renamed.table == model.table:
            yield StateOnly(place=place, model=label_of(model), description="AlterModelTable")
            return
        yield RenameTable(
            place=place, table=model.table, model=label_of(model), new_name=renamed.table
        )
        for name, value in model.fields.items():
            old, now = between_table(model, name, value), between_table(renamed, name, value)
            if old is not None and now is not None and old != now:
                yield RenameTable(place=place, table=old, new_name=now)

    def _alter_order_with_respect_to(self, call: Call, place: Place) -> Iterator[SchemaChange]:
        model = self._model(call, "name")
        if model is None or not model.in_database:
            yield self._apart_from(model, place)
            return
        before = model.options.get("order_with_respect_to")
        after = argument(call, "order_with_respect_to", 1)
        if after and not before:
            yield AddColumn(
                place=place,
                table=model.table,
                model=label_of(model),
                column=Column(
                    name="_order",
                    type="integer",
                    null=False,
                    client_default=True,
                    attribute="_order",
                ),
                temporary_default=True,
            )
        elif before and not after:
            yield DropColumn(
                place=place,
                table=model.table,
                model=label_of(model),
                column="_order",
                attribute="_order",
            )
        else:
            yield StateOnly(place=place, model=label_of(model), description="order")
