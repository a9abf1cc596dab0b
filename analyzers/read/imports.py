"""
What a file imports at its top level, told from its text: quicker than its syntax tree, and never less.

It is asked of hundreds of files, to know which of them a change can reach at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_HEAD = re.compile(rb"[ \t]*(?:from[ \t]+(\.*[ \t]*[\w.]*)[ \t]+)?import\b[ \t]*")
_CONTINUED = re.compile(rb"\\\r?\n")
_COMMENT = re.compile(rb"#[^\n]*")
_NAMED = re.compile(r"([\w.]+)(?:\s+as\s+(\w+))?")
_INSIDE = (b"def ", b"async def", b"class ", b"@")
_NO_STATEMENT = b" \t\r\n#)]}'\""


def imported(content: bytes, used_in: bytes | None = None) -> tuple[str, ...]:
    """
    Dotted names of modules that the top level of *content* may take something from, sorted.

    With *used_in* those alone of which that text uses the name.

    Relative ones begin with their dots. What stands in functions and classes is left
    out; what stands in a text that spans lines may be in it, which does no harm.
    ``import shop`` counts with what is then named below it (``shop.models``).
    """
    content = _CONTINUED.sub(b" ", content)
    found: set[str] = set()
    for source, names in _statements(content):
        listed = _NAMED.findall(names.decode(errors="replace"))
        if used_in is not None and not names.strip(b"() \t\r\n").startswith(b"*"):
            listed = [(n, a) for n, a in listed if _uses(used_in, a or n.partition(".")[0])]
            if not listed:
                continue
        if source is None:
            for name, alias in listed:
                found.add(name)
                top = alias or name.partition(".")[0]
                found.update(_below(content, top, name if alias else top))
            continue
        module = source.replace(b" ", b"").replace(b"\t", b"").decode(errors="replace")
        joint = "" if module.endswith(".") else "."
        found.add(module)
        found.update(f"{module}{joint}{name}" for name, _ in listed)
    return tuple(sorted(found))


def _uses(text: bytes, name: str) -> bool:
    word = name.encode()
    return word in text and re.search(rb"(?<!\w)" + re.escape(word) + rb"(?!\w)", text) is not None


def _below(content: bytes, name: str, dotted: str) -> Iterator[str]:
    """What *content* names as an attribute of the module *dotted*, which it calls *name*."""
    word = name.encode() + b"."
    at = content.find(word)
    while at >= 0:
        chain = _CHAIN.match(content, at + len(word))
        if chain is not None and not (
            at and (content[at - 1 : at].isalnum() or content[at - 1] in b"._")
        ):
            yield f"{dotted}.{chain[0].decode(errors='replace')}"
        at = content.find(word, at + len(word))


_CHAIN = re.compile(rb"\w+(?:\.\w+)*")


def _statements(content: bytes) -> Iterator[tuple[bytes | None, bytes]]:
    """
    The imports at the top, or in a condition there: what comes before ``import``, and after it.

    Nothing comes before it in ``import shop``.
    """
    at = content.find(b"import")
    while at >= 0:
        start = content.rfind(b"\n", 0, at) + 1
        begin = max(start, content.rfind(b";", start, at) + 1)
        head = _HEAD.match(content, begin)
        if head is None or not head.start() <= at < head.end():
            at = content.find(b"import", at + 6)
            continue
        at = head.end()
        if content[start : start + 1] in (b" ", b"\t") and _in_function(content, start):
            at = content.find(b"import", at)
            continue
        if content.startswith(b"(", at):
            end = _closed(content, at)
        else:
            end = content.find(b"\n", at)
            end = len(content) if end < 0 else end
        names = _COMMENT.sub(b"", content[at:end]).partition(b";")[0]
        yield head[1], names
        at = content.find(b"import", at + len(names.rstrip()))


def _in_function(content: bytes, start: int) -> bool:
    """Whether the line at *start* stands in a function or a class, by the last line without indentation."""
    while start > 0:
        above = content.rfind(b"\n", 0, start - 1) + 1
        if content[above] not in _NO_STATEMENT:
            return content.startswith(_INSIDE, above)
        start = above
    return False


def _closed(content: bytes, at: int) -> int:
    """Where the parenthesis at *at* is closed, comments aside."""
    end = at
    while True:
        end = content.find(b")", end + 1)
        if end < 0:
            return len(content)
        if b"#" not in content[content.rfind(b"\n", 0, end) + 1 : end]:
            return end
