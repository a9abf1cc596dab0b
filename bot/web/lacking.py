"""Which App it is, and what it should be allowed to do and is not; asked of GitHub now and then."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any

from analyzers.frozen import dataclass
from bot.errors import TwoStepError
from bot.github.client import GitHubClient
from bot.settings import Settings

ASKED_EVERY = 600.0
"""Seconds between two looks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """An App by its name, whose it is by the login, and its page's address; empty until GitHub has said it."""

    name: str = ""
    owner: str = ""
    page: str = ""


class Lacking:
    """The answer, kept for a while. Thread-safe."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._asking = threading.Lock()
        self._known: tuple[str, ...] = ()
        self._at = -ASKED_EVERY
        self.app = Named()

    def now(self) -> tuple[str, ...]:
        """What is lacking; GitHub is asked, and waited for, where the last answer is old."""
        with self._asking:
            if self._settings.configured and self._old():
                self._at = time.monotonic()
                try:
                    github = GitHubClient(self._settings)
                    app = github.app()
                    self.app = _named(app)
                    self._known = github.lacking(app)
                except TwoStepError as error:
                    self._known = (f"an answer of GitHub ({error})",)
            return self._known

    def latest(self) -> tuple[str, ...]:
        """The last answer, at once; a new one is asked for in the background where it is old."""
        if self._settings.configured and self._old() and not self._asking.locked():
            threading.Thread(target=self.now, name="lacking", daemon=True).start()
        return self._known

    def _old(self) -> bool:
        return time.monotonic() - self._at >= ASKED_EVERY


def _named(app: Mapping[str, Any]) -> Named:
    owner = app.get("owner") or {}
    # An enterprise has a slug in the place of a login.
    return Named(
        name=str(app.get("name") or app.get("slug") or ""),
        owner=str(owner.get("login") or owner.get("slug") or ""),
        page=str(app.get("html_url") or ""),
    )
