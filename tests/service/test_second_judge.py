"""The whole way once more, with each request and answer judged by Prism, a proxy that we did not write."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.sample import PULL_REQUESTS, make_sample
from tests.service.deployed import Running, free_port, slowness
from tests.support import contracts
from tests.support.github import API, Repo
from tests.support.needed import needed

pytestmark = pytest.mark.xdist_group("second-judge")

ONCE = b"x-judged"
"""On requests that have been to the proxy, and come from there."""

NOT_OURS = {"host", "content-length", "connection", "accept-encoding"}


@dataclass
class Court:
    """Before the stand-in: what is asked of the API makes the way through Prism, and its doubts are kept."""

    app: ASGIApp
    proxy: str
    seen: int = 0
    doubts: list[str] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not scope["path"].startswith(API) or any(name == ONCE for name, _ in scope["headers"]):
            await self.app(scope, receive, send)
            return
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        path = scope["raw_path"].decode().removeprefix(API)
        query = f"?{scope['query_string'].decode()}" if scope["query_string"] else ""
        headers = [(k, v) for k, v in scope["headers"] if k.decode() not in NOT_OURS]
        async with httpx.AsyncClient(timeout=60) as client:
            answer = await client.request(
                scope["method"],
                f"{self.proxy}{path}{query}",
                headers=[*headers, (ONCE, b"1")],
                content=body,
            )
        self.seen += 1
        for each in json.loads(answer.headers.get("sl-violations", "[]")):
            self.doubts.append(f"{scope['method']} {path}: {json.dumps(each)}")
        # A connection that was closed between the two is no opinion; the service asks again.
        if "problem+json" in answer.headers.get("content-type", "") and (
            answer.json()["type"] != "FetchError"
        ):
            self.doubts.append(f"{scope['method']} {path}: {answer.text}")
        kept = [(k, v) for k, v in answer.headers.raw if k.lower() not in _HOPS]
        await send({"type": "http.response.start", "status": answer.status_code, "headers": kept})
        await send({"type": "http.response.body", "body": answer.content})


_HOPS = {b"transfer-encoding", b"connection", b"content-encoding", b"content-length"}


@pytest.fixture(scope="module")
def prism_port() -> int:
    there = (contracts.PRISM / "node_modules").exists()
    needed(there, "`make contracts` installs the proxy")
    return free_port()


@pytest.fixture(scope="module")
def court(
    tmp_path_factory: pytest.TempPathFactory, prism_port: int
) -> Iterator[tuple[Running, Court]]:
    running = Running(tmp_path_factory.mktemp("second-judge"))
    proxy = f"http://127.0.0.1:{prism_port}"
    court = Court(running.wire.app, proxy)
    running.wire.app = court
    log = running.directory / "prism.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            _command(prism_port, running.github_url), cwd=contracts.PRISM, stdout=out, stderr=out
        )
    try:
        _until_up(process, proxy, log)
        running.start()
        yield running, court
    finally:
        running.stop()
        process.terminate()
        process.wait(timeout=60 * slowness())


def _command(port: int, upstream: str) -> list[str]:
    program = "node_modules/@stoplight/prism-cli/dist/index.js"
    document = str(contracts.FOLDER / "rest.json")
    return ["node", program, "proxy", "-p", str(port), "-v", "warn", document, upstream + API]


def _until_up(process: subprocess.Popen[bytes], proxy: str, log: Path) -> None:
    for _ in range(600):
        assert process.poll() is None, log.read_text()
        try:
            httpx.get(f"{proxy}/", headers=[(ONCE, b"1")], timeout=30)
        except httpx.TransportError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError(f"no proxy: {log.read_text()}")


@pytest.fixture(scope="module")
def shop(court: tuple[Running, Court]) -> Repo:
    running, _ = court
    make_sample(running.github.root / "acme/shop.git", bare=True)
    shop = running.github.add("acme/shop")
    for each in PULL_REQUESTS:
        running.github.open(shop, each.number, each.branch, each.title)
        event = running.github.pull_request_event(shop, each.number, "opened")
        assert running.github.send("pull_request", event) == 202
    running.until_judged(shop, *shop.pulls)
    running.settle()
    return shop


def test_all_that_is_asked_and_answered_is_as_github_describes(
    court: tuple[Running, Court], shop: Repo
) -> None:
    running, judge = court
    said = running.github.say(shop, 6, "/twostep plan")
    issue = {"number": 6, "pull_request": {}}
    event = running.github.event(shop, "created", issue=issue, comment=said)
    assert running.github.send("issue_comment", event) == 202
    running.until(lambda: (said["id"], "rocket") in running.github.reactions, "the answer")
    running.settle()

    assert judge.seen > 10 * len(shop.pulls)
    assert judge.doubts == []
    assert running.watched() == []


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("a conclusion that there is not", {"conclusion": "great"}),
    ("no head", {"head_sha": None}),
    ("more annotations than 50", {"output": {"title": "t", "summary": "s", "annotations": [{
        "path": "a.py", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "m",
    }] * 51}}),
]  # fmt: skip


@pytest.mark.parametrize(("what", "change"), WRONG, ids=[what for what, _ in WRONG])
def test_the_judge_can_say_no(
    court: tuple[Running, Court], shop: Repo, what: str, change: dict[str, Any]
) -> None:
    running, judge = court
    before = len(judge.doubts)
    body = {
        "name": "Two-Step",
        "head_sha": running.github.head(shop, min(shop.pulls)),
        "status": "completed",
    }
    asked = {k: v for k, v in {**body, "conclusion": "success", **change}.items() if v is not None}
    headers = {"authorization": f"Bearer {next(iter(running.github.tokens))}"}
    url = f"{running.github_url}{API}/repos/acme/shop/check-runs"
    unlawful, checks = len(running.github.unlawful), dict(shop.checks)
    httpx.post(url, json=asked, headers=headers, timeout=60)

    assert len(judge.doubts) > before, what
    # What was made wrongly would be shown wrongly to all who look later.
    del judge.doubts[before:], running.github.unlawful[unlawful:]
    shop.checks.clear()
    shop.checks.update(checks)
