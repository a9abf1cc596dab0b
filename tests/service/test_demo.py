"""``make run``: the sample through the whole way, where it is seen, and a clean end; and restarts in good order."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.service.deployed import ROOT, Running, free_port, slowness
from tests.service.shops import add_shop, push


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
        end = time.monotonic() + 120 * slowness()
        while "Ctrl-C stops both" not in log.read_text():
            assert process.poll() is None
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.2)
        addresses = re.findall(r"http://\S+", log.read_text())
        assert len(addresses) >= 7
        assert {httpx.get(each).status_code for each in addresses} == {200}
        assert log.read_text().count(": failure") >= 3
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0
    text = log.read_text()
    assert text.endswith("Stopped.\n")
    assert "Traceback" not in text
    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://127.0.0.1:{port}/")


@pytest.mark.xdist_group("demo")
def test_a_restart_in_good_order_loses_nothing_and_complains_of_nothing(tmp_path: Path) -> None:
    running = Running(tmp_path)
    shop = add_shop(running.github, 1, apps=6)
    try:
        running.start()
        for number in range(1, 7):
            push(running.github, shop, number, f"c{number}")
            event = running.github.pull_request_event(shop, number, "opened")
            assert running.github.send("pull_request", event) == 202
        time.sleep(1.5)
        began = time.monotonic()
        running.stop_processes()
        assert time.monotonic() - began < 20
        running.start()
        running.until_judged(shop, *range(1, 7))
        running.settle()
    finally:
        running.stop()

    assert [run["conclusion"] for run in shop.checks.values()] == ["failure"] * 6
    assert "Traceback" not in running.log.read_text()
    assert running.watched() == []
