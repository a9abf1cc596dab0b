"""The disk is full, and has room again: nothing that was taken is lost, what could not be taken comes again."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.errors import GitHubUnavailable, TwoStepError
from bot.git.mirror import Mirrors
from bot.render.summary import MARKER
from tests.service.deployed import Running, patient
from tests.service.shops import add_shop, push
from tests.service.world import World


@contextmanager
def no_room(process: int) -> Iterator[None]:
    """Every write of *process*, and of what it starts, fails as if the disk was full (0: of this one)."""
    _, hard = resource.prlimit(process, resource.RLIMIT_FSIZE)
    resource.prlimit(process, resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.prlimit(process, resource.RLIMIT_FSIZE, (hard, hard))


@pytest.mark.xdist_group("disk")
def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    running = Running(tmp_path, attempts=20, redeliver_every_seconds=1)
    shop = add_shop(running.github, 1, apps=6)
    try:
        running.start()
        events = []
        for number in range(1, 7):
            push(running.github, shop, number, f"c{number}")
            events.append(running.github.pull_request_event(shop, number, "opened"))
        for number in (1, 2, 3):
            sent = running.github.send("pull_request", events[number - 1], f"before-{number}")
            assert sent == 202
        time.sleep(0.7)
        process = running.processes["serve"]
        with no_room(process.pid):
            assert running.github.send("pull_request", events[3], "during-4") == 503
            assert running.github.send("pull_request", events[4], "during-5") == 503
            time.sleep(4)
            assert process.poll() is None, "nobody restarts it for a full disk"
            assert patient.get(f"{running.url}/livez").status_code == 200
            answer = patient.get(f"{running.url}/readyz")
            assert answer.status_code == 503
            assert "OperationalError: " in answer.json()["problems"]["database"]
        assert running.github.send("pull_request", events[5], "after-6") == 202
        running.until_judged(shop, *range(1, 7))
        running.settle(120)
    finally:
        running.stop()

    for number in range(1, 7):
        assert [run["conclusion"] for run in running.judged(shop, number)] == ["failure"]
        bodies = [c["body"] for c in shop.comments.values() if c["number"] == number]
        assert [body.startswith(MARKER) for body in bodies] == [True]
    assert len(shop.checks) == 6
    assert running.watched() == []


def test_a_mirror_that_cannot_be_written_is_whole_afterwards(tmp_path: Path) -> None:
    world = World(tmp_path)
    shop = world.repository(1, "acme/shop")
    mirrors = Mirrors(
        directory=tmp_path / "mirrors",
        github_url=world.url,
        token=lambda _: "none",
        seconds=60,
        megabytes=100,
        all_megabytes=200,
    )
    with no_room(0), pytest.raises((TwoStepError, OSError)), mirrors.open(shop) as mirror:
        mirror.fetch({"base": "refs/heads/main"})
    with mirrors.open(shop) as mirror:
        base = mirror.fetch({"base": "refs/heads/main"})["base"]
        world.commit(shop, "refs/heads/main", {"a.py": "a = 1\n"})
        with no_room(0), pytest.raises(GitHubUnavailable):
            mirror.fetch({"base": "refs/heads/main"})
        moved = mirror.fetch({"base": "refs/heads/main"})["base"]
    assert base
    assert moved
    assert moved != base
