"""Merge groups: their coming and going. Their review is in ``review_pull_request.judge_group``."""

from __future__ import annotations

import dataclasses
import json
import re

from bot.jobs.model import MergeGroup, MergeGroupGone, MergeGroupWanted, Repository
from bot.services import Services

_BRANCH = re.compile(r"gh-readonly-queue/.+/pr-(?P<number>\d{1,9})(?:-[0-9a-f]+)?")
"""GitHub's own branch for an entry of the queue; those before it are in its base."""


def pull_request_of(group: MergeGroup) -> int | None:
    """The pull request that *group* adds to what is queued before it; None where its branch does not say."""
    found = _BRANCH.fullmatch(group.head_ref)
    return int(found["number"]) if found else None


def remember(job: MergeGroupWanted, services: Services) -> None:
    """Keep the group under its commit: the event of a re-run names nothing but the commit."""
    group = job.group
    key = f"merge group {group.repository.id} {group.head_sha}"
    services.store.remember(key, json.dumps(dataclasses.asdict(group)))


def recall(repository: Repository, head_sha: str, services: Services) -> MergeGroup | None:
    """The merge group whose commit this is."""
    note = services.store.note(f"merge group {repository.id} {head_sha}")
    if note is None:
        return None
    return MergeGroup(**{**json.loads(note), "repository": repository})


def gone(job: MergeGroupGone, services: Services) -> None:
    """Let a review that waits or runs for the group end by itself."""
    services.store.remember(
        f"merge group gone {job.repository.id} {job.head_sha}", job.reason or "destroyed"
    )
