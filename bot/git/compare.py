"""Two revisions of a repository to the four trees of a review."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from git import InvalidGitRepositoryError, NoSuchPathError, Repo

from analyzers.trees import Comparison, MemoryTree, Other, Tree
from bot.errors import TwoStepError
from bot.git.command import environment, git
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
class Compared:
    """The four trees, and where they come from."""

    comparison: Comparison
    base: Side
    head: Side
    merge_base: str | None
    git_dir: Path
    root: Path | None
    """The work tree; None in a bare repository."""


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
        GitTooOldError: git cannot merge without a work tree.
        GitError: git failed.
    """
    git_dir, root = _repository(path)
    scratch = Path(tempfile.mkdtemp(prefix="twostep-"))
    env = environment(settings)
    env["GIT_OBJECT_DIRECTORY"] = str(scratch / "objects")
    common = _common_dir(git_dir)
    env["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = str(common / "objects")
    (scratch / "objects").mkdir()
    reader = BlobReader(git_dir, env, fetch)
    try:
        yield _compared(git_dir, root, reader, base, head, also, scratch)
    finally:
        reader.close()
        shutil.rmtree(scratch, ignore_errors=True)


def _compared(
    git_dir: Path,
    root: Path | None,
    reader: BlobReader,
    base: str | None,
    head: str | None,
    also: Sequence[str],
    scratch: Path,
) -> Compared:
    env = reader.env
    base_ref = base or _default_base(git_dir, env)
    base_sha = _commit(base_ref, "base", git_dir, env)
    head_tree: Tree
    if head is None:
        if root is None:
            raise CannotCompareError(
                "A bare repository has no working tree to review. Name the branch with --head."
            )
        tip = _commit("HEAD", "head", git_dir, env)
        work = WorkTree(root, reader)
        head_tree, head_ref = work, WORKING_TREE
        head_sha = _commit_of(work, tip, reader, scratch) if _differs(work, tip, reader) else tip
    else:
        head_ref, head_sha = head, _commit(head, "head", git_dir, env)
        head_tree = commit_tree(head_sha, reader)
    ancestor = merge_base(base_sha, head_sha, git_dir, env)
    if ancestor == base_sha and isinstance(head_tree, GitTree):
        # Nothing was added to the base meanwhile: merging gives what the head is.
        merged = Merged(entries=head_tree.entries)
    else:
        check_git(git_dir, env)
        merged = merge(base=base_sha, head=head_sha, ancestor=ancestor, git_dir=git_dir, env=env)
    others = tuple(_other(ref, base_sha, reader) for ref in also)
    base_tree = commit_tree(base_sha, reader)
    # Trees that are one are read once.
    apart = ancestor is not None and ancestor != base_sha
    whole = isinstance(head_tree, GitTree) and head_tree.entries == merged.entries
    return Compared(
        comparison=Comparison(
            merge_base=commit_tree(ancestor, reader)
            if ancestor and apart
            else base_tree
            if ancestor
            else MemoryTree({}),
            base=base_tree,
            head=head_tree,
            merged=head_tree if whole else GitTree(merged.entries, reader),
            others=others,
            text_conflicts=merged.conflicts,
        ),
        base=Side(ref=base_ref, sha=base_sha),
        head=Side(ref=head_ref, sha=head_sha),
        merge_base=ancestor,
        git_dir=git_dir,
        root=root,
    )


def _other(ref: str, base_sha: str, reader: BlobReader) -> Other:
    name, _, revision = ref.rpartition("=")
    sha = _commit(revision or ref, "also", reader.git_dir, reader.env)
    ancestor = merge_base(base_sha, sha, reader.git_dir, reader.env)
    return Other(
        name=name or ref,
        merge_base=commit_tree(ancestor, reader) if ancestor else MemoryTree({}),
        head=commit_tree(sha, reader),
    )


def _repository(path: Path) -> tuple[Path, Path | None]:
    try:
        with Repo(path, search_parent_directories=True) as repo:
            root = Path(repo.working_tree_dir) if repo.working_tree_dir else None
            return Path(repo.git_dir), root
    except (InvalidGitRepositoryError, NoSuchPathError):
        raise CannotCompareError(
            f"{path} is not in a git repository. Give the path of one, or run this inside of it."
        ) from None


def _common_dir(git_dir: Path) -> Path:
    """Where the objects are: a linked work tree keeps them in its main repository."""
    pointer = git_dir / "commondir"
    if pointer.is_file():
        return (git_dir / pointer.read_text().strip()).resolve()
    return git_dir


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
