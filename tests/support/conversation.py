"""
A pull request's check runs and comments, as GitHub keeps them; state for ``scripted``.

It knows GitHub's limits (50 annotations of a request, 65,535 characters of an
output, 65,536 of a comment, lines within the diff) and can fail after a write.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.scripted import Say, Seen

APP = 41
BOT = {"login": "two-step[bot]", "id": 70, "type": "Bot"}


def person(login: str) -> dict[str, Any]:
    return {"login": login, "id": 1, "type": "User"}


@dataclass
class Conversation:
    """One pull request."""

    repository: str = "acme/shop"
    number: int = 12
    patches: dict[str, str] = field(default_factory=dict)
    """Unified diffs by path; lines outside of them take no comment."""
    runs: list[dict[str, Any]] = field(default_factory=list)
    comments: list[dict[str, Any]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)
    writes: list[tuple[str, str]] = field(default_factory=list)
    fail_after: Callable[[Seen], bool] = lambda _: False
    """Answer 502 although it was done."""
    locked: bool = False
    refuse_reviews: bool = False
    tells_accounts: bool = True
    """Whether the number of the bot account can be asked for."""
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(100))

    def answer(self, seen: Seen) -> Say:
        path = urlsplit(seen.path).path.removeprefix("/api/v3")
        say = self._answer(seen, path)
        asks = path.endswith("access_tokens") or "query" in str((seen.body or {}).get("query"))[:9]
        if seen.method != "GET" and say.status < 300 and not asks:
            self.writes.append((seen.method, path))
            if self.fail_after(seen):
                return Say(502, {"message": "Bad Gateway"})
        return say

    def comment(self, body: str, user: dict[str, Any], app: int | None = None) -> dict[str, Any]:
        """Somebody's comment below the pull request."""
        made = {
            "id": next(self._ids),
            "body": body,
            "user": user,
            "performed_via_github_app": None if app is None else {"id": app},
        }
        self.comments.append(made)
        return made

    def answer_line(self, to: int, body: str, user: dict[str, Any]) -> None:
        """Somebody's answer to a comment on a line."""
        number = next(self._ids)
        self.lines.append(
            {
                "id": number,
                "node_id": f"N{number}",
                "body": body,
                "user": user,
                "in_reply_to_id": to,
            }
        )

    def _answer(self, seen: Seen, path: str) -> Say:
        body, method = seen.body or {}, seen.method
        if path.endswith("/access_tokens"):
            return Say(201, {"token": "ghs_x", "expires_at": "2099-01-01T00:00:00Z"})
        if path == "/api/graphql":
            return self._graphql(body)
        if path == "/app":
            return Say(200, {"id": APP, "slug": "two-step"})
        if path == "/users/two-step%5Bbot%5D":
            return Say(200, BOT) if self.tells_accounts else Say(404, {"message": "Not Found"})
        repo = path.removeprefix(f"/repos/{self.repository}")
        # Written for number 12; the others are told from it by their number alone.
        repo = re.sub(rf"^/(pulls|issues)/{self.number}(?=/)", r"/\1/12", repo)
        match method, repo:
            case "GET", _ if repo.startswith("/commits/"):
                wanted = repo.split("/")[2]
                assert parse_qs(urlsplit(seen.path).query)["filter"] == ["all"]
                return Say(
                    200, {"check_runs": [r for r in self.runs[::-1] if r["head_sha"] == wanted]}
                )
            case "GET", "/pulls/12/files":
                return Say(200, [{"filename": p, "patch": d} for p, d in self.patches.items()])
            case "GET", "/issues/12/comments":
                return Say(200, self.comments)
            case "GET", "/pulls/12/comments":
                return Say(200, self.lines)
            case "POST", "/check-runs":
                return self._run(body)
            case "PATCH", _ if repo.startswith("/check-runs/"):
                return self._run(body, int(repo.rpartition("/")[2]))
            case "POST", "/issues/12/comments":
                if self.locked:
                    return Say(
                        403, {"message": "Unable to create comment because issue is locked."}
                    )
                if len(body["body"]) > 65_536:
                    return Say(422, {"message": "Body is too long (maximum is 65536 characters)"})
                return Say(201, self.comment(body["body"], BOT, APP))
            case (("PATCH" | "DELETE"), _) if "/comments/" in repo:
                return self._change(method, int(repo.rpartition("/")[2]), body, repo)
            case "POST", "/pulls/12/reviews":
                if self.refuse_reviews or not all(self._takes(each) for each in body["comments"]):
                    return Say(
                        422, {"message": "Unprocessable", "errors": ["Line could not be resolved"]}
                    )
                review = next(self._ids)
                for each in body["comments"]:
                    self._line(each)["pull_request_review_id"] = review
                return Say(200, {"id": review})
            case "POST", "/pulls/12/comments":
                if not self._takes(body):
                    return Say(422, {"message": "line must be part of the diff"})
                return Say(201, self._line(body))
            case "POST", _ if repo.endswith("/replies"):
                self.answer_line(int(repo.split("/")[-2]), body["body"], BOT)
                return Say(201, self.lines[-1])
            case "POST", _ if repo.endswith("/reactions"):
                return Say(201, {"id": 1, "content": body["content"]})
            case _:
                return Say(404, {"message": "Not Found"})

    def _run(self, body: dict[str, Any], number: int | None = None) -> Say:
        output = body.get("output") or {}
        added = output.get("annotations") or []
        long = [k for k in ("summary", "text") if len(output.get(k) or "") > 65_535]
        if len(added) > 50 or long or len(body.get("actions") or ()) > 3:
            return Say(422, {"message": "Invalid request", "errors": long})
        if body.get("status") == "completed" and "conclusion" not in body:
            return Say(422, {"message": "conclusion is missing"})
        if number is None:
            run: dict[str, Any] = {
                "id": next(self._ids),
                "app": {"id": APP},
                "conclusion": None,
                "annotations": [],
                "output": {"annotations_count": 0},
            }
            self.runs.append(run)
        else:
            run = next(r for r in self.runs if r["id"] == number)
        run["annotations"] += added
        run |= {k: v for k, v in body.items() if k != "output"}
        run["output"] |= {k: v for k, v in output.items() if k != "annotations"}
        run["output"]["annotations_count"] = len(run["annotations"])
        return Say(200 if number else 201, run)

    def _change(self, method: str, number: int, body: dict[str, Any], repo: str) -> Say:
        place = self.lines if repo.startswith("/pulls/") else self.comments
        found = next((each for each in place if each["id"] == number), None)
        if found is None:
            return Say(404, {"message": "Not Found"})
        if method == "DELETE":
            place.remove(found)
            return Say(204)
        found["body"] = body["body"]
        return Say(200, found)

    def _takes(self, comment: dict[str, Any]) -> bool:
        """Whether first and last line stand in one hunk of the right side, or the file in the diff."""
        if comment.get("subject_type") == "file":
            return comment["path"] in self.patches and "line" not in comment
        if comment["side"] != "RIGHT" or comment.get("start_line", 0) >= comment["line"]:
            return False
        first = comment.get("start_line", comment["line"])
        for start, length in re.findall(
            r"(?m)^@@ \S+ \+(\d+),(\d+) @@", self.patches.get(comment["path"], "")
        ):
            if int(start) <= first and comment["line"] < int(start) + int(length):
                return True
        return False

    def _line(self, comment: dict[str, Any]) -> dict[str, Any]:
        number = next(self._ids)
        made = {
            "id": number,
            "node_id": f"N{number}",
            "path": comment["path"],
            "line": comment.get("line"),
            "start_line": comment.get("start_line"),
            "body": comment["body"],
            "user": BOT,
        }
        self.lines.append(made)
        return made

    def _graphql(self, body: dict[str, Any]) -> Say:
        query, variables = body["query"], body["variables"]
        name = variables.get("id", "")
        if "esolveReviewThread" in query:
            said = "Resource not accessible by integration"
            return Say(200, {"data": None, "errors": [{"type": "FORBIDDEN", "message": said}]})
        for word, change in (
            ("unminimizeComment", self.hidden.discard),
            ("minimizeComment", self.hidden.add),
        ):
            if word in query:
                change(name)
                return Say(200, {"data": {word: {}}})
        nodes = [
            {"comments": {"nodes": [self._node(each)]}}
            for each in self.lines
            if not each.get("in_reply_to_id")
        ]
        page = {"hasNextPage": False, "endCursor": None}
        threads = {"pageInfo": page, "nodes": nodes}
        return Say(200, {"data": {"repository": {"pullRequest": {"reviewThreads": threads}}}})

    def _node(self, line: dict[str, Any]) -> dict[str, Any]:
        """A comment on a line, as GraphQL tells of it."""
        review, hidden = line.get("pull_request_review_id"), line["node_id"] in self.hidden
        # Who comments on one line has a review without a text of its own made for it.
        about = {"id": f"R{review}", "body": "Two-Step has remarks" if review else ""}
        return {
            "id": line["node_id"],
            "isMinimized": hidden,
            "minimizedReason": "resolved" if hidden else None,
            "pullRequestReview": {**about, "isMinimized": about["id"] in self.hidden},
        }
