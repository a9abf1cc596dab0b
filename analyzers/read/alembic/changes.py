"""Alembic's calls as schema changes of the vocabulary."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from analyzers.read.alembic import executed
from analyzers.read.alembic.actions import actions_of, timing_of
from analyzers.read.alembic.arguments import Arguments, names_of, qualified
from analyzers.read.alembic.calls import OpCall
from analyzers.read.alembic.column_reading import ColumnReading
from analyzers.read.alembic.constraints import constraint_of, index_of, index_options, says_more
from analyzers.read.alembic.enums import with_enum
from analyzers.read.alembic.naming import index_name
from analyzers.read.alembic.sql_texts import default_text, expression_text, name_text
from analyzers.read.alembic.types import enum_along, sql_type, with_own_type
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
        found = tuple(reader(Arguments(call, place, dialect)))
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


def _create_table(r: Arguments) -> Iterator[SchemaChange]:
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
            reading = ColumnReading(with_enum(item), r.dialect)
            complete = complete and reading.name is not None
            columns.append(with_own_type(reading.column, reading.type_value))
            constraints += [*reading.checks]
            if reading.foreign_key:
                constraints.append(reading.foreign_key)
            if reading.index_flag:
                indexes.append(_column_index(table, reading, name=None))
        elif short == "Index":
            indexes.append(index_of(item))
        elif short == "MetaData":
            continue  # handed over as to a `Table`: Alembic has its own, and takes nothing of it
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
        partitioned=r.dialect == "postgresql" and r.option("postgresql_partition_by") is not None,
    )
    if not complete:
        yield UnknownChange(place=r.place, table=table, text=r.call.text)


def _column_index(table: str | None, reading: ColumnReading, name: str | None) -> Index:
    made = name or (index_name({}, table, reading.name or "?") if table is not None else None)
    return Index(name=made, columns=(reading.name or "?",), unique=reading.unique_flag)


def _numbers_itself(reading: ColumnReading, column: Call) -> bool:
    """Whether *column* is added as SERIAL: an integer key to which nothing else gives its values."""
    auto = column.get("autoincrement", "auto")
    return (
        reading.column.primary_key
        and reading.column.type in {"integer", "bigint", "smallint"}
        and reading.column.server_default is None
        and (auto is True or (auto == "auto" and reading.reference is None))
    )


def _add_column(r: Arguments) -> Iterator[SchemaChange]:
    table = r.table()
    value = r.after_table(1, "column")
    if not isinstance(value, Call) or table is None:
        yield r.unknown(table)
        return
    reading = ColumnReading(with_enum(value), r.dialect)
    if reading.name is None:
        yield r.unknown(table)
        return
    # What the call makes beside the column are changes of their own.
    plain = with_own_type(reading.column, reading.type_value)
    plain = replace(plain, references=None, unique=False, indexed=False)
    if r.dialect == "postgresql" and _numbers_itself(reading, value):
        plain = replace(plain, identity=True)
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


def _drop_column(r: Arguments) -> Iterator[SchemaChange]:
    table, name = r.table(), name_text(r.after_table(1, "column_name"))
    if table is None or name is None:
        yield r.unknown(table)
        return
    if_exists = r.option("if_exists") is True
    yield DropColumn(place=r.place, table=table, column=name, if_exists=if_exists)


def _alter_column(r: Arguments) -> Iterator[SchemaChange]:
    said = r.after_table(1, "column_name")
    table, name = r.table(), name_text(said)
    if _asks_for_nothing(r, said):
        return
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
    renamed = name_text(r.option("new_column_name") or r.option("name"))
    whole = None
    copied = r.call.batch is not None and r.call.batch[1] == "always"
    if r.dialect in {"mysql", "mariadb"} and not copied:
        whole = _written_whole(r, name, known_type)
    alters = new_type is not None or isinstance(null, bool) or sets_default or null is not None
    if alters:
        was = r.option("existing_server_default", _ABSENT)
        before = Column(
            name=name,
            type=sql_type(existing_type, r.dialect) if existing_type is not None else None,
            null=existing_null if isinstance(existing_null, bool) else None,
            server_default=default_text(was)[0] if was is not _ABSENT else None,
        )
        using = r.option("postgresql_using")
        after = Column(
            name=name,
            type=known_type,
            null=null if isinstance(null, bool) else before.null,
            server_default=text if sets_default else before.server_default,
            server_default_volatile=changes,
            makes_type=enum_along(new_type) if r.dialect == "postgresql" else None,
        )
        yield AlterColumn(
            place=r.place,
            table=table,
            before=with_own_type(before, existing_type) if existing_type is not None else None,
            after=with_own_type(after, new_type if new_type is not None else existing_type),
            sets_type=new_type is not None,
            sets_null=null is not None,
            sets_default=sets_default,
            using=expression_text(using) if using is not None else None,
            whole=whole,
        )
    if r.option("comment", False) is not False:
        yield executed.commented(r, f"COLUMN {table}.{name}", table)
    if renamed is not None and renamed != name:
        yield RenameColumn(
            place=r.place,
            table=table,
            column=name,
            new_name=renamed,
            by_copy=r.copies,
            whole=None if alters else whole,
        )


def _asks_for_nothing(r: Arguments, said: Value) -> bool:
    """
    Whether a column stands where its name belongs, with nothing beside it that is to change.

    Alembic takes ``alter_column("a", Column("b", nullable=False))`` for a name, and runs nothing.
    """
    given = isinstance(said, Call) and said.func.rpartition(".")[2] == "Column"
    options = ("nullable", "type_", "autoincrement", "new_column_name", "name", "comment")
    return (
        given
        and r.dialect != "sqlite"
        and all(r.option(o, _ABSENT) is _ABSENT for o in (*options, "server_default"))
    )


def _written_whole(r: Arguments, name: str, kind: str | None) -> Column | None:
    """What MySQL is told of the column, which Alembic alters by ``MODIFY`` and ``CHANGE``; None for its default alone."""
    asked = ("nullable", "type_", "autoincrement", "new_column_name", "name")
    if all(r.option(o) is None for o in asked) and r.option("comment", False) is False:
        return None
    null, default = r.option("nullable"), r.option("server_default", False)
    if null is None:
        null = r.option("existing_nullable")
    if default is False:
        default = r.option("existing_server_default")
    return Column(
        name=name,
        type=kind,
        null=True if null is None else null if isinstance(null, bool) else None,
        server_default=default_text(default)[0],
    )


def _create_index(r: Arguments) -> Iterator[SchemaChange]:
    table = r.table(1, "table_name")
    index = Index(
        name=name_text(r.arg(0, "index_name")),
        columns=names_of(r.after_table(2, "columns")),
        unique=r.option("unique") is True,
        **index_options(r.call.kwargs),
    )
    yield AddIndex(
        place=r.place,
        table=table,
        index=index,
        concurrently=r.option("postgresql_concurrently") is True,
        if_not_exists=r.option("if_not_exists") is True
        or r.option("postgresql_if_not_exists") is True,
    )


def _drop_index(r: Arguments) -> Iterator[SchemaChange]:
    yield DropIndex(
        place=r.place,
        table=r.table(1, "table_name"),
        index=Index(name=name_text(r.arg(0, "index_name"))),
        concurrently=r.option("postgresql_concurrently") is True,
        if_exists=r.option("if_exists") is True or r.option("postgresql_if_exists") is True,
    )


def _create_foreign_key(r: Arguments) -> Iterator[SchemaChange]:
    target = name_text(r.after_table(2, "referent_table"))
    schema = name_text(r.option("referent_schema"))
    columns = names_of(r.after_table(4, "remote_cols"))
    reference = (
        Reference(
            table=qualified(target, schema) or target,
            column=columns[0] if columns else None,
            others=columns[1:],
        )
        if target
        else None
    )
    yield AddConstraint(
        place=r.place,
        table=r.table(1, "source_table"),
        constraint=Constraint(
            kind=ConstraintKind.FOREIGN_KEY,
            name=name_text(r.arg(0, "constraint_name")),
            columns=names_of(r.after_table(3, "local_cols")),
            references=reference,
            validated=r.option("postgresql_not_valid") is not True,
            more=says_more(dict(r.call.kwargs)),
            **timing_of(dict(r.call.kwargs)),
            **actions_of(dict(r.call.kwargs)),
        ),
    )


def _create_check(r: Arguments) -> Iterator[SchemaChange]:
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


def _create_unique(r: Arguments) -> Iterator[SchemaChange]:
    yield _listed(r, ConstraintKind.UNIQUE)


def _create_primary_key(r: Arguments) -> Iterator[SchemaChange]:
    yield _listed(r, ConstraintKind.PRIMARY_KEY)


def _listed(r: Arguments, kind: ConstraintKind) -> AddConstraint:
    using = name_text(r.option("postgresql_using_index"))
    constraint = Constraint(
        kind=kind,
        name=name_text(r.arg(0, "constraint_name")),
        columns=names_of(r.after_table(2, "columns")),
        more=says_more(dict(r.call.kwargs)),
        **timing_of(dict(r.call.kwargs)),
        using_index=using,
    )
    return AddConstraint(place=r.place, table=r.table(1, "table_name"), constraint=constraint)


def _create_exclude(r: Arguments) -> Iterator[SchemaChange]:
    yield AddConstraint(
        place=r.place,
        table=r.table(1, "table_name"),
        constraint=Constraint(
            kind=ConstraintKind.EXCLUDE, name=name_text(r.arg(0, "constraint_name"))
        ),
    )


def _drop_constraint(r: Arguments) -> Iterator[SchemaChange]:
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


def _drop_table(r: Arguments) -> Iterator[SchemaChange]:
    table = r.table()
    if table is None:
        yield r.unknown()
        return
    yield DropTable(place=r.place, table=table, if_exists=r.option("if_exists") is True)


def _rename_table(r: Arguments) -> Iterator[SchemaChange]:
    schema = name_text(r.option("schema"))
    old = qualified(name_text(r.arg(0, "old_table_name")), schema)
    new = qualified(name_text(r.arg(1, "new_table_name")), schema)
    if old is None or new is None:
        yield r.unknown()
        return
    yield RenameTable(place=r.place, table=old, new_name=new)


def _opaque(r: Arguments) -> Iterator[SchemaChange]:
    yield r.unknown()


def _nothing(_: Arguments) -> Iterator[SchemaChange]:
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
    "create_table_comment": executed.comment,
    "drop_table_comment": executed.comment,
    "recreate": executed.recreate,
    "bulk_insert": executed.bulk_insert,
    "execute": executed.execute,
    "create_entity": executed.entity,
    "replace_entity": executed.entity,
    "drop_entity": executed.entity,
    "sync_enum_values": executed.enum_labels,
    "add_enum_value": executed.enum_labels,
    "type": executed.enum_type,
    "code": executed.code,
    "opaque": _opaque,
    "raise": _nothing,
}
