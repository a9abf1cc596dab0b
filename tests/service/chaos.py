"""
``python -m tests.service.chaos``: the service is killed again and again, and nothing may be lost or doubled.

Pushes to several pull requests of several installations arrive while processes
die by SIGKILL: at random times, and at the boundaries of the steps, where the
process kills itself just before or after it has written to GitHub. A killed
process of PostgreSQL's fleet does not come back under its old name: the
machine is lost. In the end every accepted delivery must have led to exactly
one check run on the head that it brought (as far as that was still the newest),
and to exactly one summary comment.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from bot.jobs.model import Repository
from tests.service.running import Service
from tests.service.world import World, migration, pull_request_event

BOUNDARIES = ("pull_request", "begin", "created", "publish", "commented", "published")
"""Before anything, before and after the first write, before, amid and after publishing."""


@dataclass
class Result:
    """What a run came to; ``problems`` has to be empty."""

    kills: int = 0
    deliveries: int = 0
    doubled: int = 0
    heads: int = 0
    check_runs: int = 0
    comments: int = 0
    taken_over: int = 0
    problems: list[str] = field(default_factory=list)


def chaos(
    directory: Path,
    *,
    kills: int,
    database_url: str | None,
    seed: int,
    pull_requests: int = 6,
    pause: float = 2.0,
) -> Result:
    """Run pushes and kills until there were *kills*, then let all end and look."""
    dice = random.Random(seed)
    world = World(directory, delay=0.02)
    shops = [world.repository(n, f"acme/shop{n}", installation=n % 3) for n in range(1, 4)]
    service = Service(world, database_url, dead_after_seconds=3, heartbeat_seconds=0.5, attempts=20)
    names = {"web": "serve"} if database_url is None else {"web": "web", "a": "work", "b": "work"}
    for name, what in names.items():
        service.start(name, what)
    result = Result()
    heads: dict[tuple[int, int], str] = {}
    begun = time.monotonic()
    try:
        while result.kills < kills:
            for _ in range(dice.randint(1, 3)):
                _push(world, service, dice, shops, pull_requests, heads, result)
            _kill(world, service, dice, names, result, pause)
        for what in BOUNDARIES:
            world.github.run("DELETE FROM faults WHERE kind = ?", f"{what} dies")
        for name, what in names.items():
            service.restart_the_dead(name, what)
        service.settle(180)
        result.taken_over = service.log.read_text().count('"took over"')
    finally:
        service.stop()
    _look(world, heads, result)
    print(f"{time.monotonic() - begun:.0f} s, seed {seed}", result, flush=True)
    return result


def _push(
    world: World,
    service: Service,
    dice: random.Random,
    shops: list[Repository],
    pull_requests: int,
    heads: dict[tuple[int, int], str],
    result: Result,
) -> None:
    shop, number = dice.choice(shops), dice.randint(1, pull_requests)
    column = f"c{result.deliveries}"
    head = world.pull_request(shop, number, migration(f"0002_{column}", column))
    heads[shop.id, number] = head
    event = pull_request_event(shop, number, head)
    guid = f"{shop.id}-{number}-{result.deliveries}"
    for _ in range(dice.choice((1, 1, 2))):
        _deliver(service, event, guid)
        result.doubled += 1
    result.deliveries += 1
    result.doubled -= 1


def _deliver(service: Service, event: dict[str, object], guid: str) -> None:
    """Like GitHub and its redeliveries: until it is taken. The dead are restarted meanwhile."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with contextlib.suppress(Exception):
            if service.deliver("pull_request", event, guid) == 202:
                return
        service.restart_the_dead("web", "serve" if service.database_url is None else "web")
    raise AssertionError(f"{guid} was never taken")


def _kill(
    world: World,
    service: Service,
    dice: random.Random,
    names: dict[str, str],
    result: Result,
    pause: float,
) -> None:
    """One kill: by us at a random time, or by the process itself at a boundary of its steps."""
    if dice.random() < 0.5:
        time.sleep(dice.uniform(0.05, pause))
        name = dice.choice([*names])
        if service.restart_the_dead(name, names[name]):
            result.kills += 1  # it had died at a boundary
            return
        service.kill(name)
        result.kills += 1
        service.start(name, names[name])
        return
    world.github.fault(f"{dice.choice(BOUNDARIES)} dies")
    end = time.monotonic() + pause
    while time.monotonic() < end:
        for name, what in names.items():
            if service.restart_the_dead(name, what):
                result.kills += 1
                return
        time.sleep(0.05)


def _look(world: World, heads: dict[tuple[int, int], str], result: Result) -> None:
    """Compare what is seen on the pull requests with what should be."""
    result.heads = len(heads)
    for (repository, number), head in sorted(heads.items()):
        where = f"{repository}#{number}"
        runs = world.github.rows(
            "SELECT * FROM checks WHERE repository=? AND head_sha=?", repository, head
        )
        complete = [run for run in runs if run["conclusion"] in ("success", "failure")]
        if len(complete) != 1 or len(runs) != 1:
            result.problems.append(f"{where}: {len(runs)} check runs on the newest head: {runs}")
        if any(run["problem"] for run in runs):
            result.problems.append(f"{where}: {runs[0]['problem']}")
        said = world.github.rows(
            "SELECT * FROM comments WHERE repository=? AND number=?", repository, number
        )
        if len(said) != 1:
            result.problems.append(f"{where}: {len(said)} comments")
        elif not said[0]["attempt"].endswith(head[:12]):
            result.problems.append(f"{where}: the comment speaks of {said[0]['attempt']}")
    every = Counter(
        (run["repository"], run["attempt"]) for run in world.github.rows("SELECT * FROM checks")
    )
    result.problems += [f"{run}: {count} check runs" for run, count in every.items() if count > 1]
    result.check_runs = sum(every.values())
    result.comments = len(world.github.rows("SELECT * FROM comments"))
    open_runs = world.github.rows("SELECT * FROM checks WHERE status <> 'completed'")
    newest = set(heads.values())
    result.problems += [f"never completed: {run}" for run in open_runs if run["head_sha"] in newest]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--store", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    arguments = parser.parse_args()
    problems: list[str] = []
    for store in ("sqlite", "postgresql"):
        if arguments.store not in (store, "both"):
            continue
        with contextlib.ExitStack() as stack:
            directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            url = None
            if store == "postgresql":
                from tests.support import postgres

                url = postgres.uri(stack.enter_context(postgres.fresh_database()))
            print(store, end=": ", flush=True)
            kills, seed = arguments.kills, arguments.seed
            problems += chaos(directory, kills=kills, database_url=url, seed=seed).problems
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
