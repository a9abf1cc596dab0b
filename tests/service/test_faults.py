"""What fails on the way: GitHub, the network, our own process; nothing of the service is replaced."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.sample import PULL_REQUESTS, make_sample
from tests.service.deployed import Running, patient, slowness, started
from tests.service.wire import Break
from tests.support.github import Fault, Repo

pytestmark = pytest.mark.xdist_group("faults")


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    """One of its own, not started."""
    made = Running(tmp_path, redeliver_every_seconds=1)
    yield made
    made.stop()
    assert made.watched() == []


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One that runs, for all tests that leave it running; each has a repository of its own."""
    seconds = 10 * slowness()
    with started(tmp_path_factory.mktemp("shared"), github_seconds=seconds) as made:
        yield made
        silence.set()


_ids = itertools.count(1)


def repository(running: Running) -> Repo:
    number = next(_ids)
    make_sample(running.github.root / f"acme/shop{number}.git", bare=True)
    return running.github.add(f"acme/shop{number}", id_=number, installation=number)


@pytest.fixture
def repo(running: Running) -> Repo:
    return repository(running)


def opened(running: Running, repo: Repo, number: int) -> None:
    (sample,) = (each for each in PULL_REQUESTS if each.number == number)
    running.github.open(repo, number, sample.branch, sample.title)


def summaries(repo: Repo, number: int) -> list[dict[str, Any]]:
    return [each for each in repo.comments.copy().values() if each["number"] == number]


def test_a_conflict_is_seen_on_the_pull_request_and_its_report(shared: Running) -> None:
    running, repo = shared, repository(shared)
    opened(running, repo, 2)
    event = running.github.pull_request_event(repo, 2, "opened")
    assert running.github.send("pull_request", event) == 202
    running.until_judged(repo, 2)
    assert running.github.send("pull_request", event, "again") == 202
    said = running.github.say(repo, 2, "/twostep help\n")
    issue = {"number": 2, "pull_request": {}}
    comment = running.github.event(repo, "created", comment=said, issue=issue)
    for guid in ("help", "help"):
        assert running.github.send("issue_comment", comment, guid) == 202
    running.until(lambda: (said["id"], "rocket") in running.github.reactions, "the rocket")
    running.settle()

    [run] = running.judged(repo, 2)
    assert run["conclusion"] == "failure"
    assert run["name"] == "Two-Step"
    assert len([each for each in summaries(repo, 2) if "0003_order" in each["body"]]) >= 1
    by_us = [each for each in summaries(repo, 2) if each["user"]["type"] == "Bot"]
    assert len(by_us) == 2, "one summary, one answer"
    page = patient.get(run["details_url"])
    assert page.status_code == 200
    assert "0003_order" in page.text
    assert patient.get(run["details_url"][:-4] + "AAAA").status_code == 404
    assert len(running.github.requests) > 10


def test_numbers_and_lines_say_what_was_done(shared: Running) -> None:
    """For Prometheus: each of what operators watch. In the log: JSON, with the ids to follow a delivery by."""
    running, repo = shared, repository(shared)
    opened(running, repo, 2)
    event = running.github.pull_request_event(repo, 2, "opened")
    assert running.github.send("pull_request", event, "followed-1") == 202
    running.until_judged(repo, 2)
    running.settle()
    numbers = patient.get(f"{running.url}/metrics").text
    for name in (
        'twostep_deliveries_total{answer="202",event="pull_request"}',
        "twostep_queue_age_seconds ",
        'twostep_queue_depth{queue="reviews"}',
        "twostep_review_seconds_count ",
        'twostep_reviews_total{verdict="fail"}',
        'twostep_github_calls_total{method="POST",status="200"}',
        f'twostep_github_rate_limit_left{{installation="{repo.installation}",resource="core"}} 49',
        "twostep_dead_letters ",
    ):
        assert name in numbers, name
    written, _, _ = running.log.read_text().rpartition("\n")  # what comes after is being written
    lines = [json.loads(line) for line in written.splitlines()]
    mine = [line for line in lines if line.get("delivery") == "followed-1"]
    assert [line["event"] for line in mine] == ["taken", "published"]
    [run] = running.judged(repo, 2)
    assert mine[1]["review"] == run["external_id"]
    assert (mine[1]["repository"], mine[1]["pull_request"]) == (repo.full_name, 2)


def test_what_came_while_the_service_was_down_is_asked_for_again(
    running: Running, repo: Repo
) -> None:
    """GitHub itself never sends it a second time."""
    opened(running, repo, 2)
    event = running.github.pull_request_event(repo, 2, "opened")
    assert running.github.send("pull_request", event, "lost-1") == 0
    running.start()
    running.until_judged(repo, 2)
    time.sleep(2.5)

    assert [each["guid"] for each in running.github.deliveries] == ["lost-1", "lost-1"]


CREATE, COMPLETE, SAY = r"check-runs$", r"check-runs/", r"issues/2/comments"
PULL, TOKEN, REFS = r"pulls/2$", r"/access_tokens$", r"info/refs$"
SOON = {"retry-after": "1"}
silence = threading.Event()
"""Until it is set, who waits for an answer waits until they give up."""


def at(repo: Repo, path: str) -> str:
    """*path* in *repo* alone: the service may still be busy with the other tests' repositories."""
    return f"{repo.full_name}[/.].*{path}"


FAULTS: dict[str, Fault | Break] = {
    "created, then 502": Fault("POST", CREATE, 502, after=True),
    "completed, then 502": Fault("PATCH", COMPLETE, 502, after=True),
    "said, then 502": Fault("POST", SAY, 502, after=True),
    "said on lines, then 502": Fault("POST", r"reviews$", 502, after=True),
    "token made, then 502": Fault("POST", TOKEN, 502, after=True),
    "502 instead of creating": Fault("POST", CREATE, 502),
    "500 instead of completing": Fault("PATCH", COMPLETE, 500),
    "500 four times": Fault("GET", PULL, 500, times=4),
    "429 with Retry-After": Fault("POST", CREATE, 429, headers=SOON),
    "403 with Retry-After": Fault("POST", SAY, 403, headers=SOON),
    "429 when reading": Fault("GET", PULL, 429, headers=SOON),
    "401 when completing": Fault("PATCH", COMPLETE, 401),
    "401 when reading": Fault("GET", PULL, 401),
    "401 for the App itself": Fault("POST", TOKEN, 401),
    "half a check run": Fault("POST", CREATE, 201, half=True),
    "half a comment": Fault("POST", SAY, 201, half=True),
    "half a pull request": Fault("GET", PULL, 200, half=True),
    "reset before creating": Break("POST", CREATE),
    "reset after creating": Break("POST", CREATE, after=True),
    "reset after saying": Break("POST", SAY, after=True),
    "reset when reading, four times": Break("GET", PULL, times=4),
    "git's first answer is reset": Break("GET", REFS),
    "git's pack is reset": Break("POST", r"git-upload-pack$"),
    "said, then silence": Break("POST", SAY, after=True, until=silence),
    "silence instead of completing": Break("PATCH", COMPLETE, until=silence),
}


@pytest.fixture(scope="module")
def aftermath(shared: Running) -> dict[str, Repo]:
    """Each fault happens to a repository and an installation of its own, all at the same time."""
    running = shared
    made: dict[str, Repo] = {}
    for name, fault in FAULTS.items():
        repo = made[name] = repository(running)
        opened(running, repo, 2)
        fault.path = f"/{repo.installation}{TOKEN}" if fault.path == TOKEN else at(repo, fault.path)
        if isinstance(fault, Fault):
            running.github.faults.append(fault)
        else:
            running.wire.breaks.append(fault)
    for repo in made.values():
        event = running.github.pull_request_event(repo, 2, "opened")
        assert running.github.send("pull_request", event) == 202
    for repo in made.values():
        running.until(lambda repo=repo: bool(running.judged(repo, 2)), repo.full_name, 120)  # type: ignore[misc]
    running.settle(120)
    return made


@pytest.mark.parametrize("name", FAULTS)
def test_whatever_github_answers_it_is_right_in_the_end_and_once(
    aftermath: dict[str, Repo], name: str
) -> None:
    assert FAULTS[name].times == 0, "it has not happened"
    assert_said_once(aftermath[name], 2)


def assert_said_once(repo: Repo, number: int, conclusion: str = "failure") -> None:
    """One check run with this conclusion, one summary, and each remark on its line once."""
    assert [run.get("conclusion") for run in repo.checks.values()] == [conclusion]
    assert len(summaries(repo, number)) == 1
    assert len({each["body"] for each in repo.lines.values()}) == len(repo.lines) > 0


@pytest.mark.parametrize(
    "fault",
    [
        Fault("POST", CREATE, 403, message="You have exceeded a secondary rate limit"),
        Fault("POST", SAY, 429),
    ],
    ids=["403", "429"],
)
def test_a_limit_without_a_time_is_a_minute_of_silence(shared: Running, fault: Fault) -> None:
    """
    GitHub's own advice where it does not say how long: a minute for the installation.

    The minute is taken out of the database here, not waited for.
    """
    running = shared
    running.settle()
    repo, other = repository(running), repository(running)
    for each in (repo, other):
        opened(running, each, 2)
    fault.path = at(repo, fault.path)
    running.github.faults.append(fault)
    running.github.send("pull_request", running.github.pull_request_event(repo, 2, "opened"))
    running.until_put_off(f"rv:{repo.id}/2:")
    before = [path for _, path in running.github.requests if repo.full_name in path]
    running.github.send("pull_request", running.github.pull_request_event(other, 2, "opened"))
    running.until_judged(other, 2)
    time.sleep(1)
    assert [path for _, path in running.github.requests if repo.full_name in path] == before
    delayed = running.queue_rows(
        "workflow_uuid, name, queue_name, delay_until_epoch_ms", "status = 'DELAYED'"
    )
    assert len(delayed) == 1, delayed

    running.no_more_waiting()
    running.until_judged(repo, 2)
    running.until(lambda: bool(summaries(repo, 2)), "the summary")
    running.settle()
    assert_said_once(repo, 2)


@pytest.mark.parametrize(("status", "times"), [(403, 2), (422, 4)])
def test_what_github_refuses_for_good_is_a_check_that_fails_or_a_dead_letter(
    shared: Running, status: int, times: int
) -> None:
    """
    Neither is tried for ever. Once it is mended, the same delivery can be sent again.

    422 may mean that the commit is not known yet: that is tried twice more.
    """
    running, repo = shared, repository(shared)
    opened(running, repo, 2)
    refused = Fault(
        "POST", at(repo, CREATE), status, times=times, message="Resource not accessible"
    )
    running.github.faults.append(refused)
    event = running.github.pull_request_event(repo, 2, "opened")
    guid = f"refused-{status}"
    assert running.github.send("pull_request", event, guid) == 202
    running.until(lambda: refused.times == 0, "both refusals")
    running.settle()
    assert not repo.checks
    assert "Resource not accessible" in running.log.read_text()

    assert running.github.send("pull_request", event, guid) == 202
    running.until_judged(repo, 2)
    running.settle()
    assert_said_once(repo, 2)


def test_a_pull_request_that_is_not_there_any_more_ends_quietly(shared: Running) -> None:
    """404 for what the event named, again and again: made private, or taken from the App."""
    running, repo = shared, repository(shared)
    opened(running, repo, 2)
    event = running.github.pull_request_event(repo, 2, "opened")
    fault = Fault("GET", at(repo, PULL), 404, times=3)
    running.github.faults.append(fault)
    assert running.github.send("pull_request", event) == 202
    running.until(lambda: fault.times == 0, "the answer")
    running.settle()

    assert not repo.checks
    assert not repo.comments


def test_a_spent_rate_limit_is_waited_for(shared: Running) -> None:
    """GitHub says when it will answer again; nothing is lost and nothing asked in between."""
    running, repo = shared, repository(shared)
    opened(running, repo, 2)
    spent = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(time.time()) + 5)}
    fault = Fault("POST", at(repo, CREATE), 403, headers=spent, message="API rate limit exceeded")
    running.github.faults.append(fault)
    event = running.github.pull_request_event(repo, 2, "opened")
    assert running.github.send("pull_request", event) == 202
    running.until(lambda: fault.times == 0, "the refusal")
    running.until_judged(repo, 2)

    assert time.time() >= int(spent["x-ratelimit-reset"])
    assert len(repo.checks) == 1
