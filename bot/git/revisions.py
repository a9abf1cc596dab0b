"""A path and the names of two revisions to a repository, two commits, and where they parted."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from bot.errors import TwoStepError
from bot.git.command import GitError, git

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SECONDS = 120.0


class CannotCompareError(TwoStepError):
    """There are no two sides to compare; the text says what is missing."""


class Repository(NamedTuple):
    """Where the parts of a repository lie, as git itself finds them from a path."""

    git_dir: Path
    common: Path
    """Where the objects are: a linked work tree keeps them in its main repository."""
    root: Path | None
    """The work tree; None in a bare repository."""
    object_format: str = "sha1"
    """How objects are named: ``sha1`` or ``sha256``."""


class Ends(NamedTuple):
    """Two commits by their full ids, and their best common ancestor; None where there is none."""

    base: str
    head: str
    merge_base: str | None


def find_repository(
    path: Path, base: str | None, head: str, env: Mapping[str, str]
) -> tuple[Repository, Ends | None]:
    """
    The repository that *path* is in, and in the same breath what *base* and *head* are in it.

    Starting git takes longer than what it is asked here. There are no ends without
    *base*, and none where something is the matter with a name: then ``commit_of``
    and ``merge_base`` tell what.

    Raises:
        CannotCompareError: it is in none.
    """
    if path.is_file():
        raise CannotCompareError(f"{path} is a file. Give the directory of a repository.")
    asked = ("--is-inside-work-tree", "--show-object-format", "--git-dir", "--git-common-dir")
    names = _between(base, head) if base is not None else ()
    where = ("-C", str(path), "rev-parse", *asked, "--show-cdup")
    try:
        try:
            found = git(None, *where, *names, env=env, seconds=SECONDS)
        except GitError:
            found = git(None, *where, env=env, seconds=30)
    except GitError as error:
        if not path.exists():
            raise CannotCompareError(f"{path} does not exist.") from None
        if "not a git repository" not in str(error):
            said = str(error).rpartition("fatal: ")[2]
            raise CannotCompareError(f"git cannot read the repository of {path}: {said}") from None
        raise CannotCompareError(
            f"{path} is not in a git repository. Give the path of one, or run this inside of it."
        ) from None
    inside, object_format, git_dir, common, *rest = os.fsdecode(found).split("\n")
    # Outside of the work tree git says no way up, or where it is configured to be.
    up, commits = (rest[0], rest[1:]) if inside == "true" else ("", rest)
    repository = Repository(
        git_dir=(path / git_dir).resolve(),
        common=(path / common).resolve(),
        root=(path / up).resolve() if inside == "true" else None,
        object_format=object_format,
    )
    return repository, _ends(commits)


def ends_of(base: str, head: str, git_dir: Path, env: Mapping[str, str]) -> Ends | None:
    """What *base* and *head* are; None where ``commit_of`` and ``merge_base`` have to tell more."""
    try:
        found = git(git_dir, "rev-parse", *_between(base, head), env=env, seconds=SECONDS)
    except GitError:
        return None
    return _ends(found.decode().split("\n"))


def _between(base: str, head: str) -> tuple[str, ...]:
    """What ``git rev-parse`` is asked for both commits and where they parted."""
    if ".." in base or ".." in head:
        # No name of a commit, and it would be read with other ends than these two.
        return ()
    return ("--revs-only", "--end-of-options", f"{base}^{{commit}}...{head}^{{commit}}")


def _ends(lines: list[str]) -> Ends | None:
    """The right end, the left one, and their best common ancestors, the best first, behind a ``^``."""
    match [line for line in lines if line and "/" not in line]:
        case [head, base, *ancestors]:
            return Ends(
                base=base, head=head, merge_base=ancestors[0].lstrip("^") if ancestors else None
            )
        case _:
            return None


def commit_of(revision: str, what: str, git_dir: Path, env: Mapping[str, str]) -> str:
    """
    The full id of the commit that *revision* names; *what* is the option it was given with.

    Raises:
        CannotCompareError: it names none.
    """
    found = resolve(revision, git_dir, env)
    if found is None:
        remote, _, branch = revision.partition("/")
        # A clone of one branch fetches no other unless it is told where to put it.
        hint = (
            f"Fetch it first: git fetch {remote} {branch}:refs/remotes/{revision}"
            if remote in ("origin", "upstream") and re.fullmatch(r"[\w./-]+", branch)
            else "Check the spelling, or fetch it first."
        )
        raise CannotCompareError(f"--{what}: there is no commit called '{revision}' here. {hint}")
    return found


def default_base(git_dir: Path, env: Mapping[str, str]) -> str:
    """
    The branch that work goes into, where nobody says.

    Raises:
        CannotCompareError: none is known by its usual names.
    """
    for candidate in ("refs/remotes/origin/HEAD", "origin/main", "origin/master"):
        if resolve(candidate, git_dir, env) is not None:
            return "origin/HEAD" if candidate.endswith("origin/HEAD") else candidate
    for candidate in (*_of_the_only_remote(git_dir, env), "main", "master"):
        if resolve(candidate, git_dir, env) is not None:
            return candidate
    raise CannotCompareError(
        "No base to compare with: there is no default branch of a remote and no main or master. Name one with --base."
    )


def _of_the_only_remote(git_dir: Path, env: Mapping[str, str]) -> list[str]:
    """The default branch of a remote that is not called ``origin``, where no other remote has one."""
    pattern = "refs/remotes/*/HEAD"
    found = git(git_dir, "for-each-ref", "--format=%(refname)", pattern, env=env, seconds=30)
    heads = [line.removeprefix("refs/remotes/") for line in os.fsdecode(found).split()]
    return heads if len(heads) == 1 else []


def resolve(revision: str, git_dir: Path, env: Mapping[str, str]) -> str | None:
    """The full id of the commit that *revision* names, or None."""
    try:
        found = git(
            git_dir,
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            f"{revision}^{{commit}}",
            env=env,
            seconds=30,
        )
    except GitError:
        return None
    return found.decode().strip() or None


def merge_base(one: str, two: str, git_dir: Path, env: Mapping[str, str]) -> str | None:
    """The best common ancestor of two commits; None where their histories share nothing."""
    try:
        found = git(git_dir, "merge-base", one, two, env=env, seconds=SECONDS)
    except GitError as error:
        if error.code == 1:
            return None
        raise
    return found.decode().split()[0]
