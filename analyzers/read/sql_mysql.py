"""What MySQL takes and the parser does not: several columns that are added in one list."""

from __future__ import annotations

import re
from collections.abc import Iterator

_ALTERS = re.compile(r"\bALTER\s+(?:\w+\s+)?TABLE\b", re.IGNORECASE)
_LIST = r"\bADD\b\s*(?:COLUMN\b\s*)?(?=\()"
_NO_COLUMN = re.compile(
    r"(?:CHECK|CONSTRAINT|FOREIGN|FULLTEXT|INDEX|KEY|PRIMARY|SPATIAL|UNIQUE)\b", re.IGNORECASE
)
_QUOTED = (
    r"'(?:[^'\\]|\\.|'')*+(?:'|\\?\Z)|\"(?:[^\"\\]|\\.|\"\")*+(?:\"|\\?\Z)|`[^`]*(?:`|\Z)|--[^\n]*"
)
"""What stands in quotes, to the end where they do not end, and comments."""
_PARTS = re.compile(rf"{_QUOTED}|(?P<list>{_LIST})|[(),]", re.IGNORECASE | re.DOTALL)
"""Those, where a list begins, and the signs by which it is divided."""


def one_by_one(text: str) -> str:
    """*text* with ``ADD COLUMN (a int, b int)`` of an ``ALTER TABLE`` as ``ADD COLUMN a int, ADD COLUMN b int``."""
    if not _ALTERS.search(text):
        return text
    said: list[str] = []
    position = 0
    parts = _PARTS.finditer(text)
    for part in parts:
        items = _items(parts) if part["list"] else []
        if not items:
            continue
        listed = (text[start:end].strip() for start, end in items)
        said.append(text[position : part.start()])
        said.append(", ".join(f"ADD {'' if _NO_COLUMN.match(i) else 'COLUMN '}{i}" for i in listed))
        position = items[-1][1] + 1
    return "".join((*said, text[position:]))


def _items(parts: Iterator[re.Match[str]]) -> list[tuple[int, int]]:
    """Where the items of the list that *parts* go on with begin and end; the sign behind the last is its bracket."""
    begin = next(parts).end()
    depth = 1
    found = []
    for part in parts:
        depth += {"(": 1, ")": -1}.get(part[0], 0)
        if (part[0] == "," and depth == 1) or depth == 0:
            found.append((begin, part.start()))
            begin = part.end()
        if depth == 0:
            return found
    return []
