"""The stand-in's answers and webhooks have GitHub's shape, and nothing that GitHub has not."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.support import contracts
from tests.support.created_app import private_key
from tests.support.github import API, APP_ID, StandIn
from tests.support.needed import needed


@pytest.fixture(scope="module", autouse=True)
def descriptions() -> None:
    needed(contracts.fetched(), "run `make contracts` first: it fetches GitHub's descriptions")


ANSWERS: list[tuple[str, str, int, Any]] = [
    ("GET", "/app", 200, {"id": 7}),
    ("GET", "/app/installations", 200, [{"id": 1}]),
    ("POST", "/app/installations/1/access_tokens", 201, {"token": "ghs_x"}),
    ("GET", "/app/hook/deliveries", 200, [{"id": 1, "guid": "g"}]),
    ("GET", "/repos/a/b/pulls", 200, [{"number": 3}]),
    ("GET", "/repos/a/b/pulls/3", 200, {"number": 3}),
    ("GET", "/repos/a/b/pulls/3/files", 200, [{"filename": "x.py"}]),
    ("POST", "/repos/a/b/pulls/3/comments", 201, {"body": "x"}),
    ("POST", "/repos/a/b/issues/3/comments", 201, {"body": "x"}),
    ("POST", "/repos/a/b/check-runs", 201, {"status": "queued"}),
]
WEBHOOKS: list[tuple[str, dict[str, Any]]] = [
    ("pull_request", {"action": "opened"}),
    ("pull_request", {"action": "synchronize"}),
    ("issue_comment", {"action": "created", "comment": {"body": "x"}}),
    ("merge_group", {"action": "checks_requested"}),
    ("check_run", {"action": "rerequested"}),
    ("push", {"ref": "refs/heads/main"}),
]


@pytest.mark.parametrize(("method", "path", "status", "body"), ANSWERS)
def test_what_is_left_out_is_made_as_github_describes(
    method: str, path: str, status: int, body: Any
) -> None:
    assert [*contracts.wrong_with_answer(method, path, status, body)]

    made = contracts.whole_answer(method, path, status, body)

    assert [*contracts.wrong_with_answer(method, path, status, made)] == []
    one, given = (made[0], body[0]) if isinstance(body, list) else (made, body)
    assert given.items() <= one.items()


@pytest.mark.parametrize(("event", "payload"), WEBHOOKS)
def test_so_are_webhooks(event: str, payload: dict[str, Any]) -> None:
    assert [*contracts.wrong_with_webhook(event, payload)]

    made = contracts.whole_webhook(event, payload)

    assert [*contracts.wrong_with_webhook(event, made)] == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"merge_state": "clean"}, "unknown key"),
        ({"number": "3"}, "type"),
        ({"state": "opened"}, "enum"),
        ({"user": {"login": "a", "name_of_cat": "b"}}, "unknown key"),
    ],
)
def test_the_judge_of_answers_speaks(change: dict[str, Any], expected: str) -> None:
    path = "/repos/a/b/pulls/3"
    made = {**contracts.whole_answer("GET", path, 200, {}), **change}

    assert any(expected in each for each in contracts.wrong_with_answer("GET", path, 200, made))


def test_events_and_actions_that_github_does_not_send_are_found() -> None:
    wrong = [
        *contracts.wrong_with_webhook("pull_request", {"action": "pushed"}),
        *contracts.wrong_with_webhook("merge_request", {"action": "opened"}),
    ]
    assert wrong == [
        "pull-request-pushed: no such webhook",
        "merge-request-opened: no such webhook",
    ]


def test_only_the_apps_own_key_opens_the_stand_in(tmp_path: Path) -> None:
    ours, other = (private_key() for _ in range(2))
    stand_in = StandIn(tmp_path, secret="s", public_key=ours.public_key())

    async def answer(key: rsa.RSAPrivateKey, seconds: int, issuer: str = str(APP_ID)) -> int:
        now = int(time.time())
        said = {"iat": now - 60, "exp": now + seconds, "iss": issuer}
        token = jwt.encode(said, key, algorithm="RS256")
        transport = httpx.ASGITransport(stand_in.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://stand-in") as client:
            headers = {"authorization": f"Bearer {token}"}
            return (await client.get(f"{API}/app", headers=headers)).status_code

    assert asyncio.run(answer(ours, 300)) == 200
    assert asyncio.run(answer(other, 300)) == 401
    assert asyncio.run(answer(ours, -10)) == 401
    assert asyncio.run(answer(ours, 1200)) == 401
    assert asyncio.run(answer(ours, 300, "8")) == 401
    assert stand_in.unlawful == []
