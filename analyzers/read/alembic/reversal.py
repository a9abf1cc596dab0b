"""Whether ``downgrade()`` takes back what ``upgrade()`` does, change by change."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from analyzers.vocabulary import (
    AddColumn,
    AddConstraint,
    AddIndex,
    AlterColumn,
    Constraint,
    CreateTable,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropTable,
    Index,
    RenameColumn,
    RenameTable,
    RunCode,
    RunStatement,
    SchemaChange,
    ValidateConstraint,
)

_LABEL = re.compile(r"\s*ALTER\s+TYPE\s+\S+\s+ADD\s+VALUE\b[^;]*(?:;\s*)?$", re.IGNORECASE)
_NAMED = re.compile(
    r"\s*(?P<verb>CREATE|DROP)\s+(?:OR\s+REPLACE\s+)?"
    r"(?P<kind>TYPE|VIEW|MATERIALIZED\s+VIEW|FUNCTION|PROCEDURE|TRIGGER|EXTENSION|SEQUENCE|SCHEMA"
    r"|DOMAIN|POLICY|AGGREGATE|COLLATION)\s+(?:IF\s+(?:NOT\s+)?EXISTS\s+)?(?P<name>[\w.\"]+)",
    re.IGNORECASE,
)
_PASSES = re.compile(
    r"\s*(?:ANALYZE|VACUUM|REINDEX|CLUSTER|REFRESH\s+MATERIALIZED\s+VIEW|SET|RESET|LOCK|BEGIN|START\s+TRANSACTION"
    r"|COMMIT|END|CHECKPOINT|SHOW)\b[^;]*(?:;\s*)?",
    re.IGNORECASE,
)
"""One statement after which the schema and the rows are those of before."""

_DDL = re.compile(r"\b(?:alter|create|drop|rename|truncate|comment)\b", re.IGNORECASE)


def reversal(
    forward: Sequence[SchemaChange],
    back: Sequence[SchemaChange] | None,
    *,
    gives_up: bool,
    explained: bool = False,
) -> tuple[SchemaChange, ...]:
    """
    *forward* with each change's reversibility judged by what ``downgrade`` does.

    False where there is no way back (no ``downgrade``, an empty one, one that
    raises), None where the way back is not seen to undo this very change. An empty one that
    is *explained* is a way back for what moves rows and leaves the schema alone.
    """
    if explained and not gives_up and not back and all(map(_moves_rows, forward)):
        return tuple(replace(change, reversible=True) for change in forward)
    if not back or gives_up:
        return tuple(replace(change, reversible=_leaves_nothing(change)) for change in forward)
    return tuple(
        replace(
            change,
            reversible=True if _leaves_nothing(change) or _undone(change, back) else None,
        )
        for change in forward
    )


def _leaves_nothing(change: SchemaChange) -> bool:
    """Whether there is nothing to undo: a comment, a copy of a table, a constraint that is validated, a lock."""
    match change:
        case ValidateConstraint():
            return True
        case RunStatement(sql=sql, reverse_sql=back):
            return back == "" or (sql is not None and _PASSES.fullmatch(sql) is not None)
        case _:
            return False


def _moves_rows(change: SchemaChange) -> bool:
    """Whether *change* is about rows alone."""
    match change:
        case RunCode():
            return True
        case RunStatement(sql=str(text)):
            # A label that an enum has too many harms nobody, and no statement takes it away.
            return _DDL.search(text) is None or _LABEL.match(text) is not None
        case _:
            return False


def _made_or_dropped(text: str) -> tuple[str, str, str] | None:
    """Verb, kind and name of a statement that makes or drops something beside tables."""
    found = _NAMED.match(text)
    if found is None:
        return None
    name = found["name"].replace('"', "").lower().removeprefix("public.")
    return found["verb"].upper(), " ".join(found["kind"].upper().split()), name


def _opposite(one: str, two: str) -> bool:
    """Whether *two* drops what *one* makes, or makes what it drops."""
    first, second = _made_or_dropped(one), _made_or_dropped(two)
    if first is None or second is None:
        return False
    return first[0] != second[0] and first[1:] == second[1:]


def _undone(change: SchemaChange, back: Sequence[SchemaChange]) -> bool:
    for other in back:
        same = other.table == change.table
        match change, other:
            case CreateTable(), DropTable():
                if same:
                    return True
            case DropTable(), CreateTable():
                if same:
                    return True
            case ((AddColumn() | AddIndex() | AddConstraint() | AlterColumn()), DropTable()):
                if same:
                    return True
            case (
                (
                    AddIndex(index=Index(columns=columns))
                    | AddConstraint(constraint=Constraint(columns=columns))
                ),
                DropColumn(column=name),
            ):
                # It goes with its column.
                if same and name in columns:
                    return True
            case AddColumn(column=column), DropColumn(column=name):
                if same and column.name == name:
                    return True
            case DropColumn(column=name), AddColumn(column=column):
                if same and column.name == name:
                    return True
            case AlterColumn(after=one), AlterColumn(after=two):
                if same and one.name == two.name:
                    return True
            case (AddIndex(index=one_i), DropIndex(index=two_i)) | (
                DropIndex(index=one_i),
                AddIndex(index=two_i),
            ):
                if one_i.name == two_i.name:
                    return True
            case (AddConstraint(constraint=one_c), DropConstraint(constraint=two_c)) | (
                DropConstraint(constraint=one_c),
                AddConstraint(constraint=two_c),
            ):
                if same and one_c.name == two_c.name:
                    return True
            case RunStatement(sql=str(one_sql)), RunStatement(sql=str(two_sql)):
                if _opposite(one_sql, two_sql):
                    return True
            case RenameTable(new_name=new), RenameTable(table=old):
                if new == old:
                    return True
            case RenameColumn(new_name=new), RenameColumn(column=old):
                if same and new == old:
                    return True
            case _:
                pass
    return False
