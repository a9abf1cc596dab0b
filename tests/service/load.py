"""
``python -m tests.service.load``: how many deliveries are taken and reviewed, and that none is lost.

Two parts. First a flood: many clients send deliveries as fast as they are
answered, to the service alone, and each of them must be known to the queue in
the end. Then reviews: one worker, and two, work off one review for each of many
pull requests, with real git over HTTP, real analyses and the real publisher,
before the stand-in for GitHub, which takes its share of the same processors.
Figures are of this machine.
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

from tests.service.deployed import SECRET, Running
from tests.service.shops import add_shop, push
from tests.support import contracts, postgres
from tests.support.github import delivery

APPS = 30
"""Pull requests of one repository."""


def flood(directory: Path, database_url: str | None, deliveries: int, clients: int) -> int:
    """Send *deliveries*, print what it was like; how many were lost."""
    running = Running(directory, database_url, serve_jobs=False, log_level="WARNING")
    shop = add_shop(running.github, 1, apps=1)
    push(running.github, shop, 1, "note")
    event = running.github.pull_request_event(shop, 1, "opened")
    running.start()
    bodies = [delivery("pull_request", event, f"load-{n}", SECRET) for n in range(deliveries)]
    seconds: list[float] = []
    refused: list[int] = []

    async def client(mine: list[tuple[bytes, dict[str, str]]]) -> None:
        async with httpx.AsyncClient(base_url=running.url) as http:
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
    kept = len([each for each in running.taken() if each.startswith("load-")])
    running.stop()
    cuts = statistics.quantiles(seconds, n=100)
    print(
        f"  {deliveries} deliveries from {clients} clients: {deliveries / took:.0f}/s, "
        f"p50 {cuts[49] * 1000:.1f} ms, p99 {cuts[98] * 1000:.1f} ms, "
        f"longest {max(seconds) * 1000:.0f} ms; sent again after 503: {len(refused)}; "
        f"lost: {deliveries - kept}",
        flush=True,
    )
    return deliveries - kept


def reviews(
    directory: Path, database_url: str | None, pull_requests: int, workers: int, pause: float
) -> int:
    """Review *pull_requests* with so many *workers*; how many got no verdict, or several."""
    running = Running(
        directory,
        database_url,
        serve_jobs=False,
        reviews_at_once=2,
        debounce_seconds=0,
        github_pause_seconds=pause,
        log_level="WARNING",
    )
    github = running.github
    repositories = -(-pull_requests // APPS)
    shops = [add_shop(github, n, APPS, installation=n) for n in range(1, repositories + 1)]
    opened = [(shops[n % repositories], n // repositories + 1) for n in range(pull_requests)]
    for shop, number in opened:
        push(github, shop, number, f"c{number}")
    running.start("web")
    for shop, number in opened:
        event = github.pull_request_event(shop, number, "opened")
        while github.send("pull_request", event, f"load-{shop.id}-{number}") != 202:
            pass
    began = time.perf_counter()
    environment = running.environment | {"TWOSTEP_LOG_LEVEL": "INFO"}
    running.environment = environment
    for worker in range(workers):
        running.start(f"worker{worker}", "worker")

    def done() -> bool:
        return all(running.judged(shop, number) for shop, number in opened)

    with contextlib.suppress(AssertionError):
        running.until(done, "all verdicts", 900)
    took = time.perf_counter() - began
    running.settle(60)
    once = sum(len(running.judged(shop, number)) == 1 for shop, number in opened)
    running.stop()
    print(
        f"  {pull_requests} reviews with {workers} worker{'s' * (workers > 1)}, {pause:g} s between "
        f"writes: {pull_requests / took * 60:.0f} a minute; without exactly one verdict: "
        f"{pull_requests - once}",
        flush=True,
    )
    return pull_requests - once


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deliveries", type=int, default=5000)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--reviews", type=int, default=60)
    parser.add_argument("--pause", type=float, default=0.0, help="seconds between writes")
    parser.add_argument("--store", choices=("sqlite", "postgresql", "both"), default="both")
    arguments = parser.parse_args()
    # What the traffic is like is tested elsewhere; here it would cost the service's time.
    contracts.fetched = lambda: False
    print(f"{os.cpu_count()} cores", flush=True)
    lost = 0
    for store in ("SQLite", "PostgreSQL"):
        if arguments.store not in (store.lower(), "both"):
            continue
        print(store, flush=True)
        for workers in (0, 1, 2):
            with contextlib.ExitStack() as stack:
                directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
                url = None
                if store == "PostgreSQL":
                    url = postgres.uri(stack.enter_context(postgres.fresh_database()))
                if workers:
                    lost += reviews(directory, url, arguments.reviews, workers, arguments.pause)
                else:
                    lost += flood(directory, url, arguments.deliveries, arguments.clients)
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
