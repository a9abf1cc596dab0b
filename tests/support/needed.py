"""What a test needs of the machine: its absence skips a test on a person's machine and fails it in CI."""

from __future__ import annotations

import os

import pytest


def needed(there: object, reason: str) -> None:
    """Go on where *there* holds; else skip the test with *reason*, or fail it in CI."""
    if there:
        return
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
