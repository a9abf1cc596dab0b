"""Nobody is crowded out, and nobody is harmed by what another one pushes."""

from __future__ import annotations

import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bot.git.fast_import import Commit, make_repository
from tests.service.deployed import Running, slowness
from tests.service.shops import add_shop, column, push
from tests.support.github import Repo


class Watch:
    """Looks at the stand-in all the time: how many reviews are in progress, and who is done when."""

    def __init__(self, running: Running, shops: list[Repo]) -> None:
        self._running, self._shops = running, shops
        self.most: Counter[str] = Counter()
        """At a time, by repository, by pull request, and of all."""
        self.done: list[tuple[int, str]] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stop.is_set():
            now: Counter[str] = Counter()
            for shop in self._shops:
                for run in shop.checks.copy().values():
                    number = run["external_id"].partition(".")[0]
                    if run["status"] == "completed":
                        if (shop.id, run["external_id"]) not in self.done:
                            self.done.append((shop.id, run["external_id"]))
                    else:
                        now.update([shop.full_name, f"{shop.full_name}#{number}", "all"])
            self.most |= now
            time.sleep(0.01)


@pytest.mark.xdist_group("fairness")
def test_a_noisy_installation_starves_nobody_and_limits_hold(tmp_path: Path) -> None:
    running = Running(tmp_path, reviews_at_once=2, reviews_per_installation=1, debounce_seconds=0)
    noisy = add_shop(running.github, 1, apps=9, installation=1)
    quiet = add_shop(running.github, 2, apps=2, installation=2)
    try:
        running.start()
        with Watch(running, [noisy, quiet]) as watch:
            wanted = [(noisy, n) for n in range(1, 10)] + [(quiet, n) for n in range(1, 3)]
            for shop, number in wanted:
                push(running.github, shop, number, f"c{number}")
            for shop, number in wanted:
                event = running.github.pull_request_event(shop, number, "opened")
                assert running.github.send("pull_request", event) == 202
            running.until_judged(noisy, *range(1, 10))
            running.until_judged(quiet, 1, 2)
            running.settle()
    finally:
        running.stop()

    assert watch.most[noisy.full_name] == watch.most[quiet.full_name] == 1
    assert watch.most["all"] == 2, "both at once, and no more than the process may"
    order = [shop for shop, _ in watch.done]
    assert len(order) == 11
    before = order[: max(n for n, each in enumerate(order) if each == quiet.id)].count(noisy.id)
    assert before < 7, f"the quiet one waited for {before} of 9"
    assert running.watched() == []


def deep(number: int) -> str:
    """A migration of some hundred kilobytes that is all expressions."""
    return (
        "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n"
        f'    dependencies = [("app4", "0003_note")]\n    number = {number}\n    operations = ['
        + "[],{}," * 60_000
        + "]\n"
    )


@pytest.mark.xdist_group("fairness")
@pytest.mark.parametrize(
    ("limits", "conclusions"),
    [
        ({"analysis_seconds": 300, "analysis_memory_mb": 256}, {"failure"}),
        ({"analysis_seconds": 15 * slowness(), "analysis_memory_mb": 4000}, {"timed_out"}),
    ],
    ids=["memory", "time"],
)
def test_a_hostile_pull_request_harms_nobody_and_does_not_pass(
    tmp_path: Path, limits: dict[str, Any], conclusions: set[str]
) -> None:
    """A bomb for memory, and one for time; the others are judged meanwhile, by the same process."""
    running = Running(tmp_path, reviews_at_once=2, **limits)
    shop = add_shop(running.github, 1, apps=4)
    try:
        running.start()
        bombs = {f"app4/migrations/{n:04}_bomb.py": deep(n) for n in range(10, 90)}
        files = {**column("app4", "0003_note", "0002_tax", ("tax", "note")), **bombs}
        make_repository(
            shop.git, [Commit(branch="feature-4", parent="main", files=files)], bare=True
        )
        running.github.open(shop, 4, "feature-4", "Nothing to see here")
        for number in (4, 1, 2, 3):
            if number != 4:
                push(running.github, shop, number, f"c{number}")
            event = running.github.pull_request_event(shop, number, "opened")
            assert running.github.send("pull_request", event) == 202
        running.until_judged(shop, 1, 2, 3)
        process = running.processes["serve"].pid
        running.until(lambda: bool(running.judged(shop, 4)), "the end of the bomb", 120)
        assert resident_mb(process) < 400
        running.settle()
        alive = running.processes["serve"].poll() is None
    finally:
        running.stop()

    assert alive
    assert {run["conclusion"] for run in running.judged(shop, 4)} == conclusions
    text = str(running.judged(shop, 4)[-1]["output"])
    assert "TWOSTEP_ANALYSIS_" in text, text
    for number in (1, 2, 3):
        assert [run["conclusion"] for run in running.judged(shop, number)] == ["failure"]
        assert "two leaf nodes" in str(running.judged(shop, number)[0]["output"])


def resident_mb(process: int) -> float:
    """The most that *process* itself has ever held."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1000
    raise AssertionError(f"{process} is gone")
