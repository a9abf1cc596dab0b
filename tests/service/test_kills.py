"""A few kills in each run of the tests; ``make chaos`` is the long form."""

from __future__ import annotations

import time
from pathlib import Path

from tests.service.chaos import chaos
from tests.service.running import Service
from tests.service.world import World, migration, pull_request_event
from tests.support import postgres


def test_one_process_on_sqlite_is_killed_and_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    result = chaos(tmp_path, kills=1, database_url=None, seed=3, pull_requests=2, pause=0.7)

    assert result.problems == []
    assert result.kills == 1
    assert result.heads == result.comments > 0


def test_two_workers_on_postgresql_are_killed_and_nothing_is_lost_or_doubled(
    tmp_path: Path,
) -> None:
    with postgres.fresh_database() as name:
        url = postgres.uri(name)
        result = chaos(tmp_path, kills=2, database_url=url, seed=4, pull_requests=2, pause=0.7)

    assert result.problems == []
    assert result.kills == 2
    assert result.heads == result.comments > 0


def test_a_job_that_kills_its_process_each_time_ends_with_a_failing_check(tmp_path: Path) -> None:
    """Neither for ever, nor in silence; and the next pull request is reviewed as if nothing was."""
    world = World(tmp_path)
    shop = world.repository(1, "acme/shop")
    service = Service(world)
    service.start()
    world.github.fault("begin dies", 50)
    head = world.pull_request(shop, 1, migration("0002_note", "note"))
    service.deliver("pull_request", pull_request_event(shop, 1, head), "poison-1")

    def given_up() -> bool:
        service.restart_the_dead()
        return bool(world.github.rows("SELECT 1 FROM checks WHERE status='completed'"))

    service.until(given_up, "an end of it", 120)
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

    poisoned = world.github.rows("SELECT * FROM checks WHERE head_sha = ? ORDER BY id", head)[0]
    assert poisoned["conclusion"] == "failure"
    assert "could not be made" in poisoned["problem"]
