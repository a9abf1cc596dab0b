"""
One analysis, in one process that can be killed: with bounds on time and memory, without network or secrets.

What is analysed is hostile input. The process gets the directory of a mirror
and commit ids, asks for the blobs that it lacks, and answers with a document;
it has no token, and its environment is empty but for the path.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import structlog

import bot
from analyzers.frozen import dataclass
from bot.errors import CannotJudge, GitHubUnavailable, Superseded
from bot.git.command import clean
from bot.git.mirror import Mirror
from bot.jobs.model import PullRequest
from bot.services import Analysed, Subject

ANSWER_BYTES = 32_000_000
"""Of one line of the process: a document of a thousand findings has about 2 MB."""

WORDS_BYTES = 100_000
"""Of the end of what the process complains about."""

BLOBS = 300_000
"""Blobs that one analysis may ask for, in all."""

_WITHOUT_MEMORY = (
    "MemoryError",
    "annot allocate memory",
    "failed to map segment",
    "SystemError: error return without exception set",
)
"""What is said where memory ends; code in C does not always say it by the name."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """``bot.services.Analyse``: a process for each call. Bounds in seconds and megabytes."""

    seconds: float
    megabytes: int
    stay: Callable[[], None] = lambda: None
    """Ends the thread, and so the analysis, once the process has left its jobs to others."""

    def __call__(
        self,
        mirror: Mirror,
        *,
        subject: Subject,
        base: str,
        head: str,
        others: Mapping[str, str],
        running: Callable[[str], tuple[str | None, str]],
        stop: Callable[[], bool],
    ) -> Analysed:
        request = {
            "mirror": str(mirror.directory),
            "base": base,
            "head": head,
            "others": dict(others),
            "repository": subject.repository.full_name,
            "number": subject.number if isinstance(subject, PullRequest) else None,
            "base_ref": subject.base_ref,
            "head_ref": subject.head_ref,
            "seconds": self.seconds,
            "megabytes": self.megabytes,
        }
        # A file takes whatever it complains about; a pipe that nobody empties would stop it.
        with tempfile.TemporaryFile() as complaints, _process(complaints) as process:
            answer = self._converse(process, complaints, request, mirror, running, stop)
        if "broken" in answer:
            # Somebody deleted files below us: the next try starts with a new mirror.
            mirror.condemn()
            raise GitHubUnavailable(f"The mirror could not be read: {answer['broken']}")
        if "problem" in answer:
            raise CannotJudge(str(answer["problem"]), str(answer.get("conclusion", "failure")))
        document = answer["document"]
        # A model without its migration touches none, and the base may bring it.
        said = any(not finding["preexisting"] for finding in document["findings"])
        return Analysed(document=document, touches=bool(document["touches"]) or said)

    def _converse(
        self,
        process: subprocess.Popen[bytes],
        complaints: BinaryIO,
        request: dict[str, Any],
        mirror: Mirror,
        running: Callable[[str], tuple[str | None, str]],
        stop: Callable[[], bool],
    ) -> dict[str, Any]:
        """Give it the request, and what it asks for, until it answers."""
        assert process.stdin is not None
        asked = 0
        deadline = time.monotonic() + self.seconds
        _send(process, request)
        lines = _lines(process)
        while True:
            line = next(lines)
            self.stay()
            if time.monotonic() > deadline:
                raise CannotJudge(
                    f"The analysis was stopped after {self.seconds:g} seconds. Whoever runs this "
                    "service can raise TWOSTEP_ANALYSIS_SECONDS.",
                    "timed_out",
                )
            if line is None:
                if stop():
                    raise Superseded("a newer review is wanted")
                continue
            if line == b"":
                raise CannotJudge(self._last_words(process, complaints))
            answer: dict[str, Any] = json.loads(line)
            if not {"need", "environment"} & answer.keys():
                return answer
            if stop():
                raise Superseded("a newer review is wanted")
            # The network's time is not the analysis's.
            began = time.monotonic()
            if "environment" in answer:
                reply = _deployed(str(answer["environment"]), mirror, running)
            else:
                needed = [str(each) for each in answer["need"]]
                asked += len(needed)
                if asked > BLOBS:
                    raise CannotJudge(f"The review would need more than {BLOBS} files.")
                mirror.fetch_blobs(needed)
                reply = {"fetched": len(needed)}
            deadline += time.monotonic() - began
            _send(process, reply)

    def _last_words(self, process: subprocess.Popen[bytes], complaints: BinaryIO) -> str:
        """Why the process died without an answer, for a person."""
        code = process.wait(timeout=5)
        complaints.seek(max(complaints.seek(0, os.SEEK_END) - WORDS_BYTES, 0))
        complaint = clean(complaints.read(WORDS_BYTES).decode(errors="replace"), 2000)
        log.error("analysis died", code=code, last_words=complaint)
        if code in (-signal.SIGKILL, -signal.SIGXCPU) or any(
            words in complaint for words in _WITHOUT_MEMORY
        ):
            return (
                f"The analysis needed more than its {self.megabytes} MB of memory or "
                f"{self.seconds:g} seconds of work. Whoever runs this service can raise "
                "TWOSTEP_ANALYSIS_MEMORY_MB and TWOSTEP_ANALYSIS_SECONDS."
            )
        return "The analysis ended without an answer; the service's log says why."


def _deployed(
    environment: str, mirror: Mirror, running: Callable[[str], tuple[str | None, str]]
) -> dict[str, Any]:
    """The commit that runs in *environment*, brought into the mirror; without one, why."""
    commit, why = running(environment)
    if commit is not None and mirror.fetch({"deployed": commit})["deployed"] is None:
        return {
            "commit": None,
            "why": f"the commit {commit[:12]} is not in the repository any more.",
        }
    return {"commit": commit, "why": why}


@contextlib.contextmanager
def _process(complaints: BinaryIO) -> Iterator[subprocess.Popen[bytes]]:
    """The process, in a session of its own that is killed with all that it started."""
    root = Path(bot.__file__).parents[1]
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "bot.jobs.analysis_process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=complaints,
        cwd="/",
        env={
            "PATH": os.environ.get("PATH", os.defpath),
            "PYTHONPATH": os.pathsep.join([str(root), *filter(None, sys.path)]),
            "PYTHONHASHSEED": "0",
            "LC_ALL": "C.UTF-8",
            "TMPDIR": os.environ.get("TMPDIR", "/tmp"),  # noqa: S108  the system's own default
        },
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    with contextlib.suppress(OSError):
                        stream.close()


def _send(process: subprocess.Popen[bytes], message: Mapping[str, Any]) -> None:
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError):  # it is dead; its last words come next
        process.stdin.write(json.dumps(message).encode() + b"\n")
        process.stdin.flush()


def _lines(process: subprocess.Popen[bytes]) -> Iterator[bytes | None]:
    """The lines that *process* writes; None after each quarter of a second without; b"" at its end."""
    assert process.stdout is not None
    pending = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            if not selector.select(timeout=0.25):
                yield None
                continue
            chunk = os.read(process.stdout.fileno(), 1 << 16)
            if not chunk:
                while True:
                    yield b""
            pending += chunk
            if len(pending) > ANSWER_BYTES:
                raise CannotJudge("The review is too large to be stored.")
            while (end := pending.find(b"\n")) >= 0:
                line = bytes(pending[:end])
                del pending[: end + 1]
                yield line
