"""
PostgreSQL's enum types in a revision that is written: made where they are not yet, used where they are.

SQLAlchemy makes a type along with a new table, also where it exists, and never along
with a column. Autogenerate leaves both to whoever reads its file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set

from analyzers.read.alembic.enums import EnumType, enum_source
from analyzers.relate.alembic_missing import Difference, ModelsOfRoot
from analyzers.vocabulary import Column

Written = tuple[Difference, Sequence[str]]
"""A difference and the operations that mend it."""


def with_types(written: Sequence[Written], models: ModelsOfRoot) -> tuple[list[str], list[str]]:
    """The operations of *written* with types that are there for each, and what takes these away at the end."""
    there = {
        (column.type or "").strip('"').lower()
        for state in models.tables.tables.values()
        for column in state.columns.values()
    }
    made: dict[str, EnumType] = {}
    lines: list[str] = []
    for difference, operations in written:
        for enum in _types_of(difference, models):
            if enum.name.lower() not in there:
                there.add(enum.name.lower())
                made[enum.name] = enum
                if difference.kind == "add_table":
                    continue
                lines.append(f"{_bare(enum)}.create(op.get_bind(), checkfirst=True)")
            used = _bare(enum).replace(", name=", ", create_type=False, name=")
            operations = [line.replace(enum_source(enum), used) for line in operations]
        lines += operations
    ended = [
        f"postgresql.ENUM(name={name!r}).drop(op.get_bind(), checkfirst=True)" for name in made
    ]
    return lines, ended


def types_there(models: ModelsOfRoot) -> frozenset[str]:
    """The names of types that are enums: revisions make them along with a table, or models say so."""
    made = {
        column.makes_type
        for state in models.tables.tables.values()
        for column in state.columns.values()
    }
    asked = {
        enum.name for table in models.metadata.tables.values() for enum in table.enums.values()
    }
    return frozenset(name for name in made | asked if name)


def type_kept(column: Column, table: str, enums: Set[str]) -> str | None:
    """
    The source of the enum type of a *column* of the database; None where it has none of *enums*.

    The type stays where a column or a table goes, and is not made when that comes back.
    """
    name = (column.type or "").strip('"')
    # In a schema the type's depends on SQLAlchemy's version.
    if name not in enums or "." in table or not name.isprintable() or {"\\", '"'} & {*name}:
        return None
    return f'postgresql.ENUM(name="{name}", create_type=False)'


def _types_of(difference: Difference, models: ModelsOfRoot) -> Iterator[EnumType]:
    """The types that the difference asks for, each once. In a schema theirs depends on SQLAlchemy's version."""
    model = models.metadata.tables.get(difference.table)
    if model is None or "." in difference.table:
        return
    match difference.kind:
        case "add_table":
            columns = [column.name for column in model.table.columns]
        case "add_column" | "type":
            columns = [difference.what]
        case _:
            return
    found: dict[str, EnumType] = {}
    for name in columns:
        enum, column = model.enums.get(name), model.table.column(name)
        # On other databases the type is no name.
        if enum is not None and column is not None and (column.type or "").strip('"') == enum.name:
            found[enum.name] = enum
    yield from found.values()


def _bare(enum: EnumType) -> str:
    return enum_source(enum).replace("sa.Enum(", "postgresql.ENUM(", 1)
