"""The four trees of two commits; and a working tree as a commit, so that it can be merged."""

from __future__ import annotations

import hashlib
import zlib
from pathlib import Path

from analyzers.trees import Comparison, Deployed, MemoryTree, Other, Tree
from bot.git.command import git
from bot.git.commit_tree import BlobReader, GitTree, commit_tree
from bot.git.compare import WORKING_TREE, Compared, Running
from bot.git.merge import Merged, merge
from bot.git.worktree import WorkTree

SHA1 = 40
"""Characters of an object's id, where git counts with SHA-1."""


def trees_of(both: Compared) -> Comparison:
    """
    The four trees of *both*.

    Raises:
        GitTooOldError: git cannot merge without a work tree.
        GitError: git failed.
    """
    reader, base_sha, ancestor = both.reader, both.base.sha, both.merge_base
    head_tree: Tree = both.work or commit_tree(both.head.sha, reader)
    near = head_tree if isinstance(head_tree, GitTree) else None
    base_tree = commit_tree(base_sha, reader, near)
    if ancestor == base_sha and isinstance(head_tree, GitTree):
        # Nothing was added to the base meanwhile: merging gives what the head is.
        merged = Merged(entries=head_tree.entries)
    else:
        merged = merge(
            base=base_sha,
            head=both.head.sha,
            ancestor=ancestor,
            git_dir=reader.git_dir,
            env=reader.env,
            near=base_tree,
        )
    # Trees that are one are read once.
    apart = ancestor is not None and ancestor != base_sha
    whole = isinstance(head_tree, GitTree) and head_tree.entries == merged.entries
    return Comparison(
        merge_base=commit_tree(ancestor, reader, base_tree)
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
                merge_base=commit_tree(other.merge_base, reader, base_tree)
                if other.merge_base
                else MemoryTree({}),
                head=commit_tree(other.sha, reader, base_tree),
            )
            for other in both.others
        ),
        text_conflicts=merged.conflicts,
        deployed=_deployed(both.running, reader, base_tree),
    )


def _deployed(running: Running | None, reader: BlobReader, near: GitTree) -> Deployed | None:
    if running is None:
        return None
    tree = commit_tree(running.commit, reader, near) if running.commit is not None else None
    return Deployed(name=running.name, tree=tree, why=running.why)


def differs(work: WorkTree, tip: str, reader: BlobReader) -> bool:
    """Whether *work* has other files than the commit *tip*."""
    listed = commit_tree(tip, reader)
    return bool(work.changed) or dict(work.clean) != listed.entries


def commit_of_work(work: WorkTree, parent: str, reader: BlobReader, scratch: Path) -> str:
    """A commit of the working tree's files, in the scratch directory: what can be merged."""
    env = {**reader.env, "GIT_INDEX_FILE": str(scratch / "index")}
    # A process for each would take minutes where, say, an environment is neither committed nor ignored.
    made = {path: _stored(work.read(path), scratch / "objects", parent) for path in work.changed}
    lines = [
        f"100644 {oid}\t{path}".encode(errors="surrogateescape")
        for path, oid in (*work.clean.items(), *made.items())
    ]
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
    commit = git(
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
    return commit.decode().strip()


def _stored(content: bytes, objects: Path, like: str) -> str:
    """The id of a blob of *content*, written among loose *objects* of a repository with ids *like* this."""
    whole = b"blob %d\0%b" % (len(content), content)
    kind = "sha1" if len(like) == SHA1 else "sha256"
    oid = hashlib.new(kind, whole, usedforsecurity=False).hexdigest()
    file = objects / oid[:2] / oid[2:]
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(zlib.compress(whole, 1))
    return oid
