"""A token opens what its permissions say, by GitHub's own list of endpoints, and nothing else."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import httpx
import pytest

from bot.git.fast_import import Commit, make_repository
from tests.support import contracts
from tests.support.github import API, GRANTED, StandIn
from tests.support.needed import needed
from tests.support.permissions import lacking


@pytest.fixture(scope="module", autouse=True)
def descriptions() -> None:
    needed(contracts.fetched(), "run `make contracts` first: it fetches GitHub's descriptions")


@pytest.mark.parametrize(
    ("request_line", "granted", "needs"),
    [
        ("POST /repos/a/b/check-runs", {"checks": "write"}, None),
        ("POST /repos/a/b/check-runs", {"checks": "read"}, "checks: write"),
        ("GET /repos/a/b/commits/1f/check-runs", {"checks": "write"}, None),
        ("POST /repos/a/b/issues/3/comments", {"pull_requests": "write"}, None),
        (
            "POST /repos/a/b/issues/3/comments",
            {"issues": "read", "pull_requests": "read"},
            "issues: write or pull_requests: write",
        ),
        ("POST /repos/a/b/pulls/3/reviews", {}, "pull_requests: write"),
        ("GET /repos/a/b/collaborators/ada/permission", {"metadata": "read"}, None),
    ],
)
def test_what_a_request_needs(
    request_line: str, granted: dict[str, str], needs: str | None
) -> None:
    method, _, path = request_line.partition(" ")
    assert lacking(method, path, granted) == needs


@pytest.fixture
def stand_in(tmp_path: Path) -> StandIn:
    made = StandIn(tmp_path, secret="s")
    repo = made.add("acme/shop")
    make_repository(repo.git, [Commit(branch="main", parent=None, files={"a.py": ""})], bare=True)
    made.open(repo, 3, "main", "Note")
    return made


def test_the_stand_in_holds_tokens_to_it(stand_in: StandIn) -> None:
    repo = stand_in.repositories["acme/shop"]
    body = {"name": "Two-Step", "head_sha": stand_in.head(repo, 3), "status": "queued"}

    async def create(permissions: dict[str, str]) -> int:
        token = str(permissions)
        stand_in.tokens[token] = ({repo.id}, time.time() + 60)
        stand_in.granted[token] = permissions
        transport = httpx.ASGITransport(stand_in.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://stand-in") as client:
            headers = {"authorization": f"Bearer {token}"}
            url = f"{API}/repos/acme/shop/check-runs"
            return (await client.post(url, json=body, headers=headers)).status_code

    assert asyncio.run(create(GRANTED)) == 201
    assert stand_in.unlawful == []
    assert asyncio.run(create({**GRANTED, "checks": "read"})) == 403
    (said,) = stand_in.unlawful
    assert "the token lacks checks: write" in said
    assert len(repo.checks) == 1


MUTATIONS = {
    "minimizeComment": "mutation($id: ID!) { minimizeComment(input: {subjectId: $id, classifier: RESOLVED}) { clientMutationId } }",
    "resolveReviewThread": "mutation($id: ID!) { resolveReviewThread(input: {threadId: $id}) { clientMutationId } }",
    "unresolveReviewThread": "mutation($id: ID!) { unresolveReviewThread(input: {threadId: $id}) { clientMutationId } }",
}


def test_only_who_may_write_contents_resolves_a_thread(stand_in: StandIn) -> None:
    """As GitHub has it: a permission for pull requests is enough to hide a comment only."""
    repo = stand_in.repositories["acme/shop"]
    repo.lines[5] = {"id": 5, "node_id": "PRRC_5", "number": 3, "in_reply_to_id": None}

    async def change(mutation: str, id_: str, permissions: dict[str, str]) -> list[str]:
        stand_in.tokens["t"] = ({repo.id}, time.time() + 60)
        stand_in.granted["t"] = permissions
        transport = httpx.ASGITransport(stand_in.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://stand-in") as client:
            asked = {"query": MUTATIONS[mutation], "variables": {"id": id_}}
            headers = {"authorization": "Bearer t"}
            answer = await client.post("/api/graphql", json=asked, headers=headers)
        return [each["type"] for each in answer.json().get("errors", ())]

    assert asyncio.run(change("minimizeComment", "PRRC_5", GRANTED)) == []
    for mutation in ("resolveReviewThread", "unresolveReviewThread"):
        assert asyncio.run(change(mutation, "PRRT_5", GRANTED)) == ["FORBIDDEN"]
    assert (repo.hidden, repo.resolved) == ({"PRRC_5"}, set())
    writes = {**GRANTED, "contents": "write"}
    assert asyncio.run(change("resolveReviewThread", "PRRT_5", writes)) == []
    assert repo.resolved == {"PRRT_5"}


def test_what_is_asked_again_and_has_not_changed_costs_nothing(stand_in: StandIn) -> None:
    """A list comes in pages with links, with a tag, and with the count of what may still be asked."""
    repo = stand_in.repositories["acme/shop"]
    for number in range(4, 8):
        stand_in.open(repo, number, "main", "Note")
    stand_in.tokens["t"] = ({repo.id}, time.time() + 60)
    stand_in.granted["t"], stand_in.owners["t"] = GRANTED, 1

    async def ask(url: str, **headers: str) -> httpx.Response:
        transport = httpx.ASGITransport(stand_in.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://stand-in") as client:
            return await client.get(url, headers={"authorization": "Bearer t", **headers})

    first = asyncio.run(ask(f"{API}/repos/acme/shop/pulls?per_page=2"))
    assert [each["number"] for each in first.json()] == [3, 4]
    second = asyncio.run(ask(first.links["next"]["url"]))
    assert [each["number"] for each in second.json()] == [5, 6]
    left = second.headers["x-ratelimit-remaining"]
    again = asyncio.run(
        ask(first.links["next"]["url"], **{"if-none-match": second.headers["etag"]})
    )
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["x-ratelimit-remaining"] == left == "4998"
    stand_in.close(repo, 5)
    changed = asyncio.run(
        ask(first.links["next"]["url"], **{"if-none-match": second.headers["etag"]})
    )
    assert [each["number"] for each in changed.json()] == [6, 7]
