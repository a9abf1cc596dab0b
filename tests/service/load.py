"""
``python -m tests.service.load``: how many deliveries are taken and reviewed, and that none is lost.

Two parts. First a flood: many clients send deliveries as fast as they are
answered, to the service alone, and each of them must be known to the queue in
the end. Then reviews: one worker, and two, work off one review for each of many
pull requests, with real git and real analyses. Figures are of this machine.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import httpx
import sqlalchemy as sa

from tests.service.running import Service
from tests.service.world import World, delivery, migration, pull_request_event
from tests.support import postgres


def flood(directory: Path, database_url: str | None, deliveries: int, clients: int) -> int:
    """Send *deliveries*, print what it was like; how many were lost."""
    world = World(directory)
    shop = world.repository(1, "acme/shop")
    service = Service(world, database_url, log_level="WARNING")
    service.start("web", "web")
    bodies = [
        delivery("pull_request", pull_request_event(shop, n % 500, "a" * 40), f"load-{n}")
        for n in range(deliveries)
    ]
    seconds: list[float] = []
    refused: list[int] = []

    async def client(mine: list[tuple[bytes, dict[str, str]]]) -> None:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{service.port}") as http:
            for body, headers in mine:
                while True:
                    began = time.perf_counter()
                    answer = await http.post(
                        "/webhooks/github", content=body, headers=headers, timeout=30
                    )
                    seconds.append(time.perf_counter() - began)
                    if answer.status_code == 202:
                        break
                    refused.append(answer.status_code)

    async def all_clients() -> None:
        await asyncio.gather(*(client(bodies[n::clients]) for n in range(clients)))

    began = time.perf_counter()
    asyncio.run(all_clients())
    took = time.perf_counter() - began
    kept = len(known(service))
    service.stop()
    cuts = statistics.quantiles(seconds, n=100)
    print(
        f"  {deliveries} deliveries from {clients} clients: {deliveries / took:.0f}/s, "
        f"p50 {cuts[49] * 1000:.1f} ms, p99 {cuts[98] * 1000:.1f} ms, "
        f"longest {max(seconds) * 1000:.0f} ms; sent again after 503: {len(refused)}; "
        f"lost: {deliveries - kept}",
        flush=True,
    )
    return deliveries - kept


def known(service: Service) -> set[str]:
    """The deliveries that the queue has."""
    if service.database_url:
        url = "postgresql+psycopg://" + service.database_url.split("://", 1)[1]
        table = "dbos.workflow_status"
    else:
        url, table = f"sqlite:///{service.data}/jobs.sqlite", "workflow_status"
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        query = sa.text(f"SELECT workflow_uuid FROM {table} WHERE workflow_uuid LIKE 'gh:load-%'")
        return {str(each) for each in connection.execute(query).scalars()}


def reviews(directory: Path, database_url: str | None, pull_requests: int, workers: int) -> int:
    """Review *pull_requests* with so many *workers*; how many got no verdict."""
    world = World(directory)
    shops = [world.repository(n, f"acme/shop{n}", installation=n) for n in range(1, 5)]
    service = Service(world, database_url, reviews_at_once=2, debounce_seconds=0)
    heads = {}
    for number in range(pull_requests):
        shop = shops[number % len(shops)]
        column = f"c{number}"
        heads[shop.id, number] = world.pull_request(
            shop, number, migration(f"0002_{column}", column)
        )
    service.start("web", "web")
    for (repository, number), head in heads.items():
        shop = shops[repository - 1]
        service.deliver_until_taken(
            "pull_request", pull_request_event(shop, number, head), f"load-{number}"
        )
    began = time.perf_counter()
    for worker in range(workers):
        service.start(f"worker{worker}", "work")

    def done() -> bool:
        rows = world.github.rows("SELECT count(*) AS n FROM checks WHERE status='completed'")
        return bool(rows[0]["n"] >= pull_requests)

    with contextlib.suppress(AssertionError):
        service.until(done, "all verdicts", 600)
    took = time.perf_counter() - began
    rows = world.github.rows(
        "SELECT head_sha, count(*) AS n FROM checks WHERE status='completed' GROUP BY head_sha"
    )
    service.stop()
    once = {row["head_sha"] for row in rows if row["n"] == 1}
    lost = sum(head not in once for head in heads.values())
    print(
        f"  {pull_requests} reviews with {workers} worker{'s' * (workers > 1)}: "
        f"{pull_requests / took * 60:.0f} a minute; without exactly one verdict: {lost}",
        flush=True,
    )
    return lost


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deliveries", type=int, default=5000)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--reviews", type=int, default=60)
    arguments = parser.parse_args()
    print(f"{os.cpu_count()} cores", flush=True)
    lost = 0
    for store in ("SQLite", "PostgreSQL"):
        print(store, flush=True)
        for workers in (0, 1, 2):
            with contextlib.ExitStack() as stack:
                directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
                url = None
                if store == "PostgreSQL":
                    url = postgres.uri(stack.enter_context(postgres.fresh_database()))
                if workers:
                    lost += reviews(directory, url, arguments.reviews, workers)
                else:
                    lost += flood(directory, url, arguments.deliveries, arguments.clients)
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
