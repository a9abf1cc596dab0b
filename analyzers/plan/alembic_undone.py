"""The statements that take a change back, for revisions that are offered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from analyzers.plan.alembic_fill import executed
from analyzers.plan.alembic_pieces import add, altered, at, called, drop, type_of
from analyzers.relate.alembic_constraint_source import foreign_key_call, timing
from analyzers.relate.alembic_index_source import Unwritable, index_call
from analyzers.relate.alembic_table_source import table_call
from analyzers.relate.conversions import conversion
from analyzers.relate.sql_names import named
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
    RenameColumn,
    RenameIndex,
    RenameTable,
    RunStatement,
    SchemaChange,
    Table,
)

_KINDS = {
    ConstraintKind.CHECK: "check",
    ConstraintKind.UNIQUE: "unique",
    ConstraintKind.FOREIGN_KEY: "foreignkey",
    ConstraintKind.PRIMARY_KEY: "primary",
}


_MADE = re.compile(
    r'\s*CREATE\s+(TYPE|VIEW|SEQUENCE|MATERIALIZED\s+VIEW)\s+(?!IF\s)([\w."]+)\s', re.I
)
"""What SQL makes that is not there already; with ``IF NOT EXISTS`` it may be."""


def undone(change: SchemaChange, before: Table | None) -> tuple[str, ...]:
    """What takes *change* back, where *before* was its table; nothing where that cannot be written."""
    try:
        return _undone(change, before)
    except Unwritable:
        return ()


def _undone(change: SchemaChange, before: Table | None) -> tuple[str, ...]:
    match change:
        case CreateTable(table=str(table)):
            name, schema = at(table)
            return (f"op.drop_table({name}{schema})",)
        case AddColumn(table=str(table), column=column):
            return (drop(table, column.name),)
        case DropTable():
            return table_again(before)
        case DropColumn(table=str(table), column=str(name)):
            return column_again(before, table, name)
        case AlterColumn(table=str(table), before=Column() as was, after=after):
            sets = {
                "sets_type": change.sets_type and was.type != after.type,
                "sets_null": change.sets_null and was.null != after.null,
                "sets_default": change.sets_default and was.server_default != after.server_default,
            }
            if not any(sets.values()):
                return ()
            using = ""
            if sets["sets_type"] and after.type and was.type:
                refused = conversion(after.type, was.type, using=False).refused
                using = f"CAST({named(was.name)} AS {was.type})" if refused else ""
            return (altered(table, was, using=using, **sets),)
        case RenameColumn(table=str(table), column=old, new_name=new):
            name, schema = at(table)
            return (f'op.alter_column({name}, "{new}", new_column_name="{old}"{schema})',)
        case RenameTable(table=str(table), new_name=new):
            (old, schema), (now, there) = at(table), at(new)
            if schema == there:
                return (f"op.rename_table({now}, {old}{schema})",)
        case AddIndex(table=str(table), index=Index(name=str(index))):
            name, schema = at(table)
            return (f'op.drop_index("{index}", table_name={name}{schema})',)
        case DropIndex(table=str(table), index=Index(name=str(index))) if before is not None:
            known = next((i for i in before.indexes if i.name == index), None)
            if known is not None:
                name, schema = at(table)
                return (index_call(known, name, schema),)
        case RenameIndex(old_name=str(old), new_name=str(new)):
            return (executed(f"ALTER INDEX {named(new)} RENAME TO {named(old)}"),)
        case AddConstraint(table=str(table), constraint=Constraint(name=str(own)) as constraint):
            kind = _KINDS.get(constraint.kind)
            if kind is not None:
                name, schema = at(table)
                return (f'op.drop_constraint("{own}", {name}, type_="{kind}"{schema})',)
        case DropConstraint(table=str(table), constraint=constraint):
            return (constraint_call(constraint, table),)
        case RunStatement(sql=str(sql)) if made := _MADE.match(sql):
            return (executed(f"DROP {made[1].upper()} {made[2]}"),)
        case _:
            pass
    return ()


def column_again(before: Table | None, table: str, column: str) -> tuple[str, ...]:
    """A dropped column as one that may be NULL, with the indexes and constraints that went along with it."""
    known = before.column(column) if before is not None else None
    if known is None or before is None:
        return ()
    along = tuple(_went_along(before, table, column))
    try:
        if known.server_default is not None and any(map(_is_unique, along)):
            # With its default all rows would get one value.
            bare = add(table, replace(known, server_default=None), null=True)
            return (bare, altered(table, known, sets_default=True), *along)
        return (add(table, known, null=True), *along)
    except Unwritable:
        return ()


def _is_unique(statement: str) -> bool:
    return "unique=True" in statement or statement.startswith("op.create_unique")


def table_again(before: Table | None) -> tuple[str, ...]:
    """A dropped table, without its rows; nothing where not all of it is known."""
    if before is None or not before.complete:
        return ()
    name, schema = at(before.name)
    enums = {c.name: type_of(c) for c in before.columns if c.makes_type is not None}
    try:
        made = table_call(before.name, before.columns, before.constraints, enums)
        return (made, *(index_call(index, name, schema) for index in before.indexes))
    except Unwritable:
        return ()


def _went_along(before: Table, table: str, column: str) -> Iterator[str]:
    """What PostgreSQL drops along with *column*, as far as it can be written."""
    speaks = re.compile(rf'(?<![\w"])"?{re.escape(column)}"?(?![\w"(])')
    name, schema = at(table)
    for index in before.indexes:
        if any(map(speaks.search, (*index.columns, index.condition or ""))):
            try:
                yield index_call(index, name, schema)
            except Unwritable:
                continue
    for constraint in before.constraints:
        texts = (*constraint.columns, constraint.expression or "")
        if any(map(speaks.search, texts)):
            try:
                yield constraint_call(called(constraint, table), table)
            except Unwritable:
                continue


def constraint_call(constraint: Constraint, table: str) -> str:
    """
    The statement that makes *constraint* on *table*.

    Raises:
        Unwritable: not all that it says is known.

    """
    own = constraint.name
    if own is None or constraint.more or not constraint.validated:
        raise Unwritable
    name, schema = at(table)
    columns = ", ".join(f'"{column}"' for column in constraint.columns)
    match constraint:
        case Constraint(kind=ConstraintKind.FOREIGN_KEY):
            return foreign_key_call(constraint, own, table)
        case Constraint(kind=ConstraintKind.UNIQUE) if columns:
            said = timing(constraint)
            return f'op.create_unique_constraint("{own}", {name}, [{columns}]{said}{schema})'
        case Constraint(kind=ConstraintKind.CHECK, expression=str(text)) if "..." not in text:
            if text == "(expression)":
                raise Unwritable
            return f'op.create_check_constraint("{own}", {name}, {text!r}{schema})'
        case _:
            raise Unwritable
