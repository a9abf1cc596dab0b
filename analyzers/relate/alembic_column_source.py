"""A column and its type as a revision that is written calls them."""

from __future__ import annotations

import re

from analyzers.read.alembic.own_table import MappedTable
from analyzers.read.values import Call, Value
from analyzers.relate.alembic_index_source import BOUND, Unwritable
from analyzers.relate.alembic_values import values_in
from analyzers.vocabulary import Column

_TYPES = {
    "integer": "sa.Integer()",
    "int": "sa.Integer()",
    "bigint": "sa.BigInteger()",
    "smallint": "sa.SmallInteger()",
    "boolean": "sa.Boolean()",
    "bool": "sa.Boolean()",
    "text": "sa.Text()",
    "varchar": "sa.String()",
    "char": "sa.CHAR()",
    "float": "sa.Float()",
    "double precision": "sa.Double()",
    "double": "sa.Double()",
    "real": "sa.REAL()",
    "numeric": "sa.Numeric()",
    "decimal": "sa.Numeric()",
    "date": "sa.Date()",
    "datetime": "sa.DateTime()",
    "time": "sa.Time()",
    "timestamp": "sa.TIMESTAMP()",
    "timestamp without time zone": "sa.DateTime()",
    "timestamp with time zone": "sa.DateTime(timezone=True)",
    "time without time zone": "sa.Time()",
    "time with time zone": "sa.Time(timezone=True)",
    "interval": "sa.Interval()",
    "uuid": "sa.Uuid()",
    "json": "sa.JSON()",
    "jsonb": "postgresql.JSONB()",
    "bytea": "sa.LargeBinary()",
    "blob": "sa.LargeBinary()",
    "inet": "postgresql.INET()",
    "citext": "postgresql.CITEXT()",
    "tsvector": "postgresql.TSVECTOR()",
    "cidr": "postgresql.CIDR()",
    "macaddr": "postgresql.MACADDR()",
    "hstore": "postgresql.HSTORE()",
    "oid": "postgresql.OID()",
    "int4range": "postgresql.INT4RANGE()",
    "int8range": "postgresql.INT8RANGE()",
    "numrange": "postgresql.NUMRANGE()",
    "daterange": "postgresql.DATERANGE()",
    "tsrange": "postgresql.TSRANGE()",
    "tstzrange": "postgresql.TSTZRANGE()",
}
_TIME = re.compile(r"(timestamp|time)\((\d)\) (with|without) time zone")
_COLLATED = re.compile(r'(varchar|text)(?:\((\d+)\))? collate "([\w.@-]+)"')


def type_source(text: str | None, enum: str | None = None) -> str:
    """
    The SQLAlchemy source of a type's SQL.

    Raises:
        Unwritable: the type is not one that is known.

    """
    if enum is not None:
        return enum
    if text is None:
        raise Unwritable("its type is not known")
    if text.endswith("[]"):
        return f"postgresql.ARRAY({type_source(text[:-2])})"
    if timed := _TIME.fullmatch(text):
        zone = "timezone=True, " if timed[3] == "with" else ""
        return f"postgresql.{timed[1].upper()}({zone}precision={timed[2]})"
    if collated := _COLLATED.fullmatch(text):
        length = f"length={collated[2]}, " if collated[2] else ""
        kind = "String" if collated[1] == "varchar" else "Text"
        return f'sa.{kind}({length}collation="{collated[3]}")'
    if values := values_in(text):
        return f"sa.Enum({', '.join(map(repr, values))})"
    found = re.fullmatch(r"([a-z0-9 ]+?)\s*(?:\((\d+)(?:,\s*(\d+))?\))?", text)
    if found is None or found[1] not in _TYPES:
        raise Unwritable(f"what SQLAlchemy calls its type `{text}` is not known")
    name, one, two = found[1], found[2], found[3]
    if one is None:
        return _TYPES[name]
    if name in {"varchar", "char", "text"}:
        return _TYPES[name].replace("()", f"(length={one})")
    if name in {"numeric", "decimal"}:
        return (
            f"sa.Numeric(precision={one}, scale={two})" if two else f"sa.Numeric(precision={one})"
        )
    raise Unwritable(f"what SQLAlchemy calls its type `{text}` is not known")


def default_source(text: str) -> str:
    """The source of a server default; SQLite has no ``now()``, and SQLAlchemy knows what each database calls it."""
    return "sa.func.now()" if text == "now()" else f"sa.text({text!r})"


def plain_source(value: Value) -> str:
    """
    The source of a plain *value*.

    Raises:
        Unwritable: a part of it is not known.

    """
    match value:
        case None | str() | bool() | int() | float():
            return repr(value)
        case list() | tuple():
            items = ", ".join(map(plain_source, value))
            return (
                f"[{items}]" if isinstance(value, list) else f"({items}{',' * (len(value) == 1)})"
            )
        case dict():
            return f"{{{', '.join(f'{k!r}: {plain_source(v)}' for k, v in value.items())}}}"
        case _:
            raise Unwritable("not all that it is given is known")


def identity_source(said: Value) -> str:
    """
    The source of an ``Identity(...)``: its values may always be the database's, and begin elsewhere.

    Raises:
        Unwritable: not all that it says is known.

    """
    if not isinstance(said, Call):
        raise Unwritable("what its identity says is not known")
    given = [*map(plain_source, said.args), *(f"{k}={plain_source(v)}" for k, v in said.kwargs)]
    return f"sa.Identity({', '.join(given)})"


def column_source(column: Column, enum: str | None, model: MappedTable | None = None) -> str:
    """
    The ``sa.Column(...)`` of *column*; *enum* is the source of its type, where that is an enum.

    What its *model* says of it besides is said as well.

    Raises:
        Unwritable: something of it is not known.

    """
    if column.generated is not None and column.computed is None:
        raise Unwritable("what it is computed from is not known")
    if column.null is None:
        # Left out, it would say that the column may be NULL.
        raise Unwritable("whether it may be NULL is not known")
    parts = [f'"{column.name}"', type_source(column.type, enum)]
    if column.identity:
        said = model.identities.get(column.name) if model is not None else None
        parts.append(identity_source(said) if said is not None else "sa.Identity()")
    if column.computed is not None:
        text, stored = column.computed
        if BOUND.search(text):
            raise Unwritable("what it is computed from asks for a parameter")
        kept = "" if stored is None else f", persisted={stored}"
        parts.append(f"sa.Computed({text!r}{kept})")
    if column.server_default is not None:
        if column.server_default == "...":
            raise Unwritable("its server default is not known")
        parts.append(f"server_default={default_source(column.server_default)}")
    if model is not None and column.name in model.counted:
        # Without a word a single key of whole numbers is one that the database counts.
        parts.append(f"autoincrement={plain_source(model.counted[column.name])}")
    parts.append(f"nullable={column.null}")
    if column.comment is not None:
        parts.append(f"comment={column.comment!r}")
    return f"sa.Column({', '.join(parts)})"
