"""Pull requests that we know too little of, for whatever reason: nobody should wait for ever."""

from __future__ import annotations

import time
from collections.abc import Sequence

import structlog

from bot.errors import GitHubError, RateLimited
from bot.jobs.ledger import Standing
from bot.jobs.model import (
    Job,
    PullRequest,
    RepositoriesAdded,
    RepositoriesGone,
    Repository,
    ReviewWanted,
)
from bot.services import OPEN_PULL_REQUESTS, Services

PULL_REQUESTS = 300
"""Of one repository that are reviewed because of one sweep."""

OVERDUE_SECONDS = 900.0
"""A wish that nobody has answered for so long has been lost."""

log = structlog.get_logger()


def sweep(services: Services) -> tuple[Job, ...]:
    """
    A review for each pull request without a verdict, or of which we lost an event.

    What cannot be asked for now is left to the next round, and keeps nobody else from theirs.
    """
    wanted: list[Job] = [
        ReviewWanted(repository=each.repository, number=each.number, why="sweep")
        for each in services.ledger.overdue(OVERDUE_SECONDS)
    ]
    for installation in services.github.installations():
        if services.ledger.paused(installation):
            continue
        try:
            repositories = services.github.repositories(installation)
            found, _ = _of_repositories(repositories, services)
        except RateLimited as error:
            _pause(installation, error, services)
        except GitHubError as error:  # suspended, or no answer: the others still count
            log.info("installation left out", installation=installation, reason=str(error))
        else:
            wanted += found
    return tuple(dict.fromkeys(wanted))


def repositories_added(job: RepositoriesAdded, services: Services) -> tuple[Job, ...]:
    """
    The open pull requests of repositories that the App has just come to, or may do more in; a job for those that have to wait.

    What could not be judged may have been for a permission that is granted now.
    """
    repositories = job.repositories or services.github.repositories(job.installation)
    found, left = _of_repositories(repositories, services, anew=True)
    rest = RepositoriesAdded(installation=job.installation, repositories=left)
    return (*found, rest) if left else tuple(found)


def _of_repositories(
    repositories: Sequence[Repository], services: Services, *, anew: bool = False
) -> tuple[list[Job], tuple[Repository, ...]]:
    """What is wanted of *repositories*, and those that were not asked for because of GitHub's limits."""
    found: list[Job] = []
    for index, repository in enumerate(repositories):
        try:
            found += _unjudged(repository, services, anew=anew)
        except RateLimited as error:
            _pause(repository.installation, error, services)
            return found, tuple(repositories[index:])
        except GitHubError as error:
            log.info("repository left out", repository=repository.full_name, reason=str(error))
    return found, ()


def _pause(installation: int, error: RateLimited, services: Services) -> None:
    services.ledger.pause(installation, max(1.0, error.until - time.time()) + 1)
    services.metrics.rate_limited.inc()
    log.warning("rate limited", installation=installation, reason=str(error))


def repositories_gone(job: RepositoriesGone, services: Services) -> tuple[Job, ...]:
    """Forget all that was kept of repositories that the App may not see any more."""
    services.store.forget_repositories(job.installation, job.ids)
    for repository_id in services.ledger.forget_repositories(job.installation, job.ids):
        services.mirrors.forget(repository_id)
    return ()


def _unjudged(repository: Repository, services: Services, *, anew: bool = False) -> list[Job]:
    """
    Those that our rows know no verdict for, or another state than GitHub: its event was lost.

    *anew*: those as well of which it is said that they could not be judged.
    """
    found: dict[int, str] = {}
    # Read before GitHub is asked: what comes meanwhile is not in its list.
    known = services.ledger.touching(repository.id, None)
    pulls = services.github.open_pull_requests(repository)
    for pull in pulls:
        row = services.ledger.standing(repository.id, pull.number)
        if row is None or _adrift(row, pull, services, anew=anew):
            found[pull.number] = "sweep"
    for each in _left_behind(known, repository, services):
        found.setdefault(each, "base moved")
    listed = {pull.number for pull in pulls}
    if len(pulls) < OPEN_PULL_REQUESTS:
        # All are there: one that is not is closed.
        found |= {each.number: "sweep" for each in known if each.number not in listed}
    # The newest first; the others' turn comes when these have their verdicts.
    newest = sorted(found, reverse=True)[:PULL_REQUESTS]
    return [
        ReviewWanted(repository=repository, number=number, why=found[number]) for number in newest
    ]


def _left_behind(
    known: tuple[Standing, ...], repository: Repository, services: Services
) -> list[int]:
    """Those of *known* whose base has moved since they were judged, and nobody told us."""
    resting = [each for each in known if each.judged_base and each.wanted <= each.judged]
    bases = sorted({each.base_ref for each in resting})
    tips = {base: services.github.tip(repository, base) for base in bases}
    return [each.number for each in resting if tips[each.base_ref] not in (None, each.judged_base)]


def _adrift(row: Standing, pull: PullRequest, services: Services, *, anew: bool) -> bool:
    """Whether no review is on its way to *pull*, and the last one was of something else."""
    if row.open and row.wanted > row.judged:
        return False  # if it is not on its way, it is overdue soon
    if row.judged_sha or not row.open:
        seen = (row.open, row.judged_sha, row.base_ref)
        return seen != (True, pull.head_sha, pull.base_ref)
    # It could not be judged. Where that is said, it is not tried at each round.
    return anew or not services.github.judged(pull.repository, pull.head_sha)
