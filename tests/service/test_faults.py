"""What fails on the way: GitHub, the network, our own process; nothing of the service is replaced."""

from __future__ import annotations

import itertools
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.sample import PULL_REQUESTS, make_sample
from tests.service.running import ROOT, free_port
from tests.support import contracts
from tests.support.github import APP_ID, Fault, Repo, StandIn

pytestmark = pytest.mark.xdist_group("faults")

SECRET = "a secret of the tests"


class Running:
    """A stand-in that listens, and the service as a process that is killed and started."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.port = free_port()
        hook = f"http://127.0.0.1:{self.port}/webhooks/github"
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.github = StandIn(
            directory / "github", secret=SECRET, hook=hook, public_key=key.public_key()
        )
        self._listening = socket.socket()
        self._listening.bind(("127.0.0.1", 0))
        self._server = uvicorn.Server(
            uvicorn.Config(self.github.app, log_config=None, lifespan="off")
        )
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._listening]}, daemon=True
        )
        self._thread.start()
        self.process: subprocess.Popen[bytes] | None = None
        self.log = directory / "service.log"
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        ).decode()
        self.secrets = [SECRET, pem.splitlines()[3]]
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("TWOSTEP_")},
            "PYTHONPATH": str(ROOT),
            "TWOSTEP_DATA_DIR": str(directory / "data"),
            "TWOSTEP_GITHUB_URL": f"http://127.0.0.1:{self._listening.getsockname()[1]}",
            "TWOSTEP_PORT": str(self.port),
            "TWOSTEP_PUBLIC_URL": f"http://127.0.0.1:{self.port}",
            "TWOSTEP_APP_ID": str(APP_ID),
            "TWOSTEP_PRIVATE_KEY": pem.replace("\n", "\\n"),
            "TWOSTEP_WEBHOOK_SECRET": SECRET,
            "TWOSTEP_DEBOUNCE_SECONDS": "0.1",
            "TWOSTEP_POLL_SECONDS": "0.05",
            "TWOSTEP_HEARTBEAT_SECONDS": "0.5",
            "TWOSTEP_RETRY_SECONDS": "0.2",
            "TWOSTEP_GITHUB_PAUSE_SECONDS": "0.1",
            "TWOSTEP_REDELIVER_EVERY_SECONDS": "1",
            "TWOSTEP_SWEEP_EVERY_SECONDS": "3600",
        }

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bot.cli", "serve"],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
            )

        def alive() -> bool:
            try:
                return httpx.get(f"http://127.0.0.1:{self.port}/readyz").status_code == 200
            except httpx.TransportError:
                return False

        self.until(alive, "the service")

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=60)
        self._server.should_exit = True
        self._thread.join()
        self._listening.close()

    def until(self, question: Callable[[], bool], what: str, seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while not question():
            assert time.monotonic() < end, (
                f"waited in vain for {what}\n{self.log.read_text()[-5000:]}"
            )
            time.sleep(0.1)

    def judged(self, repo: Repo, number: int) -> list[dict[str, Any]]:
        """The completed check runs on the head of a pull request."""
        head = self.github.head(repo, number)
        return [
            run
            for run in repo.checks.copy().values()
            if run["head_sha"] == head and run["status"] == "completed"
        ]

    def until_judged(self, repo: Repo, *numbers: int) -> None:
        def all_are() -> bool:
            return all(self.judged(repo, number) for number in numbers)

        self.until(all_are, f"verdicts on {numbers}")
        time.sleep(0.5)  # comments come after the check run


def service(directory: Path) -> Iterator[Running]:
    made = Running(directory)
    yield made
    made.stop()
    text = made.log.read_text() if made.log.exists() else ""
    for secret in (*made.secrets, *made.github.tokens):
        assert secret not in text, "a secret is in the log"
    if contracts.fetched():
        assert made.github.judged > 0
        assert made.github.unlawful == []


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    """One of its own, not started."""
    yield from service(tmp_path)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One that runs, for all tests that leave it running; each has a repository of its own."""
    for made in service(tmp_path_factory.mktemp("shared")):
        made.start()
        yield made


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
    return [each for each in repo.comments.values() if each["number"] == number]


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
    time.sleep(0.5)

    [run] = running.judged(repo, 2)
    assert run["conclusion"] == "failure"
    assert run["name"] == "Two-Step"
    assert len([each for each in summaries(repo, 2) if "0003_order" in each["body"]]) >= 1
    by_us = [each for each in summaries(repo, 2) if each["user"]["type"] == "Bot"]
    assert len(by_us) == 2, "one summary, one answer"
    page = httpx.get(run["details_url"])
    assert page.status_code == 200
    assert "0003_order" in page.text
    assert httpx.get(run["details_url"][:-4] + "AAAA").status_code == 404
    assert len(running.github.requests) > 10


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


@pytest.mark.parametrize(
    "fault",
    [
        Fault("POST", r"/check-runs$", 502, after=True),
        Fault("PATCH", r"/check-runs/", 502, after=True),
        Fault("POST", r"/issues/\d+/comments", 502, after=True),
        Fault("POST", r"/check-runs$", 429, headers={"retry-after": "1"}),
        Fault("POST", r"/issues/\d+/comments", 403, headers={"retry-after": "1"}),
        Fault("PATCH", r"/check-runs/", 401),
        Fault("GET", r"/pulls/2$", 500, times=4),
        Fault("POST", r"/check-runs$", 201, half=True),
        Fault("POST", r"/issues/\d+/comments", 201, half=True),
    ],
    ids=lambda fault: (
        f"{fault.method}-{fault.status}-"
        f"{'half' if fault.half else 'after' if fault.after else 'before'}"
    ),
)
def test_whatever_github_answers_it_is_right_in_the_end_and_once(
    shared: Running, fault: Fault
) -> None:
    running, repo = shared, repository(shared)
    opened(running, repo, 2)
    running.github.faults.append(fault)
    event = running.github.pull_request_event(repo, 2, "opened")
    assert running.github.send("pull_request", event) == 202
    running.until_judged(repo, 2)
    running.until(lambda: bool(summaries(repo, 2)), "the summary")
    time.sleep(1)

    assert fault.times == 0
    assert len(repo.checks) == 1
    assert len(summaries(repo, 2)) == 1
    assert len({each["body"] for each in repo.lines.values()}) == len(repo.lines)


def test_a_spent_rate_limit_is_waited_for(shared: Running) -> None:
    """GitHub says when it will answer again; nothing is lost and nothing asked in between."""
    running, repo = shared, repository(shared)
    opened(running, repo, 2)
    spent = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(time.time()) + 5)}
    fault = Fault("POST", r"/check-runs$", 403, headers=spent, message="API rate limit exceeded")
    running.github.faults.append(fault)
    event = running.github.pull_request_event(repo, 2, "opened")
    assert running.github.send("pull_request", event) == 202
    running.until(lambda: fault.times == 0, "the refusal")
    running.until_judged(repo, 2)

    assert time.time() >= int(spent["x-ratelimit-reset"])
    assert len(repo.checks) == 1


def test_deliveries_out_of_order_leave_the_newest_head_judged(shared: Running) -> None:
    """What was sent first may arrive last, and twice."""
    running, repo = shared, repository(shared)
    opened(running, repo, 2)
    first = running.github.pull_request_event(repo, 2, "opened")
    before = running.github.head(repo, 2)
    repo.pulls[2].branch = next(each.branch for each in PULL_REQUESTS if each.number == 3)
    after = running.github.push(repo, repo.pulls[2])
    assert before != after
    second = running.github.pull_request_event(repo, 2, "synchronize")
    for event in (second, first, second, first):
        assert running.github.send("pull_request", event) == 202
    running.until_judged(repo, 2)
    time.sleep(2)

    assert {run["head_sha"] for run in repo.checks.values() if run["status"] == "completed"} == {
        after
    }
    assert len(running.judged(repo, 2)) == 1
    assert len(summaries(repo, 2)) <= 1


def test_kills_while_it_publishes_double_nothing(running: Running, repo: Repo) -> None:
    dice = random.Random(5)
    running.start()
    numbers = [each.number for each in PULL_REQUESTS]
    for number in numbers:
        opened(running, repo, number)
        running.github.send(
            "pull_request", running.github.pull_request_event(repo, number, "opened")
        )
    for _ in range(2):
        time.sleep(dice.uniform(0.5, 2.0))
        running.kill()
        running.start()
    running.until_judged(repo, *numbers)
    time.sleep(4)

    for number in numbers:
        # A pull request that another one collides with is judged again when that one comes.
        attempts = [run["external_id"] for run in running.judged(repo, number)]
        assert 1 <= len(attempts) == len(set(attempts)) <= 2, number
        assert len(summaries(repo, number)) <= 1, number
    assert len(summaries(repo, 2)) == 1
