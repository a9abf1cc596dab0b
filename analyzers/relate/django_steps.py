"""Django's operations as schema changes, judged on the static state of the models before them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field, replace

from analyzers.read.cache import Cache, MemoryCache
from analyzers.read.django.code import read_body
from analyzers.read.django.columns import (
    RELATIONS,
    is_many_to_many,
    own_class,
    short_name,
    target_of,
)
from analyzers.read.django.migrations import Content, Operation
from analyzers.read.sources import Unparsed, parse
from analyzers.read.sql import read_sql
from analyzers.read.values import Call, Ref, Value
from analyzers.relate.django_state import DjangoState, ModelState, argument, model_of
from analyzers.relate.django_tables import Columns, Tables, between_table, groups, listed
from analyzers.relate.sql_constraints import SqlConstraints, statements
from analyzers.trees import Tree
from analyzers.vocabulary import (
    AddColumn,
    AddConstraint,
    AddIndex,
    AlterColumn,
    Column,
    Constraint,
    ConstraintKind,
    CreateTable,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropTable,
    Index,
    Key,
    Migration,
    Place,
    Reference,
    RenameColumn,
    RenameIndex,
    RenameTable,
    RunCode,
    RunStatement,
    SchemaChange,
    StateOnly,
    Table,
    UnknownChange,
    ValidateConstraint,
)

Played = tuple[Migration, SchemaChange, Table | None, Key | None]
"""Migration, change, the table before it, and the new migration that made the table."""

STATE_ONLY = frozenset({"AlterModelOptions", "AlterModelManagers", "AlterConstraint"})
EXTENSIONS = frozenset(
    {
        "CreateExtension", "BloomExtension", "BtreeGinExtension", "BtreeGistExtension",
        "CITextExtension", "CryptoExtension", "HStoreExtension", "TrigramExtension",
        "UnaccentExtension", "CreateCollation", "RemoveCollation",
    }
)  # fmt: skip


def play_new_django(
    migrations: Sequence[tuple[Migration, str]],
    new: frozenset[Key],
    tree: Tree,
    *,
    database: str = "postgresql",
    user_model: str | None = None,
    base: DjangoState | None = None,
    cache: Cache | None = None,
) -> Iterator[Played]:
    """
    The changes of the migrations *new*, in order.

    *migrations* are all of the graph, parents first, each with its app's label;
    *base* is the state that those which are not new make, where it is known.
    *cache* keeps what old SQL has made.
    """
    state = base.copy() if base is not None else DjangoState()
    for migration, app in migrations:
        if base is None and migration.key not in new:
            state.play(migration, app)
    validated = SqlConstraints(migrations, new, database, cache or MemoryCache())
    made: dict[str, Key] = {}
    columns = Columns(database)
    for migration, app in migrations:
        content = migration.content
        if migration.key not in new or not isinstance(content, Content):
            continue
        reader = _Reader(
            state=state,
            database=database,
            user_model=user_model,
            columns=columns,
            place=migration.place,
            app=app,
            tree=tree,
            migration=migration,
        )
        for operation in content.operations:
            for change in reader.changes(operation):
                before = reader.table_named(change.table)
                if before is not None:
                    before = validated.on(before)
                change = with_before(change, before)
                yield migration, change, before, made.get(change.table or "")
                validated.play(change)
                match change:
                    case CreateTable(table=str(name)):
                        made.setdefault(name, migration.key)
                    case RenameTable(table=str(name), new_name=renamed) if name in made:
                        made[renamed] = made[name]
                    case _:
                        pass
            state.apply(operation.call, app)


def with_before(change: SchemaChange, table: Table | None) -> SchemaChange:
    """An altered column of raw SQL with what it was before, where the models know it."""
    if not isinstance(change, AlterColumn) or change.before is not None or table is None:
        return change
    before = table.column(change.after.name)
    if before is None:
        return change
    after = replace(
        before,
        type=change.after.type if change.sets_type else before.type,
        null=change.after.null if change.sets_null else before.null,
        server_default=change.after.server_default
        if change.sets_default
        else before.server_default,
    )
    return replace(change, before=before, after=after)


@dataclass(slots=True)
class _Reader(Tables):
    """One migration's operations on the state that is there when each is met."""

    app: str
    tree: Tree
    migration: Migration
    module: ast.Module | None = field(default=None)

    # -- operations ----------------------------------------------------------------

    def changes(self, operation: Operation) -> tuple[SchemaChange, ...]:
        """What *operation* does to the database, before the state takes it in."""
        return tuple(self._changes(operation.call, operation.place))

    def _changes(self, call: Value, place: Place) -> Iterator[SchemaChange]:
        if not isinstance(call, Call):
            yield UnknownChange(place=place, reversible=None, text=str(getattr(call, "text", "")))
            return
        if call.line:
            place = Place(place.path, call.line, call.end_line)
        name = call.func.rpartition(".")[2]
        handler = getattr(self, f"_{_snake(name)}", None)
        if not call.func.startswith("django."):
            yield UnknownChange(place=place, reversible=None, text=name)
        elif handler is not None:
            yield from handler(call, place)
        elif name in STATE_ONLY:
            yield StateOnly(place=place, description=name)
        elif name in EXTENSIONS or name == "AlterModelTableComment":
            yield RunStatement(place=place, sql=None, in_state=True)
        else:
            yield UnknownChange(place=place, reversible=None, text=name)

    def _model(self, call: Call, keyword: str = "model_name") -> ModelState | None:
        return self.state.get(self.app, argument(call, keyword, 0))

    def _apart_from(self, model: ModelState | None, place: Place) -> SchemaChange:
        if model is None:
            return UnknownChange(place=place, reversible=None, text="a model that is not known")
        return StateOnly(place=place, model=_label(model), description="no table of the migrations")

    def _create_model(self, call: Call, place: Place) -> Iterator[SchemaChange]:
        model = model_of(call, self.app)
        if model is None or not model.in_database:
            yield self._apart_from(model, place)
            return
        table = self.table(model)
        yield CreateTable(
            place=place,
            table=model.table,
            model=_label(model),
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
        yield DropTable(place=place, table=model.table, model=_label(model))

    def _rename_model(self, call: Call, place: Place) -> Iterator[SchemaChange]:
        model = self._model(call, "old_name")
        new = argument(call, "new_name", 1)
        if model is None or not isinstance(new, str) or not model.in_database:
            yield self._apart_from(model, place)
            return
        renamed = replace(model, name=new)
        label = _label(renamed)
        if renamed.table == model.table:
            yield StateOnly(place=place, model=_label(model), description="RenameModel")
        else:
            yield RenameTable(
                place=place,
                table=model.table,
                model=_label(model),
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
                yield from _off_and_on(now, None, key, key, place)
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
            yield StateOnly(place=place, model=_label(model), description="AlterModelTable")
            return
        yield RenameTable(
            place=place, table=model.table, model=_label(model), new_name=renamed.table
        )
        for name, value in model.fields.items():
            old, now = between_table(model, name, value), between_table(renamed, name, value)
            if old is not None and now is not None and old != now:
                yield RenameTable(place=place, table=old, new_name=now)

    def _add_field(self, call: Call, place: Place) -> Iterator[SchemaChange]:
        model = self._model(call)
        name, value = argument(call, "name", 1), argument(call, "field", 2)
        if model is None or not model.in_database or not isinstance(name, str):
            yield self._apart_from(model, place)
            return
        if is_many_to_many(value):
            made = tuple(self.between(model, name, value, place))
            yield from made or (
                StateOnly(place=place, model=_label(model), description="AddField"),
            )
            return
        column = self.column(model, name, value)
        if column is None:
            yield self._columnless(model, value, place)
            return
        yield AddColumn(
            place=place,
            table=model.table,
            model=_label(model),
            column=column,
            temporary_default=column.client_default and column.server_default is None,
        )
        yield from self._implicit(model, column, place)

    def _columnless(self, model: ModelState, value: Value, place: Place) -> SchemaChange:
        if own_class(value) or short_name(value).startswith("Generic"):
            return StateOnly(place=place, model=_label(model), description="no column")
        return UnknownChange(
            place=place, model=_label(model), reversible=None, text=short_name(value) or "a field"
        )

    def _implicit(self, model: ModelState, column: Column, place: Place) -> Iterator[SchemaChange]:
        if not column.indexed:
            return
        yield AddIndex(
            place=place,
            table=model.table,
            model=_label(model),
            index=Index(name=None, columns=(column.name,)),
            implicit=True,
        )

    def _remove_field(self, call: Call, place: Place) -> Iterator[SchemaChange]:
        model = self._model(call)
        name = argument(call, "name", 1)
        if model is None or not model.in_database or not isinstance(name, str):
            yield self._apart_from(model, place)
            return
        spelled = _spelled(model, name)
        value = model.fields.get(spelled)
        between = between_table(model, spelled, value)
        column = self.column(model, spelled, value)
        if between is not None:
            yield DropTable(place=place, table=between)
        elif column is not None:
            yield DropColumn(
                place=place,
                table=model.table,
                model=_label(model),
                column=column.name,
                attribute=spelled,
            )
        elif value is None:
            yield UnknownChange(
                place=place, model=_label(model), reversible=None, text=f"the field {name}"
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
        old = _spelled(model, old)
        value = model.fields.get(old)
        before, after = self.column(model, old, value), self.column(model, new, value)
        was, now = between_table(model, old, value), between_table(model, new, value)
        if was is not None and now is not None and was != now:
            yield RenameTable(place=place, table=was, new_name=now)
        elif before is not None and after is not None and before.name != after.name:
            yield RenameColumn(
                place=place,
                table=model.table,
                model=_label(model),
                column=before.name,
                new_name=after.name,
                attribute=old,
                new_attribute=new,
            )
            yield from self._again(model, before, after, place)
        else:
            yield StateOnly(place=place, model=_label(model), description="RenameField")

    def _alter_field(self, call: Call, place: Place) -> Iterator[SchemaChange]:
        model = self._model(call)
        name, value = argument(call, "name", 1), argument(call, "field", 2)
        if model is None or not model.in_database or not isinstance(name, str):
            yield self._apart_from(model, place)
            return
        name = _spelled(model, name)
        old = model.fields.get(name)
        before, after = self.column(model, name, old), self.column(model, name, value)
        if before is None or after is None:
            known = old is not None and (own_class(old) or is_many_to_many(old))
            yield (
                StateOnly(place=place, model=_label(model), description="AlterField")
                if known or after is None
                else UnknownChange(place=place, model=_label(model), reversible=None, text=name)
            )
            return
        found = tuple(self._altered(model, before, after, place))
        changes = (
            _meaning(old) != _meaning(value)
            or before.name != after.name
            or _points_elsewhere(old, value)
        )
        if changes and before.references is not None and before.references == after.references:
            found = (*found, *self._again(model, before, after, place))
        if self.database == "sqlite" and changes and not _copies(found):
            # Whatever else differs than names and labels, Django copies the table there.
            found = (
                *found,
                AlterColumn(
                    place=place, table=model.table, model=_label(model), before=before, after=after
                ),
            )
        yield from found or (StateOnly(place=place, model=_label(model), description="AlterField"),)

    def _altered(
        self, model: ModelState, before: Column, after: Column, place: Place
    ) -> Iterator[SchemaChange]:
        table, label = model.table, _label(model)
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
        if before.checked and not after.checked:
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
        if after.indexed and not before.indexed and not before.unique:
            yield AddIndex(
                place=place,
                table=table,
                model=label,
                index=Index(name=None, columns=(after.name,)),
                implicit=True,
            )
        if after.checked and not before.checked:
            yield AddConstraint(
                place=place,
                table=table,
                model=label,
                constraint=Constraint(kind=ConstraintKind.CHECK, name=None, columns=(after.name,)),
            )
        if after.references is not None and (
            before.references is None or before.references.table != after.references.table
        ):
            yield _pointing(after, table, label, place)
        if sets_type and (before.primary_key or before.unique):
            yield from self._followers(model, before, after, place)

    def _again(
        self, model: ModelState, before: Column, after: Column, place: Place
    ) -> Iterator[SchemaChange]:
        """Django takes a foreign key off and puts it on again around any change of its column."""
        yield from _off_and_on(model.table, _label(model), before, after, place)

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
                    model=_label(other),
                    before=column,
                    after=replace(column, type=after.type),
                    sets_type=True,
                )

    def _add_index(self, call: Call, place: Place) -> Iterator[SchemaChange]:
        model = self._model(call)
        if model is None or not model.in_database:
            yield self._apart_from(model, place)
            return
        index = self.index(model, argument(call, "index", 1)) or Index(name=None)
        yield AddIndex(
            place=place,
            table=model.table,
            model=_label(model),
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
            model=_label(model),
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
            model=_label(model) if model else None,
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
                place=place, table=model.table, model=_label(model), text="a constraint"
            )
            return
        unique = constraint.kind is ConstraintKind.UNIQUE
        if unique and constraint.expression is not None:
            # Conditions and expressions make an index: that is another lock.
            yield AddIndex(
                place=place,
                table=model.table,
                model=_label(model),
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
            model=_label(model),
            constraint=replace(constraint, validated=not call.func.endswith("NotValid")),
        )

    _add_constraint_not_valid = _add_constraint

    def _validate_constraint(self, call: Call, place: Place) -> Iterator[SchemaChange]:
        model = self._model(call)
        name = argument(call, "name", 1)
        if model is None or not isinstance(name, str):
            yield self._apart_from(model, place)
            return
        yield ValidateConstraint(place=place, table=model.table, model=_label(model), name=name)

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
            model=_label(model),
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
        label, table = _label(model), model.table
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
                model=_label(model),
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
                model=_label(model),
                column="_order",
                attribute="_order",
            )
        else:
            yield StateOnly(place=place, model=_label(model), description="order")

    def _run_python(self, call: Call, place: Place) -> Iterator[SchemaChange]:
        code = argument(call, "code", 0)
        reverse = argument(call, "reverse_code", 1)
        name = code.name.rpartition(".")[2] if isinstance(code, Ref) else None
        if name == "noop":
            yield RunCode(
                place=place,
                function="noop",
                reverse="noop" if reverse is not None else None,
                reversible=reverse is not None,
                reads_rows=False,
            )
            return
        body = None
        if self.module is None:
            parsed = parse(self.tree.read(self.migration.path))
            self.module = None if isinstance(parsed, Unparsed) else parsed
        if self.module is not None and name is not None:
            body = read_body(self.module, name, self.migration.path)
        yield RunCode(
            place=place,
            function=name,
            reverse=reverse.name.rpartition(".")[2] if isinstance(reverse, Ref) else None,
            reversible=reverse is not None,
            elidable=call.get("elidable") is True,
            autocommit=call.get("atomic") is False,
            imports_models=body.imports if body else (),
            writes=("?",) if body is None or body.writes else (),
            loads_all=body.loads_all if body else False,
            batched=body.batched if body else False,
            place_of_code=(body.loop_place or body.place) if body else None,
            reads_rows=not body.empty if body else True,
        )

    def _run_s_q_l(self, call: Call, place: Place) -> Iterator[SchemaChange]:
        sql = argument(call, "sql", 0)
        reverse = argument(call, "reverse_sql", 1)
        texts = statements(sql)
        back = self._reverse_sql(reverse, place) if reverse is not None else None
        is_noop = isinstance(sql, Ref) and sql.name.endswith("noop")
        if not texts and not is_noop and sql not in ("", [], ()):
            yield RunStatement(
                place=place,
                sql=None,
                reversible=reverse is not None,
                in_state=False,
                undone_by=back,
            )
        for text, parameters in texts:
            for change in read_sql(text, place, self.database, parameters=parameters):
                yield replace(change, reversible=reverse is not None, undone_by=back)

    def _reverse_sql(self, reverse: Value, place: Place) -> tuple[SchemaChange, ...] | None:
        """What *reverse* does; None where it cannot be read."""
        texts = statements(reverse)
        is_noop = isinstance(reverse, Ref) and reverse.name.endswith("noop")
        if not texts and not is_noop and reverse not in ("", [], ()):
            return None
        return tuple(
            change
            for text, parameters in texts
            for change in read_sql(text, place, self.database, parameters=parameters)
        )

    def _separate_database_and_state(self, call: Call, place: Place) -> Iterator[SchemaChange]:
        database = argument(call, "database_operations", 0)
        states = argument(call, "state_operations", 1)
        own = self.state
        self.state = _copied(own)
        try:
            for inner in database if isinstance(database, list | tuple) else ():
                yield from (replace(c, in_state=False) for c in self._changes(inner, place))
                self.state.apply(inner, self.app)
            self.state = _copied(own)
            for inner in states if isinstance(states, list | tuple) else ():
                for change in self._changes(inner, place):
                    yield StateOnly(
                        place=change.place, table=change.table, model=change.model, change=change
                    )
                self.state.apply(inner, self.app)
        finally:
            self.state = own


def _off_and_on(
    table: str, label: str | None, before: Column, after: Column, place: Place
) -> Iterator[SchemaChange]:
    """The foreign key of a column, dropped and added again."""
    if before.references is None or after.references is None:
        return
    yield DropConstraint(
        place=place,
        table=table,
        model=label,
        constraint=Constraint(
            kind=ConstraintKind.FOREIGN_KEY,
            name=None,
            columns=(before.name,),
            references=before.references,
        ),
    )
    yield replace(_pointing(after, table, label, place), implicit=True)


def _pointing(column: Column, table: str, label: str | None, place: Place) -> AddConstraint:
    """The foreign key that comes with *column*, as Django makes it."""
    return AddConstraint(
        place=place,
        table=table,
        model=label,
        constraint=Constraint(
            kind=ConstraintKind.FOREIGN_KEY,
            name=None,
            columns=(column.name,),
            references=column.references,
            deferrable=True,
        ),
    )


def _copied(state: DjangoState) -> DjangoState:
    other = DjangoState()
    other.uncertain = state.uncertain
    for key, model in state.models.items():
        twin = copy(model)
        twin.fields, twin.options = dict(model.fields), dict(model.options)
        other.models[key] = twin
    return other


NOT_IN_THE_DATABASE = frozenset(
    {
        "blank", "choices", "db_column", "db_comment", "editable", "error_messages", "help_text",
        "limit_choices_to", "on_delete", "related_name", "related_query_name", "validators",
        "verbose_name", "to",
    }
)  # fmt: skip
"""``Field.non_db_attrs`` of Django 5.2: what may change without a statement."""


def _meaning(field: Value) -> tuple[object, ...]:
    """What of a field's definition makes Django alter the column."""
    if not isinstance(field, Call):
        return (field,)
    said = sorted((k, repr(v)) for k, v in field.kwargs if k not in NOT_IN_THE_DATABASE)
    return (short_name(field), tuple(said))


_INTEGERS = frozenset({"smallint", "integer", "bigint"})


def _copies(changes: Iterable[SchemaChange]) -> bool:
    """Whether one of *changes* says already that the table is written anew, or renames the column alone."""
    return any(isinstance(c, AlterColumn | AddConstraint | RenameColumn) for c in changes)


def _points_elsewhere(old: Value, new: Value) -> bool:
    """Whether a relation names another model, be it a proxy of the same table."""
    if not isinstance(old, Call) or not isinstance(new, Call):
        return False
    was, now = target_of(old), target_of(new)
    full = isinstance(was, str) and isinstance(now, str) and "." in was and "." in now
    return full and was.lower() != now.lower()


def _label(model: ModelState) -> str:
    return f"{model.app}.{model.name}"


def _spelled(model: ModelState, name: str) -> str:
    if name in model.fields:
        return name
    return next((n for n in model.fields if n.lower() == name.lower()), name)


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")
