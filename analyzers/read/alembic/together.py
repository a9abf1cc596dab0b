"""What several files say of tables, put together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from analyzers.read.alembic.own_table import MappedTable
from analyzers.read.values import Value
from analyzers.vocabulary import Column

BIND = "@"
"""Stands before the name of a database in that of a base."""


def extensions_apart(every: Sequence[MappedTable]) -> list[MappedTable]:
    """
    *every* table, those of all ``SQLAlchemy()`` of Flask's but the one with the most on bases of their own.

    Each has a ``MetaData`` to itself: what an example or a tool of the repository makes is
    none of its program's tables.
    """
    sizes = Counter(found.extension for found in every if found.extension)
    largest = max(sizes, key=lambda extension: sizes[extension], default="")
    return [
        replace(found, base=f"{found.base}:{found.extension}")
        if found.extension not in ("", largest)
        else found
        for found in every
    ]


def bind_of(key: Value) -> str:
    """The database that a ``bind_key`` names; empty where it is the usual one."""
    return "" if key is None else key if isinstance(key, str) else "?"


def binds_apart(every: Sequence[MappedTable]) -> list[MappedTable]:
    """
    *every* table, those of another database on a base of their own for each.

    Flask-SQLAlchemy has a ``MetaData`` for each ``bind_key``: what stands in another one than
    the usual is no matter of revisions that know none of its tables.
    """
    return [
        replace(found, base=f"{found.base}{BIND}{found.bind}") if found.bind else found
        for found in every
    ]


def one_of_each(every: Sequence[MappedTable]) -> dict[str, MappedTable]:
    """
    The tables by name; of several with one name the one whose base has the most tables.

    A repository may keep its first schema, or models of another program, beside the models
    that it runs with. Of one base the first in the order of paths is taken.
    """
    sizes = Counter(found.base for found in every)
    tables: dict[str, MappedTable] = {}
    for found in every:
        known = tables.get(found.table.name)
        if known is None or sizes[found.base] > sizes[known.base]:
            tables[found.table.name] = found
    return tables


def merged(table: MappedTable, extra: MappedTable) -> MappedTable:
    """*table* with the columns that a subclass of single-table inheritance adds."""
    known = {c.name for c in table.table.columns}
    more = tuple(c for c in extra.table.columns if c.name not in known)
    return replace(
        table,
        table=replace(
            table.table,
            columns=(*table.table.columns, *more),
            indexes=(*table.table.indexes, *extra.table.indexes),
            constraints=(*table.table.constraints, *extra.table.constraints),
            complete=table.table.complete and extra.table.complete,
        ),
        beyond=frozenset(),
        columns_at={**extra.columns_at, **table.columns_at},
        attributes={**extra.attributes, **table.attributes},
        infos={**extra.infos, **table.infos},
    )


def typed_references(tables: Mapping[str, MappedTable]) -> dict[str, MappedTable]:
    """Columns without a type of their own take that of the column they refer to."""
    found = dict(tables)
    for name, mapped_table in tables.items():
        columns = tuple(_typed(column, found) for column in mapped_table.table.columns)
        found[name] = replace(mapped_table, table=replace(mapped_table.table, columns=columns))
    return dict(sorted(found.items()))


def _typed(column: Column, tables: Mapping[str, MappedTable], depth: int = 5) -> Column:
    if column.type is not None or column.references is None or depth <= 0:
        return column
    target = tables.get(column.references.table)
    other = target.table.column(column.references.column or "id") if target else None
    if other is None:
        return column
    kind = _typed(other, tables, depth - 1).type
    # A serial's references are plain integers.
    return replace(column, type=kind)
