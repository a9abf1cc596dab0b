"""From an empty directory to a service that takes deliveries: one click, and nothing to restart."""

from __future__ import annotations

import os
import re
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.github.auth import CHECKS, COMMENTS, CONTENTS, DEPLOYMENTS, LIST, PULLS
from bot.github.granted import EVENTS, PERMISSIONS
from tests.bot.github.test_client import key
from tests.service.deployed import ROOT, free_port, slowness
from tests.support.created_app import CREATED
from tests.support.github import delivery
from tests.support.scripted import Say, Seen, scripted


@contextmanager
def process(what: str, environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("ab") as out:
        made = subprocess.Popen(
            [sys.executable, "-m", "bot.cli", what],
            cwd=ROOT,
            env=environment,
            stdout=out,
            stderr=out,
        )
    try:
        yield made
    finally:
        made.terminate()
        assert made.wait(timeout=60 * slowness()) in (0, -signal.SIGTERM)


def until(question: Callable[[], bool], log: Path) -> None:
    began = time.monotonic()
    while not question():
        assert time.monotonic() < began + 120 * slowness(), log.read_text()[-4000:]
        time.sleep(0.1)


@pytest.mark.xdist_group("setting-up")
def test_one_click_and_the_service_and_its_worker_run(tmp_path: Path) -> None:
    made: dict[str, Any] = {
        **CREATED,
        "client_secret": "a client's secret",
        "webhook_secret": "a webhook's secret",
        "pem": key(),
    }

    def answers(seen: Seen) -> Say:
        if "conversions" in seen.path:
            return Say(201, made)
        if seen.path.endswith("/app"):
            described = {"name": "Two-Step", "owner": {"login": "acme"}, "events": EVENTS}
            return Say(200, {**described, "permissions": PERMISSIONS | {"merge_queues": ""}})
        return Say(200, [])

    log, port = tmp_path / "log", free_port()
    with scripted() as github:
        github.answers = answers
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("TWOSTEP_")},
            "PYTHONPATH": str(ROOT),
            "TWOSTEP_DATA_DIR": str(tmp_path / "data"),
            "TWOSTEP_GITHUB_URL": github.url,
            "TWOSTEP_PORT": str(port),
            "TWOSTEP_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "TWOSTEP_SERVE_JOBS": "false",
        }
        with (
            httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as web,
            process("serve", environment, log),
            process("worker", environment, log),
        ):

            def ready() -> dict[str, Any]:
                try:
                    answer: dict[str, Any] = web.get("/readyz").json()
                    return answer
                except httpx.TransportError:
                    return {}

            until(lambda: ready().get("status") == "not ready", log)
            assert list(ready()["problems"]) == ["credentials"]
            # Who watches from outside often asks for the head alone.
            asked = {path: web.head(path).status_code for path in ("/livez", "/healthz", "/readyz")}
            assert asked == {"/livez": 200, "/healthz": 200, "/readyz": 503}
            link = re.search(r'"link": "([^"]+)"', log.read_text())
            assert link
            assert web.get("/setup").status_code == 403
            page = web.get(link[1])
            state = re.search(r"state=([\w-]+)", page.text)
            assert state
            created = web.get("/setup/created", params={"code": "abc", "state": state[1]})
            assert created.status_code == 200
            assert "Nothing to restart" in created.text
            until(lambda: ready().get("status") == "ready", log)
            until(lambda: ready()["app_lacks"] == ["permission merge_queues: read"], log)
            until(lambda: log.read_text().count('"queue open"') >= 3, log)
            body, headers = delivery("ping", {"zen": "x"}, "ping-1", made["webhook_secret"])
            assert web.post("/webhooks/github", content=body, headers=headers).status_code == 202
            assert "of <strong>acme</strong>" in web.get("/").text
            assert web.get(link[1]).text.count("The App is set up")
            for path, mode in (("data", 0o700), ("data/credentials.json", 0o600)):
                assert stat.S_IMODE((tmp_path / path).stat().st_mode) == mode
    text = log.read_text()
    assert "Traceback" not in text, "the first service stops to start again with the credentials"
    for secret in ("a client's secret", "a webhook's secret", made["pem"].splitlines()[3]):
        assert secret not in text


def test_the_app_asks_for_what_the_code_uses_and_no_more() -> None:
    """Tokens are asked for with these; the others are for events to be delivered."""
    used: dict[str, str] = {}
    for permissions in (CHECKS, COMMENTS, CONTENTS, DEPLOYMENTS, LIST, PULLS):
        for name, level in permissions.items():
            used[name] = "write" if "write" in (level, used.get(name)) else level
    for_events = {"issues": "read", "merge_queues": "read"}

    assert {**used, **for_events} == PERMISSIONS
    assert {"merge_group", "deployment_status"} <= set(EVENTS)
