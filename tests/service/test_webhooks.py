"""The route alone, on a real server: signatures, bounds, and never an error of ours."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import structlog.testing
import uvicorn
from fastapi import FastAPI

from bot.jobs.model import Job, Repository, ReviewWanted
from bot.metrics import Metrics
from bot.web import bodies, webhooks
from tests.service.deployed import patient, slowness
from tests.support import contracts
from tests.support.github import delivery, signed

NEW, OLD = "It's a Secret to Everybody", "geheim ✓"
SHOP = Repository(id=1, full_name="acme/shop", installation=2)


class Taken:
    """What was accepted; can be told to hang or to fail, as a database does."""

    def __init__(self) -> None:
        self.jobs: list[tuple[str, Job]] = []
        self.until: threading.Event | None = None
        self.error: Exception | None = None

    def __call__(self, guid: str, job: Job) -> None:
        if self.until is not None:
            self.until.wait()
        if self.error is not None:
            raise self.error
        self.jobs.append((guid, job))


@pytest.fixture
def taken() -> Taken:
    return Taken()


@pytest.fixture
def url(taken: Taken, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for module, name in ((bodies, "READ_SECONDS"), (webhooks, "ACCEPT_SECONDS")):
        monkeypatch.setattr(module, name, getattr(module, name) * slowness())
    app = FastAPI()
    app.include_router(
        webhooks.webhook_routes(taken, lambda: (NEW.encode(), OLD.encode()), lambda: 7, Metrics())
    )
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/webhooks/github"
        server.should_exit = True
        thread.join()


def opened() -> dict[str, Any]:
    return {
        "action": "opened",
        "number": 3,
        "pull_request": {
            "number": 3,
            "head": {"sha": "a" * 40, "ref": "feature-3"},
            "base": {"sha": "0" * 40, "ref": "main"},
        },
        "repository": {"id": SHOP.id, "full_name": SHOP.full_name},
        "installation": {"id": SHOP.installation},
        "sender": {"login": "author", "type": "User"},
    }


def test_the_published_example_of_a_signature() -> None:
    assert signed(b"Hello, World!", NEW).endswith(
        "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    )


@pytest.mark.parametrize("secret", [NEW, OLD])
def test_both_secrets_are_good_while_they_are_changed(url: str, taken: Taken, secret: str) -> None:
    body, headers = delivery("pull_request", opened(), "1-a", secret)

    assert patient.post(url, content=body, headers=headers).status_code == 202
    [(guid, job)] = taken.jobs
    assert guid == "1-a"
    assert isinstance(job, ReviewWanted)


@pytest.mark.parametrize(
    "signature",
    [
        None,
        b"",
        b"sha256=",
        b"sha256=" + b"0" * 64,
        b"sha1=" + b"0" * 40,
        "sha256=ünïcödé".encode("latin-1"),
        b"sha256=" + b"\xff" * 64,
    ],
)
def test_without_a_valid_signature_nothing_is_taken(
    url: str, taken: Taken, signature: bytes | None
) -> None:
    body, headers = delivery("pull_request", opened(), "1-a", "another")
    raw = {name.encode(): value.encode() for name, value in headers.items()}
    del raw[b"x-hub-signature-256"]
    if signature is not None:
        raw[b"x-hub-signature-256"] = signature

    assert patient.post(url, content=body, headers=raw).status_code == 401
    assert taken.jobs == []


def test_the_operator_is_told_once_that_signatures_are_refused(url: str) -> None:
    """A wrong secret is the usual reason; whoever sends rubbish fills no log with it."""
    body, headers = delivery("ping", {"zen": "x"}, "1-wrong", "another")

    with structlog.testing.capture_logs() as lines:
        for _ in range(3):
            assert patient.post(url, content=body, headers=headers).status_code == 401

    (line,) = lines
    assert line["delivery"] == "1-wrong"
    assert "TWOSTEP_WEBHOOK_SECRET" in line["hint"]


def test_before_there_is_a_secret_the_operator_is_told_that() -> None:
    app = FastAPI()
    app.include_router(webhooks.webhook_routes(Taken(), lambda: (), lambda: None, Metrics()))
    body, headers = delivery("ping", {"zen": "x"}, "1-early", NEW)

    async def sent() -> int:
        there = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=there, base_url="http://here") as client:
            answer = await client.post("/webhooks/github", content=body, headers=headers)
        return answer.status_code

    with structlog.testing.capture_logs() as lines:
        assert asyncio.run(sent()) == 401

    (line,) = lines
    assert "no webhook secret is set" in line["hint"]


def test_the_signature_is_over_the_raw_bytes(url: str) -> None:
    body, headers = delivery("pull_request", opened(), "1-a", NEW)
    respaced = json.dumps(json.loads(body), indent=1).encode()

    assert patient.post(url, content=respaced, headers=headers).status_code == 401


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_above_25_megabytes_is_refused_while_it_comes_in(
    url: str, taken: Taken, announced: bool
) -> None:
    body = b" " * (bodies.BODY_BYTES + 1)
    headers = {**delivery("push", {}, "1-a", NEW)[1], "x-hub-signature-256": signed(body, NEW)}
    sent: Any = body if announced else (body[i : i + 65536] for i in range(0, len(body), 65536))

    status = 0
    # The server may hang up before all is sent: it has heard enough.
    with contextlib.suppress(httpx.WriteError, httpx.ReadError):
        status = patient.post(url, content=sent, headers=headers).status_code
    assert status in (0, 413)
    assert taken.jobs == []


def test_one_of_24_megabytes_is_taken(url: str, taken: Taken) -> None:
    body, headers = delivery("pull_request", {**opened(), "padding": "x" * 24_000_000}, "1-a", NEW)

    assert patient.post(url, content=body, headers=headers).status_code == 202
    assert len(taken.jobs) == 1


@contextlib.contextmanager
def begun(url: str, announced: int, sent: bytes) -> Iterator[socket.socket]:
    """A delivery that somebody begins and does not end; no secret is needed for it."""
    there = urlsplit(url)
    head = [f"POST {there.path} HTTP/1.1", f"host: {there.netloc}", f"content-length: {announced}"]
    head += ["x-github-event: any", "x-hub-signature-256: sha256=" + "0" * 64]
    with socket.create_connection((there.hostname, there.port), timeout=60) as wire:
        with contextlib.suppress(ConnectionError):  # answered before all was sent
            wire.sendall("\r\n".join([*head, "", ""]).encode() + sent)
        yield wire


def answered(wire: socket.socket) -> int:
    """The status of what the server says before it hangs up."""
    said = b""
    with contextlib.suppress(ConnectionResetError):
        while part := wire.recv(65536):
            said += part
    return int(said.split()[1])


def test_a_body_that_does_not_come_is_not_waited_for(
    url: str, taken: Taken, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "READ_SECONDS", 0.3)
    with begun(url, 1000, b"{") as wire:
        assert answered(wire) == 408
    assert taken.jobs == []


def test_bodies_that_do_not_end_give_way_to_those_that_do(
    url: str, taken: Taken, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anybody can begin a delivery: all that is kept of them together has a bound, and GitHub's get through."""
    monkeypatch.setattr(bodies, "ALL_BYTES", 5_000_000)
    with contextlib.ExitStack() as stack:
        wires = [stack.enter_context(begun(url, 24_000_000, b"x" * 2_000_000)) for _ in range(15)]
        padded = {**opened(), "padding": "x" * 1_000_000}
        body, headers = delivery("pull_request", padded, "1-a", NEW)
        assert patient.post(url, content=body, headers=headers).status_code == 202
        assert [answered(wire) for wire in wires[:13]] == [503] * 13
    assert len(taken.jobs) == 1


def test_many_bodies_that_do_not_end_give_way_as_well(
    url: str, taken: Taken, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "AT_ONCE", 4)
    with contextlib.ExitStack() as stack:
        wires = [stack.enter_context(begun(url, 1000, b"{")) for _ in range(8)]
        body, headers = delivery("pull_request", opened(), "1-a", NEW)
        assert patient.post(url, content=body, headers=headers).status_code == 202
        assert [answered(wire) for wire in wires[:4]] == [503] * 4
    assert len(taken.jobs) == 1


def test_what_was_read_takes_no_room_any_more(
    url: str, taken: Taken, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "ALL_BYTES", 1_500_000)
    with begun(url, 1000, b"{") as oldest:
        for number in range(5):
            padded = {**opened(), "padding": "x" * 1_000_000}
            body, headers = delivery("pull_request", padded, f"{number}-a", NEW)
            assert patient.post(url, content=body, headers=headers).status_code == 202
        oldest.setblocking(False)
        with pytest.raises(BlockingIOError):
            oldest.recv(1)
    assert len(taken.jobs) == 5


def test_half_a_body_is_nothing(url: str, taken: Taken) -> None:
    """The sender hangs up in the middle; nobody waits for the rest, and the next one is taken."""
    body, headers = delivery("pull_request", opened(), "half-1", NEW)
    with begun(url, len(body), body[: len(body) // 2]):
        pass
    assert patient.post(url, content=body, headers=headers).status_code == 202
    assert len(taken.jobs) == 1


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'"text"', b"[" * 100_000, b"\xff\xfe", b"NaN"]
)
def test_what_is_no_object_is_malformed(url: str, body: bytes) -> None:
    headers = {**delivery("push", {}, "1-a", NEW)[1], "x-hub-signature-256": signed(body, NEW)}

    assert patient.post(url, content=body, headers=headers).status_code == 400


@pytest.mark.parametrize("missing", ["x-github-event", "x-github-delivery"])
def test_without_an_event_or_an_id_it_is_malformed(url: str, missing: str) -> None:
    body, headers = delivery("push", opened(), "1-a", NEW)
    del headers[missing]

    assert patient.post(url, content=body, headers=headers).status_code == 400


@pytest.mark.parametrize("event", ["ping", "star", "an_event_of_next_year"])
def test_events_that_are_not_ours_are_taken_and_left(url: str, taken: Taken, event: str) -> None:
    body, headers = delivery(event, {"zen": "x"}, "1-a", NEW)

    assert patient.post(url, content=body, headers=headers).status_code == 202
    assert taken.jobs == []


def test_a_database_that_hangs_or_fails_is_said_so_in_time(
    url: str, taken: Taken, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GitHub then calls the delivery failed, and it is asked for again."""
    monkeypatch.setattr(webhooks, "ACCEPT_SECONDS", 0.3)
    body, headers = delivery("pull_request", opened(), "1-a", NEW)
    taken.until = threading.Event()
    try:
        assert patient.post(url, content=body, headers=headers).status_code == 503
    finally:
        taken.until.set()
    taken.until, taken.error = None, OSError("disk full")
    assert patient.post(url, content=body, headers=headers).status_code == 503


EXAMPLES = contracts.FOLDER / "examples.json"


@pytest.mark.skipif(not EXAMPLES.exists(), reason="make contracts fetches GitHub's own examples")
def test_every_example_that_github_publishes_gets_through(url: str) -> None:
    examples = [
        (group["name"], example)
        for group in json.loads(EXAMPLES.read_text("utf-8"))
        for example in group["examples"]
    ]
    assert len(examples) == 329
    answers: dict[int, int] = {}
    for number, (event, example) in enumerate(examples):
        body, headers = delivery(event, example, f"example-{number}", NEW)
        status = patient.post(url, content=body, headers=headers).status_code
        answers[status] = answers.get(status, 0) + 1

    assert answers == {202: 329}
