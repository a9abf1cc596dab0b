"""
What the workflows of the queue do, step by step; knows nothing of how they are kept.

Each step may run more than once, and returns plain JSON values: ``state`` says
how it goes on (``wanted``, ``due``, ``judged``, ``published``, ``done``,
``later`` or ``failed``).
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable, Iterable
from typing import Any

import sqlalchemy as sa
import structlog

from analyzers.frozen import dataclass
from bot.errors import (
    GitHubGone,
    GitHubRefused,
    NotGranted,
    RateLimited,
    Superseded,
    TwoStepError,
)
from bot.jobs import base_moved, merge_group, neighbours, prune, redeliver, run_command, sweep
from bot.jobs import review_pull_request as review
from bot.jobs.model import (
    BaseMoved,
    ButtonPressed,
    Chore,
    Closed,
    CommandSaid,
    Deployed,
    Job,
    MergeGroupGone,
    MergeGroupWanted,
    PullRequest,
    RepositoriesAdded,
    RepositoriesGone,
    RerunWanted,
    ReviewWanted,
    dump,
    installation_of,
)
from bot.services import Services

log = structlog.get_logger()

_ASK_GITHUB = (Closed, CommandSaid, ButtonPressed, RerunWanted, RepositoriesAdded)
"""Short jobs that ask something of GitHub for an installation."""

SURE = 2
"""How often something is asked for again that GitHub knows nothing of: a commit, a pull request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One turn of a job: where it comes from, and how often it has been put off before."""

    delivery: str
    job: Job
    tries: int
    """Failures so far."""
    wish: int = 0
    """Of a review of a pull request: the number in the ledger."""


class Steps:
    """The steps, on the services that they need; ``stay`` ends the thread once the process has left its jobs."""

    def __init__(self, services: Services, stay: Callable[[], None]) -> None:
        self._services = services
        self._stay = stay

    def do(self, turn: Turn) -> dict[str, Any]:
        """One job that is not a review."""
        if isinstance(turn.job, _ASK_GITHUB) and (later := self._put_off(turn.job)):
            return later
        return self._caught(turn, lambda: self._follow(turn.job))

    def _put_off(self, job: Job) -> dict[str, Any] | None:
        """How *job* waits where GitHub has said that nothing may be asked for its installation; None where it has not."""
        pause = self._services.ledger.paused(installation_of(job))
        if not pause:
            return None
        return {"state": "later", "seconds": pause + 1, "limited": True, "reason": "paused"}

    def _follow(self, job: Job) -> dict[str, Any]:
        services = self._services
        following: tuple[Job, ...] = ()
        match job:
            case ReviewWanted():
                wish = services.ledger.want(
                    job.repository, job.number, head_sha=job.head_sha or "", again=job.again
                )
                return {"state": "wanted", "wish": wish}
            case MergeGroupWanted():
                merge_group.remember(job, services)
                return {"state": "wanted", "wish": 0}
            case MergeGroupGone():
                merge_group.gone(job, services)
            case BaseMoved():
                following = base_moved.base_moved(job, services)
            case Closed():
                return _done(base_moved.closed(job, services))
            case Deployed():
                following = base_moved.deployed(job, services)
            case CommandSaid() | ButtonPressed():
                following = run_command.run_command(job, services)
            case RerunWanted():
                following = run_command.rerun(job, services)
            case RepositoriesAdded():
                following = sweep.repositories_added(job, services)
            case RepositoriesGone():
                following = sweep.repositories_gone(job, services)
            case Chore(name="redeliver"):
                redeliver.redeliver(services)
            case Chore(name="sweep"):
                following = sweep.sweep(services)
            case Chore(name="prune"):
                prune.prune(services)
            case Chore():
                raise ValueError(f"no such chore: {job.name}")
        return _done((each, 0.0) for each in following)

    def due(self, turn: Turn) -> dict[str, Any]:
        """Whether a review is due: not covered by another one, and its installation not paused."""
        job = turn.job
        if isinstance(job, ReviewWanted):
            standing = self._services.ledger.standing(job.repository.id, job.number)
            if standing is None or standing.judged >= turn.wish:
                return {"state": "done", "because": "covered by another review", "follow": []}
        return self._put_off(job) or {"state": "due"}

    def judge(self, turn: Turn) -> dict[str, Any]:
        """The verdict on what *turn* wants reviewed; its report is stored."""
        begun = time.monotonic()

        def judged() -> dict[str, Any]:
            match turn.job:
                case ReviewWanted() as job:
                    verdict = review.judge(job, turn.wish, self._services)
                case MergeGroupWanted(group=group):
                    verdict = review.judge_group(group, _group_attempt(turn), self._services)
                case _:
                    raise ValueError(f"{type(turn.job).__name__} is no review")
            if isinstance(verdict, review.Nothing):
                return {**_done(verdict.following), "because": verdict.because}
            self._services.metrics.review_seconds.observe(time.monotonic() - begun)
            return {"state": "judged", "verdict": review.dump(verdict)}

        return self._caught(turn, judged)

    def publish(self, turn: Turn, outcome: dict[str, Any]) -> dict[str, Any]:
        """Show the verdict that ``judge`` came to."""
        verdict = review.load(outcome["verdict"])

        def published() -> dict[str, Any]:
            review.publish(verdict, self._services)
            log.info("published", review=verdict.attempt, problem=verdict.problem or None)
            return {"state": "published"}

        return self._caught(turn, published)

    def record(self, outcome: dict[str, Any]) -> dict[str, Any]:
        """Write down that it is said; what follows from it."""
        return _done(review.record(review.load(outcome["verdict"]), self._services))

    def died(self, turn: Turn, reason: str) -> dict[str, Any]:
        """
        Again and again the process died while it judged this: put off, and given up in the end.

        It may have been another job's doing. So the time is left to chance:
        next time the two should not meet.
        """
        if turn.tries + 1 >= self._services.settings.attempts:
            return self.give_up(turn, reason)
        log.warning("died", tries=turn.tries + 1, reason=reason, **_context(turn))
        seconds = self._pause(turn) * random.uniform(0.5, 1.5)  # noqa: S311  no secret
        return {"state": "later", "seconds": seconds, "reason": reason}

    def give_up(self, turn: Turn, reason: str) -> dict[str, Any]:
        """The review could not be made, again and again: the check says so, and fails."""
        try:
            self._say_why(turn, f"The review could not be made: {reason}.")
        except Exception as error:  # noqa: BLE001  it is a dead letter in any case
            log.warning("could not say why", reason=words(error))
        return {"state": "failed", "reason": reason}

    def _say_why(self, turn: Turn, problem: str) -> None:
        """A check run that fails, with the reason; a comment where the App may make no check run."""
        try:
            self._fail(turn, problem)
        except NotGranted as error:
            if not isinstance(turn.job, ReviewWanted):
                raise
            job, said = turn.job, f"There is no check on this pull request. {error}."
            self._services.github.say(job.repository, job.number, "no-check", said)

    # What went wrong

    def _caught(self, turn: Turn, act: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """What *act* returns, or what its failure means for the job: later, done, or failed."""
        with structlog.contextvars.bound_contextvars(**_context(turn)):
            try:
                outcome = act()
            except Exception as error:  # noqa: BLE001  every failure ends in a verdict or a dead letter
                self._stay()
                outcome = self._outcome(turn, error)
        self._services.metrics.jobs.labels(type(turn.job).__name__, outcome["state"]).inc()
        return outcome

    def _outcome(self, turn: Turn, error: Exception) -> dict[str, Any]:
        job, services = turn.job, self._services
        match error:
            case RateLimited():
                seconds = max(1.0, error.until - time.time()) + 1
                services.ledger.pause(installation_of(job), seconds)
                services.metrics.rate_limited.inc()
                log.warning("rate limited", seconds=round(seconds), reason=words(error))
                return {"state": "later", "seconds": seconds, "limited": True, "reason": "limited"}
            case GitHubGone() if turn.tries < SURE and _told_of(job):
                # It has told us of what it says is not there: it will be, as a rule.
                log.info("not there yet", tries=turn.tries + 1, reason=words(error))
                return {"state": "later", "seconds": self._pause(turn), "reason": words(error)}
            case GitHubGone():
                log.info("gone", reason=words(error))
                told: tuple[Job, ...] = ()
                if isinstance(job, ReviewWanted):
                    told = neighbours.parted(job.repository, job.number, services)
                return {**_done((each, 0.0) for each in told), "because": "gone"}
            case Superseded():
                return {"state": "done", "because": "superseded", "follow": []}
            case _:
                pass
        final = isinstance(error, GitHubRefused) and not (error.status == 422 and turn.tries < SURE)
        last = final or turn.tries + 1 >= services.settings.attempts
        log.warning(
            "failed",
            tries=turn.tries + 1,
            last=last,
            reason=words(error),
            exc_info=not isinstance(error, TwoStepError),
        )
        if not last:
            return {"state": "later", "seconds": self._pause(turn), "reason": words(error)}
        if isinstance(job, Chore):
            return {**_done(()), "because": "left to the next round"}  # nobody need revive it
        if isinstance(job, ReviewWanted | MergeGroupWanted):
            ours = isinstance(error, TwoStepError)
            self.give_up(turn, str(error) if ours else "an error inside of the service")
        return {"state": "failed", "reason": words(error)}

    def _pause(self, turn: Turn) -> float:
        """Seconds before the next try."""
        return min(900.0, self._services.settings.retry_seconds * 3.0**turn.tries)

    def _fail(self, turn: Turn, problem: str) -> None:
        services = self._services
        match turn.job:
            case ReviewWanted() as job:
                pull = self._pull_request(job)
                if not pull.open:
                    return
                claim = services.ledger.claim(pull)
                verdict = review.Verdict(
                    subject=pull,
                    attempt=review.attempt_of(pull, claim.attempt),
                    report=None,
                    wish=turn.wish,
                    problem=problem,
                )
            case MergeGroupWanted(group=group):
                verdict = review.Verdict(
                    subject=group, attempt=_group_attempt(turn), report=None, problem=problem
                )
            case _:
                return
        review.publish(verdict, services)
        review.record(verdict, services)

    def _pull_request(self, job: ReviewWanted) -> PullRequest:
        """As GitHub says, or as far as the event told it where the App may not ask."""
        try:
            return self._services.github.pull_request(job.repository, job.number)
        except NotGranted:
            if job.head_sha is None:
                raise
        return PullRequest(
            repository=job.repository,
            number=job.number,
            head_sha=job.head_sha,
            head_ref="",
            base_ref=job.base_ref or "",
            base_sha="",
            author="",
        )


def _told_of(job: Job) -> bool:
    """Whether a delivery, or our own row, named what *job* is about, so that it must have been there."""
    return isinstance(job, ReviewWanted | CommandSaid | MergeGroupWanted)


def words(error: Exception) -> str:
    """An error for the log and the dead letters: our own in full, others by what they are, and what the system says."""
    name = type(error).__name__
    match error:
        case TwoStepError():
            return f"{name}: {error}"[:500]
        case sa.exc.OperationalError():
            # Never the statement: its values are what somebody wrote.
            return f"{name}: {_first_line(error.orig)}"
        case sqlite3.OperationalError():
            return f"{name}: {_first_line(error)}"
        case OSError(strerror=str(said)):
            return f"{name}: {said}"
        case _:
            return name


def _first_line(error: BaseException | None) -> str:
    return next(iter(str(error).strip().splitlines()), "")[:200]


def _group_attempt(turn: Turn) -> str:
    job = turn.job
    assert isinstance(job, MergeGroupWanted)
    return f"group.{turn.delivery[:13] if job.again else 1}.{job.group.head_sha[:12]}"


def _done(following: Iterable[tuple[Job, float]]) -> dict[str, Any]:
    return {"state": "done", "follow": [[dump(job), delay] for job, delay in following]}


def _context(turn: Turn) -> dict[str, Any]:
    """What the log's lines about a job have in common."""
    job = turn.job
    context: dict[str, Any] = {"delivery": turn.delivery, "job": type(job).__name__}
    match job:
        case ReviewWanted() | CommandSaid() | Closed():
            context |= {"repository": job.repository.full_name, "pull_request": job.number}
        case MergeGroupWanted(group=group):
            context |= {"repository": group.repository.full_name, "group": group.head_sha}
        case _:
            pass
    return context
