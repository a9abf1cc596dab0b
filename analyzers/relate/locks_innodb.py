"""
What a schema change does to tables in use on MariaDB and MySQL (InnoDB).

For MariaDB every fact is compared with a real server by ``tests/oracles/measure_mariadb.py``;
what MySQL 8 does otherwise is taken from its manual's table of online operations.
"""

from __future__ import annotations

import re

from analyzers.relate.effect import (
    COPY,
    INPLACE,
    INPLACE_SHARED,
    INSTANT,
    METADATA,
    NOCOPY,
    PARENT,
    ROW_EXCLUSIVE,
    Effect,
)
from analyzers.vocabulary import (
    AddColumn,
    AddConstraint,
    AddIndex,
    AlterColumn,
    Column,
    ConstraintKind,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropTable,
    Generated,
    Index,
    RenameColumn,
    RenameIndex,
    RenameTable,
    RunStatement,
    SchemaChange,
    Table,
)

_VARCHAR = re.compile(r"^(?:varchar|character varying)\((\d+)\)$")
_BYTES = 4
"""Of a character in utf8mb4, the character set that both have come to make tables in."""
_INSTANT_DROP = (8, 0, 29)
"""Since when MySQL drops a column without writing the table anew."""


def on_innodb(
    change: SchemaChange,
    before: Table | None,
    database: str,
    version: str | None,
    *,
    django: bool,
) -> tuple[Effect, ...]:
    """The effects of *change*, its own table first."""
    table = change.table
    if table is None:
        return ()
    mysql = database == "mysql"
    # MySQL knows no NOCOPY: what reads the table without writing it anew is INPLACE there.
    reading = INPLACE if mysql else NOCOPY
    match change:
        case AddColumn(column=column):
            return _added(table, column)
        case DropColumn(column=name):
            if mysql and _numbers(version) < _INSTANT_DROP:
                return (_rebuilt(table),)
            known = before.column(name) if before is not None else None
            mode = reading if known is not None and _has_index(known, before) else INSTANT
            return (Effect(table=table, mode=mode),)
        case RenameColumn() | RenameIndex() | AlterColumn(sets_type=False, sets_null=False):
            return (Effect(table=table, mode=INSTANT),)
        case DropTable() | RenameTable():
            return (Effect(table=table, mode=METADATA),)
        case AlterColumn(sets_type=True) if not _catalogue_only(change, mysql=mysql):
            return (_copied(table),)
        case AlterColumn(sets_null=True, before=was) if (
            was is None or was.null != change.after.null
        ):
            return (_rebuilt(table),)
        case AlterColumn():
            return (Effect(table=table, mode=INSTANT),)
        case AddIndex(index=index) if django and _left_out(index, mysql=mysql):
            return ()
        case AddIndex(index=index):
            mode = INPLACE_SHARED if (index.method or "").lower() in _SPECIAL else reading
            return (Effect(table=table, mode=mode, scans=True),)
        case DropIndex():
            return (Effect(table=table, mode=reading),)
        case AddConstraint(constraint=constraint):
            match constraint.kind:
                case ConstraintKind.UNIQUE:
                    return (Effect(table=table, mode=reading, scans=True),)
                case ConstraintKind.PRIMARY_KEY:
                    return (_rebuilt(table),)
                case ConstraintKind.FOREIGN_KEY if constraint.references is not None:
                    return (_copied(table), *_parent(table, constraint.references.table))
                case _:
                    return (_copied(table),)
        case DropConstraint(constraint=constraint):
            unique = constraint.kind is ConstraintKind.UNIQUE
            return (Effect(table=table, mode=reading if unique else INSTANT),)
        case RunStatement(kind="update" | "delete" | "insert"):
            return (Effect(table=table, mode=ROW_EXCLUSIVE),)
        case _:
            return ()


_SPECIAL = frozenset({"fulltext", "spatial"})


_NAME = re.compile(r"[-`\w]+(?:\s+(?:ASC|DESC))?", re.IGNORECASE)


def _left_out(index: Index, *, mysql: bool) -> bool:
    """What Django does not even try: a unique index with a condition, on MariaDB one on an expression."""
    if index.condition is not None and index.unique:
        return True
    return not mysql and not all(_NAME.fullmatch(column) for column in index.columns)


def _added(table: str, column: Column) -> tuple[Effect, ...]:
    if column.generated is Generated.STORED or column.server_default_volatile:
        return (_copied(table),)
    if column.references is not None:
        return (_copied(table), *_parent(table, column.references.table))
    if column.identity:
        return (Effect(table=table, mode=INPLACE_SHARED, rewrites=True, scans=True),)
    if column.unique or column.primary_key:
        return (_rebuilt(table),)
    return (Effect(table=table, mode=INSTANT),)


def _copied(table: str) -> Effect:
    """Row by row into a new table: whoever writes waits until the last one."""
    return Effect(table=table, mode=COPY, rewrites=True, scans=True)


def _rebuilt(table: str) -> Effect:
    """Into a new table as well, but what is written meanwhile is noted and added at the end."""
    return Effect(table=table, mode=INPLACE, rewrites=True, scans=True)


def _parent(table: str, target: str) -> tuple[Effect, ...]:
    return (Effect(table=target, mode=PARENT),) if target != table else ()


def _has_index(column: Column, before: Table | None) -> bool:
    """Whether an index goes with *column*; that of a foreign key included, which is always there."""
    if column.unique or column.indexed or column.references is not None:
        return True
    return before is not None and any(column.name in i.columns for i in before.indexes)


def _catalogue_only(change: AlterColumn, *, mysql: bool) -> bool:
    """Whether the stored bytes stay as they are; where a type is not known nothing is claimed."""
    if change.before is None or change.before.type is None or change.after.type is None:
        return True
    before, after = _spelled(change.before.type), _spelled(change.after.type)
    if before == after:
        return True
    old, new = _VARCHAR.match(before), _VARCHAR.match(after)
    if not (old and new):
        return False
    short, long = int(old[1]) * _BYTES, int(new[1]) * _BYTES
    # The length takes one byte up to 255, two above: crossing it copies, but that MariaDB
    # reads what was written of a column of 127 bytes either way.
    return long >= short and ((short > 255) == (long > 255) or (short < 128 and not mysql))


_SPELLED = {
    "int": "integer",
    "dec": "numeric",
    "decimal": "numeric",
    "double": "double precision",
    "boolean": "bool",
    "tinyint(1)": "bool",
    "character varying": "varchar",
}


def _spelled(type_: str) -> str:
    """A type as Django writes it: SQL has several words for one."""
    bare = " ".join(type_.lower().replace(" (", "(").replace(", ", ",").split())
    if bare in _SPELLED:
        return _SPELLED[bare]
    word, bracket, rest = bare.partition("(")
    return _SPELLED.get(word, word) + bracket + rest


def _numbers(version: str | None) -> tuple[int, ...]:
    """``8.0.31`` as numbers; what is not known, or says no more than ``8``, is the newest."""
    found = tuple(int(n) for n in re.findall(r"\d+", version or ""))
    return found if len(found) > 2 else (99,)
