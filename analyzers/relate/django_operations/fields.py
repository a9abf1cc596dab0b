"""Operations on fields: columns, and what comes with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from analyzers.read.django.columns import (
    RELATIONS,
    is_many_to_many,
    own_class,
    short_name,
    target_of,
)
from analyzers.read.django.generated_columns import refused
from analyzers.read.values import Call, Value
from analyzers.relate.django_fields import by_database
from analyzers.relate.django_operations.many_to_many import ManyToManyOperations
from analyzers.relate.django_operations.operation import (
    as_spelled,
    label_of,
    off_and_on,
    pointing,
)
from analyzers.relate.django_state import ModelState, argument
from analyzers.relate.django_tables import between_table
from analyzers.vocabulary import (
    AddColumn,
    AddConstraint,
    AddIndex,
    AlterColumn,
    Column,
    Constraint,
    ConstraintKind,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropTable,
    Index,
    Place,
    RenameColumn,
    SchemaChange,
    StateOnly,
    UnknownChange,
)

NOT_IN_THE_DATABASE = frozenset(
    {
        "blank", "choices", "db_column", "db_comment", "editable", "error_messages", "help_text",
        "limit_choices_to", "on_delete", "related_name", "related_query_name", "validators",
        "verbose_name", "to",
    }
)  # fmt: skip
"""``Field.non_db_attrs`` of Django 5.2: what may change without a statement, but for ``by_database``."""

_INTEGERS = frozenset({"smallint", "integer", "bigint"})


class FieldOperations(ManyToManyOperations):
    """What is done to fields."""

    __slots__ = ()

    def _add_field(self, call: Call, place: Place) -> Iterator[SchemaChange]:
        model = self._model(call)
        name, value = argument(call, "name", 1), argument(call, "field", 2)
        if model is None or not model.in_database or not isinstance(name, str):
            yield self._apart_from(model, place)
            return
        if is_many_to_many(value):
            made = tuple(self.between(model, name, value, place))
            yield from made or (
                StateOnly(place=place, model=label_of(model), description="AddField"),
            )
            return
        column = self.column(model, name, value)
        if column is None:
            yield self._columnless(model, value, place)
            return
        yield AddColumn(
            place=place,
            table=model.table,
            model=label_of(model),
            column=column,
            temporary_default=column.client_default and column.server_default is None,
        )
        yield from self._implicit(model, column, place)

    def _columnless(self, model: ModelState, value: Value, place: Place) -> SchemaChange:
        if own_class(value) or short_name(value).startswith("Generic"):
            return StateOnly(place=place, model=label_of(model), description="no column")
        return UnknownChange(
            place=place, model=label_of(model), reversible=None, text=short_name(value) or "a field"
        )

    def _implicit(self, model: ModelState, column: Column, place: Place) -> Iterator[SchemaChange]:
        if not column.indexed:
            return
        yield AddIndex(
            place=place,
            table=model.table,
            model=label_of(model),
            index=Index(name=None, columns=(column.name,)),
            implicit=True,
        )

    def _remove_field(self, call: Call, place: Place) -> Iterator[SchemaChange]:
        model = self._model(call)
        name = argument(call, "name", 1)
        if model is None or not model.in_database or not isinstance(name, str):
            yield self._apart_from(model, place)
            return
        spelled = as_spelled(model, name)
        value = model.fields.get(spelled)
        between = between_table(model, spelled, value)
        column = self.column(model, spelled, value)
        if between is not None:
            yield DropTable(place=place, table=between)
        elif column is not None:
            yield DropColumn(
                place=place,
                table=model.table,
                model=label_of(model),
                column=column.name,
                attribute=spelled,
            )
        elif value is None:
            yield UnknownChange(
                place=place, model=label_of(model), reversible=None, text=f"the field {name}"
            )
        else:
            yield self._columnless(model, value, place)

    def _rename_field(self, call: Call, place: Place) -> Iterator[SchemaChange]:
        model = self._model(call)
        old, new = argument(call, "old_name", 1), argument(call, "new_name", 2)
        if (
            model is None
            or not model.in_database
            or not isinstance(old, str)
            or not isinstance(new, str)
        ):
            yield self._apart_from(model, place)
            return
        old = as_spelled(model, old)
        value = model.fields.get(old)
        before, after = self.column(model, old, value), self.column(model, new, value)
        if is_many_to_many(value):
            yield from self._many_to_many(model, (old, value), (new, value), place)
        elif before is not None and after is not None and before.name != after.name:
            yield RenameColumn(
                place=place,
                table=model.table,
                model=label_of(model),
                column=before.name,
                new_name=after.name,
                attribute=old,
                new_attribute=new,
            )
            yield from self._again(model, before, after, place)
        else:
            yield StateOnly(place=place, model=label_of(model), description="RenameField")

    def _alter_field(self, call: Call, place: Place) -> Iterator[SchemaChange]:
        model = self._model(call)
        name, value = argument(call, "name", 1), argument(call, "field", 2)
        if model is None or not model.in_database or not isinstance(name, str):
            yield self._apart_from(model, place)
            return
        name = as_spelled(model, name)
        old = model.fields.get(name)
        before, after = self.column(model, name, old), self.column(model, name, value)
        if is_many_to_many(old) and is_many_to_many(value):
            if _meaning(old) != _meaning(value) or self._points_elsewhere(old, value):
                yield from self._many_to_many(model, (name, old), (name, value), place)
            else:
                yield StateOnly(place=place, model=label_of(model), description="AlterField")
            return
        if before is None or after is None:
            known = old is not None and (own_class(old) or is_many_to_many(old))
            yield (
                StateOnly(place=place, model=label_of(model), description="AlterField")
                if known or after is None
                else UnknownChange(place=place, model=label_of(model), reversible=None, text=name)
            )
            return
        found = tuple(self._altered(model, before, after, place))
        changes = (
            _meaning(old) != _meaning(value)
            or before.name != after.name
            or self._points_elsewhere(old, value)
        )
        if changes and before.references is not None and before.references == after.references:
            found = (*found, *self._again(model, before, after, place))
        if not found and refused(before, after):
            found = (self._other(model, before, after, place),)
        if self.database == "sqlite" and changes and not _copies(found):
            # Whatever else differs than names and labels, Django copies the table there.
            found = (*found, self._other(model, before, after, place))
        if not found and changes and (before.type is None) is not (after.type is None):
            # A class that is not read takes the place of one that is, or gives way to it.
            yield UnknownChange(place=place, model=label_of(model), reversible=True, text=name)
            return
        yield from found or (
            StateOnly(place=place, model=label_of(model), description="AlterField"),
        )

    def _other(self, model: ModelState, before: Column, after: Column, place: Place) -> AlterColumn:
        """A column that differs in something that has no words of its own."""
        return AlterColumn(
            place=place, table=model.table, model=label_of(model), before=before, after=after
        )

    def _add_default_value(self, call: Call, place: Place) -> Iterator[SchemaChange]:
        model = self._model(call)
        name, default = argument(call, "name", 1), argument(call, "value", 2)
        name = as_spelled(model, name) if model is not None and isinstance(name, str) else ""
        column = self.column(model, name, model.fields.get(name)) if model is not None else None
        if model is None or column is None or not model.in_database:
            yield self._apart_from(model, place)
            return
        yield AlterColumn(
            place=place,
            table=model.table,
            model=label_of(model),
            before=column,
            after=replace(column, server_default=f"'{default}'"),
            sets_default=True,
            in_state=False,
        )

    def _altered(
        self, model: ModelState, before: Column, after: Column, place: Place
    ) -> Iterator[SchemaChange]:
        table, label = model.table, label_of(model)
        if before.name != after.name:
            yield RenameColumn(
                place=place,
                table=table,
                model=label,
                column=before.name,
                new_name=after.name,
                attribute=before.attribute,
                new_attribute=after.attribute,
            )
        sets_type = before.type is not None and after.type is not None and before.type != after.type
        sets_null = before.null is not None and after.null is not None and before.null != after.null
        sets_default = before.server_default != after.server_default
        if before.references is not None and (
            after.references is None or after.references.table != before.references.table
        ):
            yield DropConstraint(
                place=place,
                table=table,
                model=label,
                constraint=Constraint(
                    kind=ConstraintKind.FOREIGN_KEY, name=None, columns=(before.name,)
                ),
            )
        if before.unique and not after.unique:
            yield DropConstraint(
                place=place,
                table=table,
                model=label,
                constraint=Constraint(kind=ConstraintKind.UNIQUE, name=None, columns=(after.name,)),
            )
        if before.primary_key and not after.primary_key:
            yield DropConstraint(
                place=place, table=table, model=label, constraint=_primary_key(before.name)
            )
        # Where a column's type is not known, nor is whether it has a check.
        both_known = before.type is not None and after.type is not None
        if both_known and before.checked and not after.checked:
            yield DropConstraint(
                place=place,
                table=table,
                model=label,
                constraint=Constraint(kind=ConstraintKind.CHECK, name=None, columns=(after.name,)),
            )
        if before.indexed and not after.indexed:
            yield DropIndex(
                place=place,
                table=table,
                model=label,
                index=Index(name=None, columns=(after.name,)),
            )
        if sets_type or sets_null or sets_default:
            yield AlterColumn(
                place=place,
                table=table,
                model=label,
                before=replace(before, name=after.name),
                after=after,
                sets_type=sets_type,
                sets_null=sets_null,
                sets_default=sets_default,
                fills_nulls=sets_null and after.null is False and after.client_default,
            )
        if after.unique and not before.unique and not before.primary_key:
            yield AddConstraint(
                place=place,
                table=table,
                model=label,
                constraint=Constraint(kind=ConstraintKind.UNIQUE, name=None, columns=(after.name,)),
            )
        if after.primary_key and not before.primary_key:
            yield AddConstraint(
                place=place, table=table, model=label, constraint=_primary_key(after.name)
            )
        if after.indexed and not before.indexed:
            yield AddIndex(
                place=place,
                table=table,
                model=label,
                index=Index(name=None, columns=(after.name,)),
                implicit=True,
            )
        if both_known and after.checked and not before.checked:
            yield AddConstraint(
                place=place,
                table=table,
                model=label,
                constraint=Constraint(kind=ConstraintKind.CHECK, name=None, columns=(after.name,)),
            )
        if after.references is not None and (
            before.references is None or before.references.table != after.references.table
        ):
            yield pointing(after, table, label, place)
        if sets_type and (before.primary_key or before.unique):
            yield from self._followers(model, before, after, place)

    def _points_elsewhere(self, old: Value, new: Value) -> bool:
        """Whether a relation names another model, be it a proxy of the same table."""
        if not isinstance(old, Call) or not isinstance(new, Call):
            return False
        was, now = (self.swapped(target_of(value)) for value in (old, new))
        full = isinstance(was, str) and isinstance(now, str) and "." in was and "." in now
        return full and was.lower() != now.lower()

    def _again(
        self, model: ModelState, before: Column, after: Column, place: Place
    ) -> Iterator[SchemaChange]:
        """Django takes a foreign key off and puts it on again around any change of its column."""
        yield from off_and_on(model.table, label_of(model), before, after, place)

    def _followers(
        self, model: ModelState, before: Column, after: Column, place: Place
    ) -> Iterator[SchemaChange]:
        """Foreign keys follow the type of the key that they point to."""
        for other in list(self.state.models.values()):
            if not other.in_database:
                continue
            for name, value in other.fields.items():
                if short_name(value) not in RELATIONS or not isinstance(value, Call):
                    continue
                if self.related(other.app, target_of(value)) is not model:
                    continue
                column = self.column(other, name, value)
                if column is None or column.type != before.type:
                    continue
                if self.database == "sqlite" and {before.type, after.type} <= _INTEGERS:
                    continue  # all one type there
                yield AlterColumn(
                    place=place,
                    table=other.table,
                    model=label_of(other),
                    before=column,
                    after=replace(column, type=after.type),
                    sets_type=True,
                )


def _meaning(field: Value) -> tuple[object, ...]:
    """What of a field's definition makes Django alter the column."""
    if not isinstance(field, Call):
        return (field,)
    said = sorted(
        (k, repr(v)) for k, v in field.kwargs if k not in NOT_IN_THE_DATABASE or by_database(k, v)
    )
    return (short_name(field), tuple(said))


def _primary_key(column: str) -> Constraint:
    return Constraint(kind=ConstraintKind.PRIMARY_KEY, name=None, columns=(column,))


def _copies(changes: Iterable[SchemaChange]) -> bool:
    """Whether one of *changes* says already that the table is written anew, or renames the column alone."""
    return any(isinstance(c, AlterColumn | AddConstraint | RenameColumn) for c in changes)
