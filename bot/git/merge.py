"""What the base will be after the merge: ``git merge-tree``, without a checkout."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from analyzers.frozen import dataclass
from bot.errors import TwoStepError
from bot.git.command import GitError, git
from bot.git.commit_tree import GitTree, entries_of

OLDEST_GIT = (2, 38)
"""``merge-tree --write-tree`` came with it."""

SECONDS = 120.0


class GitTooOldError(TwoStepError):
    """The git at hand cannot merge without a work tree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """The merged files (path to blob id), and the paths whose text is in conflict."""

    entries: dict[str, str]
    conflicts: tuple[str, ...] = ()


def _check_git(git_dir: Path, env: Mapping[str, str]) -> None:
    """
    See that git is new enough.

    Raises:
        GitTooOldError: with the version that is there and the one that is needed.
    """
    text = git(git_dir, "version", env=env, seconds=30).decode()
    found = re.search(r"(\d+)\.(\d+)", text)
    if found and (int(found[1]), int(found[2])) < OLDEST_GIT:
        raise GitTooOldError(
            f"git {found[0]} is too old: merging without a checkout needs git 2.38 or newer. Install a newer git."
        )


def merge(
    *,
    base: str,
    head: str,
    ancestor: str | None,
    git_dir: Path,
    env: Mapping[str, str],
    near: GitTree | None = None,
) -> Merged:
    """
    The tree that merging commit *head* into commit *base* gives.

    Where texts are in conflict it has head's, and the conflicting paths are named.
    A repository that lacks blobs is merged by its listings alone: base overlaid with
    the files that head changed since *ancestor*. *git_dir* must be bare and of our own:
    a configuration, and attributes where git stands, may name programs that merge.
    *near* is a tree that the merged one differs little from.

    Raises:
        GitTooOldError: git cannot merge without a work tree.
    """
    for options in ((), ("-c", "merge.renames=false")):
        try:
            output = git(
                git_dir,
                *options,
                "merge-tree",
                "--write-tree",
                "--no-messages",
                "--name-only",
                "-z",
                "--allow-unrelated-histories",
                base,
                head,
                env=env,
                seconds=SECONDS,
            )
        except GitError as error:
            if error.code == 1 and error.output:
                return _torn(error.output, base, head, ancestor, git_dir, env)
            # One that is too old does not know the option, and says so at once.
            _check_git(git_dir, env)
            continue
        tree = output.split(b"\0")[0].decode()
        return Merged(entries=entries_of(tree, git_dir, env, near))
    return _overlaid(base, head, ancestor, git_dir, env)


def _torn(
    output: bytes, base: str, head: str, ancestor: str | None, git_dir: Path, env: Mapping[str, str]
) -> Merged:
    """What git wrote of a merge with conflicts; where its texts hold marks of both sides, head's instead."""
    tree, *names = output.decode("utf-8", "surrogateescape").rstrip("\0").split("\0")
    entries = entries_of(tree, git_dir, env)
    theirs, ours = entries_of(base, git_dir, env), entries_of(head, git_dir, env)
    before = entries_of(ancestor, git_dir, env) if ancestor else {}
    conflicts = sorted({*names} & {*theirs, *ours, *before})
    for path in {*names}:
        # Of a file that one side renamed the new name is in conflict, which head may not have.
        chosen = ours.get(path) or (None if path in before else theirs.get(path))
        if chosen is None:
            entries.pop(path, None)
        else:
            entries[path] = chosen
    return Merged(entries=entries, conflicts=tuple(conflicts))


def _overlaid(
    base: str, head: str, ancestor: str | None, git_dir: Path, env: Mapping[str, str]
) -> Merged:
    before = entries_of(ancestor, git_dir, env) if ancestor else {}
    return overlay(before, entries_of(base, git_dir, env), entries_of(head, git_dir, env))


def overlay(before: Mapping[str, str], base: Mapping[str, str], head: Mapping[str, str]) -> Merged:
    """Base with what head changed; where both changed a file to different ends, it is head's and in conflict."""
    entries = dict(base)
    conflicts: list[str] = []
    for path in sorted({*before, *head}):
        was, now = before.get(path), head.get(path)
        if was == now:
            continue
        theirs = base.get(path)
        if theirs not in (was, now):
            conflicts.append(path)
        if now is None:
            entries.pop(path, None)
        else:
            entries[path] = now
    return Merged(entries=entries, conflicts=tuple(conflicts))
