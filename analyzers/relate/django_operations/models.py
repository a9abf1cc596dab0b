"""Operations on models: their tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from analyzers.read.django.columns import (
    target_of,
)
from analyzers.read.values import Call
from analyzers.relate.django_operations.operation import (
    Operations,
    label_of,
    off_and_on,
)
from analyzers.relate.django_state import argument, model_of
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
        label = label_of(renamed)
        if renamed.table == model.table:
            yield StateOnly(place=place, model=label_of(model), description="RenameModel")
        else:
            yield RenameTable(
                place=place,
                table=model.table,
                model=label_of(model),
                new_name=renamed.table,
                new_model=label,
            )
        for name, value in model.fields.items():
            old, now = between_table(model, name, value), between_table(renamed, name, value)
            if old is not None and now is not None:
                # The column is called after the class, whatever the table is called.
                if old != now:
                    yield RenameTable(place=place, table=old, new_name=now)
                key = Column(name=f"{new.lower()}_id", references=Reference(table=renamed.table))
                yield RenameColumn(
                    place=place,
                    table=now,
                    column=f"{model.name.lower()}_id",
                    new_name=key.name,
                )
                yield from off_and_on(now, None, key, key, place)
        for other in self.state.models.values():
            for name, value in other.fields.items():
                if (
                    not isinstance(value, Call)
                    or self.related(other.app, target_of(value)) is not model
                ):
                    continue
                between = between_table(other, name, value)
                if between is not None:
                    yield RenameColumn(
                        place=place,
                        table=between,
                        column=f"{model.name.lower()}_id",
                        new_name=f"{new.lower()}_id",
                    )

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
