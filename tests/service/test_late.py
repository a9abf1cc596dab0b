"""GitHub shows what was written a moment later: nothing is missed for it, and nothing said twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.render.summary import MARKER
from tests.service.deployed import Running, started
from tests.service.shops import push
from tests.support.github import APP_ID, Fault, Repo

pytestmark = pytest.mark.xdist_group("late")

LATE = 1.5
FROZEN = 3600.0
"""Nothing that is written is shown, until ``catch_up``."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with started(
        tmp_path_factory.mktemp("late"),
        attempts=4,
        retry_seconds=LATE * 1.2,
        github_late_seconds=LATE * 1.2,
        github_pause_seconds=0.02,
    ) as made:
        yield made


@pytest.fixture
def shop(running: Running, shop: Repo) -> Repo:
    running.github.late = 0.0
    return shop


def send(running: Running, shop: Repo, number: int, action: str, **changes: object) -> None:
    event = running.github.pull_request_event(shop, number, action)
    assert running.github.send("pull_request", event | changes) == 202


def catch_up(running: Running, shop: Repo) -> None:
    """All that was written until now is shown; what waits for its time comes."""
    with running.github.lock:
        shop.past.clear()
    running.no_more_waiting()


def looks_again(running: Running, shop: Repo) -> None:
    """It has found nothing new, and waits."""

    def waits() -> bool:
        delayed = running.queue_rows("workflow_uuid", "status = 'DELAYED'")
        return any(str(row[0]).startswith(f"rv:{shop.id}/1:") for row in delayed)

    running.until(waits, "another look")
    catch_up(running, shop)
    running.settle()


def said_once(shop: Repo, conclusions: list[str]) -> None:
    """These check runs and no other, one summary, and each remark once."""
    assert [run.get("conclusion") for run in shop.checks.values()] == conclusions
    bodies = [each["body"] for each in shop.comments.values()]
    assert [body.startswith(MARKER) for body in bodies] == [True]
    places = [(each["path"], each["line"], each["body"]) for each in shop.lines.values()]
    assert len(set(places)) == len(places)


def test_a_pull_request_is_told_of_before_it_can_be_read(running: Running, shop: Repo) -> None:
    """And the check run that was begun is not in the list when it is to be completed."""
    running.github.late = FROZEN
    push(running.github, shop, 1, "note")
    send(running, shop, 1, "opened")
    not_there = {"event": "not there yet", "repository": shop.full_name}
    running.until(lambda: bool(running.lines(**not_there)), "it to be looked for")
    catch_up(running, shop)
    running.settle()

    said_once(shop, ["failure"])


def test_a_push_is_told_of_before_it_can_be_read(running: Running, shop: Repo) -> None:
    push(running.github, shop, 1, "note")
    send(running, shop, 1, "opened")
    running.settle()
    running.github.late = FROZEN
    pushed = push(running.github, shop, 1, "word", sound=True)
    send(running, shop, 1, "synchronize")
    looks_again(running, shop)

    said_once(shop, ["failure", "success"])
    assert [*shop.checks.values()][-1]["head_sha"] == pushed


def test_what_follows_at_once_sees_what_was_just_said(running: Running, shop: Repo) -> None:
    """Asked for again when the first verdict stands there for a moment only."""
    head = push(running.github, shop, 1, "note")
    running.github.late = LATE
    send(running, shop, 1, "opened")
    running.until_judged(shop, 1)
    run = {"id": 5, "head_sha": head, "pull_requests": [{"number": 1}], "app": {"id": APP_ID}}
    again = running.github.event(shop, "rerequested", check_run=run)
    assert running.github.send("check_run", again) == 202
    running.settle()

    said_once(shop, ["failure", "failure"])


def test_another_base_is_told_of_before_it_can_be_read(running: Running, shop: Repo) -> None:
    """Into a branch that has no other leaf, it is sound."""
    push(running.github, shop, 1, "note")
    send(running, shop, 1, "opened")
    running.settle()
    running.github.late = FROZEN
    with running.github.lock:
        shop.keep(FROZEN)
        shop.pulls[1].base = "start"
    was = {"base": {"ref": {"from": "main"}, "sha": {"from": "0" * 40}}}
    send(running, shop, 1, "edited", changes=was)
    looks_again(running, shop)

    said_once(shop, ["failure", "success"])


def test_an_opening_is_told_of_before_it_can_be_read(running: Running, shop: Repo) -> None:
    push(running.github, shop, 1, "note")
    running.github.close(shop, 1)
    running.github.late = FROZEN
    with running.github.lock:
        shop.keep(FROZEN)
        shop.pulls[1].state = "open"
    send(running, shop, 1, "reopened")
    not_there = {"event": "not there yet", "repository": shop.full_name}
    running.until(lambda: bool(running.lines(**not_there)), "it to be looked for")
    catch_up(running, shop)
    running.settle()

    said_once(shop, ["failure"])


@pytest.mark.parametrize("path", [r"check-runs$", r"reviews$"])
def test_what_was_stored_although_it_failed_is_not_written_again(
    running: Running, shop: Repo, path: str
) -> None:
    push(running.github, shop, 1, "note")
    running.github.late = LATE
    stored = Fault("POST", f"{shop.full_name}/.*{path}", 502, after=True)
    running.github.faults.append(stored)
    send(running, shop, 1, "opened")
    running.settle()

    assert stored.times == 0
    said_once(shop, ["failure"])
