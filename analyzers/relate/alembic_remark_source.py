"""The source of comments and defaults that are given to what is there, for revisions that are offered."""

from __future__ import annotations

from analyzers.read.alembic.own_table import MappedTable
from analyzers.relate.alembic_column_source import default_source, type_source
from analyzers.relate.alembic_constraint_source import name_and_schema
from analyzers.relate.alembic_index_source import BOUND, Unwritable
from analyzers.relate.alembic_missing import Difference, keys_of
from analyzers.relate.alembic_state import TableState
from analyzers.vocabulary import Column, ConstraintKind


def remark(
    d: Difference, model: MappedTable | None, state: TableState | None, *, back: bool
) -> str:
    """
    The operation that gives *model*'s table or column the comment or the default of *d*, or takes it *back*.

    Raises:
        Unwritable: the column's type is not one that is known.

    """
    if model is None or state is None:
        raise Unwritable
    name, schema = name_and_schema(d.table)
    if not d.what:
        one, two = (d.to, d.was) if back else (d.was, d.to)
        existing = f", existing_comment={one!r}" if one else ""
        if not two:
            return f"op.drop_table_comment({name}{existing}{schema})"
        return f"op.create_table_comment({name}, {two!r}{existing}{schema})"
    present, wanted = state.columns.get(d.what), model.table.column(d.what)
    if present is None or wanted is None:
        raise Unwritable
    if d.kind == "comment":
        said = _comment(*((d.to, d.was) if back else (d.was, d.to)))
    else:
        said = f"server_default={_default(present if back else wanted)}"
    # MySQL writes all of a column that is altered.
    stays = "" if present.null is None else f", existing_nullable={present.null}"
    if d.kind == "comment":
        stays += _kept(present, model)
    kind = type_source(present.type)
    return f'op.alter_column({name}, "{d.what}", existing_type={kind}, {said}{stays}{schema})'


def _comment(old: str, new: str) -> str:
    existing = f", existing_comment={old!r}" if old else ""
    return f"comment={new or None!r}{existing}"


def _kept(present: Column, model: MappedTable) -> str:
    """What MySQL has to be told of a column for it to stay: its default, and that it counts."""
    if present.server_default is not None:
        return f", existing_server_default={_default(present)}"
    keys = keys_of(model.table.columns, model.table.constraints)
    refers = any(
        c.kind is ConstraintKind.FOREIGN_KEY and present.name in c.columns
        for c in model.table.constraints
    )
    own = keys == {(present.name,)} and not refers and not present.identity
    counts = own and present.type in _COUNTED
    return ", autoincrement=True" if counts else ""


_COUNTED = frozenset({"integer", "bigint", "smallint", "int"})


def _default(column: Column) -> str:
    if column.server_default is None:
        return "None"
    if column.server_default == "..." or BOUND.search(column.server_default):
        raise Unwritable("its server default is not known")
    return default_source(column.server_default)
