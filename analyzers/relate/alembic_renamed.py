"""What models and revisions disagreed about already, by the names that new revisions give."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from analyzers.relate.alembic_missing import Difference, ModelsOfRoot
from analyzers.vocabulary import RenameColumn, RenameTable, SchemaChange


def as_named_now(base: ModelsOfRoot, changes: Iterable[SchemaChange]) -> ModelsOfRoot:
    """
    *base* with its differences also under the names that *changes* give to their tables and columns.

    A table that is renamed brings along what its models never said as its revisions do.
    """
    found = base.differences
    for change in changes:
        match change:
            case RenameTable(table=str(old), new_name=new):
                found |= {_of_table(d, old, new) for d in found}
            case RenameColumn(table=table, column=old, new_name=new):
                found |= {_of_column(d, old, new) for d in found if d.table == table}
            case _:
                pass
    return replace(base, differences=found)


def _of_table(difference: Difference, old: str, new: str) -> Difference:
    is_key = difference.kind.endswith("foreign_key")
    return replace(
        difference,
        table=new if difference.table == old else difference.table,
        to=new if is_key and difference.to == old else difference.to,
    )


def _of_column(difference: Difference, old: str, new: str) -> Difference:
    """An index goes by its name, all else by its columns."""
    if difference.kind.endswith("_index"):
        return difference
    names = (new if name == old else name for name in difference.what.split(","))
    return replace(difference, what=",".join(names))
