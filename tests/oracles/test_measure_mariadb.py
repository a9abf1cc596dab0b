"""The rule table's part for MariaDB, against what was measured: the page holds every cell."""

from __future__ import annotations

import pytest

from tests.oracles.measure_cases import Case
from tests.oracles.measure_mariadb import (
    MARIADB_CASES,
    PAGE,
    UNCLAIMED,
    claimed,
    committed,
)
from tests.oracles.measured import differing

MEASURED = committed(PAGE.read_text())


def test_every_variant_was_measured() -> None:
    """``python -m tests.oracles.measure_mariadb --write`` makes the page."""
    assert len(MARIADB_CASES) > 110
    assert set(MEASURED) == {case.name for case in MARIADB_CASES}


@pytest.mark.parametrize("case", MARIADB_CASES, ids=lambda case: case.name)
def test_what_is_claimed_is_what_was_measured(case: Case) -> None:
    """The way, what queues and waits, what is written anew and read, old and new code."""
    assert bool(differing(claimed(case), MEASURED[case.name])) == (case.name in UNCLAIMED)
