"""What MySQL takes and the parser does not: several columns that are added in one list."""

from __future__ import annotations

import re
from collections.abc import Iterator

_LIST = re.compile(r"\bADD\b\s*(?:COLUMN\b\s*)?(?=\()", re.IGNORECASE)
_ALTERS = re.compile(r"\bALTER\s+(?:\w+\s+)?TABLE\b", re.IGNORECASE)
_NO_COLUMN = re.compile(
    r"(?:CHECK|CONSTRAINT|FOREIGN|FULLTEXT|INDEX|KEY|PRIMARY|SPATIAL|UNIQUE)\b", re.IGNORECASE
)
_PARTS = re.compile(
    r"'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.|\"\")*\"|`[^`]*`|--[^\n]*|[(),]", re.DOTALL
)
"""What stands in quotes and comments, and the signs by which a list is divided."""


def one_by_one(text: str) -> str:
    """*text* with ``ADD COLUMN (a int, b int)`` of an ``ALTER TABLE`` as ``ADD COLUMN a int, ADD COLUMN b int``."""
    if not _ALTERS.search(text):
        return text
    quoted = [part.span() for part in _PARTS.finditer(text) if len(part[0]) > 1]
    said: list[str] = []
    position = 0
    for found in _LIST.finditer(text):
        within = any(start < found.start() < end for start, end in quoted)
        items = [*_items(text, found.end())] if found.start() >= position and not within else []
        if not items:
            continue
        listed = (text[start:end].strip() for start, end in items)
        said.append(text[position : found.start()])
        said.append(", ".join(f"ADD {'' if _NO_COLUMN.match(i) else 'COLUMN '}{i}" for i in listed))
        position = items[-1][1] + 1
    return "".join((*said, text[position:]))


def _items(text: str, start: int) -> Iterator[tuple[int, int]]:
    """Where the items of the list at *start* begin and end; the sign behind the last is its bracket."""
    depth = 0
    begin = start + 1
    found = []
    for part in _PARTS.finditer(text, start):
        match part[0]:
            case "(":
                depth += 1
            case ")":
                depth -= 1
            case _:
                pass
        if (part[0] == "," and depth == 1) or depth == 0:
            found.append((begin, part.start()))
            begin = part.end()
        if depth == 0:
            yield from found
            return
