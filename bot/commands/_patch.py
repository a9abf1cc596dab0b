"""What a person applies by hand where the App may not write: patches, files and commands."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from bot.commands._command import Answer
from bot.render.escape import code, fence, prose
from bot.render.order import commands_around
from bot.render.wording import Finding

CONTEXT = 2
"""Lines around an edit in a patch; the excerpt of a finding holds no more."""


def patch_of(finding: Finding) -> str:
    """
    The finding's edit for ``git apply``; empty where it has none, or its lines are not at hand.

    A patch is text to be copied: a path that is not plain is left to be edited by hand.
    """
    suggestion, excerpt = finding.get("suggestion"), finding.get("excerpt")
    if not suggestion or not excerpt or suggestion["path"] != finding["path"]:
        return ""
    path = suggestion["path"]
    first, lines = excerpt["first_line"], list(excerpt["lines"])
    start, end = suggestion["start_line"] - first, suggestion["end_line"] - first + 1
    if not path.isprintable() or start < 0 or end > len(lines):
        return ""
    after = [*lines[:start], *suggestion["replacement"].splitlines(), *lines[end:]]
    diff = list(difflib.unified_diff(lines, after, lineterm="", n=CONTEXT))[3:]
    low = max(start - CONTEXT, 0)
    kept = sum(1 for each in diff if each[:1] in " -")
    made = sum(1 for each in diff if each[:1] in " +")
    at = first + low
    head = (f"--- a/{path}", f"+++ b/{path}", f"@@ -{at},{kept} +{at},{made} @@")
    return "\n".join((*head, *diff))


def by_hand(
    findings: Iterable[Finding], *, files: bool = False, edits: bool = False
) -> Answer | None:
    """
    The files or the edits that mend *findings*, each under its migration; None for none.

    *edits* are patches with the renaming that belongs to them, *files* whole new ones.
    """
    parts = []
    for each in findings:
        written = _edits(each) if edits else []
        if files:
            written += _files(each)
        if written:
            where = each.get("migration") or each.get("model") or each["path"]
            said = (f"**{code(str(where))}**: {prose(each['message'])}", *written)
            parts.append("\n\n".join(said))
    return Answer(text=parts[0], parts=tuple(parts[1:])) if parts else None


def written_out(content: str) -> str:
    """A whole file to be copied; where that would not give what is meant, it is said."""
    block = fence(content, "python")
    if content.replace("\r\n", "\n").strip("\n") in block:
        return block
    return f"{block}\n\nCharacters of it that nobody sees stand here as \ufffd: they are lost where it is copied."


def _edits(finding: Finding) -> list[str]:
    suggestion = finding.get("suggestion")
    if not suggestion:
        return []
    patch = patch_of(finding)
    first, then = commands_around(finding)
    parts = ["First run:", fence("\n".join(first), "sh")] if first else []
    parts += (
        [f"Put this into a file and run {code('git apply FILE')}:", fence(patch, "diff")]
        if patch
        else [
            f"In {code(suggestion['path'])}, line {suggestion['start_line']} becomes:",
            fence(suggestion["replacement"], "python"),
        ]
    )
    if then:
        parts += ["Then run:", fence("\n".join(then), "sh")]
    elif suggestion.get("rename_to"):
        parts.append(f"Then rename the file to {code(suggestion['rename_to'])}.")
    return parts


def _files(finding: Finding) -> list[str]:
    parts: list[str] = []
    for new in finding.get("new_files", ()):
        parts += [
            f"Add {code(new['path'])} ({prose(new['title'])}):",
            written_out(new["content"]),
        ]
    if not parts and finding.get("operations"):
        parts = [
            "The operations that are missing:",
            fence("\n".join(finding["operations"]), "python"),
        ]
    return parts
