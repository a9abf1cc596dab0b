"""What regular expressions of reviewed code make of a short text, such as a class's name."""

from __future__ import annotations

import re
from collections.abc import Callable

from analyzers import limits
from analyzers.read.values import Call, Value

_QUANTIFIERS = re.compile(r"[*+{]|(?<!\()\?")
_REPEATED_GROUP = re.compile(r"\)[*+?{]")
_PLAIN = re.compile(r"[\w\s()\[\]|.^$\\?<>=!:+*{},_-]*", re.ASCII)


def matched(func: str, args: tuple[Value, ...]) -> Value:
    """
    The text, or the parts, that ``re.sub``, ``re.split`` or ``re.findall`` gives.

    *args* may begin with a ``re.compile(...)`` that a method is called on. None
    where that is not known, or where matching could take long.
    """
    if func.startswith(".") and args:
        match args[0]:
            case Call(func="re.compile", args=(str() as compiled,), kwargs=()):
                func, args = f"re{func}", (compiled, *args[1:])
            case _:
                return None
    if not all(isinstance(arg, str) and len(arg) <= limits.PATTERN_TEXT for arg in args):
        return None
    match func, args:
        case "re.sub", (str() as pattern, str() as new, str() as text) if _quick(pattern):
            return _made(lambda: re.sub(pattern, new, text))
        case "re.split", (str() as pattern, str() as text) if _quick(pattern):
            return _made(lambda: re.split(pattern, text))
        case "re.findall", (str() as pattern, str() as text) if _quick(pattern):
            return _made(lambda: re.findall(pattern, text))
        case _:
            return None


def _quick(pattern: str) -> bool:
    """Whether *pattern* is plain, and repeats so little that no short text holds it up."""
    return (
        _PLAIN.fullmatch(pattern) is not None
        # What Python warns of: a set in a set.
        and not any(two in pattern for two in ("[[", "--", "||"))
        and _REPEATED_GROUP.search(pattern) is None
        and len(_QUANTIFIERS.findall(pattern)) <= limits.PATTERN_REPEATS
    )


def _made(make: Callable[[], Value]) -> Value:
    try:
        return make()
    except (re.error, IndexError, OverflowError):
        return None
