"""A few kills in each run of the tests; ``make chaos`` is the long form."""

from __future__ import annotations

from pathlib import Path

from tests.service.chaos import chaos
from tests.support import postgres


def test_one_process_on_sqlite_is_killed_and_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    result = chaos(tmp_path, kills=2, database_url=None, seed=3, pull_requests=3, pause=1.0)

    assert result.problems == []
    assert result.kills == 2
    assert result.heads == result.comments > 1


def test_two_workers_on_postgresql_are_killed_and_nothing_is_lost_or_doubled(
    tmp_path: Path,
) -> None:
    with postgres.fresh_database() as name:
        url = postgres.uri(name)
        result = chaos(tmp_path, kills=2, database_url=url, seed=4, pull_requests=3, pause=1.0)

    assert result.problems == []
    assert result.kills == 2
    assert result.heads == result.comments > 1
