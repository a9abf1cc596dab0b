"""The check run: conclusion, title, summary, details, annotations, buttons."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, replace

from bot.github.reconcile import Annotation, Button, WantedCheck
from bot.render import summary as parts
from bot.render.escape import code, plain, prose
from bot.render.fold import Block, fold
from bot.render.summary import Links
from bot.render.wording import SIGNS, Document, Finding, count, counting, headline

NAME = "Two-Step"
"""The name that branch protection asks for."""

CONCLUSIONS = {"pass": "success", "warn": "success", "fail": "failure"}
LEVELS = {"error": "failure", "warning": "warning", "info": "notice"}
ANNOTATIONS = 500
"""Remarks of one check run: ten requests. The report has all findings."""

AGAIN = Button(
    label="Review again", description="Review this commit once more", identifier="review"
)
PLAN = Button(
    label="Show the split", description="Answer with the pull requests to make", identifier="plan"
)
BACK = Button(
    label="Show the rollback", description="Answer with the way back", identifier="rollback"
)

_DIGEST = re.compile(r"<!-- two-step:check:([0-9a-f]{16}) -->")
_PLACED = re.compile(
    r"^(?P<path>[^\s:][^:\n]{0,300}\.(?:ya?ml|toml)):(?P<line>\d{1,6}): (?P<said>.+)$"
)


def digest_of(summary: str) -> str:
    """The digest of what a check run of ours shows; empty for none."""
    found = _DIGEST.search(summary)
    return found[1] if found else ""


def check_run(
    document: Document,
    *,
    head_sha: str,
    attempt: str,
    links: Links,
    again: bool,
    elsewhere: Sequence[str] = (),
    lacks: Sequence[str] = (),
) -> WantedCheck:
    """
    The check run of a review.

    *elsewhere* are other pull requests of the same commit that must not be merged:
    GitHub lets the newest check run of a commit speak for them all. *lacks* are the
    permissions without which nothing can be said on the pull request.
    """
    conclusion, title = CONCLUSIONS[document["verdict"]], headline(document)
    if elsewhere and conclusion == "success":
        conclusion = "failure"
        title = f"The same commit must not be merged as {' and '.join(elsewhere)}"
    check = WantedCheck(
        head_sha=head_sha,
        attempt=attempt,
        conclusion=conclusion,
        title=title,
        summary=_summary(document, replace(links, report=""), elsewhere, lacks),
        text=_text(document, replace(links, report="")),
        digest="",
        annotations=annotations_of(document),
        buttons=_buttons(document),
        details_url=links.report,
        again=again,
    )
    # The address of the report differs from review to review; what it says may not.
    digest = _digest(check)
    return replace(
        check,
        digest=digest,
        summary=f"{_summary(document, links, elsewhere, lacks)}\n\n<!-- two-step:check:{digest} -->",
        text=_text(document, links),
    )


def problem_run(
    problem: str,
    *,
    conclusion: str,
    head_sha: str,
    attempt: str,
    links: Links,
    again: bool,
    lacks: Sequence[str] = (),
) -> WantedCheck:
    """The check run of a commit that could not be judged: it never passes."""
    placed = _PLACED.match(problem.splitlines()[0]) if problem else None
    said = (
        f"{prose(problem)}\n\nNothing is known about the migrations of this commit, so the check "
        "does not pass. Press *Review again*, or comment `/twostep review`."
    )
    if lacks:
        said = f"{said}\n\n{_lacks(lacks)}"
    check = WantedCheck(
        head_sha=head_sha,
        attempt=attempt,
        conclusion=conclusion,
        title="The configuration cannot be used" if placed else "This commit could not be reviewed",
        summary=said,
        text="",
        digest="",
        annotations=(
            Annotation(
                path=placed["path"],
                start_line=int(placed["line"]),
                end_line=int(placed["line"]),
                level="failure",
                title="Configuration",
                message=plain(placed["said"]),
            ),
        )
        if placed
        else (),
        buttons=(AGAIN,),
        details_url=links.report,
        again=again,
    )
    digest = _digest(check)
    return replace(check, digest=digest, summary=f"{said}\n\n<!-- two-step:check:{digest} -->")


def annotations_of(document: Document) -> tuple[Annotation, ...]:
    """One remark for each finding that counts, worst first."""
    return tuple(_annotation(each) for each in counting(document)[:ANNOTATIONS])


def _annotation(finding: Finding) -> Annotation:
    mend = "\n".join(finding.get("commands") or ())
    return Annotation(
        path=finding["path"],
        start_line=finding["line"],
        end_line=max(finding["line"], finding["end_line"]),
        level=LEVELS[finding["severity"]],
        title=plain(finding["rule"], 200),
        message="\n\n".join(
            each
            for each in (
                plain(finding["message"]),
                plain(finding.get("why") or ""),
                f"Do: {plain(finding['remedy'])}" if finding.get("remedy") else "",
            )
            if each
        ),
        details=mend[:10_000],
    )


def _summary(
    document: Document, links: Links, elsewhere: Sequence[str], lacks: Sequence[str]
) -> str:
    lines = [
        Block(
            f"{SIGNS[each['severity']]} **{prose(each['message'])}**  \n"
            f"**Do:** {prose(each['remedy'])}  \n"
            f"{code(each['rule'])} in {parts.place(document, each['path'], each['line'], each['end_line'], links)}",
            short=f"{SIGNS[each['severity']]} {prose(each['message'], 300)}",
            rank=1,
        )
        for each in counting(document)
    ]
    nothing = (
        ""
        if document["touches"] or lines
        else "This change brings no migration, and none is missing."
    )
    blocks = [
        Block(parts.facts(document, links)),
        Block(_elsewhere(elsewhere)),
        Block(_lacks(lacks)),
        Block(nothing),
        *lines,
        Block(_left_out(document)),
        Block(parts.accepted_findings(document), rank=2),
        Block(parts.unknown(document), rank=2),
    ]
    return fold(blocks, parts.more(links))


def _elsewhere(pulls: Sequence[str]) -> str:
    if not pulls:
        return ""
    return (
        f"❌ **This commit is the head of {prose(' and '.join(pulls))} too, where it must not be merged.**  \n"
        "A commit has one check, so it fails in each of them until that is mended or closed; "
        "or push another commit here, an empty one will do."
    )


def _lacks(permissions: Sequence[str]) -> str:
    if not permissions:
        return ""
    return (
        f"⚠️ **The App may not comment here: its installation lacks {' and '.join(map(code, permissions))}.**  \n"
        "An owner grants it on GitHub, in the settings of the installed App. Until then all is said in this check."
    )


def _left_out(document: Document) -> str:
    over = len(counting(document)) - ANNOTATIONS
    return f"{count(over, 'finding')} more have no remark beside the diff." if over > 0 else ""


def _text(document: Document, links: Links) -> str:
    blocks = [
        Block(parts.conflicts(document)),
        Block(parts.split(document), rank=1),
        Block(parts.graph(document, opened=True), rank=3),
        Block(parts.rollback(document, opened=True), rank=2),
        Block(parts.locks_and_sql(document, opened=True), rank=4),
        Block(parts.old_findings(document), rank=4),
    ]
    return fold(blocks, parts.more(links)) if any(block.text for block in blocks) else ""


def _buttons(document: Document) -> tuple[Button, ...]:
    split = document.get("split") or {}
    return (
        AGAIN,
        *((PLAN,) if split.get("needed") else ()),
        *((BACK,) if document.get("rollback") else ()),
    )


def _digest(check: WantedCheck) -> str:
    shown = asdict(check)
    for key in ("attempt", "details_url", "again", "digest"):
        del shown[key]
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:16]
