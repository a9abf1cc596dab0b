"""
The service, in a process that kills itself where it is told to: ``-m tests.service.doomed serve|worker``.

A file in the directory ``TRIPWIRES`` that is named after a boundary (``judge
before``, ``POST /check-runs after``) is removed by the first process that comes
there, and that process is dead at once, by SIGKILL. Nothing else is changed.
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.git.mirror import Mirror
from bot.github.rest import Rest
from bot.jobs.analysis import Analysis
from bot.jobs.ledger import Ledger
from bot.jobs.queue import Queue
from bot.jobs.steps import Steps
from bot.store import SqlStore
from bot.wiring import run_service

STEPS: dict[str, tuple[Any, str]] = {
    "accept": (Queue, "accept"),
    "do": (Steps, "do"),
    "want": (Ledger, "want"),
    "put review": (Queue, "_put_review"),
    "due": (Steps, "due"),
    "judge": (Steps, "judge"),
    "claim": (Ledger, "claim"),
    "fetch": (Mirror, "fetch"),
    "fetch blobs": (Mirror, "fetch_blobs"),
    "analyse": (Analysis, "__call__"),
    "save report": (SqlStore, "save_report"),
    "publish": (Steps, "publish"),
    "record": (Steps, "record"),
    "judged": (Ledger, "judged"),
    "end": (Queue, "_end"),
}

WRITES = {
    "POST /access_tokens": r"/access_tokens$",
    "POST /check-runs": r"/check-runs$",
    "PATCH /check-runs": r"/check-runs/\d+$",
    "POST /issues/comments": r"/issues/\d+/comments$",
    "PATCH /issues/comments": r"/issues/comments/\d+$",
    "POST /reviews": r"/pulls/\d+/reviews$",
    "hide": r"minimizeComment",
    "DELETE /pulls/comments": r"/pulls/comments/\d+$",
}

AGAIN = ("PATCH /issues/comments", "hide", "DELETE /pulls/comments")
"""Writes about what was said before."""

FIRST = tuple(
    f"{name} {when}"
    for name in (*STEPS, *WRITES)
    if name not in AGAIN
    for when in ("before", "after")
)
"""Boundaries that the first review of a pull request passes."""

LATER = tuple(f"{name} {when}" for name in AGAIN for when in ("before", "after"))
"""Those that only a review passes that finds something said before."""


def passing(boundary: str) -> None:
    """Die here, if somebody wants it."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(Path(os.environ["TRIPWIRES"]) / boundary.replace("/", "|"))
        os.kill(os.getpid(), signal.SIGKILL)


def wire(directory: Path, boundary: str) -> Path:
    """Have the next process die at *boundary*; the file is gone when it has."""
    file = directory / boundary.replace("/", "|")
    file.touch()
    return file


def _surrounded(act: Callable[..., Any], name: Callable[..., str | None]) -> Callable[..., Any]:
    @functools.wraps(act)
    def acted(*arguments: Any, **named: Any) -> Any:
        boundary = name(*arguments)
        if boundary is None:
            return act(*arguments, **named)
        passing(f"{boundary} before")
        answer = act(*arguments, **named)
        passing(f"{boundary} after")
        return answer

    return acted


def _write(method: str) -> Callable[..., str | None]:
    def named(_: Rest, where: str, *more: object) -> str | None:
        for name, pattern in WRITES.items():
            verb = name.partition(" ")[0]
            if verb in (method, name) and re.search(pattern, where):
                return name
        return None

    return named


def main() -> int:
    for name, (owner, method) in STEPS.items():
        act = getattr(owner, method)
        setattr(owner, method, _surrounded(act, lambda *_, name=name: name))
    for method in ("POST", "PATCH", "DELETE", ""):
        attribute = method.lower() or "graphql"
        setattr(Rest, attribute, _surrounded(getattr(Rest, attribute), _write(method)))
    return run_service(sys.argv[1])


if __name__ == "__main__":
    sys.exit(main())
