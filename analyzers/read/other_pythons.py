"""
Source in the syntax of other Pythons, put so that the one that runs here can parse it.

A project writes for its own Python, not for ours. What newer syntax adds says
nothing of tables: aliases of types, parameters of types, quotes within
f-strings, template strings, imports that wait. What Python 2 wrote as a statement
or a number is as little, and so are names that have become words of the language. It is blanked out or put the way that is read here, byte by
byte, so that lines and (but for added brackets) columns stay where they are.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

_WORD = re.compile(rb"[^\W\d]\w*|[\x80-\xff]+")
_STRING = re.compile(rb"(?i:\b(?:[rbuft]|[rb][br]|[rft][ftr]))?(\"\"\"|'''|\"|')")
_ALIAS = re.compile(rb"(type[ \t]+)([^\W\d]\w*)([ \t]*)(?=\[|=(?!=))")
_LAZY = re.compile(rb"(lazy)([ \t]+)(import|from)\b")
_NAMED = re.compile(rb"(?:class|def)[ \t]+[^\W\d]\w*[ \t]*(?=\[)")
_EXCEPT = re.compile(
    rb"(except\*?[ \t]*)((?:(?<=[ \t])[\w.]+|\([\w., \t]*\))(?:[ \t]*,[ \t]*(?:[\w.]+|\([\w., \t]*\)))+)([ \t]*:)"
)
_STATEMENT = re.compile(rb"(print|raise|exec)\b[ \t]*+(>>)?[ \t]*+(?![\r\n;#]|\Z)")
_ONCE_A_NAME = re.compile(
    rb"async(?![ \t]+(?:def|for|with)\b)(?!\w)|await(?=[ \t]*(?:[=,):.\]]|\r?\n|\Z))"
)
"""What 3.7 made words of its own, where it can be nothing but a name."""
_STROKE = re.compile(rb"\\\r?\n")
_NUMBER = re.compile(
    rb"(?:(0)(?=[0-7]+(?![\d.eExX]))[0-7]+|0[xX][0-9a-fA-F]+|\d[\d.]*(?:[eE][+-]?\d+)?)([lL]?)"
)
_NESTING = 20
"""Strings within strings; nobody writes more than two."""


class _Unclear(Exception):
    """The source is no Python of any age that is known here."""


def as_read_here(source: str) -> Iterator[str]:
    """*source* as Python 3.11 may read it, line by line: taken as newer, then as Python 2."""
    content = source.encode("utf-8", "surrogatepass")
    for two in (False, True):
        try:
            put = _Source(content, two=two).put()
        except (_Unclear, IndexError):
            continue
        if put != content:
            yield put.decode("utf-8", "replace")


class _Source:
    def __init__(self, content: bytes, *, two: bool) -> None:
        self.text = content
        self.two = two
        """Whether it is taken for Python 2."""
        self.open = False
        """Whether a bracket that was put in waits for the end of the statement."""
        self.repr = False
        self.out = bytearray(content)
        self.added: list[tuple[int, bytes]] = []
        """What is put in, and before which byte: only brackets, and lines that strings lose."""

    def put(self) -> bytes:
        at, depth, start = 0, 0, True
        size = len(self.text)
        while at < size:
            byte = self.text[at : at + 1]
            if self.open and depth == 0 and byte in b"\n\r;#":
                self.added.append((at, b")"))
                self.open = False
            if byte in b" \t\f\r":
                at += 1
            elif (stroke := _STROKE.match(self.text, at)) is not None:
                at = stroke.end()
            elif byte == b"\n":
                start = start or depth == 0
                at += 1
            elif byte == b"#":
                at = self._end_of_line(at)
            elif (string := _STRING.match(self.text, at)) is not None:
                at, start = self._string(string, 0), False
            elif (word := _WORD.match(self.text, at)) is not None:
                at = self._word(word, start=start)
                start = False
            else:
                depth += (byte in b"([{") - (byte in b")]}")
                start = byte == b";" or (byte == b":" and depth == 0)
                at = self._sign(at) if self.two else at + 1
        if self.open:
            self.added.append((size, b")"))
        parts, last = [], 0
        for before, what in self.added:
            parts += [bytes(self.out[last:before]), what]
            last = before
        return b"".join([*parts, bytes(self.out[last:])])

    def _word(self, word: re.Match[bytes], *, start: bool) -> int:
        """Past a word, and past what it begins where that is newer."""
        at = word.start()
        if (once := _ONCE_A_NAME.match(self.text, at)) is not None:
            self.out[once.end() - 1] = ord("_")
            return once.end()
        if start and (alias := _ALIAS.match(self.text, at)) is not None:
            # ``type Name[T] = value``: the name moves to the front.
            before, name, after = alias.groups()
            self.out[at : alias.end()] = name + b" " * (len(before) + len(after))
            return self._without_parameters(alias.end())
        if start and (lazy := _LAZY.match(self.text, at)) is not None:
            first, between, verb = lazy.groups()
            self.out[at : lazy.end()] = verb + b" " * (len(first) + len(between))
            return lazy.end()
        if start and (caught := _EXCEPT.match(self.text, at)) is not None:
            self.added += [(caught.end(1), b"("), (caught.end(2), b")")]
            return caught.end()
        if (named := _NAMED.match(self.text, at)) is not None:
            return self._without_parameters(named.end())
        if self.two and start and (said := _STATEMENT.match(self.text, at)) is not None:
            # ``print >>file, "a", b``: a call, or what an exception is made of.
            self.added.append((said.end(1), b"("))
            if said[2]:
                self.out[said.start(2) : said.end(2)] = b"  "
            self.open = True
            return said.end()
        if (
            self.two
            and word[0].lower() == b"ur"
            and self.text[word.end() : word.end() + 1] in b"\"'"
        ):
            self.out[at] = 0x20
        return word.end()

    def _sign(self, at: int) -> int:
        """Past a sign or a number of Python 2."""
        if (number := _NUMBER.match(self.text, at)) is not None:
            if number[1]:
                self.out[at] = 0x20
            if number[2]:
                self.out[number.start(2)] = 0x20
            return number.end()
        if self.text.startswith(b"<>", at):
            self.out[at : at + 2] = b"!="
            return at + 2
        if self.text[at : at + 1] == b"`":
            self.repr = not self.repr
            self.out[at] = ord("(" if self.repr else ")")
        return at + 1

    def _without_parameters(self, at: int) -> int:
        """Past the bracket at *at*, if there is one; it is blanked out."""
        if self.text[at : at + 1] != b"[":
            return at
        end = self._closing(at, 0)
        for n in range(at, end):
            if self.text[n : n + 1] not in (b"\n", b"\r"):
                self.out[n] = 0x20
        for n in range(at, end):
            if self.text[n : n + 1] == b"\n":
                # Outside of brackets a line goes on only behind a stroke.
                self.out[n - 1 - (self.text[n - 1 : n] == b"\r")] = 0x5C
        return end

    def _closing(self, at: int, level: int) -> int:
        """Past the bracket that closes the one at *at*."""
        depth = 0
        while True:
            byte = self.text[at : at + 1]
            if not byte:
                raise _Unclear
            if byte == b"#":
                at = self._end_of_line(at)
                continue
            if (string := _STRING.match(self.text, at)) is not None:
                at = self._string(string, level + 1)
                continue
            depth += (byte in b"([{") - (byte in b")]}")
            at += 1
            if depth == 0:
                return at

    def _end_of_line(self, at: int) -> int:
        end = self.text.find(b"\n", at)
        return len(self.text) if end < 0 else end

    def _string(self, opened: re.Match[bytes], level: int) -> int:
        """Past the string that begins at *opened*."""
        if level > _NESTING:
            raise _Unclear
        quote = opened[1]
        prefix = self.text[opened.start() : opened.start(1)].lower()
        for n, letter in enumerate(prefix):
            if letter == ord("t"):
                self.out[opened.start() + n] = ord("f")
        formatted = b"f" in prefix or b"t" in prefix
        at = opened.end()
        lines = 0
        while not self.text.startswith(quote, at):
            byte = self.text[at : at + 1]
            if self._ends_too_early(at, quote):
                raise _Unclear
            pair = self.text[at : at + 2]
            if (byte == b"\\" and pair != b"\\{") or (formatted and pair in (b"{{", b"}}")):
                at += 2
            elif formatted and byte == b"{":
                at, lost = self._field(at, quote, level)
                lines += lost
            else:
                at += 1
        end = at + len(quote)
        if lines:
            self.added.append((end, b" \\\n" * lines))
        return end

    def _field(self, at: int, quote: bytes, level: int) -> tuple[int, int]:
        """Past the replacement field that opens at *at*, and how many lines it loses."""
        begin, inserted = at + 1, len(self.added)
        at = end = self._end_of_expression(begin, level)
        expression = self.text[begin:end]
        lost = 0
        if not _plain(expression, quote):
            # Which expression it was matters where two files are compared.
            name = b"_" + hashlib.sha256(expression).hexdigest().encode()
            lines = expression.count(b"\n")
            kept = lines if len(quote) == 3 else 0
            room = len(expression) - kept
            self.out[begin:end] = name[: max(1, room)].ljust(room) + b"\n" * kept
            del self.added[inserted:]
            lost = lines - kept
        if self.text[at : at + 1] == b"=":
            at = self._past_blanks(at + 1)
        if self.text[at : at + 1] == b"!":
            at = self._past_blanks(at + 2)
        if self.text[at : at + 1] == b":":
            at += 1
            while self.text[at : at + 1] != b"}":
                if self._ends_too_early(at, quote) or level > _NESTING:
                    raise _Unclear
                if self.text[at : at + 1] == b"{":
                    at, more = self._field(at, quote, level + 1)
                    lost += more
                else:
                    at += 1
        if self.text[at : at + 1] != b"}":
            raise _Unclear
        return at + 1, lost

    def _past_blanks(self, at: int) -> int:
        while self.text[at : at + 1] in (b" ", b"\t"):
            at += 1
        return at

    def _ends_too_early(self, at: int, quote: bytes) -> bool:
        byte = self.text[at : at + 1]
        return not byte or (byte == b"\n" and len(quote) == 1)

    def _end_of_expression(self, at: int, level: int) -> int:
        """Where the expression of a field ends: before ``=``, ``!r``, ``:`` or the closing bracket."""
        while True:
            byte = self.text[at : at + 1]
            if not byte:
                raise _Unclear
            if byte == b"#":
                at = self._end_of_line(at)
            elif (string := _STRING.match(self.text, at)) is not None:
                at = self._string(string, level + 1)
            elif byte in b"([{":
                at = self._closing(at, level)
            elif byte in b"}:" or self._is_told_how(at):
                return at
            else:
                at += 1

    def _is_told_how(self, at: int) -> bool:
        """Whether an expression ends at *at* with ``!r``, or with the ``=`` of ``f"{name=}"``."""
        byte, after = self.text[at : at + 1], self.text[at + 1 : at + 40].lstrip(b" \t")[:1]
        if byte == b"!":
            return after != b"="
        before = self.text[at - 1 : at]
        return byte == b"=" and before not in b"=!<>" and after in (b"!", b":", b"}")


def _plain(expression: bytes, quote: bytes) -> bool:
    """Whether Python 3.11 reads *expression* between these quotes as well."""
    unread = [b"\\", b"#", quote, *([b"\n"] if len(quote) == 1 else [])]
    return not any(sign in expression for sign in unread)
