"""What is run before an edit, and what after it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def commands_around(finding: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """
    The commands that come before the finding's edit, and those that come after it.

    A migration is taken back in a database as long as its file says what was applied
    there; a file is renamed once its lines are changed.
    """
    commands = list(finding.get("commands") or ())
    if not finding.get("suggestion"):
        return [], commands
    after = [each for each in commands if each.startswith(("git mv ", "mv "))]
    return [each for each in commands if each not in after], after
