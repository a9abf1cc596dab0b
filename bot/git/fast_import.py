"""Repositories made of trees: for the sample, and for tests on real git."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from analyzers.frozen import dataclass
from bot.git.command import environment, git

Files = Mapping[str, str | bytes | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """One commit: *files* are put on top of the parent's (None removes one)."""

    branch: str
    files: Files
    parent: str | None = None
    """A branch's name, as it is at that moment; None continues *branch* itself."""
    merges: str | None = None
    message: str = ""


def make_repository(path: Path, commits: list[Commit], *, bare: bool = False) -> Path:
    """
    A repository at *path* with *commits* in order; its git directory.

    An ordinary one has ``main`` checked out.
    """
    path.mkdir(parents=True, exist_ok=True)
    git_dir = path if bare else path / ".git"
    env = environment({"init.defaultBranch": "main"})
    subprocess.run(  # noqa: S603  a list, no shell
        ["git", "init", "-q", *(["--bare"] if bare else []), str(path)],  # noqa: S607
        check=True,
        env=env,
    )
    stream = b"".join(_command(commit, number) for number, commit in enumerate(commits))
    git(git_dir, "fast-import", "--quiet", "--force", env=env, seconds=120, input_=stream)
    if not bare:
        git(git_dir, "--work-tree", str(path), "checkout", "-q", "-f", "main", env=env, seconds=120)
    return git_dir


def _command(commit: Commit, number: int) -> bytes:
    who = f"Sample <sample@example.com> {1_700_000_000 + number * 60} +0000"
    message = (commit.message or f"Change {number}").encode()
    lines = [
        f"commit refs/heads/{commit.branch}".encode(),
        f"committer {who}".encode(),
        b"data %d" % len(message),
        message,
    ]
    if commit.parent is not None:
        lines.append(f"from refs/heads/{commit.parent}".encode())
    if commit.merges is not None:
        lines.append(f"merge refs/heads/{commit.merges}".encode())
    for path, content in commit.files.items():
        name = _quoted(path)
        if content is None:
            lines.append(b"D " + name)
        else:
            data = content.encode() if isinstance(content, str) else content
            lines += [b"M 100644 inline " + name, b"data %d" % len(data), data]
    return b"\n".join(lines) + b"\n\n"


def _quoted(path: str) -> bytes:
    """*path* as fast-import's C-style quoting wants it."""
    raw = path.encode(errors="surrogateescape")
    escaped = raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")
    return b'"' + escaped + b'"'
