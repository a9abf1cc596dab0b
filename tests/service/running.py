"""Processes of the service: started, killed, started again; and what the queue holds."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa

from tests.service.world import SECRET, World, delivery

ROOT = Path(__file__).parents[2]

KEY = """-----BEGIN PRIVATE KEY-----
bm90IGEga2V5
-----END PRIVATE KEY-----"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Service:
    """Processes on one world and one database."""

    def __init__(self, world: World, database_url: str | None = None, **settings: Any) -> None:
        self.world = world
        self.data = world.directory / "data"
        self.data.mkdir(exist_ok=True)
        self.database_url = database_url
        self.port = free_port()
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.log = world.directory / "service.log"
        values = {
            "data_dir": self.data,
            "github_url": world.url,
            "database_url": database_url or "",
            "app_id": 7,
            "private_key": KEY,
            "webhook_secret": SECRET,
            "debounce_seconds": 0.2,
            "poll_seconds": 0.05,
            "heartbeat_seconds": 0.5,
            "dead_after_seconds": 3,
            "retry_seconds": 0.2,
            "redeliver_every_seconds": 3600,
            "sweep_every_seconds": 3600,
            "log_level": "INFO",
            **settings,
        }
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("TWOSTEP_")},
            "PYTHONPATH": str(ROOT),
            **{f"TWOSTEP_{name.upper()}": str(value) for name, value in values.items()},
        }
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=30)

    def start(self, name: str = "serve", what: str = "serve", delay: float = 0.0) -> None:
        """Start a process, and wait until it answers (a worker: until its queue is open)."""
        with self.log.open("ab") as log:
            before = self.log.stat().st_size
            process = self.processes[name] = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "tests.service.program",
                    what,
                    str(self.world.file),
                    str(self.port),
                    str(delay),
                ],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
            )

        def dead() -> bool:  # it may find a job that kills it, before it can say a word
            return process.poll() is not None

        if what == "work":
            self.until(
                lambda: b"queue open" in self.log.read_bytes()[before:] or dead(), "a worker"
            )
        else:
            self.until(lambda: self.alive() or dead(), "the service")

    def alive(self) -> bool:
        try:
            return self.client.get("/livez").status_code == 200
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

    def stop(self) -> None:
        """SIGTERM to all; each has to end."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes.clear()
        self.client.close()

    def deliver(self, event: str, payload: Mapping[str, Any], guid: str) -> int:
        body, headers = delivery(event, payload, guid)
        return self.client.post("/webhooks/github", content=body, headers=headers).status_code

    def deliver_until_taken(self, event: str, payload: Mapping[str, Any], guid: str) -> None:
        """What GitHub and the redelivery together do: again, until it is answered with 202."""
        for _ in range(200):
            try:
                if self.deliver(event, payload, guid) == 202:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        raise AssertionError(f"delivery {guid} was never taken")

    def jobs(self) -> dict[str, int]:
        """How many jobs are in which state, by the database of the queue."""
        if self.database_url:
            engine = sa.create_engine(
                "postgresql+psycopg://" + self.database_url.split("://", 1)[1],
                poolclass=sa.NullPool,
            )
            table = "dbos.workflow_status"
        else:
            engine = sa.create_engine(f"sqlite:///{self.data}/jobs.sqlite", poolclass=sa.NullPool)
            table = "workflow_status"
        with engine.connect() as connection:
            query = sa.text(f"SELECT status, count(*) FROM {table} GROUP BY status")
            return {str(status): int(count) for status, count in connection.execute(query)}

    def settle(self, seconds: float = 60) -> None:
        """Wait until nothing waits and nothing runs."""

        def settled() -> bool:
            return not {"PENDING", "ENQUEUED", "DELAYED"} & self.jobs().keys()

        self.until(settled, "an empty queue", seconds)

    def until(self, question: Callable[[], bool], what: str, seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while not question():
            if time.monotonic() > end:
                tail = self.log.read_text(errors="replace")[-6000:]
                raise AssertionError(f"waited in vain for {what}: {self.jobs_or_none()}\n{tail}")
            time.sleep(0.1)

    def jobs_or_none(self) -> dict[str, int] | None:
        try:
            return self.jobs()
        except sa.exc.SQLAlchemyError:
            return None
