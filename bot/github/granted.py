"""What the App asks for, whether one permission covers another, and what is not granted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

PERMISSIONS = {
    "checks": "write",
    "contents": "read",
    "deployments": "read",
    "issues": "read",
    "merge_queues": "read",
    "metadata": "read",
    "pull_requests": "write",
}
EVENTS = (
    "check_run",
    "check_suite",
    "deployment_status",
    "issue_comment",
    "merge_group",
    "pull_request",
    "pull_request_review_comment",
    "push",
)

SHOWN = 20
"""Installations of which it is said what each lacks."""

_LEVELS = ("read", "write", "admin")


def missing(granted: Mapping[str, str], needed: Mapping[str, str]) -> tuple[str, ...]:
    """Those of *needed* that *granted* does not cover, such as ``checks: write``, by name."""
    return tuple(
        f"{name}: {level}"
        for name, level in sorted(needed.items())
        if not _covers(granted.get(name), level)
    )


def lacking(app: Mapping[str, Any], installations: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """
    The permissions and events that *app* should have and has not, then those of its own that installations lack.

    An installation keeps what it had until somebody agrees to what the App asks
    for anew. It is told by its number: its account's name is nobody else's business.
    """
    own = _lacks(app)
    found = []
    for each in installations:
        lacks = [what for what in _lacks(each) if what not in own]
        if lacks and not each.get("suspended_at"):
            found.append(f"installation {each.get('id')}: {', '.join(lacks)}")
    more = [f"{len(found) - SHOWN} installations more lack something"] if found[SHOWN:] else []
    return (*own, *found[:SHOWN], *more)


def _lacks(registered: Mapping[str, Any]) -> tuple[str, ...]:
    """What an App, or an installation of it, has not of all that is asked for."""
    permissions = missing(registered.get("permissions") or {}, PERMISSIONS)
    events = sorted({*EVENTS} - {*(registered.get("events") or ())})
    return (*(f"permission {each}" for each in permissions), *(f"event {each}" for each in events))


def _covers(has: str | None, needs: str) -> bool:
    return has in _LEVELS and _LEVELS.index(has) >= _LEVELS.index(needs)
