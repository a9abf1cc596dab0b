"""
The durable queue: every accepted job is done, whatever dies in between. With ``keeper.py`` all that knows DBOS.

Three workflows. ``work`` does the short jobs, and turns a wish for a review
into a ``review``, which waits in the queue of its installation and then runs
``judge`` in the queue of its pull request, one at a time: so no installation
can crowd out the others, and no pull request is reviewed twice at once.

Each process has an id of its own, and a keeper that hands the jobs of dead
processes to living ones.
"""

from __future__ import annotations

import dataclasses
import functools
import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import structlog
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, EnqueueOptions
from dbos._dbos import _get_dbos_instance

from analyzers.frozen import dataclass
from bot.database import teach_subseconds, write_ahead
from bot.jobs.keeper import DEAD, TELLING, Keeper
from bot.jobs.model import (
    ButtonPressed,
    Chore,
    Closed,
    CommandSaid,
    Job,
    MergeGroupWanted,
    RepositoriesAdded,
    RepositoriesGone,
    RerunWanted,
    ReviewWanted,
    dump,
    installation_of,
    load,
)
from bot.jobs.steps import Steps, Turn, words
from bot.services import Services
from bot.settings import Settings

VERSION = "1"
"""Of the workflows' steps. Jobs of another version wait until a process of theirs comes."""

RECOVERIES = 5
"""How often a process may die while it judges before the review is put off."""

PATIENCE = 100
"""The same for all other jobs: they are short, and most deaths are not their doing."""

LAST_SECONDS = 2.0
"""For jobs to notice that this process has left them."""

WAITS = 50
"""How often a job may be put off for going too fast."""

Outcome = dict[str, Any]

P = ParamSpec("P")
R = TypeVar("R")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A job that failed for good."""

    id: str
    status: str
    kind: str
    delivery: str
    reason: str
    at: float
    """Seconds since the epoch."""


class Queue:
    """The queue of this process. There can be one at a time; ``stop`` ends it in good order."""

    def __init__(self, settings: Settings, services: Callable[[Queue], Services]) -> None:
        self.executor = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self.services = services(self)
        self._settings = settings
        self._ledger = self.services.ledger
        self._steps = Steps(self.services, self.stay)
        self._stopping = threading.Event()
        self._left = threading.Event()
        self._running: set[str] = set()
        """Workflows whose code runs in this process now."""
        self._waiting: set[str] = set()
        """Those of them that only wait for another one."""
        self._keeper = Keeper(self.executor, self.services, self._running, _put)

    # Life

    def start(self, *, works: bool = True) -> None:
        """Open the queue; without *works* jobs are only put into it."""
        # The library gives its logger a handler of its own unless it has one.
        logging.getLogger("dbos").addHandler(logging.NullHandler())
        DBOS(config=_config(self._settings, self.executor))
        self._define()
        if not works:
            DBOS.listen_queues([])
        self._ledger.beat(self.executor)  # before anything can be ours
        DBOS.launch()
        self._register()
        self._keeper.start()
        log.info("queue open", executor=self.executor, works=works)

    def _register(self) -> None:
        here, poll = self._settings.reviews_at_once, self._settings.poll_seconds

        def register(name: str, **limits: Any) -> None:
            DBOS.register_queue(
                name,
                polling_interval_sec=poll,
                on_conflict="always_update",
                **limits,
            )

        register("ingest", worker_concurrency=8)
        register("work", worker_concurrency=4, partition_concurrency=1)
        register(
            "reviews",
            worker_concurrency=here,
            global_concurrency=self._settings.reviews_everywhere,
            partition_concurrency=self._settings.reviews_per_installation,
        )
        register("pull-request", worker_concurrency=here, partition_concurrency=1)

    def stop(self) -> None:
        """
        Take no more, and let what runs end for ``stop_seconds``; the rest goes on elsewhere.

        What has not ended by then comes to nothing: the process is expected to end now.
        """
        end = time.monotonic() + self._settings.stop_seconds
        self._stopping.set()
        self._keeper.stop()
        # Private: the library takes no more only while it counts those that wait as busy.
        for each in _get_dbos_instance().background_thread_stop_events:
            each.set()
        for taking in threading.enumerate():
            if taking.name.startswith("queue-worker-"):  # it may be about to start a job
                taking.join(max(0.0, end - time.monotonic()))
        self._quiet(end)
        self._left.set()
        if left := self._under_way():
            log.info("jobs go on elsewhere, or at the next start", jobs=sorted(left))
        if self._quiet(time.monotonic() + LAST_SECONDS):
            DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=1)
        # Else all stands until the process ends: what comes to its end after all finds its database.
        # A busy machine may need what is left of the time.
        self.services.github.close(end - time.monotonic())
        try:
            self._ledger.leave(self.executor)
        except Exception as error:  # noqa: BLE001  the database may be away; the reaper will see
            log.warning("left without a word", reason=words(error))

    def _under_way(self) -> set[str]:
        """The jobs at which this process works, until what became of them is stored."""
        # Private: nobody else knows when that is.
        return {*_get_dbos_instance()._active_workflows_set.activeList()} - self._waiting

    def _quiet(self, end: float) -> bool:
        """Whether no job is under way any more, at *end* of the monotonic clock at the latest."""
        while self._under_way():
            if time.monotonic() > end:
                return False
            time.sleep(0.05)
        return True

    def stay(self) -> None:
        """
        Return, unless this process has left its jobs to others; then end the thread that asks.

        Nothing becomes of what it did: no result and no failure is stored, and the job is done again.
        """
        if self._left.is_set():
            raise SystemExit

    # Coming in

    def accept(self, delivery: str, job: Job) -> None:
        """
        Store *job* under its delivery's id: when this returns, it will be done.

        The same delivery again changes nothing, unless its work had failed for
        good: then it runs again.
        """
        _put(self._first_id(delivery), delivery, job)

    def delivered(self, delivery: str) -> bool:
        """Whether *delivery* has been taken, and its work has not failed."""
        return DBOS.get_workflow_status(self._first_id(delivery)) is not None

    def _first_id(self, delivery: str) -> str:
        failures = self._ledger.failures(delivery)
        return f"gh:{delivery}" + (f"+{failures}" if failures else "")

    # Looking in

    def trouble(self) -> str:
        """Why nothing can be stored at the moment, as far as it is known; empty as a rule."""
        return self._keeper.trouble

    def dead_letters(self, limit: int = 100) -> tuple[DeadLetter, ...]:
        """Jobs that failed for good, the newest first."""
        found = DBOS.list_workflows(
            status=list(DEAD), name=list(TELLING), sort_desc=True, limit=limit
        )
        return tuple(_dead_letter(each) for each in found)

    def revive(self, workflow_id: str) -> None:
        """Do the job of a dead letter again, from the beginning; it is a letter no more."""
        for each in DBOS.list_workflows(workflow_ids=[workflow_id], status=list(DEAD)):
            delivery, stored = _arguments(each)
            job = load(stored)
            if isinstance(job, ReviewWanted):
                job = dataclasses.replace(job, again=True)  # its failure stands on the check
            _put(f"revived:{uuid.uuid4().hex}", delivery, job)
            DBOS.delete_workflows([workflow_id])

    def _step(self, name: str, act: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
        """What *act* returns, stored: when the job is taken up again, it is not done again."""

        def acted() -> R:
            self.stay()
            outcome = act(*arguments, **named)
            self.stay()
            return outcome

        return DBOS.run_step({"name": name}, acted)

    # The workflows. The order of their steps is what is stored: see VERSION.

    def _define(self) -> None:
        steps = self._steps

        def held(body: Callable[P, R]) -> Callable[P, R]:
            @functools.wraps(body)
            def run(*arguments: P.args, **named: P.kwargs) -> R:
                this = str(DBOS.workflow_id)
                self._running.add(this)
                try:
                    outcome = body(*arguments, **named)
                except Exception:
                    self.stay()
                    raise
                finally:
                    self._running.discard(this)
                self.stay()
                return outcome

            return run

        @DBOS.workflow(name="work", max_recovery_attempts=PATIENCE)
        @held
        def work(delivery: str, stored: dict[str, Any], tries: int, waits: int) -> str:
            turn = Turn(delivery=delivery, job=load(stored), tries=tries)
            outcome = self._step("do", steps.do, turn)
            match outcome["state"]:
                case "wanted":
                    self._put_review(turn, outcome["wish"])
                case "later":
                    tries, waits = _again(outcome, tries, waits)
                    this = str(DBOS.workflow_id).split("~")[0]
                    delay = outcome["seconds"]
                    _put(f"{this}~{tries}.{waits}", delivery, turn.job, delay, tries, waits)
                case _:
                    self._end(outcome, delivery)
            return str(outcome["state"])

        @DBOS.workflow(name="review", max_recovery_attempts=PATIENCE)
        @held
        def review(delivery: str, stored: dict[str, Any], wish: int, tries: int, waits: int) -> str:
            turn = Turn(delivery=delivery, job=load(stored), tries=tries, wish=wish)
            outcome = self._step("due", steps.due, turn)
            if outcome["state"] == "due":
                options: EnqueueOptions = {
                    "workflow_name": "judge",
                    "queue_name": "pull-request",
                    "workflow_id": f"{DBOS.workflow_id}:judge",
                    "queue_partition_key": _serial_key(turn.job),
                }
                handle = DBOS.enqueue_workflow_with_options(options, delivery, stored, wish, tries)
                this = str(DBOS.workflow_id)
                self._waiting.add(this)
                try:
                    outcome = handle.get_result(polling_interval_sec=self._settings.poll_seconds)
                except Exception as error:  # noqa: BLE001  the library's word for "it killed us too often"
                    if self._stopping.is_set():
                        raise SystemExit from None  # it waits on, in another process
                    outcome = self._step("died", steps.died, turn, type(error).__name__)
                finally:
                    self._waiting.discard(this)
            if outcome["state"] == "later":
                tries, waits = _again(outcome, tries, waits)
                self._put_review(turn, wish, outcome["seconds"], tries, waits)
            else:
                self._end(outcome, delivery)
            return str(outcome.get("because", outcome["state"]))

        @DBOS.workflow(name="judge", max_recovery_attempts=RECOVERIES)
        @held
        def judge(delivery: str, stored: dict[str, Any], wish: int, tries: int) -> Outcome:
            turn = Turn(delivery=delivery, job=load(stored), tries=tries, wish=wish)
            judged: Outcome = self._step("judge", steps.judge, turn)
            if judged["state"] != "judged":
                return judged
            published: Outcome = self._step("publish", steps.publish, turn, judged)
            if published["state"] != "published":
                return published
            recorded: Outcome = self._step("record", steps.record, judged)
            return recorded

    def _put_review(
        self, turn: Turn, wish: int, delay: float | None = None, tries: int = 0, waits: int = 0
    ) -> None:
        name = f"rv:{_serial_key(turn.job)}:{wish or turn.delivery}"
        options: EnqueueOptions = {
            "workflow_name": "review",
            "queue_name": "reviews",
            "workflow_id": f"{name}~{tries}.{waits}" if tries or waits else name,
            "queue_partition_key": str(installation_of(turn.job)),
        }
        # Pushes that come in quick succession are reviewed once.
        delay = self._settings.debounce_seconds if delay is None else delay
        if delay > 0:
            options["delay_seconds"] = delay
        DBOS.enqueue_workflow_with_options(
            options, turn.delivery, dump(turn.job), wish, tries, waits
        )

    def _end(self, outcome: Outcome, delivery: str) -> None:
        """Put what follows into the queue; a failure is written down, and ends as a dead letter."""
        if outcome["state"] == "failed":
            reason = str(outcome["reason"])
            self._step("failed", self._ledger.failed, delivery, reason)
            raise RuntimeError(reason)
        for index, (stored, delay) in enumerate(outcome["follow"]):
            _put(f"{DBOS.workflow_id}/{index}", delivery, load(stored), delay)


def at_rest() -> bool:
    """Whether no job runs or waits, in any process. What follows a job is stored before that job ends."""
    busy = ["PENDING", "ENQUEUED", "DELAYED"]
    return not DBOS.list_workflows(status=busy, load_input=False, load_output=False, limit=1)


def _config(settings: Settings, executor: str) -> DBOSConfig:
    if settings.database.startswith("sqlite"):
        file = settings.data_dir / "jobs.sqlite"
        write_ahead(file)
        teach_subseconds()
        url = f"sqlite:///{file}"
    else:
        url = "postgresql://" + settings.database.split("://", 1)[1]
    return DBOSConfig(
        name="twostep",
        system_database_url=url,
        application_version=VERSION,
        executor_id=executor,
        log_level="WARNING",
        # Jobs are stored as JSON that anybody can read, not as pickles that run.
        serializer=DBOSPortableJSONSerializer(),
        enable_otlp=False,
    )


def _put(
    workflow_id: str, delivery: str, job: Job, delay: float = 0.0, tries: int = 0, waits: int = 0
) -> None:
    options: EnqueueOptions = {
        "workflow_name": "work",
        "queue_name": "ingest",
        "workflow_id": workflow_id,
    }
    if key := _work_key(job):
        options["queue_name"] = "work"
        options["queue_partition_key"] = key
    if delay > 0:
        options["delay_seconds"] = delay
    DBOS.enqueue_workflow_with_options(options, delivery, dump(job), tries, waits)


def _again(outcome: Outcome, tries: int, waits: int) -> tuple[int, int]:
    """The counts of the next turn. Waiting for a limit is no failure, but has an end as well."""
    if not outcome.get("limited"):
        return tries + 1, waits
    if waits >= WAITS:
        raise RuntimeError("put off too often by GitHub's limits")
    return tries, waits + 1


def _work_key(job: Job) -> str | None:
    """Jobs that ask GitHub run one at a time for each of these; None for those that do not."""
    match job:
        case CommandSaid() | Closed():
            return f"{job.repository.id}/{job.number}"
        case ButtonPressed() | RerunWanted():
            return f"{job.repository.id}"
        case RepositoriesAdded() | RepositoriesGone():
            return f"installation {job.installation}"
        case Chore():
            return job.name
        case _:
            return None


def _serial_key(job: Job) -> str:
    """What is reviewed one at a time."""
    match job:
        case ReviewWanted():
            return f"{job.repository.id}/{job.number}"
        case MergeGroupWanted(group=group):
            return f"{group.repository.id}/{group.head_sha}"
        case _:
            raise ValueError(f"{type(job).__name__} is no review")


def _dead_letter(status: Any) -> DeadLetter:
    delivery, stored = _arguments(status)
    return DeadLetter(
        id=status.workflow_id,
        status=status.status,
        kind=str(stored.get("kind", status.name)),
        delivery=delivery,
        reason=str(status.error or status.status)[:500],
        at=(status.updated_at or 0) / 1000,
    )


def _arguments(status: Any) -> tuple[str, dict[str, Any]]:
    """The delivery and the stored job of a workflow."""
    arguments = (status.input or {}).get("args", ()) if isinstance(status.input, dict) else ()
    stored = next((each for each in arguments if isinstance(each, dict)), {})
    return str(arguments[0]) if arguments else "", stored
