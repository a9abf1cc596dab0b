"""
Bare, partial mirrors of the reviewed repositories: all commits and trees, few blobs.

A mirror is a cache: it may be deleted at any time, while it is being read as
well, and is filled again by the next job. It is named after the repository's
id, so that a renamed repository keeps its mirror. Nothing is ever checked out.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from pathlib import Path
from urllib.parse import urlsplit

from analyzers.frozen import dataclass
from bot.errors import CannotJudge, GitHubGone, GitHubUnavailable
from bot.git.command import GitError, GitTimeoutError, environment, git
from bot.jobs.model import Repository

SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_REF = re.compile(r"refs/(?!.*(?:\.\.|//|@\{|\.lock(?:/|$)|/\.|[./]$))[^\x00-\x20\x7f~^:?*\[\\]+")

PACKS = 40
"""Above this number of packs a mirror is repacked by the next prune."""

_PARTIAL = {
    "remote.origin.promisor": "true",
    "remote.origin.partialclonefilter": "blob:none",
}
"""Given with each command that may fetch, and not written into the mirror: commands that
may not fetch then call an absent blob missing, instead of going out for it one by one."""

# Old histories have such flaws and GitHub serves them; they harm nobody who checks nothing out.
_FSCK = {
    "fetch.fsckObjects": "true",
    **{
        f"fetch.fsck.{flaw}": "ignore"
        for flaw in (
            "badDate",
            "badDateOverflow",
            "badEmail",
            "badFilemode",
            "badName",
            "badTimezone",
            "duplicateEntries",
            "gitmodulesMissing",
            "gitmodulesParse",
            "gitmodulesUrl",
            "missingEmail",
            "missingNameBeforeEmail",
            "missingSpaceBeforeDate",
            "missingSpaceBeforeEmail",
            "missingTaggerEntry",
            "multipleAuthors",
            "treeNotSorted",
            "zeroPaddedDate",
            "zeroPaddedFilemode",
        )
    },
}


@dataclass(frozen=True, slots=True)
class Mirror:
    """A mirror that is open: it is not deleted by us as long as it is."""

    directory: Path
    repository: Repository
    _protocols: tuple[str, ...]
    _origin: str
    _token: Callable[[Repository], str]
    _seconds: float
    _megabytes: int

    def fetch(self, wanted: Mapping[str, str]) -> dict[str, str | None]:
        """
        Bring *wanted* (full refs or commit ids, by any name) here; their commits by name.

        None where the repository has no such ref. What is here already is not
        fetched again: then one short question is all.

        Raises:
            GitHubUnavailable: the network or the server failed.
            GitHubGone: no such repository, for us.
            CannotJudge: the repository is too large.
        """
        refs = sorted({ref for ref in wanted.values() if not SHA.fullmatch(ref)})
        commits = {ref for ref in wanted.values() if SHA.fullmatch(ref)}
        for ref in refs:
            if not _REF.fullmatch(ref):
                raise CannotJudge(f"{ref!r} is no name of a branch")
        with self._alone():
            tips = self._tips(refs) if refs else {}
            absent = set(self.missing({*tips.values(), *commits}))
            specs = [f"+{ref}:{_here(ref)}" for ref, tip in tips.items() if tip in absent]
            specs += [f"+{sha}:refs/twostep/commit/{sha}" for sha in sorted(commits & absent)]
            for spec in specs:
                # Of a fetch that was killed; it would be taken for one that is under way.
                (self.directory / f"{spec.partition(':')[2]}.lock").unlink(missing_ok=True)
            if specs:
                self._fetch(specs)
        found = set(self.missing({*tips.values(), *commits}))
        known = {**tips, **{sha: sha for sha in commits}}
        return {
            name: None if ref not in known or known[ref] in found else known[ref]
            for name, ref in wanted.items()
        }

    def fetch_blobs(self, ids: Iterable[str]) -> None:
        """Bring the blobs *ids* here, all in one request; those that are here are skipped."""
        with self._alone():
            absent = self.missing(ids)
            if absent:
                self._fetch(absent, blobs=True)

    def missing(self, ids: Iterable[str]) -> tuple[str, ...]:
        """Those of *ids* that are not here, sorted. Nothing is fetched for the answer."""
        asked = sorted({oid for oid in ids if SHA.fullmatch(oid)})
        if not asked:
            return ()
        output = self._git(
            "cat-file",
            "--batch-check=%(objectname)",
            "--buffer",
            env=environment(),
            input_="\n".join(asked).encode() + b"\n",
        ).decode()
        return tuple(line.split()[0] for line in output.splitlines() if line.endswith(" missing"))

    def condemn(self) -> None:
        """It cannot be read: whoever opens it next makes it anew."""
        (self.directory / "HEAD").unlink(missing_ok=True)

    def _tips(self, refs: list[str]) -> dict[str, str]:
        """The commits at *refs* there, now; those that do not exist are not in the answer."""
        output = self._network("ls-remote", "--quiet", "--end-of-options", "origin", *refs)
        tips: dict[str, str] = {}
        for line in output.decode(errors="replace").splitlines():
            sha, _, ref = line.partition("\t")
            # A pattern also matches the tail of longer names.
            if ref in refs and SHA.fullmatch(sha):
                tips[ref] = sha
        return tips

    def _fetch(self, specs: Iterable[str], *, blobs: bool = False) -> None:
        # "noop": what is asked for by its id need not be negotiated over.
        extra = {"fetch.negotiationAlgorithm": "noop"} if blobs else {}
        self._network(
            "fetch",
            "--quiet",
            "--force",
            "--no-tags",
            "--no-write-fetch-head",
            "--no-auto-maintenance",
            "--no-recurse-submodules",
            "--filter=blob:none",
            "--stdin",
            "--end-of-options",
            "origin",
            input_="\n".join(specs).encode() + b"\n",
            extra=extra,
        )
        if size_mb(self.directory) > self._megabytes:
            raise CannotJudge(
                f"The repository is larger than the {self._megabytes} MB that a mirror may have "
                "here. Whoever runs this service can raise TWOSTEP_MIRROR_MB."
            )

    def _network(
        self, *arguments: str, input_: bytes = b"", extra: Mapping[str, str] | None = None
    ) -> bytes:
        env = environment(
            {**_PARTIAL, **_FSCK, **(extra or {}), "remote.origin.url": self._url()},
            protocols=self._protocols,
            origin=self._origin,
            token=self._token(self.repository),
        )
        try:
            return self._git(*arguments, env=env, input_=input_)
        except GitTimeoutError as error:
            raise GitHubUnavailable(
                f"{error}; whoever runs this service can raise TWOSTEP_GIT_SECONDS"
            ) from None
        except GitError as error:
            raise _translated(error, self.repository) from None

    def _git(self, *arguments: str, env: Mapping[str, str], input_: bytes = b"") -> bytes:
        return git(self.directory, *arguments, env=env, seconds=self._seconds, input_=input_)

    def _url(self) -> str:
        return f"{self._origin}/{self.repository.full_name}.git"

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """The right to fetch; what a fetch leaves that is killed is deleted after it, and before the next."""
        with _locked(_fetch_lock(self.directory)):
            _clear(self.directory)
            try:
                yield
            except BaseException:
                _clear(self.directory)
                raise


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirrors:
    """All mirrors of this machine, in one directory that processes share."""

    directory: Path
    github_url: str
    token: Callable[[Repository], str]
    seconds: float
    megabytes: int
    """Of one mirror."""
    all_megabytes: int

    @contextlib.contextmanager
    def open(self, repository: Repository) -> Iterator[Mirror]:
        """The mirror of *repository*, made where it is missing; kept from being pruned meanwhile."""
        scheme = urlsplit(self.github_url).scheme
        directory = self.directory / f"{repository.id}.git"
        self.directory.mkdir(parents=True, exist_ok=True)
        with _locked(self._use(repository.id), shared=True):
            with _locked(_fetch_lock(directory)):
                _make(directory)
            os.utime(directory)
            yield Mirror(
                directory,
                repository,
                (scheme,),
                self.github_url,
                self.token,
                self.seconds,
                self.megabytes,
            )

    def forget(self, repository_id: int) -> None:
        """Delete the mirror of a repository, as soon as nobody reads it."""
        with _locked(self._use(repository_id)):
            shutil.rmtree(self.directory / f"{repository_id}.git", ignore_errors=True)

    def leave(self, known: Callable[[], Set[int]]) -> int:
        """
        Delete the mirrors of repositories that are not *known* any more; how many.

        Those that are being read are left for the next time.
        """
        here = sorted(self.directory.glob("*.git"))
        # Asked after that: a repository is known before it has a mirror.
        names = {str(each) for each in known()} if here else set()
        return sum(self._delete(mirror) for mirror in here if mirror.stem not in names)

    def prune(self, unused_seconds: float) -> int:
        """
        Delete mirrors that are too large or unused for *unused_seconds*, then the
        least recently used until all fit; repack the rest. How many were deleted.

        Those that are being read are left for the next time.
        """
        gone = 0
        kept: list[tuple[float, float, Path]] = []
        for mirror in sorted(self.directory.glob("*.git")):
            with contextlib.suppress(BlockingIOError), _locked(_fetch_lock(mirror), wait=False):
                _clear(mirror)
            with contextlib.suppress(FileNotFoundError):
                used, size = mirror.stat().st_mtime, size_mb(mirror)
                if size > self.megabytes or used < time.time() - unused_seconds:
                    gone += self._delete(mirror)
                else:
                    kept.append((used, size, mirror))
        total = sum(size for _, size, _ in kept)
        for _, size, mirror in sorted(kept):
            if total <= self.all_megabytes:
                self._tidy(mirror)
            elif self._delete(mirror):
                gone += 1
                total -= size
        return gone

    def _delete(self, mirror: Path) -> bool:
        with contextlib.suppress(BlockingIOError), _locked(self._use(mirror.stem), wait=False):
            shutil.rmtree(mirror, ignore_errors=True)
            return True
        return False

    def _tidy(self, mirror: Path) -> None:
        if len([*mirror.glob("objects/pack/*.pack")]) <= PACKS:
            return
        lock = _locked(_fetch_lock(mirror), wait=False)
        with contextlib.suppress(BlockingIOError, GitError), lock:
            env = environment(_PARTIAL)
            git(mirror, "repack", "-d", "--quiet", "--geometric=2", env=env, seconds=self.seconds)

    def _use(self, repository_id: int | str) -> Path:
        return self.directory / f"{repository_id}.use.lock"


def size_mb(directory: Path) -> float:
    """What the files below *directory* take; those that vanish meanwhile count nothing."""
    total = 0
    for folder, _, files in os.walk(directory):
        for file in files:
            with contextlib.suppress(FileNotFoundError):
                total += os.stat(os.path.join(folder, file)).st_size
    return total / 1_000_000


def _fetch_lock(directory: Path) -> Path:
    """What whoever writes packs into the mirror at *directory* holds."""
    return directory.with_suffix(".fetch.lock")


def _clear(directory: Path) -> None:
    """
    Delete packs that were begun and not ended, for whoever holds the lock for fetching.

    git deletes its own where it can, and never where it is killed: each try of
    a fetch that takes too long would leave another one.
    """
    for pattern in ("tmp_*", ".tmp-*"):
        for left in directory.glob(f"objects/pack/{pattern}"):
            left.unlink(missing_ok=True)


def _make(directory: Path) -> None:
    """An empty mirror, in one step: what stands at *directory* is always whole."""
    if (directory / "HEAD").exists() and (directory / "objects").is_dir():
        return
    shutil.rmtree(directory, ignore_errors=True)
    new = directory.with_name(f"{directory.name}.{os.getpid()}.new")
    shutil.rmtree(new, ignore_errors=True)
    env = environment()
    git(new, "init", "--quiet", "--bare", "--template=", env=env, seconds=30)
    new.rename(directory)


@contextlib.contextmanager
def _locked(file: Path, *, shared: bool = False, wait: bool = True) -> Iterator[None]:
    """
    Hold the lock *file*; other processes and threads wait, unless both share it.

    Raises:
        BlockingIOError: it is held, and *wait* is false.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as handle:
        how = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        fcntl.flock(handle, how if wait else how | fcntl.LOCK_NB)
        yield


def _here(ref: str) -> str:
    """
    Where *ref* is kept: outside of the names that the repository itself uses, and without folders.

    There ``release`` may be gone and ``release/2.0`` have come; here the file
    of the one would stand where the other needs a folder.
    """
    return f"refs/twostep/named/{hashlib.sha256(ref.encode()).hexdigest()}"


def _translated(error: GitError, repository: Repository) -> Exception:
    """What a failed exchange with the server means for a job."""
    text = str(error)
    lowered = text.lower()
    if "not found" in lowered or "error: 404" in lowered:
        return GitHubGone(f"{repository.full_name} cannot be fetched: {text}", 404)
    if "error: 401" in lowered or "error: 403" in lowered or "authentication failed" in lowered:
        # A token that has just been made may not be known everywhere yet.
        return GitHubUnavailable(f"{repository.full_name} cannot be fetched: {text}", 403)
    return GitHubUnavailable(f"{repository.full_name} cannot be fetched: {text}")
