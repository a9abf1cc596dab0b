"""SQL text as schema changes, read by PostgreSQL's own parser (pglast)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from analyzers.read.sql_blocks import statements_in
from analyzers.read.sql_columns import column_of, constraint_of, name_of, text_of, type_of
from analyzers.read.sql_unreadable import unreadable
from analyzers.vocabulary import (
    FEW_ROWS,
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
    RenameColumn,
    RenameIndex,
    RenameTable,
    RunStatement,
    SchemaChange,
    ValidateConstraint,
)

_WRITES = frozenset({"insert", "update", "delete"})
_NAMED = re.compile(r"(?<![:\w]):([A-Za-z_]\w*)(?!\w*:)")


@lru_cache(maxsize=512)
def parsed(text: str) -> tuple[Any, ...] | None:
    """The statements of *text*; None where it is no SQL."""
    import pglast

    try:
        return tuple(pglast.parse_sql(text))
    except (pglast.parser.ParseError, RecursionError, ValueError):
        return None


def read_postgresql(text: str, place: Place, parameters: bool) -> Iterator[SchemaChange]:
    """The changes of *text*; *parameters* as for ``read_sql``."""
    statements = parsed(text)
    if statements is None and parameters:
        statements = parsed(re.sub(r"%(?:s|\(\w+\)s)", "NULL", text).replace("%%", "%"))
    if statements is None and "%" in text:
        statements = parsed(text.replace("%%", "%"))
    if statements is None and ":" in text:
        # Bound parameters of SQLAlchemy's text().
        statements = parsed(_NAMED.sub("NULL", text))
    if statements is None:
        yield unreadable(text, place)
        return
    for raw in statements:
        start = raw.stmt_location or 0
        encoded = text.encode()
        own = encoded[start : start + raw.stmt_len] if raw.stmt_len else encoded[start:]
        sql = own.decode(errors="replace").strip()
        yield from _statement(raw.stmt, sql, place)


def _statement(node: Any, sql: str, place: Place) -> Iterator[SchemaChange]:
    kind = type(node).__name__
    handler = _HANDLERS.get(kind)
    if handler is not None:
        yield from handler(node, sql, place)
    elif kind in {"SelectStmt", "VariableShowStmt", "ExplainStmt"}:
        writing = getattr(node, "withClause", None)
        for cte in writing.ctes if writing is not None else ():
            if type(cte.ctequery).__name__ != "SelectStmt":
                yield from _statement(cte.ctequery, sql, place)
    else:
        yield RunStatement(place=place, sql=sql, in_state=False)
    if kind == "DoStmt":
        for inner in statements_in(sql):
            for raw in parsed(inner) or ():
                # What is not a change of a table's own is said with the whole block.
                for change in _statement(raw.stmt, inner, place):
                    if not isinstance(change, RunStatement) or change.kind in _WRITES:
                        yield change


def _create_as(node: Any, sql: str, place: Place) -> Iterator[SchemaChange]:
    """``CREATE TABLE ... AS SELECT``, or a materialized view likewise: no column is known."""
    yield _creates(node.into.rel, sql, place)


def _creates(relation: Any, sql: str, place: Place) -> RunStatement:
    name = name_of(relation)
    return RunStatement(place=place, table=name, sql=sql, kind="creates", in_state=False)


def _create_table(node: Any, sql: str, place: Place) -> Iterator[SchemaChange]:
    columns, constraints = [], []
    for element in node.tableElts or ():
        if type(element).__name__ == "ColumnDef":
            column, own = column_of(element)
            columns.append(column)
            constraints += own
        elif type(element).__name__ == "Constraint":
            constraints.append(constraint_of(element))
    if node.relation.relpersistence == "t":
        # It goes with the session, and is no table of the schema.
        yield _creates(node.relation, sql, place)
        return
    yield CreateTable(
        place=place,
        table=name_of(node.relation),
        columns=tuple(columns),
        constraints=tuple(c for c in constraints if c is not None),
        if_not_exists=bool(node.if_not_exists),
        partitioned=node.partspec is not None,
        in_state=False,
    )


def _alter_table(node: Any, sql: str, place: Place) -> Iterator[SchemaChange]:
    table = name_of(node.relation)
    if node.objtype.name == "OBJECT_INDEX":
        yield RunStatement(place=place, sql=sql, in_state=False)
        return
    for command in node.cmds:
        yield from _command(command, table, sql, place)


def _command(command: Any, table: str, sql: str, place: Place) -> Iterator[SchemaChange]:
    name, what = command.name, command.subtype.name
    match what:
        case "AT_AddColumn":
            column, _ = column_of(command.def_)
            yield AddColumn(
                place=place,
                table=table,
                column=column,
                if_not_exists=bool(command.missing_ok),
                in_state=False,
            )
        case "AT_DropColumn":
            yield DropColumn(
                place=place,
                table=table,
                column=name,
                if_exists=bool(command.missing_ok),
                cascade=command.behavior.name == "DROP_CASCADE",
                in_state=False,
            )
        case "AT_SetNotNull" | "AT_DropNotNull":
            yield AlterColumn(
                place=place,
                table=table,
                before=None,
                after=Column(name=name, null=what == "AT_DropNotNull"),
                sets_null=True,
                in_state=False,
            )
        case "AT_ColumnDefault":
            default = text_of(command.def_) if command.def_ is not None else None
            yield AlterColumn(
                place=place,
                table=table,
                before=None,
                after=Column(name=name, server_default=default),
                sets_default=True,
                in_state=False,
            )
        case "AT_AlterColumnType":
            type_, _ = type_of(command.def_.typeName)
            using = command.def_.raw_default
            yield AlterColumn(
                place=place,
                table=table,
                before=None,
                after=Column(name=name, type=type_),
                sets_type=True,
                using=text_of(using) if using is not None else None,
                in_state=False,
            )
        case "AT_AddConstraint":
            constraint = constraint_of(command.def_)
            if constraint is None:
                yield RunStatement(place=place, table=table, sql=sql, in_state=False)
            else:
                yield AddConstraint(place=place, table=table, constraint=constraint, in_state=False)
        case "AT_DropConstraint":
            yield DropConstraint(
                place=place,
                table=table,
                constraint=Constraint(kind=ConstraintKind.CHECK, name=name),
                if_exists=bool(command.missing_ok),
                in_state=False,
            )
        case "AT_ValidateConstraint":
            yield ValidateConstraint(place=place, table=table, name=name, in_state=False)
        case _:
            yield RunStatement(
                place=place, table=table, sql=sql, in_state=False, locks=_TABLE_LOCKS.get(what)
            )


_TABLE_LOCKS = {
    "AT_SetStatistics": "SHARE UPDATE EXCLUSIVE",
    "AT_SetRelOptions": "SHARE UPDATE EXCLUSIVE",
    "AT_ResetRelOptions": "SHARE UPDATE EXCLUSIVE",
    "AT_SetStorage": "ACCESS EXCLUSIVE",
    "AT_EnableRowSecurity": "ACCESS EXCLUSIVE",
    "AT_SetLogged": "ACCESS EXCLUSIVE",
    "AT_SetUnLogged": "ACCESS EXCLUSIVE",
    "AT_ChangeOwner": "ACCESS EXCLUSIVE",
    "AT_DisableRowSecurity": "ACCESS EXCLUSIVE",
    "AT_ForceRowSecurity": "ACCESS EXCLUSIVE",
    "AT_NoForceRowSecurity": "ACCESS EXCLUSIVE",
    "AT_ReplicaIdentity": "ACCESS EXCLUSIVE",
    "AT_ClusterOn": "SHARE UPDATE EXCLUSIVE",
    "AT_DropCluster": "SHARE UPDATE EXCLUSIVE",
    **dict.fromkeys(
        (
            *("AT_EnableTrig", "AT_EnableTrigAll", "AT_EnableTrigUser", "AT_EnableAlwaysTrig"),
            *("AT_EnableReplicaTrig", "AT_DisableTrig", "AT_DisableTrigAll", "AT_DisableTrigUser"),
        ),
        "SHARE ROW EXCLUSIVE",
    ),
    "AT_AttachPartition": "SHARE UPDATE EXCLUSIVE",
}


def _index(node: Any, sql: str, place: Place) -> Iterator[SchemaChange]:
    del sql
    yield AddIndex(
        place=place,
        table=name_of(node.relation),
        index=Index(
            name=node.idxname,
            columns=tuple(p.name or "(expression)" for p in node.indexParams or ()),
            unique=bool(node.unique),
            method=node.accessMethod if node.accessMethod != "btree" else None,
            condition=text_of(node.whereClause) if node.whereClause is not None else None,
            more=_says_more(node),
        ),
        concurrently=bool(node.concurrent),
        if_not_exists=bool(node.if_not_exists),
        only=not node.relation.inh,
        in_state=False,
    )


def _says_more(node: Any) -> bool:
    """Whether an index includes columns, has options, or sorts or compares in a way of its own."""
    return any(
        (node.indexIncludingParams, node.options, node.tableSpace, node.nulls_not_distinct)
    ) or any(
        p.opclass or p.collation or p.ordering.value or p.nulls_ordering.value
        for p in node.indexParams or ()
    )


def _drop(node: Any, sql: str, place: Place) -> Iterator[SchemaChange]:
    what = node.removeType.name
    for listed in node.objects:
        parts = [p.sval for p in listed] if isinstance(listed, tuple | list) else []
        name = ".".join(p for p in parts if p != "public")
        if what == "OBJECT_TABLE":
            yield DropTable(
                place=place,
                table=name,
                if_exists=bool(node.missing_ok),
                cascade=node.behavior.name == "DROP_CASCADE",
                in_state=False,
            )
        elif what == "OBJECT_INDEX":
            yield DropIndex(
                place=place,
                index=Index(name=name),
                concurrently=bool(node.concurrent),
                if_exists=bool(node.missing_ok),
                in_state=False,
            )
        else:
            table = ".".join(parts[:-1]) if what == "OBJECT_TRIGGER" else None
            yield RunStatement(
                place=place,
                table=table,
                sql=sql,
                in_state=False,
                locks="ACCESS EXCLUSIVE" if table else None,
            )


def _rename(node: Any, sql: str, place: Place) -> Iterator[SchemaChange]:
    table = name_of(node.relation) if node.relation is not None else None
    match node.renameType.name:
        case "OBJECT_TABLE" if table is not None and table.endswith("_seq"):
            # ALTER TABLE takes sequences too. A column's default follows by identity,
            # and no code names them.
            yield RunStatement(place=place, table=None, sql=sql, in_state=False)
        case "OBJECT_TABLE":
            # The new name is said without the schema, in which the table stays.
            schema = (table or "").rpartition(".")[0]
            renamed = f"{schema}.{node.newname}" if schema else node.newname
            yield RenameTable(place=place, table=table, new_name=renamed, in_state=False)
        case "OBJECT_COLUMN":
            yield RenameColumn(
                place=place,
                table=table,
                column=node.subname,
                new_name=node.newname,
                in_state=False,
            )
        case "OBJECT_INDEX":
            yield RenameIndex(place=place, old_name=table, new_name=node.newname, in_state=False)
        case _:
            locks = "ACCESS EXCLUSIVE" if node.renameType.name == "OBJECT_TABCONSTRAINT" else None
            yield RunStatement(place=place, table=table, sql=sql, in_state=False, locks=locks)


def _set_schema(node: Any, sql: str, place: Place) -> Iterator[SchemaChange]:
    if node.objectType.name != "OBJECT_TABLE" or node.relation is None:
        yield RunStatement(place=place, sql=sql, in_state=False)
        return
    table, schema = name_of(node.relation), node.newschema
    bare = table.rpartition(".")[2]
    moved = bare if schema == "public" else f"{schema}.{bare}"
    yield RenameTable(place=place, table=table, new_name=moved, in_state=False)


def _rows(kind: str) -> Any:
    def read(node: Any, sql: str, place: Place) -> Iterator[SchemaChange]:
        table = name_of(node.relation)
        given = getattr(getattr(node, "selectStmt", None), "valuesLists", None) or ()
        yield RunStatement(
            place=place,
            table=table,
            sql=sql,
            kind=kind,
            writes=(table,),
            in_state=False,
            few=0 < len(given) <= FEW_ROWS,
        )

    return read


def _lock(node: Any, sql: str, place: Place) -> Iterator[SchemaChange]:
    for relation in node.relations:
        mode = _LOCK_MODES.get(node.mode)
        yield RunStatement(
            place=place, table=name_of(relation), sql=sql, in_state=False, locks=mode
        )


_LOCK_MODES = {
    1: "ACCESS SHARE",
    2: "ROW SHARE",
    3: "ROW EXCLUSIVE",
    4: "SHARE UPDATE EXCLUSIVE",
    5: "SHARE",
    6: "SHARE ROW EXCLUSIVE",
    7: "EXCLUSIVE",
    8: "ACCESS EXCLUSIVE",
}


def _truncate(node: Any, sql: str, place: Place) -> Iterator[SchemaChange]:
    for relation in node.relations:
        table = name_of(relation)
        yield RunStatement(
            place=place,
            table=table,
            sql=sql,
            kind="delete",
            writes=(table,),
            in_state=False,
            locks="ACCESS EXCLUSIVE",
        )


def _trigger(node: Any, sql: str, place: Place) -> Iterator[SchemaChange]:
    yield RunStatement(
        place=place,
        table=name_of(node.relation),
        sql=sql,
        in_state=False,
        locks="SHARE ROW EXCLUSIVE",
    )


def _maintenance(node: Any, sql: str, place: Place) -> Iterator[SchemaChange]:
    relation = getattr(node, "relation", None)
    options = {o.defname for o in getattr(node, "options", None) or ()}
    kind = type(node).__name__
    relations = (
        [relation]
        if relation is not None
        else [r.relation for r in getattr(node, "rels", None) or ()]
    )
    for each in relations or [None]:
        lock: str | None
        if kind == "VacuumStmt":
            lock = "ACCESS EXCLUSIVE" if "full" in options else "SHARE UPDATE EXCLUSIVE"
        else:
            lock = "ACCESS EXCLUSIVE" if kind == "ClusterStmt" else None
        yield RunStatement(
            place=place,
            table=name_of(each) if each is not None else None,
            sql=sql,
            in_state=False,
            locks=lock,
        )


def _comment(node: Any, sql: str, place: Place) -> Iterator[SchemaChange]:
    names = [n.sval for n in node.object] if isinstance(node.object, tuple | list) else []
    if node.objtype.name == "OBJECT_COLUMN":
        names = names[:-1]
    elif node.objtype.name != "OBJECT_TABLE":
        names = []
    yield RunStatement(
        place=place,
        table=".".join(n for n in names if n != "public") or None,
        sql=sql,
        in_state=False,
        locks="SHARE UPDATE EXCLUSIVE" if names else None,
    )


_HANDLERS = {
    "CommentStmt": _comment,
    "CreateStmt": _create_table,
    "CreateTableAsStmt": _create_as,
    "AlterTableStmt": _alter_table,
    "IndexStmt": _index,
    "DropStmt": _drop,
    "RenameStmt": _rename,
    "AlterObjectSchemaStmt": _set_schema,
    "InsertStmt": _rows("insert"),
    "UpdateStmt": _rows("update"),
    "DeleteStmt": _rows("delete"),
    "LockStmt": _lock,
    "TruncateStmt": _truncate,
    "CreateTrigStmt": _trigger,
    "VacuumStmt": _maintenance,
    "ClusterStmt": _maintenance,
}
