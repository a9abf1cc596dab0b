"""The source of an index, for revisions that are offered."""

from __future__ import annotations

import re

from analyzers.vocabulary import Index

BOUND = re.compile(r"(?<![:\w\\]):\w")
"""What ``sa.text`` takes for a parameter."""
_EXPRESSION = re.compile(
    r"[^(]*\(.*\).*|\w+(?:\s+(?:asc|desc))?(?:\s+nulls\s+(?:first|last))?",
    re.IGNORECASE | re.DOTALL,
)
"""What a member of an index may be besides a column; a column's name with a space in it is none of these."""


class Unwritable(Exception):
    """Something that cannot be written because its type, its name or what else it says is not known; as text why."""


def index_call(index: Index, table: str, more: str = "") -> str:
    """
    The ``op.create_index(...)`` of *index* on *table*, which is source as well, with *more* at its end.

    Raises:
        Unwritable: not all that the index says is known.

    """
    if index.name is None:
        raise Unwritable("the name of its index is not known")
    if index.more or index.condition == "...":
        raise Unwritable("not all that its index says is known")
    said = f', postgresql_using="{index.method}"' if index.method else ""
    if index.condition is not None:
        if BOUND.search(index.condition):
            raise Unwritable
        said += f", postgresql_where=sa.text({_literal(index.condition)})"
    columns = ", ".join(map(_member, index.columns))
    return (
        f'op.create_index("{index.name}", {table}, [{columns}], unique={index.unique}{said}{more})'
    )


def _member(text: str) -> str:
    """A column, or an expression of the database."""
    if re.fullmatch(r"\w+", text):
        return f'"{text}"'
    if (
        "..." in text
        or text == "(expression)"
        or BOUND.search(text)
        or not _EXPRESSION.fullmatch(text)
    ):
        raise Unwritable
    return f"sa.text({_literal(text)})"


def _literal(text: str) -> str:
    return repr(text) if '"' in text or not text.isprintable() or "\\" in text else f'"{text}"'
