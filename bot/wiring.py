"""Settings to services, services to the web service or a worker: nothing is built anywhere else."""

from __future__ import annotations

import contextlib
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn, cast

import sqlalchemy as sa
import structlog
import uvicorn
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from fastapi import FastAPI

from analyzers.frozen import dataclass
from bot.commands._answer import answer
from bot.database import UnknownShapeError, open_database
from bot.errors import SettingsError
from bot.git.mirror import Mirrors
from bot.github.client import GitHubClient
from bot.jobs.analysis import Analysis
from bot.jobs.ledger import Ledger
from bot.jobs.model import ButtonPressed, CommandSaid, Job
from bot.jobs.queue import Queue
from bot.log import redacted, set_up_logging
from bot.metrics import Metrics
from bot.private import kept_secret
from bot.services import GitHub, Services
from bot.settings import Settings, half_given, load_settings, unknown_names
from bot.store import SqlStore
from bot.web.app import make_app
from bot.web.lacking import Lacking
from bot.web.reports import report_links, report_routes
from bot.web.setup import is_set_up, setup_link, setup_routes, setup_token

SETUP_SECONDS = 0.5
"""Between two looks whether the setup page has stored the App's credentials."""

STARTUP_FAILED = 3
"""The exit code of uvicorn where the service could not start."""

log = structlog.get_logger()

Answer = Callable[[CommandSaid | ButtonPressed, Services], Sequence[Job]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What stands towards GitHub. A test may give its own."""

    github: GitHub
    answer: Answer
    report_url: Callable[[str], str]


def build_queue(settings: Settings, parts: Parts | None = None) -> Queue:
    """The queue, with everything that its jobs need; not started yet."""
    # Reports of private repositories and the credentials: for nobody else on the machine.
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SettingsError(
            f"TWOSTEP_DATA_DIR: {settings.data_dir} cannot be made: {error.strerror}"
        ) from None
    metrics = Metrics()
    towards = parts or real_parts(settings, metrics)
    engine = _database(settings)
    store, ledger = SqlStore(engine), Ledger(engine)
    mirrors = Mirrors(
        directory=settings.mirrors_dir,
        github_url=settings.github_url,
        token=lambda repository: towards.github.token(repository),
        seconds=settings.git_seconds,
        megabytes=settings.mirror_mb,
        all_megabytes=settings.mirrors_mb,
    )

    def services(queue: Queue) -> Services:
        return Services(
            settings=settings,
            github=towards.github,
            store=store,
            ledger=ledger,
            mirrors=mirrors,
            analyse=Analysis(
                seconds=settings.analysis_seconds,
                megabytes=settings.analysis_memory_mb,
                stay=queue.stay,
            ),
            report_url=towards.report_url,
            answer=towards.answer,
            metrics=metrics,
            delivered=queue.delivered,
        )

    return Queue(settings, services)


def _database(settings: Settings) -> sa.Engine:
    """
    The database of *settings*.

    Raises:
        SettingsError: it is not there, does not let us in, or is of a newer version; with the server's own words.
    """
    name = "TWOSTEP_DATABASE_URL" if settings.database_url else "TWOSTEP_DATA_DIR"
    on_disk = settings.database.startswith("sqlite")
    what = settings.database.removeprefix("sqlite:///") if on_disk else "the database"
    try:
        return open_database(settings.database)
    except UnknownShapeError as error:
        raise SettingsError(
            f"{name}: the tables of {what} are of a version of Two-Step that this one does not know "
            f"({error}), a newer one as a rule. Start that one, or put back a backup of before it."
        ) from None
    except (sa.exc.DBAPIError, sqlite3.Error) as error:
        said = str(error.orig if isinstance(error, sa.exc.DBAPIError) else error)
        why = next(iter(redacted(said).strip().splitlines()), "no reason is given")
        raise SettingsError(f"{name}: {what} cannot be opened: {why}{_NEXT[on_disk]}") from None


_NEXT = {
    False: "",
    True: ". It has to be a file that Two-Step made, or none, in a directory where this user may "
    "write, with room on its disk.",
}


def build_app(settings: Settings, parts: Parts | None = None, *, works: bool = True) -> FastAPI:
    """The web service; with *works* it does the jobs as well."""
    queue = build_queue(settings, parts)
    secret = report_secret(settings)
    lacking = Lacking(settings)
    pages = (
        setup_routes(settings, secret, setup_token(settings), lacking),
        report_routes(queue.services.store.report, secret, settings.github_url),
    )
    return make_app(settings, queue, pages, lacking=lacking, works=works)


def run_service(what: str, *, host: str | None = None, port: int | None = None) -> int:
    """``twostep serve``, ``worker`` or ``demo``, until it is told to stop; the exit code."""
    try:
        settings = load_settings(host=host, port=port)
        match what:
            case "serve":
                while serve(settings, works=settings.serve_jobs):
                    settings = load_settings(host=host, port=port)
            case "worker":
                work(settings)
            case _:
                from bot.demo import (
                    demonstrate,
                )  # for a checkout only: it needs the tests' stand-in

                return demonstrate(port)
    except SettingsError as error:
        print(f"twostep: {error}", file=sys.stderr)  # noqa: T201  before there is a log
        return 2
    return 0


def serve(settings: Settings, parts: Parts | None = None, *, works: bool = True) -> bool:
    """
    The web service until SIGTERM or Ctrl-C; what runs then has ``stop_seconds`` to end.

    Whether it ended because the setup page has brought the App's credentials:
    then it is to be started again, with them.
    """
    set_up_logging(settings)
    _warn(settings)
    app = build_app(settings, parts, works=works)
    if not is_set_up(settings):
        log.warning("open this link to create the App", link=setup_link(settings))
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=5,
            # No limit_concurrency: it refuses the probes too, and a busy process would be restarted.
            # What comes in is bounded in bot.web.bodies.
        )
    )
    brought = threading.Event()
    if not settings.credentials_file.exists():

        def wait() -> None:
            while not server.should_exit:
                if settings.credentials_file.exists():
                    brought.set()
                    server.should_exit = True  # what is being answered is answered first
                    return
                time.sleep(SETUP_SECONDS)

        threading.Thread(target=wait, name="setup", daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        sys.exit(STARTUP_FAILED)
    return brought.is_set()


def work(settings: Settings, parts: Parts | None = None) -> None:
    """Do jobs until SIGTERM or Ctrl-C; what runs then has ``stop_seconds`` to end."""
    set_up_logging(settings)
    _warn(settings)
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    while parts is None and not settings.configured:
        if settings.credentials_file.exists():
            raise SettingsError(
                f"{settings.credentials_file} lacks a part of the App's credentials: set "
                "TWOSTEP_APP_ID, TWOSTEP_PRIVATE_KEY and TWOSTEP_WEBHOOK_SECRET."
            )
        log.info(
            "waiting for the App's credentials",
            file=str(settings.credentials_file),
            or_set="TWOSTEP_APP_ID, TWOSTEP_PRIVATE_KEY and TWOSTEP_WEBHOOK_SECRET",
        )
        while not settings.credentials_file.exists():
            if done.wait(SETUP_SECONDS):
                return
        settings = load_settings()
    queue = build_queue(settings, parts)
    queue.start()
    try:
        done.wait()
    finally:
        queue.stop()


def _warn(settings: Settings) -> None:
    """Say what of the settings will not do what somebody meant by it."""
    if unknown := unknown_names():
        log.warning("no such setting", names=unknown)
    if lacking := half_given(settings):
        log.warning(lacking)


def real_parts(settings: Settings, metrics: Metrics) -> Parts:
    """The GitHub of the settings; without credentials one that says so when it is asked."""
    public = settings.public_url or f"http://{settings.host}:{settings.port}"
    github: GitHub
    if settings.configured:
        _check_key(settings)
        github = GitHubClient(settings, observe=_observed(metrics))
    else:
        github = cast(GitHub, _NotSetUp())
    return Parts(
        github=github,
        answer=answer,
        report_url=report_links(public, report_secret(settings)),
    )


def _check_key(settings: Settings) -> None:
    """
    See that the App's key can sign, before the first job fails by it.

    Raises:
        SettingsError: it cannot.
    """
    assert settings.private_key is not None
    try:
        load_pem_private_key(settings.private_key.get_secret_value().encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # Their words may quote the key.
        raise SettingsError(
            "TWOSTEP_PRIVATE_KEY: the key cannot be read. Give the .pem file that GitHub made, whole and without a password."
        ) from None


class _NotSetUp:
    """Stands for GitHub until the setup page has brought the credentials."""

    def close(self, seconds: float) -> None:
        """There is nothing to close."""

    def __getattr__(self, name: str) -> NoReturn:
        raise SettingsError(
            "The App is not set up yet: open the link that stands in the service's log."
        )


def _observed(metrics: Metrics) -> Callable[[str, int, Mapping[str, str]], None]:
    """Counts what is asked of GitHub, and how much may still be asked."""

    def observe(method: str, status: int, headers: Mapping[str, str]) -> None:
        metrics.github_calls.labels(method, str(status)).inc()
        left = headers.get("x-ratelimit-remaining", "")
        if left.isdigit():
            metrics.rate_limit_left.labels(
                headers.get("x-installation", "app"), headers.get("x-ratelimit-resource", "core")
            ).set(int(left))

    return observe


def report_secret(settings: Settings) -> bytes:
    """
    What signs the links of reports: as set, or made once and kept in the data directory.

    Services on several machines need it set, or each would refuse the others' links.

    Raises:
        SettingsError: it can be neither written nor read.
    """
    if settings.report_secret is not None:
        return settings.report_secret.get_secret_value().encode()
    return kept_secret(settings.data_dir / "report-secret").encode()
