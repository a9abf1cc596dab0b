"""What people do on the stand-in, and the webhooks that tell of it."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from tests.support import contracts
from tests.support.github import comments, pulls
from tests.support.github.application import application
from tests.support.github.faults import Fault
from tests.support.github.state import Pull, Repo, State, now, on_git


class StandIn(State):
    """The state, and the ASGI application that shows it. Repositories are bare, below *root*."""

    def __init__(
        self, root: Path, *, secret: str, hook: str = "", public_key: RSAPublicKey | None = None
    ) -> None:
        super().__init__(root, public_key)
        self.secret = secret
        self.hook = hook
        self.faults: list[Fault] = []
        self.held: list[int] | None = None
        """Deliveries that are to be sent once more, and are not yet; None: they are sent at once."""
        self.app = application(self, self.faults, self._redeliver)

    # Repositories

    def add(self, full_name: str, id_: int = 1, installation: int = 1) -> Repo:
        """Know the bare repository that lies at ``FULL_NAME.git``."""
        repo = Repo(id_, full_name, installation, self.root / f"{full_name}.git")
        self.repositories[full_name] = repo
        return repo

    def rename(self, repo: Repo, full_name: str) -> None:
        """Give it a new name, or another owner; who asks for the old one is sent to the new."""
        with self.lock:
            old, there = repo.full_name, self.root / f"{full_name}.git"
            there.parent.mkdir(parents=True, exist_ok=True)
            repo.git.rename(there)
            repo.git, repo.full_name = there, full_name
            repo.past.clear()
            del self.repositories[old]
            self.repositories[full_name] = repo
            self.moved = {was: full_name if to == old else to for was, to in self.moved.items()}
            self.moved[old] = full_name

    # Pull requests

    def open(self, repo: Repo, number: int, branch: str, title: str, base: str = "main") -> Pull:
        """Open a pull request; its head is the branch's tip, now and after ``push``."""
        pull = Pull(number, title, branch, base)
        pull.base_sha = on_git(repo.git, "rev-parse", f"refs/heads/{base}")
        self._push(repo, pull)
        with self.lock:
            repo.keep(self.late)
            repo.pulls[number] = pull
        return pull

    def push(self, repo: Repo, pull: Pull) -> str:
        """Bring the head of *pull* to the tip of its branch."""
        with self.lock:
            repo.keep(self.late)
            return self._push(repo, pull)

    def _push(self, repo: Repo, pull: Pull) -> str:
        head = on_git(repo.git, "rev-parse", f"refs/heads/{pull.branch}")
        on_git(repo.git, "update-ref", f"refs/pull/{pull.number}/head", head)
        if pull.head:
            comments.follow(repo, pull.number, pull.head, head)
        pull.head = head
        return head

    def close(self, repo: Repo, number: int) -> None:
        with self.lock:
            repo.keep(self.late)
            repo.pulls[number].state = "closed"

    def head(self, repo: Repo, number: int) -> str:
        return repo.pulls[number].head

    def say(self, repo: Repo, number: int, body: str, author: str = "author") -> dict[str, Any]:
        """Somebody comments; the comment."""
        user = {"login": author, "id": 1, "type": "User"}
        with self.lock:
            repo.keep(self.late)
            return comments.add(self, repo, number, body, user)

    # Webhooks

    def send(self, event: str, payload: Mapping[str, Any], guid: str = "") -> int:
        """Deliver a webhook, signed; the status of the answer, 0 without one."""
        if contracts.fetched():
            payload = contracts.whole_webhook(event, payload)
            self.unlawful += contracts.wrong_with_webhook(event, payload)
            self.judged += 1
        made = {"guid": guid or secrets.token_hex(16), "event": event, "id": next(self.ids)}
        body, headers = delivery(event, payload, str(made["guid"]), self.secret)
        try:
            status = httpx.post(self.hook, content=body, headers=headers, timeout=60).status_code
        except httpx.HTTPError:
            status = 0
        self.deliveries.append(
            {**made, "status_code": status, "delivered_at": now(), "payload": payload}
        )
        return status

    def _redeliver(self, id_: int) -> None:
        if self.held is not None:
            self.held.append(id_)
            return
        for each in self.deliveries:
            if each["id"] == id_:
                arguments = (each["event"], each["payload"], each["guid"])
                threading.Thread(target=self.send, args=arguments, daemon=True).start()

    def let_go(self) -> None:
        """Send what was held back."""
        held, self.held = self.held or [], None
        for each in held:
            self._redeliver(each)

    def event(self, repo: Repo, action: str, **more: Any) -> dict[str, Any]:
        """A payload's common part."""
        if "comment" in more:
            more["comment"] = comments.shown(more["comment"])
        return {
            "action": action,
            "repository": pulls.shown_repository(repo),
            "installation": {"id": repo.installation},
            "sender": {"login": "author", "id": 1, "type": "User"},
            **more,
        }

    def pull_request_event(self, repo: Repo, number: int, action: str) -> dict[str, Any]:
        shown = pulls.shown_pull(repo, repo.pulls[number])
        return self.event(repo, action, number=number, pull_request=shown)


def delivery(
    event: str, payload: Mapping[str, Any], guid: str, secret: str
) -> tuple[bytes, dict[str, str]]:
    """Body and headers as GitHub sends them."""
    body = json.dumps(payload).encode()
    return body, {
        "content-type": "application/json",
        "x-github-event": event,
        "x-github-delivery": guid,
        "x-hub-signature-256": signed(body, secret),
    }


def signed(body: bytes, secret: str) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
