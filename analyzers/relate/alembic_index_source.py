"""The source of an index, for revisions that are offered."""

from __future__ import annotations

import re

from analyzers.vocabulary import Index

_BOUND = re.compile(r"(?<![:\w\\]):\w")
"""What ``sa.text`` takes for a parameter."""


class Unwritable(Exception):
    """Something that cannot be written because its type, its name or what else it says is not known."""


def index_call(index: Index, table: str, more: str = "") -> str:
    """
    The ``op.create_index(...)`` of *index* on *table*, which is source as well, with *more* at its end.

    Raises:
        Unwritable: not all that the index says is known.

    """
    if index.name is None or index.more or index.condition == "...":
        raise Unwritable
    if not all(re.fullmatch(r"\w+", column) for column in index.columns):
        raise Unwritable
    said = f', postgresql_using="{index.method}"' if index.method else ""
    if index.condition is not None:
        if _BOUND.search(index.condition):
            raise Unwritable
        said += f", postgresql_where=sa.text({_literal(index.condition)})"
    columns = ", ".join(f'"{column}"' for column in index.columns)
    return (
        f'op.create_index("{index.name}", {table}, [{columns}], unique={index.unique}{said}{more})'
    )


def _literal(text: str) -> str:
    return repr(text) if '"' in text or not text.isprintable() or "\\" in text else f'"{text}"'
