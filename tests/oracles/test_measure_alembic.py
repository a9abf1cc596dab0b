"""Cells of the rule table for Alembic's operations, against a real PostgreSQL."""

from __future__ import annotations

import pytest

from tests.oracles.measure_alembic import PAGE, differences
from tests.oracles.measure_alembic_cases import CASES, Case

pytestmark = pytest.mark.xdist_group("measure")
QUICK = [case for case in CASES if case.atomic and not case.before and not case.fill]
"""Those that share a database; ``python -m tests.oracles.measure_alembic`` measures all."""


def test_the_names_of_the_cases_are_their_own() -> None:
    assert len(CASES) > 150
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", QUICK[::8], ids=lambda case: case.name)
def test_what_is_claimed_is_what_happens(case: Case) -> None:
    """Locks, rewrites, scans, waiting statements, old and new code: no cell differs."""
    assert differences(case) == []


@pytest.mark.parametrize(
    "name",
    [
        "create_index: postgresql_concurrently in an autocommit_block",
        "create_foreign_key",
        "alter_column: null to NOT NULL, a validated check before",
        "drop_index: no table named",
    ],
)
def test_what_needs_a_database_of_its_own(name: str) -> None:
    (case,) = [case for case in CASES if case.name == name]

    assert differences(case) == []


def test_the_page_shows_every_case() -> None:
    """``python -m tests.oracles.measure_alembic --write`` makes it."""
    text = PAGE.read_text()

    assert [case.name for case in CASES if f"| {case.name} |" not in text] == []
