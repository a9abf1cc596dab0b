"""What one table is made of, collected piece by piece from the code of its model."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from analyzers.read.alembic.column_reading import ColumnReading
from analyzers.read.alembic.constraints import constraint_of, index_of
from analyzers.read.alembic.enums import EnumType, enum_type
from analyzers.read.alembic.modules import Module
from analyzers.read.alembic.naming import INDEX_NAMES, by_convention, index_name
from analyzers.read.values import Call, Opaque, Ref, Value, name_or_source
from analyzers.vocabulary import Column, Constraint, ConstraintKind, Index, Place, Reference, Table

_ITSELF = "<itself>"
"""The table in place of its name, until that is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedTable:
    """A table as the models have it."""

    table: Table
    place: Place
    base: str
    """Which declarative base (or ``MetaData``) it belongs to: the file and name that makes it."""
    extension: str = ""
    """Of Flask-SQLAlchemy's tables the file that makes their ``SQLAlchemy()``, where that is known."""
    bind: str = ""
    """Of Flask-SQLAlchemy's tables the ``bind_key`` of another database than the usual one; ``?`` where it is not known."""
    columns_at: Mapping[str, Place] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
    """Column names by attribute."""
    enums: Mapping[str, EnumType] = field(default_factory=dict)
    """Types that their SQL alone does not tell, by column, as far as they are known."""
    by_default: bool = False
    """Whether its schema is the ``MetaData``'s: revisions may leave that to the search path."""
    schema: Value = None
    """The schema that is written with the table; opaque where it is the ``MetaData``'s."""
    info: Value = field(default_factory=dict)
    """What the table says to the filters of an ``env.py``; a dictionary, where it is known."""
    informed: bool = False
    """Whether one of its indexes or constraints says something to them as well."""
    infos: Mapping[str, Value] = field(default_factory=dict)
    """What its columns say to them, of those that do."""
    options: Mapping[str, Value] = field(default_factory=dict)
    """Its arguments that are for a database: ``postgresql_partition_by``, ``mysql_engine``, ``prefixes``."""
    identities: Mapping[str, Value] = field(default_factory=dict)
    """The ``Identity(...)`` of columns that have one."""
    counted: Mapping[str, Value] = field(default_factory=dict)
    """What columns say of ``autoincrement``, where they do."""
    unclear: frozenset[str] = frozenset()
    """Attributes that may be columns: calls of which it is not known what they give."""
    beyond: frozenset[str] = frozenset()
    """The parents of its class that are not known, where nothing else keeps the table from being read whole."""
    index_names: str = INDEX_NAMES
    """How its indexes without a name are called."""
    named: bool = True
    """Whether the whole name is known: a schema may stand in arguments that cannot be read."""


class OwnTable:
    """Collects what one table is made of."""

    def __init__(self, dialect: str, *, known: bool = True) -> None:
        self.columns: list[Column] = []
        self.indexes: list[Index] = []
        self.constraints: list[Constraint] = []
        self._dialect = dialect
        self.complete = True
        """Whether all that was met could be read; of classes that are not *known* nothing is met."""
        self._known = known
        self.schema: str | None = None
        """What the table itself says."""
        self.written_schema: Value = None
        """The same, also where it is no text that is known."""
        self.default_schema: str | None = None
        """What its ``MetaData`` says: of the table, and of what it refers to without a schema."""
        self.comment: Value = None
        self.info: Value = {}
        self.informed = False
        self.infos: dict[str, Value] = {}
        self.options: dict[str, Value] = {}
        self.identities: dict[str, Value] = {}
        self.counted: dict[str, Value] = {}
        self.keys: dict[str, str] = {}
        """Columns by the ``key`` under which indexes and constraints name them, where that is another."""
        self.readable = True
        """Whether all table arguments could be read."""
        self.seen: set[str] = set()
        self.unclear: set[str] = set()
        self.places: dict[str, Place] = {}
        self.attributes: dict[str, str] = {}
        self.enums: dict[str, EnumType] = {}

    def add(
        self,
        attribute: str,
        column: Column,
        reading: ColumnReading,
        statement: ast.stmt,
        module: Module,
    ) -> None:
        self.columns.append(column)
        if reading.info is not None:
            self.infos[column.name] = reading.info
        if reading.key is not None:
            self.keys[reading.key] = column.name
        if reading.counted is not None:
            self.counted[column.name] = reading.counted
        if reading.identity_said is not None:
            self.identities[column.name] = reading.identity_said
        self.constraints += reading.checks
        if reading.foreign_key is not None:
            self.constraints.append(replace(reading.foreign_key, columns=(column.name,)))
        self.attributes[attribute] = column.name
        enum = enum_type(reading.type_value)
        if enum is not None:
            self.enums[column.name] = enum
        self.places[column.name] = Place(
            module.path, statement.lineno, statement.end_lineno or statement.lineno
        )

    def member(self, item: Call) -> None:
        """Take in an index or a constraint of the table's arguments."""
        short = item.func.rpartition(".")[2]
        if short == "ddl_if" and item.args and isinstance(item.args[0], Call):
            wanted = item.get("dialect")
            if wanted == self._dialect or (
                isinstance(wanted, list | tuple) and self._dialect in wanted
            ):
                self.member(item.args[0])
            return
        self.informed |= item.get("info") is not None
        if short == "Index":
            named = _with_columns(item, self)
            self.indexes.append(index_of(named if isinstance(named, Call) else item))
            return
        constraint = constraint_of(_with_names(item, self))
        if constraint is None:
            self.complete = self.readable = False
        else:
            self.constraints.append(constraint)

    def finish(self, name: str, convention: Mapping[str, str], model: str | None) -> Table:
        """
        The table, its indexes and constraints named as the *convention* says.

        *name* stands without the schema; nobody writes that of PostgreSQL's ``public``.
        """
        name = _qualified(name, self.schema or self.default_schema)
        self.indexes = [replace(i, columns=self._by_name(i.columns)) for i in self.indexes]
        self.constraints = [replace(c, columns=self._by_name(c.columns)) for c in self.constraints]
        keys = {
            column
            for c in self.constraints
            if c.kind is ConstraintKind.PRIMARY_KEY
            for column in c.columns
        }
        columns = tuple(
            # `nullable=True` beside `primary_key=True` stands in the models, and is true of no database.
            replace(c, primary_key=True, null=None if c.primary_key and c.null else False)
            if c.name in keys or c.primary_key
            else c
            for c in (replace(c, references=self._target(c.references, name)) for c in self.columns)
        )
        of_indexes = convention.get("ix", INDEX_NAMES)
        # `Index(None, "kind")` is named by the convention.
        indexes = [
            replace(i, name=by_convention(of_indexes, name, i.columns, None))
            if i.name is None and all(column.isidentifier() for column in i.columns)
            else i
            for i in self.indexes
        ]
        constraints = [
            replace(c, references=self._target(c.references, name)) for c in self.constraints
        ]
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
            complete=self.complete and self._known,
            comment=self.comment if isinstance(self.comment, str) else None,
        )

    def _by_name(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(self.keys.get(column, column) for column in columns)

    @property
    def by_default(self) -> bool:
        return self.default_schema is not None and not self.schema

    @property
    def schema_for_filters(self) -> Value:
        return Opaque("schema") if self.by_default else self.written_schema

    def _target(self, reference: Reference | None, name: str) -> Reference | None:
        """*reference* in the schema of the ``MetaData``, where it names none; *name* is this table's own."""
        if reference is None or "." in reference.table:
            return reference
        if reference.table == _ITSELF:
            return replace(reference, table=name)
        return replace(reference, table=_qualified(reference.table, self.default_schema))


def _qualified(name: str, schema: str | None) -> str:
    return f"{schema}.{name}" if schema and schema != "public" else name


def _with_columns(value: Value, own: OwnTable) -> Value:
    """*value*, a part of an index, with what is written as an attribute (``created``, ``cls.created``) as its column."""
    match value:
        case Opaque() | Ref():
            name = own.attributes.get(name_or_source(value).removeprefix("cls."))
            return value if name is None else Call("sqlalchemy.column", (name,))
        case Call(func=func) if func.startswith("cls."):
            # ``cls.created.desc()``
            holder, _, method = func.rpartition(".")
            column = _with_columns(Ref(holder), own)
            return _with_columns(replace(value, func=f".{method}", args=(column, *value.args)), own)
        case Call():
            args = tuple(_with_columns(arg, own) for arg in value.args)
            kwargs = tuple((key, _with_columns(v, own)) for key, v in value.kwargs)
            return replace(value, args=args, kwargs=kwargs)
        case _:
            return value


def _with_names(call: Call, own: OwnTable) -> Call:
    """A constraint whose columns are written as attributes of the class (``UniqueConstraint(slug)``)."""

    def named(value: Value, before: str = "") -> Value:
        if isinstance(value, list | tuple):
            return [named(each, before) for each in value]
        found = own.attributes.get(value.text) if isinstance(value, Opaque) else None
        return f"{before}{found}" if found else value

    # What a key refers to by such attributes is the table itself.
    keyed = call.func.rpartition(".")[2] == "ForeignKeyConstraint"
    there = f"{_ITSELF}." if keyed else ""
    return replace(
        call,
        args=tuple(named(v, there if n == 1 else "") for n, v in enumerate(call.args)),
        kwargs=tuple(
            (key, named(v, there if key == "refcolumns" else ""))
            if key in {"columns", "refcolumns"}
            else (key, v)
            for key, v in call.kwargs
        ),
    )
