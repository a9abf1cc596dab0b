"""Immutable snapshots of a repository, and the four of them that a pull request is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Protocol

from analyzers.frozen import dataclass

LACKING = b"\0lacking"
"""The content of a listed file of which this copy of the repository has no bytes."""


class Tree(Protocol):
    """
    The files of one commit (or of a working tree): paths, bytes, object ids.

    Only regular files are listed. Symbolic links and submodules are no part of
    a tree: what they point to is outside of it.
    """

    def paths(self) -> Sequence[str]:
        """All paths, sorted, with ``/`` between the parts."""
        ...

    def read(self, path: str) -> bytes:
        """
        The content of *path*.

        Raises:
            KeyError: there is no such file.

        """
        ...

    def oid(self, path: str) -> str:
        """
        The git object id of the content of *path*; equal ids mean equal bytes.

        Raises:
            KeyError: there is no such file.

        """
        ...

    def prefetch(self, paths: Iterable[str]) -> None:
        """Say what will be read soon, so that a partial clone fetches it in one batch."""
        ...

    def digest(self) -> str:
        """Equal for trees of the same files, and for them alone."""
        ...


class MemoryTree:
    """A tree made of a mapping: for tests, and for trees that a plan proposes."""

    def __init__(self, files: Mapping[str, bytes | str]) -> None:
        self._files = {
            path: content.encode() if isinstance(content, str) else content
            for path, content in files.items()
        }
        self._paths = tuple(sorted(self._files))
        self._oids: dict[str, str] = {}

    def paths(self) -> Sequence[str]:
        return self._paths

    def read(self, path: str) -> bytes:
        return self._files[path]

    def oid(self, path: str) -> str:
        if path not in self._oids:
            self._oids[path] = blob_id(self._files[path])
        return self._oids[path]

    def prefetch(self, paths: Iterable[str]) -> None:
        """Nothing to fetch: everything is in memory."""

    def digest(self) -> str:
        return listing_digest(self)


class OverlayTree:
    """*below* with some files replaced (bytes) or removed (None)."""

    def __init__(self, below: Tree, changes: Mapping[str, bytes | None]) -> None:
        self._below = below
        self._changes = dict(changes)
        kept = (path for path in below.paths() if path not in self._changes)
        new = (path for path, content in self._changes.items() if content is not None)
        self._paths = tuple(sorted((*kept, *new)))

    def paths(self) -> Sequence[str]:
        return self._paths

    def read(self, path: str) -> bytes:
        if path not in self._changes:
            return self._below.read(path)
        content = self._changes[path]
        if content is None:
            raise KeyError(path)
        return content

    def oid(self, path: str) -> str:
        if path not in self._changes:
            return self._below.oid(path)
        return blob_id(self.read(path))

    def prefetch(self, paths: Iterable[str]) -> None:
        self._below.prefetch([path for path in paths if path not in self._changes])

    def digest(self) -> str:
        return listing_digest(self)


def listing_digest(tree: Tree) -> str:
    """The digest of a tree by its paths and their object ids."""
    digest = hashlib.sha256()
    for path in tree.paths():
        digest.update(f"{path}\0{tree.oid(path)}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()


def blob_id(content: bytes) -> str:
    """The id that git gives to a blob of *content* (SHA-1 object format)."""
    header = f"blob {len(content)}\0".encode()
    return hashlib.sha1(header + content, usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """A further branch into the same base: an open pull request."""

    name: str
    """How to speak of it, such as ``#12`` or a branch's name."""
    merge_base: Tree
    head: Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """What runs where the team deploys to: code that is older than the base."""

    name: str
    """How to speak of it, such as ``production, 1a2b3c4``."""
    tree: Tree | None
    """None where nobody could say which commit runs there."""
    why: str = ""
    """Then: why nobody could."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """
    What a pull request is: four snapshots, and those of further branches.

    ``merge_base`` is where the branch left, ``base`` the tip it goes into,
    ``head`` what the author wrote, ``merged`` what the base will be after the
    merge. Where the merge has text conflicts, ``merged`` has head's text of these files
    and ``text_conflicts`` names them.
    """

    merge_base: Tree
    base: Tree
    head: Tree
    merged: Tree
    others: tuple[Other, ...] = ()
    text_conflicts: tuple[str, ...] = field(default=())
    deployed: Deployed | None = None
    """None: the code on the base is what runs, as far as anybody said."""
