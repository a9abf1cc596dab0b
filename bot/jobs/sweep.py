"""Pull requests that we know too little of, for whatever reason: nobody should wait for ever."""

from __future__ import annotations

import structlog

from bot.errors import GitHubGone, GitHubRefused
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
"""Of one repository that are looked at in one sweep."""

OVERDUE_SECONDS = 900.0
"""A wish that nobody has answered for so long has been lost."""

log = structlog.get_logger()


def sweep(services: Services) -> tuple[Job, ...]:
    """A review for each pull request without a verdict, or of which we lost an event."""
    wanted: list[Job] = [
        ReviewWanted(repository=each.repository, number=each.number, why="sweep")
        for each in services.ledger.overdue(OVERDUE_SECONDS)
    ]
    for installation in services.github.installations():
        try:
            repositories = services.github.repositories(installation)
        except (GitHubGone, GitHubRefused) as error:  # suspended: the others still count
            log.info("installation left out", installation=installation, reason=str(error))
            continue
        for repository in repositories:
            wanted += _unjudged(repository, services)
    return tuple(dict.fromkeys(wanted))


def repositories_added(job: RepositoriesAdded, services: Services) -> tuple[Job, ...]:
    """The open pull requests of repositories that the App has just come to."""
    repositories = job.repositories or services.github.repositories(job.installation)
    return tuple(each for repository in repositories for each in _unjudged(repository, services))


def repositories_gone(job: RepositoriesGone, services: Services) -> tuple[Job, ...]:
    """Forget all that was kept of repositories that the App may not see any more."""
    services.store.forget_repositories(job.installation, job.ids)
    for repository_id in services.ledger.forget_repositories(job.installation, job.ids):
        services.mirrors.forget(repository_id)
    return ()


def _unjudged(repository: Repository, services: Services) -> list[Job]:
    """Those that our rows know no verdict for, or another state than GitHub: its event was lost."""
    found: dict[int, str] = {}
    # Read before GitHub is asked: what comes meanwhile is not in its list.
    known = services.ledger.touching(repository.id, None)
    try:
        pulls = services.github.open_pull_requests(repository)
        for pull in pulls[-PULL_REQUESTS:]:
            row = services.ledger.standing(repository.id, pull.number)
            if row is None or _adrift(row, pull, services):
                found[pull.number] = "sweep"
        for each in _left_behind(known, repository, services):
            found.setdefault(each, "base moved")
    except (GitHubGone, GitHubRefused) as error:
        log.info("repository left out", repository=repository.full_name, reason=str(error))
    else:
        listed = {pull.number for pull in pulls}
        if len(pulls) < OPEN_PULL_REQUESTS:
            # All are there: one that is not is closed.
            found |= {each.number: "sweep" for each in known if each.number not in listed}
    return [
        ReviewWanted(repository=repository, number=number, why=why) for number, why in found.items()
    ]


def _left_behind(
    known: tuple[Standing, ...], repository: Repository, services: Services
) -> list[int]:
    """Those of *known* whose base has moved since they were judged, and nobody told us."""
    resting = [each for each in known if each.judged_base and each.wanted <= each.judged]
    bases = sorted({each.base_ref for each in resting})
    tips = {base: services.github.tip(repository, base) for base in bases}
    return [each.number for each in resting if tips[each.base_ref] not in (None, each.judged_base)]


def _adrift(row: Standing, pull: PullRequest, services: Services) -> bool:
    """Whether no review is on its way to *pull*, and the last one was of something else."""
    if row.open and row.wanted > row.judged:
        return False  # if it is not on its way, it is overdue soon
    if row.judged_sha or not row.open:
        seen = (row.open, row.judged_sha, row.base_ref)
        return seen != (True, pull.head_sha, pull.base_ref)
    # It could not be judged. Where that is said, it is not tried at each round.
    return not services.github.judged(pull.repository, pull.head_sha)
