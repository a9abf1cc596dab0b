"""SQL of ``op.execute`` as schema changes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzers.vocabulary import Place, RunStatement, SchemaChange

_VERB = re.compile(r"^\s*(?:--[^\n]*\n\s*|/\*.*?\*/\s*)*(\w+)", re.DOTALL)


def statements_of(text: str, place: Place) -> Iterator[SchemaChange]:
    """The changes that the statements of *text* make."""
    found = _VERB.match(text)
    verb = found[1].lower() if found else ""
    if verb in {"select", "with", "show"} and not re.search(
        r"\b(insert|update|delete)\b", text, re.I
    ):
        return
    kind = verb if verb in {"insert", "update", "delete"} else "other"
    yield RunStatement(place=place, sql=text, kind=kind, in_state=False, reversible=None)
