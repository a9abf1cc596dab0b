"""After a push to a branch, a close or a deployment: who has to be judged again."""

from __future__ import annotations

from bot.jobs.model import BaseMoved, Closed, Deployed, Job, ReviewWanted
from bot.services import Services


def base_moved(job: BaseMoved, services: Services) -> tuple[Job, ...]:
    """
    The open pull requests into the branch that touch migrations, each once.

    The others' verdict does not depend on the base. GitHub is not asked: our
    own rows know who touches what, and the sweep finds whom they do not know.
    """
    return tuple(
        ReviewWanted(repository=job.repository, number=each.number, why="base moved")
        for each in services.ledger.touching(job.repository.id, job.ref)
    )


def closed(job: Closed, services: Services) -> tuple[Job, ...]:
    """Those that were told of a conflict with it; a merge is told to all by its push."""
    before = services.ledger.close(job.repository.id, job.number)
    if before is None:
        return ()
    return tuple(
        ReviewWanted(repository=job.repository, number=number, why="other pull request")
        for number in before.conflicts
    )


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
