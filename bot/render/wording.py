"""Words that the check, the comments and the report page have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bot.render.escape import path_url

Document = Mapping[str, Any]
Finding = Mapping[str, Any]

SIGNS = {"error": "❌", "warning": "⚠️", "info": "ℹ️"}
VERDICTS = {"fail": "❌", "warn": "⚠️", "pass": "✅"}
ORDER = {"error": 0, "warning": 1, "info": 2}
STEPS = {"merge": "merge it", "deploy": "deploy it", "migrate": "run its migrations"}


def unwritten(step: Mapping[str, Any]) -> str:
    """What is said of a step of a split for which nothing is written and nothing of the pull request can be taken; else empty."""
    if step["paths"]:
        return ""
    if step["commands"]:
        return "The files of this step are for you to write"
    return "No file is written for this step: write the code it needs, or go on where it needs none"


def sentence(text: str) -> str:
    """*text* as a sentence: a capital where it begins with a word, a full stop at its end."""
    text = text.strip()
    first = text.split(" ", 1)[0]
    if first.isalpha() and first.islower():
        text = text[:1].upper() + text[1:]
    return text if not text or text[-1] in ".!?:" else f"{text}."


def dialect_of(preview: Mapping[str, Any]) -> str:
    """The database that statements are for, and whether anything says so."""
    dialect = str(preview["dialect"])
    # Reports that were stored before do not know.
    return f"{dialect}, assumed" if preview.get("assumed") else dialect


def count(number: int, one: str, many: str | None = None) -> str:
    """``1 error``, ``2 errors``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def counting(document: Document) -> list[Finding]:
    """The findings that take part in the verdict: worst first, then by place."""
    return sorted(
        (
            f
            for f in document.get("findings", ())
            if not f.get("preexisting") and not f.get("accepted")
        ),
        key=_order,
    )


def accepted(document: Document) -> list[Finding]:
    return sorted((f for f in document.get("findings", ()) if f.get("accepted")), key=_order)


def preexisting(document: Document) -> list[Finding]:
    return sorted(
        (f for f in document.get("findings", ()) if f.get("preexisting") and not f.get("accepted")),
        key=_order,
    )


def by_migration(findings: Iterable[Finding]) -> dict[tuple[str, str], list[Finding]]:
    """The findings by (app, migration), the migration with the worst first; "" for none."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        key = (finding.get("app") or "", finding.get("migration") or "")
        groups.setdefault(key, []).append(finding)
    return groups


def tally(findings: Iterable[Finding]) -> str:
    """``2 errors, 1 warning``; empty for none."""
    numbers = {"error": 0, "warning": 0, "info": 0}
    for finding in findings:
        numbers[finding["severity"]] += 1
    words = {
        "error": ("error", "errors"),
        "warning": ("warning", "warnings"),
        "info": ("note", "notes"),
    }
    return ", ".join(count(n, *words[name]) for name, n in numbers.items() if n)


def headline(document: Document) -> str:
    """The verdict in one short sentence, without markup."""
    findings = counting(document)
    errors = sum(1 for each in findings if each["severity"] == "error")
    warnings = sum(1 for each in findings if each["severity"] == "warning")
    match document["verdict"]:
        case "fail":
            said = f"Do not merge yet: {count(errors, 'error')} to fix"
        case "warn":
            said = f"Can be merged; look at {count(warnings, 'warning')} first"
        case _:
            said = "No migration problem found"
    unread = len(document.get("unknown", ()))
    return f"{said} ({count(unread, 'place')} could not be read)" if unread else said


def file_url(web: str, repository: str, sha: str, path: str, line: int, end_line: int) -> str:
    """The address of lines of a file at a commit."""
    lines = f"#L{line}" if end_line <= line else f"#L{line}-L{end_line}"
    return f"{web}/{path_url(repository)}/blob/{sha}/{path_url(path)}{lines}"


def _order(finding: Finding) -> tuple[Any, ...]:
    return (
        ORDER[finding["severity"]],
        finding.get("app") or "",
        finding.get("migration") or "",
        finding["path"],
        finding["line"],
        finding["rule"],
        # Of one line and rule in an order that people can follow.
        finding["message"],
        finding["fingerprint"],
    )
