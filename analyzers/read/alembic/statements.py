"""SQL of ``op.execute`` as schema changes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from analyzers.read.sql import read_sql
from analyzers.vocabulary import Place, RunStatement, SchemaChange

_QUERY = re.compile(r"^\s*(?:select|with|show|explain)\b", re.IGNORECASE)
_WRITES = re.compile(r"\b(?:insert|update|delete|merge|setval|alter|create|drop)\b", re.IGNORECASE)
_FROM = re.compile(r"\s*select\b.*\bfrom\b", re.IGNORECASE | re.DOTALL)


def is_query(beginning: str, text: str) -> bool:
    """Whether a statement with that *beginning* and all of that *text* only asks for rows."""
    return _FROM.match(beginning) is not None and ";" not in text and not _WRITES.search(text)


def statements_of(text: str, place: Place, dialect: str) -> Iterator[SchemaChange]:
    """The changes that the statements of *text* make; a query alone makes none."""
    if _QUERY.match(text) and not _WRITES.search(text):
        return
    for change in read_sql(text, place, dialect):
        if isinstance(change, RunStatement) and change.reverse_sql is None:
            change = replace(change, reversible=None)
        yield change
