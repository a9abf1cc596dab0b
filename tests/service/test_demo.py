"""``make run``: the sample through the whole way, where it is seen, and a clean end; and restarts in good order."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

from tests.service.deployed import ROOT, Running, free_port, patient, slowness
from tests.service.shops import add_shop, push
from tests.service.wire import Break

LEFT = "jobs go on elsewhere, or at the next start"


@pytest.mark.xdist_group("demo")
def test_the_sample_is_served_shown_and_stopped(tmp_path: Path) -> None:
    log, port = tmp_path / "log", free_port()
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot.cli", "demo", "--port", str(port)],
            cwd=ROOT,
            stdout=out,
            stderr=out,
        )
    try:
        began = time.monotonic()
        while "Ctrl-C stops both" not in log.read_text():
            assert process.poll() is None
            assert time.monotonic() < began + 120 * slowness(), log.read_text()
            time.sleep(0.2)
        addresses = re.findall(r"http://\S+", log.read_text())
        assert len(addresses) >= 7
        assert {patient.get(each).status_code for each in addresses} == {200}
        assert log.read_text().count(": failure") >= 3
        (page,) = re.findall(r"pull requests show: (\S+)", log.read_text())
        reports = {each for each in addresses if "/reviews/" in each}
        assert reports == set(re.findall(r'http://[^"]+/reviews/[^"]+', patient.get(page).text))
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60 * slowness()) == 0
    text = log.read_text()
    assert text.endswith("Stopped.\n")
    assert "Traceback" not in text
    with pytest.raises(httpx.TransportError):
        patient.get(f"http://127.0.0.1:{port}/")


@pytest.mark.xdist_group("demo")
def test_a_restart_in_good_order_loses_nothing_and_complains_of_nothing(tmp_path: Path) -> None:
    """Two processes have a review each when they are stopped: GitHub answers one of them late, the other never."""
    running = Running(tmp_path, reviews_at_once=1, stop_seconds=0.5)
    shop = add_shop(running.github, 1, apps=4)
    late, never = threading.Event(), threading.Event()
    for until in (late, never):
        running.wire.breaks.append(Break("POST", "/check-runs$", after=True, until=until))

    def start() -> None:
        running.start()
        running.start("worker", "worker")

    try:
        start()
        for number in range(1, 5):
            push(running.github, shop, number, f"c{number}")
            event = running.github.pull_request_event(shop, number, "opened")
            assert running.github.send("pull_request", event) == 202
        running.until(lambda: not any(each.times for each in running.wire.breaks), "two reviews")
        stopping = threading.Thread(target=running.stop_processes)
        stopping.start()
        running.until(lambda: len(running.lines(event=LEFT)) == 2, "the reviews to be left")
        late.set()
        stopping.join()
        assert [run["status"] for run in shop.checks.values()] == ["in_progress"] * 2
        start()
        running.until_judged(shop, *range(1, 5))
        running.settle()
    finally:
        never.set()
        running.stop()

    assert [len(each["jobs"]) for each in running.lines(event=LEFT)] == [1, 1]
    assert [run["conclusion"] for run in shop.checks.values()] == ["failure"] * 4
    assert "Traceback" not in running.log.read_text()
    assert running.lines(level="error") == []
    assert running.watched() == []
