"""A small part of the autogenerate oracle; the whole is `python -m tests.oracles.alembic_autogenerate`."""

from __future__ import annotations

import warnings

import pytest
import sqlalchemy as sa

from tests.oracles.alembic_autogenerate import Score, measure


@pytest.mark.parametrize("style", ["classic", "mapped", "flask"])
def test_differences_are_those_of_autogenerate(style: str) -> None:
    """What models lack in revisions is what Alembic itself would write, on a real PostgreSQL."""
    score, written = Score(), Score()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sa.exc.SAWarning)
        measure(style, seed=7, count=18, score=score, written=written)

    assert score.right >= 10
    assert score.notes == []
    assert written.mutants == 18
    assert written.notes == []
