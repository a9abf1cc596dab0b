"""Which permissions a request needs, by GitHub's own list of them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache

from tests.support.contracts import FOLDER

ORDER = ("read", "write", "admin")


def lacking(method: str, path: str, granted: Mapping[str, str]) -> str | None:
    """
    The permissions of which a token with *granted* needs one; None where it has one.

    Requests that the list does not know need none: it is of the endpoints that
    ask for a permission, and some are missing there.
    """
    needed = [
        (name, level)
        for verb, pattern, name, level in _endpoints()
        if verb == method and pattern.fullmatch(path)
    ]
    if not needed or any(enough(granted.get(name), level) for name, level in needed):
        return None
    return " or ".join(f"{name}: {level}" for name, level in needed)


def enough(has: str | None, needs: str) -> bool:
    """Whether the level *has* covers the level *needs*."""
    return has is not None and ORDER.index(has) >= ORDER.index(needs)


@cache
def _endpoints() -> tuple[tuple[str, re.Pattern[str], str, str], ...]:
    known = json.loads((FOLDER / "permissions.json").read_text())["permissions"]
    found = []
    for name, levels in known.items():
        for level in ORDER:
            for endpoint in levels.get(level, ()):
                verb, _, path = endpoint.partition(" ")
                pattern = re.sub(r"\\\{[^}]+\\\}", "[^/]+", re.escape(path))
                found.append((verb, re.compile(pattern), name, level))
    return tuple(found)
