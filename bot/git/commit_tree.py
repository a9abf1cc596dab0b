"""Trees of a git repository: listed once, read through one long-lived ``git cat-file``."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from threading import Thread

from analyzers.trees import LACKING, listing_digest
from bot.errors import TwoStepError
from bot.git.command import GitError, git

SECONDS = 120.0
"""For one listing; a tree of 100,000 files takes under a second."""

AHEAD = 500
"""Blobs that are asked for at once."""

REGULAR = ("100644 ", "100755 ", "100664 ")
"""Modes of regular files (the last from git's first years); links and submodules are no files."""

Fetch = Callable[[Iterable[str]], None]


PARTIAL = (
    "This is a partial clone, and files that the review reads were not brought with it. "
    "Bring them: git fetch --refetch --no-filter origin. In a pipeline clone without --filter."
)


class PartialCloneError(TwoStepError):
    """The clone was made without its files, or without their contents; the text says how to bring them."""


class _EndedError(KeyError):
    """git ended instead of answering: what else it was asked stays unanswered."""


class BlobReader:
    """
    Reads blobs by id from one repository; close it when done.

    *git_dir* is where the objects are found, *repository* what they are of, where
    that is another directory. *fetch* brings ids that a partial clone lacks, many at once.
    """

    def __init__(
        self,
        git_dir: Path,
        env: Mapping[str, str],
        fetch: Fetch | None = None,
        *,
        repository: Path | None = None,
    ) -> None:
        self.git_dir = git_dir
        self.repository = repository or git_dir
        self.env = dict(env)
        self.fetch = fetch
        self.asked: set[str] = set()
        """The ids of all that was read."""
        self.lacked = False
        """Whether something was asked for that is not here."""
        self._process: subprocess.Popen[bytes] | None = None
        self._at_hand: dict[str, bytes] = {}

    def read(self, oid: str) -> bytes:
        """
        The bytes of the blob *oid*; fetched where they are not here yet.

        Raises:
            KeyError: the repository does not have it.
        """
        try:
            return self._read(oid)
        except KeyError:
            if self.fetch is None:
                raise
            self.fetch([oid])
            return self._read(oid)

    def ahead(self, oids: Iterable[str]) -> None:
        """
        Read many blobs in one go; ``read`` then has them at hand.

        Asking for one and waiting for it costs more than git's work.
        """
        wanted = [oid for oid in dict.fromkeys(oids) if oid not in self._at_hand]
        for at in range(0, len(wanted), AHEAD):
            portion = wanted[at : at + AHEAD]
            asking = Thread(target=self._ask, args=(self._running(), portion), daemon=True)
            asking.start()
            for oid in portion:
                try:
                    self._at_hand[oid] = self._answer(oid)
                except _EndedError:
                    break
                except KeyError:
                    continue
            asking.join()

    def _read(self, oid: str) -> bytes:
        if oid in self._at_hand:
            return self._at_hand.pop(oid)
        self._ask(self._running(), [oid])
        return self._answer(oid)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = subprocess.Popen(  # noqa: S603  a list, no shell; ids only go to stdin
                ["git", "--git-dir", str(self.git_dir), "cat-file", "--batch"],  # noqa: S607
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=self.env,
            )
        return self._process

    @staticmethod
    def _ask(process: subprocess.Popen[bytes], oids: Sequence[str]) -> None:
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError, ValueError):
            process.stdin.write("".join(f"{oid}\n" for oid in oids).encode())
            process.stdin.flush()

    def _answer(self, oid: str) -> bytes:
        process = self._running()
        assert process.stdout is not None
        header = process.stdout.readline().split()
        if len(header) != 3:
            if self.fetch is None:
                self.see_partial()
            if header:
                raise KeyError(oid)
            self.close()
            raise _EndedError(oid)
        self.asked.add(oid)
        content = process.stdout.read(int(header[2]))
        process.stdout.read(1)
        return content

    def see_partial(self) -> None:
        """
        See that what is not here was not left out on purpose: then nearly everything is not.

        Raises:
            PartialCloneError: it was.
        """
        try:
            git(
                self.repository,
                "config",
                "--get-regexp",
                r"^remote\..*\.promisor$",
                "true",
                env=self.env,
                seconds=30,
            )
        except GitError:
            return
        self.close()
        raise PartialCloneError(PARTIAL)

    def close(self) -> None:
        """End the process that reads; the next ``read`` starts another."""
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(OSError):
                process.communicate(timeout=5)
            if process.poll() is None:
                process.kill()
                process.wait()


class GitTree:
    """A ``Tree`` whose files are blobs of a repository."""

    def __init__(
        self, entries: Mapping[str, str], reader: BlobReader, treeish: str | None = None
    ) -> None:
        self.entries = dict(entries)
        self.treeish = treeish
        """The commit or tree it is of, by its full id; None where git does not have it."""
        self.reader = reader
        self._paths = tuple(sorted(self.entries))
        self._digest: str | None = None

    def paths(self) -> Sequence[str]:
        return self._paths

    def oid(self, path: str) -> str:
        return self.entries[path]

    def read(self, path: str) -> bytes:
        oid = self.entries[path]
        try:
            return self.reader.read(oid)
        except KeyError:
            if self.reader.fetch is not None:
                # What was fetched and is not here means that nothing can be judged.
                raise
            self.reader.lacked = True
            return LACKING

    def prefetch(self, paths: Iterable[str]) -> None:
        oids = {self.entries[p] for p in paths if p in self.entries}
        if self.reader.fetch is not None:
            self.reader.fetch(oids)
        self.reader.ahead(sorted(oids))

    def digest(self) -> str:
        if self._digest is None:
            self._digest = listing_digest(self)
        return self._digest


def commit_tree(treeish: str, reader: BlobReader, near: GitTree | None = None) -> GitTree:
    """
    The tree of *treeish*, a full object id; where it differs little from *near*, that is faster.

    Raises:
        GitError: there is no such object.
    """
    try:
        entries = entries_of(treeish, reader.git_dir, reader.env, near)
    except GitError:
        if reader.fetch is None:
            # A partial clone may lack trees as well.
            reader.see_partial()
        raise
    return GitTree(entries, reader, treeish)


def entries_of(
    treeish: str, git_dir: Path, env: Mapping[str, str], near: GitTree | None = None
) -> dict[str, str]:
    """Regular files of *treeish* (a full object id): path to blob id."""
    if near is not None and near.treeish is not None:
        return _changed(near.entries, near.treeish, treeish, git_dir, env)
    listing = git(git_dir, "ls-tree", "-r", "-z", "--full-tree", treeish, env=env, seconds=SECONDS)
    # A name that is no UTF-8 stays distinct and can still be shown.
    lines = listing.decode(errors="surrogateescape").split("\0")
    described = (line.partition("\t") for line in lines)
    return {path: head[12:] for head, _, path in described if head.startswith(REGULAR)}


def _changed(
    known: Mapping[str, str], before: str, after: str, git_dir: Path, env: Mapping[str, str]
) -> dict[str, str]:
    """The files of *after*, of which the files *known* are those of *before*: folders that are one are not listed."""
    options = ("-r", "-z", "--raw", "--no-renames", "--no-relative")
    output = git(git_dir, "diff-tree", *options, before, after, env=env, seconds=SECONDS)
    entries = dict(known)
    parts = output.decode(errors="surrogateescape").split("\0")
    for described, path in zip(parts[::2], parts[1::2], strict=False):
        _, mode, _, oid, _ = described.split(" ")
        if f"{mode} " in REGULAR:
            entries[path] = oid
        else:
            entries.pop(path, None)
    return entries
