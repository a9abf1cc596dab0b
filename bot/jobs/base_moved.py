"""After a push to a branch, a close or a deployment: who has to be judged again."""

from __future__ import annotations

from bot.errors import GitHubGone, GitHubRefused
from bot.jobs.model import BaseMoved, Closed, Deployed, Job, ReviewWanted
from bot.jobs.neighbours import parted
from bot.jobs.review_pull_request import look_again
from bot.services import Services


def base_moved(job: BaseMoved, services: Services) -> tuple[Job, ...]:
    """
    The open pull requests into the branch that touch migrations, or could not be judged, each once.

    The others' verdict does not depend on the base, unless its configuration is
    another one by now: then something may count that did not. GitHub is not asked:
    our own rows know who touches what, and the sweep finds whom they do not know.
    """
    ledger, repository = services.ledger, job.repository
    rows = (
        ledger.open_into(repository.id, job.ref)
        if job.configured
        else ledger.concerned(repository.id, job.ref)
    )
    return tuple(
        ReviewWanted(repository=repository, number=each.number, why="base moved") for each in rows
    )


def closed(job: Closed, services: Services) -> tuple[tuple[Job, float], ...]:
    """
    Those that were told of a conflict with it, each with its delay; a merge is told to all by its push.

    Where GitHub says that it is open, the event is older than a reopening, or
    GitHub is a moment behind its own event: a later look tells which.
    """
    try:
        pull = services.github.pull_request(job.repository, job.number)
    except (GitHubGone, GitHubRefused):
        pull = None
    if pull is not None and pull.open:
        return look_again(pull)
    return tuple((each, 0.0) for each in parted(job.repository, job.number, services))


def deployed(job: Deployed, services: Services) -> tuple[Job, ...]:
    """Those whose last review says that they wait for a deployment."""
    waiting: list[Job] = []
    for each in services.ledger.touching(job.repository.id, None):
        report = services.store.latest_report(job.repository.id, each.number)
        findings = report.document.get("findings", ()) if report else ()
        if any(finding.get("rule") == "split-not-finished" for finding in findings):
            waiting.append(
                ReviewWanted(repository=job.repository, number=each.number, why="deployed")
            )
    return tuple(waiting)
