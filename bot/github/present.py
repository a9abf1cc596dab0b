"""What stands on a commit and its pull request already: ours only, found by author and hidden marker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from analyzers.frozen import dataclass
from bot.errors import GitHubGone, GitHubRefused
from bot.github.reconcile import PresentCheck, PresentInline, PresentSummary
from bot.github.rest import Rest
from bot.render import check_run, inline, summary

# No thread is resolved or opened again by us: GitHub lets only those do that who may write contents.
_THREADS = """
query($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      reviewThreads(first: 100, after: $after) {
        pageInfo { hasNextPage endCursor }
        nodes {
          comments(first: 1) {
            nodes {
              id isMinimized minimizedReason outdated startLine line originalCommit { oid }
              pullRequestReview { id body isMinimized }
            }
          }
        }
      }
    }
  }
}
"""
THREAD_PAGES = 20

Ours = Callable[[dict[str, Any]], bool]


@dataclass(frozen=True, slots=True)
class Account:
    """The account as which the App writes."""

    login: str
    id: int | None
    """None where GitHub does not tell: then the login has to do."""


def ours(app_id: int, account: Callable[[], Account]) -> Ours:
    """
    Whether a comment was made by our App, whose *account* is asked for where the comment does not name the App.

    A marker in the text alone proves nothing: anybody can write it. Comments on
    lines do not name the App, only its bot account, whose login is another one
    once the App is renamed.
    """

    def check(comment: dict[str, Any]) -> bool:
        app = comment.get("performed_via_github_app")
        if app is not None:
            return bool(app.get("id") == app_id)
        user, mine = comment.get("user") or {}, account()
        if mine.id is None:
            return bool(user.get("login") == mine.login)
        return bool(user.get("id") == mine.id)

    return check


def read_account(rest: Rest, slug: str) -> Account:
    """The account of the App that is called *slug* now."""
    login = f"{slug}[bot]"
    try:
        found = rest.get(f"/users/{quote(login, safe='')}")
    except GitHubGone:
        return Account(login, None)
    return Account(login, int(found["id"]))


def read_checks(rest: Rest, repository: str, sha: str, app_id: int) -> tuple[PresentCheck, ...]:
    """Our check runs on a commit, oldest first."""
    runs = rest.pages(
        f"/repos/{repository}/commits/{sha}/check-runs",
        item="check_runs",
        check_name=check_run.NAME,
        filter="all",
        app_id=app_id,
    )
    found = []
    for run in runs:
        app = run.get("app") or {}
        if app.get("id", app_id) != app_id or run.get("name") != check_run.NAME:
            continue
        output = run.get("output") or {}
        cancelled = run.get("conclusion") == "cancelled"
        found.append(
            PresentCheck(
                id=int(run["id"]),
                attempt=str(run.get("external_id") or ""),
                completed=run.get("status") == "completed",
                digest="" if cancelled else check_run.digest_of(output.get("summary") or ""),
                annotations=int(output.get("annotations_count") or 0),
            )
        )
    return tuple(sorted(found, key=lambda run: run.id))


def read_comments(
    rest: Rest, repository: str, number: int, mine: Ours
) -> tuple[tuple[PresentSummary, ...], tuple[PresentInline, ...]]:
    """Our summaries and our comments on lines, oldest first."""
    summaries = [
        PresentSummary(id=int(comment["id"]), body=comment.get("body") or "")
        for comment in rest.pages(f"/repos/{repository}/issues/{number}/comments")
        if (comment.get("body") or "").startswith(summary.MARKER) and mine(comment)
    ]
    lines = list(rest.pages(f"/repos/{repository}/pulls/{number}/comments"))
    answered = {
        comment.get("in_reply_to_id")
        for comment in lines
        if comment.get("in_reply_to_id") and not mine(comment)
    }
    found: list[PresentInline] = []
    for comment in lines:
        fingerprint = inline.fingerprint_of(comment.get("body") or "")
        if fingerprint is None or comment.get("in_reply_to_id") or not mine(comment):
            continue
        found.append(
            PresentInline(
                id=int(comment["id"]),
                node=comment["node_id"],
                fingerprint=fingerprint,
                body=comment["body"],
                replied=comment["id"] in answered,
            )
        )
    threads = _threads(rest, repository, number) if found else {}
    return (
        tuple(sorted(summaries, key=lambda each: each.id)),
        tuple(sorted((_shown(each, threads) for each in found), key=lambda each: each.id)),
    )


def begun(
    present: tuple[PresentCheck, ...], check: int | None, attempt: str
) -> tuple[PresentCheck, ...]:
    """*present* with the check run that was begun a moment ago, where the list does not show it yet."""
    if check is None or any(run.id == check for run in present):
        return present
    run = PresentCheck(id=check, attempt=attempt, completed=False, digest="", annotations=0)
    return (*present, run)


def _threads(rest: Rest, repository: str, number: int) -> dict[str, dict[str, Any]]:
    """The first comment of each thread, by its node id."""
    owner, _, name = repository.partition("/")
    found: dict[str, dict[str, Any]] = {}
    after: str | None = None
    for _ in range(THREAD_PAGES):
        variables = {"owner": owner, "name": name, "number": number, "after": after}
        try:
            data = rest.graphql(_THREADS, variables)
        except GitHubRefused:
            return found
        pull = (data.get("repository") or {}).get("pullRequest") or {}
        threads = pull.get("reviewThreads") or {}
        for thread in threads.get("nodes") or ():
            for comment in ((thread or {}).get("comments") or {}).get("nodes") or ():
                found[comment["id"]] = comment
        page = threads.get("pageInfo") or {}
        after = page.get("endCursor")
        if not page.get("hasNextPage") or not after:
            break
    return found


def _shown(comment: PresentInline, threads: dict[str, dict[str, Any]]) -> PresentInline:
    """*comment* with what only its thread tells: how it and its review are shown."""
    seen = threads.get(comment.node) or {}
    review = seen.get("pullRequestReview") or {}
    hidden = str(seen.get("minimizedReason") or "").lower() == "resolved"
    speaks = bool(review.get("body")) and not review.get("isMinimized")
    last = int(seen.get("line") or 0)
    known = "line" in seen and not seen.get("outdated")
    return replace(
        comment,
        hidden=bool(seen.get("isMinimized")) and hidden,
        review=str(review["id"]) if speaks else None,
        # One line has no first line of its own.
        lines=(int(seen.get("startLine") or last), last) if known else None,
        outdated=bool(seen.get("outdated")),
        made_on=str((seen.get("originalCommit") or {}).get("oid") or ""),
    )
