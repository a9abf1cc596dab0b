"""Every cell of the rule table, against a real PostgreSQL."""

from __future__ import annotations

import pytest

from tests.oracles.measure import PAGE, differences
from tests.oracles.measure_cases import CASES, Case

pytestmark = [
    pytest.mark.xdist_group("measure"),
    pytest.mark.filterwarnings("ignore"),  # Django's own words about our sample values
]


def test_the_names_of_the_cases_are_their_own() -> None:
    assert len(CASES) > 100
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_claimed_is_what_happens(case: Case) -> None:
    """Locks, rewrites, scans, waiting statements, old and new code: no cell differs."""
    assert differences(case) == []


def test_the_page_shows_every_case() -> None:
    """``python -m tests.oracles.measure --write`` makes it."""
    text = PAGE.read_text()

    assert [case.name for case in CASES if f"| {case.name} |" not in text] == []
