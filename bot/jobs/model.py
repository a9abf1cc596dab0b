"""
What a delivery can ask for: a closed union of small, serialisable, versioned jobs.

Jobs are stored in the database of the queue: no token, no source text, and no
more of a comment than the commands in it need.
"""

from __future__ import annotations

import dataclasses
from typing import Any, TypeAlias

from analyzers.frozen import dataclass

VERSION = 1
"""Of the stored form. A job of another version is a dead letter, never a guess."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A repository as the installation sees it. ``id`` stays when the name changes."""

    id: int
    full_name: str
    installation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequest:
    """A pull request as GitHub says that it is now; the authority on its head."""

    repository: Repository
    number: int
    head_sha: str
    head_ref: str
    base_ref: str
    base_sha: str
    author: str
    title: str = ""
    head_repository: str | None = None
    """None when the fork is gone; the head is still at ``refs/pull/N/head``."""
    open: bool = True
    draft: bool = False
    merged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeGroup:
    """A commit of the merge queue, and what it is judged against."""

    repository: Repository
    head_sha: str
    head_ref: str
    base_sha: str
    base_ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewWanted:
    """Review the head of a pull request, whatever it is when the job runs."""

    repository: Repository
    number: int
    why: str
    """``opened``, ``synchronize``, ``base moved``, ``command``, ``rerequested``, ``sweep`` ..."""
    head_sha: str | None = None
    """The head that the event spoke of; a hint, never an authority."""
    base_ref: str | None = None
    """The base that the pull request was given, where the event is about that."""
    again: bool = False
    """Somebody asked for it: a new check run, even where this head is judged already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeGroupWanted:
    """Review the commit of a merge group."""

    group: MergeGroup
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeGroupGone:
    """A merge group was destroyed: what is queued for it need not run."""

    repository: Repository
    head_sha: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseMoved:
    """Something was pushed to a branch: open pull requests into it are judged again."""

    repository: Repository
    ref: str
    """The branch's name, without ``refs/heads/``."""
    before: str
    after: str
    configured: bool = False
    """Whether the configuration is among what was pushed, as far as the event tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandSaid:
    """A comment on a pull request has at least one command in it."""

    repository: Repository
    number: int
    comment: int
    """The comment's id; with ``on_review`` the name of its kind in the API."""
    on_review: bool
    """On a line of the diff (``pulls/comments``), not below it (``issues/comments``)."""
    author: str
    lines: tuple[str, ...]
    """The commands as they were said, one a line; nothing else of the comment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RerunWanted:
    """Somebody pressed "re-run" on a check run, or on all checks of a commit."""

    repository: Repository
    head_sha: str
    numbers: tuple[int, ...]
    """The pull requests that the event names; empty for forks: then they are found by commit."""
    sender: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonPressed:
    """Somebody pressed one of the buttons of a check run (``requested_action``)."""

    repository: Repository
    head_sha: str
    check_run: int
    identifier: str
    numbers: tuple[int, ...]
    sender: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A pull request was closed, merged or not: what it told others holds no more."""

    repository: Repository
    number: int
    base_ref: str
    merged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoriesAdded:
    """The App was installed on repositories: their open pull requests get their check."""

    installation: int
    repositories: tuple[Repository, ...]
    """Empty: all that the installation has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoriesGone:
    """The App was removed or suspended: mirrors and reports of these repositories go."""

    installation: int
    ids: tuple[int, ...]
    """Empty: all of the installation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """Something was deployed with success: splits that waited for it are judged again."""

    repository: Repository
    sha: str
    environment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chore:
    """What comes round by the clock, once for all processes together."""

    name: str
    """``redeliver``, ``sweep`` or ``prune``."""


Job: TypeAlias = (
    ReviewWanted
    | MergeGroupWanted
    | MergeGroupGone
    | BaseMoved
    | CommandSaid
    | RerunWanted
    | ButtonPressed
    | Closed
    | RepositoriesAdded
    | RepositoriesGone
    | Deployed
    | Chore
)

_KINDS: dict[str, type[Any]] = {
    kind.__name__: kind
    for kind in (
        ReviewWanted,
        MergeGroupWanted,
        MergeGroupGone,
        BaseMoved,
        CommandSaid,
        RerunWanted,
        ButtonPressed,
        Closed,
        RepositoriesAdded,
        RepositoriesGone,
        Deployed,
        Chore,
    )
}


def dump(job: Job) -> dict[str, Any]:
    """*job* as JSON values; ``load`` is the way back."""
    return {"version": VERSION, "kind": type(job).__name__, **dataclasses.asdict(job)}


def load(stored: dict[str, Any]) -> Job:
    """
    The job that was stored.

    Raises:
        ValueError: another version, or no job of ours.
    """
    values = dict(stored)
    version, kind = values.pop("version", None), values.pop("kind", None)
    if version != VERSION or kind not in _KINDS:
        raise ValueError(f"a stored job of version {version!r} and kind {kind!r} is not known")
    if "repository" in values:
        values["repository"] = Repository(**values["repository"])
    if "repositories" in values:
        values["repositories"] = tuple(Repository(**each) for each in values["repositories"])
    if "group" in values:
        group = dict(values["group"])
        group["repository"] = Repository(**group["repository"])
        values["group"] = MergeGroup(**group)
    for name in ("lines", "numbers", "ids"):
        if name in values:
            values[name] = tuple(values[name])
    job: Job = _KINDS[kind](**values)
    return job


def installation_of(job: Job) -> int:
    """Whose limits *job* counts against; 0 for what is nobody's."""
    match job:
        case RepositoriesAdded() | RepositoriesGone():
            return job.installation
        case Chore():
            return 0
        case MergeGroupWanted(group=group):
            return group.repository.installation
        case _:
            return job.repository.installation
