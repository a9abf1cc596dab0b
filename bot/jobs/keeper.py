"""
What keeps a queue alive: beats, takes over from the dead, winds the clock, and forgets what is old.

Open-source DBOS leaves all of it to its user. A thread in each process does it.
"""

from __future__ import annotations

import datetime
import os
import socket
import threading
import time
from collections.abc import Callable, Sequence, Set
from typing import Any

import structlog
from dbos import DBOS

from bot.jobs.model import Chore
from bot.jobs.steps import words
from bot.services import Services

QUEUES = ("ingest", "work", "reviews", "pull-request")

DEAD = ("ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")

TELLING = ("work", "review")
"""Workflows whose end tells how a job ended; what becomes of a ``judge`` is its review's business."""

MIRROR_UNUSED_SECONDS = 14 * 24 * 3600

CLOCKS_DIFFER = 60.0
"""Seconds by which the clocks of machines that share a database may differ."""

LONGEST_DELAY = 3700.0
"""Seconds: GitHub's limits begin anew each hour, and failures wait for less."""

log = structlog.get_logger()


class Keeper:
    """The thread of one process; *running* are the workflows whose code runs in it at the moment."""

    def __init__(
        self,
        executor: str,
        services: Services,
        running: Set[str],
        put: Callable[[str, str, Chore], None],
    ) -> None:
        self._executor = executor
        self._services = services
        self._settings = services.settings
        self._running = running
        self._put = put
        self._strays: dict[str, float] = {}
        """Workflows that should run here, and do not; since when."""
        self.trouble = ""
        """Why the last round could not be made; empty as a rule."""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self.run, name="keeper", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(timeout=5)

    def run(self) -> None:
        """Beat, take over from the dead, and wind the clock, until the end."""
        pruned = time.monotonic()
        while True:
            try:
                self._services.ledger.beat(self._executor)
                self._reap()
                self._hasten()
                self._tick()
                self._gauge()
                if time.monotonic() - pruned > self._settings.prune_every_seconds:
                    pruned = time.monotonic()
                    self._services.mirrors.leave(self._services.ledger.repositories)
                    self._services.mirrors.prune(MIRROR_UNUSED_SECONDS)
                    self._forget_jobs()
                self.trouble = ""
            except Exception as error:  # noqa: BLE001  the database may be away for a while
                self.trouble = words(error)
                log.warning("keeper stumbled", reason=self.trouble)
            if self._stopping.wait(self._settings.heartbeat_seconds):
                return

    def _reap(self) -> int:
        """Hand the jobs of processes that died to those that live; how many were handed over."""
        pending = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
        self._bring_back(pending)
        owners = {each.executor_id for each in pending if each.executor_id} - {self._executor}
        if not owners:
            return 0
        alive = self._services.ledger.alive(self._settings.dead_after_seconds)
        same_machine = self._settings.database.startswith("sqlite")
        dead = sorted(
            owner
            for owner in owners
            if owner not in alive or (same_machine and _surely_dead(owner))
        )
        if not dead:
            return 0
        taken = sum(each.executor_id in dead for each in pending)
        # Private, and on purpose: it keeps queue, partition and the count of
        # attempts, where the public way forgets the last and a job that kills
        # its process would do so for ever.
        DBOS._recover_pending_workflows(dead)
        self._services.metrics.taken_over.inc(taken)
        log.warning("took over", dead=dead, jobs=taken)
        return taken

    def _bring_back(self, pending: Sequence[Any]) -> None:
        """
        Put our own jobs into the queue again that no code of ours is running.

        When the database could not be written (its disk was full), the library
        lets go of a job and nobody else knows: it would be pending for ever.
        """
        now = time.monotonic()
        ours = {each.workflow_id: each for each in pending if each.executor_id == self._executor}
        strays = ours.keys() - self._running
        self._strays = {each: self._strays.get(each, now) for each in strays}
        lost = [
            each
            for each, since in sorted(self._strays.items())
            if now - since > self._settings.dead_after_seconds
        ]
        for each in lost:
            DBOS.resume_workflow(each, queue_name=ours[each].queue_name)
            del self._strays[each]
        if lost:
            self._services.metrics.taken_over.inc(len(lost))
            log.warning("brought back", jobs=len(lost))

    def _hasten(self) -> None:
        """
        Let no job wait longer than was meant, where a clock was wrong when it was put off.

        It seems to come from the future, or to wait for longer than anything
        does. Too early is harmless: what has to wait is put off again.
        """
        now = time.time()
        for each in DBOS.list_workflows(status="DELAYED", load_input=False, load_output=False):
            made, until = (each.created_at or 0) / 1000, (each.delay_until_epoch_ms or 0) / 1000
            if made > now + CLOCKS_DIFFER:
                DBOS.set_workflow_delay(each.workflow_id, delay_seconds=max(0.0, until - made))
            elif until > now + LONGEST_DELAY:
                DBOS.set_workflow_delay(each.workflow_id, delay_seconds=0)

    def _tick(self) -> None:
        """Put the chores into the queue, each once in its time whatever the number of processes."""
        settings, now = self._settings, self._services.ledger.clock()
        if not settings.configured:
            return
        for name, every in (
            ("redeliver", settings.redeliver_every_seconds),
            ("sweep", settings.sweep_every_seconds),
            ("prune", settings.prune_every_seconds),
        ):
            key = f"tick:{name}:{int(now // every)}"
            if DBOS.get_workflow_status(key) is None:
                self._put(key, key, Chore(name=name))

    def _gauge(self) -> None:
        metrics = self._services.metrics
        for queue, depth in _depths().items():
            metrics.queue_depth.labels(queue).set(depth)
        metrics.queue_age.set(_oldest_seconds())
        dead = DBOS.list_workflows(
            status=list(DEAD),
            name=list(TELLING),
            load_input=False,
            load_output=False,
            limit=1000,
        )
        metrics.dead_letters.set(len(dead))

    def _forget_jobs(self) -> None:
        """Delete finished jobs after their time; that also bounds how long replays are known."""
        kept = datetime.timedelta(days=self._settings.keep_jobs_days)
        until = (datetime.datetime.now(datetime.UTC) - kept).isoformat()
        while old := DBOS.list_workflows(
            status=["SUCCESS", "CANCELLED", *DEAD],
            end_time=until,
            load_input=False,
            load_output=False,
            limit=500,
        ):
            DBOS.delete_workflows([each.workflow_id for each in old])


def _depths() -> dict[str, int]:
    """How many jobs wait, by queue."""
    depths = dict.fromkeys(QUEUES, 0)
    for each in DBOS.list_workflows(
        status=["ENQUEUED", "DELAYED"], load_input=False, load_output=False, limit=10_000
    ):
        if each.queue_name in depths:
            depths[each.queue_name] += 1
    return depths


def _oldest_seconds() -> float:
    """How long a job has been waiting that could run; the longest of all."""
    oldest = DBOS.list_workflows(status="ENQUEUED", load_input=False, load_output=False, limit=100)
    now = time.time() * 1000
    since = [max(each.created_at or now, each.delay_until_epoch_ms or 0) for each in oldest]
    return max(0.0, (now - min(since)) / 1000) if since else 0.0


def _surely_dead(executor: str) -> bool:
    """Whether *executor* was a process of this machine, and is no more."""
    host, pid, _ = executor.rsplit("-", 2)
    if host != socket.gethostname():
        return False
    if int(pid) == os.getpid():
        return True  # our own number, of a life before: a container starts at 1 each time
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
