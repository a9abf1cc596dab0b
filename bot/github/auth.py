"""
Who we are to GitHub: the App, or the App in one repository with as little as is needed.

A token of an installation is valid for an hour, for one repository and one kind
of thing; it is kept in memory only, until shortly before its end. GitHub makes none
with a permission that the installation lacks, so no kind asks for another's.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from github import Auth

from analyzers.frozen import dataclass
from bot.errors import GitHubGone, GitHubRefused, GitHubUnavailable, NotGranted
from bot.github.granted import missing
from bot.jobs.model import Repository

CONTENTS: Mapping[str, str] = {"contents": "read", "metadata": "read"}
PULLS: Mapping[str, str] = {"metadata": "read", "pull_requests": "read"}
CHECKS: Mapping[str, str] = {"checks": "write", "metadata": "read"}
COMMENTS: Mapping[str, str] = {"metadata": "read", "pull_requests": "write"}
LIST: Mapping[str, str] = {"metadata": "read"}
DEPLOYMENTS: Mapping[str, str] = {"deployments": "read", "metadata": "read"}

SPARE = 600.0
"""Seconds before its end from which a token is not handed out any more: a fetch may be long."""

LATE = 10.0
"""Seconds that an answer may be old without anybody's clock being wrong."""

KEPT = 2000
"""Tokens in memory."""


Ask = Callable[[str, Mapping[str, Any]], Any]
"""Posts to a path as the App."""


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    ends: float


class Tokens:
    """Installation tokens, asked for when they are needed. Thread-safe."""

    def __init__(self, ask: Ask, clock: Callable[[], float] = time.time) -> None:
        self._ask = ask
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[tuple[int, int | None, tuple[tuple[str, str], ...]], _Token] = {}

    def of(
        self, installation: int, repository: Repository | None, permissions: Mapping[str, str]
    ) -> str:
        """
        A token for *repository* alone, or for all of the installation's where it is None.

        Raises:
            GitHubGone: the installation or the repository is not there for us any more.
            NotGranted: the installation lacks one of the permissions; all of them are named.
        """
        key = (
            installation,
            None if repository is None else repository.id,
            tuple(sorted(permissions.items())),
        )
        with self._lock:
            known = self._known.get(key)
        if known is not None and known.ends - SPARE > self._clock():
            return known.text
        made = self._make(installation, repository, permissions)
        with self._lock:
            now = self._clock()
            if len(self._known) >= KEPT:
                self._known = {k: t for k, t in self._known.items() if t.ends - SPARE > now}
            if len(self._known) < KEPT:
                self._known[key] = made
        return made.text

    def forget(self, token: str) -> None:
        """Do not hand out *token* again: GitHub does not know it any more."""
        with self._lock:
            self._known = {k: t for k, t in self._known.items() if t.text != token}

    def all_taken(self) -> tuple[str, ...]:
        """The tokens that are still good, the newest first; they are not handed out any more."""
        with self._lock:
            now = self._clock()
            good = [t.text for t in self._known.values() if t.ends > now]
            self._known.clear()
        return tuple(reversed(good))

    def _make(
        self, installation: int, repository: Repository | None, permissions: Mapping[str, str]
    ) -> _Token:
        body: dict[str, Any] = {"permissions": dict(permissions)}
        if repository is not None:
            body["repository_ids"] = [repository.id]
        try:
            answer = self._ask(f"/app/installations/{installation}/access_tokens", body)
        except GitHubRefused as error:
            if error.status == 422 and "accessible" in str(error):
                raise GitHubGone(str(error), 422) from None
            if error.status == 422:
                raise NotGranted(missing({}, permissions)) from None
            raise
        try:
            ends = datetime.fromisoformat(answer["expires_at"].replace("Z", "+00:00"))
            return _Token(str(answer["token"]), ends.timestamp())
        except (KeyError, TypeError, ValueError, AttributeError):
            raise GitHubUnavailable("GitHub's answer has no token") from None


class Clock:
    """GitHub's time, as its answers tell it: this machine's own may be wrong, or jump."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def __call__(self) -> float:
        """Seconds since the epoch."""
        return time.time() + self._ahead

    def heard(self, headers: Mapping[str, str]) -> None:
        """Believe the ``Date`` of an answer, where it is not just the way that was long."""
        there = date_of(headers)
        if there is not None:
            ahead = there - time.time()
            self._ahead = ahead if abs(ahead) > LATE else 0.0


def date_of(headers: Mapping[str, str]) -> float | None:
    """When an answer was given, by GitHub's clock; its headers have lower-case names."""
    try:
        return parsedate_to_datetime(headers["date"]).timestamp()
    except (KeyError, ValueError):
        return None


def app_auth(app_id: int, private_key: str, clock: Clock) -> Auth.AppAuth:
    """The App itself; its JSON web tokens live for five minutes of GitHub's time."""
    sign = Auth.AppAuth.create_jwt_sign(private_key, "RS256")

    def signed(claims: dict[str, Any]) -> str | bytes:
        late = round(clock() - time.time())
        return sign({**claims, "iat": claims["iat"] + late, "exp": claims["exp"] + late})

    return Auth.AppAuth(app_id, sign_func=signed)
