"""
SQLAlchemy's declarative models and tables, read statically.

Classic ``Column``, ``Mapped[]`` with ``mapped_column``, mixins, ``declared_attr``
where it returns a column, ``__table_args__``, association tables,
Flask-SQLAlchemy and SQLModel. The reading is meant to be compared with another
reading of the same code: what is not understood is left out on both sides.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace

from analyzers import limits
from analyzers.frozen import dataclass
from analyzers.read.alembic.annotations import Annotation, annotation_of, mapped
from analyzers.read.alembic.classes import (
    Hierarchy,
    ModelClass,
    lineage,
    own_base,
    returned_value,
    with_class,
)
from analyzers.read.alembic.enums import enum_source, with_enum
from analyzers.read.alembic.evaluate import evaluate
from analyzers.read.alembic.model_values import ModelValues
from analyzers.read.alembic.modules import Module, Modules
from analyzers.read.alembic.naming import by_convention, convention_of, index_name, snake_case
from analyzers.read.alembic.types import ColumnReading, constraint_of, index_of, name_text
from analyzers.read.cache import Cache
from analyzers.read.values import Call, Opaque, Ref, Value
from analyzers.trees import Tree
from analyzers.vocabulary import Column, Constraint, ConstraintKind, Index, Place, Table

_MARKS = re.compile(
    rb"Column\(|mapped_column|Mapped\[|\.Model\b|SQLModel|declarative_base|DeclarativeBase|\bTable\("
)

_TABLE_MEMBERS = frozenset(
    {"Column", "Index", "UniqueConstraint", "ForeignKeyConstraint", "PrimaryKeyConstraint"}
    | {"CheckConstraint"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedTable:
    """A table as the models have it."""

    table: Table
    place: Place
    base: str
    """Which declarative base (or ``MetaData``) it belongs to: the file and name that makes it."""
    columns_at: Mapping[str, Place] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
    """Column names by attribute."""
    source: Mapping[str, str] = field(default_factory=dict)
    """The source of types that their SQL alone does not tell: enums with their members."""
    named: bool = True
    """Whether the whole name is known: a schema may stand in arguments that cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """The tables of one tree by name, and the files that could not be read."""

    tables: Mapping[str, MappedTable] = field(default_factory=dict)
    unreadable: tuple[str, ...] = ()


def model_paths(tree: Tree, cache: Cache, outside: Sequence[str]) -> tuple[str, ...]:
    """The files of *tree* that may hold models; those below *outside* and tests apart."""
    found = []
    for path in tree.paths()[: limits.FILES]:
        if not path.endswith(".py") or path.startswith(tuple(f"{o}/" for o in outside)):
            continue
        parts = path.split("/")
        if parts[-1].startswith("test_") or {"tests", "test", "testing"}.intersection(parts[:-1]):
            continue
        oid = tree.oid(path)
        kept: bool | None = cache.get("alembic-model-file-1", oid)
        if kept is None:
            kept = _MARKS.search(tree.read(path)) is not None
            cache.put("alembic-model-file-1", oid, kept)
        if kept:
            found.append(path)
    return tuple(found)


def read_metadata(tree: Tree, paths: Sequence[str], dialect: str) -> Metadata:
    """The tables that the models in *paths* map."""
    return _Reader(tree, dialect).read(paths)


class _Reader:
    def __init__(self, tree: Tree, dialect: str) -> None:
        self._modules = Modules(tree)
        self._dialect = dialect
        self._values = ModelValues(self._modules)
        self._hierarchy = Hierarchy(self._modules, self._values)

    def read(self, paths: Sequence[str]) -> Metadata:
        every: list[MappedTable] = []
        unreadable = []
        inherited: list[tuple[str, MappedTable]] = []
        for path in paths:
            module = self._modules.at(path)
            if module is None:
                unreadable.append(path)
                continue
            try:
                for name, found in self._module_tables(module):
                    if name.startswith("+"):
                        inherited.append((name[1:], found))
                    else:
                        every.append(found)
            except RecursionError:
                unreadable.append(path)
        tables = _one_of_each(every)
        for name, extra in inherited:
            if name in tables:
                tables[name] = _merged(tables[name], extra)
        return Metadata(tables=_typed_references(tables), unreadable=tuple(sorted(unreadable)))

    def _module_tables(self, module: Module) -> Iterator[tuple[str, MappedTable]]:
        for statement in module.tree.body:
            match statement:
                case ast.ClassDef():
                    found = self._class_table(self._hierarchy.class_of(statement, module))
                    if found is not None:
                        yield found
                case ast.Assign(value=ast.Call()) | ast.AnnAssign(value=ast.Call()):
                    table = self._table_call(statement, module)
                    if table is not None:
                        yield table.table.name, table
                    else:
                        yield from self._index_call(statement, module)
                case ast.Expr(value=ast.Call()):
                    yield from self._index_call(statement, module)
                case _:
                    pass

    # Classes and their bases.

    # Tables.

    def _class_table(self, made: ModelClass) -> tuple[str, MappedTable] | None:
        if made.base is None and not made.unknown_parent:
            return None
        if self._hierarchy.body_value(made, "__abstract__") is True or made.base == own_base(made):
            return None
        if made.kind == "sqlmodel" and not _is_table_model(made.node):
            return None
        own = _OwnTable(made)
        self._collect(made, own)
        name = self._table_name(made, own)
        if name is None:
            return None
        if not own.columns and not name.startswith("+"):
            return None
        args = self._hierarchy.inherited_value(made, "__table_args__", made.node.name)
        self._table_args(args, made.module, own)
        schema = own.schema
        bare = name.lstrip("+")
        full = f"{schema}.{bare}" if schema and schema != "public" else bare
        table = self._finish(own, full, made.convention, f"{made.node.name}")
        place = Place(made.module.path, made.node.lineno, made.node.end_lineno or made.node.lineno)
        mapped_table = MappedTable(
            table=table,
            place=place,
            base=made.base or f"unknown:{made.unknown_parent}",
            columns_at=dict(own.places),
            attributes=dict(own.attributes),
            source=dict(own.sources),
            named=own.schema is not None or own.readable,
        )
        return (name, mapped_table)

    def _table_name(self, made: ModelClass, own: _OwnTable) -> str | None:
        """The table's name; with a ``+`` in front where its columns go to a parent's table."""
        written = self._written_name(made)
        if isinstance(written, str):
            return written
        if isinstance(written, Opaque | Call | Ref):
            return None
        # Flask-SQLAlchemy names a table for each class that brings a primary key.
        if made.kind == "flask" and any(column.primary_key for column in own.columns):
            return snake_case(made.node.name)
        for parent in lineage(made)[1:]:
            if self._is_mapped(parent):
                theirs = _OwnTable(parent)
                self._collect(parent, theirs)
                above = self._table_name(parent, theirs)
                if above is not None:
                    return f"+{above.lstrip('+')}"
        if made.kind == "flask":
            return snake_case(made.node.name)
        if made.kind == "sqlmodel":
            return made.node.name.lower()
        return None

    def _written_name(self, made: ModelClass) -> Value:
        """``__tablename__`` of the class itself, or of a mixin or abstract base that writes it."""
        own = self._hierarchy.body_value(made, "__tablename__")
        if own is not None:
            return own
        for parent in lineage(made)[1:]:
            concrete = parent.base is not None and (
                self._hierarchy.body_value(parent, "__abstract__") is not True
                and parent.base != own_base(parent)
            )
            is_function = any(
                isinstance(s, ast.FunctionDef) and s.name == "__tablename__"
                for s in parent.node.body
            )
            if concrete and not is_function:
                continue
            found = self._hierarchy.inherited_value(parent, "__tablename__", made.node.name)
            if found is not None:
                return found
        return None

    def _collect(self, made: ModelClass, own: _OwnTable) -> None:
        """The columns of *made* and of its mixins; a mapped parent's stay with its own table."""
        waiting: list[ModelClass] = [made]
        owners: list[ModelClass] = []
        while waiting and len(owners) < 100:
            owner = waiting.pop(0)
            if owner in owners or (owner is not made and self._is_mapped(owner)):
                # What a mapped parent takes from its own mixins stays with it as well.
                continue
            owners.append(owner)
            waiting = [*owner.parents, *waiting]
        for owner in owners:
            for statement in owner.node.body:
                self._attribute(statement, owner, made, own)

    def _is_mapped(self, made: ModelClass) -> bool:
        """Whether a parent class has a table of its own."""
        if made.base is None or made.base == own_base(made):
            return False
        if self._hierarchy.body_value(made, "__abstract__") is True:
            return False
        if made.kind == "sqlmodel":
            return _is_table_model(made.node)
        # Flask-SQLAlchemy maps every class that is not abstract; elsewhere a class without a
        # name of its own shares its parent's table.
        return made.kind == "flask" or self._hierarchy.body_value(made, "__tablename__") is not None

    def _attribute(
        self, statement: ast.stmt, owner: ModelClass, made: ModelClass, own: _OwnTable
    ) -> None:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                self._column_value(name, value, None, statement, owner, made, own)
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value):
                inside = mapped(annotation, owner.module, self._modules)
                if inside is None and made.kind == "sqlmodel" and not name.startswith("_"):
                    inside = annotation
                said = (
                    annotation_of(inside, owner.module, self._modules, made.types)
                    if inside is not None
                    else None
                )
                self._column_value(name, value, said, statement, owner, made, own)
            case ast.FunctionDef(name=name) if _is_declared(statement) and not name.startswith(
                "__"
            ):
                returned = returned_value(statement)
                if returned is not None:
                    self._column_value(name, returned, None, statement, owner, made, own)
            case _:
                pass

    def _column_value(
        self,
        attribute: str,
        node: ast.expr | None,
        said: Annotation | None,
        statement: ast.stmt,
        owner: ModelClass,
        made: ModelClass,
        own: _OwnTable,
    ) -> None:
        if attribute in own.seen:
            return
        value = (
            self._values.normal(evaluate(node, with_class(owner, made.node.name)), owner.module)
            if node is not None
            else None
        )
        call = _column_call(value)
        if made.kind == "sqlmodel":
            call = call or _sqlmodel_given(value)
        if call is not None and call.func.rpartition(".")[2] == "Column":
            # A column that is given whole takes nothing from its annotation.
            said = None
        if call is None and said is not None and made.kind == "sqlmodel":
            call = _sqlmodel_column(value, said)
        elif call is None and said is not None and node is None:
            call = None if said.plural else said.column or Call("sqlalchemy.orm.mapped_column")
        if call is None:
            if attribute.startswith("__") is False and _column_like(value):
                own.complete = False
            if made.kind == "sqlmodel" and isinstance(value, Call) and value.get("sa_column"):
                # A column that some function makes.
                own.complete = False
                own.seen.add(attribute)
                return
            # `id = Mixin.id` leaves the column to the mixin.
            if node is not None and not (
                isinstance(node, ast.Attribute) and node.attr == attribute
            ):
                own.seen.add(attribute)
            return
        own.seen.add(attribute)
        if said is not None and said.column is not None and call is not said.column:
            call = Call(
                call.func, (*call.args, *said.column.args), (*said.column.kwargs, *call.kwargs)
            )
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
                column = replace(column, null=said.optional)
        own.add(attribute, replace(column, attribute=attribute), reading, statement, owner.module)

    def _table_args(self, value: Value, module: Module, own: _OwnTable) -> None:
        value = self._values.normal(value, module)
        items = value if isinstance(value, list | tuple) else [value]
        for item in items:
            if isinstance(item, dict):
                schema = item.get("schema")
                own.schema = schema if isinstance(schema, str) else own.schema
            elif isinstance(item, Call):
                self._member(item, own)
            elif item is not None:
                own.complete = own.readable = False

    def _member(self, item: Call, own: _OwnTable) -> None:
        short = item.func.rpartition(".")[2]
        if short == "ddl_if" and item.args and isinstance(item.args[0], Call):
            wanted = item.get("dialect")
            if wanted == self._dialect or (
                isinstance(wanted, list | tuple) and self._dialect in wanted
            ):
                self._member(item.args[0], own)
            return
        if short == "Index":
            own.indexes.append(_by_attribute(index_of(item), item, own))
            return
        constraint = constraint_of(_with_names(item, own))
        if constraint is None:
            own.complete = own.readable = False
        else:
            own.constraints.append(constraint)

    def _index_call(
        self, statement: ast.Assign | ast.AnnAssign | ast.Expr, module: Module
    ) -> Iterator[tuple[str, MappedTable]]:
        """An index that stands after its class: ``Index("ix", Post.title)``; as an addition to its table."""
        node = statement.value
        if not isinstance(node, ast.Call) or "Index" not in ast.unparse(node.func):
            return
        call = self._values.normal(evaluate(node, module.scope), module)
        owners = {
            arg.value.id
            for arg in node.args[1:]
            if isinstance(arg, ast.Attribute) and isinstance(arg.value, ast.Name)
        }
        holder = module.scope.look_up(next(iter(owners))) if len(owners) == 1 else None
        if not isinstance(call, Call) or not isinstance(holder, ast.ClassDef):
            return
        if call.func.rpartition(".")[2] != "Index" or len(call.args) < 2:
            return
        found = self._class_table(self._hierarchy.class_of(holder, module))
        if found is None:
            return
        name, owner = found
        columns = tuple(
            owner.attributes.get(arg.attr, arg.attr) if isinstance(arg, ast.Attribute) else "..."
            for arg in node.args[1:]
        )
        index = replace(index_of(call), columns=columns)
        table = replace(owner.table, columns=(), constraints=(), indexes=(index,))
        yield f"+{name.lstrip('+')}", replace(owner, table=table)

    def _table_call(
        self, statement: ast.Assign | ast.AnnAssign, module: Module
    ) -> MappedTable | None:
        """An association table: ``Table("name", metadata, Column(...), ...)``."""
        assert statement.value is not None
        call = self._values.normal(evaluate(statement.value, module.scope), module)
        if not isinstance(call, Call) or call.func.rpartition(".")[2] != "Table":
            return None
        name = name_text(call.args[0]) if call.args else None
        if name is None or len(call.args) < 2:
            return None
        # Flask-SQLAlchemy's own ``db.Table`` has the metadata of ``db``, and may be given none.
        first = call.args[1]
        bare = isinstance(first, Call) and first.func.rpartition(".")[2] in _TABLE_MEMBERS
        if len(call.args) < 3 and not bare:
            return None
        own = _OwnTable(None)
        for item in call.args[1 if bare else 2 :]:
            if not isinstance(item, Call):
                own.complete = False
                continue
            if item.func.rpartition(".")[2] == "Column":
                reading = ColumnReading(with_enum(item), self._dialect)
                if reading.name is None:
                    own.complete = False
                    continue
                own.add(reading.name, reading.column, reading, statement, module)
            else:
                self._member(item, own)
        schema = name_text(call.get("schema"))
        full = f"{schema}.{name}" if schema and schema != "public" else name
        base, convention = ("flask", {}) if bare else self._metadata_of(first, module)
        return MappedTable(
            table=self._finish(own, full, convention, None),
            place=Place(module.path, statement.lineno, statement.end_lineno or statement.lineno),
            base=base,
            columns_at=dict(own.places),
            attributes=dict(own.attributes),
            source=dict(own.sources),
        )

    def _metadata_of(self, value: Value, module: Module) -> tuple[str, dict[str, str]]:
        """Which base the ``metadata`` argument of a ``Table`` belongs to."""
        text = (
            value.name
            if isinstance(value, Ref)
            else value.text
            if isinstance(value, Opaque)
            else ""
        )
        if isinstance(value, Call) and value.func == ".":
            value, text = value.args[0], "local.metadata"
        if isinstance(value, Call) and self._values.is_flask_object(value, module):
            return "flask", {}
        owner = text.removesuffix(".metadata")
        local = module.scope.look_up(owner)
        if isinstance(local, ast.ClassDef):
            made = self._hierarchy.class_of(local, module)
            return made.base or f"{module.path}:{owner}", made.convention
        found = self._modules.value(owner, module.path) if "." in owner else None
        if found is not None and isinstance(found[0], ast.ClassDef):
            made = self._hierarchy.class_of(found[0], found[1])
            return made.base or f"{found[1].path}:{owner}", made.convention
        if found is not None:
            name = owner.rpartition(".")[2]
            if isinstance(found[0], Call) and self._values.is_flask_object(*found):
                return "flask", {}
            return f"{found[1].path}:{name}", {}
        names = [n for n, bound in module.scope.names.items() if bound is value or bound == value]
        if isinstance(value, Call) and names:
            return f"{module.path}:{names[0]}", convention_of(value)
        return f"{module.path}:{owner or 'metadata'}", {}

    def _finish(
        self, own: _OwnTable, name: str, convention: Mapping[str, str], model: str | None
    ) -> Table:
        keys = {
            column
            for c in own.constraints
            if c.kind is ConstraintKind.PRIMARY_KEY
            for column in c.columns
        }
        columns = tuple(
            replace(c, primary_key=True, null=False) if c.name in keys or c.primary_key else c
            for c in own.columns
        )
        indexes = [*own.indexes]
        constraints = [*own.constraints]
        for column in columns:
            if column.indexed:
                made = index_name(convention, name, column.name)
                indexes.append(Index(name=made, columns=(column.name,), unique=column.unique))
            elif column.unique:
                constraints.append(
                    Constraint(kind=ConstraintKind.UNIQUE, name=None, columns=(column.name,))
                )
        keys_by_kind = {ConstraintKind.UNIQUE: "uq", ConstraintKind.FOREIGN_KEY: "fk"}
        named = []
        for constraint in constraints:
            pattern = convention.get(keys_by_kind.get(constraint.kind, ""))
            if constraint.name is None and pattern is not None:
                referred = constraint.references.table if constraint.references else None
                made = by_convention(pattern, name, constraint.columns, referred)
                constraint = replace(constraint, name=made)
            named.append(constraint)
        return Table(
            name=name,
            model=model,
            columns=columns,
            indexes=tuple(indexes),
            constraints=tuple(named),
            complete=own.complete,
        )

    # Values.


class _OwnTable:
    """Collects what one table is made of."""

    def __init__(self, made: ModelClass | None) -> None:
        self.columns: list[Column] = []
        self.indexes: list[Index] = []
        self.constraints: list[Constraint] = []
        self.complete = not (made is not None and made.unknown_parent)
        self.schema: str | None = None
        self.readable = True
        """Whether all table arguments could be read."""
        self.seen: set[str] = set()
        self.places: dict[str, Place] = {}
        self.attributes: dict[str, str] = {}
        self.sources: dict[str, str] = {}

    def add(
        self,
        attribute: str,
        column: Column,
        reading: ColumnReading,
        statement: ast.stmt,
        module: Module,
    ) -> None:
        self.columns.append(column)
        self.constraints += reading.checks
        if reading.foreign_key is not None:
            self.constraints.append(replace(reading.foreign_key, columns=(column.name,)))
        self.attributes[attribute] = column.name
        source = enum_source(reading.type_value)
        if source is not None:
            self.sources[column.name] = source
        self.places[column.name] = Place(
            module.path, statement.lineno, statement.end_lineno or statement.lineno
        )


def _is_declared(function: ast.FunctionDef) -> bool:
    return any("declared_attr" in ast.unparse(d) for d in function.decorator_list)


def _is_table_model(node: ast.ClassDef) -> bool:
    return any(
        k.arg == "table" and isinstance(k.value, ast.Constant) and k.value.value is True
        for k in node.keywords
    )


def _column_call(value: Value) -> Call | None:
    """The ``Column(...)`` in *value*, out of ``deferred(...)`` and the like."""
    if not isinstance(value, Call):
        return None
    short = value.func.rpartition(".")[2]
    if short in {"deferred", "column_property"}:
        return _column_call(value.args[0]) if value.args else None
    return value if short in {"Column", "mapped_column"} else None


def _column_like(value: Value) -> bool:
    return isinstance(value, Call) and value.func.rpartition(".")[2].lower().endswith("column")


def _sqlmodel_given(value: Value) -> Call | None:
    """The column that ``Field(sa_column=Column(...))`` gives."""
    if isinstance(value, Call) and value.func.endswith("Field"):
        return _column_call(value.get("sa_column"))
    return None


def _sqlmodel_column(value: Value, said: Annotation) -> Call | None:
    """An SQLModel field as the column that it makes."""
    options = dict(value.kwargs) if isinstance(value, Call) and value.func.endswith("Field") else {}
    if options.get("sa_column") is not None:
        # Given whole, in a way that is not read: what column it is cannot be known.
        return None
    if said.plural or (isinstance(value, Call) and value.func.endswith("Relationship")):
        return None
    args: list[Value] = []
    if options.get("sa_type") is not None:
        args.append(options["sa_type"])
    elif isinstance(options.get("max_length"), int):
        args.append(Call("sqlalchemy.String", (options["max_length"],)))
    if isinstance(options.get("foreign_key"), str):
        args.append(Call("sqlalchemy.ForeignKey", (options["foreign_key"],)))
    kept = tuple(
        (k, v) for k, v in options.items() if k in {"primary_key", "index", "unique", "nullable"}
    )
    return Call("sqlalchemy.Column", tuple(args), kept)


def _by_attribute(index: Index, call: Call, own: _OwnTable) -> Index:
    """*index* with members written as attributes (``Index("ix", created)``) as column names."""
    columns = []
    for member, text in zip(call.args[1:], index.columns, strict=False):
        name = own.attributes.get(member.text) if isinstance(member, Opaque) else None
        columns.append(name or text)
    return replace(index, columns=tuple(columns))


def _one_of_each(every: Sequence[MappedTable]) -> dict[str, MappedTable]:
    """
    The tables by name; of several with one name the one whose base has the most tables.

    A repository may keep its first schema, or models of another program, beside the models
    that it runs with. Of one base the first in the order of paths is taken.
    """
    sizes = Counter(found.base for found in every)
    tables: dict[str, MappedTable] = {}
    for found in every:
        known = tables.get(found.table.name)
        if known is None or sizes[found.base] > sizes[known.base]:
            tables[found.table.name] = found
    return tables


def _with_names(call: Call, own: _OwnTable) -> Call:
    """A constraint whose columns are written as attributes of the class (``UniqueConstraint(slug)``)."""

    def named(value: Value) -> Value:
        if isinstance(value, list | tuple):
            return [named(each) for each in value]
        found = own.attributes.get(value.text) if isinstance(value, Opaque) else None
        return found or value

    return replace(
        call,
        args=tuple(named(value) for value in call.args),
        kwargs=tuple((key, named(v) if key == "columns" else v) for key, v in call.kwargs),
    )


def _merged(table: MappedTable, extra: MappedTable) -> MappedTable:
    """*table* with the columns that a subclass of single-table inheritance adds."""
    known = {c.name for c in table.table.columns}
    more = tuple(c for c in extra.table.columns if c.name not in known)
    return replace(
        table,
        table=replace(
            table.table,
            columns=(*table.table.columns, *more),
            indexes=(*table.table.indexes, *extra.table.indexes),
            constraints=(*table.table.constraints, *extra.table.constraints),
            complete=table.table.complete and extra.table.complete,
        ),
        columns_at={**extra.columns_at, **table.columns_at},
        attributes={**extra.attributes, **table.attributes},
    )


def _typed_references(tables: Mapping[str, MappedTable]) -> dict[str, MappedTable]:
    """Columns without a type of their own take that of the column they refer to."""
    found = dict(tables)
    for name, mapped_table in tables.items():
        columns = tuple(_typed(column, found) for column in mapped_table.table.columns)
        found[name] = replace(mapped_table, table=replace(mapped_table.table, columns=columns))
    return dict(sorted(found.items()))


def _typed(column: Column, tables: Mapping[str, MappedTable], depth: int = 5) -> Column:
    if column.type is not None or column.references is None or depth <= 0:
        return column
    target = tables.get(column.references.table)
    other = target.table.column(column.references.column or "id") if target else None
    if other is None:
        return column
    kind = _typed(other, tables, depth - 1).type
    # A serial's references are plain integers.
    return replace(column, type=kind)
