"""Everything that the client asks of GitHub is in GitHub's own description, to the last key."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.github import present, publish
from bot.github.client import GitHubClient
from bot.render.inline import marker
from bot.services import Delivery, Judgement
from bot.settings import Settings
from bot.web.setup import convert
from tests.bot.github.test_client import SHOP, client, key
from tests.bot.github.test_publish import PATCH, PULL, judged
from tests.support import contracts
from tests.support.conversation import Conversation, person
from tests.support.documents import IRREVERSIBLE, LEAVES, NOTE, REVIEW, evil, sample
from tests.support.needed import needed
from tests.support.scripted import Say, Script, Seen, scripted


@pytest.fixture(scope="module", autouse=True)
def descriptions() -> None:
    needed(contracts.fetched(), "run `make contracts` first: it fetches GitHub's descriptions")


def everything(github: GitHubClient, talk: Conversation, script: Script) -> None:
    """Each call of the client, in a life of a pull request with all that can happen."""
    many = tuple(replace(IRREVERSIBLE, migration=f"{n:04}_x") for n in range(70))
    github.begin(PULL, "12.1")
    github.publish(PULL, judged(sample(replace(REVIEW, findings=REVIEW.findings + many))))
    pushed = replace(PULL, head_sha="3" * 40)
    on_leaves = next(each for each in talk.lines if marker(LEAVES.fingerprint) in each["body"])
    talk.answer_line(on_leaves["id"], "are you sure?", person("ada"))
    github.publish(pushed, judged(sample(replace(REVIEW, findings=())), "12.2"))
    github.publish(pushed, judged(sample(replace(REVIEW, findings=(LEAVES,))), "12.3"))
    worded = replace(LEAVES, why="In other words.")
    github.publish(pushed, judged(sample(replace(REVIEW, findings=(worded,))), "12.4"))
    github.publish(pushed, judged(evil(), "12.5"))
    talk.comment(talk.comments[0]["body"], talk.comments[0]["user"], 41)
    talk.lines.append({**talk.lines[0], "id": 9999, "node_id": "N9999"})
    talk.refuse_reviews = True
    github.publish(pushed, judged(sample(), "12.6", again=True))
    talk.lines.clear()
    talk.patches = {NOTE: "@@ -1,1 +1,1 @@\n+x"}
    github.publish(pushed, judged(sample(), "12.6b", again=True))
    assert [each["line"] for each in talk.lines] == [None, None]
    problem = Judgement(attempt="12.7", document=None, report_url="", problem="twostep.toml:3: no")
    github.publish(pushed, problem)
    github.begin(pushed, "12.8")
    github.withdraw(pushed, "12.8")
    github.judged(SHOP, PULL.head_sha)
    said = talk.comment("/twostep help", person("ada"))
    for on_review in (False, True):
        for reaction in ("eyes", "rocket", "confused"):
            github.react(SHOP, said["id"], reaction, on_review=on_review)
        github.reply(SHOP, 12, said["id"], "text", on_review=on_review)
    github.say(SHOP, 12, "button-1-plan", "text")
    github.permission(SHOP, "ada")
    github.token(SHOP)

    def others(seen: Seen) -> Say:
        if seen.path.endswith("/access_tokens"):
            return Say(201, {"token": "ghs_x", "expires_at": "2099-01-01T00:00:00Z"})
        if "/statuses" in seen.path:
            return Say(200, [{"state": "inactive"}, {"state": "success"}])
        if "/deployments" in seen.path:
            return Say(200, [{"id": 9, "sha": PULL.head_sha}])
        if "/branches/" in seen.path:
            return Say(200, {"commit": {"sha": PULL.head_sha}})
        if "pulls" in seen.path or "deliveries" in seen.path or "installations" in seen.path:
            return Say(200, [])
        repository = {"id": 7, "full_name": "acme/shop", "default_branch": "main"}
        return Say(200, {"repositories": [repository], **repository, "slug": "two-step"})

    script.answers = others
    github.default_branch(SHOP)
    assert github.tip(SHOP, "release/2") == PULL.head_sha
    github.repository(SHOP)
    github.open_pull_requests(SHOP, "main")
    github.pull_requests_of(SHOP, PULL.head_sha)
    assert github.running(SHOP, "production") == PULL.head_sha
    github.installations()
    github.repositories(3)
    github.failed_deliveries(0)
    github.redeliver(Delivery(id=5, guid="g", event="push", status_code=502, at=0))
    github.lacking(github.app())
    github.app()


def test_every_request_is_one_that_github_describes() -> None:
    talk = Conversation(patches={NOTE: PATCH})
    with scripted() as script:
        script.answers = talk.answer
        everything(client(script), talk, script)
    asked = [seen for seen in script.seen if seen.path != "/api/graphql"]
    assert len({(seen.method, seen.path.partition("?")[0]) for seen in asked}) > 25
    deleted = {seen.path.rpartition("/")[0] for seen in asked if seen.method == "DELETE"}
    assert {path.removeprefix("/api/v3/repos/acme/shop") for path in deleted} == {
        "/issues/comments",
        "/pulls/comments",
    }

    wrong = [
        problem
        for seen in asked
        for problem in contracts.wrong_with_request(
            seen.method, seen.path.removeprefix("/api/v3"), seen.body
        )
    ]

    assert wrong == []


def test_every_graphql_document_is_valid() -> None:
    talk = Conversation(patches={NOTE: PATCH})
    with scripted() as script:
        script.answers = talk.answer
        everything(client(script), talk, script)
    documents = {
        seen.body["query"]: seen.body for seen in script.seen if seen.path == "/api/graphql"
    }
    sources = [*vars(publish).values(), *vars(present).values()]
    ours = {
        each
        for each in sources
        if isinstance(each, str) and each.startswith(("\nquery", "\nmutation"))
    }
    assert set(documents) == ours
    assert len(ours) == 3

    wrong = [
        problem
        for body in documents.values()
        for problem in contracts.wrong_with_graphql(body["query"], body["variables"])
    ]

    assert wrong == []


def test_the_code_of_the_setup_is_changed_as_github_describes(tmp_path: Path) -> None:
    with scripted() as script:
        script.answers = lambda _: Say(422, {})
        settings = Settings(
            data_dir=tmp_path, github_url=script.url, private_key=SecretStr(key()), github_seconds=5
        )
        with pytest.raises(Exception, match="422"):
            convert(settings, "abc")
    (seen,) = script.seen

    path = seen.path.removeprefix("/api/v3")
    assert [*contracts.wrong_with_request(seen.method, path, seen.body)] == []


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("POST", "/repos/a/b/check-runs", {"name": "x"}, "required"),
        (
            "POST",
            "/repos/a/b/check-runs",
            {"name": "x", "head_sha": "y", "detail_url": "z"},
            "unknown key",
        ),
        (
            "POST",
            "/repos/a/b/check-runs",
            {"name": "x", "head_sha": "y", "output": {"title": "t", "summary": "s" * 65_536}},
            "maxLength",
        ),
        ("POST", "/repos/a/b/issues/comments/1/reactions", {"content": "wow"}, "not one of"),
        ("GET", "/repos/a/b/pulls?direction=up", None, "direction"),
        ("GET", "/repos/a/b/pulls?sorted=created", None, "unknown parameter"),
        ("GET", "/repos/a/b/check-suite-runs", None, "no such operation"),
    ],
)
def test_the_judge_speaks(method: str, path: str, body: Any, expected: str) -> None:
    """A judge that finds nothing wrong with anything proves nothing."""
    assert any(expected in problem for problem in contracts.wrong_with_request(method, path, body))
