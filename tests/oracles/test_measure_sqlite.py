"""The rule table's part for SQLite, against a real SQLite."""

from __future__ import annotations

import pytest

from tests.oracles.measure_cases import Case
from tests.oracles.measure_sqlite import PAGE, SQLITE_CASES, differences

pytestmark = [
    pytest.mark.xdist_group("measure"),
    pytest.mark.filterwarnings("ignore"),  # Django's own words about our sample values
]


def test_most_variants_exist_there() -> None:
    assert len(SQLITE_CASES) > 90


@pytest.mark.parametrize("case", SQLITE_CASES, ids=lambda case: case.name)
def test_what_is_claimed_is_what_happens(case: Case) -> None:
    """Waiting writers and readers, tables written anew, old and new code: no cell differs."""
    assert differences(case) == []


def test_the_page_shows_every_case() -> None:
    """``python -m tests.oracles.measure_sqlite --write`` makes it."""
    text = PAGE.read_text()

    assert [case.name for case in SQLITE_CASES if f"| {case.name} |" not in text] == []
