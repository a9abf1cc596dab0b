"""Two revisions of a repository, and once somebody asks, the four trees of a review."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from bot.git.command import environment
from bot.git.revisions import (
    CannotCompareError,
    Repository,
    commit_of,
    default_base,
    ends_of,
    find_repository,
    merge_base,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from analyzers.trees import Comparison
    from bot.git.commit_tree import BlobReader, Fetch
    from bot.git.revisions import Ends
    from bot.git.worktree import WorkTree

WORKING_TREE = "working tree"

__all__ = [
    "WORKING_TREE",
    "CannotCompareError",
    "Compared",
    "OtherSide",
    "Running",
    "Side",
    "compared",
]


class Side(NamedTuple):
    """A revision by the name it was asked for and its full id."""

    ref: str
    sha: str


class OtherSide(NamedTuple):
    """Another open branch: the name it was given, its commit, and where it parted from the base."""

    name: str
    sha: str
    merge_base: str | None


class Running(NamedTuple):
    """What the team's machines run: code that may be older than the base."""

    name: str
    """How to speak of it, such as ``production, 1a2b3c4``."""
    commit: str | None
    """A revision; None where nobody could say which."""
    why: str = ""
    """Then: why nobody could."""


class Reading:
    """The objects of a repository. What reads them is made when it is first asked for, and ended by ``close``."""

    def __init__(self, repository: Repository, env: Mapping[str, str], fetch: Fetch | None) -> None:
        self.repository = repository
        self._env = env
        self._fetch = fetch

    @cached_property
    def scratch(self) -> Path:
        """A git directory of our own: git writes there, and nothing into the repository."""
        import tempfile
        from pathlib import Path

        from bot.git.own_directory import fill

        folder = Path(tempfile.mkdtemp(prefix="twostep-"))
        fill(folder, self.repository)
        return folder

    @cached_property
    def reader(self) -> BlobReader:
        """Of the repository's objects, and of those that are written meanwhile."""
        from bot.git.commit_tree import BlobReader

        return BlobReader(self.scratch, self._env, self._fetch, repository=self.repository.git_dir)

    def close(self) -> None:
        """End what was started, and delete what was written."""
        made = vars(self)
        if "reader" in made:
            self.reader.close()
        if "scratch" in made:
            import shutil

            shutil.rmtree(self.scratch, ignore_errors=True)


class Compared:
    """The sides of a comparison by their commits; their trees, once somebody asks."""

    def __init__(
        self,
        reading: Reading,
        *,
        base: Side,
        head: Side,
        merge_base: str | None,
        others: tuple[OtherSide, ...],
        work: WorkTree | None,
        running: Running | None,
    ) -> None:
        self.base = base
        self.head = head
        self.merge_base = merge_base
        self.others = others
        self.work = work
        """The head, where it is the working tree."""
        self.running = running
        """What runs, by its full id; None where it is the base, as far as anybody said."""
        self._reading = reading
        self.git_dir, self.common, self.root, _ = reading.repository

    @property
    def reader(self) -> BlobReader:
        """What reads the files of both sides."""
        return self._reading.reader

    @cached_property
    def comparison(self) -> Comparison:
        """
        The four trees.

        Raises:
            GitTooOldError: git cannot merge without a work tree.
            GitError: git failed.
        """
        from bot.git.trees import trees_of

        return trees_of(self)


@contextmanager
def compared(
    path: Path,
    *,
    base: str | None = None,
    head: str | None = None,
    also: Sequence[str] = (),
    fetch: Fetch | None = None,
    running: Running | None = None,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Compared]:
    """
    Compare *head* (the working tree, where None) with *base* (the remote's default branch, where None).

    *running* is what runs, where that may be something else than the base.

    Nothing in the repository changes: what merging writes goes into a
    directory that is deleted afterwards. The trees can be read until then.

    Raises:
        CannotCompareError: no repository, no such revision, or no base to compare with.
        GitError: git failed.
    """
    env = environment(settings)
    repository, ends = find_repository(path, base or None, _tip(head), env)
    if not base:
        base = default_base(repository.git_dir, env)
        ends = ends_of(base, _tip(head), repository.git_dir, env)
    reading = Reading(repository, env, fetch)
    try:
        yield _sides(reading, base, head, also, ends, running, env)
    finally:
        reading.close()


def _tip(head: str | None) -> str:
    return "HEAD" if head is None else head


def _sides(
    reading: Reading,
    base: str,
    head: str | None,
    also: Sequence[str],
    ends: Ends | None,
    running: Running | None,
    env: Mapping[str, str],
) -> Compared:
    repository = reading.repository
    git_dir = repository.git_dir
    base_sha = ends.base if ends else commit_of(base, "base", git_dir, env)
    if head is None and repository.root is None:
        raise CannotCompareError(
            "A bare repository has no working tree to review. Name the branch with --head."
        )
    tip = ends.head if ends else commit_of(_tip(head), "head", git_dir, env)
    # What is not committed stands on the tip, so it parted where the tip did.
    parted = ends.merge_base if ends else merge_base(base_sha, tip, git_dir, env)
    side, work = (Side(head, tip), None) if head is not None else _working_tree(reading, tip)
    others = tuple(_other(ref, base_sha, git_dir, env) for ref in also)
    if (repository.common / "shallow").exists():
        for name, found in ((side.ref, parted), *((o.name, o.merge_base) for o in others)):
            if found is None:
                raise CannotCompareError(
                    f"This clone is shallow: the commit where '{name}' and '{base}' parted is not in it. Fetch"
                    " the history first: git fetch --unshallow (in GitHub Actions: fetch-depth: 0; in GitLab: GIT_DEPTH: 0)."
                )
    return Compared(
        reading,
        base=Side(base, base_sha),
        head=side,
        merge_base=parted,
        others=others,
        work=work,
        running=_running(running, base_sha, git_dir, env),
    )


def _running(
    running: Running | None, base_sha: str, git_dir: Path, env: Mapping[str, str]
) -> Running | None:
    """*running* by its full id; None where it is the base."""
    if running is None or running.commit is None:
        return running
    sha = commit_of(running.commit, "deployed", git_dir, env)
    return None if sha == base_sha else running._replace(commit=sha)


def _working_tree(reading: Reading, tip: str) -> tuple[Side, WorkTree]:
    from bot.git.trees import commit_of_work, differs
    from bot.git.worktree import WorkTree

    assert reading.repository.root is not None, "it was looked for"
    work = WorkTree(reading.repository.root, reading.reader)
    sha = tip
    if differs(work, tip, reading.reader):
        sha = commit_of_work(work, tip, reading.reader, reading.scratch)
    return Side(WORKING_TREE, sha), work


def _other(ref: str, base_sha: str, git_dir: Path, env: Mapping[str, str]) -> OtherSide:
    name, _, revision = ref.rpartition("=")
    sha = commit_of(revision or ref, "also", git_dir, env)
    return OtherSide(name or ref, sha, merge_base(base_sha, sha, git_dir, env))
