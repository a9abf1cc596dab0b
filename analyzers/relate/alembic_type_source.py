"""
PostgreSQL's enum types in a revision that is written: made where they are not yet, used where they are.

SQLAlchemy makes a type along with a new table, also where it exists, and never along
with a column. Autogenerate leaves both to whoever reads its file. Where a ``MetaData``
has a schema its types stand there since SQLAlchemy 2.1, and did not before: those that
revisions made tell which it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set

from analyzers.read.alembic.enums import EnumType, enum_source
from analyzers.read.alembic.own_table import MappedTable
from analyzers.relate.alembic_index_source import Unwritable
from analyzers.relate.alembic_missing import Difference, ModelsOfRoot
from analyzers.vocabulary import Column

Written = tuple[Difference, Sequence[str]]
"""A difference and the operations that mend it."""


def with_types(written: Sequence[Written], models: ModelsOfRoot) -> tuple[list[str], list[str]]:
    """
    The operations of *written* with types that are there for each, and what takes these away at the end.

    Raises:
        Unwritable: in which schema a type is cannot be told.

    """
    there = {
        ".".join(filter(None, _parts(column))).lower()
        for state in models.tables.tables.values()
        for column in state.columns.values()
    }
    made: dict[str, EnumType] = {}
    lines: list[str] = []
    for difference, operations in written:
        for enum, schema in _types_of(difference, models):
            called = f"{schema}.{enum.name}" if schema else enum.name
            use = _bare(enum, schema).replace(", name=", ", create_type=False, name=")
            if called.lower() not in there:
                there.add(called.lower())
                made[_called(enum.name, schema)] = enum
                if difference.kind == "add_table":
                    use = _in_schema(enum, schema)
                else:
                    lines.append(f"{_bare(enum, schema)}.create(op.get_bind(), checkfirst=True)")
            operations = [line.replace(enum_source(enum), use) for line in operations]
        lines += operations
    ended = [f"postgresql.ENUM({said}).drop(op.get_bind(), checkfirst=True)" for said in made]
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
    schema, name = _parts(column)
    if name not in enums or not re.fullmatch(r"\w*", schema):
        return None
    # Without one it may still have that of the table, which its revision says with `inherit_schema`.
    if ("." in table and not schema) or not name.isprintable() or "\\" in name:
        return None
    of = f', schema="{schema}"' if schema else ""
    return f'postgresql.ENUM(name="{name}"{of}, create_type=False)'


def _types_of(difference: Difference, models: ModelsOfRoot) -> Iterator[tuple[EnumType, str]]:
    """The types that the difference asks for, each once, and the schema that each is in; none is the usual one."""
    model = models.metadata.tables.get(difference.table)
    if model is None:
        return
    match difference.kind:
        case "add_table":
            columns = [column.name for column in model.table.columns]
        case "add_column" | "type":
            columns = [difference.what]
        case _:
            return
    found: dict[str, tuple[EnumType, str]] = {}
    for name in columns:
        enum, column = model.enums.get(name), model.table.column(name)
        # On other databases the type is no name.
        said = _said(column, enum) if enum is not None and column is not None else None
        if enum is not None and said is not None:
            found[enum.name] = enum, said or _usual_schema(model, models)
    yield from found.values()


def _said(column: Column, enum: EnumType) -> str | None:
    """The schema in the type of *column*, where it is *enum*; None where it is not."""
    schema, name = _parts(column)
    if column.type is None and column.makes_type == enum.name:
        return ""
    return schema if name == enum.name else None


_NAME = re.compile(r'(?:("[^"]+"|\w+)\.)?("[^"]+"|\w+)')


def _parts(column: Column) -> tuple[str, str]:
    """The schema and the name of the type of *column*; empty where it has none, or is no name."""
    found = _NAME.fullmatch(column.type or "")
    return ((found[1] or "").strip('"'), found[2].strip('"')) if found else ("", "")


def _usual_schema(model: MappedTable, models: ModelsOfRoot) -> str:
    """
    The schema of a type of which *model* says none.

    Raises:
        Unwritable: it has that of the ``MetaData``, or none, and no revision made another such type.

    """
    found: set[str] = set()
    beside = [
        (name, table) for name, table in models.metadata.tables.items() if table.base == model.base
    ]
    for name, table in beside:
        state = models.tables.get(name)
        for column, enum in table.enums.items():
            asked = table.table.column(column)
            present = state.columns.get(column) if state is not None else None
            if asked is not None and present is not None and _said(asked, enum) == "":
                said = _said(present, enum)
                found |= {said} if said is not None else set()
    if len(found) == 1:
        return found.pop()
    if found or any(table.by_default for _, table in beside):
        raise Unwritable("in which schema its enum type is depends on the version of SQLAlchemy")
    return ""


def _bare(enum: EnumType, schema: str) -> str:
    return _in_schema(enum, schema).replace("sa.Enum(", "postgresql.ENUM(", 1)


def _in_schema(enum: EnumType, schema: str) -> str:
    return enum_source(enum).replace(f"name={enum.name!r})", f"{_called(enum.name, schema)})")


def _called(name: str, schema: str) -> str:
    return f"name={name!r}, schema={schema!r}" if schema else f"name={name!r}"
