"""What SQLAlchemy's expressions and defaults are in SQL, and the names that they give."""

from __future__ import annotations

import re

from analyzers.read.alembic.naming import shortened
from analyzers.read.values import Call, Opaque, Ref, Value

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


def constant(value: Value) -> str | None:
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
            return name_text(value.args[0])
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


def member_text(value: Value) -> str:
    """One member of an index: a column's name or an expression's text."""
    return expression_text(value) or "..."


def name_text(value: Value) -> str | None:
    """A name; ``op.f("name")`` counts as that name, as far as SQLAlchemy keeps it."""
    if isinstance(value, str):
        return value
    if isinstance(value, Call) and value.func.endswith((".f", "conv")) and value.args:
        return shortened(value.args[-1]) if isinstance(value.args[-1], str) else None
    if isinstance(value, Call) and value.func.endswith("quoted_name") and value.args:
        return name_text(value.args[0])
    return None
