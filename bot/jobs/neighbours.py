"""Open pull requests that meet: what one side says is said on the other, and taken back there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.jobs.ledger import Standing
from bot.jobs.model import Job, PullRequest, Repository, ReviewWanted
from bot.services import Document, Report, Services

OTHERS = 50
"""Open pull requests into the same base that one is compared with, the newest ones."""

WHY = "other pull request"
"""Of the reviews that one pull request brings to another."""


def conflicts_of(document: Document) -> tuple[int, ...]:
    """The numbers of the open pull requests that *document* speaks of."""
    return tuple(sorted({number for number, _ in _said(document)}))


def beside(pull: PullRequest, services: Services) -> tuple[Standing, ...]:
    """The open pull requests that *pull* is compared with."""
    rows = services.ledger.touching(pull.repository.id, pull.base_ref)
    return tuple(each for each in rows if each.number != pull.number)[-OTHERS:]


def unseen(
    pull: PullRequest, others: Mapping[str, str], seen: Mapping[str, int], services: Services
) -> bool:
    """
    Whether one of those was judged while *pull* was, and the two have not seen each other.

    *others* are the commits that *pull* was compared with, *seen* how far each was judged then.
    """
    return any(
        each.judged > seen.get(f"#{each.number}", -1)
        and others.get(f"#{each.number}") != each.judged_sha
        for each in beside(pull, services)
    )


def parted(repository: Repository, number: int, services: Services) -> tuple[Job, ...]:
    """It is closed, or gone: those that were told of a conflict with it are judged again."""
    before = services.ledger.close(repository.id, number)
    told = {*(before.conflicts if before else ()), *_naming(repository.id, number, services)}
    last = services.store.latest_report(repository.id, number)
    return _reviews(repository, told | _freed(repository, number, last, services))


def to_tell(
    pull: PullRequest,
    report: str | None,
    conflicts: tuple[int, ...],
    before: Standing | None,
    services: Services,
) -> tuple[Job, ...]:
    """
    The reviews of those that have to say something else now that *pull* was judged.

    *report* is what it came to, with *conflicts*; *before* is the row as it was until then.
    """
    was = set(before.conflicts) if before else set()
    told = was ^ {*conflicts}
    # What stands on the other side counts: it may have been closed, or unread, meanwhile.
    naming = _naming(pull.repository.id, pull.number, services)
    told |= naming - {*conflicts}
    told |= {*conflicts} - naming
    then = services.store.latest_report(pull.repository.id, pull.number, but=report or "")
    now = services.store.report(report) if report else None
    told |= _otherwise(now, then, was & {*conflicts})
    if _fails(then, pull.head_sha) != _fails(now, pull.head_sha):
        told |= _sharing(pull.repository.id, pull.number, pull.head_sha, services)
    if then is not None and then.head_sha != pull.head_sha:
        told |= _freed(pull.repository, pull.number, then, services)
    return _reviews(pull.repository, told)


def elsewhere(pull: PullRequest, services: Services) -> tuple[str, ...]:
    """The other open pull requests of the same commit that must not be merged, for people."""
    found = []
    for each in services.ledger.of_head(pull.repository.id, pull.head_sha):
        if each.number != pull.number:
            last = services.store.latest_report(pull.repository.id, each.number)
            if _fails(last, pull.head_sha):
                found.append(f"#{each.number} into {each.base_ref}")
    return tuple(found)


def _fails(report: Report | None, head_sha: str) -> bool:
    """Whether *report* is of this commit, and says that it must not be merged."""
    return (
        report is not None and report.head_sha == head_sha and report.document["verdict"] == "fail"
    )


def _sharing(repository_id: int, number: int, head_sha: str, services: Services) -> set[int]:
    """The other open pull requests whose head is this commit: they have one check together."""
    rows = services.ledger.of_head(repository_id, head_sha)
    return {each.number for each in rows} - {number}


def _freed(
    repository: Repository, number: int, last: Report | None, services: Services
) -> set[int]:
    """Those whose check failed for this one's sake, now that it has left the commit of its *last* report."""
    if last is None or not _fails(last, last.head_sha):
        return set()
    return _sharing(repository.id, number, last.head_sha, services)


def _naming(repository_id: int, number: int, services: Services) -> set[int]:
    """The open pull requests that say that they conflict with this one."""
    rows = services.ledger.touching(repository_id, None)
    return {each.number for each in rows if number in each.conflicts}


def _otherwise(now: Report | None, then: Report | None, both: set[int]) -> set[int]:
    """Those of *both* of which the report *now* says something else than the one before it did."""
    if now is None or then is None:
        return both
    said, before = [*_said(now.document)], [*_said(then.document)]
    return {
        each
        for each in both
        if [s for n, s in said if n == each] != [s for n, s in before if n == each]
    }


def _said(document: Document) -> Iterator[tuple[int, dict[str, Any]]]:
    """What *document* says of other open pull requests, each with its number."""
    for finding in document.get("findings", ()):
        for related in finding.get("related", ()):
            side = str(related.get("side", ""))
            if side[:1] == "#" and side[1:].isdigit():
                shown = ("rule", "migration", "path", "line", "message")
                yield int(side[1:]), {"with": related} | {key: finding.get(key) for key in shown}


def _reviews(repository: Repository, numbers: set[int]) -> tuple[Job, ...]:
    return tuple(
        ReviewWanted(repository=repository, number=each, why=WHY) for each in sorted(numbers)
    )
