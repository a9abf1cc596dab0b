"""Django's operations as schema changes, judged on the static state of the models before them."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace

from analyzers.read.cache import Cache, MemoryCache
from analyzers.read.django.code import read_body
from analyzers.read.django.columns import (
    POSITIVE,
    RELATIONS,
    Target,
    column_of,
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
CONSTRAINTS = "sql-constraints-1"
PROXIES = 10
"""Proxies of proxies that are followed."""
EXTENSIONS = frozenset(
    {
        "CreateExtension", "BloomExtension", "BtreeGinExtension", "BtreeGistExtension",
        "CITextExtension", "CryptoExtension", "HStoreExtension", "TrigramExtension",
        "UnaccentExtension", "CreateCollation", "RemoveCollation",
    }
)  # fmt: skip


_NAMED_CONSTRAINT = re.compile(r"\b(?:add|validate|drop)\s+constraint\b", re.IGNORECASE)
"""Which SQL is worth its parser; more than these say nothing of a constraint that has a name."""


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
    validated = _Validated(migrations, new, database, cache or MemoryCache())
    made: dict[str, Key] = {}
    columns = _Columns(database)
    for migration, app in migrations:
        content = migration.content
        if migration.key not in new or not isinstance(content, Content):
            continue
        reader = _Reader(state, app, tree, migration, database, user_model, columns)
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


class _Validated:
    """Constraints that only SQL has made: a NOT NULL may lean on a validated check."""

    def __init__(
        self,
        migrations: Sequence[tuple[Migration, str]],
        new: frozenset[Key],
        database: str,
        cache: Cache,
    ) -> None:
        self._cache = cache
        self.made: dict[str, dict[str, Constraint]] = {}
        self._database = database
        self._read: set[str] = set()
        self._texts = [
            (text, operation.place)
            for migration, _ in migrations
            if migration.key not in new and isinstance(migration.content, Content)
            for operation in migration.content.operations
            for text in _sql_texts(operation.call)
            if _NAMED_CONSTRAINT.search(text)
        ]

    def _look(self, table: str) -> None:
        """Play the committed SQL that speaks of *table*; a parser of SQL is slow to start."""
        if table in self._read:
            return
        self._read.add(table)
        speaks = re.compile(rf"\b{re.escape(table)}\b").search
        texts = [(text, place) for text, place in self._texts if speaks(text)]
        if not texts:
            return
        key = hashlib.sha256(repr((table, self._database, texts)).encode()).hexdigest()
        kept: dict[str, Constraint] | None = self._cache.get(CONSTRAINTS, key)
        if kept is None:
            for text, place in texts:
                for change in read_sql(text, place, self._database):
                    if change.table == table:
                        self.play(change)
            kept = self.made.get(table, {})
            self._cache.put(CONSTRAINTS, key, dict(kept))
        self.made[table] = dict(kept)

    def play(self, change: SchemaChange) -> None:
        match change:
            case AddConstraint(table=str(table), constraint=Constraint(name=str(name)) as made):
                self.made.setdefault(table, {})[name] = made
            case ValidateConstraint(table=str(table), name=name):
                known = self.made.get(table, {}).get(name)
                if known is not None:
                    self.made[table][name] = replace(known, validated=True)
            case DropConstraint(table=str(table), constraint=Constraint(name=str(name))):
                self.made.get(table, {}).pop(name, None)
            case _:
                pass

    def on(self, table: Table) -> Table:
        """*table* with the constraints that SQL has given it."""
        self._look(table.name)
        extra = tuple(
            c
            for name, c in sorted(self.made.get(table.name, {}).items())
            if all(name != known.name for known in table.constraints)
        )
        return replace(table, constraints=(*table.constraints, *extra)) if extra else table


def _sql_texts(call: Value) -> Iterator[str]:
    """The SQL of a ``RunSQL``, inside of ``SeparateDatabaseAndState`` as well."""
    if not isinstance(call, Call):
        return
    name = call.func.rpartition(".")[2]
    if name == "RunSQL":
        yield from (sql for sql, _ in statements(argument(call, "sql", 0)))
    elif name == "SeparateDatabaseAndState":
        listed = argument(call, "database_operations", 0)
        for inner in listed if isinstance(listed, list | tuple) else ():
            yield from _sql_texts(inner)


def statements(value: Value) -> tuple[tuple[str, bool], ...]:
    """The texts of ``RunSQL``'s argument, and whether parameters are passed."""
    if isinstance(value, str):
        return ((value, False),)
    found: list[tuple[str, bool]] = []
    for item in value if isinstance(value, list | tuple) else ():
        match item:
            case str():
                found.append((item, False))
            case (str() as sql, *rest) | [str() as sql, *rest]:
                found.append((sql, bool(rest) and rest[0] is not None))
            case _:
                pass
    return tuple(found)


class _Columns:
    """
    Columns of fields, made once for all migrations.

    A table is asked for before each of its changes: making all its columns
    anew each time takes the square of their number.
    """

    def __init__(self, database: str) -> None:
        self.database = database
        self._made: dict[tuple[str, int], tuple[Value, Column | None]] = {}

    def of(self, name: str, value: Value, target: Target) -> Column | None:
        if short_name(value) in RELATIONS:
            # What it leads to may have changed meanwhile.
            return self._column(name, value, target)
        key = (name, id(value))
        if key not in self._made:
            # The value is kept with its column, so that its id stays its own.
            self._made[key] = value, self._column(name, value, target)
        return self._made[key][1]

    def _column(self, name: str, value: Value, target: Target) -> Column | None:
        made = column_of(name, value, self.database, target)
        if made is None:
            return None
        if short_name(value) in POSITIVE and own_class(value):
            made = replace(made, checked=True)
        collation = value.get("db_collation") if isinstance(value, Call) else None
        if isinstance(collation, str) and made.type:
            made = replace(made, type=f'{made.type} collate "{collation}"')
        return made


@dataclass(slots=True)
class _Reader:
    """One migration's operations on the state that is there when each is met."""

    state: DjangoState
    app: str
    tree: Tree
    migration: Migration
    database: str
    user_model: str | None
    columns: _Columns
    module: ast.Module | None = field(default=None)

    # -- state to tables -----------------------------------------------------------

    def related(self, app: str, to: Value) -> ModelState | None:
        if isinstance(to, Ref) and to.name.endswith("AUTH_USER_MODEL"):
            to = self.user_model
        return self.state.related(app, to)

    def target(self, app: str, own: ModelState | None = None) -> Target:
        """How relations written in *app* are followed."""

        def follow(to: Value) -> tuple[str | None, Column | None]:
            if to == "self" and own is not None:
                model: ModelState | None = own
            else:
                model = self.related(app, to)
            for _ in range(PROXIES):
                if model is None or not model.options.get("proxy"):
                    break
                # A proxy has its base's table.
                bases = model.bases if isinstance(model.bases, list | tuple) else ()
                to = next((b for b in bases if isinstance(b, str)), None)
                model = self.related(model.app, to)
            if model is None:
                return _outside(to), None
            return model.table, self.primary_key(model)

        return follow

    def primary_key(self, model: ModelState, depth: int = 0) -> Column | None:
        for name, value in model.fields.items():
            if isinstance(value, Call) and (
                value.get("primary_key") is True or short_name(value).endswith("AutoField")
            ):
                if short_name(value) in RELATIONS:
                    parent = self.related(model.app, target_of(value))
                    inner = (
                        self.primary_key(parent, depth + 1)
                        if parent is not None and depth < 10
                        else None
                    )
                    return Column(name=f"{name}_id", type=inner.type if inner else None)
                found = column_of(name, value, self.database, lambda _: (None, None))
                if found is None:
                    return None
                return found
        return None

    def column(self, model: ModelState, name: str, value: Value) -> Column | None:
        return self.columns.of(name, value, self.target(model.app, model))

    def table_named(self, name: str | None) -> Table | None:
        if not name:
            return None
        model = self.state.by_table(name)
        if model is not None:
            return self.table(model)
        for owner in self.state.models.values():
            for attribute, value in owner.fields.items():
                if between_table(owner, attribute, value) == name:
                    made = next(self._between(owner, attribute, value, self.migration.place))
                    return Table(name=name, columns=made.columns)
        return None

    def table(self, model: ModelState) -> Table:
        columns = [self.column(model, n, v) for n, v in model.fields.items()]
        indexes = [self.index(model, i) for i in _listed(model.options.get("indexes"))]
        constraints = [self.constraint(model, c) for c in _listed(model.options.get("constraints"))]
        return Table(
            name=model.table,
            model=f"{model.app}.{model.name}",
            columns=tuple(c for c in columns if c is not None),
            indexes=tuple(i for i in indexes if i is not None),
            constraints=(
                *(c for c in constraints if c is not None),
                *(
                    Constraint(kind=ConstraintKind.UNIQUE, name=None, columns=self.names(model, g))
                    for g in sorted(_groups(model.options.get("unique_together")))
                ),
            ),
            complete=model.complete and not self.state.uncertain,
        )

    def names(self, model: ModelState, attributes: Iterable[Value]) -> tuple[str, ...]:
        """Columns of *attributes* (``-`` before a name is an order)."""
        found = []
        for attribute in attributes:
            if not isinstance(attribute, str):
                found.append("(expression)")
                continue
            bare = attribute.lstrip("-")
            column = self.column(model, bare, model.fields.get(bare))
            found.append(column.name if column is not None else bare)
        return tuple(found)

    def index(self, model: ModelState, value: Value) -> Index | None:
        if not isinstance(value, Call):
            return None
        name, fields = value.get("name"), value.get("fields", [])
        kind = short_name(value)
        return Index(
            name=name if isinstance(name, str) else None,
            columns=(
                *self.names(model, fields if isinstance(fields, list | tuple) else ()),
                *("(expression)" for _ in value.args),
            ),
            method=None if kind == "Index" else kind.removesuffix("Index").lower(),
            condition="(condition)" if value.get("condition") is not None else None,
        )

    def constraint(self, model: ModelState, value: Value) -> Constraint | None:
        if not isinstance(value, Call):
            return None
        name = value.get("name")
        kind = {
            "CheckConstraint": ConstraintKind.CHECK,
            "UniqueConstraint": ConstraintKind.UNIQUE,
            "ExclusionConstraint": ConstraintKind.EXCLUDE,
        }.get(short_name(value))
        if kind is None:
            return None
        fields = value.get("fields", ())
        condition = value.get("condition", value.get("check"))
        return Constraint(
            kind=kind,
            name=name if isinstance(name, str) else None,
            columns=self.names(model, fields if isinstance(fields, list | tuple) else ()),
            expression="(expression)" if value.args or condition is not None else None,
            deferrable=value.get("deferrable") is not None,
        )

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
            yield from self._between(model, name, value, place)

    def _between(
        self, model: ModelState, name: str, value: Value, place: Place
    ) -> Iterator[CreateTable]:
        """The table of a many-to-many field, where Django makes it."""
        table = between_table(model, name, value)
        if table is None or not isinstance(value, Call):
            return
        other, key = self.target(model.app, model)(target_of(value))
        own = self.primary_key(model)
        yield CreateTable(
            place=place,
            table=table,
            columns=(
                Column(name="id", type="bigint", null=False, primary_key=True),
                Column(
                    name=f"{model.name.lower()}_id",
                    type=own.type if own else None,
                    null=False,
                    references=Reference(table=model.table),
                ),
                Column(
                    name=f"{(other or 'to').rpartition('_')[2]}_id",
                    type=key.type if key else None,
                    null=False,
                    references=Reference(table=other) if other else None,
                ),
            ),
        )

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
            return
        yield RenameTable(
            place=place,
            table=model.table,
            model=_label(model),
            new_name=renamed.table,
            new_model=label,
        )
        for name, value in model.fields.items():
            old, now = between_table(model, name, value), between_table(renamed, name, value)
            if old is not None and now is not None and old != now:
                yield RenameTable(place=place, table=old, new_name=now)
                yield RenameColumn(
                    place=place,
                    table=now,
                    column=f"{model.name.lower()}_id",
                    new_name=f"{new.lower()}_id",
                )
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
            made = tuple(self._between(model, name, value, place))
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
        if was is not None and now is not None:
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
            yield AddConstraint(
                place=place,
                table=table,
                model=label,
                constraint=Constraint(
                    kind=ConstraintKind.FOREIGN_KEY,
                    name=None,
                    columns=(after.name,),
                    references=after.references,
                    deferrable=True,
                ),
            )
        if sets_type and (before.primary_key or before.unique):
            yield from self._followers(model, before, after, place)

    def _again(
        self, model: ModelState, before: Column, after: Column, place: Place
    ) -> Iterator[SchemaChange]:
        """Django takes a foreign key off and puts it on again around any change of its column."""
        if before.references is None or after.references is None:
            return
        yield from (
            DropConstraint(
                place=place,
                table=model.table,
                model=_label(model),
                constraint=Constraint(
                    kind=ConstraintKind.FOREIGN_KEY,
                    name=None,
                    columns=(before.name,),
                    references=before.references,
                ),
            ),
            AddConstraint(
                place=place,
                table=model.table,
                model=_label(model),
                constraint=Constraint(
                    kind=ConstraintKind.FOREIGN_KEY,
                    name=None,
                    columns=(after.name,),
                    references=after.references,
                    deferrable=True,
                ),
                implicit=True,
            ),
        )

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
                    self.constraint(model, v) for v in _listed(model.options.get("constraints"))
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
        before, after = _groups(model.options.get(option)), _groups(argument(call, option, 1))
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
            yield RunCode(place=place, function="noop", reverse="noop", reads_rows=False)
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
            reversible=reverse is not None or (body is not None and body.empty),
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
        is_noop = isinstance(sql, Ref) and sql.name.endswith("noop")
        if not texts and not is_noop and sql not in ("", [], ()):
            yield RunStatement(
                place=place, sql=None, reversible=reverse is not None, in_state=False
            )
        for text, parameters in texts:
            for change in read_sql(text, place, self.database, parameters=parameters):
                yield replace(change, reversible=reverse is not None)

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


def _copied(state: DjangoState) -> DjangoState:
    other = DjangoState()
    other.uncertain = state.uncertain
    for key, model in state.models.items():
        twin = copy(model)
        twin.fields, twin.options = dict(model.fields), dict(model.options)
        other.models[key] = twin
    return other


def between_table(model: ModelState, name: str, value: Value) -> str | None:
    """The table that Django makes for a many-to-many field; None where it makes none."""
    if (
        not is_many_to_many(value)
        or not isinstance(value, Call)
        or value.get("through") is not None
    ):
        return None
    chosen = value.get("db_table")
    return chosen if isinstance(chosen, str) else f"{model.table}_{name.lower()}"


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


def _points_elsewhere(old: Value, new: Value) -> bool:
    """Whether a relation names another model, be it a proxy of the same table."""
    if not isinstance(old, Call) or not isinstance(new, Call):
        return False
    was, now = target_of(old), target_of(new)
    full = isinstance(was, str) and isinstance(now, str) and "." in was and "." in now
    return full and was.lower() != now.lower()


def _outside(to: Value) -> str | None:
    """The table of a model in an installed package, by Django's way of naming it."""
    if isinstance(to, str) and to.count(".") == 1:
        app, _, name = to.partition(".")
        known: Mapping[str, str] = {
            "auth.user": "auth_user",
            "auth.group": "auth_group",
            "auth.permission": "auth_permission",
            "contenttypes.contenttype": "django_content_type",
            "sites.site": "django_site",
        }
        return known.get(to.lower(), f"{app}_{name.lower()}")
    return None


def _label(model: ModelState) -> str:
    return f"{model.app}.{model.name}"


def _listed(value: Value) -> tuple[Value, ...]:
    return tuple(value) if isinstance(value, list | tuple) else ()


def _groups(value: Value) -> set[tuple[str, ...]]:
    if not isinstance(value, list | tuple | set | frozenset):
        return set()
    items = list(value)
    if items and all(isinstance(i, str) for i in items):
        return {tuple(items)}
    return {
        tuple(g)
        for g in items
        if isinstance(g, list | tuple) and all(isinstance(i, str) for i in g)
    }


def _spelled(model: ModelState, name: str) -> str:
    if name in model.fields:
        return name
    return next((n for n in model.fields if n.lower() == name.lower()), name)


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")
