"""SQL of MySQL, MariaDB and SQLite as changes of the vocabulary; PostgreSQL's has its own parser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from analyzers.read.sql_mysql import one_by_one
from analyzers.read.sql_unreadable import unreadable
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
    Index,
    Place,
    Reference,
    RenameColumn,
    RenameIndex,
    RenameTable,
    RunStatement,
    SchemaChange,
    UnknownChange,
)

_VOLATILE = re.compile(r"\b(?:uuid|rand|random|sys_guid)\w*\s*\(", re.IGNORECASE)
_RENAME = re.compile(
    r"\s*RENAME\s+TABLE\s+`?(?:\w+`?\.`?)?(\w+)`?\s+TO\s+`?(?:\w+`?\.`?)?(\w+)`?\s*;?\s*$",
    re.IGNORECASE,
)
"""The one statement of MySQL's that the parser hands over as text."""
_OTHERWISE = re.compile(
    r"\s*(?:(UPDATE)\s+(?:OR\s+(?:ROLLBACK|ABORT|FAIL|IGNORE|REPLACE)|IGNORE)|REPLACE(?=\s+INTO\b))\s",
    re.IGNORECASE,
)
"""How rows are written where others may be in the way, of which the parser knows less."""


def read_other(text: str, place: Place, database: str) -> Iterator[SchemaChange]:
    """The changes of *text*; what is not understood is told as such."""
    try:
        changes = [*_read(text, place, database)]
    except Exception:  # noqa: BLE001 - another database's words the parser takes, and its printer knows nothing of
        changes = [unreadable(text, place)]
    yield from changes


def _read(text: str, place: Place, database: str) -> Iterator[SchemaChange]:
    import logging

    import sqlglot
    from sqlglot import exp

    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
    dialect = {"mariadb": "mysql"}.get(database, database)
    known = _OTHERWISE.match(text)
    plain = f"{known[1] or 'INSERT'} {text[known.end() :]}" if known is not None else text
    if dialect == "mysql":
        plain = one_by_one(plain)
    found = sqlglot.parse(plain, read=dialect)
    for node in found:
        if node is None or isinstance(node, exp.Select):
            continue
        sql = node.sql(dialect=dialect) if plain == text or len(found) > 1 else text.strip()
        if isinstance(node, exp.Set):  # how long a lock is waited for is said so
            yield RunStatement(place=place, sql=sql, in_state=False)
            continue
        table = node.find(exp.Table)
        name = table.name if table is not None else None
        match node:
            case exp.Insert() | exp.Update() | exp.Delete():
                yield RunStatement(
                    place=place,
                    table=name,
                    sql=sql,
                    kind=type(node).__name__.lower(),
                    writes=(name,) if name else (),
                    in_state=False,
                )
            case exp.Create() if node.kind == "TABLE":
                yield from _create_table(node, name, sql, place, database)
            case exp.Create() if node.kind == "INDEX":
                yield AddIndex(place=place, table=name, index=_index(node, dialect), in_state=False)
            case exp.Drop() if node.args.get("kind") == "TABLE":
                for dropped in node.find_all(exp.Table):
                    gone = bool(node.args.get("exists"))
                    yield DropTable(place=place, table=dropped.name, if_exists=gone, in_state=False)
            case exp.Drop() if node.args.get("kind") == "INDEX":
                of = node.args.get("cluster")  # MySQL's `ON`
                on = of.find(exp.Table) if of is not None else None
                yield DropIndex(
                    place=place,
                    table=on.name if on is not None else None,
                    index=Index(name=name),
                    if_exists=bool(node.args.get("exists")),
                    in_state=False,
                )
            case exp.Alter():
                for action in node.args.get("actions") or ():
                    yield from _action(action, name, sql, place, database)
            case exp.Command():
                renamed = _RENAME.match(sql)
                if renamed is None:
                    yield unreadable(sql, place)
                else:
                    yield RenameTable(
                        place=place, table=renamed[1], new_name=renamed[2], in_state=False
                    )
            case _:
                yield RunStatement(place=place, table=name, sql=sql, in_state=False)


def _create_table(
    node: Any, table: str | None, sql: str, place: Place, database: str
) -> Iterator[SchemaChange]:
    from sqlglot import exp

    properties = node.args.get("properties")
    passing = properties is not None and properties.find(exp.TemporaryProperty) is not None
    if passing or node.expression is not None or not isinstance(node.this, exp.Schema):
        # It goes with the session, or another table or a query says what its columns are.
        yield RunStatement(place=place, table=table, sql=sql, kind="creates", in_state=False)
        return
    columns: list[Column] = []
    rest: list[SchemaChange] = []
    for part in node.this.expressions:
        if isinstance(part, exp.ColumnDef):
            columns.append(_new_column(part, database))
        else:
            rest.append(_added(part, table, sql, place))
    yield CreateTable(
        place=place,
        table=table,
        columns=tuple(columns),
        indexes=tuple(c.index for c in rest if isinstance(c, AddIndex)),
        constraints=tuple(c.constraint for c in rest if isinstance(c, AddConstraint)),
        if_not_exists=bool(node.args.get("exists")),
        in_state=False,
    )
    yield from (c for c in rest if isinstance(c, UnknownChange))


def _index(node: Any, dialect: str) -> Index:
    from sqlglot import exp

    parameters = node.this.args.get("params")
    columns = (parameters.args.get("columns") if parameters is not None else None) or ()
    return Index(
        name=node.this.name or None,
        columns=tuple(
            c.this.name
            if isinstance(c, exp.Ordered) and isinstance(c.this, exp.Column)
            else c.sql(dialect=dialect)
            for c in columns
        ),
        unique=bool(node.args.get("unique")),
    )


def _action(
    action: Any, table: str | None, sql: str, place: Place, database: str
) -> Iterator[SchemaChange]:
    from sqlglot import exp

    dialect = "mysql" if database == "mariadb" else database
    match action:
        case exp.ColumnDef():
            column = _new_column(action, database)
            yield AddColumn(place=place, table=table, column=column, in_state=False)
        case exp.ModifyColumn() if isinstance(action.this, exp.ColumnDef):
            column = _column(action.this, dialect)
            old = action.args.get("rename_from")
            if old is not None and old.name != column.name:
                yield RenameColumn(
                    place=place,
                    table=table,
                    column=old.name,
                    new_name=column.name,
                    in_state=False,
                )
            yield AlterColumn(
                place=place,
                table=table,
                before=None,
                after=column,
                sets_type=True,
                sets_null=True,
                sets_default=True,
                in_state=False,
            )
        case exp.AlterColumn() if action.args.get("default") or action.args.get("drop"):
            given = action.args.get("default")
            yield AlterColumn(
                place=place,
                table=table,
                before=None,
                after=Column(
                    name=action.name,
                    server_default=given.sql(dialect=dialect) if given is not None else None,
                ),
                sets_default=True,
                in_state=False,
            )
        case exp.AddConstraint():
            for one in action.expressions:
                yield _added(one, table, sql, place)
        case exp.Drop() if action.args.get("kind") == "COLUMN":
            dropped = action.find(exp.Column) or action.find(exp.Identifier)
            if dropped is None:
                yield UnknownChange(place=place, table=table, text=sql, reversible=None)
                return
            yield DropColumn(place=place, table=table, column=dropped.name, in_state=False)
        case exp.Drop() if (named := action.find(exp.Identifier)) is not None:
            yield _dropped(str(action.args.get("kind") or ""), named.name, table, sql, place)
        case exp.RenameColumn():
            yield RenameColumn(
                place=place,
                table=table,
                column=action.this.name,
                new_name=action.args["to"].name,
                in_state=False,
            )
        case exp.RenameIndex():
            yield RenameIndex(
                place=place,
                table=table,
                old_name=action.this.name,
                new_name=action.args["to"].name,
                in_state=False,
            )
        case exp.AlterRename():
            yield RenameTable(place=place, table=table, new_name=action.this.name, in_state=False)
        case _:
            yield UnknownChange(place=place, table=table, text=sql, reversible=None)


def _new_column(node: Any, database: str) -> Column:
    column = _column(node, "mysql" if database == "mariadb" else database)
    # MySQL reads REFERENCES behind a column, and forgets it.
    return replace(column, references=None) if database == "mysql" else column


def _type(node: Any, dialect: str) -> str | None:
    """As it is written; None where the parser has made another one of it."""
    from sqlglot import exp

    if dialect != "sqlite":
        return str(node.sql(dialect=dialect)).lower()
    # There it writes what SQLite keeps of a type: a text for every varchar.
    if node.this == exp.DataType.Type.VARBINARY:
        return "blob" if not node.expressions else None
    return None if node.this == exp.DataType.Type.DOUBLE else str(node.sql()).lower()


def _column(node: Any, dialect: str) -> Column:
    from sqlglot import exp

    kinds = [c.kind for c in node.args.get("constraints") or ()]

    def of(kind: type[Any]) -> Any:
        return next((k for k in kinds if isinstance(k, kind)), None)

    not_null, default = of(exp.NotNullColumnConstraint), of(exp.DefaultColumnConstraint)
    computed, key = of(exp.ComputedColumnConstraint), of(exp.PrimaryKeyColumnConstraint)
    target = of(exp.Reference)
    said = default.this.sql(dialect=dialect) if default is not None else None
    # An explicit DEFAULT NULL is none.
    said = None if said is not None and said.upper() == "NULL" else said
    return Column(
        name=node.name,
        type=_type(node.args["kind"], dialect) if node.args.get("kind") else None,
        null=key is None and (not_null is None or bool(not_null.args.get("allow_null"))),
        server_default=said,
        server_default_volatile=None if said is None else bool(_VOLATILE.search(said)),
        primary_key=key is not None,
        unique=of(exp.UniqueColumnConstraint) is not None,
        identity=of(exp.AutoIncrementColumnConstraint) is not None,
        generated=Generated.STORED
        if computed is not None and computed.args.get("persisted")
        else None,
        checked=of(exp.CheckColumnConstraint) is not None,
        references=_target(target) if target is not None else None,
    )


def _target(reference: Any) -> Reference | None:
    from sqlglot import exp

    table = reference.find(exp.Table)
    return Reference(table=table.name) if table is not None else None


def _added(node: Any, table: str | None, sql: str, place: Place) -> SchemaChange:
    from sqlglot import exp

    name = node.this.name if isinstance(node, exp.Constraint) else None
    parts = node.expressions if isinstance(node, exp.Constraint) else [node]
    part = parts[0] if parts else None
    kinds = {
        exp.ForeignKey: ConstraintKind.FOREIGN_KEY,
        exp.CheckColumnConstraint: ConstraintKind.CHECK,
        exp.UniqueColumnConstraint: ConstraintKind.UNIQUE,
        exp.PrimaryKey: ConstraintKind.PRIMARY_KEY,
    }
    kind = next((k for of, k in kinds.items() if isinstance(part, of)), None)
    if isinstance(part, exp.IndexColumnConstraint):
        method = str(part.args.get("kind") or "").lower() or None
        names = tuple(c.name for c in part.expressions)
        index = Index(name=part.name or None, columns=names, method=method)
        return AddIndex(place=place, table=table, index=index, in_state=False)
    if part is None or kind is None:
        return UnknownChange(place=place, table=table, text=sql, reversible=None)
    inner = part.expressions
    if isinstance(part, exp.UniqueColumnConstraint) and part.this:
        # ``UNIQUE KEY u (a)``: MySQL's own way to name it.
        inner, name = part.this.expressions, name or part.this.name or None
    reference = part.args.get("reference")
    return AddConstraint(
        place=place,
        table=table,
        constraint=Constraint(
            kind=kind,
            name=name,
            columns=() if kind is ConstraintKind.CHECK else tuple(c.name for c in inner),
            expression=part.this.sql() if kind is ConstraintKind.CHECK else None,
            references=_target(reference) if reference is not None else None,
        ),
        in_state=False,
    )


def _dropped(kind: str, name: str, table: str | None, sql: str, place: Place) -> SchemaChange:
    of = {
        "FOREIGN KEY": ConstraintKind.FOREIGN_KEY,
        "CHECK": ConstraintKind.CHECK,
        "CONSTRAINT": ConstraintKind.CHECK,
        "PRIMARY KEY": ConstraintKind.PRIMARY_KEY,
    }.get(kind.upper())
    if kind.upper() in {"INDEX", "KEY"}:
        return DropIndex(place=place, table=table, index=Index(name=name), in_state=False)
    if of is None:
        return UnknownChange(place=place, table=table, text=sql, reversible=None)
    dropped = Constraint(kind=of, name=name)
    return DropConstraint(place=place, table=table, constraint=dropped, in_state=False)
