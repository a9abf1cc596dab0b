"""The machine's clock jumps, back and forth: nobody waits for it, and nothing is said twice."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest

from bot.github.auth import Clock, app_auth
from bot.render.summary import MARKER
from tests.service.deployed import Running, slowness
from tests.service.shops import add_shop, push
from tests.support.created_app import pem_of, private_key


@pytest.mark.xdist_group("clock")
def test_a_clock_that_jumps_keeps_nobody_waiting(tmp_path: Path) -> None:
    """Two hours back, then two forth: GitHub's tokens, pauses and delays go by the time that passes."""
    clock = tmp_path / "clock"
    clock.write_text("0")
    running = Running(tmp_path, debounce_seconds=3, attempts=6)
    running.environment["CLOCK"] = str(clock)
    running.program = ("-m", "tests.service.adrift")
    shop = add_shop(running.github, 1, apps=4)

    def opened(number: int) -> None:
        push(running.github, shop, number, f"c{number}")
        event = running.github.pull_request_event(shop, number, "opened")
        assert running.github.send("pull_request", event) == 202

    try:
        running.start()
        for number, jump in enumerate(("0", "-7200", "7200", "0"), start=1):
            opened(number)
            time.sleep(1)  # it waits for further pushes now
            clock.with_name("new").write_text(jump)
            clock.with_name("new").rename(clock)
            began = time.monotonic()
            running.until_judged(shop, number)
            assert time.monotonic() - began < 30 * slowness(), "a jump is not waited for"
        running.settle()
    finally:
        running.stop()

    assert [run["conclusion"] for run in shop.checks.values()] == ["failure"] * 4, shop.checks
    said = [each["number"] for each in shop.comments.values() if each["body"].startswith(MARKER)]
    assert sorted(said) == [1, 2, 3, 4]
    assert running.watched() == []


@pytest.mark.parametrize("ahead", [-7200, 0, 7200])
def test_the_apps_token_is_of_githubs_time(ahead: int) -> None:
    """It may live for ten minutes at most, by the clock over there."""
    key = private_key()
    pem = pem_of(key)
    there = time.time() + ahead
    clock = Clock()
    clock.heard({"date": time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(there))})
    auth = app_auth(7, pem, clock)

    said = claims(auth.token, key.public_key())
    assert abs(clock() - there) <= 12
    assert there - 90 < said["iat"] <= there + 1
    assert there < said["exp"] < there + 600
    assert said["iss"] == "7"


def claims(token: str, key: Any) -> dict[str, Any]:
    decode: Callable[..., dict[str, Any]] = jwt.decode
    return decode(
        token, key, algorithms=["RS256"], options={"verify_exp": False, "verify_iat": False}
    )
