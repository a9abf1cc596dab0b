"""Alembic's calls that run statements or code, as changes of the vocabulary."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

from analyzers.read.alembic.arguments import Arguments
from analyzers.read.alembic.entities import added_sql, entity_sql, listed, synced_sql
from analyzers.read.alembic.sql_texts import name_text
from analyzers.read.alembic.statements import is_query, statements_of
from analyzers.read.values import Call, Opaque, Value
from analyzers.vocabulary import (
    FEW_ROWS,
    RunCode,
    RunStatement,
    SchemaChange,
)


def comment(r: Arguments) -> Iterator[SchemaChange]:
    """A comment on a table."""
    yield commented(r, f"TABLE {r.table()}", r.table())


def commented(r: Arguments, what: str, table: str | None) -> RunStatement:
    """The comment on *what*, of *table*; nothing has to be done to go back."""
    return RunStatement(
        place=r.place,
        table=table,
        sql=f"COMMENT ON {what}",
        reverse_sql="",
        locks="SHARE UPDATE EXCLUSIVE" if r.dialect == "postgresql" else None,
    )


def recreate(r: Arguments) -> Iterator[SchemaChange]:
    """A batch that is told to copy its table, whatever is done to it."""
    table = r.table()
    if table is not None and r.dialect in {"postgresql", "sqlite"}:
        copy = f"_alembic_tmp_{table.rpartition('.')[2]}"
        yield RunStatement(
            place=r.place,
            table=table,
            sql=f"INSERT INTO {copy} SELECT * FROM {table}",  # noqa: S608 - read, not run
            reverse_sql="",
            locks="ACCESS EXCLUSIVE" if r.dialect == "postgresql" else None,
            in_state=False,
        )


def bulk_insert(r: Arguments) -> Iterator[SchemaChange]:
    """Rows that the revision brings."""
    table = _table_of(r.arg(0, "table"))
    rows = r.arg(1, "rows")
    yield RunStatement(
        place=r.place,
        table=table,
        sql=None,
        kind="insert",
        writes=(table,) if table else (),
        in_state=False,
        reversible=None,
        few=isinstance(rows, list | tuple)
        and len(rows) <= FEW_ROWS
        and all(isinstance(row, dict) for row in rows)
        and not r.call.loops,
    )


def execute(r: Arguments) -> Iterator[SchemaChange]:
    """A statement: its text, or an expression of SQLAlchemy's."""
    value = r.arg(0, "sqltext", r.option("statement"))
    text = _sql_text(value)
    if text is not None:
        yield from statements_of(text, r.place, r.dialect)
        return
    verb, table = _expression(value)
    if verb == "select":
        return
    if verb is None and _asks(value):
        return
    if verb is None:
        yield RunCode(
            place=r.place,
            function=r.call.text,
            in_state=False,
            reversible=None,
            unread_sql=_MOVES_ROWS.match(_begins(value)) is None,
        )
        return
    yield RunStatement(
        place=r.place,
        table=table,
        sql=None,
        kind=verb,
        writes=(table,) if table else (),
        in_state=False,
        reversible=None,
    )


def _sql_text(value: Value) -> str | None:
    """The SQL of a string or ``text("...")``, bound parameters left as they are."""
    match value:
        case str():
            return value
        case Call(func=name, args=(first, *_)) if name.rpartition(".")[2] in {"text", "DDL"}:
            # `text("...").bindparams(...)` is a method called on the text.
            return _sql_text(first) if isinstance(first, str) else None
        case Call(func=".bindparams" | ".execution_options" | ".columns", args=(first, *_)):
            return _sql_text(first)
        case _:
            return None


_MOVES_ROWS = re.compile(r"\s*(?:insert|update|delete|merge|copy|with|select)\b", re.IGNORECASE)


def _asks(value: Value) -> bool:
    """
    Whether SQL that is put together as it runs is a query, as far as its constant text says.

    What is asked for and of which table, or that it is of one, stands in front of the first gap.
    """
    begins, texts = _begins(value), _constants(value)
    return bool(begins) and is_query(begins, texts)


def _begins(value: Value) -> str:
    """The constant text that SQL which is put together as it runs begins with."""
    match _put_together(value):
        case str(text):
            return text.partition("{")[0]
        case ast.expr() as first:
            pass
        case _:
            return ""
    while isinstance(first, ast.BinOp):
        first = first.left
    if isinstance(first, ast.JoinedStr) and first.values:
        first = first.values[0]
    if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
        return ""
    return first.value.partition("%")[0]


def _constants(value: Value) -> str:
    """All constant text of it."""
    made = _put_together(value)
    if not isinstance(made, ast.expr):
        return made or ""
    texts = (n.value for n in ast.walk(made) if isinstance(n, ast.Constant))
    return " ".join(map(str, texts))


def _put_together(value: Value) -> ast.expr | str | None:
    """The pattern of ``"...".format(...)``, or the expression that makes the text."""
    if isinstance(value, Call) and value.func.rpartition(".")[2] == "text" and value.args:
        value = value.args[0]
    match value:
        case Call(func=".format", args=(str(text), *_)):
            return text
        case Opaque(text):
            try:
                return ast.parse(text, mode="eval").body
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                return None
        case _:
            return None


def _expression(value: Value) -> tuple[str | None, str | None]:
    """The verb and the table of an SQLAlchemy expression; None where it is none."""
    seen = 0
    while isinstance(value, Call) and seen < 50:
        seen += 1
        short = value.func.rpartition(".")[2]
        if short in {"update", "insert", "delete", "select"} and value.args:
            return short, _table_of(value.args[0])
        if not value.func.startswith(".") or not value.args:
            break
        value = value.args[0]
    return None, None


def _table_of(value: Value) -> str | None:
    """The name in ``sa.table("name", ...)`` or ``sa.Table("name", metadata, ...)``."""
    if isinstance(value, Call) and value.func.rpartition(".")[2] in {"table", "Table"}:
        return name_text(value.args[0]) if value.args else name_text(value.get("name"))
    return None


def entity(r: Arguments) -> Iterator[SchemaChange]:
    """Functions, views and triggers (alembic-utils)."""
    sql = entity_sql(r.call.name, r.arg(0, "entity"))
    if sql is not None:
        yield from statements_of(sql, r.place, r.dialect)
        return
    yield RunStatement(place=r.place, sql=None, kind="other", in_state=False, reversible=None)


def enum_labels(r: Arguments) -> Iterator[SchemaChange]:
    """Other labels of an enum, or one more (alembic-postgresql-enum), which does nothing elsewhere."""
    if r.dialect != "postgresql":
        return
    schema, name = r.arg(0, "enum_schema"), r.arg(1, "enum_name")
    statements: tuple[str, ...] | None
    if r.call.name == "add_enum_value":
        added = added_sql(schema, name, r.arg(2, "new_value"))
        statements = (added,) if added is not None else None
    else:
        columns = r.arg(3, "affected_columns")
        statements = synced_sql(schema, name, r.arg(2, "new_values"), columns)
    if statements is None:
        yield RunStatement(place=r.place, sql=None, kind="other", in_state=False, reversible=None)
    for statement in statements or ():
        yield from statements_of(statement, r.place, r.dialect)


def enum_type(r: Arguments) -> Iterator[SchemaChange]:
    """An enum made or dropped by itself: ``sa.Enum(...).create(op.get_bind())``."""
    receiver: Any = r.call.args[0] if r.call.args else None
    verb = "DROP" if r.option("verb") == ".drop" else "CREATE"
    name = name_text(receiver.get("name")) if isinstance(receiver, Call) else None
    labels = listed(receiver.args) if isinstance(receiver, Call) else "..."
    body = f" AS ENUM ({labels})" if verb == "CREATE" else ""
    sql = f"{verb} TYPE {name or '...'}{body}"
    yield RunStatement(place=r.place, sql=sql, kind="other", in_state=False, reversible=None)


def code(r: Arguments) -> Iterator[SchemaChange]:
    """Python that reads or writes rows."""
    yield RunCode(
        place=r.place,
        function=r.call.text,
        in_state=False,
        reversible=None,
        loads_all=r.call.text.endswith(").all()"),
        batched=r.call.loops and "limit" in r.call.text.lower(),
    )
