"""Alembic's calls as schema changes of the vocabulary."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from analyzers.read.alembic.entities import entity_sql
from analyzers.read.alembic.naming import index_name
from analyzers.read.alembic.operations import OpCall
from analyzers.read.alembic.statements import statements_of
from analyzers.read.alembic.types import (
    ColumnReading,
    constraint_of,
    default_text,
    expression_text,
    index_of,
    member_text,
    name_text,
    sql_type,
)
from analyzers.read.values import Call, Value
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
    Place,
    Reference,
    RenameColumn,
    RenameTable,
    RunCode,
    RunStatement,
    SchemaChange,
    UnknownChange,
)

_ABSENT = object()
_CONSTRAINTS = {
    "foreignkey": ConstraintKind.FOREIGN_KEY,
    "unique": ConstraintKind.UNIQUE,
    "check": ConstraintKind.CHECK,
    "primary": ConstraintKind.PRIMARY_KEY,
}


def changes_of(call: OpCall, path: str, dialect: str) -> tuple[SchemaChange, ...]:
    """What *call* changes; several where one call makes a column and its index."""
    reader = _READERS.get(call.name)
    place = Place(path, call.line, call.end_line)
    if reader is None:
        found: tuple[SchemaChange, ...] = (UnknownChange(place=place, text=call.text),)
    else:
        found = tuple(reader(_Reading(call, place, dialect)))
    if call.autocommit:
        found = tuple(replace(change, autocommit=True) for change in found)
    if call.guarded:
        found = tuple(_guarded(change) for change in found)
    return found


def _guarded(change: SchemaChange) -> SchemaChange:
    """*change* under a condition: it may find its object there already, or gone."""
    match change:
        case CreateTable() | AddColumn() | AddIndex():
            return replace(change, if_not_exists=True)
        case DropTable() | DropColumn() | DropIndex() | DropConstraint():
            return replace(change, if_exists=True)
        case _:
            return change


class _Reading:
    """One call's arguments, the same in and outside of ``batch_alter_table``."""

    def __init__(self, call: OpCall, place: Place, dialect: str) -> None:
        self.call = call
        self.place = place
        self.dialect = dialect
        self.in_batch = call.batch is not None
        self.copies = call.batch is not None and call.batch[1] != "never"
        """In a batch that copies its table on SQLite for all but the plainest changes."""

    def arg(self, position: int, name: str, default: Value = None) -> Value:
        """The argument that stands at *position* outside of a batch, where no table is named."""
        return self.call.get(position, name, default)

    def option(self, name: str, default: Value = None) -> Value:
        return self.call.option(name, default)

    def table(self, position: int = 0, name: str = "table_name") -> str | None:
        if self.call.batch is not None:
            table, schema = self.call.batch[0], self.call.schema
        else:
            table = name_text(self.arg(position, name))
            schema = name_text(self.option("schema") or self.option("source_schema"))
        return qualified(table, schema)

    def after_table(self, position: int, name: str) -> Value:
        """An argument that stands after the table's name, at *position* outside of a batch."""
        return self.call.get(position - 1 if self.in_batch else position, name)

    def unknown(self, table: str | None = None) -> UnknownChange:
        """A change that is not read, of *table* at most where that is known."""
        return UnknownChange(place=self.place, table=table, text=self.call.text)


def qualified(table: str | None, schema: str | None) -> str | None:
    """``schema.table``; the default schema goes without saying."""
    return f"{schema}.{table}" if table and schema and schema != "public" else table


def _names(value: Value) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list | tuple):
        return tuple(member_text(item) for item in value)
    return ()


def _create_table(r: _Reading) -> Iterator[SchemaChange]:
    table = r.table()
    columns: list[Column] = []
    constraints: list[Constraint] = []
    indexes: list[Index] = []
    complete = table is not None
    for item in r.call.args[1:]:
        if not isinstance(item, Call):
            complete = complete and item is None
            continue
        short = item.func.rpartition(".")[2]
        if short in {"Column", "column"}:
            reading = ColumnReading(item, r.dialect)
            complete = complete and reading.name is not None
            columns.append(reading.column)
            constraints += [*reading.checks]
            if reading.foreign_key:
                constraints.append(reading.foreign_key)
            if reading.index_flag:
                indexes.append(_column_index(table, reading, name=None))
        elif short == "Index":
            indexes.append(index_of(item))
        else:
            constraint = constraint_of(item)
            if constraint is not None:
                constraints.append(constraint)
            else:
                complete = False
    keys = {name for c in constraints if c.kind is ConstraintKind.PRIMARY_KEY for name in c.columns}
    columns = [
        replace(column, primary_key=True, null=False)
        if column.name in keys or column.primary_key
        else column
        for column in columns
    ]
    if table is None:
        yield r.unknown()
        return
    yield CreateTable(
        place=r.place,
        table=table,
        columns=tuple(columns),
        indexes=tuple(indexes),
        constraints=tuple(constraints),
        if_not_exists=r.option("if_not_exists") is True,
    )
    if not complete:
        yield UnknownChange(place=r.place, table=table, text=r.call.text)


def _column_index(table: str | None, reading: ColumnReading, name: str | None) -> Index:
    made = name or (index_name({}, table, reading.name or "?") if table is not None else None)
    return Index(name=made, columns=(reading.name or "?",), unique=reading.unique_flag)


def _add_column(r: _Reading) -> Iterator[SchemaChange]:
    table = r.table()
    value = r.after_table(1, "column")
    if not isinstance(value, Call) or table is None:
        yield r.unknown(table)
        return
    reading = ColumnReading(value, r.dialect)
    if reading.name is None:
        yield r.unknown(table)
        return
    # What the call makes beside the column are changes of their own.
    plain = replace(reading.column, references=None, unique=False, indexed=False)
    yield AddColumn(
        place=r.place,
        table=table,
        column=plain,
        if_not_exists=r.option("if_not_exists") is True,
    )
    if reading.index_flag:
        yield AddIndex(place=r.place, table=table, index=_column_index(table, reading, None))
    elif reading.unique_flag:
        unique = Constraint(kind=ConstraintKind.UNIQUE, name=None, columns=(reading.name,))
        yield AddConstraint(place=r.place, table=table, constraint=unique)
    if reading.foreign_key:
        inline = r.option("inline_references") is True
        yield AddConstraint(
            place=r.place, table=table, constraint=reading.foreign_key, inline=inline
        )
    for check in reading.checks:
        yield AddConstraint(place=r.place, table=table, constraint=check)


def _drop_column(r: _Reading) -> Iterator[SchemaChange]:
    table, name = r.table(), name_text(r.after_table(1, "column_name"))
    if table is None or name is None:
        yield r.unknown(table)
        return
    if_exists = r.option("if_exists") is True
    yield DropColumn(place=r.place, table=table, column=name, if_exists=if_exists)


def _alter_column(r: _Reading) -> Iterator[SchemaChange]:
    table, name = r.table(), name_text(r.after_table(1, "column_name"))
    if table is None or name is None:
        yield r.unknown(table)
        return
    new_type, null = r.option("type_"), r.option("nullable")
    default = r.option("server_default", _ABSENT)
    # `server_default=False` means "leave it", None means "drop it".
    sets_default = default is not _ABSENT and default is not False
    text, changes = default_text(default) if sets_default else (None, None)
    existing_type, existing_null = r.option("existing_type"), r.option("existing_nullable")
    known_type = sql_type(new_type if new_type is not None else existing_type, r.dialect)
    if new_type is not None or isinstance(null, bool) or sets_default or null is not None:
        was = r.option("existing_server_default", _ABSENT)
        before = Column(
            name=name,
            type=sql_type(existing_type, r.dialect) if existing_type is not None else None,
            null=existing_null if isinstance(existing_null, bool) else None,
            server_default=default_text(was)[0] if was is not _ABSENT else None,
        )
        said = existing_type is not None and isinstance(existing_null, bool)
        using = r.option("postgresql_using")
        after_null = null if isinstance(null, bool) else before.null
        yield AlterColumn(
            place=r.place,
            table=table,
            before=before if said else None,
            after=Column(
                name=name,
                type=known_type,
                null=after_null,
                server_default=text if sets_default else before.server_default,
                server_default_volatile=changes,
            ),
            sets_type=new_type is not None,
            sets_null=null is not None,
            sets_default=sets_default,
            using=expression_text(using) if using is not None else None,
        )
    if r.option("comment", False) is not False:
        yield _commented(r, f"COLUMN {table}.{name}", table)
    renamed = name_text(r.option("new_column_name") or r.option("name"))
    if renamed is not None and renamed != name:
        yield RenameColumn(
            place=r.place, table=table, column=name, new_name=renamed, by_copy=r.copies
        )


def _create_index(r: _Reading) -> Iterator[SchemaChange]:
    table = r.table(1, "table_name")
    index = Index(
        name=name_text(r.arg(0, "index_name")),
        columns=_names(r.after_table(2, "columns")),
        unique=r.option("unique") is True,
        method=name_text(r.option("postgresql_using")),
        condition=expression_text(r.option("postgresql_where", r.option("sqlite_where"))),
    )
    yield AddIndex(
        place=r.place,
        table=table,
        index=index,
        concurrently=r.option("postgresql_concurrently") is True,
        if_not_exists=r.option("if_not_exists") is True
        or r.option("postgresql_if_not_exists") is True,
    )


def _drop_index(r: _Reading) -> Iterator[SchemaChange]:
    yield DropIndex(
        place=r.place,
        table=r.table(1, "table_name"),
        index=Index(name=name_text(r.arg(0, "index_name"))),
        concurrently=r.option("postgresql_concurrently") is True,
        if_exists=r.option("if_exists") is True or r.option("postgresql_if_exists") is True,
    )


def _create_foreign_key(r: _Reading) -> Iterator[SchemaChange]:
    target = name_text(r.after_table(2, "referent_table"))
    schema = name_text(r.option("referent_schema"))
    columns = _names(r.after_table(4, "remote_cols"))
    reference = (
        Reference(table=qualified(target, schema) or target, column=columns[0] if columns else None)
        if target
        else None
    )
    yield AddConstraint(
        place=r.place,
        table=r.table(1, "source_table"),
        constraint=Constraint(
            kind=ConstraintKind.FOREIGN_KEY,
            name=name_text(r.arg(0, "constraint_name")),
            columns=_names(r.after_table(3, "local_cols")),
            references=reference,
            validated=r.option("postgresql_not_valid") is not True,
            deferrable=r.option("deferrable") is True,
        ),
    )


def _create_check(r: _Reading) -> Iterator[SchemaChange]:
    yield AddConstraint(
        place=r.place,
        table=r.table(1, "table_name"),
        constraint=Constraint(
            kind=ConstraintKind.CHECK,
            name=name_text(r.arg(0, "constraint_name")),
            expression=expression_text(r.after_table(2, "condition")),
            validated=r.option("postgresql_not_valid") is not True,
        ),
    )


def _create_unique(r: _Reading) -> Iterator[SchemaChange]:
    yield _listed(r, ConstraintKind.UNIQUE)


def _create_primary_key(r: _Reading) -> Iterator[SchemaChange]:
    yield _listed(r, ConstraintKind.PRIMARY_KEY)


def _listed(r: _Reading, kind: ConstraintKind) -> AddConstraint:
    using = name_text(r.option("postgresql_using_index"))
    constraint = Constraint(
        kind=kind,
        name=name_text(r.arg(0, "constraint_name")),
        columns=_names(r.after_table(2, "columns")),
        deferrable=r.option("deferrable") is True,
        using_index=using,
    )
    return AddConstraint(place=r.place, table=r.table(1, "table_name"), constraint=constraint)


def _create_exclude(r: _Reading) -> Iterator[SchemaChange]:
    yield AddConstraint(
        place=r.place,
        table=r.table(1, "table_name"),
        constraint=Constraint(
            kind=ConstraintKind.EXCLUDE, name=name_text(r.arg(0, "constraint_name"))
        ),
    )


def _drop_constraint(r: _Reading) -> Iterator[SchemaChange]:
    written = name_text(r.after_table(2, "type_"))
    name = name_text(r.arg(0, "constraint_name"))
    kind = _CONSTRAINTS.get(written or "", _kind_by_name(name))
    yield DropConstraint(
        place=r.place,
        table=r.table(1, "table_name"),
        constraint=Constraint(kind=kind, name=name),
        if_exists=r.option("if_exists") is True,
    )


def _kind_by_name(name: str | None) -> ConstraintKind:
    """What a constraint is likely to be by PostgreSQL's own way of naming them."""
    if name and re.search(r"(_fkey|_fk)$|^fk_", name):
        return ConstraintKind.FOREIGN_KEY
    if name and re.search(r"(_key|_uniq?)$|^uq_", name):
        return ConstraintKind.UNIQUE
    if name and re.search(r"_pkey$|^pk_", name):
        return ConstraintKind.PRIMARY_KEY
    return ConstraintKind.CHECK


def _drop_table(r: _Reading) -> Iterator[SchemaChange]:
    table = r.table()
    if table is None:
        yield r.unknown()
        return
    yield DropTable(place=r.place, table=table, if_exists=r.option("if_exists") is True)


def _rename_table(r: _Reading) -> Iterator[SchemaChange]:
    schema = name_text(r.option("schema"))
    old = qualified(name_text(r.arg(0, "old_table_name")), schema)
    new = qualified(name_text(r.arg(1, "new_table_name")), schema)
    if old is None or new is None:
        yield r.unknown()
        return
    yield RenameTable(place=r.place, table=old, new_name=new)


def _comment(r: _Reading) -> Iterator[SchemaChange]:
    yield _commented(r, f"TABLE {r.table()}", r.table())


def _commented(r: _Reading, what: str, table: str | None) -> RunStatement:
    return RunStatement(
        place=r.place,
        table=table,
        sql=f"COMMENT ON {what}",
        reverse_sql="",
        locks="SHARE UPDATE EXCLUSIVE" if r.dialect == "postgresql" else None,
    )


def _recreate(r: _Reading) -> Iterator[SchemaChange]:
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


def _bulk_insert(r: _Reading) -> Iterator[SchemaChange]:
    table = _table_of(r.arg(0, "table"))
    yield RunStatement(
        place=r.place,
        table=table,
        sql=None,
        kind="insert",
        writes=(table,) if table else (),
        in_state=False,
        reversible=None,
    )


def _execute(r: _Reading) -> Iterator[SchemaChange]:
    value = r.arg(0, "sqltext", r.option("statement"))
    text = sql_text(value)
    if text is not None:
        yield from statements_of(text, r.place, r.dialect)
        return
    verb, table = _expression(value)
    if verb == "select":
        return
    if verb is None:
        yield RunCode(place=r.place, function=r.call.text, in_state=False, reversible=None)
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


def sql_text(value: Value) -> str | None:
    """The SQL of a string or ``text("...")``, bound parameters left as they are."""
    match value:
        case str():
            return value
        case Call(func=name, args=(first, *_)) if name.rpartition(".")[2] in {"text", "DDL"}:
            # `text("...").bindparams(...)` is a method called on the text.
            return sql_text(first) if isinstance(first, str) else None
        case Call(func=".bindparams" | ".execution_options" | ".columns", args=(first, *_)):
            return sql_text(first)
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


def _entity(r: _Reading) -> Iterator[SchemaChange]:
    """Functions, views and triggers (alembic-utils), enum labels (alembic-postgresql-enum)."""
    sql = entity_sql(r.call.name, r.arg(0, "entity"))
    if sql is not None:
        yield from statements_of(sql, r.place, r.dialect)
        return
    yield RunStatement(place=r.place, sql=None, kind="other", in_state=False, reversible=None)


def _type(r: _Reading) -> Iterator[SchemaChange]:
    """An enum made or dropped by itself: ``sa.Enum(...).create(op.get_bind())``."""
    receiver: Any = r.call.args[0] if r.call.args else None
    verb = "DROP" if r.option("verb") == ".drop" else "CREATE"
    name = name_text(receiver.get("name")) if isinstance(receiver, Call) else None
    labels = ", ".join(f"'{item}'" for item in receiver.args if isinstance(item, str))
    body = f" AS ENUM ({labels})" if verb == "CREATE" else ""
    sql = f"{verb} TYPE {name or '...'}{body}"
    yield RunStatement(place=r.place, sql=sql, kind="other", in_state=False, reversible=None)


def _code(r: _Reading) -> Iterator[SchemaChange]:
    yield RunCode(
        place=r.place,
        function=r.call.text,
        in_state=False,
        reversible=None,
        loads_all=r.call.text.endswith(").all()"),
        batched=r.call.loops and "limit" in r.call.text.lower(),
    )


def _opaque(r: _Reading) -> Iterator[SchemaChange]:
    yield r.unknown()


def _nothing(_: _Reading) -> Iterator[SchemaChange]:
    yield from ()


_READERS = {
    "create_table": _create_table,
    "add_column": _add_column,
    "drop_column": _drop_column,
    "alter_column": _alter_column,
    "create_index": _create_index,
    "drop_index": _drop_index,
    "create_foreign_key": _create_foreign_key,
    "create_check_constraint": _create_check,
    "create_unique_constraint": _create_unique,
    "create_primary_key": _create_primary_key,
    "create_exclude_constraint": _create_exclude,
    "drop_constraint": _drop_constraint,
    "drop_table": _drop_table,
    "rename_table": _rename_table,
    "create_table_comment": _comment,
    "drop_table_comment": _comment,
    "recreate": _recreate,
    "bulk_insert": _bulk_insert,
    "execute": _execute,
    "create_entity": _entity,
    "replace_entity": _entity,
    "drop_entity": _entity,
    "sync_enum_values": _entity,
    "type": _type,
    "code": _code,
    "opaque": _opaque,
    "raise": _nothing,
}
