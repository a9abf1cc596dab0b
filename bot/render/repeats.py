"""Findings that differ in their message and place alone: why and what to do is said once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_MORE = ("suggestion", "commands", "operations", "new_files", "related")


def says_the_same(finding: Mapping[str, Any]) -> tuple[str, ...]:
    """Equal for findings of one rule that say the same beyond their message; empty where one has more to say."""
    if any(finding.get(name) for name in _MORE):
        return ()
    return finding["rule"], finding["severity"], finding["why"], finding["remedy"]
