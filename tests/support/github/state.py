"""What the stand-in keeps: repositories and all that is on them, as it is and as it was some seconds ago."""

from __future__ import annotations

import copy
import datetime
import itertools
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from bot.git.command import environment, git

APP_ID = 7
SLUG = "two-step"
API = "/api/v3"

APP = {"id": APP_ID, "slug": SLUG, "name": "Two-Step", "node_id": "A_7"}
BOT = {"login": f"{SLUG}[bot]", "id": 70, "type": "Bot"}
_MANIFEST = yaml.safe_load((Path(__file__).parents[3] / "app.yml").read_text())
GRANTED: dict[str, str] = _MANIFEST["default_permissions"]
EVENTS: tuple[str, ...] = tuple(_MANIFEST["default_events"])
"""What whoever makes the App of ``app.yml`` gives it."""


class Refused(Exception):
    """An answer other than the wanted one."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.headers = dict(headers or {})


@dataclass(frozen=True)
class Asked:
    """A request, as those see it who answer it."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Any
    credential: str
    """What stands in ``Authorization`` after its first word."""


@dataclass
class Pull:
    number: int
    title: str
    branch: str
    base: str
    author: str = "author"
    state: str = "open"
    draft: bool = False
    locked: bool = False
    """Nobody may comment any more."""
    head: str = ""
    base_sha: str = ""
    """Of the base, when it was last there: a branch may be deleted."""


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
    reviews: dict[int | None, str] = field(default_factory=dict)
    """What reviews say beside their comments on lines."""
    deployments: list[dict[str, Any]] = field(default_factory=list)
    """In their order, with the key ``states`` for what they went through."""
    hidden: set[str] = field(default_factory=set)
    """Comments that are minimised, by their node's id."""
    resolved: set[str] = field(default_factory=set)
    """Threads that are resolved, by their node's id."""
    writers: set[str] = field(default_factory=lambda: {"author"})
    readers: set[str] = field(default_factory=lambda: {"reader"})
    """Collaborators who may not write; everybody else may read, as where a repository is public."""
    default_branch: str = "main"
    past: list[tuple[float, Repo]] = field(default_factory=list, repr=False)
    """What it was, and until when."""

    def keep(self, seconds: float) -> None:
        """Keep what it is now for those who see it *seconds* late; before each change."""
        now = time.monotonic()
        self.past = [each for each in self.past if each[0] > now - seconds]
        if seconds:
            was = copy.copy(self)
            was.past = []
            for name in ("pulls", "checks", "comments", "lines", "hidden", "resolved"):
                setattr(was, name, copy.deepcopy(getattr(self, name)))
            self.past.append((now, was))

    def seen(self, seconds: float) -> Repo:
        """What is seen of it by those who see it *seconds* late."""
        at = time.monotonic() - seconds
        return next((was for until, was in self.past if until > at), self)


@dataclass
class State:
    """All that the stand-in knows. Whoever answers a request holds ``lock``."""

    root: Path
    """The bare repositories lie below it."""
    public_key: RSAPublicKey | None = None
    """The App's, with which its tokens are verified; without it any of their look will do."""
    repositories: dict[str, Repo] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    """The names that repositories had, and what they are called now."""
    suspended: set[int] = field(default_factory=set)
    """Installations."""
    agreed: dict[int, Mapping[str, str]] = field(default_factory=dict)
    """The permissions that installations have granted, where these are not all that the App asks for."""
    tokens: dict[str, tuple[set[int], float]] = field(default_factory=dict)
    """For which repositories, and until when."""
    granted: dict[str, Mapping[str, str]] = field(default_factory=dict)
    """The permissions of each token that was ever made."""
    owners: dict[str, int] = field(default_factory=dict)
    """The installation of each token that was ever made."""
    token_seconds: float = 3600.0
    late: float = 0.0
    """Seconds by which what is read is older than what was written."""
    hourly: int = 5000
    """Requests that an installation has in an hour."""
    asked: dict[int, int] = field(default_factory=dict)
    """How many an installation has made; those that were answered with 304 do not count."""
    reactions: list[tuple[int, str]] = field(default_factory=list)
    deliveries: list[dict[str, Any]] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)
    unlawful: list[str] = field(default_factory=list)
    """Requests, answers and webhooks that are not as GitHub describes them."""
    judged: int = 0
    """Answers and webhooks that were held against GitHub's description."""
    ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1000))
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    @property
    def hidden(self) -> set[str]:
        return {each for repo in self.repositories.values() for each in repo.hidden}


def on_git(directory: Path, *arguments: str, check: bool = True) -> str:
    """What git prints; empty where it fails and need not work."""
    try:
        return git(directory, *arguments, env=environment(), seconds=60).decode().strip()
    except Exception:
        if check:
            raise
        return ""


def now() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
