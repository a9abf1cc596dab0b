"""The review as a Code Quality report, which GitLab shows on merge requests."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from bot.render.plain import plain

if TYPE_CHECKING:
    from bot.render.document import Document, FindingDocument, UnknownDocument

SEVERITY = {"error": "blocker", "warning": "major", "info": "info"}


def render_code_quality(document: Document) -> str:
    """
    One entry a finding that counts, and one of no weight for what could not be read.

    Source: "Code Quality report format" in GitLab's documentation, a part of
    Code Climate's. The text of an entry is plain: GitLab shows no Markdown there.
    """
    entries = [
        _finding(each)
        for each in document["findings"]
        if not each["preexisting"] and not each["accepted"]
    ]
    entries += [_unknown(each) for each in document["unknown"]]
    return json.dumps(entries, indent=2, ensure_ascii=False)


def _finding(finding: FindingDocument) -> dict[str, Any]:
    return _entry(
        finding["rule"],
        SEVERITY[finding["severity"]],
        finding["fingerprint"],
        f"{finding['message']} {finding['why']} {finding['remedy']}",
        (finding["path"], finding["line"], max(finding["line"], finding["end_line"])),
    )


def _unknown(unknown: UnknownDocument) -> dict[str, Any]:
    identity = "\0".join((unknown["path"], str(unknown["line"]), unknown["reason"]))
    return _entry(
        "not-judged",
        "info",
        hashlib.sha256(identity.encode()).hexdigest(),
        f"Not judged: {unknown['reason']}",
        (unknown["path"], unknown["line"], unknown["line"]),
    )


def _entry(
    name: str, severity: str, fingerprint: str, text: str, place: tuple[str, int, int]
) -> dict[str, Any]:
    path, line, end_line = place
    return {
        "description": plain(text),
        "check_name": name,
        "fingerprint": fingerprint,
        "severity": severity,
        "location": {"path": path, "lines": {"begin": max(1, line), "end": max(1, end_line)}},
    }
