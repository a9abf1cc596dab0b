"""What people ask for by a comment, a button or "re-run"."""

from __future__ import annotations

from bot.jobs import merge_group
from bot.jobs.model import (
    ButtonPressed,
    CommandSaid,
    Job,
    MergeGroupWanted,
    RerunWanted,
    ReviewWanted,
)
from bot.services import Services


def run_command(job: CommandSaid | ButtonPressed, services: Services) -> tuple[Job, ...]:
    """Answer it where it was said; the jobs that follow from it."""
    return tuple(services.answer(job, services))


def rerun(job: RerunWanted, services: Services) -> tuple[Job, ...]:
    """
    A new check run for each pull request whose head this commit is, or for its merge group.

    GitHub names no pull requests for commits of forks: they are found by commit.
    """
    numbers = job.numbers or services.github.pull_requests_of(job.repository, job.head_sha)
    if numbers:
        return tuple(
            ReviewWanted(repository=job.repository, number=number, why="rerequested", again=True)
            for number in numbers
        )
    group = merge_group.recall(job.repository, job.head_sha, services)
    return () if group is None else (MergeGroupWanted(group=group, again=True),)
