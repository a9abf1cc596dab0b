"""Bytes of a file to a syntax tree, within bounds; the one place where source is parsed."""

from __future__ import annotations

import ast
import codecs
import contextlib
import io
import re
import tokenize
import warnings

from analyzers.frozen import dataclass
from analyzers.limits import NESTING, OTHER_PYTHON_BYTES, SOURCE_BYTES
from analyzers.trees import LACKING

_BRACKETS = bytes.maketrans(b"[{", b"((")
_LONG = NESTING * 5
_LONG_CHAIN = re.compile(rb"(?:[-+~]\s*){%d}|(?:\bnot\s+){%d}" % (_LONG, _LONG))
_LONG_NUMBER = re.compile(r"0[xXoObB][\da-fA-F_]{3000}")
_LONGEST = 14_000
"""Bits of a number that has fewer decimal digits than Python's limit of 4300."""
_HALF = re.compile("[\ud800-\udfff]")
_HALF_ESCAPED = re.compile(r"\\(?:u|U0000)[dD][89a-fA-F]")

_NO_SOURCE = frozenset(
    [
        "punycode",
        "idna",
        "undefined",
        "unicode-escape",
        "raw-unicode-escape",
        "utf-7",
        "mbcs",
        "oem",
        "charmap",
    ]
)
"""
Codecs that turn ASCII into other characters than it has, or take the square of the file's length.

Python accepts some of them for source; nobody writes migrations in them.
"""


_TREE_BYTES = 520
"""Of a syntax tree, for each byte of its source; ``[],{},`` repeated takes that (CPython 3.11)."""

_POINTER = b"version https://git-lfs.github.com/spec/"

CONFLICT_MARKERS = "git's conflict markers are left in it"
_MARKER = re.compile(rb"^(?:(<{7})|(>{7})|\|{7}|={7}(?=\r?$))(?: .*)?$", re.MULTILINE)
_MARKERS = 100
"""How many of them are looked at: each is counted from the beginning."""

TOO_LARGE = f"the file has more than {SOURCE_BYTES:,} bytes, which are not read."


@dataclass(frozen=True, slots=True)
class Unparsed:
    """Why a file could not be read, and at which line."""

    reason: str
    line: int = 1
    nowhere: bool = False
    """Whether no Python reads it, newer and older ones included."""


def text_of(content: bytes) -> str | None:
    """The characters of a Python file by its own declaration (PEP 263); None where they cannot be decoded."""
    try:
        if content.startswith(b"\xef\xbb\xbf") or b"coding" in content[:400]:
            encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
            if codecs.lookup(encoding).name.replace("_", "-") in _NO_SOURCE:
                return None
            return content.decode(encoding)
        return content.decode()
    except (SyntaxError, LookupError, UnicodeError):
        return None


def absent(content: bytes) -> str | None:
    """Why *content* stands for one that is not here; None where it is the file's own."""
    if content == LACKING:
        return "this copy of the repository lacks the file's content; fetch it"
    if content.startswith(_POINTER):
        return "Git LFS keeps the file's content, which is not here"
    return None


def may_hold(content: bytes, word: str) -> bool:
    """
    Whether a Python file may hold the name *word*.

    Python reads names in compatibility characters and in other encodings too:
    only plain ASCII tells without being parsed. What is not here may hold anything.
    """
    if absent(content) is not None:
        return True
    plain = content.isascii() and b"coding" not in content[:400]
    return not plain or word.encode() in content


def parse(content: bytes) -> ast.Module | Unparsed:
    """
    The syntax tree of a Python file, or why there is none.

    What is not in the syntax of this Python is read as ``other_pythons`` puts it.
    """
    if len(content) > SOURCE_BYTES:
        return Unparsed(TOO_LARGE)
    lacking = absent(content)
    if lacking is not None:
        return Unparsed(lacking)
    if b"\0" in content:
        line = content.count(b"\n", 0, content.find(b"\0")) + 1
        # git-crypt's files are other ones where they are unlocked.
        return Unparsed("the file holds null bytes", line, not content.startswith(b"\0GITCRYPT"))
    if nested_too_deeply(content):
        return Unparsed("the source is nested too deeply")
    source = text_of(content)
    if source is None:
        return Unparsed("the file's bytes are not text in the encoding it declares")
    try:
        return _parsed(source)
    except SyntaxError as error:
        # Loaded here: few repositories have such a file.
        from analyzers.read.other_pythons import as_read_here

        for again in as_read_here(source) if len(content) <= OTHER_PYTHON_BYTES else ():
            with contextlib.suppress(SyntaxError):
                return _parsed(again)
        marked = _first_marker(content, error.lineno)
        if marked is not None:
            return Unparsed(CONFLICT_MARKERS, marked)
        from analyzers.read.no_python import refused_by_all

        nowhere = refused_by_all(source, error.msg)
        return Unparsed(f"it is not valid Python: {error.msg}", error.lineno or 1, nowhere)
    except MemoryError:
        # Python says so of its parser's own stack too, which is the file's fault.
        if _exhausted(len(content)):
            raise
        return Unparsed("the source is nested too deeply")
    except (ValueError, RecursionError, OverflowError):
        return Unparsed("the source is nested too deeply or holds characters Python refuses")


def _first_marker(content: bytes, wrong: int | None) -> int | None:
    """The line of the first conflict marker in what is no Python, by both its ends or by the line that is *wrong*."""
    found = list(_MARKER.finditer(content))
    lines = [content.count(b"\n", 0, marker.start()) + 1 for marker in found[:_MARKERS]]
    both = any(marker[1] for marker in found) and any(marker[2] for marker in found)
    return lines[0] if lines and (both or wrong in lines) else None


def nested_too_deeply(content: bytes) -> bool:
    """Whether the source is one that Python's own parser is not given."""
    return b"(" * NESTING in content.translate(_BRACKETS) or (
        # Counting costs nothing beside the search, which most files need not.
        any(content.count(sign) >= _LONG // 3 for sign in (b"-", b"+", b"~", b"not"))
        and _LONG_CHAIN.search(content) is not None
    )


def deeper_than(tree: ast.AST, levels: int) -> bool:
    """Whether some node of *tree* lies more than *levels* below it; what walks by calling itself must not meet it."""
    row = [tree]
    for _ in range(levels):
        row = [child for node in row for child in ast.iter_child_nodes(node)]
        if not row:
            return False
    return True


def plainly_parsed(source: str) -> ast.Module | None:
    """The syntax tree of *source*, part of a file that is not nested too deeply; None where this Python has none."""
    try:
        return _parsed(source)
    except (SyntaxError, ValueError, RecursionError, OverflowError, MemoryError):
        # What there is no room for is told where the whole file is parsed.
        return None


def _parsed(source: str) -> ast.Module:
    with warnings.catch_warnings():
        # A bad escape in reviewed code is not ours to warn about.
        warnings.simplefilter("ignore")
        tree = ast.parse(source)
    if _LONG_NUMBER.search(source):
        tree = _with_long_numbers_as_texts(tree)
    return _without_halves(tree) if _HALF_ESCAPED.search(source) else tree


def _with_long_numbers_as_texts(tree: ast.Module) -> ast.Module:
    """*tree* without numbers of so many digits that Python reads them and refuses to write them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, int):
            node.value = hex(node.value) if node.value.bit_length() > _LONGEST else node.value
    return tree


def _without_halves(tree: ast.Module) -> ast.Module:
    """
    *tree*, its texts without halves of characters.

    No file and no database can hold them, and whatever writes them down would fail.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = _HALF.sub("\ufffd", node.value)
    return tree


def _exhausted(size: int) -> bool:
    """Whether there is no room for the largest tree that *size* bytes of source can grow to."""
    try:
        bytearray(size * _TREE_BYTES)
    except MemoryError:
        return True
    return False
