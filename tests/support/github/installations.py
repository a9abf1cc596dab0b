"""The App and where it is installed: its own token, those of its installations, its deliveries."""

from __future__ import annotations

import datetime
import secrets
import time
from collections.abc import Callable
from typing import Any

import jwt

from tests.support import contracts, permissions
from tests.support.github.state import (
    APP,
    APP_ID,
    BOT,
    EVENTS,
    GRANTED,
    Asked,
    Refused,
    Repo,
    State,
)

Redeliver = Callable[[int], None]


def app(state: State, asked: Asked) -> tuple[int, Any]:
    return 200, {**APP, "permissions": GRANTED, "events": list(EVENTS)}


def user(state: State, asked: Asked, login: str) -> tuple[int, Any]:
    """Of all accounts only the App's own is asked for."""
    if login != BOT["login"]:
        raise Refused(404, "Not Found")
    return 200, BOT


def as_the_app(state: State, asked: Asked, kind: str) -> None:
    """Refuse what the App itself has not signed, for ten minutes at most."""
    if kind != "Bearer" or not asked.credential.startswith("ey"):
        raise Refused(401, "A JSON web token could not be decoded")
    if state.public_key is None:
        return
    try:
        said = jwt.decode(
            asked.credential,
            state.public_key,
            algorithms=["RS256"],
            issuer=str(APP_ID),
            options={"require": ["exp", "iat", "iss"]},
        )
    except jwt.PyJWTError as error:
        raise Refused(401, f"A JSON web token could not be decoded: {error}") from None
    if said["exp"] > time.time() + 600:
        raise Refused(401, "'Expiration time' claim ('exp') is too far in the future")


def installations(state: State, asked: Asked) -> tuple[int, Any]:
    return 200, [_shown(state, each) for each in sorted(_all(state))]


def installation(state: State, asked: Asked, number: str) -> tuple[int, Any]:
    if int(number) not in _all(state):
        raise Refused(404, "Not Found")
    return 200, _shown(state, int(number))


def _all(state: State) -> set[int]:
    return {repo.installation for repo in state.repositories.values()}


def _shown(state: State, number: int) -> dict[str, Any]:
    return {
        "id": number,
        "app_id": APP_ID,
        "suspended_at": "2026-01-01T00:00:00Z" if number in state.suspended else None,
        "permissions": state.agreed.get(number, GRANTED),
        "events": list(EVENTS),
    }


def make_token(state: State, asked: Asked, number: str) -> tuple[int, Any]:
    owned = {r.id for r in state.repositories.values() if r.installation == int(number)}
    wanted = set((asked.body or {}).get("repository_ids") or owned)
    if not owned:
        raise Refused(404, "Not Found")
    if int(number) in state.suspended:
        raise Refused(403, "This installation has been suspended")
    if not wanted <= owned:
        raise Refused(422, "There is at least one repository that is not accessible")
    agreed = state.agreed.get(int(number), GRANTED)
    granted = (asked.body or {}).get("permissions") or agreed
    if any(not permissions.enough(agreed.get(name), level) for name, level in granted.items()):
        raise Refused(422, "The permissions requested are not granted to this installation.")
    token = f"ghs_{APP_ID}_{secrets.token_hex(100)}"
    ends = time.time() + state.token_seconds
    state.tokens[token] = (wanted, ends)
    state.granted[token] = granted
    state.owners[token] = int(number)
    return 201, {
        "token": token,
        "expires_at": datetime.datetime.fromtimestamp(ends, datetime.UTC).strftime(
            "%Y-%m-%dT%H:%M:%SZ"
        ),
        "permissions": granted,
        "repository_selection": "selected",
    }


def revoke(state: State, asked: Asked) -> tuple[int, Any]:
    if state.tokens.pop(asked.credential, None) is None:
        raise Refused(401, "Bad credentials")
    return 204, None


def failed(state: State, asked: Asked) -> tuple[int, Any]:
    """The deliveries that were not taken, the newest first."""
    keys = ("id", "guid", "event", "status_code", "delivered_at")
    found = [d for d in reversed(state.deliveries) if not 200 <= d["status_code"] < 300]
    return 200, [{key: each[key] for key in keys} for each in found]


# What a token opens


def the_repository(state: State, asked: Asked, name: str) -> Repo:
    """The repository *name* as it is seen, or is changed, with the request's token."""
    ids, ends = state.tokens.get(asked.credential, (set(), 0.0))
    if ends <= time.time():
        raise Refused(401, "Bad credentials")
    if state.owners.get(asked.credential) in state.suspended:
        raise Refused(403, "This installation has been suspended")
    repo = state.repositories.get(name)
    if repo is None or repo.id not in ids:
        raise Refused(404, "Not Found")
    if contracts.fetched():
        _permitted(state, asked)
    if asked.method == "GET":
        return repo.seen(state.late)
    repo.keep(state.late)
    return repo


def _permitted(state: State, asked: Asked) -> None:
    lacking = permissions.lacking(asked.method, asked.path, state.granted[asked.credential])
    if lacking:
        state.unlawful.append(f"{asked.method} {asked.path}: the token lacks {lacking}")
        headers = {"x-accepted-github-permissions": lacking}
        raise Refused(403, "Resource not accessible by integration", headers)


def may_fetch(state: State, path: str, password: str) -> bool:
    """Whether git may read what lies at *path*; it does not follow to new names."""
    repo = state.repositories.get(path.partition(".git/")[0])
    ids, ends = state.tokens.get(password, (set(), 0.0))
    may_read = "contents" in state.granted.get(password, {})
    return repo is not None and repo.id in ids and ends > time.time() and may_read
