"""The way back on a real PostgreSQL: every fourth variant; all of them are a command."""

from __future__ import annotations

import pytest

from tests.oracles.measure_back import ALL, PAGE, differences
from tests.oracles.measure_back_cases import Revision
from tests.oracles.measure_cases import Case

pytestmark = [
    pytest.mark.xdist_group("measure"),
    pytest.mark.filterwarnings("ignore"),  # Django's own words about our sample values
]


@pytest.mark.parametrize("case", ALL[::4], ids=lambda case: case.name)
def test_what_the_plan_says_is_what_happens(case: Case | Revision) -> None:
    """What is lost, what is gone, what stops, whether old code runs: no cell differs."""
    assert differences(case) == []


def test_the_page_shows_every_variant() -> None:
    """``python -m tests.oracles.measure_back --write`` makes it."""
    text = PAGE.read_text()

    assert len({case.name for case in ALL}) == len(ALL) > 200
    assert [case.name for case in ALL if f"{case.name} |" not in text] == []
