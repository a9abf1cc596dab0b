"""
Values of MySQL's enum columns that models have and no revision adds.

There the values belong to the column: a new member of a Python enum needs another
type for each column of it. Most versions of Alembic compare enums of as many values
alone, so that neither autogenerate nor ``alembic check`` tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzers.relate.alembic_missing import Difference, ModelsOfRoot

_QUOTED = r"'((?:[^']|'')*+)'"
_ENUM = re.compile(rf"enum\s*\((\s*{_QUOTED}(?:\s*,\s*{_QUOTED})*+\s*)\)", re.IGNORECASE)
_VALUE = re.compile(_QUOTED)


def values_in(type_: str | None) -> tuple[str, ...]:
    """The values of MySQL's enum that SQL calls *type_*; nothing of another type, or where they are not known."""
    found = _ENUM.fullmatch(type_ or "")
    return tuple(v.replace("''", "'") for v in _VALUE.findall(found[1])) if found else ()


def new_values(after: ModelsOfRoot, before: ModelsOfRoot) -> Iterator[Difference]:
    """
    The values that are new in the models of columns which have all that the base's models asked for.

    A revision may take them from the models' own class, and has run with those of then.
    """
    for table, model in sorted(after.metadata.tables.items()):
        old, state = before.metadata.tables.get(table), after.tables.get(table)
        if old is None or state is None:
            continue
        for column in model.table.columns:
            was, present = old.table.column(column.name), state.columns.get(column.name)
            if was is None or present is None:
                continue
            had, has = values_in(was.type), _alike(values_in(present.type))
            has = _alike(had) if present.type == "enum" else has
            if not had or not _alike(had) <= has:
                continue
            for value in values_in(column.type):
                if value.lower() not in has:
                    yield Difference("value", table, column.name, value)


def _alike(values: tuple[str, ...]) -> frozenset[str]:
    """*values* as most collations compare them."""
    return frozenset(value.lower() for value in values)
