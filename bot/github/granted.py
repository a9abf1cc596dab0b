"""Permissions: whether one covers another, and which of those that are needed are not granted."""

from __future__ import annotations

from collections.abc import Mapping

_LEVELS = ("read", "write", "admin")


def missing(granted: Mapping[str, str], needed: Mapping[str, str]) -> tuple[str, ...]:
    """Those of *needed* that *granted* does not cover, such as ``checks: write``, by name."""
    return tuple(
        f"{name}: {level}"
        for name, level in sorted(needed.items())
        if not _covers(granted.get(name), level)
    )


def _covers(has: str | None, needs: str) -> bool:
    return has in _LEVELS and _LEVELS.index(has) >= _LEVELS.index(needs)
