"""GitHub's refusals told apart, over a real connection; and who we are to it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import SecretStr

from bot.errors import GitHubGone, GitHubRefused, GitHubUnavailable, NotGranted, RateLimited
from bot.github.auth import PULLS, Tokens
from bot.github.client import GitHubClient
from bot.github.granted import EVENTS, PERMISSIONS, lacking
from bot.jobs.model import Repository
from bot.settings import Settings
from tests.support.created_app import pem_of, private_key
from tests.support.scripted import Say, Script, Seen, scripted

SHOP = Repository(id=7, full_name="acme/shop", installation=3)
STATELESS = "ghs_41_" + "aA0-_.xyz" * 57
"""The form of tokens since 2026: long, with dots and dashes."""


@cache
def key() -> str:
    return pem_of(private_key())


@pytest.fixture
def script() -> Iterator[Script]:
    with scripted() as running:
        yield running


def client(script: Script, **settings: Any) -> GitHubClient:
    return GitHubClient(
        Settings(
            app_id=41,
            app_slug="two-step",
            private_key=SecretStr(key()),
            webhook_secret=SecretStr("x"),
            github_url=script.url,
            github_seconds=settings.pop("seconds", 10.0),
            github_pause_seconds=0,
        ),
        **settings,
    )


def token_answer(seconds: float = 3600, token: str = STATELESS) -> Say:
    ends = datetime.now(UTC) + timedelta(seconds=seconds)
    return Say(201, {"token": token, "expires_at": ends.strftime("%Y-%m-%dT%H:%M:%SZ")})


def serving(script: Script, *answers: Say) -> None:
    """Tokens as they are asked for, and else *answers*, the last one for ever."""
    left = list(answers)

    def answer(seen: Seen) -> Say:
        if seen.path.endswith("/access_tokens"):
            return token_answer()
        return left.pop(0) if len(left) > 1 else left[0]

    script.answers = answer


def asked(script: Script) -> list[Seen]:
    """What was asked besides tokens."""
    return [seen for seen in script.seen if not seen.path.endswith("/access_tokens")]


REPO = {"id": 7, "full_name": "acme/shop", "default_branch": "main"}


def test_each_repository_gets_a_token_of_its_own_with_the_least_permissions(script: Script) -> None:
    serving(script, Say(200, REPO))
    github = client(script)

    assert github.token(SHOP) == STATELESS == github.token(SHOP)
    github.default_branch(SHOP)

    tokens = [seen for seen in script.seen if seen.path.endswith("/access_tokens")]
    assert [seen.path for seen in tokens] == ["/api/v3/app/installations/3/access_tokens"] * 2
    assert tokens[0].body == {
        "repository_ids": [7],
        "permissions": {"contents": "read", "metadata": "read"},
    }
    assert tokens[0].headers["authorization"].startswith("Bearer ey")
    (read,) = asked(script)
    assert read.path == "/api/v3/repos/acme/shop"
    assert read.headers["x-github-api-version"] == "2022-11-28"
    assert read.headers["authorization"] == f"token {STATELESS}"


def test_tokens_are_renewed_shortly_before_their_end() -> None:
    now, made = [1_000_000.0], []

    def ask(path: str, body: Mapping[str, Any]) -> Any:
        made.append(path)
        ends = datetime.fromtimestamp(now[0] + 3600, UTC)
        return {"token": f"t{len(made)}", "expires_at": ends.strftime("%Y-%m-%dT%H:%M:%SZ")}

    tokens = Tokens(ask, clock=lambda: now[0])

    assert tokens.of(3, SHOP, PULLS) == "t1"
    now[0] += 2900
    assert tokens.of(3, SHOP, PULLS) == "t1"
    now[0] += 200
    assert tokens.of(3, SHOP, PULLS) == "t2"
    tokens.forget("t2")
    assert tokens.of(3, SHOP, PULLS) == "t3"


LIMITS = [
    (403, {"retry-after": "90"}, "You have exceeded a secondary rate limit", 90),
    (403, {}, "You have exceeded a secondary rate limit. Please wait a few minutes", 60),
    (429, {"retry-after": "17"}, "slow down", 17),
    (429, {}, "", 60),
    (
        403,
        {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "RESET"},
        "API rate limit exceeded",
        121,
    ),
    (429, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "RESET"}, "", 121),
]


@pytest.mark.parametrize(("status", "headers", "message", "wait"), LIMITS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_rate_limits_put_off_and_are_not_slept_through(
    script: Script, status: int, headers: dict[str, str], message: str, wait: float, method: str
) -> None:
    reset = str(int(time.time()) + 120)
    given = {name: value.replace("RESET", reset) for name, value in headers.items()}
    serving(script, Say(status, {"message": message}, given))
    began = time.time()

    github = client(script)
    ask: dict[str, Callable[[], object]] = {
        "GET": lambda: github.default_branch(SHOP),
        "POST": lambda: github.react(SHOP, 1, "eyes", on_review=False),
    }
    with pytest.raises(RateLimited) as caught:
        ask[method]()

    ended = time.time()
    assert began + wait - 3 < caught.value.until < ended + wait + 3
    assert len(asked(script)) == 1
    assert ended - began < wait


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Say(404, {"message": "Not Found"}), GitHubGone),
        (Say(410, {"message": "Gone"}), GitHubGone),
        (Say(451, {"message": "Blocked"}), GitHubGone),
        (Say(403, {"message": "This installation has been suspended"}), GitHubGone),
        (Say(403, {"message": "Repository was archived so is read-only."}), GitHubGone),
        (Say(403, {"message": "Resource not accessible by integration"}), GitHubRefused),
        (Say(422, {"message": "Validation Failed"}), GitHubRefused),
        (Say(500, {"message": "oops"}), GitHubUnavailable),
        (Say(503), GitHubUnavailable),
        (Say(200, {"a": "b" * 500}, how="half"), GitHubUnavailable),
        (Say(how="reset"), GitHubUnavailable),
        (Say(200, {"id": 7}), GitHubUnavailable),
        (Say(200, ["not", "an", "object"]), GitHubUnavailable),
    ],
)
def test_refusals_are_told_apart(script: Script, answer: Say, error: type[Exception]) -> None:
    serving(script, answer)

    with pytest.raises(error) as caught:
        client(script).default_branch(SHOP)

    assert type(caught.value) is error
    assert "ghs_" not in str(caught.value)


def test_an_answer_that_does_not_come_is_waited_for_only_so_long(script: Script) -> None:
    serving(script, Say(how="hang"))
    began = time.time()

    with pytest.raises(GitHubUnavailable):
        client(script, seconds=1.0).react(SHOP, 1, "eyes", on_review=False)

    assert time.time() - began < 30, "it would be kept waiting for a minute"


def test_a_refusal_names_the_permission_that_is_missing(script: Script) -> None:
    headers = {"x-accepted-github-permissions": "checks=write"}
    serving(script, Say(403, {"message": "Resource not accessible by integration"}, headers))

    with pytest.raises(GitHubRefused, match="checks=write"):
        client(script).default_branch(SHOP)


def test_a_read_is_repeated_after_a_bad_gateway_and_a_write_is_not(script: Script) -> None:
    serving(script, Say(502), Say(200, REPO))
    assert client(script).default_branch(SHOP) == "main"
    assert len(asked(script)) == 2

    script.seen.clear()
    serving(script, Say(502))
    with pytest.raises(GitHubUnavailable):
        client(script).react(SHOP, 1, "eyes", on_review=False)
    assert len(asked(script)) == 1


def test_a_token_that_ended_early_is_forgotten_and_the_job_tried_again(script: Script) -> None:
    serving(script, Say(401, {"message": "Bad credentials"}), Say(200, REPO))
    github = client(script)

    with pytest.raises(GitHubUnavailable):
        github.default_branch(SHOP)
    assert github.default_branch(SHOP) == "main"

    assert len([s for s in script.seen if s.path.endswith("/access_tokens")]) == 2


def test_a_repository_outside_of_the_installation_is_gone(script: Script) -> None:
    message = "There is at least one repository that does not exist or is not accessible"
    script.answers = lambda _: Say(422, {"message": message})

    with pytest.raises(GitHubGone):
        client(script).token(SHOP)


def test_a_key_that_github_does_not_know_is_named(script: Script) -> None:
    script.answers = lambda _: Say(401, {"message": "A JSON web token could not be decoded"})

    with pytest.raises(GitHubUnavailable, match="TWOSTEP_PRIVATE_KEY a key that the App 41"):
        client(script).token(SHOP)


def test_permissions_that_were_not_granted_are_named(script: Script) -> None:
    def answer(seen: Seen) -> Say:
        if seen.path.endswith("/access_tokens"):
            said = "The permissions requested are not granted to this installation."
            return Say(422, {"message": said})
        return Say(200, {"permissions": {"metadata": "read", "pull_requests": "read"}})

    script.answers = answer
    github = client(script)

    with pytest.raises(NotGranted, match=r"lacks contents: read\."):
        github.token(SHOP)
    with pytest.raises(NotGranted, match=r"lacks pull_requests: write\."):
        github.react(SHOP, 1, "eyes", on_review=False)
    with pytest.raises(NotGranted):
        github.judged(SHOP, "2" * 40)
    assert script.seen[1].path == "/api/v3/app/installations/3"


def test_lists_are_followed_by_their_links(script: Script) -> None:
    def pull(number: int) -> dict[str, Any]:
        commit = {"sha": "2" * 40, "ref": "x", "repo": None}
        return {"number": number, "state": "open", "head": commit, "base": commit, "user": None}

    link = {"link": f'<{script.url}/api/v3/repositories/7/pulls?page=2>; rel="next"'}
    serving(script, Say(200, [pull(2)], link), Say(200, [pull(1)]))

    found = client(script).open_pull_requests(SHOP, "main")

    assert [each.number for each in found] == [1, 2]
    assert found[0].head_repository is None
    first, second = asked(script)
    assert "base=main" in first.path
    # Where there are too many, those that are left out are the oldest.
    assert "direction=desc" in first.path
    assert "per_page=100" in first.path
    assert second.path == "/api/v3/repositories/7/pulls?page=2"


def test_a_link_to_another_host_is_not_followed(script: Script) -> None:
    link = {"link": '<https://evil.example/x>; rel="next"'}
    serving(script, Say(200, [], link))

    with pytest.raises(GitHubUnavailable, match="another host"):
        client(script).open_pull_requests(SHOP)


def test_failed_deliveries_end_where_they_are_too_old(script: Script) -> None:
    def delivery(number: int, at: str, code: int = 502) -> dict[str, Any]:
        return {
            "id": number,
            "guid": f"g{number}",
            "delivered_at": at,
            "redelivery": False,
            "status_code": code,
            "event": "push",
        }

    link = {"link": f'<{script.url}/api/v3/app/hook/deliveries?cursor=v1_2>; rel="next"'}
    script.answers = lambda seen: (
        Say(200, [delivery(1, "2026-11-01T00:00:00Z")])
        if "cursor" in seen.path
        else Say(
            200,
            [delivery(3, "2026-11-20T00:00:00Z"), delivery(2, "2026-11-19T00:00:00Z", 200)],
            link,
        )
    )

    found = client(script).failed_deliveries(datetime(2026, 11, 10, tzinfo=UTC).timestamp())

    assert [(each.id, each.guid, each.status_code) for each in found] == [(3, "g3", 502)]
    assert "status=failure" in script.seen[0].path


def test_what_the_app_lacks_is_named(script: Script) -> None:
    """All that ``app.yml`` asks for, and of that what installations have not agreed to."""
    asked_for = yaml.safe_load((Path(__file__).parents[3] / "app.yml").read_text())
    permissions = dict(asked_for["default_permissions"])
    events = list(asked_for["default_events"])
    for each in ("deployments", "merge_queues"):
        del permissions[each]
    for name in ("deployment_status", "pull_request_review_comment"):
        events.remove(name)
    older = {**permissions, "pull_requests": "read"}
    installations = [
        {"id": 1, "permissions": permissions, "events": events},
        {"id": 2, "permissions": older, "events": [e for e in events if e != "merge_group"]},
        {"id": 3, "permissions": {}, "events": [], "suspended_at": "2026-01-01T00:00:00Z"},
    ]
    app = {"permissions": permissions, "events": events}
    script.answers = lambda seen: Say(200, installations if "inst" in seen.path else app)

    github = client(script)
    assert github.lacking(github.app()) == (
        "permission deployments: read",
        "permission merge_queues: read",
        "event deployment_status",
        "event pull_request_review_comment",
        "installation 2: permission pull_requests: write, event merge_group",
    )


def test_many_installations_that_lack_something_are_counted() -> None:
    app = {"permissions": PERMISSIONS, "events": EVENTS}
    installations = [{"id": n, "permissions": PERMISSIONS, "events": []} for n in range(25)]

    lacks = lacking(app, installations)

    assert len(lacks) == 21
    assert lacks[-1] == "5 installations more lack something"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Say(200, {"permission": "admin"}), "admin"),
        (Say(200, {"permission": "write"}), "write"),
        (Say(200, {"permission": "none"}), "none"),
        (Say(200, {"permission": "owner of the world"}), "none"),
        (Say(404, {"message": "Not Found"}), "none"),
    ],
)
def test_permissions_are_what_the_api_says(script: Script, answer: Say, expected: str) -> None:
    serving(script, answer)

    assert client(script).permission(SHOP, "a/../b") == expected
    assert asked(script)[0].path == "/api/v3/repos/acme/shop/collaborators/a%2F..%2Fb/permission"


@pytest.mark.parametrize(("status", "expected"), [(204, "read"), (404, "none")])
def test_who_may_read_as_everybody_may_is_a_stranger(
    script: Script, status: int, expected: str
) -> None:
    """Of a public repository the API says ``read`` for whoever is asked about."""

    def answer(seen: Seen) -> Say:
        if seen.path.endswith("/access_tokens"):
            return token_answer()
        if seen.path.endswith("/permission"):
            return Say(200, {"permission": "read"})
        return Say(status, None if status == 204 else {"message": "Not Found"})

    script.answers = answer
    assert client(script).permission(SHOP, "eve") == expected
    assert asked(script)[-1].path == "/api/v3/repos/acme/shop/collaborators/eve"


def test_a_repository_is_found_under_its_new_name(script: Script) -> None:
    def answer(seen: Seen) -> Say:
        if seen.path.endswith("/access_tokens"):
            return token_answer()
        if seen.path.startswith("/api/v3/installation/repositories"):
            return Say(
                200,
                {
                    "repositories": [
                        {"id": 8, "full_name": "a/b"},
                        {"id": 7, "full_name": "acme/store"},
                    ]
                },
            )
        return Say(200, {"id": 99, "full_name": "acme/shop"})

    script.answers = answer

    assert client(script).repository(SHOP).full_name == "acme/store"


def test_repositories_that_nobody_can_write_to_are_left_out(script: Script) -> None:
    there = {"id": 7, "full_name": "acme/shop"}
    others = [{**there, "id": 8, "archived": True}, {**there, "id": 9, "disabled": True}]
    serving(script, Say(200, {"repositories": [*others, there]}))

    assert [each.id for each in client(script).repositories(1)] == [7]


def test_what_was_asked_is_observed(script: Script) -> None:
    seen: list[tuple[str, int, str]] = []
    serving(script, Say(200, REPO, {"x-ratelimit-remaining": "4999"}))
    github = client(
        script, observe=lambda m, s, h: seen.append((m, s, h.get("x-ratelimit-remaining", "")))
    )

    github.default_branch(SHOP)

    assert ("GET", 200, "4999") in seen


@pytest.mark.parametrize("status", [307, 308])
def test_a_write_to_a_repository_that_was_renamed_arrives_once(script: Script, status: int) -> None:
    there = "/api/v3/repositories/7/issues/comments/1/reactions"
    moved = {"message": "Moved Permanently", "documentation_url": "https://docs.example"}
    serving(script, Say(status, moved, {"location": script.url + there}), Say(201, {"id": 1}))

    client(script).react(SHOP, 1, "eyes", on_review=False)

    first, second = asked(script)
    assert (second.method, second.path, second.body) == ("POST", there, first.body)


def test_a_write_is_not_sent_to_another_host(script: Script) -> None:
    moved = {"message": "Moved Permanently", "documentation_url": "https://docs.example"}
    serving(script, Say(307, moved, {"location": "https://evil.example/x"}))

    with pytest.raises(GitHubUnavailable, match="another host"):
        client(script).react(SHOP, 1, "eyes", on_review=False)
