"""SQLAlchemy's types, evaluated from source, as a database's."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from analyzers.read.alembic.enums import MEMBERS_UNKNOWN
from analyzers.read.values import Call, Ref, Value, name_or_source
from analyzers.vocabulary import Column

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect

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
