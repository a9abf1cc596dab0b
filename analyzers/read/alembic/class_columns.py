"""The columns that a class and its mixins bring to its table."""

from __future__ import annotations

import ast
from dataclasses import replace

from analyzers.read.alembic.annotations import Annotation, annotation_of, mapped
from analyzers.read.alembic.attribute_targets import AttributeTargets
from analyzers.read.alembic.class_bodies import bound_in_branches
from analyzers.read.alembic.classes import Hierarchy, ModelClass, returned_expression, with_class
from analyzers.read.alembic.column_calls import (
    column_call,
    column_like,
    is_declared,
    made_elsewhere,
    makes_column,
    may_be_column,
    may_be_none,
    sqlmodel_column,
    sqlmodel_given,
)
from analyzers.read.alembic.column_reading import ColumnReading
from analyzers.read.alembic.composites import is_composite, parts_of
from analyzers.read.alembic.enums import enum_type, with_enum
from analyzers.read.alembic.evaluate import evaluate
from analyzers.read.alembic.index_places import of_own_columns
from analyzers.read.alembic.mapped_names import MappedNames
from analyzers.read.alembic.model_values import ModelValues
from analyzers.read.alembic.modules import Module, Modules
from analyzers.read.alembic.own_functions import given_by_class, given_elsewhere
from analyzers.read.alembic.own_table import OwnTable
from analyzers.read.values import Call, Opaque, Ref


class ClassColumns:
    """Reads the attributes of declarative classes, with or without ``Mapped[]``."""

    def __init__(
        self,
        modules: Modules,
        values: ModelValues,
        hierarchy: Hierarchy,
        names: MappedNames,
        targets: AttributeTargets,
        dialect: str,
    ) -> None:
        self._modules = modules
        self._values = values
        self._hierarchy = hierarchy
        self._names = names
        self._targets = targets
        self._dialect = dialect

    def collect(self, made: ModelClass, own: OwnTable) -> None:
        """The columns of *made* and of its mixins; a mapped parent's stay with its own table."""
        waiting: list[ModelClass] = [made]
        owners: list[ModelClass] = []
        while waiting and len(owners) < 100:
            owner = waiting.pop(0)
            if owner in owners or (owner is not made and self._names.is_mapped(owner)):
                # What a mapped parent takes from its own mixins stays with it as well.
                continue
            owners.append(owner)
            waiting = [*owner.parents, *waiting]
        for owner in owners:
            for statement in owner.node.body:
                self._attribute(statement, owner, made, own)

    def _attribute(
        self, statement: ast.stmt, owner: ModelClass, made: ModelClass, own: OwnTable
    ) -> None:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                self._column_value(name, value, None, statement, owner, made, own)
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value):
                bare = annotation if made.kind == "sqlmodel" and not name.startswith("_") else None
                said = self._said(annotation, owner, made, bare)
                self._column_value(name, value, said, statement, owner, made, own)
            case ast.FunctionDef(name=name) if is_declared(statement) and not name.startswith("__"):
                returned = returned_expression(statement, owner, made)
                if returned is not None:
                    said = self._said(statement.returns, owner, made)
                    value, said_by, of = returned
                    self._column_value(name, value, said, said_by, of, made, own)
                elif name not in own.seen and makes_column(statement):
                    self._method_column(statement, owner, made, own)
            case ast.If():
                # Which of its branches there is, is not known, nor what they bring.
                bound = bound_in_branches(statement)
                if any(isinstance(value, ast.Call) for value in bound.values()):
                    own.complete = False
                if "__table_args__" in bound:
                    own.complete = own.readable = False
            case _:
                pass

    def _said(
        self,
        written: ast.expr | None,
        owner: ModelClass,
        made: ModelClass,
        bare: ast.expr | None = None,
    ) -> Annotation | None:
        """What ``Mapped[...]`` says of a column; what is *bare* is taken without it."""
        inside = mapped(written, owner.module, self._modules) if written is not None else None
        inside = bare if inside is None else inside
        return self._inside(inside, owner.module, made) if inside is not None else None

    def _inside(self, inside: ast.expr, module: Module, made: ModelClass) -> Annotation:
        """What *inside*, without ``Mapped`` around it, says in the words of *module*."""
        found = annotation_of(inside, module, self._modules, made.types)
        if found.home is None:
            return found
        column = self._values.normal(found.column, found.home)
        return replace(
            found,
            type_value=self._values.normal(found.type_value, found.home),
            column=column if isinstance(column, Call) else found.column,
        )

    def _column_value(
        self,
        attribute: str,
        node: ast.expr | None,
        said: Annotation | None,
        statement: ast.stmt,
        owner: ModelClass,
        made: ModelClass,
        own: OwnTable,
    ) -> None:
        if attribute in own.seen:
            return
        scope, home = with_class(owner, made.node.name), owner.module
        value = evaluate(node, scope) if node is not None else None
        value, home = (
            given_by_class(node, owner.node, scope, home, self._modules)
            or given_elsewhere(node, value, scope, home, self._modules)
            or (value, home)
        )
        value = self._targets.written_out(self._values.normal(value, home), owner.module)
        if isinstance(value, Call) and is_composite(value):
            self._composite(attribute, value, statement, owner, made, own)
            return
        call = column_call(value)
        if made.kind == "sqlmodel":
            call = call or sqlmodel_given(value)
        if call is not None and call.func.rpartition(".")[2] == "Column":
            # A column that is given whole takes nothing from its annotation.
            said = None
        if call is None and said is not None and made.kind == "sqlmodel":
            call = sqlmodel_column(value, said)
        elif call is None and said is not None and node is None:
            call = None if said.plural else said.column or Call("sqlalchemy.orm.mapped_column")
        if call is None:
            if owner is made and isinstance(value, Call) and of_own_columns(node, own.attributes):
                own.member(value)
            if attribute.startswith("__") is False and column_like(value):
                own.complete = False
            if made.kind == "sqlmodel" and made_elsewhere(value):
                # A column that some function makes.
                own.complete = False
                own.seen.add(attribute)
                return
            if isinstance(node, ast.Call) and may_be_column(value):
                own.unclear.add(attribute)
            # `id = Mixin.id` leaves the column to the mixin.
            if node is not None and not (
                isinstance(node, ast.Attribute) and node.attr == attribute
            ):
                own.seen.add(attribute)
            return
        own.seen.add(attribute)
        unsure = made.kind == "sqlmodel" and may_be_none(node, value)
        self._column(attribute, call, said, statement, owner, made, own, unsure=unsure)

    def _composite(
        self,
        attribute: str,
        value: Call,
        statement: ast.stmt,
        owner: ModelClass,
        made: ModelClass,
        own: OwnTable,
    ) -> None:
        """The columns that stand inside of *value*, each an attribute under its own name."""
        own.seen.add(attribute)
        written = statement.annotation if isinstance(statement, ast.AnnAssign) else None
        inside = mapped(written, owner.module, self._modules) if written is not None else None
        parts = parts_of(value, inside, owner.module, self._modules)
        if parts is None:
            own.complete = False
        for part in parts or ():
            said = None
            if part.annotation is not None:
                said = self._inside(part.annotation, part.home, made)
            own.seen.add(part.name)
            self._column(part.name, part.call, said, statement, owner, made, own)

    def _column(
        self,
        attribute: str,
        call: Call,
        said: Annotation | None,
        statement: ast.stmt,
        owner: ModelClass,
        made: ModelClass,
        own: OwnTable,
        *,
        unsure: bool = False,
    ) -> None:
        """Take the column that *call* makes into *own*, with what its annotation *said*."""
        if said is not None and said.column is not None and call is not said.column:
            kwargs = {**dict(said.column.kwargs), **dict(call.kwargs)}
            call = Call(call.func, (*call.args, *said.column.args), tuple(kwargs.items()))
        reading = ColumnReading(with_enum(call), self._dialect, attribute)
        column = reading.column
        if said is not None:
            untyped = reading.type_value is None and said.type_value is not None
            # SQLModel's own datetime has a time zone in newer versions and none in older ones.
            if made.kind == "sqlmodel" and (
                said.text_enum or said.type_value == Ref("sqlalchemy.DateTime")
            ):
                untyped = False
            if untyped and (reading.reference is None or made.kind == "sqlmodel"):
                typed = Call(
                    "sqlalchemy.Column", ("x", self._values.normal(said.type_value, owner.module))
                )
                column = replace(
                    column, type=ColumnReading(with_enum(typed), self._dialect).column.type
                )
            if "nullable" not in dict(call.kwargs) and not column.primary_key:
                column = replace(column, null=said.optional or (None if unsure else False))
        if said is not None and reading.type_value is None:
            enum = enum_type(self._values.normal(said.type_value, owner.module))
            if enum is not None:
                own.enums[column.name] = enum
                if made.kind == "sqlmodel" and self._dialect == "postgresql":
                    # Where it is an enum at all, and no text, PostgreSQL has a type for it.
                    column = replace(column, makes_type=enum.name)
        # A library's mixin has no place of its own here.
        at, module = (made.node, made.module) if owner.module.library else (statement, owner.module)
        own.add(attribute, replace(column, attribute=attribute), reading, at, module)

    def _method_column(
        self, method: ast.FunctionDef, owner: ModelClass, made: ModelClass, own: OwnTable
    ) -> None:
        """The column that *method* makes for the class *made*, or for some classes alone."""
        own.seen.add(method.name)
        said = self._hierarchy.returned_by(method, owner, made)
        call = column_call(self._values.normal(said, owner.module))
        if call is not None:
            reading = ColumnReading(with_enum(call), self._dialect, method.name)
            column = replace(reading.column, attribute=method.name)
            own.add(method.name, column, reading, method, owner.module)
        elif isinstance(said, Opaque):
            own.complete = False
