"""
Text of a repository, made harmless: what was a name stays a name.

Whoever writes a pull request chooses its file names, revision ids, messages and
reasons. None of them may mention people, link, refer to issues, or end the
structure that they stand in. Everything that is shown passes through here, once.
"""

from __future__ import annotations

import html
import re
import unicodedata
from urllib.parse import quote

LONGEST = 300
"""Characters of a single name or word; longer ones are shortened in the middle."""

_RUNS = re.compile(r"`+")
_SPANS = re.compile(r"(`+)(.+?)\1", re.DOTALL)
_HEX = re.compile(r"[0-9a-fA-F]{7,64}")
# A word that Markdown, and what GitHub does after Markdown, can do nothing with.
_PLAIN = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d{1,3}(?:,\d{3})*(?:\.\d+)?%?|[-–—+=…]")
_NAME = re.compile(
    r"""([("'“‘«]*)([\w./-]*\w_[\w./-]*\w|[a-zA-Z]\w+(?:\.[a-zA-Z]\w+)+|[0-9a-f]{7,64})([)"'”’».,;:!?…]*)"""
)
_JOINERS = re.compile(
    r"(?<=[^\x00-\x7f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff])([\u200c\u200d])"
    r"(?=[^\x00-\x7f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff])"
)
_OPENING, _CLOSING = "(\"'“‘«", ")\"'”’».,;:!?…"


def visible(text: str) -> str:
    """*text* without characters that are not seen: controls, overrides of direction, joiners."""
    return "".join(
        c
        if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn"}
        else "\ufffd"
        for c in text.replace("\r\n", "\n")
    )


def one_line(text: str, longest: int = LONGEST) -> str:
    """*text* on one line; its middle is left out where it is too long."""
    flat = " ".join(visible(text).split())
    if len(flat) <= longest:
        return flat
    half = (longest - 1) // 2
    return f"{flat[:half]}…{flat[-half:]}"


def code(text: str) -> str:
    """
    A Markdown code span that shows *text*; nothing inside can end it.

    GitHub looks for mentions, references and links everywhere but in code.
    """
    flat = one_line(text) or "?"
    longest = max((len(run) for run in _RUNS.findall(flat)), default=0)
    ticks = "`" * (longest + 1)
    pad = " " if flat.startswith("`") or flat.endswith("`") else ""
    return f"{ticks}{pad}{flat}{pad}{ticks}"


def cell(text: str) -> str:
    """The same for a table, where a ``|`` would end the cell even in code."""
    return code(text).replace("|", "\\|")


def html_code(text: str) -> str:
    """The same for a place where HTML is read, such as a ``<summary>``."""
    return f"<code>{html.escape(one_line(text)) or '?'}</code>"


def html_prose(text: str) -> str:
    """A sentence as HTML: names with an underscore or a dot, revisions, and what is in backticks are code."""
    flat = one_line(text, 4000)
    parts: list[str] = []
    at = 0
    for span in _SPANS.finditer(flat):
        parts += (*map(_html_word, re.split(r"(\s+)", flat[at : span.start()])),)
        parts.append(html_code(span[2].strip()))
        at = span.end()
    return "".join((*parts, *map(_html_word, re.split(r"(\s+)", flat[at:]))))


def _html_word(word: str) -> str:
    found = _NAME.fullmatch(word)
    if found is None:
        return html.escape(word)
    return html.escape(found[1]) + html_code(found[2]) + html.escape(found[3])


def prose(text: str, longest: int = 4000) -> str:
    """
    A sentence that has names in it, as Markdown on one line.

    Plain words stay as they are; whatever is not one (names with a dot or an
    underscore, paths, addresses, anything with markup in it) becomes code.
    """
    flat = one_line(text, longest)
    parts: list[str] = []
    at = 0
    for span in _SPANS.finditer(flat):
        parts += _words(flat[at : span.start()])
        parts.append(code(span[2].strip()))
        at = span.end()
    parts += _words(flat[at:])
    written = ""
    for part in parts:
        # Two spans that touch would be read as one.
        touching = written.endswith("`") and part.startswith("`")
        written += f" {part}" if touching else part
    written = written.strip()
    # At a line's start these would begin a list.
    if re.match(r"[-+=](?:\s|$)", written):
        return "\\" + written
    return re.sub(r"^(\d+)([.)])", r"\1\\\2", written)


def _words(text: str) -> list[str]:
    return [each if each.isspace() else _word(each) for each in re.split(r"(\s+)", text) if each]


def _word(word: str) -> str:
    start = len(word) - len(word.lstrip(_OPENING))
    end = len(word.rstrip(_CLOSING))
    if end <= start:
        # Only punctuation.
        return word
    before, core, after = word[:start], word[start:end], word[end:]
    while after[:1] in ('"', "'") and core.count(after[0]) % 2:
        # It ends what began inside: db_default="new".
        core, after = core + after[0], after[1:]
    if _HEX.fullmatch(core) and not core.isalpha():
        return f"{before}{code(core)}{after}"
    if _PLAIN.fullmatch(core):
        return word
    if core in {"<", ">", "<=", ">="}:
        return before + html.escape(core) + after
    if core.endswith("()") or core.count("(") > core.count(")"):
        return before + code(core + after.rstrip(".,;:!?")) + after[len(after.rstrip(".,;:!?")) :]
    return f"{before}{code(core)}{after}"


def fence(text: str, language: str = "") -> str:
    """
    A fenced block that shows *text*; nothing inside can end it.

    What joins letters of other scripts, or pictures, stays: copied without it they
    would be other words.
    """
    parts = _JOINERS.split(text)
    shown = "".join(each if at % 2 else visible(each) for at, each in enumerate(parts)).strip("\n")
    longest = max((len(run) for run in _RUNS.findall(shown)), default=0)
    ticks = "`" * max(3, longest + 1)
    return f"{ticks}{language}\n{shown}\n{ticks}"


def label(text: str, longest: int = 60) -> str:
    """*text* within the quotes of a Mermaid label: letters, digits, and four harmless marks."""
    flat = one_line(text, longest)
    return "".join(c if c.isalnum() or c in " ._-/…" else "?" for c in flat) or "?"


def plain(text: str, longest: int = 4000) -> str:
    """*text* for a place that knows no markup at all, such as an annotation."""
    return one_line(text, longest)


def path_url(path: str) -> str:
    """*path* as a part of an address."""
    return quote(path, safe="/")
