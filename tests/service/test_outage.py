"""The database goes away under load and comes back: what was answered with 202 is done, once."""

from __future__ import annotations

import time
from pathlib import Path

import httpx
import psycopg
from psycopg import sql

from tests.service.running import Service
from tests.service.world import World, migration, pull_request_event
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


def test_an_outage_of_the_database_loses_nothing(tmp_path: Path) -> None:
    world = World(tmp_path, delay=0.05)
    shop = world.repository(1, "acme/shop")
    with postgres.fresh_database() as name:
        service = Service(world, postgres.uri(name), attempts=30)
        service.start()
        heads = {
            number: world.pull_request(shop, number, migration("0002_note", f"n{number}"))
            for number in range(1, 6)
        }
        events = {n: pull_request_event(shop, n, head) for n, head in heads.items()}
        for number in (1, 2, 3):
            assert service.deliver("pull_request", events[number], f"before-{number}") == 202
        time.sleep(0.5)
        allow(name, False)
        try:
            assert service.alive(), "nobody restarts it for an outage of the database"
            assert service.client.get("/readyz").status_code == 503
            refused = service.deliver("pull_request", events[4], "during-4")
        finally:
            allow(name, True)
        assert refused == 503

        def ready() -> bool:
            try:
                return service.client.get("/readyz").status_code == 200
            except httpx.TransportError:
                return False

        service.until(ready, "the database to be back")
        for number in (4, 5):
            service.deliver_until_taken("pull_request", events[number], f"during-{number}")
        service.settle(120)
        service.stop()

    rows = world.github.rows("SELECT head_sha, status, problem FROM checks")
    assert {row["head_sha"] for row in rows} == set(heads.values())
    assert len(rows) == len(heads)
    assert {(row["status"], row["problem"]) for row in rows} == {("completed", "")}
    assert len(world.github.rows("SELECT * FROM comments")) == len(heads)
