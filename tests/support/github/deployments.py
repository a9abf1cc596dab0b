"""What was deployed, and what became of it."""

from __future__ import annotations

from typing import Any

from tests.support.github.installations import the_repository
from tests.support.github.state import Asked, Refused, State


def listed(state: State, asked: Asked, name: str) -> tuple[int, Any]:
    """The newest first, of one environment where one is named."""
    repo = the_repository(state, asked, name)
    into = asked.query.get("environment")
    found = [each for each in repo.deployments if into in (None, each["environment"])]
    return 200, [{k: v for k, v in each.items() if k != "states"} for each in reversed(found)]


def statuses(state: State, asked: Asked, name: str, number: str) -> tuple[int, Any]:
    """What one has gone through, the newest first."""
    repo = the_repository(state, asked, name)
    for each in repo.deployments:
        if each["id"] == int(number):
            shown = [{"id": n, "state": said} for n, said in enumerate(each["states"], 1)]
            return 200, shown[::-1]
    raise Refused(404, "Not Found")
