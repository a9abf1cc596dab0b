"""Two revisions of a repository to the four trees of a review."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from analyzers.frozen import dataclass
from analyzers.trees import Comparison, MemoryTree, Other, Tree
from bot.errors import TwoStepError
from bot.git.command import GitError, environment, git
from bot.git.commit_tree import BlobReader, Fetch, GitTree, commit_tree, resolve
from bot.git.merge import Merged, check_git, merge, merge_base
from bot.git.worktree import WorkTree

WORKING_TREE = "working tree"


class CannotCompareError(TwoStepError):
    """There are no two sides to compare; the text says what is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A revision by the name it was asked for and its full id."""

    ref: str
    sha: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherSide:
    """Another open branch: the name it was given, its commit, and where it parted from the base."""

    name: str
    sha: str
    merge_base: str | None


@dataclass(frozen=True, kw_only=True)
class Compared:
    """The sides of a comparison by their commits; their trees, once somebody asks."""

    base: Side
    head: Side
    merge_base: str | None
    others: tuple[OtherSide, ...]
    git_dir: Path
    common: Path
    """The git directory that a linked work tree shares with the others."""
    root: Path | None
    """The work tree; None in a bare repository."""
    reader: BlobReader
    work: WorkTree | None
    """The head, where it is the working tree."""

    @cached_property
    def comparison(self) -> Comparison:
        """
        The four trees.

        Raises:
            GitTooOldError: git cannot merge without a work tree.
            GitError: git failed.
        """
        return _trees(self)


@contextmanager
def compared(
    path: Path,
    *,
    base: str | None = None,
    head: str | None = None,
    also: Sequence[str] = (),
    fetch: Fetch | None = None,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Compared]:
    """
    Compare *head* (the working tree, where None) with *base* (the remote's default branch, where None).

    Nothing in the repository changes: what merging writes goes into a
    directory that is deleted afterwards. The trees can be read until then.

    Raises:
        CannotCompareError: no repository, no such revision, or no base to compare with.
        GitError: git failed.
    """
    repository = find_repository(path)
    scratch = Path(tempfile.mkdtemp(prefix="twostep-"))
    env = environment(settings)
    env["GIT_OBJECT_DIRECTORY"] = str(scratch / "objects")
    env["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = str(repository.common / "objects")
    (scratch / "objects").mkdir()
    reader = BlobReader(repository.git_dir, env, fetch)
    try:
        yield _sides(repository, reader, base, head, also, scratch)
    finally:
        reader.close()
        shutil.rmtree(scratch, ignore_errors=True)


def _sides(
    repository: Repository,
    reader: BlobReader,
    base: str | None,
    head: str | None,
    also: Sequence[str],
    scratch: Path,
) -> Compared:
    git_dir, env = reader.git_dir, reader.env
    base_ref = base or _default_base(git_dir, env)
    base_sha = _commit(base_ref, "base", git_dir, env)
    work = None
    if head is None:
        if repository.root is None:
            raise CannotCompareError(
                "A bare repository has no working tree to review. Name the branch with --head."
            )
        tip = _commit("HEAD", "head", git_dir, env)
        work = WorkTree(repository.root, reader)
        head_ref = WORKING_TREE
        head_sha = _commit_of(work, tip, reader, scratch) if _differs(work, tip, reader) else tip
    else:
        head_ref, head_sha = head, _commit(head, "head", git_dir, env)
    parted = merge_base(base_sha, head_sha, git_dir, env)
    others = tuple(_other(ref, base_sha, reader) for ref in also)
    if (repository.common / "shallow").exists():
        for name, found in ((head_ref, parted), *((o.name, o.merge_base) for o in others)):
            if found is None:
                raise CannotCompareError(
                    f"This clone is shallow: where '{name}' and '{base_ref}' parted is not in it. Fetch"
                    " the history first: git fetch --unshallow (in GitHub Actions: fetch-depth: 0)."
                )
    return Compared(
        base=Side(ref=base_ref, sha=base_sha),
        head=Side(ref=head_ref, sha=head_sha),
        merge_base=parted,
        others=others,
        git_dir=git_dir,
        common=repository.common,
        root=repository.root,
        reader=reader,
        work=work,
    )


def _trees(both: Compared) -> Comparison:
    reader, base_sha, ancestor = both.reader, both.base.sha, both.merge_base
    head_tree: Tree = both.work or commit_tree(both.head.sha, reader)
    if ancestor == base_sha and isinstance(head_tree, GitTree):
        # Nothing was added to the base meanwhile: merging gives what the head is.
        merged = Merged(entries=head_tree.entries)
    else:
        check_git(both.git_dir, reader.env)
        merged = merge(
            base=base_sha,
            head=both.head.sha,
            ancestor=ancestor,
            git_dir=both.git_dir,
            env=reader.env,
        )
    base_tree = commit_tree(base_sha, reader)
    # Trees that are one are read once.
    apart = ancestor is not None and ancestor != base_sha
    whole = isinstance(head_tree, GitTree) and head_tree.entries == merged.entries
    return Comparison(
        merge_base=commit_tree(ancestor, reader)
        if ancestor and apart
        else base_tree
        if ancestor
        else MemoryTree({}),
        base=base_tree,
        head=head_tree,
        merged=head_tree if whole else GitTree(merged.entries, reader),
        others=tuple(
            Other(
                name=other.name,
                merge_base=commit_tree(other.merge_base, reader)
                if other.merge_base
                else MemoryTree({}),
                head=commit_tree(other.sha, reader),
            )
            for other in both.others
        ),
        text_conflicts=merged.conflicts,
    )


def _other(ref: str, base_sha: str, reader: BlobReader) -> OtherSide:
    name, _, revision = ref.rpartition("=")
    sha = _commit(revision or ref, "also", reader.git_dir, reader.env)
    ancestor = merge_base(base_sha, sha, reader.git_dir, reader.env)
    return OtherSide(name=name or ref, sha=sha, merge_base=ancestor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """Where the parts of a repository lie, as git itself finds them from a path."""

    git_dir: Path
    common: Path
    """Where the objects are: a linked work tree keeps them in its main repository."""
    root: Path | None
    """The work tree; None in a bare repository."""


def find_repository(path: Path) -> Repository:
    """
    The repository that *path* is in.

    Raises:
        CannotCompareError: it is in none.
    """
    asked = ("--is-inside-work-tree", "--git-dir", "--git-common-dir", "--show-cdup")
    try:
        found = git(
            None,
            "-C",
            str(path),
            "rev-parse",
            *asked,
            env=environment(),
            seconds=30,
        )
    except GitError:
        raise CannotCompareError(
            f"{path} is not in a git repository. Give the path of one, or run this inside of it."
        ) from None
    inside, git_dir, common, up = os.fsdecode(found).split("\n")[: len(asked)]
    return Repository(
        git_dir=(path / git_dir).resolve(),
        common=(path / common).resolve(),
        root=(path / up).resolve() if inside == "true" else None,
    )


def _commit(revision: str, what: str, git_dir: Path, env: Mapping[str, str]) -> str:
    found = resolve(revision, git_dir, env)
    if found is None:
        hint = (
            "Fetch it first, for instance with: git fetch origin"
            if "/" in revision
            else "Check the spelling, or fetch it first."
        )
        raise CannotCompareError(f"--{what}: there is no commit called '{revision}' here. {hint}")
    return found


def _default_base(git_dir: Path, env: Mapping[str, str]) -> str:
    for candidate in ("refs/remotes/origin/HEAD", "origin/main", "origin/master", "main", "master"):
        if resolve(candidate, git_dir, env) is not None:
            return "origin/HEAD" if candidate.endswith("origin/HEAD") else candidate
    raise CannotCompareError(
        "No base to compare with: there is no default branch of a remote and no main or master. Name one with --base."
    )


def _differs(work: WorkTree, tip: str, reader: BlobReader) -> bool:
    listed = commit_tree(tip, reader)
    return bool(work.changed) or dict(work.clean) != listed.entries


def _commit_of(work: WorkTree, parent: str, reader: BlobReader, scratch: Path) -> str:
    """A commit of the working tree's files, in the scratch directory: what can be merged."""
    env = {**reader.env, "GIT_INDEX_FILE": str(scratch / "index")}
    lines = [
        f"100644 {oid}\t{path}".encode(errors="surrogateescape") for path, oid in work.clean.items()
    ]
    for path in work.changed:
        oid = (
            git(
                reader.git_dir,
                "hash-object",
                "-w",
                "--no-filters",
                "--stdin",
                env=env,
                seconds=60,
                input_=work.read(path),
            )
            .decode()
            .strip()
        )
        lines.append(f"100644 {oid}\t{path}".encode(errors="surrogateescape"))
    git(
        reader.git_dir,
        "update-index",
        "-z",
        "--index-info",
        env=env,
        seconds=60,
        input_=b"\0".join(lines) + b"\0",
    )
    tree = git(reader.git_dir, "write-tree", "--missing-ok", env=env, seconds=60).decode().strip()
    identity = {
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in (
            ("NAME", "working tree"),
            ("EMAIL", "nobody@localhost"),
            ("DATE", "@0 +0000"),
        )
    }
    made = git(
        reader.git_dir,
        "commit-tree",
        tree,
        "-p",
        parent,
        "-m",
        WORKING_TREE,
        env={**env, **identity},
        seconds=60,
    )
    return made.decode().strip()
