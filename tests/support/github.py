"""
A stand-in for GitHub: as much of it as an App meets, on real git repositories.

What is kept is what is seen: pull requests, check runs, comments, reactions.
Diffs, hunks and ``refs/pull/N/head`` are git's own. It has GitHub's limits (50
annotations a request, 65,535 and 65,536 characters, lines outside of the diff,
tokens for the repositories that they were made for) and can be told to fail.
Requests, answers and webhooks that are not as GitHub's own description has them
are collected in ``unlawful``, where that description is at hand (``make
contracts``); ``judged`` counts what was held against it.
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
import html
import itertools
import json
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from bot.git.command import environment, git
from tests.support import contracts, permissions
from tests.support.git_http import git_http

APP_ID = 7
SLUG = "two-step"
API = "/api/v3"

APP = {"id": APP_ID, "slug": SLUG, "name": "Two-Step", "node_id": "A_7"}
BOT = {"login": f"{SLUG}[bot]", "id": 70, "type": "Bot"}
GRANTED = {
    "checks": "write",
    "contents": "read",
    "deployments": "read",
    "issues": "read",
    "merge_queues": "read",
    "metadata": "read",
    "pull_requests": "write",
}
EVENTS = ("check_run", "issue_comment", "merge_group", "pull_request", "push")


class Refused(Exception):
    """An answer other than the wanted one."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.headers = dict(headers or {})


class Halved(Exception):
    """An answer of which half arrives."""

    def __init__(self, status: int, answer: Any) -> None:
        super().__init__(status)
        self.status = status
        self.answer = answer


@dataclass
class Fault:
    """
    The next *times* requests that match get *status*; with *after*, once they are stored.

    With *half* they are done and answered, and half of the answer arrives.
    """

    method: str
    path: str
    status: int
    times: int = 1
    after: bool = False
    half: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    message: str = "fault"


@dataclass
class Pull:
    number: int
    title: str
    branch: str
    base: str
    author: str = "author"
    state: str = "open"
    draft: bool = False


@dataclass
class Repo:
    """A repository and all that is on it."""

    id: int
    full_name: str
    installation: int
    git: Path
    pulls: dict[int, Pull] = field(default_factory=dict)
    checks: dict[int, dict[str, Any]] = field(default_factory=dict)
    comments: dict[int, dict[str, Any]] = field(default_factory=dict)
    """Below pull requests, with the key ``number`` for whose."""
    lines: dict[int, dict[str, Any]] = field(default_factory=dict)
    """On lines of diffs."""
    writers: set[str] = field(default_factory=lambda: {"author"})


class StandIn:
    """The state, and the ASGI application that shows it. Repositories are bare, below *root*."""

    def __init__(
        self, root: Path, *, secret: str, hook: str = "", public_key: RSAPublicKey | None = None
    ) -> None:
        self.root = root
        self.public_key = public_key
        """The App's, with which its tokens are verified; without it any of their look will do."""
        self.secret = secret
        self.hook = hook
        self.repositories: dict[str, Repo] = {}
        self.tokens: dict[str, tuple[set[int], float]] = {}
        self.granted: dict[str, Mapping[str, str]] = {}
        """The permissions of each token that was ever made."""
        self.reactions: list[tuple[int, str]] = []
        self.deliveries: list[dict[str, Any]] = []
        self.faults: list[Fault] = []
        self.requests: list[tuple[str, str]] = []
        self.unlawful: list[str] = []
        self.judged = 0
        """Answers and webhooks that were held against GitHub's description."""
        self.hidden: set[str] = set()
        self.resolved: set[str] = set()
        self.token_seconds = 3600.0
        self._ids = itertools.count(1000)
        self._lock = threading.RLock()
        backend = git_http(root, self._may_fetch)
        self.app = Starlette(
            routes=[
                Route(API + "/{path:path}", self._api, methods=["GET", "POST", "PATCH", "DELETE"]),
                Route("/api/graphql", self._graphql, methods=["POST"]),
                Route("/{path:path}.git/{rest:path}", backend, methods=["GET", "POST"]),
                Route("/", self._home),
                Route("/{owner}/{name}/pull/{number:int}", self._page),
            ]
        )

    # What people do

    def add(self, full_name: str, id_: int = 1, installation: int = 1) -> Repo:
        """Know the bare repository that lies at ``FULL_NAME.git``."""
        repo = Repo(id_, full_name, installation, self.root / f"{full_name}.git")
        self.repositories[full_name] = repo
        return repo

    def open(self, repo: Repo, number: int, branch: str, title: str, base: str = "main") -> Pull:
        """Open a pull request; its head is the branch's tip, now and after ``push``."""
        pull = repo.pulls[number] = Pull(number, title, branch, base)
        self.push(repo, pull)
        return pull

    def push(self, repo: Repo, pull: Pull) -> str:
        """Bring the head of *pull* to the tip of its branch."""
        head = _git(repo.git, "rev-parse", f"refs/heads/{pull.branch}")
        _git(repo.git, "update-ref", f"refs/pull/{pull.number}/head", head)
        return head

    def head(self, repo: Repo, number: int) -> str:
        return _git(repo.git, "rev-parse", f"refs/pull/{number}/head")

    def say(self, repo: Repo, number: int, body: str, author: str = "author") -> dict[str, Any]:
        """Somebody comments; the comment."""
        user = {"login": author, "id": 1, "type": "User"}
        return self._comment(repo, number, body, user, None)

    def send(self, event: str, payload: Mapping[str, Any], guid: str = "") -> int:
        """Deliver a webhook, signed; the status of the answer, 0 without one."""
        if contracts.fetched():
            payload = contracts.whole_webhook(event, payload)
            self.unlawful += contracts.wrong_with_webhook(event, payload)
            self.judged += 1
        body = json.dumps(payload).encode()
        signature = hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
        made = {"guid": guid or secrets.token_hex(16), "event": event, "id": next(self._ids)}
        headers = {
            "content-type": "application/json",
            "x-github-event": event,
            "x-github-delivery": str(made["guid"]),
            "x-hub-signature-256": f"sha256={signature}",
        }
        try:
            status = httpx.post(self.hook, content=body, headers=headers, timeout=10).status_code
        except httpx.HTTPError:
            status = 0
        self.deliveries.append(
            {**made, "status_code": status, "delivered_at": _now(), "payload": payload}
        )
        return status

    def event(self, repo: Repo, action: str, **more: Any) -> dict[str, Any]:
        """A payload's common part."""
        if "comment" in more:
            more["comment"] = _shown(more["comment"])
        return {
            "action": action,
            "repository": self._repository(repo),
            "installation": {"id": repo.installation},
            "sender": {"login": "author", "id": 1, "type": "User"},
            **more,
        }

    def pull_request_event(self, repo: Repo, number: int, action: str) -> dict[str, Any]:
        return self.event(
            repo, action, number=number, pull_request=self._pull(repo, repo.pulls[number])
        )

    # The interface

    async def _api(self, request: Request) -> Response:
        path = "/" + request.path_params["path"]
        body = json.loads(await request.body() or b"null")
        return await run_in_threadpool(self._answer, request, path, body)

    def _answer(self, request: Request, path: str, body: Any) -> Response:
        method = request.method
        query = dict(request.query_params)
        with self._lock:
            self.requests.append((method, path))
            if contracts.fetched():
                url = f"{path}?{request.url.query}" if request.url.query else path
                self.unlawful += contracts.wrong_with_request(method, url, body)
            try:
                status, answer = self._faulty(request, path, body, query)
            except Refused as error:
                return JSONResponse(
                    {"message": str(error)}, error.status, headers={**error.headers}
                )
            except Halved as error:
                text = json.dumps(error.answer).encode()
                # The server hangs up when less comes than was announced.
                announced = {"content-length": str(len(text))}
                return Response(text[: len(text) // 2], error.status, headers=announced)
            if contracts.fetched():
                answer = contracts.whole_answer(method, path, status, answer)
                self.unlawful += contracts.wrong_with_answer(method, path, status, answer)
                self.judged += 1
        headers = {"x-ratelimit-remaining": "4990", "x-ratelimit-resource": "core"}
        return JSONResponse(answer, status, headers=headers) if status != 204 else Response("", 204)

    def _faulty(
        self, request: Request, path: str, body: Any, query: dict[str, str]
    ) -> tuple[int, Any]:
        """The answer, unless it was to fail: before anything is done, or when all of it is."""
        fault = self._fault(request.method, path)
        if fault is not None and not fault.after and not fault.half:
            raise Refused(fault.status, fault.message, fault.headers)
        done = self._done(request, path, body, query)
        if fault is not None and fault.half:
            raise Halved(*done)
        if fault is not None:
            raise Refused(fault.status, fault.message, fault.headers)
        return done

    def _done(
        self, request: Request, path: str, body: Any, query: dict[str, str]
    ) -> tuple[int, Any]:
        if path == "/app" or path.startswith("/app/"):
            self._app(request)
        for pattern, verb, act in self._routes():
            found = re.fullmatch(pattern, path)
            if found and verb == request.method:
                return act(request, body, query, *found.groups())
        raise Refused(404, f"{request.method} {path} is not there")

    def _fault(self, method: str, path: str) -> Fault | None:
        for fault in self.faults:
            if fault.times and fault.method == method and re.search(fault.path, path):
                fault.times -= 1
                return fault
        return None

    def _routes(self) -> Iterator[tuple[str, str, Callable[..., tuple[int, Any]]]]:
        repo = r"/repos/([^/]+/[^/]+)"
        yield (
            r"/app",
            "GET",
            lambda *_: (
                200,
                {**APP, "permissions": GRANTED, "events": list(EVENTS)},
            ),
        )
        yield r"/app/installations", "GET", self._installations
        yield r"/app/installations/(\d+)/access_tokens", "POST", self._token
        yield r"/app/hook/deliveries", "GET", self._failed
        yield r"/app/hook/deliveries/(\d+)/attempts", "POST", self._redeliver
        yield r"/installation/repositories", "GET", self._installed
        yield r"/installation/token", "DELETE", self._revoke
        yield repo, "GET", lambda r, b, q, n: (200, self._repository(self._repo(r, n)))
        yield repo + r"/pulls", "GET", self._pulls
        yield repo + r"/pulls/(\d+)", "GET", self._one_pull
        yield repo + r"/pulls/(\d+)/files", "GET", self._files
        yield repo + r"/pulls/(\d+)/comments", "GET", self._get_lines
        yield repo + r"/pulls/(\d+)/comments", "POST", self._post_line
        yield repo + r"/pulls/(\d+)/comments/(\d+)/replies", "POST", self._reply
        yield repo + r"/pulls/(\d+)/reviews", "POST", self._review
        yield repo + r"/pulls/comments/(\d+)", "PATCH", self._edit_line
        yield repo + r"/pulls/comments/(\d+)", "DELETE", self._delete_line
        yield repo + r"/commits/([0-9a-f]+)/pulls", "GET", self._pulls_of
        yield repo + r"/commits/([0-9a-f]+)/check-runs", "GET", self._checks
        yield repo + r"/check-runs", "POST", self._create_check
        yield repo + r"/check-runs/(\d+)", "PATCH", self._edit_check
        yield repo + r"/issues/(\d+)/comments", "GET", self._get_comments
        yield repo + r"/issues/(\d+)/comments", "POST", self._post_comment
        yield repo + r"/issues/comments/(\d+)", "PATCH", self._edit_comment
        yield repo + r"/issues/comments/(\d+)", "DELETE", self._delete_comment
        yield repo + r"/(?:issues|pulls)/comments/(\d+)/reactions", "POST", self._react
        yield repo + r"/collaborators/([^/]+)/permission", "GET", self._permission

    # The App

    def _app(self, request: Request) -> None:
        """Refuse what the App itself has not signed, for ten minutes at most."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind != "Bearer" or not token.startswith("ey"):
            raise Refused(401, "A JSON web token could not be decoded")
        if self.public_key is None:
            return
        try:
            said = jwt.decode(
                token,
                self.public_key,
                algorithms=["RS256"],
                issuer=str(APP_ID),
                options={"require": ["exp", "iat", "iss"]},
            )
        except jwt.PyJWTError as error:
            raise Refused(401, f"A JSON web token could not be decoded: {error}") from None
        if said["exp"] > time.time() + 600:
            raise Refused(401, "'Expiration time' claim ('exp') is too far in the future")

    def _installations(self, *_: Any) -> tuple[int, Any]:
        ids = sorted({repo.installation for repo in self.repositories.values()})
        return 200, [{"id": each, "app_id": APP_ID, "suspended_at": None} for each in ids]

    def _token(self, request: Request, body: Any, query: Any, number: str) -> tuple[int, Any]:
        owned = {r.id for r in self.repositories.values() if r.installation == int(number)}
        wanted = set((body or {}).get("repository_ids") or owned)
        if not owned:
            raise Refused(404, "Not Found")
        if not wanted <= owned:
            raise Refused(422, "There is at least one repository that is not accessible")
        asked = (body or {}).get("permissions") or GRANTED
        if any(not permissions.enough(GRANTED.get(name), level) for name, level in asked.items()):
            raise Refused(422, "The permissions requested are not granted to this installation.")
        token = f"ghs_{APP_ID}_{secrets.token_hex(100)}"
        self.tokens[token] = (wanted, time.time() + self.token_seconds)
        self.granted[token] = asked
        ends = datetime.datetime.fromtimestamp(time.time() + self.token_seconds, datetime.UTC)
        return 201, {
            "token": token,
            "expires_at": ends.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "permissions": asked,
            "repository_selection": "selected",
        }

    def _may_fetch(self, path: str, password: str) -> bool:
        repo = self.repositories.get(path.partition(".git/")[0])
        ids, ends = self.tokens.get(password, (set(), 0.0))
        may_read = "contents" in self.granted.get(password, {})
        return repo is not None and repo.id in ids and ends > time.time() and may_read

    def _repo(self, request: Request, name: str) -> Repo:
        """The repository *name*, if the request's token is for it."""
        token = request.headers.get("authorization", "").partition(" ")[2]
        ids, ends = self.tokens.get(token, (set(), 0.0))
        if ends <= time.time():
            raise Refused(401, "Bad credentials")
        repo = self.repositories.get(name)
        if repo is None or repo.id not in ids:
            raise Refused(404, "Not Found")
        if contracts.fetched():
            self._permitted(request, self.granted[token])
        return repo

    def _permitted(self, request: Request, granted: Mapping[str, str]) -> None:
        path = request.url.path.removeprefix(API)
        lacking = permissions.lacking(request.method, path, granted)
        if lacking:
            self.unlawful.append(f"{request.method} {path}: the token lacks {lacking}")
            headers = {"x-accepted-github-permissions": lacking}
            raise Refused(403, "Resource not accessible by integration", headers)

    def _installed(self, request: Request, *_: Any) -> tuple[int, Any]:
        token = request.headers.get("authorization", "").partition(" ")[2]
        ids, _ends = self.tokens.get(token, (set(), 0.0))
        found = [self._repository(r) for r in self.repositories.values() if r.id in ids]
        return 200, {"total_count": len(found), "repositories": found}

    def _revoke(self, request: Request, *_: Any) -> tuple[int, Any]:
        token = request.headers.get("authorization", "").partition(" ")[2]
        if self.tokens.pop(token, None) is None:
            raise Refused(401, "Bad credentials")
        return 204, None

    def _failed(self, request: Request, body: Any, query: Any) -> tuple[int, Any]:
        keys = ("id", "guid", "event", "status_code", "delivered_at")
        failed = [d for d in reversed(self.deliveries) if not 200 <= d["status_code"] < 300]
        return 200, [{key: each[key] for key in keys} for each in failed]

    def _redeliver(self, request: Request, body: Any, query: Any, id_: str) -> tuple[int, Any]:
        for each in self.deliveries:
            if each["id"] == int(id_):
                arguments = (each["event"], each["payload"], each["guid"])
                threading.Thread(target=self.send, args=arguments, daemon=True).start()
        return 202, {}

    # Repositories and pull requests

    def _repository(self, repo: Repo) -> dict[str, Any]:
        owner, _, name = repo.full_name.partition("/")
        return {
            "id": repo.id,
            "name": name,
            "full_name": repo.full_name,
            "owner": {"login": owner, "id": 2, "type": "Organization"},
            "private": True,
            "default_branch": "main",
        }

    def _pull(self, repo: Repo, pull: Pull) -> dict[str, Any]:
        own = {"id": repo.id, "full_name": repo.full_name}
        return {
            "id": 10_000 + pull.number,
            "number": pull.number,
            "state": pull.state,
            "draft": pull.draft,
            "title": pull.title,
            "merged": False,
            "merged_at": None,
            "user": {"login": pull.author, "id": 1, "type": "User"},
            "head": {"sha": self.head(repo, pull.number), "ref": pull.branch, "repo": own},
            "base": {
                "sha": _git(repo.git, "rev-parse", f"refs/heads/{pull.base}"),
                "ref": pull.base,
                "repo": own,
            },
        }

    def _pulls(self, request: Request, body: Any, query: Any, name: str) -> tuple[int, Any]:
        repo = self._repo(request, name)
        found = [p for p in repo.pulls.values() if p.state == "open"]
        into = query.get("base")
        return 200, [_listed(self._pull(repo, p)) for p in found if into in (None, p.base)]

    def _number(self, repo: Repo, number: str) -> Pull:
        if int(number) not in repo.pulls:
            raise Refused(404, "Not Found")
        return repo.pulls[int(number)]

    def _one_pull(
        self, request: Request, body: Any, query: Any, name: str, number: str
    ) -> tuple[int, Any]:
        repo = self._repo(request, name)
        return 200, self._pull(repo, self._number(repo, number))

    def _pulls_of(
        self, request: Request, body: Any, query: Any, name: str, sha: str
    ) -> tuple[int, Any]:
        repo = self._repo(request, name)
        found = [p for p in repo.pulls.values() if self.head(repo, p.number) == sha]
        return 200, [_listed(self._pull(repo, p)) for p in found]

    def _files(
        self, request: Request, body: Any, query: Any, name: str, number: str
    ) -> tuple[int, Any]:
        repo = self._repo(request, name)
        patches = self._patches(repo, self._number(repo, number))
        page, size = int(query.get("page", 1)), int(query.get("per_page", 30))
        files = [{"filename": path, "patch": patch} for path, patch in patches.items()]
        return 200, files[(page - 1) * size : page * size]

    def _patches(self, repo: Repo, pull: Pull) -> dict[str, str]:
        """The diff of *pull* by file, as git makes it."""
        head = self.head(repo, pull.number)
        text = _git(repo.git, "diff", "--no-color", f"refs/heads/{pull.base}...{head}")
        found: dict[str, str] = {}
        for part in re.split(r"^diff --git .*\n", text, flags=re.MULTILINE)[1:]:
            path = re.search(r"^\+\+\+ b/(.*)$", part, re.MULTILINE)
            at = part.find("@@")
            if path and at >= 0:
                found[path[1]] = part[at:].rstrip("\n")
        return found

    def _permission(
        self, request: Request, body: Any, query: Any, name: str, login: str
    ) -> tuple[int, Any]:
        repo = self._repo(request, name)
        level = "write" if login in repo.writers else "read"
        return 200, {"permission": level, "role_name": level, "user": None}

    # Check runs

    def _checks(
        self, request: Request, body: Any, query: Any, name: str, sha: str
    ) -> tuple[int, Any]:
        repo = self._repo(request, name)
        found = [run for run in repo.checks.values() if run["head_sha"] == sha]
        return 200, {"total_count": len(found), "check_runs": [_run(run) for run in found]}

    def _create_check(self, request: Request, body: Any, query: Any, name: str) -> tuple[int, Any]:
        repo = self._repo(request, name)
        known = _git(repo.git, "cat-file", "-t", body["head_sha"], check=False)
        if known != "commit":
            raise Refused(422, f"No commit found for SHA: {body['head_sha']}")
        run: dict[str, Any] = {"id": next(self._ids), "annotations": [], "output": {}}
        repo.checks[run["id"]] = run
        self._change(run, body)
        return 201, _run(run)

    def _edit_check(
        self, request: Request, body: Any, query: Any, name: str, id_: str
    ) -> tuple[int, Any]:
        run = self._repo(request, name).checks[int(id_)]
        self._change(run, body)
        return 200, _run(run)

    def _change(self, run: dict[str, Any], body: dict[str, Any]) -> None:
        output = body.get("output") or {}
        new = output.get("annotations") or []
        if len(new) > 50:
            raise Refused(422, "No more than 50 annotations")
        if any(len(output.get(key) or "") > 65_535 for key in ("summary", "text")):
            raise Refused(422, "Only 65535 characters are allowed")
        run["annotations"] += new
        run["output"] |= {k: v for k, v in output.items() if k != "annotations"}
        run |= {k: v for k, v in body.items() if k != "output"}
        if run.get("conclusion"):
            run["status"] = "completed"
        run.setdefault("status", "queued")

    # Comments

    def _comment(
        self, repo: Repo, number: int, body: str, user: Mapping[str, Any], app: Any
    ) -> dict[str, Any]:
        if len(body) > 65_536:
            raise Refused(422, "Body is too long (maximum is 65536 characters)")
        id_ = next(self._ids)
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

    def _get_comments(
        self, request: Request, body: Any, query: Any, name: str, number: str
    ) -> tuple[int, Any]:
        found = self._repo(request, name).comments.values()
        return 200, [_shown(each) for each in found if each["number"] == int(number)]

    def _post_comment(
        self, request: Request, body: Any, query: Any, name: str, number: str
    ) -> tuple[int, Any]:
        repo = self._repo(request, name)
        return 201, _shown(self._comment(repo, int(number), body["body"], BOT, APP))

    def _edit_comment(
        self, request: Request, body: Any, query: Any, name: str, id_: str
    ) -> tuple[int, Any]:
        return 200, _shown(self._edit(self._repo(request, name).comments, id_, body))

    def _delete_comment(
        self, request: Request, body: Any, query: Any, name: str, id_: str
    ) -> tuple[int, Any]:
        del self._repo(request, name).comments[int(id_)]
        return 204, None

    def _edit(self, kept: dict[int, dict[str, Any]], id_: str, body: Any) -> dict[str, Any]:
        if int(id_) not in kept:
            raise Refused(404, "Not Found")
        if len(body["body"]) > 65_536:
            raise Refused(422, "Body is too long (maximum is 65536 characters)")
        kept[int(id_)]["body"] = body["body"]
        return kept[int(id_)]

    def _react(
        self, request: Request, body: Any, query: Any, name: str, id_: str
    ) -> tuple[int, Any]:
        self._repo(request, name)
        reaction = (int(id_), str(body["content"]))
        if reaction not in self.reactions:
            self.reactions.append(reaction)
        return 201, {"id": len(self.reactions), "content": body["content"]}

    # Comments on lines

    def _get_lines(
        self, request: Request, body: Any, query: Any, name: str, number: str
    ) -> tuple[int, Any]:
        found = self._repo(request, name).lines.values()
        return 200, [_shown(each) for each in found if each["number"] == int(number)]

    def _place(self, repo: Repo, number: str, place: dict[str, Any]) -> dict[str, Any]:
        """A comment on a line, which has to be part of the diff, with its first in the same hunk."""
        patches = self._patches(repo, self._number(repo, number))
        patch = patches.get(place["path"], "")
        hunks = [
            (int(start), int(start) + int(count or 1) - 1)
            for start, count in re.findall(r"^@@ -\S+ \+(\d+)(?:,(\d+))? @@", patch, re.MULTILINE)
        ]
        if place.get("subject_type") == "file":
            taken = place["path"] in patches and "line" not in place
        else:
            first = place.get("start_line", place["line"])
            taken = any(low <= first <= place["line"] <= high for low, high in hunks)
        if not taken:
            raise Refused(422, "Pull request review thread line must be part of the diff")
        if len(place["body"]) > 65_536:
            raise Refused(422, "Body is too long (maximum is 65536 characters)")
        id_ = next(self._ids)
        return {
            **place,
            "id": id_,
            "node_id": f"PRRC_{id_}",
            "number": int(number),
            "user": BOT,
            "in_reply_to_id": None,
        }

    def _review(
        self, request: Request, body: Any, query: Any, name: str, number: str
    ) -> tuple[int, Any]:
        repo = self._repo(request, name)
        made = [self._place(repo, number, each) for each in body.get("comments") or ()]
        repo.lines |= {each["id"]: each for each in made}
        return 200, {"id": next(self._ids), "body": body.get("body"), "state": "COMMENTED"}

    def _post_line(
        self, request: Request, body: Any, query: Any, name: str, number: str
    ) -> tuple[int, Any]:
        repo = self._repo(request, name)
        made = self._place(repo, number, body)
        repo.lines[made["id"]] = made
        return 201, _shown(made)

    def _reply(
        self, request: Request, body: Any, query: Any, name: str, number: str, id_: str
    ) -> tuple[int, Any]:
        repo = self._repo(request, name)
        above = repo.lines[int(id_)]
        reply = next(self._ids)
        made = {**above, "id": reply, "node_id": f"PRRC_{reply}", "in_reply_to_id": int(id_)}
        repo.lines[reply] = {**made, "body": body["body"]}
        return 201, _shown(repo.lines[reply])

    def _edit_line(
        self, request: Request, body: Any, query: Any, name: str, id_: str
    ) -> tuple[int, Any]:
        return 200, _shown(self._edit(self._repo(request, name).lines, id_, body))

    def _delete_line(
        self, request: Request, body: Any, query: Any, name: str, id_: str
    ) -> tuple[int, Any]:
        del self._repo(request, name).lines[int(id_)]
        return 204, None

    async def _graphql(self, request: Request) -> Response:
        asked = await request.json()
        document, variables = str(asked["query"]), dict(asked["variables"])
        if contracts.fetched():
            self.unlawful += contracts.wrong_with_graphql(document, variables)
        with self._lock:
            token = request.headers.get("authorization", "").partition(" ")[2]
            if self.tokens.get(token, (set(), 0.0))[1] <= time.time():
                return JSONResponse({"message": "Bad credentials"}, 401)
            if "reviewThreads" in document:
                return JSONResponse({"data": self._threads(variables)})
            id_ = str(variables["id"])
            match re.search(r"(\w+)\(input", document):
                case None:
                    return JSONResponse({"errors": [{"message": "not understood"}]})
                case found:
                    change = found[1]
            kept = self.hidden if "Comment" in change else self.resolved
            (kept.discard if change.startswith("un") else kept.add)(id_)
        return JSONResponse({"data": {change: {}}})

    def _threads(self, variables: Mapping[str, Any]) -> dict[str, Any]:
        repo = self.repositories[f"{variables['owner']}/{variables['name']}"]
        nodes = [
            {
                "id": f"PRRT_{each['id']}",
                "isResolved": f"PRRT_{each['id']}" in self.resolved,
                "comments": {
                    "nodes": [
                        {
                            "id": each["node_id"],
                            "isMinimized": each["node_id"] in self.hidden,
                            "minimizedReason": "resolved",
                        }
                    ]
                },
            }
            for each in repo.lines.values()
            if each["number"] == variables["number"] and each["in_reply_to_id"] is None
        ]
        page = {"hasNextPage": False, "endCursor": None}
        threads = {"pageInfo": page, "nodes": nodes}
        return {"repository": {"pullRequest": {"reviewThreads": threads}}}

    # Pages, for the demonstration

    async def _home(self, _: Request) -> HTMLResponse:
        rows = [
            f'<li><a href="/{repo.full_name}/pull/{pull.number}">#{pull.number} '
            f"{html.escape(pull.title)}</a> — {self._mark(repo, pull)}</li>"
            for repo in self.repositories.values()
            for pull in repo.pulls.values()
        ]
        return _html("Pull requests", f"<ul>{''.join(rows)}</ul>")

    def _mark(self, repo: Repo, pull: Pull) -> str:
        runs = [r for r in repo.checks.values() if r["head_sha"] == self.head(repo, pull.number)]
        if not runs:
            return "no check yet"
        last = runs[-1]
        words = html.escape(str(last.get("conclusion") or last["status"]))
        if not last.get("details_url"):
            return words
        return f'{words} · <a href="{html.escape(last["details_url"])}">report</a>'

    async def _page(self, request: Request) -> Response:
        name = f"{request.path_params['owner']}/{request.path_params['name']}"
        repo, number = self.repositories.get(name), request.path_params["number"]
        if repo is None or number not in repo.pulls:
            return Response("not here", 404)
        pull = repo.pulls[number]
        parts = [f"<p>Two-Step: {self._mark(repo, pull)}</p>"]
        for each in (*repo.comments.values(), *repo.lines.values()):
            if each["number"] == number:
                where = f"{each['path']}:{each['line']}" if "path" in each else "comment"
                parts.append(
                    f"<h3>{html.escape(each['user']['login'])} · {html.escape(where)}</h3>"
                    f"<pre>{html.escape(each['body'])}</pre>"
                )
        return _html(f"#{number} {pull.title}", "".join(parts))


def _shown(comment: Mapping[str, Any]) -> dict[str, Any]:
    """A comment as it is answered: without the number of its pull request, and null is left out."""
    gone = {"number"} if comment.get("in_reply_to_id") else {"number", "in_reply_to_id"}
    return {key: value for key, value in comment.items() if key not in gone}


def _listed(pull: Mapping[str, Any]) -> dict[str, Any]:
    """A pull request as it is listed."""
    return {key: value for key, value in pull.items() if key != "merged"}


def _run(run: Mapping[str, Any]) -> dict[str, Any]:
    """A check run as it is listed: the annotations are counted, not shown."""
    output = {**run["output"], "annotations_count": len(run["annotations"])}
    rest = {k: v for k, v in run.items() if k not in ("annotations", "output", "actions")}
    return {"conclusion": None, **rest, "output": output, "app": APP, "pull_requests": []}


def _html(title: str, body: str) -> HTMLResponse:
    style = "body{font:16px system-ui;margin:2rem auto;max-width:60rem}pre{white-space:pre-wrap;background:#f6f8fa;padding:1rem}"
    head = f"<!doctype html><meta charset=utf-8><title>{html.escape(title)}</title>"
    return HTMLResponse(f"{head}<style>{style}</style><h1>{html.escape(title)}</h1>{body}")


def _git(directory: Path, *arguments: str, check: bool = True) -> str:
    try:
        return git(directory, *arguments, env=environment(), seconds=60).decode().strip()
    except Exception:
        if check:
            raise
        return ""


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
