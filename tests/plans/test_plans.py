"""Splits played on a real PostgreSQL while the code of before and after runs: no statement fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plans.changes import CHANGES
from tests.plans.performance import perform


@pytest.mark.parametrize(
    ("kind", "style"),
    [(kind, style) for kind, change in CHANGES.items() for style in change.styles],
)
def test_no_statement_fails(kind: str, style: str, tmp_path: Path) -> None:
    assert perform(CHANGES[kind], style, "steps", tmp_path) == []
