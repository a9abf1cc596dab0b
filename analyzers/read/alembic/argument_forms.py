"""
One spelling for what operations, columns and types are given, as far as the database is given the same.

Names are full ones, and what stands inside is done.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from analyzers.read.alembic.types import sql_type, type_object
from analyzers.read.values import Call, Ref, Value

_TEXT = ("length", "collation")
_NUMBER = ("precision", "scale", "decimal_return_scale", "asdecimal")
_FLOAT = ("precision", "asdecimal", "decimal_return_scale")
_PARAMETERS = {
    **dict.fromkeys(("String", "Text", "Unicode", "UnicodeText", "VARCHAR", "CHAR"), _TEXT),
    **dict.fromkeys(("NVARCHAR", "NCHAR", "TEXT", "CLOB"), _TEXT),
    **dict.fromkeys(("LargeBinary", "BINARY", "VARBINARY", "BLOB"), ("length",)),
    **dict.fromkeys(("Numeric", "NUMERIC", "DECIMAL"), _NUMBER),
    **dict.fromkeys(("Float", "FLOAT"), _FLOAT),
    **dict.fromkeys(("DateTime", "Time", "TIMESTAMP"), ("timezone",)),
}
"""What SQLAlchemy's types take by position as well, in that order; each of its versions has the same."""

_IDLE_IN_TYPES: dict[str, tuple[object, ...]] = {
    **dict.fromkeys(("length", "collation", "precision", "scale"), (None,)),
    "decimal_return_scale": (None,),
    "timezone": (False,),
}
"""Arguments that say what holds without them."""
_IDLE_IN_COLUMNS: dict[str, tuple[object, ...]] = {
    **dict.fromkeys(("index", "unique"), (None, False)),
    **dict.fromkeys(("server_default", "default", "onupdate", "comment", "quote"), (None,)),
    "primary_key": (False,),
    "autoincrement": ("auto",),
}
_IDLE_IN_OPERATIONS: dict[str, tuple[object, ...]] = {
    **dict.fromkeys(("schema", "ondelete", "onupdate", "deferrable", "initially"), (None,)),
    **dict.fromkeys(("match", "if_exists", "if_not_exists"), (None,)),
    "unique": (None, False),
}
_IDLE_IN_CONSTRAINTS: dict[str, tuple[object, ...]] = dict.fromkeys(
    ("name", "ondelete", "onupdate", "deferrable", "initially", "match"), (None,)
)
_IDLE_WHERE_ALTERED: dict[str, tuple[object, ...]] = {
    **dict.fromkeys(("nullable", "type_", "new_column_name", "schema"), (None,)),
    "server_default": (False,),
}

_OF_SCHEMA = r"sqlalchemy\.(?:schema\.|sql\.schema\.)?"
_COLUMN = re.compile(rf"{_OF_SCHEMA}Column")
_TABLE = re.compile(rf"{_OF_SCHEMA}Table")
_PRIMARY = re.compile(rf"{_OF_SCHEMA}PrimaryKeyConstraint")
_FOREIGN = re.compile(rf"{_OF_SCHEMA}ForeignKeyConstraint")
_CONSTRAINT = re.compile(
    rf"{_OF_SCHEMA}(?:(?:PrimaryKey|ForeignKey|Unique|Check)Constraint|ForeignKey|Index)"
)
_COMPUTED = re.compile(r"\bComputed\b")
_KEEPS_NULL = re.compile(rf"{_OF_SCHEMA}(?:ForeignKey|CheckConstraint|Computed|Sequence)")
"""What a column is given that does not ask for NOT NULL, as an identity does."""
_INTEGERS = frozenset(
    f"sqlalchemy.{name}"
    for name in ("Integer", "INTEGER", "INT", "BigInteger", "BIGINT", "SmallInteger", "SMALLINT")
)
_ITERATED = frozenset({"columns", "local_cols", "remote_cols"})
"""Arguments of which Alembic only takes one name after the other."""
_LITERAL = re.compile(r"\s*'((?:[^'\\%:]|'')*)'\s*")
"""A text of SQL in which nothing is escaped, bound or doubled on the way, whatever the database."""
_EVERYWHERE = ("postgresql", "mysql", "sqlite")


def by_parameter(call: ast.Call) -> None:
    """Change ``String(40)`` into ``String(length=40)``, and take away what says nothing: ``DateTime(timezone=False)``."""
    name = _name(call)
    parameters = _PARAMETERS.get(name.rpartition(".")[2], ())
    if not parameters or len(call.args) > len(parameters):
        return
    if _starred(call) or type_object(Ref(name)) is None:
        return
    named = [ast.keyword(arg=p, value=a) for p, a in zip(parameters, call.args, strict=False)]
    everything = [*named, *call.keywords]
    if len({k.arg for k in everything}) == len(everything):
        call.args, call.keywords = [], _said(everything, _IDLE_IN_TYPES)


def as_declared(call: ast.Call) -> None:
    """Change ``Column(name="a", type_=Text, index=False)`` into ``Column("a", Text)``; constraints in the same way."""
    name = _name(call)
    if _starred(call):
        return
    if _is_column(call):
        _first_two(call)
        call.keywords = _said(call.keywords, _IDLE_IN_COLUMNS)
        _default_as_text(call)
    elif _CONSTRAINT.fullmatch(name):
        call.keywords = _said(call.keywords, _IDLE_IN_CONSTRAINTS)
        if _FOREIGN.fullmatch(name):
            call.args[:2] = [_listed(given) for given in call.args[:2]]


def as_operated(call: ast.Call, *, postgresql: bool) -> None:
    """
    Take from *call* of one of Alembic's operations what says nothing, where its arguments go by name.

    *postgresql* is whether it is certain that this is the database: there, how the
    column was before is nothing that its statements name.
    """
    match call:
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id="op" | "alembic.op"), attr=name), args=[]
        ) if not _starred(call):
            pass
        case _:
            return
    if name == "alter_column":
        _default_as_text(call)
        if postgresql:
            call.keywords = [k for k in call.keywords if not _was(k)]
        call.keywords = _said(call.keywords, _IDLE_WHERE_ALTERED)
        return
    for keyword in call.keywords:
        if keyword.arg in _ITERATED:
            keyword.value = _listed(keyword.value)
    call.keywords = _said(call.keywords, _IDLE_IN_OPERATIONS)


def of_table(call: ast.Call) -> None:
    """Take what says nothing in its place from the columns that *call* makes or adds."""
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    table = _TABLE.fullmatch(_name(call)) is not None
    if method not in {"add_column", "create_table"} and not table:
        return
    given = [*call.args, *(k.value for k in call.keywords if k.arg == "column")]
    keys = _primary_key(given, named=2 if table else 1)
    foreign = _points_elsewhere(given)
    for column in given:
        if not isinstance(column, ast.Call) or not _is_column(column) or _starred(column):
            continue
        name = _constant(column.args[0]) if column.args else None
        primary = [k.value for k in column.keywords if k.arg == "primary_key"]
        if primary and all(_constant(p) is True for p in primary):
            column.keywords = _said(column.keywords, {"nullable": (False,)})
        elif not primary and keys is not None and name not in keys and _may_be_null(column):
            column.keywords = _said(column.keywords, {"nullable": (True,)})
        if keys == [name] and foreign is not None and name not in foreign and _counts(column):
            column.keywords = _said(column.keywords, {"autoincrement": (True,)})


def with_ddl(call: ast.Call, dialect: str, *, sure: bool) -> None:
    """
    Write the types of the columns that *call* makes, adds or alters as the database is told them.

    So ``VARCHAR(40)`` is ``String(40)``. Where *dialect* is not *sure*, the other databases have to
    be told the same of both as well.
    """
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    databases = (dialect,) if sure else (dialect, *_EVERYWHERE)
    if method == "alter_column":
        for keyword in call.keywords:
            if keyword.arg in {"type_", "existing_type"}:
                keyword.value = _as_told(keyword.value, databases)
        return
    for given in (*call.args, *(k.value for k in call.keywords if k.arg == "column")):
        match given:
            case ast.Call(args=[ast.Constant(value=str()), kind, *rest]) if _is_column(given):
                given.args = [given.args[0], _as_told(kind, databases), *rest]
            case _:
                pass


def _name(call: ast.Call) -> str:
    return ast.unparse(call.func) if isinstance(call.func, ast.Name | ast.Attribute) else ""


def _starred(call: ast.Call) -> bool:
    return any(isinstance(a, ast.Starred) for a in call.args) or not all(
        k.arg for k in call.keywords
    )


def _said(
    keywords: Iterable[ast.keyword], idle: dict[str, tuple[object, ...]]
) -> list[ast.keyword]:
    """*keywords* in order of their names, without those that say what holds without them."""
    kept = [k for k in keywords if not _idle(k, idle)]
    return sorted(kept, key=lambda k: k.arg or "")


def _idle(keyword: ast.keyword, idle: dict[str, tuple[object, ...]]) -> bool:
    values = idle.get(keyword.arg or "", ())
    match keyword.value:
        case ast.Constant(value=value):
            # 0 is False for Python, and not for whoever asks what it is.
            return any(value == each and type(value) is type(each) for each in values)
        case _:
            return False


def _constant(node: ast.expr) -> object:
    return node.value if isinstance(node, ast.Constant) else None


def _first_two(column: ast.Call) -> None:
    """A column's name and its type by position, where both may stand there."""
    named = {k.arg: k for k in column.keywords}
    moved: list[ast.keyword] = []
    if not column.args and "name" in named and "type_" in named:
        moved = [named["name"], named["type_"]]
    elif len(column.args) == 1 and isinstance(_constant(column.args[0]), str) and "type_" in named:
        moved = [named["type_"]]
    column.args += [k.value for k in moved]
    column.keywords = [k for k in column.keywords if k not in moved]


def _default_as_text(call: ast.Call) -> None:
    """``server_default=text("'x'")`` as ``server_default="x"``, of which SQLAlchemy writes the same."""
    for keyword in call.keywords:
        match keyword:
            case ast.keyword(
                arg="server_default",
                value=ast.Call(args=[ast.Constant(value=str(sql))], keywords=[]) as made,
            ) if _name(made) == "sqlalchemy.text" and (literal := _LITERAL.fullmatch(sql)):
                keyword.value = ast.Constant(value=literal[1].replace("''", "'"))
            case _:
                pass


def _listed(given: ast.expr) -> ast.expr:
    """A tuple as the list that holds the same."""
    match given:
        case ast.Tuple(elts=elements):
            return ast.List(elts=elements, ctx=ast.Load())
        case _:
            return given


def _was(keyword: ast.keyword) -> bool:
    """Whether *keyword* of ``alter_column`` says how the column was, in a way that asks for nothing more."""
    match keyword.arg, keyword.value:
        case "existing_nullable" | "existing_comment" | "existing_autoincrement", ast.Constant():
            return True
        case "existing_server_default", default:
            # An identity and a computed column are altered by statements of their own.
            return _is_plain_default(default) and not _COMPUTED.search(ast.unparse(default))
        case "existing_type", kind:
            # With a type of its own a check may go that was made for the one before.
            return _ddl(kind, "postgresql") is not None or _is_native_enum(kind)
        case _:
            return False


def _is_native_enum(kind: ast.expr) -> bool:
    return (
        isinstance(kind, ast.Call)
        and _name(kind) in {"sqlalchemy.Enum", "sqlalchemy.dialects.postgresql.ENUM"}
        and not _starred(kind)
        and {k.arg for k in kind.keywords}.isdisjoint({"native_enum", "create_constraint"})
    )


def _is_column(call: ast.Call) -> bool:
    return _COLUMN.fullmatch(_name(call)) is not None


def _primary_key(given: list[ast.expr], *, named: int) -> list[object] | None:
    """
    The columns of the primary key of a table that is *given* these; None where they cannot be told.

    The first *named* may be variables: the table's name, and its metadata.
    """
    found: list[object] = []
    for position, each in enumerate(given):
        match each:
            case ast.Constant():
                pass
            case ast.Call(args=args) if _PRIMARY.fullmatch(_name(each)):
                if not args or _starred(each) or not all(map(_constant, args)):
                    return None
                found += map(_constant, args)
            case ast.Call(args=[ast.Constant(value=name), *_]) if _is_column(each):
                flags = [k for k in each.keywords if k.arg in {"primary_key", None}]
                if any(k.arg is None or _constant(k.value) is not True for k in flags):
                    return None
                found += [name] * len(flags)
            case ast.Call() if _CONSTRAINT.fullmatch(_name(each)):
                pass
            case ast.Name() | ast.Attribute() | ast.Call() if position < named and not (
                isinstance(each, ast.Call) and _is_column(each)
            ):
                pass
            case _:
                return None
    return found


def _points_elsewhere(given: list[ast.expr]) -> set[object] | None:
    """The columns of the foreign keys among *given*, by name; None where they cannot be told."""
    found: set[object] = set()
    for each in given:
        if isinstance(each, ast.Call) and _FOREIGN.fullmatch(_name(each)):
            columns = each.args[0] if each.args else None
            if not isinstance(columns, ast.List) or not all(map(_constant, columns.elts)):
                return None
            found |= set(map(_constant, columns.elts))
    return found


def _may_be_null(column: ast.Call) -> bool:
    """Whether nothing that *column* is given, but for ``nullable``, asks for NOT NULL."""
    known = all(
        isinstance(given, ast.Call) and _KEEPS_NULL.fullmatch(_name(given))
        for given in column.args[2:]
    )
    defaults = (k.value for k in column.keywords if k.arg == "server_default")
    return known and len(column.args) > 1 and all(map(_is_plain_default, defaults))


def _is_plain_default(value: ast.expr) -> bool:
    """Whether *value* is a default and no identity."""
    match value:
        case ast.Constant() | ast.Name(id="now" | "true" | "false"):
            return True
        case ast.Call():
            name = _name(value)
            return name.startswith("sqlalchemy.") and not name.endswith("Identity")
        case _:
            return False


def _counts(column: ast.Call) -> bool:
    """Whether *column*, alone in its primary key, counts up by itself where nothing else is said."""
    return (
        len(column.args) == 2
        and ast.unparse(column.args[1]) in _INTEGERS
        and {k.arg for k in column.keywords}
        <= {"autoincrement", "nullable", "primary_key", "comment"}
    )


def _as_told(kind: ast.expr, databases: tuple[str, ...]) -> ast.expr:
    """*kind* as the texts that *databases* are told for it; as it is where the first one's is not known."""
    texts = [_ddl(kind, database) for database in databases]
    if texts[0] is None:
        return kind
    words = ast.unparse(kind) if None in texts else ""
    return ast.Constant(value=f"type {texts} {words}")


_MADE_APART = re.compile(r"\b(?:Enum|ENUM|DOMAIN|SchemaType)\b")
"""Types that are made, or checked, by statements of their own."""


def _ddl(kind: ast.expr, database: str) -> str | None:
    """The type in SQL where it says all that *database* is told of *kind*, one of SQLAlchemy's own."""
    words = ast.unparse(kind)
    if not words.startswith("sqlalchemy.") or _MADE_APART.search(words):
        return None
    value = _value(kind)
    if value is None or (isinstance(kind, ast.Call) and _name(kind).lower().endswith(".boolean")):
        return None
    return sql_type(value, database or "postgresql")


def _value(node: ast.expr) -> Value:
    """A type that is written with names and constants alone; None else."""
    match node:
        case ast.Name() | ast.Attribute():
            return Ref(ast.unparse(node))
        case ast.Call() if not _starred(node):
            args = [_argument(a) for a in node.args]
            named = [(k.arg or "", _argument(k.value)) for k in node.keywords]
            if any(a is _UNKNOWN for a in args) or any(v is _UNKNOWN for _, v in named):
                return None
            return Call(_name(node), tuple(args), tuple(named))
        case _:
            return None


_UNKNOWN = Ref("?")


def _argument(node: ast.expr) -> Value:
    match node:
        case ast.Constant(value=str() | int() | bool() | None as value):
            return value
        case _:
            inner = _value(node)
            return _UNKNOWN if inner is None or type_object(inner) is None else inner
