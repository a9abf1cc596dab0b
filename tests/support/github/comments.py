"""Comments below pull requests and on lines of their diffs, and reactions; 65,536 characters at most."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tests.support.github.installations import the_repository
from tests.support.github.pulls import numbered, patches
from tests.support.github.state import APP, BOT, Asked, Refused, Repo, State, on_git

# Below


def add(
    state: State, repo: Repo, number: int, body: str, user: Mapping[str, Any], app: Any = None
) -> dict[str, Any]:
    """A new comment of *user*, made by *app* where that is one."""
    _bounded(body)
    id_ = next(state.ids)
    made = {
        "id": id_,
        "node_id": f"IC_{id_}",
        "number": number,
        "body": body,
        "user": dict(user),
        "performed_via_github_app": app,
    }
    repo.comments[id_] = made
    return made


def listed(state: State, asked: Asked, name: str, number: str) -> tuple[int, Any]:
    found = the_repository(state, asked, name).comments.values()
    return 200, [shown(each) for each in found if each["number"] == int(number)]


def post(state: State, asked: Asked, name: str, number: str) -> tuple[int, Any]:
    repo = the_repository(state, asked, name)
    if numbered(repo, number).locked:
        raise Refused(403, "Unable to create comment because issue is locked.")
    return 201, shown(add(state, repo, int(number), asked.body["body"], BOT, APP))


def edit(state: State, asked: Asked, name: str, id_: str) -> tuple[int, Any]:
    return 200, shown(_edit(the_repository(state, asked, name).comments, id_, asked.body))


def delete(state: State, asked: Asked, name: str, id_: str) -> tuple[int, Any]:
    return _delete(the_repository(state, asked, name).comments, id_)


def react(state: State, asked: Asked, name: str, id_: str) -> tuple[int, Any]:
    the_repository(state, asked, name)
    reaction = (int(id_), str(asked.body["content"]))
    if reaction not in state.reactions:
        state.reactions.append(reaction)
    return 201, {"id": len(state.reactions), "content": asked.body["content"]}


def shown(comment: Mapping[str, Any]) -> dict[str, Any]:
    """A comment as it is answered: without the number of its pull request, and null is left out."""
    gone = {"number", "outdated"}
    gone |= set() if comment.get("in_reply_to_id") else {"in_reply_to_id"}
    return {key: value for key, value in comment.items() if key not in gone}


# On lines


def lines(state: State, asked: Asked, name: str, number: str) -> tuple[int, Any]:
    found = the_repository(state, asked, name).lines.values()
    return 200, [shown(each) for each in found if each["number"] == int(number)]


def review(state: State, asked: Asked, name: str, number: str) -> tuple[int, Any]:
    """All of its comments, or none where one of them cannot be placed."""
    repo = the_repository(state, asked, name)
    id_ = next(state.ids)
    head = asked.body["commit_id"]
    made = [
        _placed(state, repo, number, {**each, "commit_id": head})
        for each in asked.body.get("comments") or ()
    ]
    repo.reviews[id_] = asked.body.get("body") or ""
    repo.lines |= {each["id"]: {**each, "pull_request_review_id": id_} for each in made}
    return 200, {"id": id_, "body": asked.body.get("body"), "state": "COMMENTED"}


def post_line(state: State, asked: Asked, name: str, number: str) -> tuple[int, Any]:
    repo = the_repository(state, asked, name)
    made = _placed(state, repo, number, asked.body)
    repo.lines[made["id"]] = made
    return 201, shown(made)


def reply(state: State, asked: Asked, name: str, number: str, id_: str) -> tuple[int, Any]:
    repo = the_repository(state, asked, name)
    if int(id_) not in repo.lines:
        raise Refused(404, "Not Found")
    new = next(state.ids)
    repo.lines[new] = {
        **repo.lines[int(id_)],
        "id": new,
        "node_id": f"PRRC_{new}",
        "in_reply_to_id": int(id_),
        "body": asked.body["body"],
        "user": BOT,
    }
    return 201, shown(repo.lines[new])


def edit_line(state: State, asked: Asked, name: str, id_: str) -> tuple[int, Any]:
    return 200, shown(_edit(the_repository(state, asked, name).lines, id_, asked.body))


def delete_line(state: State, asked: Asked, name: str, id_: str) -> tuple[int, Any]:
    return _delete(the_repository(state, asked, name).lines, id_)


def _placed(state: State, repo: Repo, number: str, place: dict[str, Any]) -> dict[str, Any]:
    """A comment on a line, which has to be part of the diff, with its first in the same hunk."""
    changed = patches(repo, numbered(repo, number))
    patch = changed.get(place["path"], "")
    hunks = [
        (int(start), int(start) + int(count or 1) - 1)
        for start, count in re.findall(r"^@@ -\S+ \+(\d+)(?:,(\d+))? @@", patch, re.MULTILINE)
    ]
    if place.get("subject_type") == "file":
        taken = place["path"] in changed and "line" not in place
    else:
        first, last = place.get("start_line", place["line"]), place["line"]
        taken = any(low <= first <= last <= high for low, high in hunks)
        # One line has no first line of its own.
        taken = taken and place.get("start_line", 0) < last
    if not taken:
        raise Refused(422, "Pull request review thread line must be part of the diff")
    _bounded(place["body"])
    id_ = next(state.ids)
    return {
        **place,
        "id": id_,
        "node_id": f"PRRC_{id_}",
        "number": int(number),
        "user": BOT,
        "in_reply_to_id": None,
        "original_commit_id": place["commit_id"],
        "outdated": False,
    }


def follow(repo: Repo, number: int, old: str, new: str) -> None:
    """Move the comments of pull request *number* with their lines; where these were changed they are outdated."""
    for each in repo.lines.values():
        if each["number"] != number or each["outdated"] or not each.get("line"):
            continue
        changes = on_git(repo.git, "diff", "--no-color", "-U0", old, new, "--", each["path"])
        first, last, moved = each.get("start_line", each["line"]), each["line"], 0
        for at, gone, come in re.findall(
            r"^@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@", changes, re.MULTILINE
        ):
            lost, gained = int(gone or 1), int(come or 1)
            # Without a line that goes, it is the one before which is named.
            start = int(at) if lost else int(at) + 1
            if lost and start <= last and first < start + lost:
                each["outdated"] = True
                break
            if start <= first:
                moved += gained - lost
        if each["outdated"]:
            del each["line"]
            each.pop("start_line", None)
            continue
        each["line"] += moved
        if "start_line" in each:
            each["start_line"] += moved


def _bounded(body: str) -> None:
    if len(body) > 65_536:
        raise Refused(422, "Body is too long (maximum is 65536 characters)")


def _edit(kept: dict[int, dict[str, Any]], id_: str, body: Any) -> dict[str, Any]:
    if int(id_) not in kept:
        raise Refused(404, "Not Found")
    _bounded(body["body"])
    kept[int(id_)]["body"] = body["body"]
    return kept[int(id_)]


def _delete(kept: dict[int, dict[str, Any]], id_: str) -> tuple[int, Any]:
    if kept.pop(int(id_), None) is None:
        raise Refused(404, "Not Found")
    return 204, None
