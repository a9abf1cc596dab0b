"""
A GitHub on this machine: repositories by git's own server, and the part of the API that is used.

Its state is a real bare repository (diffs, ``refs/pull/N/head``) and one
``Conversation`` for each pull request. It sends signed webhooks, as GitHub does.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import anyio.to_thread
import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.support.conversation import APP, Conversation
from tests.support.git_http import git_http
from tests.support.scripted import Say, Seen

INSTALLATION = 3
TOKEN = "ghs_41_" + "aA0-_.xyz" * 57
SECRET = "a secret of the sample"
METHODS = ["GET", "POST", "PATCH", "PUT", "DELETE"]


@dataclass
class Pull:
    """An open pull request: its branch, and what is said on it."""

    number: int
    branch: str
    title: str
    talk: Conversation
    base: str = "main"
    author: str = "ada"
    open: bool = True


@dataclass
class Standin:
    """acme/shop with its pull requests."""

    root: Path
    """Holds ``acme/shop.git``."""
    service: str = ""
    """Where webhooks go."""
    pulls: dict[int, Pull] = field(default_factory=dict)
    permissions: dict[str, str] = field(default_factory=lambda: {"ada": "write", "rob": "read"})
    runs: list[dict[str, Any]] = field(default_factory=list)
    requests: list[Seen] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)
    resolved: set[str] = field(default_factory=set)
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1000))

    @property
    def git_dir(self) -> Path:
        return self.root / "acme" / "shop.git"

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(self.git_dir), *arguments], check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def open(self, number: int, branch: str, title: str) -> Pull:
        """Open a pull request from *branch*."""
        talk = Conversation(
            number=number,
            runs=self.runs,
            hidden=self.hidden,
            resolved=self.resolved,
            _ids=self._ids,
        )
        self.pulls[number] = Pull(number=number, branch=branch, title=title, talk=talk)
        self.push(number)
        return self.pulls[number]

    def push(self, number: int) -> None:
        """Take over what the branch is now; the diff is the one that GitHub shows."""
        pull = self.pulls[number]
        self.git("update-ref", f"refs/pull/{number}/head", f"refs/heads/{pull.branch}")
        diff = self.git("diff", "--unified=3", "--no-color", f"{pull.base}...{pull.branch}")
        pull.talk.patches.clear()
        for part in diff.split("diff --git ")[1:]:
            name = part.partition("\n")[0].rpartition(" b/")[2]
            at = part.find("@@ ")
            pull.talk.patches[name] = part[at:] if at >= 0 else ""

    def head(self, number: int) -> str:
        return self.git("rev-parse", f"refs/pull/{number}/head")

    def deliver(self, event: str, payload: dict[str, Any]) -> int:
        """Send a signed webhook; the answer's status."""
        body = json.dumps(
            {"repository": self.described(), "installation": {"id": INSTALLATION}, **payload}
        ).encode()
        signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        headers = {
            "X-GitHub-Event": event,
            "X-GitHub-Delivery": str(uuid.uuid4()),
            "X-Hub-Signature-256": f"sha256={signature}",
            "Content-Type": "application/json",
        }
        url = f"{self.service}/webhooks/github"
        return httpx.post(url, content=body, headers=headers, timeout=30).status_code

    def tell(self, number: int, action: str = "opened") -> int:
        """Tell the service of a pull request."""
        return self.deliver("pull_request", {"action": action, "pull_request": self.pull(number)})

    def say(self, number: int, body: str, login: str = "ada") -> dict[str, Any]:
        """Somebody's comment, stored and told."""
        user = {"login": login, "type": "User"}
        comment = self.pulls[number].talk.comment(body, user)
        issue = {"number": number, "pull_request": {}}
        self.deliver("issue_comment", {"action": "created", "issue": issue, "comment": comment})
        return comment

    def described(self) -> dict[str, Any]:
        return {"id": 7, "full_name": "acme/shop", "default_branch": "main"}

    def pull(self, number: int) -> dict[str, Any]:
        """The pull request as the API describes it."""
        pull = self.pulls[number]
        return {
            "number": number,
            "title": pull.title,
            "state": "open" if pull.open else "closed",
            "draft": False,
            "merged": False,
            "merged_at": None,
            "user": {"login": pull.author, "type": "User"},
            "head": {"sha": self.head(number), "ref": pull.branch, "repo": self.described()},
            "base": {
                "sha": self.git("rev-parse", pull.base),
                "ref": pull.base,
                "repo": self.described(),
            },
        }

    @property
    def app(self) -> Starlette:
        """The server: API and git at one address."""

        async def api(request: Request) -> Response:
            raw = await request.body()
            seen = Seen(
                method=request.method,
                path=str(request.url.path) + (f"?{request.url.query}" if request.url.query else ""),
                headers=dict(request.headers),
                body=json.loads(raw) if raw else None,
            )
            say = await anyio.to_thread.run_sync(self.answer, seen)
            if say.body is None:
                return Response(status_code=say.status)
            return JSONResponse(say.body, say.status, headers=dict(say.headers))

        git = git_http(self.root, lambda _, password: password == TOKEN)
        return Starlette(
            routes=[
                Route("/api/{path:path}", api, methods=METHODS),
                Route("/{path:path}", git, methods=["GET", "POST"]),
            ]
        )

    def answer(self, seen: Seen) -> Say:
        """What GitHub would say."""
        self.requests.append(seen)
        parts = urlsplit(seen.path)
        path = parts.path.removeprefix("/api/v3")
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if path == f"/app/installations/{INSTALLATION}/access_tokens":
            return Say(201, {"token": TOKEN, "expires_at": "2099-01-01T00:00:00Z"})
        if not path.startswith("/app") and seen.headers.get("authorization") not in {
            f"token {TOKEN}",
            f"Bearer {TOKEN}",
        }:
            return Say(401, {"message": "Bad credentials"})
        known = self._read(path, query) if seen.method == "GET" else None
        return known or self._talk(seen, path)

    def _read(self, path: str, query: dict[str, str]) -> Say | None:
        here = path.removeprefix("/repos/acme/shop")
        match path.split("/")[1:], here.split("/")[1:]:
            case ["app"], _:
                return Say(200, {"id": APP, "slug": "two-step", "permissions": {}, "events": []})
            case ["app", "installations"], _:
                return Say(200, [{"id": INSTALLATION, "suspended_at": None}])
            case ["app", "hook", "deliveries"], _:
                return Say(200, [])
            case ["installation", "repositories"], _:
                return Say(200, {"total_count": 1, "repositories": [self.described()]})
            case _ if path == "/repos/acme/shop":
                return Say(200, self.described())
            case _, ["pulls"]:
                shown = [self.pull(n) for n, p in sorted(self.pulls.items()) if p.open]
                return Say(200, [p for p in shown if query.get("base") in (None, p["base"]["ref"])])
            case _, ["pulls", number] if number.isdigit() and int(number) in self.pulls:
                return Say(200, self.pull(int(number)))
            case _, ["commits", sha, "pulls"]:
                return Say(200, [self.pull(n) for n in self.pulls if self.head(n) == sha])
            case _, ["collaborators", login, "permission"]:
                return Say(200, {"permission": self.permissions.get(login, "none")})
            case _:
                return None

    def _talk(self, seen: Seen, path: str) -> Say:
        """Which conversation a request belongs to."""
        words = path.split("/")
        numbers = [int(each) for each in words if each.isdigit()]
        if path.endswith("graphql"):
            numbers = [seen.body["variables"].get("number", next(iter(self.pulls)))]
        owners = [pull for pull in self.pulls.values() if pull.number in numbers[:1]] or [
            pull
            for pull in self.pulls.values()
            if any(each["id"] in numbers for each in pull.talk.comments + pull.talk.lines)
        ]
        return (owners or list(self.pulls.values()))[0].talk.answer(seen)


@contextmanager
def standin_of_the_sample(root: Path) -> Iterator[Standin]:
    """The sample repository on the stand-in, its pull requests open."""
    from bot.sample import PULL_REQUESTS, make_sample

    standin = Standin(root=root)
    make_sample(standin.git_dir, bare=True)
    for each in PULL_REQUESTS:
        standin.open(each.number, each.branch, each.title)
    yield standin
