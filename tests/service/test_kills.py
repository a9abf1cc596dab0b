"""A few kills in each run of the tests; ``make chaos`` is the long form."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.service.chaos import chaos
from tests.service.deployed import Running
from tests.service.doomed import wire
from tests.service.shops import add_shop, push
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


def test_a_check_run_that_a_kill_left_behind_ends_where_the_pull_request_is_closed(
    tmp_path: Path,
) -> None:
    """Whoever takes the review up finds it closed, and nobody else looks at that commit again."""
    running = Running(tmp_path)
    wires = tmp_path / "wires"
    wires.mkdir()
    running.environment["TRIPWIRES"] = str(wires)
    running.program = ("-m", "tests.service.doomed")
    shop = add_shop(running.github, 1, apps=2)
    try:
        running.start()
        push(running.github, shop, 1, "note", sound=True)
        deadly = wire(wires, "analyse before")
        running.github.send("pull_request", running.github.pull_request_event(shop, 1, "opened"))
        running.until(lambda: not deadly.exists(), "its death")
        begun = [run["status"] for run in shop.checks.copy().values()]
        running.github.close(shop, 1)
        running.processes["serve"].wait()
        running.restart_the_dead()
        running.github.send("pull_request", running.github.pull_request_event(shop, 1, "closed"))
        running.settle()
    finally:
        running.stop()

    assert begun == ["in_progress"]
    assert [run["conclusion"] for run in shop.checks.values()] == ["cancelled"]
    assert running.watched() == []


def test_a_job_that_kills_its_process_each_time_ends_with_a_failing_check(tmp_path: Path) -> None:
    """Neither for ever, nor in silence; and the next pull request is reviewed as if nothing was."""
    running = Running(tmp_path, attempts=2)
    wires = tmp_path / "wires"
    wires.mkdir()
    running.environment["TRIPWIRES"] = str(wires)
    running.program = ("-m", "tests.service.doomed")
    shop = add_shop(running.github, 1, apps=2)
    deaths = 0
    try:
        running.start()
        push(running.github, shop, 1, "note", sound=True)
        deadly = wire(wires, "analyse before")
        event = running.github.pull_request_event(shop, 1, "opened")
        assert running.github.send("pull_request", event) == 202

        def given_up() -> bool:
            nonlocal deaths
            if not deadly.exists():
                deaths += 1
                wire(wires, "analyse before")
            running.restart_the_dead()
            return bool(running.judged(shop, 1))

        running.until(given_up, "an end of it", 180)
        deadly.unlink()
        running.restart_the_dead()
        running.settle()
        push(running.github, shop, 2, "tax", sound=True)
        sound = running.github.pull_request_event(shop, 2, "opened")
        assert running.github.send("pull_request", sound) == 202
        running.until_judged(shop, 2)
    finally:
        running.stop()

    assert 10 <= deaths <= 14, "five deaths and one more, twice"
    (poisoned,) = running.judged(shop, 1)
    assert poisoned["conclusion"] == "failure"
    assert "could not be made" in poisoned["output"]["summary"]
    assert [run["conclusion"] for run in running.judged(shop, 2)] == ["success"]
    assert running.watched() == []
