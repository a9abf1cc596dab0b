"""Comments on the lines at fault, with the edit that mends it where one does."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from bot.github.reconcile import WantedInline
from bot.render.escape import code, fence, prose, visible
from bot.render.order import commands_around
from bot.render.wording import SIGNS, Document, Finding, counting

MOST = 30
"""Comments of one review; the rest is in the summary and beside the diff as annotations."""

_MARKER = re.compile(r"<!-- two-step:finding:([0-9a-f]{8,64}) -->")
_HUNK = re.compile(r"^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@", re.MULTILINE)
_TICKS = re.compile(r"`+")

Hunks = Mapping[str, Sequence[tuple[int, int]]]
"""Lines of the right side of the diff that a comment may stand on, for each of its files: first and last."""


def marker(fingerprint: str) -> str:
    """What a comment is known by again."""
    return f"<!-- two-step:finding:{fingerprint} -->"


def fingerprint_of(body: str) -> str | None:
    """The finding that a comment of ours speaks of; None for any other comment."""
    found = _MARKER.match(body)
    return found[1] if found else None


def hunks_of(patch: str) -> tuple[tuple[int, int], ...]:
    """The right side's line ranges of a unified diff of one file; context lines included."""
    found = []
    for first, length in _HUNK.findall(patch):
        lines = 1 if length == "" else int(length)
        if lines:
            found.append((int(first), int(first) + lines - 1))
    return tuple(found)


def inline_comments(document: Document, hunks: Hunks) -> tuple[WantedInline, ...]:
    """
    The comments on lines that are in the diff, errors first, each finding at most once.

    An error elsewhere in a file of the diff is a comment on that file.
    """
    wanted: dict[str, WantedInline] = {}
    taken: dict[tuple[str, int], int] = {}
    for finding in counting(document):
        where = _where(finding, hunks)
        if where is None or finding["fingerprint"] in wanted or finding["severity"] == "info":
            continue
        path, start, end, suggests = where
        # One line with five remarks on it is not read any more.
        taken[path, end] = taken.get((path, end), 0) + 1
        if taken[path, end] > 3:
            continue
        wanted[finding["fingerprint"]] = WantedInline(
            fingerprint=finding["fingerprint"],
            path=path,
            start_line=start,
            line=end,
            body=_body(finding, suggests),
            suggests=suggests,
        )
        if len(wanted) == MOST:
            break
    return tuple(wanted.values())


def _where(finding: Finding, hunks: Hunks) -> tuple[str, int, int, bool] | None:
    """Path, first and last line, and whether the suggestion fits there."""
    suggestion = finding.get("suggestion")
    if suggestion and _suggestible(finding):
        path, start, end = suggestion["path"], suggestion["start_line"], suggestion["end_line"]
        if _inside(hunks.get(path, ()), start, end):
            return path, start, end, True
    path, start, end = finding["path"], finding["line"], finding["end_line"]
    if _inside(hunks.get(path, ()), start, end):
        return path, start, end, False
    # A class or a long operation reaches out of its hunk: its first line stands for it.
    if _inside(hunks.get(path, ()), start, start):
        return path, start, start, False
    if path in hunks and finding["severity"] == "error":
        # The file is part of the diff, its line is not: said of the file as a whole.
        return path, 0, 0, False
    return None


def _inside(ranges: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    return start <= end and any(first <= start and end <= last for first, last in ranges)


def _suggestible(finding: Finding) -> bool:
    """Whether the suggestion changes something, and is nothing but the text that it shows."""
    suggestion, excerpt = finding["suggestion"], finding.get("excerpt")
    text = suggestion["replacement"]
    if visible(text) != text or len(text) > 10_000:
        return False
    if excerpt and suggestion["path"] == finding["path"]:
        start = suggestion["start_line"] - excerpt["first_line"]
        end = suggestion["end_line"] - excerpt["first_line"] + 1
        if start >= 0 and end <= len(excerpt["lines"]):
            return bool("\n".join(excerpt["lines"][start:end]) != text.rstrip("\n"))
    return True


def _body(finding: Finding, suggests: bool) -> str:
    parts = [
        f"{marker(finding['fingerprint'])}\n{SIGNS[finding['severity']]} **{prose(finding['message'])}**",
        prose(finding["why"]) if finding.get("why") else "",
        f"**Do:** {prose(finding['remedy'])}" if finding.get("remedy") else "",
    ]
    if suggests:
        first, _ = commands_around(finding)
        parts += [fence("\n".join(first), "sh")] if first else []
        text = finding["suggestion"]["replacement"].rstrip("\n")
        longest = max((len(run) for run in _TICKS.findall(text)), default=0)
        ticks = "`" * max(3, longest + 1)
        parts.append(
            f"{ticks}suggestion\n{text}\n{ticks}" if text else f"{ticks}suggestion\n{ticks}"
        )
        renamed = finding["suggestion"].get("rename_to")
        if renamed:
            parts.append(f"Then rename the file to {code(renamed)}.")
    parts.append(
        f"<sub>{code(finding['rule'])} · {code('/twostep explain ' + finding['rule'])}</sub>"
    )
    return "\n\n".join(part for part in parts if part)
