"""
Migrations in the form in which Django writes them, told from their text alone.

To know where a migration stands in the graph takes a few lines of its file, and to
parse and evaluate all of it takes much of a review's time. A file that ends with one
class, of which the attributes are plain lists of names and the last is the list of
operations, is read here; that its text is valid Python to its end is seen by taking
its brackets away from within, as far as each holds plain arguments. What stands before
the class is parsed; mostly it is a few imports, the same as in the next file. What has
any other form is not recognised, and must be read whole.
"""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple
from unicodedata import normalize

from analyzers.read.names import Late, Names
from analyzers.read.sources import nested_too_deeply, plainly_parsed
from analyzers.read.values import Ref

BYTES = 400_000
OPENING = 10_000
"""Characters before the class, where values are given names there."""

PARTS = 10_000
"""Names, values and brackets; beyond, the bounds of the evaluator may come into play."""

REFERENCES = 1_000

SHORT = 2_000
"""Characters before the class that are remembered."""

ROUNDS = 20
"""Brackets within one another."""

Pairs = tuple[tuple[str, str] | None, ...]
"""Named migrations; None for the user model's app."""


class Head(NamedTuple):
    """What a migration's file says of the graph, and which operations follow."""

    line: int
    """Of the class."""
    dependencies: Pairs
    dependencies_lines: tuple[int, int] | None
    run_before: Pairs
    replaces: Pairs
    initial: bool | None
    atomic: bool
    operations: tuple[str, ...]
    """Their names, in order."""


_COOKIE = re.compile(rb"#[ ](?:-\*-[ ])?(?:en)?coding:[ ]utf-?8(?:[ ]-\*-)?\r?\n")
_CLASS = "\nclass Migration(migrations.Migration):\n"
_BLANK = r"(?:[ ]*(?:\#[^\n]*)?\n)*+"
_COMMENTS = re.compile(_BLANK, re.VERBOSE)

_TEXT = r"""(?:"([^"\\\n]*)"|'([^'\\\n]*)')"""
_GAP = r"[ \n]*+"
_PAIR = rf"\({_GAP}{_TEXT}{_GAP},{_GAP}{_TEXT}{_GAP}(?:,{_GAP})?\)"
_USER = rf"migrations\.swappable_dependency\({_GAP}settings\.(AUTH_USER_MODEL){_GAP}(?:,{_GAP})?\)"
_ITEM = rf"(?:{_PAIR}|{_USER})"
_ONE = re.compile(_ITEM)
_LIST = rf"\[{_GAP}(?:{_ITEM}{_GAP}(?:,{_GAP}{_ITEM}{_GAP})*+(?:,{_GAP})?)?\]"
_END = r"[ ]*(?:\#[^\n]*)?\n"
_STATEMENT = re.compile(
    rf"""
    {_BLANK}[ ]{{4}}(?:
        (?P<flag>initial|atomic)[ ]?=[ ]?(?P<value>True|False){_END}
      | (?P<name>dependencies|replaces|run_before)[ ]?=[ ]?(?P<list>{_LIST}){_END}
      | operations[ ]?=[ ]?(?=\[)
    )""".replace(_LIST, _LIST.replace("[ \\n]", "[\\ \\n]")),
    re.VERBOSE,
)

_ESCAPE = r"\\(?:[^\nxuUN]|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4})"
_STRINGS = re.compile(
    rf"""(?:"[^"\\\n]*+(?:{_ESCAPE}[^"\\\n]*+)*+"|'[^'\\\n]*+(?:{_ESCAPE}[^'\\\n]*+)*+')"""
)
_COMMENT = re.compile(r"#[^\n]*")
_PREFIXED = tuple(f"{sign}\0" for sign in "rRuUbB")
_OF_TEXT = re.compile(r"\b[rRuU]\0")
_OF_BYTES = re.compile(r"\b(?:[bB][rR]?|[rR][bB])\0")
_CHARACTERS = re.compile(r"[A-Za-z0-9_.,=:()\[\]{}\0 \n-]*+")
_APART = re.compile(r" (?:(?<=[\w.] )[\w.\0]|(?<=\0 )[\w.])", re.ASCII)
"""Two words with nothing between them, and dots that stand apart."""
_DJANGO_S = re.compile(r"migrations\.(?<=[\[,]migrations\.)(?=[A-Za-z_]\w*\()", re.ASCII)
_NAME = re.compile(r"[A-Za-z_]\w*+", re.ASCII)
_ATTRIBUTES = re.compile(r"(?:\.[A-Za-z_]\w*+)++", re.ASCII)
_NUMBER = re.compile(r"(?:0|[1-9]\d{0,17}+)(?:\.\d{1,17}+)?", re.ASCII)
_OWN = re.compile(r"\$([A-Za-z_]\w*+)", re.ASCII)
_SUBSCRIPT = re.compile(r"[&@$][\[{]")
_KEYWORDS = frozenset(keyword.kwlist) - {"None", "True", "False"}
_NO_NAMES = tuple(t for k in ("None", "True", "False") for t in (f"{k}=", f".{k}"))

_VALUE = r"-?(?:&@?x?|%|\0+|\x01+|x|\$x)(?!=)"
_NAMED = rf"&={_VALUE}"
_VALUES = rf"{_VALUE}(?:,{_VALUE})*+"
_ARGUMENTS = rf"(?:{_VALUES}(?:,{_NAMED})*+|{_NAMED}(?:,{_NAMED})*+)"
_PLAIN = re.compile(
    rf"(?<=[&@$])\((?:{_ARGUMENTS},?)?\)"
    rf"|\((?:{_VALUES},?)?\)"
    rf"|\[(?:{_VALUES},?)?\]"
    rf"|\{{(?:{_VALUE}:{_VALUE}(?:,{_VALUE}:{_VALUE})*+,?|{_VALUES},?)?\}}"
)
"""Brackets with nothing but plain values in them."""
_BETWEEN = ",=:)]}"
_LONG = (ast.Call, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_OPERATIONS = re.compile(r"\[(?:\$x(?:,\$x)*+,?)?\]")


def head(content: bytes) -> Head | None:
    """What the file *content* says of the graph; None where it must be read whole."""
    text = _text(content)
    if text is None or nested_too_deeply(content):
        return None
    at = text.find(_CLASS) + 1
    if not at:
        return None
    opening = _COMMENTS.match(text)
    imported = _django_s(text[opening.end() if opening else 0 : at])
    if "migrations" not in imported:
        return None
    lists: dict[str, Pairs] = {}
    lines: tuple[int, int] | None = None
    flags: dict[str, bool] = {}
    position = at + len(_CLASS) - 1
    while True:
        found = _STATEMENT.match(text, position)
        if found is None:
            return None
        position = found.end()
        name, flag = found["name"], found["flag"]
        if name:
            pairs = _pairs(found["list"])
            if len(pairs) > REFERENCES or (None in pairs and "settings" not in imported):
                return None
            lists[name] = pairs
            if name == "dependencies":
                first = text.count("\n", 0, found.start("name")) + 1
                lines = first, first + found["list"].count("\n")
        elif flag:
            flags[flag] = found["value"] == "True"
        else:
            break
    operations = _operations(text[position:])
    if operations is None:
        return None
    return Head(
        line=text.count("\n", 0, at) + 1,
        dependencies=lists.get("dependencies", ()),
        dependencies_lines=lines,
        run_before=lists.get("run_before", ()),
        replaces=lists.get("replaces", ()),
        initial=flags.get("initial"),
        atomic=flags.get("atomic", True),
        operations=operations,
    )


def _text(content: bytes) -> str | None:
    """The characters of a file in UTF-8; None where anything speaks against that."""
    if len(content) > BYTES or b"\0" in content:
        return None
    cookie = _COOKIE.match(content)
    if b"coding" in content[cookie.end() if cookie else 0 : 400]:
        return None
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return None
    if "\r" in text:
        text = text.replace("\r\n", "\n")
        if "\r" in text:
            return None
    return text


def _django_s(text: str) -> frozenset[str]:
    """Which of ``migrations`` and ``settings`` are Django's after *text*; nothing where that is not certain."""
    return _bound_before(text) if len(text) > SHORT or "def " in text else _imported(text)


def _bound_before(text: str) -> frozenset[str]:
    # Python reads names in compatibility characters too.
    if "Migration" in (text if text.isascii() else normalize("NFKC", text)):
        return frozenset()
    module = plainly_parsed(text)
    if module is None:
        return frozenset()
    bound = Names(module, package="-", name="-").bound
    values = [value.node for value in bound.values() if isinstance(value, Late)]
    if values and (
        len(text) > OPENING or any(isinstance(n, _LONG) for v in values for n in ast.walk(v))
    ):
        # To evaluate them may take all the steps that the evaluator has for one file.
        return frozenset()
    return frozenset(name for name, whole in _OF_DJANGO.items() if bound.get(name) == whole)


_imported = lru_cache(maxsize=2_000)(_bound_before)
"""The same, remembered: most migrations begin with the same few lines."""

_OF_DJANGO = {"migrations": Ref("django.db.migrations"), "settings": Ref("django.conf.settings")}


def _pairs(text: str) -> Pairs:
    """The items of a list that ``_LIST`` has matched."""
    return tuple(
        None if user else (one or two, three or four)
        for one, two, three, four, user in _ONE.findall(text)
    )


def _operations(text: str) -> tuple[str, ...] | None:
    """
    The names of the operations in *text*, a list of them that ends the file.

    None where it is not valid Python for certain, or holds anything but calls of
    Django's own operations with plain values.
    """
    if '"""' in text or "'''" in text:
        return None
    plain = text.isascii()
    text = _STRINGS.sub("\0", text)
    if "#" in text:
        text = _COMMENT.sub("", text)
    if _CHARACTERS.fullmatch(text) is None:
        return None
    if any(sign in text for sign in _PREFIXED):
        text = _OF_TEXT.sub("\0", text)
        # Bytes are of ASCII alone.
        text = _OF_BYTES.sub("\x01", text) if plain else text
    text = " ".join(text.split())
    if _APART.search(text) is not None:
        return None
    text = text.replace(" ", "")
    if not _KEYWORDS.isdisjoint(_NAME.findall(text)) or any(word in text for word in _NO_NAMES):
        return None
    text = _DJANGO_S.sub("$", text)
    names = _OWN.findall(text)
    text = _ATTRIBUTES.sub("@", _OWN.sub("$", text))
    text = _NUMBER.sub("%", _NAME.sub("&", text))
    if len(text) > PARTS:
        # What is constant is not evaluated, but in a dictionary.
        aside = _BETWEEN if ":" in text else _BETWEEN + "%\0\x01"
        if len(text) - sum(map(text.count, aside)) > PARTS:
            return None
    if _SUBSCRIPT.search(text) is not None:
        return None
    whole = text
    for _ in range(ROUNDS):
        if _OPERATIONS.fullmatch(text):
            return tuple(names if text.count("$") == len(names) else _outermost(whole, names))
        before, text = text, _PLAIN.sub("x", text)
        if before == text:
            return None
    return None


def _outermost(text: str, names: list[str]) -> Iterator[str]:
    """Of *names*, those of operations that no other one holds."""
    depth = 0
    remaining = iter(names)
    for sign in text:
        if sign in "([{":
            depth += 1
        elif sign in ")]}":
            depth -= 1
        elif sign == "$":
            name = next(remaining)
            if depth == 1:
                yield name
