"""The service as it is deployed, before the stand-in for GitHub: its own processes, nothing replaced."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa

from tests.service.wire import Wire
from tests.support import contracts
from tests.support.created_app import pem_of, private_key
from tests.support.github import APP_ID, Repo, StandIn
from tests.support.github.served import served

ROOT = Path(__file__).parents[2]

SECRET = "a secret of the tests"

UNSETTLED = ("PENDING", "ENQUEUED", "DELAYED")


patient = httpx.Client(timeout=60, limits=httpx.Limits(max_keepalive_connections=0))
"""A machine that is busy answers late, and what is asked again is another process."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def slowness() -> float:
    """How many times as long things take here now as on a machine that does nothing else."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


class Running:
    """
    A stand-in that listens, and processes of the service that are killed and started.

    *settings* are of the service, by their names; *github* is where the
    repositories of the stand-in lie; *tls* its certificate and key.
    """

    def __init__(
        self,
        directory: Path,
        database_url: str | None = None,
        github: Path | None = None,
        tls: tuple[Path, Path] | None = None,
        **settings: Any,
    ) -> None:
        self.directory = directory
        self.database_url = database_url
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        hook = f"{self.url}/webhooks/github"
        key = private_key()
        self.github = StandIn(
            github or directory / "github", secret=SECRET, hook=hook, public_key=key.public_key()
        )
        self.wire = Wire(self.github.app)
        self._until_stopped = contextlib.ExitStack()
        self.github_url = self._until_stopped.enter_context(served(self.wire, tls))
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.log = directory / "service.log"
        self.data = directory / "data"
        pem = pem_of(key)
        self.secrets = [SECRET, pem.splitlines()[3]]
        values = {
            "data_dir": self.data,
            "database_url": database_url or "",
            "github_url": self.github_url,
            "port": self.port,
            "public_url": self.url,
            "app_id": APP_ID,
            "private_key": pem.replace("\n", "\\n"),
            "webhook_secret": SECRET,
            "debounce_seconds": 0.1,
            "poll_seconds": 0.1,
            "heartbeat_seconds": 0.5,
            "dead_after_seconds": 3,
            "retry_seconds": 0.2,
            "github_pause_seconds": 0.1,
            "github_late_seconds": 0,
            # Both at the start alone: not amid a test, and each look costs as much as a review.
            "redeliver_every_seconds": 10**9,
            "sweep_every_seconds": 10**9,
            **settings,
        }
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("TWOSTEP_")},
            "PYTHONPATH": str(ROOT),
            **{f"TWOSTEP_{name.upper()}": str(value) for name, value in values.items()},
        }
        self.program = ("-m", "bot.cli")
        """What Python is started with, before ``serve`` or ``worker``."""

    # Processes

    def start(self, name: str = "serve", what: str = "serve") -> None:
        """Start a process, and wait until it is ready; or dead: it may find a job that kills it."""
        with self.log.open("ab") as log:
            before = self.log.stat().st_size
            process = self.processes[name] = subprocess.Popen(
                [sys.executable, *self.program, what],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
            )

        def up() -> bool:
            if process.poll() is not None:
                return True
            if what == "worker":
                return b"queue open" in self.log.read_bytes()[before:]
            return self.ready()

        self.until(up, f"the process {name}")

    def ready(self) -> bool:
        try:
            return patient.get(f"{self.url}/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def kill(self, name: str = "serve") -> None:
        """SIGKILL: no last word."""
        process = self.processes.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def restart_the_dead(self, name: str = "serve", what: str = "serve") -> bool:
        """Start the process again if it has died; whether it had."""
        process = self.processes.get(name)
        if process is not None and process.poll() is None:
            return False
        self.start(name, what)
        return True

    def stop_processes(self) -> None:
        """SIGTERM to all; each has to end."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            process.wait(timeout=60 * slowness())
        self.processes.clear()

    def stop(self) -> None:
        """End everything."""
        self.stop_processes()
        self._until_stopped.close()

    # What is seen

    def until(self, question: Callable[[], bool], what: str, seconds: float = 120) -> None:
        """Wait for yes; for *seconds* of a machine that does nothing else, so longer on a busy one."""
        began = time.monotonic()
        while not question():
            # Asked each time: it may have become busy since.
            assert time.monotonic() < began + seconds * slowness(), (
                f"waited in vain for {what}: {self.states()}\n{self.log.read_text()[-5000:]}"
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
        """Wait for verdicts on these, and for the ends of their reviews: comments come after the check run."""
        reviews = tuple(f"rv:{repo.id}/{number}:" for number in numbers)

        def all_are() -> bool:
            verdicts = all(self.judged(repo, number) for number in numbers)
            running = self.queue_rows("workflow_uuid", "status = 'PENDING'") if verdicts else ()
            return verdicts and not any(str(row[0]).startswith(reviews) for row in running)

        self.until(all_are, f"verdicts on {numbers}")

    def lines(self, **fields: Any) -> list[dict[str, Any]]:
        """What the log says, of lines that have all of *fields*."""
        said = []
        for line in self.log.read_text().splitlines():
            try:
                said.append(json.loads(line))
            except ValueError:
                continue  # not by the logger, or not written to its end
        return [each for each in said if fields.items() <= each.items()]

    def published(self, repo: Repo) -> Counter[str]:
        """How often something was published about each head, by its first twelve digits."""
        reviews = self.lines(event="published", repository=repo.full_name)
        return Counter(str(each["review"]).rpartition(".")[2] for each in reviews)

    def states(self) -> dict[str, int]:
        """How many jobs are in which state, by the database of the queue; empty without one."""
        rows = self.queue_rows("status, count(*)", "true GROUP BY status")
        return {str(status): int(count) for status, count in rows}

    def taken(self) -> set[str]:
        """The ids of the deliveries that the queue has, or had, as jobs."""
        rows = self.queue_rows("workflow_uuid", "workflow_uuid LIKE 'gh:%'")
        return {str(row[0]).removeprefix("gh:").partition("~")[0] for row in rows}

    def queue_rows(self, columns: str, where: str) -> list[Any]:
        """Rows of the queue's own table; none where the database is not there."""
        if self.database_url:
            url = "postgresql+psycopg://" + self.database_url.split("://", 1)[1]
            table = "dbos.workflow_status"
        else:
            url, table = f"sqlite:///{self.data}/jobs.sqlite", "workflow_status"
        try:
            engine = sa.create_engine(url, poolclass=sa.NullPool)
            with engine.connect() as connection:
                query = sa.text(f"SELECT {columns} FROM {table} WHERE {where}")
                return list(connection.execute(query))
        except sa.exc.SQLAlchemyError:
            return []

    def settle(self, seconds: float = 120) -> None:
        """Wait until nothing waits and nothing runs; what the clock brings each second is left out."""
        busy = f"status IN {UNSETTLED} AND (workflow_uuid NOT LIKE 'tick:%' OR workflow_uuid LIKE '%/%')"

        def settled() -> bool:
            return bool(self.states()) and not self.queue_rows("workflow_uuid", busy)

        self.until(settled, "an empty queue", seconds)

    def until_put_off(self, job: str) -> None:
        """Wait until the job whose id begins so was tried and waits for its time."""
        tried = f"workflow_uuid LIKE '{job}%~%' AND status = 'DELAYED'"
        self.until(lambda: bool(self.queue_rows("status", tried)), f"{job} to be put off")

    def no_more_waiting(self) -> None:
        """Whatever waits for its time comes now, as if that time had passed (SQLite)."""
        with (
            contextlib.closing(sqlite3.connect(self.data / "twostep.sqlite", timeout=30)) as ours,
            ours,
        ):
            ours.execute("UPDATE twostep_pauses SET until = 0")
        with (
            contextlib.closing(sqlite3.connect(self.data / "jobs.sqlite", timeout=30)) as queue,
            queue,
        ):
            queue.execute(
                "UPDATE workflow_status SET delay_until_epoch_ms = 0 WHERE status = 'DELAYED'"
            )

    def watched(self) -> list[str]:
        """Whatever must never be: secrets in the log, traffic that GitHub does not know."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        problems = [
            "a secret is in the log"
            for secret in (*self.secrets, *self.github.granted)
            if secret in text
        ]
        if contracts.fetched():
            if not self.github.judged:
                problems.append("nothing was held against GitHub's description")
            problems += self.github.unlawful
        return problems


@contextlib.contextmanager
def started(directory: Path, **settings: Any) -> Iterator[Running]:
    """The service with *settings* until the tests that share it are done; nothing was seen then that must never be."""
    made = Running(directory, **settings)
    made.start()
    swept = "workflow_uuid LIKE 'tick:sweep:%' AND status = 'SUCCESS'"
    try:
        # The sweep at the start would find what the first test pushes, and tell of it unasked.
        made.until(lambda: bool(made.queue_rows("status", swept)), "the first sweep")
        yield made
    finally:
        made.stop()
    problems = made.watched()
    assert problems == [], problems
