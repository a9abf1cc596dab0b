"""Open pull requests without our check, for whatever reason: nobody should wait for ever."""

from __future__ import annotations

import structlog

from bot.errors import GitHubGone, GitHubRefused
from bot.jobs.model import Job, RepositoriesAdded, RepositoriesGone, Repository, ReviewWanted
from bot.services import Services

PULL_REQUESTS = 300
"""Of one repository that are looked at in one sweep."""

OVERDUE_SECONDS = 900.0
"""A wish that nobody has answered for so long has been lost."""

log = structlog.get_logger()


def sweep(services: Services) -> tuple[Job, ...]:
    """A review for each open pull request whose head has no check run of ours."""
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
    """Those that neither our rows nor GitHub know a verdict for."""
    found: list[Job] = []
    try:
        pulls = services.github.open_pull_requests(repository)
        for pull in pulls[-PULL_REQUESTS:]:
            row = services.ledger.standing(repository.id, pull.number)
            if row is not None and row.judged_sha == pull.head_sha:
                continue
            # One that we had to leave, as gone or closed, and that is open now, is on no way.
            if row is not None and row.open and row.wanted > row.judged:
                continue  # on its way; if not, it is overdue soon
            if not services.github.judged(repository, pull.head_sha):
                found.append(ReviewWanted(repository=repository, number=pull.number, why="sweep"))
    except (GitHubGone, GitHubRefused) as error:
        log.info("repository left out", repository=repository.full_name, reason=str(error))
    return found
