"""How a statement is laid out, and in which case its words stand: nothing that a database sees."""

from __future__ import annotations

import re

_SQL = re.compile(
    r"\s*(?:alter|comment|create|delete|drop|grant|insert|select|truncate|update|with)\b", re.I
)
_LINES = re.compile(r"[^\n]*\n|[^\n]+")
_SPACES = re.compile(r"[ \t]+")
_BREAK = re.compile(r"(?<![ \t])[ \t]*\n\s*")
_QUOTED = re.compile(r"('(?:[^']|'')*'|\"[^\"]*\"|`[^`]*`)")
_OPEN = re.compile(r"['\"`$]|--|/\*")
"""In a text with one of these, outside of quotes that end, spaces and letters may be data."""

_WORDS = re.compile(
    r"(?<![\w.\0])(?:select|distinct|from|where|and|or|not|in|is|null|as|on|join|inner|left|right|outer|cross"
    r"|insert|into|values|update|set|delete|order|group|by|having|limit|union|all|exists|between|like|case"
    r"|when|then|else|end|asc|desc|create|table|index|unique|drop|alter|add|column|constraint|primary|foreign"
    r"|key|references|default|cascade|if)(?![\w.\0])",
    re.IGNORECASE,
)
"""Words that mean the same in whichever letters, and name nothing that letters tell apart."""


def laid_out(texts: tuple[str, ...]) -> tuple[str, ...]:
    """
    The pieces of one text without SQL's comments, and where it is SQL without indentation, its own words small.

    A literal over several lines keeps all of its own.
    """
    if any("--" in text and "\n" in text for text in texts):
        texts = tuple(map(_without_comments, texts))
    whole = "?".join(texts)
    if not _SQL.match(whole) or "plpython" in whole:
        return texts
    if "\n" in whole:
        if any(line.count("'") % 2 for line in whole.splitlines()):
            return texts
        # A line may end a comment, and the body of a function keeps its lines.
        gap = "\n" if "--" in whole or "$" in whole else " "
        first, *between = (_BREAK.sub(gap, text) for text in texts)
        texts = (first.lstrip(), *between)
        texts = (*texts[:-1], texts[-1].rstrip())
    return _in_small_letters(texts)


def _without_comments(text: str) -> str:
    """*text* without the lines that are comments, and the empty ones before them."""
    kept: list[str] = []
    for line in _LINES.findall(text):
        if line.lstrip().startswith("--"):
            while kept and not kept[-1].strip():
                kept.pop()
        else:
            kept.append(line)
    return "".join(kept)


def _in_small_letters(texts: tuple[str, ...]) -> tuple[str, ...]:
    """*texts* with one space for several, none around them, and SQL's own words small, but for what is quoted."""
    if any("\0" in text for text in texts):
        # It stands between the pieces here; no database takes one.
        return texts
    parts = _QUOTED.split("\0".join(texts))
    if any(_OPEN.search(part) for part in parts[::2]) or any("\\" in part for part in parts):
        return texts
    parts[::2] = [_WORDS.sub(lambda m: m[0].lower(), _SPACES.sub(" ", p)) for p in parts[::2]]
    return tuple("".join(parts).strip(" \t").split("\0"))
