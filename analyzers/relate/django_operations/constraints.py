"""Operations on indexes and constraints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from analyzers.read.values import Call
from analyzers.relate.django_operations.operation import (
    Operations,
    label_of,
)
from analyzers.relate.django_state import argument
from analyzers.relate.django_tables import groups, listed
from analyzers.vocabulary import (
    AddConstraint,
    AddIndex,
    Constraint,
    ConstraintKind,
    DropConstraint,
    DropIndex,
    Index,
    Place,
    RenameIndex,
    SchemaChange,
    StateOnly,
    UnknownChange,
    ValidateConstraint,
)


class ConstraintOperations(Operations):
    """What is done to indexes and constraints."""

    __slots__ = ()

    def _add_index(self, call: Call, place: Place) -> Iterator[SchemaChange]:
        model = self._model(call)
        if model is None or not model.in_database:
            yield self._apart_from(model, place)
            return
        index = self.index(model, argument(call, "index", 1)) or Index(name=None)
        yield AddIndex(
            place=place,
            table=model.table,
            model=label_of(model),
            index=index,
            concurrently=call.func.endswith("Concurrently"),
        )

    _add_index_concurrently = _add_index

    def _remove_index(self, call: Call, place: Place) -> Iterator[SchemaChange]:
        model = self._model(call)
        if model is None or not model.in_database:
            yield self._apart_from(model, place)
            return
        name = argument(call, "name", 1)
        yield DropIndex(
            place=place,
            table=model.table,
            model=label_of(model),
            index=Index(name=name if isinstance(name, str) else None),
            concurrently=call.func.endswith("Concurrently"),
        )

    _remove_index_concurrently = _remove_index

    def _rename_index(self, call: Call, place: Place) -> Iterator[SchemaChange]:
        model = self._model(call)
        new, old = argument(call, "new_name", 1), argument(call, "old_name", 2)
        yield RenameIndex(
            place=place,
            table=model.table if model else None,
            model=label_of(model) if model else None,
            old_name=old if isinstance(old, str) else None,
            new_name=new if isinstance(new, str) else None,
        )

    def _add_constraint(self, call: Call, place: Place) -> Iterator[SchemaChange]:
        model = self._model(call)
        if model is None or not model.in_database:
            yield self._apart_from(model, place)
            return
        constraint = self.constraint(model, argument(call, "constraint", 1))
        if constraint is None:
            yield UnknownChange(
                place=place, table=model.table, model=label_of(model), text="a constraint"
            )
            return
        unique = constraint.kind is ConstraintKind.UNIQUE
        if unique and constraint.expression is not None:
            # Conditions and expressions make an index: that is another lock.
            yield AddIndex(
                place=place,
                table=model.table,
                model=label_of(model),
                index=Index(
                    name=constraint.name,
                    columns=constraint.columns or ("(expression)",),
                    unique=True,
                    condition=constraint.expression,
                ),
            )
            return
        yield AddConstraint(
            place=place,
            table=model.table,
            model=label_of(model),
            constraint=replace(constraint, validated=not call.func.endswith("NotValid")),
        )

    _add_constraint_not_valid = _add_constraint

    def _validate_constraint(self, call: Call, place: Place) -> Iterator[SchemaChange]:
        model = self._model(call)
        name = argument(call, "name", 1)
        if model is None or not isinstance(name, str):
            yield self._apart_from(model, place)
            return
        yield ValidateConstraint(place=place, table=model.table, model=label_of(model), name=name)

    def _remove_constraint(self, call: Call, place: Place) -> Iterator[SchemaChange]:
        model = self._model(call)
        if model is None or not model.in_database:
            yield self._apart_from(model, place)
            return
        name = argument(call, "name", 1)
        kind = next(
            (
                c.kind
                for c in (
                    self.constraint(model, v) for v in listed(model.options.get("constraints"))
                )
                if c is not None and c.name == name
            ),
            ConstraintKind.CHECK,
        )
        yield DropConstraint(
            place=place,
            table=model.table,
            model=label_of(model),
            constraint=Constraint(kind=kind, name=name if isinstance(name, str) else None),
        )

    def _alter_unique_together(self, call: Call, place: Place) -> Iterator[SchemaChange]:
        yield from self._together(call, place, "unique_together")

    def _alter_index_together(self, call: Call, place: Place) -> Iterator[SchemaChange]:
        yield from self._together(call, place, "index_together")

    def _together(self, call: Call, place: Place, option: str) -> Iterator[SchemaChange]:
        model = self._model(call, "name")
        if model is None or not model.in_database:
            yield self._apart_from(model, place)
            return
        before, after = groups(model.options.get(option)), groups(argument(call, option, 1))
        label, table = label_of(model), model.table
        if before == after:
            yield StateOnly(place=place, model=label, description=option)
        for group in sorted(before - after):
            columns = self.names(model, group)
            yield (
                DropIndex(
                    place=place, table=table, model=label, index=Index(name=None, columns=columns)
                )
                if option == "index_together"
                else DropConstraint(
                    place=place,
                    table=table,
                    model=label,
                    constraint=Constraint(kind=ConstraintKind.UNIQUE, name=None, columns=columns),
                )
            )
        for group in sorted(after - before):
            columns = self.names(model, group)
            yield (
                AddIndex(
                    place=place, table=table, model=label, index=Index(name=None, columns=columns)
                )
                if option == "index_together"
                else AddConstraint(
                    place=place,
                    table=table,
                    model=label,
                    constraint=Constraint(kind=ConstraintKind.UNIQUE, name=None, columns=columns),
                )
            )
