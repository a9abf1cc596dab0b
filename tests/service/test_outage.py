"""The database goes away under load and comes back: what was answered with 202 is done, once."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from bot.render.summary import MARKER
from tests.service.deployed import Running, patient
from tests.service.shops import add_shop, push
from tests.support import postgres


def allow(database: str, allowed: bool) -> None:
    """Close *database* for everybody and end their connections, or open it again."""
    with psycopg.connect(postgres.uri(), autocommit=True) as admin:
        state = sql.SQL("true" if allowed else "false")
        admin.execute(
            sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS {}").format(
                sql.Identifier(database), state
            )
        )
        if not allowed:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                (database,),
            )


@contextmanager
def closed(database: str) -> Iterator[None]:
    allow(database, False)
    try:
        yield
    finally:
        allow(database, True)


@contextmanager
def held(file: Path) -> Iterator[None]:
    """Another program holds the file and lets nobody write: a copy is made, or a file system hangs."""
    with closing(sqlite3.connect(file, timeout=30, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        try:
            yield
        finally:
            other.execute("ROLLBACK")


@pytest.mark.parametrize("store", ["PostgreSQL", "SQLite"])
def test_an_outage_of_the_database_loses_nothing(tmp_path: Path, store: str) -> None:
    with ExitStack() as stack:
        name = stack.enter_context(postgres.fresh_database()) if store == "PostgreSQL" else ""
        url = postgres.uri(name) if name else None
        running = Running(tmp_path, url, attempts=30, redeliver_every_seconds=1)
        stack.callback(running.stop)
        shop = add_shop(running.github, 1, apps=5)
        running.start()
        for number in range(1, 6):
            push(running.github, shop, number, f"n{number}")
        events = {n: running.github.pull_request_event(shop, n, "opened") for n in shop.pulls}
        for number in (1, 2, 3):
            assert running.github.send("pull_request", events[number], f"before-{number}") == 202
        time.sleep(0.5)
        with ExitStack() as away:
            if name:
                away.enter_context(closed(name))
            else:
                away.enter_context(held(running.data / "jobs.sqlite"))
                away.enter_context(held(running.data / "twostep.sqlite"))
            alive = patient.get(f"{running.url}/livez").status_code == 200
            assert alive, "nobody restarts it for an outage of the database"
            if name:
                assert patient.get(f"{running.url}/readyz").status_code == 503
            assert running.github.send("pull_request", events[4], "during-4") in (503, 0)
        running.until(running.ready, "the database to be back")
        assert running.github.send("pull_request", events[5], "after-5") == 202
        running.until_judged(shop, *events)
        running.settle(120)

    assert [running.judged(shop, n)[0]["conclusion"] for n in events] == ["failure"] * 5
    assert len(shop.checks) == len(events)
    said = [each["number"] for each in shop.comments.values() if each["body"].startswith(MARKER)]
    assert sorted(said) == sorted(events)
    assert running.watched() == []
