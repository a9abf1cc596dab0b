"""Every case of every rule: what is said, and where nothing is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cases import Case, read_cases

FILES = sorted(Path(__file__).parent.glob("*.md"))
CASES = [case for path in FILES for case in read_cases(path)]


def test_there_are_cases_that_speak_and_that_are_silent() -> None:
    assert FILES
    for path in FILES:
        own = [case for case in CASES if case.path == path]
        assert any(case.expected for case in own), f"{path.name}: none speaks"
        assert any(not case.expected for case in own), f"{path.name}: none is silent"


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}: {case.title}")
def test_the_case(case: Case) -> None:
    assert case.said() == (case.expected or "")
