"""A few kills in each run of the tests; ``make chaos`` is the long form."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.service.chaos import chaos
from tests.service.running import Service
from tests.service.world import World, migration, pull_request_event
from tests.support import postgres

pytestmark = pytest.mark.xdist_group("kills")


def test_one_process_on_sqlite_is_killed_and_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    result = chaos(
        tmp_path,
        boundaries=("accept before", "POST /check-runs after", "POST /issues/comments after"),
        kills=4,
        database_url=None,
        seed=3,
    )

    assert result.problems == result.not_passed == []
    assert (result.at_boundaries, result.at_random) == (3, 1)
    assert result.redelivered >= 1
    assert result.pull_requests == result.summaries > 3


def test_two_workers_on_postgresql_are_killed_and_nothing_is_lost_or_doubled(
    tmp_path: Path,
) -> None:
    with postgres.fresh_database() as name:
        url = postgres.uri(name)
        boundaries = ("judge after", "POST /reviews after")
        result = chaos(tmp_path, boundaries=boundaries, kills=3, database_url=url, seed=4, pauses=1)

    assert result.problems == result.not_passed == []
    assert (result.at_boundaries, result.at_random, result.paused) == (2, 1, 1)
    assert result.taken_over > 0
    assert result.pull_requests == result.summaries > 2


def test_a_job_that_kills_its_process_each_time_ends_with_a_failing_check(tmp_path: Path) -> None:
    """Neither for ever, nor in silence; and the next pull request is reviewed as if nothing was."""
    world = World(tmp_path)
    shop = world.repository(1, "acme/shop")
    service = Service(world, attempts=2)
    service.start()
    world.github.fault("begin dies", 50)
    head = world.pull_request(shop, 1, migration("0002_note", "note"))
    service.deliver("pull_request", pull_request_event(shop, 1, head), "poison-1")

    def given_up() -> bool:
        service.restart_the_dead()
        return bool(world.github.rows("SELECT 1 FROM checks WHERE status='completed'"))

    service.until(given_up, "an end of it", 180)
    left = world.github.rows("SELECT left FROM faults")[0]["left"]
    world.github.run("DELETE FROM faults")
    time.sleep(0.5)  # whoever was about to die has died
    service.restart_the_dead()
    service.settle()
    other = world.pull_request(shop, 2, migration("0002_tax", "tax"))
    service.deliver("pull_request", pull_request_event(shop, 2, other), "sound-1")
    service.until(
        lambda: bool(world.github.rows("SELECT 1 FROM checks WHERE head_sha=?", other)),
        "the other verdict",
    )
    service.stop()

    # On a busy machine a death or two more fit between two looks.
    assert 10 <= 50 - left <= 24, "five deaths and one more, twice"
    poisoned = world.github.rows("SELECT * FROM checks WHERE head_sha = ? ORDER BY id", head)[0]
    assert poisoned["conclusion"] == "failure"
    assert "could not be made" in poisoned["problem"]
