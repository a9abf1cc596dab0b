"""
What jobs, commands and pages need from the outside, as types.

``bot/wiring.py`` builds them; nobody else does. A test builds its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

from analyzers.frozen import dataclass
from bot.git.mirror import Mirror, Mirrors
from bot.jobs.ledger import Ledger
from bot.jobs.model import (
    ButtonPressed,
    CommandSaid,
    Job,
    MergeGroup,
    PullRequest,
    Repository,
)
from bot.metrics import Metrics
from bot.settings import Settings

OPEN_PULL_REQUESTS = 1000
"""Of one repository that GitHub is asked for at the most, the newest ones: a hundred a request."""

Subject: TypeAlias = PullRequest | MergeGroup
"""What a check run stands on."""

Document: TypeAlias = Mapping[str, Any]
"""The review as JSON (version 1); its keys are typed in ``bot/render/document.py``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """A finding that somebody with write permission accepted for a pull request."""

    rule: str
    migration: str | None
    """None: every finding of the rule."""
    fingerprints: tuple[str, ...]
    """Those that stood there when it was said; later ones are not covered."""
    reason: str
    by: str
    at: str
    """ISO 8601, UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A stored review, behind the unguessable name ``key``."""

    key: str
    repository: Repository
    number: int | None
    """None for a merge group."""
    head_sha: str
    document: Document
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One of the App's deliveries, as GitHub remembers it."""

    id: int
    guid: str
    event: str
    status_code: int
    at: float
    """Seconds since the epoch."""
    redelivery: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """
    What a review came to, for the publisher.

    ``attempt`` names the check run (its ``external_id``): publishing the same
    attempt twice changes nothing, and another attempt makes another check run
    unless what is shown would be the same.
    """

    attempt: str
    document: Document | None
    """None where no verdict could be given."""
    report_url: str
    again: bool = False
    """Somebody asked for it: a new check run even where it would say the same."""
    problem: str = ""
    """Why there is no verdict, for a person."""
    problem_conclusion: str = "failure"
    """``failure``, ``timed_out`` or ``action_required``; never one that passes."""
    check: int | None = None
    """The check run that was begun: GitHub's lists may not show it yet."""
    elsewhere: tuple[str, ...] = ()
    """Other pull requests of the same commit that must not be merged, such as ``#1 into main``."""


class GitHub(Protocol):
    """
    GitHub, as jobs use it. Thread-safe; every call is bounded in time.

    Each raises the errors of ``bot/errors.py`` and no others:
    ``RateLimited``, ``GitHubUnavailable``, ``GitHubGone``, ``GitHubRefused``.
    """

    def close(self, seconds: float = 0.0) -> None:
        """Give back what was lent, for *seconds* or a few at least; nothing is asked after that. Raises nothing."""
        ...

    def token(self, repository: Repository) -> str:
        """A token for reading this one repository, good for some minutes at least."""
        ...

    def repository(self, repository: Repository) -> Repository:
        """The repository by its id, under the name that it has now."""
        ...

    def default_branch(self, repository: Repository) -> str: ...

    def tip(self, repository: Repository, branch: str) -> str | None:
        """The commit that *branch* is at; None where there is no such branch."""
        ...

    def pull_request(self, repository: Repository, number: int) -> PullRequest: ...

    def open_pull_requests(
        self, repository: Repository, base_ref: str | None = None
    ) -> tuple[PullRequest, ...]:
        """The open ones (into *base_ref*), oldest first; of more than ``OPEN_PULL_REQUESTS`` the newest."""
        ...

    def pull_requests_of(self, repository: Repository, sha: str) -> tuple[int, ...]:
        """The open pull requests whose head is *sha*; for forks, whose events name none."""
        ...

    def running(self, repository: Repository, environment: str) -> str | None:
        """The commit that was last deployed to *environment* with success; None where there is none."""
        ...

    def judged(self, repository: Repository, sha: str) -> bool:
        """Whether a completed check run of ours stands on *sha*."""
        ...

    def begin(self, subject: Subject, attempt: str) -> int:
        """Show a check run in progress for *attempt*, unless one is there already; its id."""
        ...

    def publish(self, subject: Subject, judgement: Judgement) -> None:
        """
        Make what is seen agree with *judgement*: check run, summary, inline comments.

        Running it twice, or again after a kill, is the same as running it once.
        For a merge group only the check run.
        """
        ...

    def withdraw(self, subject: Subject, attempt: str, check: int | None = None) -> None:
        """
        Complete what ``begin`` showed as cancelled: a newer head has taken its place.

        *check* is its id, for when GitHub's list does not show it yet.
        """
        ...

    def permission(self, repository: Repository, login: str) -> str:
        """What *login* may do as a collaborator: ``admin``, ``write``, ``read`` or ``none``."""
        ...

    def react(
        self, repository: Repository, comment: int, reaction: str, *, on_review: bool
    ) -> None:
        """Put a reaction (``eyes``, ``rocket``, ``confused``) on a comment; twice is once."""
        ...

    def reply(
        self, repository: Repository, number: int, comment: int, body: str, *, on_review: bool
    ) -> None:
        """
        Answer a comment where it was said: in its thread, or below the pull request.

        A comment that has an answer of ours gets no second one.
        """
        ...

    def say(self, repository: Repository, number: int, mark: str, body: str) -> None:
        """Say something below a pull request, once for each *mark* (letters, digits, dashes)."""
        ...

    def installations(self) -> tuple[int, ...]: ...

    def repositories(self, installation: int) -> tuple[Repository, ...]:
        """Those of *installation* that can be written to: not the archived ones."""
        ...

    def failed_deliveries(self, since: float) -> tuple[Delivery, ...]:
        """The App's deliveries since *since* that were not answered with 2xx, newest first."""
        ...

    def redeliver(self, delivery: Delivery) -> None: ...


class Store(Protocol):
    """Our own tables, as commands and pages use them (``bot/store.py``)."""

    def save_report(
        self,
        key: str,
        repository: Repository,
        *,
        number: int | None,
        head_sha: str,
        document: Document,
    ) -> None:
        """Keep *document* under *key*; saving it again replaces it."""
        ...

    def prune_reports(self, older_than_seconds: float) -> int: ...

    def forget_repositories(self, installation: int, ids: tuple[int, ...]) -> None: ...

    def prune_acceptances(self) -> None: ...

    def latest_report(self, repository_id: int, number: int, but: str = "") -> Report | None:
        """The newest report of a pull request; *but* is the key of one that does not count."""
        ...

    def report(self, key: str) -> Report | None: ...

    def acceptances(self, repository_id: int, number: int) -> tuple[Acceptance, ...]: ...

    def accept(self, repository_id: int, number: int, acceptance: Acceptance) -> None:
        """Remember it; the same rule and migration again replaces what was said before."""
        ...

    def unaccept(self, repository_id: int, number: int, rule: str) -> int:
        """Forget what was accepted of *rule*; how many there were."""
        ...

    def note(self, key: str) -> str | None:
        """A remembered small fact, such as "comment 17 was answered"; None where there is none."""
        ...

    def remember(self, key: str, value: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysed:
    """What an analysis found."""

    document: Document
    touches: bool
    """Whether the change touches migrations, or something is said of it: the base has a part in that."""


class Analyse(Protocol):
    """
    Judges commits that lie in a mirror, in a process of its own with bounds on time and memory.

    Raises:
        CannotJudge: the bounds were reached, the process died, or the
            repository's configuration cannot be used.
        Superseded: *stop* answered yes.
    """

    def __call__(
        self,
        mirror: Mirror,
        *,
        subject: Subject,
        base: str,
        head: str,
        others: Mapping[str, str],
        running: Callable[[str], tuple[str | None, str]],
        stop: Callable[[], bool],
    ) -> Analysed:
        """
        *others*: heads of other open pull requests by name (``#12``); all are commit ids.

        *running* tells which commit runs in the environment that the configuration
        names, or None and why nobody can say.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What a job is given."""

    settings: Settings
    github: GitHub
    store: Store
    ledger: Ledger
    mirrors: Mirrors
    analyse: Analyse
    report_url: Callable[[str], str]
    """The signed address of the report with this key."""
    answer: Callable[[CommandSaid | ButtonPressed, Services], Sequence[Job]]
    """Reaction, reply and permission for what somebody said; the jobs that follow from it."""
    metrics: Metrics
    delivered: Callable[[str], bool]
    """Whether the delivery with this id has been taken, and its work did not fail."""
