"""Settings to services, services to the web service or a worker: nothing is built anywhere else."""

from __future__ import annotations

import os
import secrets
import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI

from bot.database import open_database
from bot.git.mirror import Mirrors
from bot.jobs.analysis import Analysis
from bot.jobs.ledger import Ledger
from bot.jobs.model import ButtonPressed, CommandSaid, Job
from bot.jobs.queue import Queue
from bot.metrics import Metrics
from bot.services import GitHub, Services
from bot.settings import Settings
from bot.store import SqlStore
from bot.web.app import make_app

Answer = Callable[[CommandSaid | ButtonPressed, Services], Sequence[Job]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a test, or the demonstration, gives instead of what the settings would make."""

    github: GitHub
    answer: Answer
    report_url: Callable[[str], str]


def build_queue(settings: Settings, parts: Parts) -> Queue:
    """The queue, with everything that its jobs need; not started yet."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    engine = open_database(settings.database)
    metrics = Metrics()
    store, ledger = SqlStore(engine), Ledger(engine)
    mirrors = Mirrors(
        directory=settings.mirrors_dir,
        github_url=settings.github_url,
        token=parts.github.token,
        seconds=settings.git_seconds,
        megabytes=settings.mirror_mb,
        all_megabytes=settings.mirrors_mb,
    )

    def services(queue: Queue) -> Services:
        return Services(
            settings=settings,
            github=parts.github,
            store=store,
            ledger=ledger,
            mirrors=mirrors,
            analyse=Analysis(
                seconds=settings.analysis_seconds, megabytes=settings.analysis_memory_mb
            ),
            report_url=parts.report_url,
            answer=parts.answer,
            metrics=metrics,
            delivered=queue.delivered,
        )

    return Queue(settings, services)


def build_app(settings: Settings, parts: Parts, *, works: bool = True) -> FastAPI:
    """The web service; with *works* it does the jobs as well."""
    queue = build_queue(settings, parts)
    return make_app(settings, queue, works=works)


def work(settings: Settings, parts: Parts) -> None:
    """Do jobs until SIGTERM or Ctrl-C; what runs then has ten seconds to end."""
    queue = build_queue(settings, parts)
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    queue.start()
    try:
        done.wait()
    finally:
        queue.stop()


def report_secret(settings: Settings) -> bytes:
    """
    What signs the links of reports: as set, or made once and kept in the data directory.

    Services on several machines need it set, or each would refuse the others' links.
    """
    if settings.report_secret is not None:
        return settings.report_secret.get_secret_value().encode()
    file = settings.data_dir / "report-secret"
    if not file.exists():
        _write_private(file, secrets.token_hex(32))
    return file.read_text().encode()


def _write_private(file: Path, content: str) -> None:
    """Write *file*, readable for nobody else, unless another process was quicker."""
    new = file.with_name(f"{file.name}.{os.getpid()}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(content)
    try:
        os.link(new, file)
    except FileExistsError:
        pass
    finally:
        new.unlink()
