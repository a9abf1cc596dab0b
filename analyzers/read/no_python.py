"""Mistakes in a file that every Python refuses, whichever the project runs."""

from __future__ import annotations

import re

_BY_SIGNS = re.compile(
    r"'.' was never closed|unmatched '.'|closing parenthesis '.' does not match"
    r"|unterminated (?:triple-quoted )?string literal|expected ':'"
    r"|invalid syntax\. (?:Perhaps you forgot a comma|Maybe you meant '==')"
    r"|positional argument follows keyword argument|unexpected character after line continuation"
)
_BY_INDENTATION = re.compile(
    r"expected an indented block|unexpected indent|unindent does not match"
)
_FORMATTED = re.compile(r"(?i)(?<!\w)r?[ft]r?['\"]")
"""What begins a string whose end newer Pythons find in another way."""
_NEWER = re.compile(
    r"^[ \t]*(?:(?:class|(?:async[ \t]+)?def)[ \t]+\w+[ \t]*\[|(?:type|lazy)[ \t]+\w)", re.M
)
_TEMPLATE = re.compile(r"\{%|\{#")


def refused_by_all(source: str, message: str) -> bool:
    """
    Whether no Python reads *source*, of which this one says *message*.

    False where it may be newer than the Python that runs here, or Python 2, or a template of a file.
    """
    if _TEMPLATE.search(source) or _FORMATTED.search(source) or _NEWER.search(source):
        return False
    if _BY_SIGNS.match(message):
        return True
    # Of tabs each Python had its own opinion.
    return _BY_INDENTATION.match(message) is not None and "\t" not in source
