"""What goes on by the clock: open pull requests without a check, and what is old."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from bot.git.fast_import import Commit, make_repository
from tests.service.deployed import Running, patient
from tests.service.shops import add_shop, push
from tests.support.github import Repo


@pytest.mark.xdist_group("keeping")
def test_a_pull_request_that_nobody_told_of_gets_its_check_and_old_jobs_go(tmp_path: Path) -> None:
    running = Running(
        tmp_path,
        sweep_every_seconds=2,
        prune_every_seconds=1,
        keep_jobs_days=5 / 86_400,
        metrics_token="m",
    )
    shop = add_shop(running.github, 1, apps=2)
    head = push(running.github, shop, 1, "note")

    def verdicts() -> list[str]:
        runs = shop.checks.copy().values()
        return [str(run["head_sha"]) for run in runs if run["status"] == "completed"]

    try:
        running.start()
        running.until(lambda: verdicts() == [head], "the sweep")
        pushed = push(running.github, shop, 1, "word")
        event = running.github.pull_request_event(shop, 1, "synchronize")
        assert running.github.send("pull_request", event, "told-1") == 202
        running.until(lambda: verdicts() == [head, pushed], "the push")
        time.sleep(3)
        assert verdicts() == [head, pushed], "a sweep finds nothing to do where all is said"
        commit = Commit(branch="main", parent="main^0", files={"README.md": "Nobody is told.\n"})
        make_repository(shop.git, [commit], bare=True)
        running.until(lambda: verdicts() == [head, pushed, pushed], "the base that moved")
        running.until(lambda: "told-1" not in running.taken(), "old jobs to be forgotten")
        stranger = (
            running.data / "mirrors/99.git"
        )  # the App has left it: another machine was told so
        stranger.mkdir()
        running.until(lambda: not stranger.exists(), "its mirror to go")
        leave(running, shop)
        metrics = f"{running.url}/metrics"
        numbers = patient.get(metrics, headers={"authorization": "Bearer m"}).text
        assert patient.get(metrics).status_code == 401
    finally:
        running.stop()

    assert 'twostep_deliveries_total{answer="202",event="pull_request"} 1.0' in numbers
    assert "twostep_review_seconds_count 3.0" in numbers
    assert 'twostep_queue_depth{queue="reviews"}' in numbers
    assert 'route="/webhooks/github"' in numbers
    assert "acme" not in numbers, "no repository's name is a label"
    assert running.watched() == []


def leave(running: Running, shop: Repo) -> None:
    """The App is uninstalled: nothing of the repository stays."""
    mirror = running.data / "mirrors" / f"{shop.id}.git"
    assert mirror.exists()
    gone = running.github.event(shop, "deleted", repositories=[])
    del gone["repository"]
    assert running.github.send("installation", gone, "gone-1") == 202
    running.until(lambda: not mirror.exists(), "the mirror to go")


@pytest.mark.xdist_group("keeping")
def test_an_installation_brings_its_open_pull_requests_and_waits_while_it_is_suspended(
    tmp_path: Path,
) -> None:
    running = Running(tmp_path)
    shop = add_shop(running.github, 1, apps=3, installation=4)
    for number in (1, 2):
        push(running.github, shop, number, "note")
    short = {
        "id": shop.id,
        "node_id": "R_1",
        "name": "shop1",
        "full_name": shop.full_name,
        "private": True,
    }
    event = running.github.event(shop, "created", repositories=[short])
    del event["repository"]
    try:
        running.start()
        assert running.github.send("installation", event) == 202
        running.until_judged(shop, 1, 2)
        running.settle()
        running.github.suspended.add(4)
        gone = running.github.event(shop, "suspend")
        del gone["repository"]
        assert running.github.send("installation", gone) == 202
        running.settle()
        push(running.github, shop, 1, "word")
        push(running.github, shop, 3, "note")
        opened = running.github.pull_request_event(shop, 3, "opened")
        assert running.github.send("pull_request", opened) == 202
        running.settle()
        assert running.judged(shop, 3) == []
        running.github.suspended.clear()
        again = running.github.event(shop, "unsuspend")
        del again["repository"]
        assert running.github.send("installation", again) == 202
        running.until_judged(shop, 1, 3)
        for name in ("line", "term"):
            push(running.github, shop, 2, name)
            pushed = running.github.pull_request_event(shop, 2, "synchronize")
            assert running.github.send("pull_request", pushed) == 202
            running.until_judged(shop, 2)
            running.settle()
    finally:
        running.stop()

    ends = {run["conclusion"] for run in shop.checks.values()}
    assert ends == {"failure"}
    assert not running.lines(event="failed", last=True), "a suspension is nobody's failure"
    assert running.watched() == []
