"""The working tree as a tree: tracked files as they are on disk, and new ones that are not ignored."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from analyzers.limits import SOURCE_BYTES
from analyzers.trees import blob_id, listing_digest
from bot.git.command import GitError, git, with_settings
from bot.git.commit_tree import BlobReader

SECONDS = 120.0


class WorkTree:
    """
    Files below a directory, read when asked.

    A symbolic link is no file here, and neither is what lies behind one.
    """

    def __init__(self, root: Path, reader: BlobReader) -> None:
        self.root = root
        self.reader = reader
        self._clean, self._changed = _listing(root, reader.repository, reader.env)
        self._paths = tuple(sorted((*self._clean, *self._changed)))
        self._oids: dict[str, str] = {}
        self._digest: str | None = None

    @property
    def changed(self) -> tuple[str, ...]:
        """Files that differ from the index, or are new."""
        return tuple(sorted(self._changed))

    @property
    def clean(self) -> Mapping[str, str]:
        """Files that are as in the index: path to blob id."""
        return self._clean

    def paths(self) -> Sequence[str]:
        return self._paths

    def oid(self, path: str) -> str:
        if path in self._clean:
            return self._clean[path]
        if path not in self._oids:
            self._oids[path] = blob_id(self.read(path))
        return self._oids[path]

    def read(self, path: str) -> bytes:
        if path in self._clean:
            return self.reader.read(self._clean[path])
        if path not in self._changed:
            raise KeyError(path)
        with (self.root / path).open("rb") as file:
            # One byte more than is read anywhere tells that it is too large.
            return file.read(SOURCE_BYTES * 10 + 1)

    def prefetch(self, paths: Iterable[str]) -> None:
        """Everything is on this disk."""

    def digest(self) -> str:
        if self._digest is None:
            self._digest = listing_digest(self)
        return self._digest


def _listing(
    root: Path, git_dir: Path, env: Mapping[str, str]
) -> tuple[dict[str, str], frozenset[str]]:
    """Unchanged tracked files with their blob ids; and changed or new files."""
    tree = ("--work-tree", str(root))
    staged = git(
        git_dir,
        *tree,
        "-C",
        str(root),
        "ls-files",
        "-s",
        "-z",
        "--full-name",
        env=env,
        seconds=SECONDS,
    )
    dirty = git(
        git_dir,
        *tree,
        "-C",
        str(root),
        "diff-files",
        "--name-only",
        # In a submodule git would ask by a process of its own, with the configuration that is there.
        "--ignore-submodules=all",
        "-z",
        env=_without_filters(git_dir, env),
        seconds=SECONDS,
    )
    new = git(
        git_dir,
        *tree,
        "-C",
        str(root),
        "ls-files",
        "-o",
        "-z",
        "--exclude-standard",
        "--full-name",
        env=env,
        seconds=SECONDS,
    )
    touched = set(_names(dirty))
    clean: dict[str, str] = {}
    changed: set[str] = set()
    for line in staged.split(b"\0"):
        head, _, name = line.partition(b"\t")
        parts = head.split()
        if len(parts) != 3 or not parts[0].startswith(b"100"):
            continue
        path = name.decode(errors="surrogateescape")
        if path in touched or parts[2] != b"0":
            if _regular(root, path):
                changed.add(path)
        else:
            clean[path] = parts[1].decode()
    changed |= {path for path in _names(new) if _regular(root, path) and _readable(root, path)}
    return clean, frozenset(changed)


def _without_filters(git_dir: Path, env: Mapping[str, str]) -> dict[str, str]:
    """*env* for comparing files that may have changed: no program that *git_dir* names reads them first."""
    try:
        found = git(
            git_dir,
            "config",
            "--null",
            "--name-only",
            "--get-regexp",
            r"^filter\.",
            env=env,
            seconds=SECONDS,
        )
    except GitError as error:
        if error.code == 1:
            return dict(env)  # It names none.
        raise
    drivers = dict.fromkeys(os.fsdecode(name).rpartition(".")[0] for name in found.split(b"\0"))
    nothing = {"clean": "", "process": "", "required": "false"}
    return with_settings(
        env, {f"{name}.{key}": no for name in drivers if name for key, no in nothing.items()}
    )


def _names(output: bytes) -> list[str]:
    return [name.decode(errors="surrogateescape") for name in output.split(b"\0") if name]


def _readable(root: Path, path: str) -> bool:
    """Whether a new file can be read: what cannot, such as another user's data, no commit can take in."""
    return os.access(os.path.join(os.fsencode(root), os.fsencode(path)), os.R_OK)


def _regular(root: Path, path: str) -> bool:
    """Whether it is a regular file that no link leads to."""
    current, mode = os.fsencode(root), 0
    for part in os.fsencode(path).split(b"/"):
        current = os.path.join(current, part)
        try:
            mode = os.lstat(current).st_mode
        except OSError:
            return False
        if stat.S_ISLNK(mode):
            return False
    return stat.S_ISREG(mode)
