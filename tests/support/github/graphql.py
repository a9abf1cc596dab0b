"""GraphQL documents as the service sends them: threads of a pull request, and what hides and resolves."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any

from tests.support import permissions
from tests.support.github.state import Refused, Repo, State

NEEDED = {
    "minimizeComment": ("pull_requests", "write"),
    "unminimizeComment": ("pull_requests", "write"),
    # Not what one would think; and GitHub's own list has no mutations.
    "resolveReviewThread": ("contents", "write"),
    "unresolveReviewThread": ("contents", "write"),
}
"""The permission that each mutation asks of an App."""


def answer(
    state: State, credential: str, document: str, variables: Mapping[str, Any]
) -> dict[str, Any]:
    ids, ends = state.tokens.get(credential, (set(), 0.0))
    if ends <= time.time():
        raise Refused(401, "Bad credentials")
    if "reviewThreads" in document:
        repo = state.repositories.get(f"{variables['owner']}/{variables['name']}")
        if repo is None or repo.id not in ids:
            return {"data": {"repository": None}, "errors": [_unknown("repository")]}
        return {"data": _threads(repo.seen(state.late), int(variables["number"]))}
    found = re.search(r"(\w+)\(input", document)
    if found is None:
        return {"errors": [{"message": "not understood"}]}
    change, id_ = found[1], str(variables["id"])
    name, level = NEEDED[change]
    if not permissions.enough(state.granted[credential].get(name), level):
        state.unlawful.append(f"{change}: the token lacks {name}: {level}")
        said = "Resource not accessible by integration"
        return {"data": {change: None}, "errors": [{"type": "FORBIDDEN", "message": said}]}
    for repo in state.repositories.values():
        if repo.id in ids and any(id_ in _nodes(each) for each in repo.lines.values()):
            repo.keep(state.late)
            kept = repo.hidden if "Comment" in change else repo.resolved
            (kept.discard if change.startswith("un") else kept.add)(id_)
            return {"data": {change: {}}}
    return {"data": {change: None}, "errors": [_unknown(id_)]}


def _nodes(comment: Mapping[str, Any]) -> tuple[str, str, str]:
    """The ids of a comment, of the thread that it begins, and of the review that it came with."""
    review = comment.get("pull_request_review_id")
    return str(comment["node_id"]), f"PRRT_{comment['id']}", f"PRR_{review}"


def _unknown(what: str) -> dict[str, Any]:
    return {"type": "NOT_FOUND", "message": f"Could not resolve to a node: {what}"}


def _threads(repo: Repo, number: int) -> dict[str, Any]:
    nodes = []
    for each in repo.lines.values():
        if each["number"] != number or each["in_reply_to_id"] is not None:
            continue
        node, thread, review = _nodes(each)
        hidden = node in repo.hidden
        comment = {
            "id": node,
            "isMinimized": hidden,
            "minimizedReason": "resolved" if hidden else None,
            "outdated": each["outdated"],
            "line": each.get("line"),
            "startLine": each.get("start_line"),
            "originalCommit": {"oid": each["original_commit_id"]},
            "pullRequestReview": {
                "id": review,
                "body": repo.reviews.get(each.get("pull_request_review_id"), ""),
                "isMinimized": review in repo.hidden,
            },
        }
        nodes.append(
            {
                "id": thread,
                "isResolved": thread in repo.resolved,
                "comments": {"nodes": [comment]},
            }
        )
    page = {"hasNextPage": False, "endCursor": None}
    threads = {"pageInfo": page, "nodes": nodes}
    return {"repository": {"pullRequest": {"reviewThreads": threads}}}
