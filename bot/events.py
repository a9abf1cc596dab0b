"""
The job that a delivery asks for: (event name, payload) -> Job or nothing.

The header says what a payload is; the models below read only what is used, and
let everything else be, since GitHub adds keys, actions and events unannounced.
A payload that does not have what its event promises asks for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from analyzers.config_text import PATHS, SIZES
from bot.jobs.model import (
    BaseMoved,
    ButtonPressed,
    Closed,
    CommandSaid,
    Deployed,
    Job,
    MergeGroup,
    MergeGroupGone,
    MergeGroupWanted,
    RepositoriesAdded,
    RepositoriesGone,
    Repository,
    RerunWanted,
    ReviewWanted,
)

REVIEWED = ("opened", "synchronize", "reopened", "ready_for_review", "converted_to_draft")
"""Actions of ``pull_request`` after which the head has to be judged; drafts are judged as well."""

COMMAND_LINES = 10
"""Commands of one comment that are looked at."""

COMMAND_CHARACTERS = 1000

_COMMAND = re.compile(r"/two-?step(?:\s|$)", re.IGNORECASE)
_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})")
"""What opens or closes a block of code; with more backticks in its line it is code within the line."""

_HIDING = re.compile(r" {0,3}<!--")

Sha = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}(?:[0-9a-f]{24})?$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=1024)]
FullName = Annotated[str, StringConstraints(pattern=r"^[\w.-]{1,100}/[\w.-]{1,100}$")]


class _Payload(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Repository(_Payload):
    id: int
    full_name: FullName


class _Account(_Payload):
    login: Name
    type: str = "User"


class _Installation(_Payload):
    id: int


class _Event(_Payload):
    """What all deliveries of a repository have in common."""

    action: str = ""
    repository: _Repository
    installation: _Installation

    def where(self) -> Repository:
        return Repository(
            id=self.repository.id,
            full_name=self.repository.full_name,
            installation=self.installation.id,
        )


class _Commit(_Payload):
    sha: Sha
    ref: Name


class _PullRequest(_Payload):
    number: int
    head: _Commit
    base: _Commit
    merged: bool = False


class _Was(_Payload):
    base: dict[str, object] | None = None


class _PullRequestEvent(_Event):
    pull_request: _PullRequest
    changes: _Was = _Was()


class _Pushed(_Payload):
    added: tuple[str, ...] = ()
    modified: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def changes(self, paths: Collection[str]) -> bool:
        return any(path in paths for path in (*self.added, *self.modified, *self.removed))


class _Push(_Event):
    ref: Name
    before: Sha
    after: Sha
    deleted: bool = False
    commits: tuple[_Pushed, ...] = ()


class _Group(_Payload):
    head_sha: Sha
    head_ref: Name
    base_sha: Sha
    base_ref: Name


class _MergeGroupEvent(_Event):
    merge_group: _Group
    reason: str = ""


class _Numbered(_Payload):
    number: int
    base: dict[str, object] | None = None


class _App(_Payload):
    id: int | None = None


class _CheckRun(_Payload):
    id: int
    head_sha: Sha
    pull_requests: tuple[_Numbered, ...] = ()
    app: _App | None = None


class _Action(_Payload):
    identifier: Annotated[str, StringConstraints(max_length=20)]


class _CheckRunEvent(_Event):
    check_run: _CheckRun
    requested_action: _Action | None = None
    sender: _Account


class _CheckSuite(_Payload):
    head_sha: Sha
    pull_requests: tuple[_Numbered, ...] = ()
    app: _App | None = None


class _CheckSuiteEvent(_Event):
    check_suite: _CheckSuite
    sender: _Account


class _Comment(_Payload):
    id: int
    body: str | None = ""
    user: _Account | None = None
    performed_via_github_app: dict[str, object] | None = None


class _Issue(_Payload):
    number: int
    pull_request: dict[str, object] | None = None


class _IssueCommentEvent(_Event):
    comment: _Comment
    issue: _Issue


class _ReviewCommentEvent(_Event):
    comment: _Comment
    pull_request: _Numbered


class _InstallationEvent(_Payload):
    action: str = ""
    installation: _Installation
    repositories: tuple[_Repository, ...] = ()
    repositories_added: tuple[_Repository, ...] = ()
    repositories_removed: tuple[_Repository, ...] = Field(default=())


class _Deployment(_Payload):
    sha: Sha
    environment: str = ""


class _DeploymentState(_Payload):
    state: str


class _DeploymentStatusEvent(_Event):
    deployment: _Deployment
    deployment_status: _DeploymentState


def to_job(event: str, payload: object, *, app_id: int | None = None) -> Job | None:
    """
    The job that a delivery asks for; None for what is not answered.

    *payload* is the decoded JSON. With *app_id*, buttons and re-runs of other
    Apps' checks are not ours.

    Raises:
        UnreadableEventError: the event is one of ours, but its payload is not.
    """
    try:
        return _to_job(event, payload, app_id)
    except ValidationError as error:
        where = sorted({".".join(map(str, e["loc"])) for e in error.errors()})[:5]
        raise UnreadableEventError(f"{event}: {', '.join(where)}") from None


class UnreadableEventError(ValueError):
    """A payload lacks what its event promises; the text names keys, never values."""


def _to_job(event: str, payload: object, app_id: int | None) -> Job | None:
    match event:
        case "pull_request":
            return _pull_request(_PullRequestEvent.model_validate(payload))
        case "push":
            push = _Push.model_validate(payload)
            if push.deleted or not push.ref.startswith("refs/heads/"):
                return None
            branch = push.ref.removeprefix("refs/heads/")
            if branch.startswith("gh-readonly-queue/"):
                return None  # merge groups have an event of their own
            return BaseMoved(
                repository=push.where(),
                ref=branch,
                before=push.before,
                after=push.after,
                configured=any(each.changes((*PATHS, SIZES)) for each in push.commits),
            )
        case "merge_group":
            return _merge_group(_MergeGroupEvent.model_validate(payload))
        case "check_run":
            return _check_run(_CheckRunEvent.model_validate(payload), app_id)
        case "check_suite":
            suite = _CheckSuiteEvent.model_validate(payload)
            if suite.action != "rerequested" or _foreign(suite.check_suite.app, app_id):
                return None
            return RerunWanted(
                repository=suite.where(),
                head_sha=suite.check_suite.head_sha,
                numbers=_numbers(suite, suite.check_suite.pull_requests),
                sender=suite.sender.login,
            )
        case "issue_comment":
            below = _IssueCommentEvent.model_validate(payload)
            if below.issue.pull_request is None:
                return None
            return _command(below, below.comment, below.issue.number, on_review=False)
        case "pull_request_review_comment":
            beside = _ReviewCommentEvent.model_validate(payload)
            return _command(beside, beside.comment, beside.pull_request.number, on_review=True)
        case "installation" | "installation_repositories":
            return _installation(_InstallationEvent.model_validate(payload))
        case "deployment_status":
            status = _DeploymentStatusEvent.model_validate(payload)
            if status.deployment_status.state != "success":
                return None
            return Deployed(
                repository=status.where(),
                sha=status.deployment.sha,
                environment=status.deployment.environment,
            )
        case _:
            return None


def _pull_request(event: _PullRequestEvent) -> Job | None:
    pull = event.pull_request
    if event.action == "closed":
        return Closed(
            repository=event.where(),
            number=pull.number,
            base_ref=pull.base.ref,
            merged=pull.merged,
        )
    other_base = event.action == "edited" and event.changes.base is not None
    if event.action not in REVIEWED and not other_base:
        return None
    return ReviewWanted(
        repository=event.where(),
        number=pull.number,
        head_sha=pull.head.sha,
        base_ref=pull.base.ref if other_base else None,
        why="other base" if other_base else event.action,
    )


def _merge_group(event: _MergeGroupEvent) -> Job | None:
    group = event.merge_group
    match event.action:
        case "checks_requested":
            return MergeGroupWanted(
                group=MergeGroup(
                    repository=event.where(),
                    head_sha=group.head_sha,
                    head_ref=group.head_ref.removeprefix("refs/heads/"),
                    base_sha=group.base_sha,
                    base_ref=group.base_ref.removeprefix("refs/heads/"),
                )
            )
        case "destroyed":
            return MergeGroupGone(
                repository=event.where(), head_sha=group.head_sha, reason=event.reason
            )
        case _:
            return None


def _check_run(event: _CheckRunEvent, app_id: int | None) -> Job | None:
    run = event.check_run
    if _foreign(run.app, app_id):
        return None
    if event.action == "rerequested":
        return RerunWanted(
            repository=event.where(),
            head_sha=run.head_sha,
            numbers=_numbers(event, run.pull_requests),
            sender=event.sender.login,
        )
    if event.action == "requested_action" and event.requested_action is not None:
        return ButtonPressed(
            repository=event.where(),
            head_sha=run.head_sha,
            check_run=run.id,
            identifier=event.requested_action.identifier,
            numbers=_numbers(event, run.pull_requests),
            sender=event.sender.login,
        )
    return None


def _command(event: _Event, comment: _Comment, number: int, *, on_review: bool) -> Job | None:
    """Only what a person has just written; an edit of a comment does not run it again."""
    if event.action != "created" or comment.user is None or comment.user.type == "Bot":
        return None
    if comment.performed_via_github_app is not None:
        return None
    lines = command_lines(comment.body or "")
    if not lines:
        return None
    return CommandSaid(
        repository=event.where(),
        number=number,
        comment=comment.id,
        on_review=on_review,
        author=comment.user.login,
        lines=lines,
    )


def command_lines(body: str) -> tuple[str, ...]:
    """
    The lines of a comment that are commands: at a line's start, outside of
    code blocks (fenced, or indented, which a line's start excludes) and quotes,
    and of what HTML's comments hide: nobody sees that it was said.
    """
    found: list[str] = []
    fence, hidden = "", False
    for line in body.splitlines():
        mark = _FENCE.match(line)
        if hidden or (not fence and _HIDING.match(line)):
            hidden = "-->" not in line
        elif fence:
            closing = line.strip()
            if mark and closing == closing[0] * len(closing) and closing.startswith(fence):
                fence = ""
        elif mark:
            fence = mark[1]
        elif _COMMAND.match(line):
            found.append(line.strip()[:COMMAND_CHARACTERS])
    return tuple(found[:COMMAND_LINES])


def _installation(event: _InstallationEvent) -> Job | None:
    def named(repositories: tuple[_Repository, ...]) -> tuple[Repository, ...]:
        return tuple(
            Repository(id=each.id, full_name=each.full_name, installation=event.installation.id)
            for each in repositories
        )

    match event.action:
        case "created" | "unsuspend" | "new_permissions_accepted":
            return RepositoriesAdded(
                installation=event.installation.id, repositories=named(event.repositories)
            )
        case "added":
            return RepositoriesAdded(
                installation=event.installation.id, repositories=named(event.repositories_added)
            )
        case "removed":
            ids = tuple(each.id for each in event.repositories_removed)
            return RepositoriesGone(installation=event.installation.id, ids=ids) if ids else None
        case "deleted" | "suspend":
            return RepositoriesGone(installation=event.installation.id, ids=())
        case _:
            return None


def _numbers(event: _Event, pulls: tuple[_Numbered, ...]) -> tuple[int, ...]:
    """Of those into this repository: a fork's commit is named with its pull requests into others as well."""
    found = set()
    for pull in pulls:
        into = (pull.base or {}).get("repo")
        if not isinstance(into, dict) or into.get("id", event.repository.id) == event.repository.id:
            found.add(pull.number)
    return tuple(sorted(found))


def _foreign(app: _App | None, app_id: int | None) -> bool:
    return app_id is not None and app is not None and app.id not in (None, app_id)
