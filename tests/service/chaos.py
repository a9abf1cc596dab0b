"""
``python -m tests.service.chaos``: the service is killed again and again, and nothing may be lost or doubled.

The service is the real one, with its real publisher, before the stand-in for
GitHub. First it is killed at each boundary of its steps and at each write to
GitHub, before and after it (``doomed.py``), then at random times, while pushes
to pull requests of several installations arrive. On PostgreSQL there is a
process for the web and two workers. Deliveries are sent once: what is not taken
comes again by the service's own asking. In the end every head that was
delivered and is still the newest has exactly one check run, with the right
conclusion, and every pull request exactly one summary.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from bot.render.inline import fingerprint_of
from bot.render.summary import MARKER
from tests.service.deployed import Running, slowness
from tests.service.doomed import FIRST, LATER, wire
from tests.service.shops import add_shop, push
from tests.support.github import Repo

APPS = 24
"""Pull requests of one repository."""


@dataclass
class Result:
    """What a run came to; ``problems`` has to be empty."""

    at_boundaries: int = 0
    at_random: int = 0
    paused: int = 0
    deliveries: int = 0
    doubled: int = 0
    redelivered: int = 0
    pull_requests: int = 0
    check_runs: int = 0
    cancelled: int = 0
    summaries: int = 0
    requests: int = 0
    taken_over: int = 0
    not_passed: list[str] = field(default_factory=list)
    """Boundaries that nobody came to in time."""
    problems: list[str] = field(default_factory=list)

    @property
    def kills(self) -> int:
        return self.at_boundaries + self.at_random


class Chaos:
    """A run: the service, what was pushed, and what is to be seen of it."""

    def __init__(self, directory: Path, database_url: str | None, seed: int) -> None:
        self.dice = random.Random(seed)
        self.wires = directory / "wires"
        self.wires.mkdir()
        several = database_url is not None
        self.running = Running(
            directory,
            database_url,
            attempts=20,
            github_pause_seconds=0.02,
            redeliver_every_seconds=1,
            serve_jobs=not several,
        )
        self.running.environment["TRIPWIRES"] = str(self.wires)
        self.running.program = ("-m", "tests.service.doomed")
        self.names = {"web": "serve"}
        if several:
            self.names |= {"a": "worker", "b": "worker"}
        self.github = self.running.github
        self.shops = [add_shop(self.github, n, APPS, installation=n % 3 + 1) for n in (1, 2, 3)]
        self.heads: dict[tuple[int, int], tuple[str, bool]] = {}
        """The newest head of each pull request, and whether it is sound."""
        self.result = Result()

    def start(self) -> None:
        for name, what in self.names.items():
            self.running.start(name, what)

    # What happens

    def deliver(self, repo: Repo, number: int, *, sound: bool = False, times: int = 1) -> None:
        """Push, and tell of it once; what is not taken is asked for again by the service itself."""
        count = self.result.deliveries = self.result.deliveries + 1
        action = "synchronize" if number in repo.pulls else "opened"
        head = push(self.github, repo, number, f"c{count}", sound=sound)
        self.heads[repo.id, number] = (head, sound)
        event = self.github.pull_request_event(repo, number, action)
        for _ in range(times):
            self.github.send("pull_request", event, f"chaos-{count}")
        self.result.doubled += times - 1

    def some_push(self) -> None:
        repo, number = self.dice.choice(self.shops), self.dice.randint(1, APPS)
        times = self.dice.choice((1, 1, 2))
        self.deliver(repo, number, sound=self.dice.random() < 0.3, times=times)

    def die_at(self, boundary: str, seconds: float = 20) -> None:
        """A push whose review comes to *boundary* kills whoever works on it."""
        known = [(shop, n) for shop in self.shops for n in range(1, APPS + 1)]
        if boundary in LATER:
            standing = [p for p in known if self.heads.get((p[0].id, p[1]), ("", True))[1] is False]
            repo, number = self.dice.choice(standing)
            self.running.settle(120)
            file = wire(self.wires, boundary)
            self.deliver(repo, number, sound=True)
        else:
            repo, number = self.dice.choice([p for p in known if (p[0].id, p[1]) not in self.heads])
            file = wire(self.wires, boundary)
            self.deliver(repo, number)
        began = time.monotonic()
        while file.exists() and time.monotonic() < began + seconds * slowness():
            time.sleep(0.05)
        try:
            file.unlink()
            self.result.not_passed.append(boundary)
        except FileNotFoundError:
            self.result.at_boundaries += 1
            processes = self.running.processes.values()
            self.running.until(lambda: any(p.poll() is not None for p in processes), "its death")
        self.revive()

    def die_at_random(self, pause: float) -> None:
        for _ in range(self.dice.randint(1, 3)):
            self.some_push()
        time.sleep(self.dice.uniform(0.05, pause))
        name = self.dice.choice([*self.names])
        self.running.kill(name)
        self.result.at_random += 1
        self.revive()

    def pause(self, seconds: float) -> None:
        """A worker stands still, is taken for dead, and goes on as if nothing had been."""
        for _ in range(3):
            self.some_push()
        time.sleep(self.dice.uniform(0.2, 1.0))
        worker = self.running.processes[self.dice.choice(("a", "b"))]
        worker.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        worker.send_signal(signal.SIGCONT)
        self.result.paused += 1

    def revive(self) -> None:
        for name, what in self.names.items():
            self.running.restart_the_dead(name, what)

    def settle(self) -> None:
        """Until every delivery was taken, and all that follows from it is done."""

        sent = {each["guid"] for each in self.github.deliveries}
        self.running.until(lambda: sent <= self.running.taken(), "every delivery", 120)
        self.running.settle(180)
        self.result.redelivered = len(self.github.deliveries) - (
            self.result.deliveries + self.result.doubled
        )

    # What is seen

    def look(self) -> Result:
        """Compare what is seen on the pull requests with what should be."""
        result = self.result
        result.pull_requests = len(self.heads)
        result.requests = len(self.github.requests)
        result.taken_over = self.running.log.read_text().count('"took over"')
        for shop in self.shops:
            attempts = Counter(run["external_id"] for run in shop.checks.values())
            result.problems += [f"{a}: {n} check runs" for a, n in attempts.items() if n > 1]
            result.check_runs += len(shop.checks)
            ends = Counter(run.get("conclusion") for run in shop.checks.values())
            result.cancelled += ends["cancelled"]
            result.problems += [
                f"never completed: {shop.full_name} {run['external_id']}"
                for run in shop.checks.values()
                if run["status"] != "completed"
            ]
        for (repository, number), (head, sound) in sorted(self.heads.items()):
            shop = self.shops[repository - 1]
            result.problems += [
                f"{shop.full_name}#{number}: {problem}"
                for problem in self._wrong_with(shop, number, head, sound)
            ]
        result.problems += self.running.watched()
        return result

    def _wrong_with(self, shop: Repo, number: int, head: str, sound: bool) -> list[str]:
        wrong = []
        runs = [run for run in shop.checks.values() if run["head_sha"] == head]
        expected = "success" if sound else "failure"
        if [run.get("conclusion") for run in runs] != [expected]:
            wrong.append(
                f"check runs on the newest head: {[run.get('conclusion') for run in runs]}"
            )
        bodies = [
            each["body"]
            for each in shop.comments.values()
            if each["number"] == number and each["body"].startswith(MARKER)
        ]
        self.result.summaries += len(bodies)
        if len(bodies) != 1:
            wrong.append(f"{len(bodies)} summaries")
        elif head[:10] not in bodies[0]:
            wrong.append("the summary speaks of another head")
        seen = {
            each["id"]: each["body"]
            for each in shop.lines.values()
            if each["number"] == number
            and not each["in_reply_to_id"]
            and each["node_id"] not in self.github.hidden
        }
        marks = Counter(map(fingerprint_of, seen.values()))
        if any(count > 1 for count in marks.values()):
            wrong.append(f"comments on lines: {marks}")
        collides = any("conflicting-leaf-nodes" in body for body in seen.values())
        if sound == collides:
            wrong.append("the collision is still seen" if sound else "the collision is not seen")
        return wrong


def chaos(
    directory: Path,
    *,
    boundaries: tuple[str, ...],
    kills: int,
    database_url: str | None,
    seed: int,
    pauses: int = 0,
    pause: float = 2.0,
) -> Result:
    """A kill at each of *boundaries*, at random times until there were *kills*; then look."""
    begun = time.monotonic()
    run = Chaos(directory, database_url, seed)
    try:
        run.start()
        for boundary in boundaries:
            run.die_at(boundary)
        while run.result.kills < kills:
            run.die_at_random(pause)
        for _ in range(pauses):
            run.pause(5)
        run.revive()
        run.settle()
    finally:
        run.running.stop()
    result = run.look()
    print(f"{time.monotonic() - begun:.0f} s, seed {seed}: {result}", flush=True)
    return result


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--pauses", type=int, default=5)
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
            result = chaos(
                directory,
                boundaries=(*FIRST, *LATER),
                kills=arguments.kills,
                database_url=url,
                seed=arguments.seed,
                pauses=0 if url is None else arguments.pauses,
            )
            problems += result.problems
            problems += [f"nobody came to: {each}" for each in result.not_passed]
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
