"""The only place that writes to GitHub: it carries out what ``reconcile`` decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import structlog

from bot.errors import GitHubGone, GitHubRefused
from bot.github import reconcile as do
from bot.github.rest import Rest
from bot.jobs.model import PullRequest
from bot.render import check_run, inline, summary
from bot.render.summary import Links
from bot.render.wording import Document, counting
from bot.services import Judgement, Subject

log = structlog.get_logger(__name__)

_HIDE = """
mutation($id: ID!) {
  minimizeComment(input: {subjectId: $id, classifier: RESOLVED}) { minimizedComment { isMinimized } }
}
"""
_SHOW = """
mutation($id: ID!) {
  unminimizeComment(input: {subjectId: $id}) { unminimizedComment { isMinimized } }
}
"""


def wanted(
    subject: Subject,
    judgement: Judgement,
    links: Links,
    hunks: inline.Hunks,
    lacks: Sequence[str] = (),
) -> do.Wanted:
    """
    What should be seen of *judgement*; of a merge group only the check run.

    *lacks* are the permissions without which the App cannot comment: the check says so.
    """
    document = judgement.document
    if document is None:
        check = check_run.problem_run(
            judgement.problem,
            conclusion=judgement.problem_conclusion,
            head_sha=subject.head_sha,
            attempt=judgement.attempt,
            links=links,
            again=judgement.again,
            lacks=lacks,
        )
        farewell = summary.unjudged(judgement.problem)
        return do.Wanted(check=check, farewell=farewell, standing=None)
    check = check_run.check_run(
        document,
        head_sha=subject.head_sha,
        attempt=judgement.attempt,
        links=links,
        again=judgement.again,
        elsewhere=judgement.elsewhere,
        lacks=lacks,
    )
    if not isinstance(subject, PullRequest):
        return do.Wanted(check=check, standing=None)
    return do.Wanted(
        check=check,
        summary=summary.summary(document, links) if worth_a_comment(document) else None,
        farewell=summary.farewell(document, links),
        inline=inline.inline_comments(document, hunks),
        standing=frozenset(each["fingerprint"] for each in counting(document)),
    )


def worth_a_comment(document: Document) -> bool:
    """Whether there is anything that the author has to know beside the check's success."""
    return bool(
        document["touches"]
        or any(not each.get("preexisting") for each in document.get("findings", ()))
    )


def read_hunks(rest: Rest, repository: str, number: int, document: Document) -> inline.Hunks:
    """
    The commentable lines of the files of which *document* says something, from the diff as GitHub shows it.

    A file without a patch there (large, binary) takes no comment.
    """
    missing = _paths(document)
    found: dict[str, tuple[tuple[int, int], ...]] = {}
    if not missing:
        return found
    for file in rest.pages(f"/repos/{repository}/pulls/{number}/files"):
        if file["filename"] in missing:
            found[file["filename"]] = inline.hunks_of(file.get("patch") or "")
            missing.discard(file["filename"])
            if not missing:
                break
    return found


def _paths(document: Document) -> set[str]:
    found = set()
    for finding in counting(document):
        if finding["severity"] != "info":
            found.add(finding["path"])
            if finding.get("suggestion"):
                found.add(finding["suggestion"]["path"])
    return found


def apply(rest: Rest, repository: str, number: int | None, actions: Iterable[do.Action]) -> None:
    """
    Carry out *actions*, in order.

    What GitHub refuses of the comments (a locked conversation, a line that it
    does not take) is left out: the check and the report say the same.
    """
    for action in actions:
        match action:
            case do.CreateCheck() | do.CompleteCheck() | do.AbandonCheck():
                _apply_check(rest, repository, action)
            case _:
                try:
                    _apply_comment(rest, repository, number or 0, action)
                except GitHubGone:
                    if not isinstance(action, do.DeleteSummary | do.DeleteInline):
                        raise
                except GitHubRefused as error:
                    if error.status == 401:
                        raise
                    log.warning("comment refused", action=type(action).__name__, error=str(error))


def begin_check(rest: Rest, repository: str, head_sha: str, attempt: str) -> int:
    """A check run that says that the review has started; its id."""
    made = rest.post(
        f"/repos/{repository}/check-runs",
        {
            "name": check_run.NAME,
            "head_sha": head_sha,
            "external_id": attempt,
            "status": "in_progress",
            "started_at": _now(),
            "output": {"title": "Reviewing the migrations", "summary": "The review is under way."},
        },
    )
    return int(made["id"])


def abandon_check(rest: Rest, repository: str, run: int) -> None:
    """Complete a check run as cancelled."""
    rest.patch(
        f"/repos/{repository}/check-runs/{run}",
        {
            "status": "completed",
            "conclusion": "cancelled",
            "completed_at": _now(),
            "output": {
                "title": "Another review took its place",
                "summary": "A newer commit, or a newer review of this one, took the place of this review.",
            },
        },
    )


def _apply_check(
    rest: Rest, repository: str, action: do.CreateCheck | do.CompleteCheck | do.AbandonCheck
) -> None:
    match action:
        case do.AbandonCheck(id=run):
            abandon_check(rest, repository, run)
        case do.CreateCheck(check=check):
            first, *more = do.batches(check.annotations)
            body = {
                "name": check_run.NAME,
                "head_sha": check.head_sha,
                "external_id": check.attempt,
                "started_at": _now(),
                **_shown(check, first, last=not more),
            }
            made = rest.post(f"/repos/{repository}/check-runs", body)
            _append(rest, repository, int(made["id"]), check, more)
        case do.CompleteCheck(id=run, check=check, done=done):
            _append(rest, repository, run, check, do.batches(check.annotations, done))


def _append(
    rest: Rest,
    repository: str,
    run: int,
    check: do.WantedCheck,
    batches: list[tuple[do.Annotation, ...]],
) -> None:
    """Add the batches, one request each; the last one completes the run."""
    for at, batch in enumerate(batches, start=1):
        body = _shown(check, batch, last=at == len(batches))
        rest.patch(f"/repos/{repository}/check-runs/{run}", body)


def _shown(
    check: do.WantedCheck, annotations: tuple[do.Annotation, ...], *, last: bool
) -> dict[str, Any]:
    """What a request says of *check*; the last one completes it."""
    output: dict[str, Any] = {"title": check.title, "summary": check.summary}
    if check.text:
        output["text"] = check.text
    if annotations:
        output["annotations"] = [_annotation(each) for each in annotations]
    body: dict[str, Any] = {"status": "in_progress", "output": output}
    if check.details_url:
        body["details_url"] = check.details_url
    if last:
        body |= {"status": "completed", "conclusion": check.conclusion, "completed_at": _now()}
        body["actions"] = [
            {"label": b.label, "description": b.description, "identifier": b.identifier}
            for b in check.buttons
        ]
    return body


def _annotation(each: do.Annotation) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "path": each.path,
        "start_line": each.start_line,
        "end_line": each.end_line,
        "annotation_level": each.level,
        "title": each.title,
        "message": each.message,
    }
    return shown | ({"raw_details": each.details} if each.details else {})


def _apply_comment(rest: Rest, repository: str, number: int, action: do.Action) -> None:
    issues, pulls = f"/repos/{repository}/issues", f"/repos/{repository}/pulls"
    match action:
        case do.CreateSummary(body=body):
            rest.post(f"{issues}/{number}/comments", {"body": body})
        case do.EditSummary(id=comment, body=body):
            rest.patch(f"{issues}/comments/{comment}", {"body": body})
        case do.DeleteSummary(id=comment):
            rest.delete(f"{issues}/comments/{comment}")
        case do.PostReview(head_sha=head, comments=comments):
            _post_review(rest, f"{pulls}/{number}", head, comments)
        case do.EditInline(id=comment, body=body):
            rest.patch(f"{pulls}/comments/{comment}", {"body": body})
        case do.DeleteInline(id=comment):
            rest.delete(f"{pulls}/comments/{comment}")
        case do.Hide(node=node):
            rest.graphql(_HIDE, {"id": node})
        case do.Show(node=node):
            rest.graphql(_SHOW, {"id": node})
        case _:
            raise TypeError(f"not a comment's action: {action!r}")


def _post_review(
    rest: Rest, pull: str, head_sha: str, comments: tuple[do.WantedInline, ...]
) -> None:
    """
    All comments as one review; one by one where GitHub does not take them together.

    A review cannot hold comments on whole files: these are always alone.
    """
    places = [_placed(each) for each in comments if each.line]
    alone = [_placed(each) for each in comments if not each.line]
    count = "a remark" if len(places) == 1 else f"{len(places)} remarks"
    try:
        if places:
            rest.post(
                f"{pull}/reviews",
                {
                    "commit_id": head_sha,
                    "event": "COMMENT",
                    "body": f"Two-Step has {count} on these lines.",
                    "comments": places,
                },
            )
    except GitHubRefused as error:
        if error.status != 422:
            raise
        alone = places + alone
    for place in alone:
        try:
            rest.post(f"{pull}/comments", {"commit_id": head_sha, **place})
        except GitHubRefused as refused:
            if refused.status != 422:
                raise
            log.warning("line refused", path=place["path"], line=place.get("line"))


def _placed(comment: do.WantedInline) -> dict[str, Any]:
    if not comment.line:
        return {"path": comment.path, "subject_type": "file", "body": comment.body}
    place: dict[str, Any] = {
        "path": comment.path,
        "line": comment.line,
        "side": "RIGHT",
        "body": comment.body,
    }
    # GitHub wants the first line before the last, so one line has no first.
    several: dict[str, Any] = {"start_line": comment.start_line, "start_side": "RIGHT"}
    return place | several if comment.start_line < comment.line else place


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
