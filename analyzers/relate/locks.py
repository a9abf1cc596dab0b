"""
What a schema change does to tables that are in use: locks, rewrites, scans, failing statements.

Every fact here is compared with a real server by ``tests/oracles/measure.py``;
where they differ, the server is right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzers.relate.effect import (
    ACCESS_EXCLUSIVE,
    ROW_EXCLUSIVE,
    ROW_SHARE,
    SHARE,
    SHARE_ROW_EXCLUSIVE,
    SHARE_UPDATE_EXCLUSIVE,
    Effect,
)
from analyzers.relate.locks_innodb import on_innodb
from analyzers.relate.locks_sqlite import copies_table, on_sqlite
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
    Generated,
    RenameColumn,
    RenameTable,
    RunStatement,
    SchemaChange,
    Table,
    ValidateConstraint,
)


def effects(
    change: SchemaChange,
    before: Table | None,
    database: str = "postgresql",
    version: str | None = None,
    *,
    django: bool = True,
) -> tuple[Effect, ...]:
    """
    The locks that *change* takes on tables that stand already, its own table first.

    With *django* it is carried out by Django, which copies tables where SQLite
    itself can not, or not yet, alter them.
    """
    if database == "postgresql":
        return _postgresql(change, before, _major(version), django=django)
    if database in {"mysql", "mariadb"}:
        return on_innodb(change, before, database, version, django=django)
    return on_sqlite(change, django=django)


def _major(version: str | None) -> int:
    found = re.match(r"\d+", version or "")
    return int(found[0]) if found else 15


def _postgresql(
    change: SchemaChange, before: Table | None, version: int, *, django: bool
) -> tuple[Effect, ...]:
    table = change.table
    match change:
        case CreateTable(columns=columns, constraints=constraints):
            targets = [c.references.table for c in columns if c.references is not None]
            targets += [c.references.table for c in constraints if c.references is not None]
            return tuple(
                Effect(table=t, mode=SHARE_ROW_EXCLUSIVE)
                for t in dict.fromkeys(targets)
                if t != table
            )
        case AddColumn(column=column) if table:
            return _added(table, column, version)
        case DropTable() if table:
            kept = before.columns if before is not None else ()
            keys = before.constraints if before is not None else ()
            return (
                Effect(table=table, mode=ACCESS_EXCLUSIVE),
                *_targets((*kept, *keys), table, ACCESS_EXCLUSIVE),
            )
        case DropColumn(column=name) if table:
            known = [c for c in before.columns if c.name == name] if before is not None else []
            limits = before.constraints if before is not None else ()
            gone_keys = [limit for limit in limits if name in limit.columns]
            gone: tuple[Column | Constraint, ...] = (*known, *gone_keys)
            return (
                Effect(table=table, mode=ACCESS_EXCLUSIVE),
                *_targets(gone, table, ACCESS_EXCLUSIVE),
            )
        case RenameTable() | RenameColumn() if table:
            return (Effect(table=table, mode=ACCESS_EXCLUSIVE),)
        case AlterColumn() if table:
            rewrites = change.sets_type and rewrites_table(change)
            already = change.before is not None and change.before.null is False
            # What Django's models say already, SQL of a migration's own may bring the database yet.
            already = already and not (django and not change.in_state)
            demanded = change.sets_null and change.after.null is False and not already
            scans = demanded and not (version >= 12 and leans_on_check(change, before))
            scans = scans or sorts_anew(change, before) or checks_anew(change, before)
            return (
                Effect(
                    table=table,
                    mode=ACCESS_EXCLUSIVE,
                    rewrites=rewrites,
                    scans=scans or rewrites,
                ),
            )
        case AddIndex(only=True) if table:
            return (Effect(table=table, mode=SHARE),)
        case AddIndex(concurrently=concurrently) if table:
            mode = SHARE_UPDATE_EXCLUSIVE if concurrently else SHARE
            return (Effect(table=table, mode=mode, scans=True),)
        case DropIndex(concurrently=concurrently) if table:
            mode = SHARE_UPDATE_EXCLUSIVE if concurrently else ACCESS_EXCLUSIVE
            return (Effect(table=table, mode=mode),)
        case AddConstraint(constraint=constraint, inline=inline, nulls=nulls) if table:
            scans = constraint.validated and constraint.using_index is None
            scans = scans and not (inline and nulls)
            if constraint.kind is ConstraintKind.FOREIGN_KEY:
                own = Effect(table=table, mode=SHARE_ROW_EXCLUSIVE, scans=scans)
                target = constraint.references.table if constraint.references else None
                if target is None or target == table:
                    return (own,)
                return (
                    own,
                    Effect(table=target, mode=SHARE_ROW_EXCLUSIVE, scans=scans and not nulls),
                )
            return (Effect(table=table, mode=ACCESS_EXCLUSIVE, scans=scans),)
        case DropConstraint(constraint=constraint) if table:
            free = (
                tuple(c for c in before.columns if c.name in constraint.columns)
                if before is not None and constraint.kind is ConstraintKind.FOREIGN_KEY
                else ()
            )
            return (
                Effect(table=table, mode=ACCESS_EXCLUSIVE),
                *_targets((constraint, *free), table, ACCESS_EXCLUSIVE),
            )
        case ValidateConstraint(name=named) if table:
            return (
                Effect(table=table, mode=SHARE_UPDATE_EXCLUSIVE, scans=True),
                *_validated_against(named, table, before),
            )
        case RunStatement(locks=str(mode)) if table:
            rewrites = rewrites_by_statement(change)
            return (Effect(table=table, mode=mode, rewrites=rewrites, scans=rewrites),)
        case RunStatement(kind="update" | "delete" | "insert") if table:
            return (Effect(table=table, mode=ROW_EXCLUSIVE),)
        case _:
            return ()


def _targets(keys: tuple[Column | Constraint, ...], table: str, mode: str) -> tuple[Effect, ...]:
    """The tables that *keys*, foreign keys among them, point to: their triggers change too."""
    names = [key.references.table for key in keys if key.references is not None]
    return tuple(Effect(table=n, mode=mode) for n in dict.fromkeys(names) if n != table)


def _validated_against(name: str, table: str, before: Table | None) -> Iterator[Effect]:
    """The table that the foreign key *name* points to: it is read, and nobody waits."""
    for constraint in before.constraints if before is not None else ():
        target = constraint.references.table if constraint.references is not None else None
        if constraint.name == name and target is not None and target != table:
            yield Effect(table=target, mode=ROW_SHARE, scans=True)


def _added(table: str, column: Column, version: int) -> tuple[Effect, ...]:
    rewrites = fills_by_rewriting(column, version)
    fills = column.null is False and column.references is not None
    own = Effect(
        table=table,
        mode=ACCESS_EXCLUSIVE,
        rewrites=rewrites,
        scans=rewrites or column.unique or column.primary_key or column.checked or fills,
    )
    if column.references is None or column.references.table == table:
        return (own,)
    return (own, Effect(table=column.references.table, mode=SHARE_ROW_EXCLUSIVE, scans=fills))


def fills_by_rewriting(column: Column, version: int = 15) -> bool:
    """Whether adding *column* writes every row: its value differs from row to row."""
    if column.generated is Generated.STORED or column.identity:
        return True
    if column.server_default is None:
        return False
    return column.server_default_volatile is True or version < 11


def rewrites_by_statement(change: RunStatement) -> bool:
    """``VACUUM FULL``, ``CLUSTER``, ``SET LOGGED``, a copy: the whole table is written anew."""
    sql = (change.sql or "").upper()
    return change.locks == ACCESS_EXCLUSIVE and bool(
        re.search(
            r"\bVACUUM\b.*\bFULL\b|^\s*CLUSTER\b|\bSET\s+(UN)?LOGGED\b|INTO _ALEMBIC_TMP_", sql
        )
    )


# -- changes of type ------------------------------------------------------------------

_VARCHAR = re.compile(r"^(?:varchar|character varying)(?:\((\d+)\))?$")
_NUMERIC = re.compile(r"^(?:numeric|decimal)(?:\((\d+)(?:\s*,\s*(-?\d+))?\))?$")
_TEXTS = frozenset({"text", "citext", "varchar", "character varying"})


def rewrites_table(change: AlterColumn) -> bool:
    """Whether the change of type writes every row anew; False where a type is not known."""
    if change.before is None or change.before.type is None or change.after.type is None:
        return False
    if change.using is not None and not _taken_over(change.using, change.before.name):
        # An enum that is made anew under its old name changes no type's name.
        return True
    return not catalogue_only(change.before.type, change.after.type)


def _taken_over(using: str, column: str) -> bool:
    """Whether ``USING`` names the column, or casts it once: then the two types decide."""
    named = rf'^\(*\s*"?{re.escape(column)}"?\s*\)*(::\s*"?[\w. ]+"?(\([\d, ]*\))?(\[\])?\)*)?$'
    cast = rf'^cast\(\s*"?{re.escape(column)}"?\s+as\s+[\w. "]+(\([\d, ]*\))?\s*\)$'
    text = using.strip()
    return bool(re.match(named, text, re.I) or re.match(cast, text, re.I))


def catalogue_only(before: str, after: str) -> bool:
    """Whether PostgreSQL changes the catalogue alone: the stored bytes stay as they are."""
    old, new = (t.strip().lower().partition(" collate ")[0] for t in (before, after))
    if old == new:
        return True
    if {old, new} <= _TEXTS:
        return True
    if (old, new) == ("cidr", "inet"):
        return True
    varchar, wider = _VARCHAR.match(old), _VARCHAR.match(new)
    if varchar and new in _TEXTS:
        return True
    if varchar and wider:
        if varchar[1] is None:
            return wider[1] is None
        return wider[1] is None or int(wider[1]) >= int(varchar[1])
    numeric, larger = _NUMERIC.match(old), _NUMERIC.match(new)
    if numeric and larger:
        if larger[1] is None:
            return True
        if numeric[1] is None:
            return False
        same_scale = (numeric[2] or "0") == (larger[2] or "0")
        return same_scale and int(larger[1]) >= int(numeric[1])
    return False


def sorts_anew(change: AlterColumn, before: Table | None) -> bool:
    """Whether the column is compared otherwise from now on, and an index of it is built anew."""
    was, now = change.before, change.after
    if not change.sets_type or was is None or before is None:
        return False
    if _collation(was.type) == _collation(now.type):
        return False
    return (
        was.unique
        or was.primary_key
        or was.indexed
        or any(was.name in i.columns for i in before.indexes)
        or any(
            was.name in c.columns
            for c in before.constraints
            if c.kind in {ConstraintKind.UNIQUE, ConstraintKind.PRIMARY_KEY}
        )
    )


def checks_anew(change: AlterColumn, before: Table | None) -> bool:
    """Whether a check is known to speak of a column whose type changes: all rows are held against it once more."""
    was, now = change.before, change.after
    if not change.sets_type or was is None or before is None or was.type == now.type:
        return False
    speaks = re.compile(rf'(?<![\w"])"?{re.escape(was.name)}"?(?![\w"(])', re.I)
    return any(
        c.kind is ConstraintKind.CHECK
        and c.validated
        and c.expression != "(expression)"
        and speaks.search(c.expression or "")
        for c in before.constraints
    )


def _collation(type_: str | None) -> str:
    return (type_ or "").lower().partition(" collate ")[2].strip('" ')


def leans_on_check(change: AlterColumn, before: Table | None) -> bool:
    """Whether a validated ``CHECK (column IS NOT NULL)``, alone or beside other demands, saves the scan (PostgreSQL 12)."""
    wanted = re.compile(
        rf'^\(*\s*"?{re.escape(change.after.name)}"?\s+is\s+not\s+null\s*\)*$', re.I
    )
    return before is not None and any(
        c.kind is ConstraintKind.CHECK
        and c.validated
        and any(wanted.match(demand) for demand in _demands(c.expression or ""))
        for c in before.constraints
    )


_DEMAND = re.compile(r'\(*\s*(?:"?\w+"?\s+is\s+not\s+null|\(expression\))\s*\)*', re.I)


def _demands(check: str) -> list[str]:
    """The demands that *check* joins with AND; all of it, where one is written in another way."""
    parts = [part.strip() for part in re.split(r"\band\b", check, flags=re.I)]
    return parts if all(_DEMAND.fullmatch(part) for part in parts) else [check]


# -- old code and new code ----------------------------------------------------------------


def old_code_fails(
    change: SchemaChange,
    before: Table | None,
    *,
    writes_defaults: bool = False,
    makes_times: bool = False,
) -> bool:
    """
    Whether statements of the code before the change fail on the schema after it, with ordinary values.

    With *writes_defaults* the program writes the column's default itself, and
    does not leave it to the database: Django does so on SQLite. With *makes_times*
    it stops where it is handed a date in place of a time.
    """
    match change:
        case AddColumn(column=column):
            return demanded_of_old_code(column) and not _stands(change, before)
        case DropColumn(column=name):
            # A column that the models have forgotten is asked for by nobody.
            return change.in_state or (before is not None and before.column(name) is not None)
        case DropTable() | RenameColumn() | RenameTable():
            return True
        case AlterColumn(after=after, before=was):
            if change.sets_null and after.null is False:
                return was is None or was.null is not False
            if makes_times and change.sets_type and was is not None and after.type == "date":
                return (was.type or "").startswith(("timestamp", "datetime"))
            # Old code may leave the column to a default that is gone.
            return takes_default(change) and not writes_defaults
        case AddConstraint(constraint=Constraint(kind=ConstraintKind.PRIMARY_KEY, columns=names)):
            # A primary key makes its columns NOT NULL.
            known = before.columns if before is not None else ()
            return any(c.null is True for c in known if c.name in names)
        case RunStatement() if copies_table(change):
            # The copy's sequence begins at 1: the next keys stand in the table already.
            known = before.columns if before is not None else ()
            return any(c.primary_key and c.type in _SERIAL for c in known)
        case RunStatement(sql=str(sql)):
            return renamed_label(sql) is not None
        case _:
            return False


def takes_default(change: AlterColumn) -> bool:
    """Whether a column that is NOT NULL loses the default that the database had for it."""
    was, after = change.before, change.after
    return (
        change.sets_default
        and after.server_default is None
        and after.null is False
        and was is not None
        and was.server_default is not None
    )


def new_code_fails(
    change: SchemaChange, before: Table | None, *, writes_defaults: bool = False
) -> bool:
    """As ``old_code_fails``: the code after the change on the schema before it."""
    if not change.in_state:
        return False
    match change:
        case AddColumn() | CreateTable():
            return not _stands(change, before)
        case RenameColumn() | RenameTable():
            return True
        case DropColumn(column=name):
            known = before.column(name) if before is not None else None
            if name == "_order":
                return True
            return known is not None and demanded_of_old_code(known)
        case AlterColumn(after=after, before=was):
            if was is None or was.null is not False:
                return False
            loosened = change.sets_null and after.null is True
            relies = change.sets_default and was.server_default is None and not writes_defaults
            return loosened or (relies and after.server_default is not None)
        case _:
            return False


_SERIAL = frozenset({"integer", "bigint", "smallint", "serial", "bigserial"})
_LABEL_RENAMED = re.compile(r"\s*ALTER\s+TYPE\s+(\S+)\s+RENAME\s+VALUE\s+('[^']*')", re.I)


def renamed_label(sql: str) -> tuple[str, str] | None:
    """The enum type and its value, quoted, that *sql* gives another name; None where it does nothing of the kind."""
    found = _LABEL_RENAMED.match(sql)
    return (found[1], found[2]) if found is not None else None


_LABEL_ADDED = re.compile(
    r"\s*ALTER\s+TYPE\s+(\S+)\s+ADD\s+VALUE\s+(?:IF\s+NOT\s+EXISTS\s+)?'((?:[^']|'')*)'", re.I
)


def added_label(change: SchemaChange) -> tuple[str, str] | None:
    """The enum type, as it is named, and the value that *change* adds to it; None where it does nothing of the kind."""
    sql = change.sql if isinstance(change, RunStatement) else None
    found = _LABEL_ADDED.match(sql or "")
    return (found[1], found[2].replace("''", "'")) if found is not None else None


def _stands(change: AddColumn | CreateTable, before: Table | None) -> bool:
    """Whether ``IF NOT EXISTS`` finds its object there already."""
    if not change.if_not_exists or before is None:
        return False
    return isinstance(change, CreateTable) or before.column(change.column.name) is not None


def demanded_of_old_code(column: Column) -> bool:
    """Whether inserts that do not name *column* fail."""
    return (
        column.null is False
        and column.server_default is None
        and column.generated is None
        and not column.identity
    )
