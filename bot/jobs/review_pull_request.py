"""
The review of a pull request, in three steps that may each run twice: judge, publish, record.

The queue stores what a step returns before it starts the next one. A process
that is killed in between leaves a review that goes on elsewhere: what was
judged is not judged again, and what was published is found again by the number
of its attempt.
"""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable
from dataclasses import field
from typing import Any

from analyzers.frozen import dataclass
from bot.errors import (
    CannotJudge,
    GitHubError,
    GitHubGone,
    GitHubRefused,
    GitHubUnavailable,
    Superseded,
)
from bot.jobs import neighbours
from bot.jobs.accepted import with_acceptances
from bot.jobs.ledger import Standing
from bot.jobs.merge_group import pull_request_of
from bot.jobs.model import Job, MergeGroup, PullRequest, Repository, ReviewWanted
from bot.services import Analysed, Document, Judgement, Services, Subject

ONLY_THE_HEAD = ("opened", "synchronize", "sweep", "look again")
"""Reasons that say nothing new where the head has its verdict already."""

LOOK_AGAIN_SECONDS = 10.0
"""After which GitHub is asked again when it did not know yet of a push that it had told us."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What judging came to; stored between the steps, so small and plain."""

    subject: Subject
    attempt: str
    report: str | None
    """Key of the stored document; None where there is no verdict."""
    wish: int = 0
    again: bool = False
    base_sha: str = ""
    touches: bool = False
    conflicts: tuple[int, ...] = ()
    problem: str = ""
    conclusion: str = "failure"
    why: str = ""
    lagging: bool = False
    """GitHub did not show the head, or the base, that the event had named."""
    check: int | None = None
    """The check run that was begun."""
    others: dict[str, str] = field(default_factory=dict)
    """The heads that it was compared with, by ``#number``."""
    seen: dict[str, int] = field(default_factory=dict)
    """How far those were judged then, by ``#number``."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """There was nothing to judge, and this is why; *following* are the jobs after it."""

    because: str
    following: tuple[tuple[Job, float], ...] = ()


@dataclass(slots=True)
class Watch:
    """Answers "should this stop?" by asking *question*: at first, for a fetch may have taken long, then once a second."""

    question: Callable[[], bool]
    _asked: float = -math.inf

    def __call__(self) -> bool:
        if time.monotonic() - self._asked < 1:
            return False
        self._asked = time.monotonic()
        return self.question()


def judge(job: ReviewWanted, wish: int, services: Services) -> Verdict | Nothing:
    """
    Judge the head of a pull request as it is now, and store the report.

    Raises:
        GitHubError: GitHub could not be asked, or has not got what it speaks of.
    """
    ledger, github = services.ledger, services.github
    standing = ledger.standing(job.repository.id, job.number)
    if standing is None or standing.judged >= wish:
        return Nothing("covered by another review")
    # Read before GitHub is asked: every event up to here is in its answer.
    seen = standing.wanted
    pull = github.pull_request(job.repository, job.number)
    if not pull.open:
        if job.why == "reopened":
            raise GitHubGone("The pull request was opened again, and is closed.")
        if standing.claimed_sha:
            _withdraw_abandoned(pull, standing, services)
            ledger.let_go(job.repository.id, job.number)
        # The event of it comes later, or never: the others are told by whoever sees it first.
        told = neighbours.parted(job.repository, job.number, services)
        return Nothing("closed", tuple((each, 0.0) for each in told))
    if (
        job.why in ONLY_THE_HEAD
        and standing.open
        and not standing.again
        # A wish before this one may be about the base, or a neighbour: it is answered by a review alone.
        and standing.judged == wish - 1
        and (standing.judged_sha, standing.base_ref) == (pull.head_sha, pull.base_ref)
    ):
        ledger.answered(job.repository.id, job.number, wish=wish)
        again = look_again(pull) if _lagging(job, pull, standing) else ()
        return Nothing("judged already", again)
    if standing.claimed_sha not in ("", pull.head_sha):
        _withdraw_abandoned(pull, standing, services)
    claim = ledger.claim(pull)
    attempt = attempt_of(pull, claim.attempt)
    shown = claim.first_of_head or claim.again
    check = github.begin(pull, attempt) if shown else None
    verdict = Verdict(
        subject=pull,
        attempt=attempt,
        report=None,
        wish=seen,
        again=claim.again,
        why=job.why,
        lagging=_lagging(job, pull, standing),
        check=check,
    )

    try:
        analysed, base_sha, others, judged = _analyse(
            pull, services, Watch(_Newer(pull, standing, services))
        )
    except Superseded:
        if shown:
            github.withdraw(pull, attempt, check)
        ledger.let_go(pull.repository.id, pull.number)
        return Nothing("superseded", _of_the_same_commit(pull, services) if shown else ())
    except CannotJudge as error:
        return dataclasses.replace(verdict, problem=str(error), conclusion=error.conclusion)
    accepted = services.store.acceptances(pull.repository.id, pull.number)
    document = with_acceptances(analysed.document, accepted)
    report = _store(services, pull.repository, pull.number, pull.head_sha, attempt, document)
    return dataclasses.replace(
        verdict,
        report=report,
        base_sha=base_sha,
        touches=analysed.touches,
        conflicts=neighbours.conflicts_of(document),
        others=others,
        seen=judged,
    )


def judge_group(group: MergeGroup, attempt: str, services: Services) -> Verdict | Nothing:
    """Judge the commit of a merge group against its base, with all that is queued before it."""
    gone = f"merge group gone {group.repository.id} {group.head_sha}"
    if services.store.note(gone) is not None:
        return Nothing("destroyed")
    check = services.github.begin(group, attempt)
    verdict = Verdict(subject=group, attempt=attempt, report=None, check=check)
    try:
        with services.mirrors.open(group.repository) as mirror:
            tips = mirror.fetch({"base": group.base_sha, "head": group.head_sha})
            if tips["base"] is None or tips["head"] is None:
                raise GitHubUnavailable("The commits of the merge group are not there yet.")
            analysed = services.analyse(
                mirror,
                subject=group,
                base=group.base_sha,
                head=group.head_sha,
                others={},
                running=_Running(group.repository, services),
                stop=Watch(lambda: services.store.note(gone) is not None),
            )
    except Superseded:
        services.github.withdraw(group, attempt, check)
        return Nothing("destroyed")
    except CannotJudge as error:
        return dataclasses.replace(verdict, problem=str(error), conclusion=error.conclusion)
    # What was accepted on the pull request would send it out of the queue each time.
    number = pull_request_of(group)
    accepted = services.store.acceptances(group.repository.id, number) if number else ()
    document = with_acceptances(analysed.document, accepted)
    report = _store(services, group.repository, None, group.head_sha, attempt, document)
    return dataclasses.replace(verdict, report=report, touches=analysed.touches)


def publish(verdict: Verdict, services: Services) -> None:
    """Show *verdict* on GitHub. What it stands on may be gone by now: then there is nothing to do."""
    document = None
    if verdict.report is not None:
        stored = services.store.report(verdict.report)
        if stored is None:
            raise CannotJudge("The report was deleted before it could be published.")
        document = stored.document
    judgement = Judgement(
        attempt=verdict.attempt,
        document=document,
        report_url=services.report_url(verdict.report) if verdict.report else "",
        again=verdict.again,
        problem=verdict.problem,
        problem_conclusion=verdict.conclusion,
        check=verdict.check,
        elsewhere=neighbours.elsewhere(verdict.subject, services)
        if isinstance(verdict.subject, PullRequest)
        else (),
    )
    _let_it_be_seen(verdict.subject, services)
    try:
        services.github.publish(verdict.subject, judgement)
    except GitHubRefused:
        # A commit that was pushed away cannot have a check run any more.
        if isinstance(verdict.subject, PullRequest) and _still(verdict.subject, services):
            raise
    finally:
        services.store.remember(_note(verdict.subject), str(services.ledger.clock()))
    outcome = str(document["verdict"]) if document is not None else "none"
    services.metrics.reviews.labels(outcome).inc()


def record(verdict: Verdict, services: Services) -> tuple[tuple[Job, float], ...]:
    """Write down that it is said; the jobs that follow, each with its delay in seconds."""
    pull = verdict.subject
    if not isinstance(pull, PullRequest):
        return ()
    before = services.ledger.standing(pull.repository.id, pull.number)
    services.ledger.judged(
        pull,
        wish=verdict.wish,
        has_verdict=verdict.report is not None,
        base_sha=verdict.base_sha,
        touches=verdict.touches,
        conflicts=verdict.conflicts,
    )
    following: list[tuple[Job, float]] = []
    if verdict.lagging:
        following += look_again(pull)
    if verdict.touches and neighbours.unseen(pull, verdict.others, verdict.seen, services):
        another = ReviewWanted(repository=pull.repository, number=pull.number, why="another came")
        following.append((another, 0.0))
    # Both sides of a conflict are told. The answer to being told is not told back,
    # unless the same review met a push, or another base.
    judged = (before.judged_sha, before.judged_base) if before else ()
    if verdict.why != neighbours.WHY or judged != (pull.head_sha, verdict.base_sha):
        told = neighbours.to_tell(pull, verdict.report, verdict.conflicts, before, services)
        following += [(each, 0.0) for each in told]
    return tuple(following)


def _let_it_be_seen(subject: Subject, services: Services) -> None:
    """
    Wait until what was published there a moment ago is in GitHub's lists.

    They are a moment behind its writes, and what is not seen would be said twice.
    """
    before = services.store.note(_note(subject))
    if before is not None:
        since = services.ledger.clock() - float(before)
        left = services.settings.github_late_seconds - since
        # Where the database's clock was set back, that is no reason to wait for it.
        time.sleep(min(max(0.0, left), services.settings.github_late_seconds))


def _note(subject: Subject) -> str:
    """Under which the time of the last publication is remembered."""
    which = subject.number if isinstance(subject, PullRequest) else subject.head_sha
    return f"published {subject.repository.id} {which}"


def dump(verdict: Verdict) -> dict[str, Any]:
    """*verdict* as JSON values; ``load`` is the way back."""
    return {"subject_kind": type(verdict.subject).__name__, **dataclasses.asdict(verdict)}


def load(stored: dict[str, Any]) -> Verdict:
    """The verdict that was stored."""
    values = dict(stored)
    kind, subject = values.pop("subject_kind"), dict(values.pop("subject"))
    repository = Repository(**subject.pop("repository"))
    what: Subject
    if kind == "PullRequest":
        what = PullRequest(repository=repository, **subject)
    else:
        what = MergeGroup(repository=repository, **subject)
    values["conflicts"] = tuple(values["conflicts"])
    return Verdict(subject=what, **values)


def attempt_of(pull: PullRequest, number: int) -> str:
    """The name of an attempt: what its check run is found again by."""
    return f"{pull.number}.{number}.{pull.head_sha[:12]}"


def _lagging(job: ReviewWanted, pull: PullRequest, standing: Standing) -> bool:
    """Whether GitHub does not show yet what it told us of: a push, or another base."""
    if job.base_ref not in (None, pull.base_ref):
        return True
    return job.head_sha not in (None, pull.head_sha) and standing.wanted_sha == job.head_sha


def look_again(pull: PullRequest) -> tuple[tuple[Job, float], ...]:
    """What follows where GitHub lags behind its own events."""
    again = ReviewWanted(repository=pull.repository, number=pull.number, why="look again")
    return ((again, LOOK_AGAIN_SECONDS),)


class _Newer:
    """
    Whether the review of *pull* is not wanted any more.

    An event with another head may have been late: GitHub is asked which is the newest, once for each.
    """

    def __init__(self, pull: PullRequest, standing: Standing, services: Services) -> None:
        self._pull = pull
        self._seen = standing.wanted
        self._services = services
        self._known = {"", pull.head_sha, standing.wanted_sha}

    def __call__(self) -> bool:
        pull = self._pull
        now = self._services.ledger.standing(pull.repository.id, pull.number)
        if now is None or not now.open:
            return True
        if now.wanted <= self._seen or now.wanted_sha in self._known:
            return False
        self._known.add(now.wanted_sha)
        try:
            return not _still(pull, self._services)
        except GitHubError:
            return False  # judged to its end, and judged anew if need be


@dataclass(frozen=True, slots=True)
class _Running:
    """Answers which commit runs in an environment; None, and why, where GitHub cannot say."""

    repository: Repository
    services: Services

    def __call__(self, environment: str) -> tuple[str | None, str]:
        try:
            found = self.services.github.running(self.repository, environment)
        except GitHubRefused:
            return None, "the App may not read deployments; grant it 'Deployments: read'."
        return found, "" if found else "GitHub tells of no deployment there that succeeded."


def _withdraw_abandoned(pull: PullRequest, standing: Standing, services: Services) -> None:
    """Whoever judged it before died: that check run would be in progress for ever."""
    older = dataclasses.replace(pull, head_sha=standing.claimed_sha)
    try:
        services.github.withdraw(older, attempt_of(older, standing.claimed))
    except (GitHubGone, GitHubRefused):
        return  # the commit was pushed away


def _of_the_same_commit(pull: PullRequest, services: Services) -> tuple[tuple[Job, float], ...]:
    """Reviews of the other pull requests of its commit: the check run that was withdrawn is the newest there."""
    return tuple(
        (
            ReviewWanted(
                repository=pull.repository, number=each.number, why="withdrawn", again=True
            ),
            0.0,
        )
        for each in services.ledger.of_head(pull.repository.id, pull.head_sha)
        if each.number != pull.number
    )


def _analyse(
    pull: PullRequest, services: Services, stop: Callable[[], bool]
) -> tuple[Analysed, str, dict[str, str], dict[str, int]]:
    """What the analysis found, the base's commit, the others' commits, and how far these were judged."""
    beside = neighbours.beside(pull, services)
    wanted = {
        "base": f"refs/heads/{pull.base_ref}",
        "head": f"refs/pull/{pull.number}/head",
        **{f"#{each.number}": f"refs/pull/{each.number}/head" for each in beside},
    }
    with services.mirrors.open(pull.repository) as mirror:
        tips = mirror.fetch(wanted)
        base, head = tips.pop("base"), tips.pop("head")
        if base is None:
            raise CannotJudge(
                f"The base branch {pull.base_ref} is not there: it was renamed or deleted. "
                "Choose another base for the pull request.",
                "action_required",
            )
        if head != pull.head_sha:
            # The ref and the API are told at different times; the API names the check's commit.
            head = mirror.fetch({"head": pull.head_sha})["head"]
            if head is None:
                raise GitHubUnavailable(f"commit {pull.head_sha} is not there yet")
        others = {name: sha for name, sha in tips.items() if sha is not None}
        analysed = services.analyse(
            mirror,
            subject=pull,
            base=base,
            head=head,
            others=others,
            running=_Running(pull.repository, services),
            stop=stop,
        )
    return analysed, base, others, {f"#{each.number}": each.judged for each in beside}


def _store(
    services: Services,
    repository: Repository,
    number: int | None,
    head_sha: str,
    attempt: str,
    document: Document,
) -> str:
    key = f"{repository.id}-{attempt}"
    services.store.save_report(key, repository, number=number, head_sha=head_sha, document=document)
    return key


def _still(pull: PullRequest, services: Services) -> bool:
    """Whether *pull* is open, with the same head."""
    now = services.github.pull_request(pull.repository, pull.number)
    return now.open and now.head_sha == pull.head_sha
