"""SQLAlchemy types and columns, evaluated from source, as the vocabulary's columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from analyzers.read.alembic.actions import actions_of, timing_of
from analyzers.read.alembic.enums import MEMBERS_UNKNOWN
from analyzers.read.alembic.naming import shortened
from analyzers.read.values import Call, Opaque, Ref, Value, name_or_source
from analyzers.vocabulary import Column, Constraint, ConstraintKind, Generated, Index, Reference

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect

_VOLATILE = frozenset(
    {"gen_random_uuid", "uuid_generate_v4", "uuid_generate_v1", "uuid_generate_v1mc", "uuidv7"}
    | {"random", "clock_timestamp", "nextval", "timeofday", "uuid", "rand", "sysdate", "gen_salt"}
)
_STABLE = frozenset(
    {"now", "current_timestamp", "current_date", "current_time", "localtimestamp", "localtime"}
    | {"statement_timestamp", "transaction_timestamp", "utc_timestamp", "timezone", "coalesce"}
    | {"lower", "upper", "concat", "md5", "date_trunc", "extract", "to_timestamp", "current_user"}
    | {"jsonb_build_object", "json_build_object", "to_jsonb", "array", "length", "round", "cast"}
)
_ELSEWHERE = {
    "sqlmodel.sql.sqltypes.AutoString": "String",
    "sqlmodel.AutoString": "String",
    "oslo_db.sqlalchemy.types.String": "String",
    # Its name before SQLAlchemy 1.4.
    "sqlalchemy.Binary": "LargeBinary",
    "sqlalchemy.types.Binary": "LargeBinary",
}


def sql_type(value: Value, dialect: str) -> str | None:
    """The type *value* (``sa.String(50)``) in lower-case SQL of *dialect*; None if not known."""
    if isinstance(value, Call) and value.func.endswith(".as_mutable") and value.args:
        # A type that tells of changes within a value; the column is as it would be without.
        value = value.args[-1]
    variant = _variant(value, dialect)
    if variant is not None:
        value = variant
    name = value.func if isinstance(value, Call) else value.name if isinstance(value, Ref) else ""
    short = name.rpartition(".")[2]
    if short in {"Vector", "VECTOR"} and isinstance(value, Call):
        size = value.args[0] if value.args else value.get("dim")
        return f"vector({size})" if isinstance(size, int) else "vector"
    if name.endswith("GUID") and "fastapi_users" in name:
        return "uuid" if dialect == "postgresql" else "char(36)"
    if isinstance(value, Call) and value.args == MEMBERS_UNKNOWN and dialect != "postgresql":
        # There the members belong to the type; SQLite has a text as long as the longest.
        return None if dialect == "sqlite" else "enum"
    built = type_object(value)
    if built is None:
        return None
    try:
        text = str(built.compile(dialect=_dialect(dialect)))
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - any type the library cannot write is simply not known
        return None
    return _lower(text)


def with_own_type(column: Column, said: Value) -> Column:
    """*column*, of which it is kept what a revision calls its type where that is a class of the project's."""
    name = said.func if isinstance(said, Call) else said.name if isinstance(said, Ref) else ""
    if column.type is not None or name.startswith((".", "sqlalchemy.")) or "." not in name:
        return column
    return replace(column, own_type=said)


def _lower(text: str) -> str:
    """*text* in lower case, without touching what stands in quotes."""
    return "".join(
        part if part.startswith(("'", '"')) else part.lower()
        for part in re.split(r"('(?:[^']|'')*'|\"[^\"]*\")", text)
    )


def _variant(value: Value, dialect: str) -> Value | None:
    """What ``with_variant`` says for *dialect*, or its base."""
    if not isinstance(value, Call) or value.func != ".with_variant":
        return None
    receiver, other, *names = value.args
    return other if dialect in names else _variant(receiver, dialect) or receiver


@cache
def _dialect(name: str) -> Dialect:
    from sqlalchemy.dialects import mysql, postgresql, sqlite

    match name:
        case "mysql" | "mariadb":
            return mysql.dialect()
        case "sqlite":
            return sqlite.dialect()
        case _:
            return postgresql.dialect()  # type: ignore[no-untyped-call]


def type_object(value: Value, depth: int = 0) -> Any | None:
    """A type object of SQLAlchemy's own for *value*; None where it is not one of those."""
    from sqlalchemy import types
    from sqlalchemy.dialects import mysql, postgresql, sqlite

    if depth > 5:
        return None
    call = Call(value.name) if isinstance(value, Ref) else value
    if not isinstance(call, Call):
        return None
    module, _, name = call.func.rpartition(".")
    if call.func in _ELSEWHERE:
        module, name = "sqlalchemy.types", _ELSEWHERE[call.func]
    if module == "sqlmodel":
        # What it hands on of SQLAlchemy, by its own names.
        module = "sqlalchemy"
    if not module.startswith("sqlalchemy") or module.startswith("sqlalchemy_"):
        return None
    found = None
    for part, place in (("postgresql", postgresql), ("mysql", mysql), ("sqlite", sqlite)):
        if f"dialects.{part}" in module:
            found = getattr(place, name, None)
            break
    else:
        found = getattr(types, name, None)
    if not isinstance(found, type) or not issubclass(found, types.TypeEngine):
        return None
    args: list[Any] = []
    for arg in call.args:
        built = _argument(arg, depth)
        if built is _NOTHING:
            return None
        args.append(built)
    keywords: dict[str, Any] = {}
    for key, arg in call.kwargs:
        if key in _NOT_OF_SQL:
            if key == "native_enum" and arg is False:
                keywords[key] = False
            continue
        built = _argument(arg, depth)
        if built is _NOTHING:
            if key in {"none_as_null", "astext_type", "collation", "create_constraint", "schema"}:
                continue
            if key == "**" and name in _TEXTS and (args or "length" in dict(call.kwargs)):
                # Besides its length a text is only given a collation.
                continue
            return None
        keywords[key] = built
    try:
        return found(*args, **keywords)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - arguments that the type does not take: not known
        return None


_TEXTS = frozenset({"String", "Text", "Unicode", "UnicodeText", "VARCHAR", "CHAR"})
_NOT_OF_SQL = frozenset(
    {"create_type", "native_enum", "values_callable", "validate_strings", "metadata"}
    # Of one engine of MySQL's alone.
    | {"mysql_ndb_type", "mysql_ndb_length"}
)
"""Arguments of types that their SQL does not show."""
_NOTHING = object()


def _argument(value: Value, depth: int) -> Any:
    """*value* as an argument of a type: a plain constant or another type; else ``_NOTHING``."""
    if isinstance(value, Ref | Call):
        built = type_object(value, depth + 1)
        return _NOTHING if built is None else built
    if isinstance(value, str | int | float | bool | None):
        return value
    if isinstance(value, list | tuple):
        items = [_argument(item, depth) for item in value]
        return _NOTHING if any(item is _NOTHING for item in items) else items
    return _NOTHING


def enum_along(value: Value) -> str | None:
    """The name of the enum type that is made along with a table; None where that is not certain."""
    if not isinstance(value, Call) or value.func.rpartition(".")[2] not in {"Enum", "ENUM"}:
        return None
    given = dict(value.kwargs)
    first = value.args[0] if value.args else None
    # ``sa.Enum(Mood)`` has the name of the class.
    said = name_or_source(first)
    called = said.rpartition(".")[2].lower() if re.fullmatch(r"[\w.]+", said) else None
    name = given.get("name", called)
    plain = given.keys().isdisjoint({"create_type", "native_enum", "schema", "metadata", "**"})
    return name if isinstance(name, str) and plain else None


_WITHOUT_BRACKETS = frozenset(
    {"current_date", "current_time", "current_timestamp", "current_user", "localtime"}
    | {"localtimestamp", "session_user", "user", "sysdate"}
)
"""Functions of the standard that SQLAlchemy writes, and databases take, without brackets."""


def default_text(value: Value) -> tuple[str | None, bool | None]:
    """
    A ``server_default`` as SQL text, and whether it is volatile.

    The text is ``...`` where there is a default that cannot be known.
    """
    match value:
        case None | False:
            return None, None
        case str(text):
            return "'" + text.replace("'", "''") + "'", False
        case Call(func=name, args=args):
            short = name.rpartition(".")[2]
            if short in {"text", "literal_column", "TextClause"} and args:
                if not isinstance(args[0], str):
                    return "...", None
                return args[0], volatile(args[0])
            if short in {"true", "false", "null"} and name.startswith(("sqlalchemy.", "sqlmodel.")):
                return short, False
            if short in {"FetchedValue"}:
                return None, None
            if short == "DefaultClause" and args:
                return default_text(args[0])
            if ".func." in name and short.lower() in _WITHOUT_BRACKETS and not args:
                return short.upper(), volatile(short)
            if ".func." in name:
                text = f"{short}({', '.join(_literal(arg) for arg in args)})"
                return text, volatile(text)
            if short in {"cast", ".cast"}:
                inner, changes = default_text(args[0]) if args else ("...", None)
                return inner, changes
            return "...", None
        case Opaque() | Ref():
            return "...", None
        case _:
            return str(value), False


def _constant(value: Value) -> str | None:
    """A Python constant as SQL."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case str():
            return _literal(value)
        case _:
            return None


def _literal(value: Value) -> str:
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, Call):
        return default_text(value)[0] or "null"
    return str(value) if isinstance(value, int | float) else "..."


def volatile(text: str) -> bool | None:
    """Whether an SQL expression may differ from row to row; None where a function is not known."""
    bare = re.sub(r"'(?:[^']|'')*'", "", text).lower()
    called = set(re.findall(r"([a-z_][a-z0-9_.]*)\s*\(", bare))
    called = {name.rpartition(".")[2] for name in called}
    if called & _VOLATILE:
        return True
    types = {"varchar", "numeric", "decimal", "char", "character", "timestamp", "interval", "bit"}
    return False if called <= _STABLE | types else None


class ColumnReading:
    """A ``Column(...)`` call as a column, with what else it makes."""

    def __init__(self, call: Call, dialect: str, name: str | None = None) -> None:
        args = list(call.args)
        first = args[0] if args else None
        if isinstance(first, str):
            args = args[1:]
        self.name: str | None = first if isinstance(first, str) else call.get("name", name)
        if not isinstance(self.name, str):
            self.name = name
        self.type_value: Value = call.get("type_")
        self.reference: Reference | None = None
        self.foreign_key: Constraint | None = None
        self.checks: list[Constraint] = []
        self.info: Value = call.get("info")
        """What it says to the filters of an ``env.py``; None where that is nothing."""
        self.counted: Value = call.get("autoincrement")
        self.key: str | None = _text(call.get("key"))
        self.identity = False
        self.identity_said: Value = None
        self.generated: Generated | None = None
        self.computed: tuple[str, bool | None] | None = None
        self._stores = dialect not in {"mysql", "mariadb", "sqlite"}
        """Whether what a generated column gives is stored where nothing is said of that."""
        default = call.get("server_default")
        for arg in args:
            self._take(arg, first_free=self.type_value is None)
        primary = call.get("primary_key") is True
        text, changes = default_text(default)
        if isinstance(default, Call) and default.func.rpartition(".")[2] in {
            "Identity",
            "Computed",
        }:
            self._take(default, first_free=False)
            text, changes = None, None
        null = call.get("nullable", not primary)
        kind = sql_type(self.type_value, dialect) if self.type_value is not None else None
        self.index_flag = call.get("index") is True
        self.unique_flag = call.get("unique") is True
        self.column = Column(
            name=self.name or "?",
            type=kind,
            null=null if isinstance(null, bool) else None,
            server_default=text,
            server_default_volatile=changes,
            client_default=call.get("default") is not None
            or call.get("default_factory") is not None,
            client_value=_constant(call.get("default")),
            primary_key=primary,
            unique=self.unique_flag,
            indexed=self.index_flag,
            identity=self.identity,
            generated=self.generated,
            computed=self.computed,
            references=self.reference,
            makes_type=enum_along(self.type_value) if dialect == "postgresql" else None,
            comment=comment if isinstance(comment := call.get("comment"), str) else None,
        )

    def _take(self, arg: Value, *, first_free: bool) -> None:
        short = arg.func.rpartition(".")[2] if isinstance(arg, Call) else ""
        match short:
            case "ForeignKey" if isinstance(arg, Call):
                self.reference = reference_of(arg.args[0] if arg.args else arg.get("column"))
                self.foreign_key = Constraint(
                    kind=ConstraintKind.FOREIGN_KEY,
                    name=_text(arg.get("name")),
                    columns=(self.name,) if self.name else (),
                    references=self.reference,
                    more=says_more(dict(arg.kwargs)),
                    **timing_of(dict(arg.kwargs)),
                    **actions_of(dict(arg.kwargs)),
                )
            case "CheckConstraint" if isinstance(arg, Call):
                self.checks.append(
                    Constraint(
                        kind=ConstraintKind.CHECK,
                        name=_text(arg.get("name")),
                        expression=expression_text(arg.args[0]) if arg.args else None,
                    )
                )
            case "Identity":
                self.identity = True
                self.identity_said = arg
            case "Computed" if isinstance(arg, Call):
                said = arg.args[1] if len(arg.args) > 1 else arg.get("persisted")
                text = expression_text(arg.args[0] if arg.args else arg.get("sqltext"))
                if text is not None and "..." not in text and isinstance(said, bool | None):
                    self.computed = text, said
                stored = said is not False if self._stores else said not in {None, False}
                self.generated = Generated.STORED if stored else Generated.VIRTUAL
            case "Sequence" | "FetchedValue":
                pass
            case _:
                if first_free and self.type_value is None:
                    self.type_value = arg


def references_of(targets: Value) -> Reference | None:
    """The target of a key of one or several columns; all but the table is left open where they are not of one."""
    each = targets if isinstance(targets, list | tuple) else ()
    found = [reference_of(target) for target in each]
    first = found[0] if found else None
    if first is None:
        return None
    named = [r.column for r in found if r is not None and r.table == first.table and r.column]
    return replace(first, others=tuple(named[1:])) if len(named) == len(found) else first


def reference_of(value: Value) -> Reference | None:
    """The target that ``"table.column"`` or ``Model.column`` names."""
    if isinstance(value, str):
        table, _, column = value.rpartition(".")
        return Reference(table=table, column=column) if table else Reference(table=column)
    return None


_ASKS = {".is_": "IS", ".is_not": "IS NOT", ".isnot": "IS NOT"}
_ASKED = {None: "NULL", True: "true", False: "false"}
"""What these methods are asked for, ``column("paid").is_(True)``, as PostgreSQL is told."""


def expression_text(value: Value) -> str | None:
    """The SQL text of a condition or of an index's member, where it is one."""
    if isinstance(value, str):
        return value
    if isinstance(value, Call):
        short = value.func.rpartition(".")[2]
        if short in {"text", "literal_column", "column", "Column"} and value.args:
            return _text(value.args[0])
        if ".func." in value.func:
            return f"{short}({', '.join(_operand(a) for a in value.args)})"
        if short in _SUFFIXES and value.args:
            inner = expression_text(value.args[0])
            return f"{inner} {_SUFFIXES[short]}" if inner else None
        if value.func in _ASKS and len(value.args) == 2:
            inner, asked = expression_text(value.args[0]), value.args[1]
            known = asked is None or isinstance(asked, bool)
            return f"{inner} {_ASKS[value.func]} {_ASKED[asked]}" if inner and known else None
    return None


_SUFFIXES = {
    "asc": "asc",
    "desc": "desc",
    "nulls_first": "nulls first",
    "nulls_last": "nulls last",
    "nullsfirst": "nulls first",
    "nullslast": "nulls last",
}


def _operand(value: Value) -> str:
    """What a function of the database is given: a text is one, and no column."""
    match value:
        case str():
            return _literal(value)
        case bool() | None:
            return "..."
        case int() | float():
            return str(value)
        case _:
            return expression_text(value) or "..."


def constraint_of(call: Call) -> Constraint | None:
    """A table constraint such as ``sa.UniqueConstraint("a", "b", name="x")``; None for other calls."""
    short = call.func.rpartition(".")[2]
    name = _text(call.get("name"))
    match short:
        case "PrimaryKeyConstraint":
            return Constraint(kind=ConstraintKind.PRIMARY_KEY, name=name, columns=_texts(call.args))
        case "UniqueConstraint":
            return Constraint(
                kind=ConstraintKind.UNIQUE,
                name=name,
                columns=_texts(call.args),
                more=says_more(dict(call.kwargs)),
                **timing_of(dict(call.kwargs)),
            )
        case "CheckConstraint":
            text = expression_text(call.args[0] if call.args else call.get("sqltext"))
            return Constraint(kind=ConstraintKind.CHECK, name=name, expression=text)
        case "ForeignKeyConstraint":
            columns = call.args[0] if call.args else call.get("columns", ())
            targets = call.args[1] if len(call.args) > 1 else call.get("refcolumns", ())
            return Constraint(
                kind=ConstraintKind.FOREIGN_KEY,
                name=name or (_text(call.args[2]) if len(call.args) > 2 else None),
                columns=_texts(columns),
                references=references_of(targets),
                more=says_more(dict(call.kwargs)),
                **timing_of(dict(call.kwargs)),
                **actions_of(dict(call.kwargs)),
            )
        case "ExcludeConstraint":
            return Constraint(kind=ConstraintKind.EXCLUDE, name=name)
        case _:
            return None


_TOLD_OF_CONSTRAINTS = frozenset(
    {"name", "constraint_name", "table_name", "source_table", "referent_table", "info", "comment"}
    | {"columns", "refcolumns", "column", "local_cols", "remote_cols", "link_to_name", "use_alter"}
    | {"schema", "source_schema", "referent_schema", "ondelete", "onupdate", "deferrable"}
    | {"postgresql_not_valid", "postgresql_using_index", "if_not_exists"}
)
"""Options of a constraint that are taken in, or make no other constraint of it."""


def says_more(options: Mapping[str, Value]) -> bool:
    """Whether a constraint has options that its ``Constraint`` does not tell."""
    told = {k for k, v in options.items() if v is not None} - _TOLD_OF_CONSTRAINTS
    return bool(told - {"initially"} if timing_of(options)["initially"] else told)


def index_of(call: Call) -> Index:
    """``sa.Index("name", "a", "b", unique=True)``."""
    first, *members = call.args or (None,)
    return Index(
        name=_text(first),
        columns=tuple(member_text(m) for m in members),
        unique=call.get("unique") is True,
        **index_options(call.kwargs),
    )


_KEPT_OF_INDEXES = frozenset(
    {"index_name", "table_name", "columns", "name", "schema", "unique", "info", "quote"}
    | {"postgresql_using", "postgresql_where", "sqlite_where", "postgresql_concurrently"}
    | {"if_not_exists", "postgresql_if_not_exists"}
)


def index_options(given: Iterable[tuple[str, Value]]) -> dict[str, Any]:
    """The method and the condition of an index by its keyword arguments, and whether there is more."""
    said = {key: value for key, value in given if value is not None}
    where = said.get("postgresql_where", said.get("sqlite_where"))
    return {
        "method": _text(said.get("postgresql_using")),
        "condition": None if where is None else expression_text(where) or "...",
        "more": bool(said.keys() - _KEPT_OF_INDEXES)
        or ("sqlite_where" in said and "postgresql_where" not in said),
    }


def member_text(value: Value) -> str:
    """One member of an index: a column's name or an expression's text."""
    return expression_text(value) or "..."


def _text(value: Value) -> str | None:
    """A name; ``op.f("name")`` counts as that name, as far as SQLAlchemy keeps it."""
    if isinstance(value, str):
        return value
    if isinstance(value, Call) and value.func.endswith((".f", "conv")) and value.args:
        return shortened(value.args[-1]) if isinstance(value.args[-1], str) else None
    if isinstance(value, Call) and value.func.endswith("quoted_name") and value.args:
        return _text(value.args[0])
    return None


name_text = _text


def _texts(values: Value) -> tuple[str, ...]:
    if not isinstance(values, list | tuple):
        return ()
    return tuple(_names(values))


def _names(values: list[Value] | tuple[Value, ...]) -> Iterator[str]:
    for value in values:
        found = _text(value) or expression_text(value)
        yield found if found is not None else "..."
