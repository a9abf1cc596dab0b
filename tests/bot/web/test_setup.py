"""The App is created by one click, and its credentials are for this service alone."""

from __future__ import annotations

import asyncio
import html
import json
import re
import stat
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from fastapi import FastAPI
from pydantic import SecretStr

from bot.github.granted import EVENTS
from bot.settings import CREDENTIALS, Settings, load_settings
from bot.web.lacking import Lacking
from bot.web.setup import (
    manifest,
    setup_link,
    setup_routes,
    setup_token,
    store,
)
from tests.bot.github.test_client import key
from tests.support.created_app import CREATED
from tests.support.scripted import Say, Script, Seen, scripted

ROOT = Path(__file__).parents[3]
TOKEN = "5e7" * 20


@pytest.fixture
def script() -> Iterator[Script]:
    with scripted() as running:
        running.answers = lambda _: Say(201, CREATED)
        yield running


@pytest.fixture
def settings(script: Script, tmp_path: Path) -> Settings:
    return Settings(
        data_dir=tmp_path,
        github_url=script.url,
        public_url="https://twostep.example",
        github_seconds=5,
    )


def browse(
    settings: Settings, visit: Callable[[httpx.AsyncClient], Awaitable[Any]], token: str = TOKEN
) -> Any:
    app = FastAPI()
    app.include_router(setup_routes(settings, b"secret", token, Lacking(settings)))

    async def run() -> Any:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(
            transport=transport, base_url="https://twostep.example"
        ) as web:
            return await visit(web)

    return asyncio.run(run())


def state_of(page: httpx.Response) -> str:
    found = re.search(r"state=([\w-]+)", page.text)
    assert found
    return found[1]


async def create(web: httpx.AsyncClient) -> httpx.Response:
    page = await web.get("/setup", params={"token": TOKEN})
    return await web.get("/setup/created", params={"code": "abc123", "state": state_of(page)})


def test_app_yml_is_the_manifest() -> None:
    assert yaml.safe_load((ROOT / "app.yml").read_text()) == manifest("https://twostep.example.org")


def test_the_manifest_asks_for_what_is_used_and_no_more() -> None:
    asked = manifest("https://x.example")["default_permissions"]

    assert asked.pop("merge_queues") == "read", "or merge_group is never delivered"
    assert {name for name, level in asked.items() if level == "write"} == {
        "checks",
        "pull_requests",
    }
    assert "contents" in asked
    assert "merge_group" in EVENTS


@pytest.mark.parametrize(
    ("client", "host", "headers", "public", "status"),
    [
        ("127.0.0.1", "localhost:8000", {}, None, 200),
        ("::1", "[::1]:8000", {}, None, 200),
        ("127.0.0.1", "twostep.example", {}, None, 403),
        ("192.0.2.7", "localhost:8000", {}, None, 403),
        ("127.0.0.1", "127.0.0.1:8000", {"x-forwarded-for": "192.0.2.7"}, None, 403),
        ("127.0.0.1", "127.0.0.1:8000", {"x-real-ip": "192.0.2.7"}, None, 403),
        ("127.0.0.1", "127.0.0.1:8000", {}, "https://twostep.example", 403),
    ],
)
def test_a_browser_on_the_machine_itself_needs_no_link(
    settings: Settings,
    client: str,
    host: str,
    headers: dict[str, str],
    public: str | None,
    status: int,
) -> None:
    """With nothing between, which a proxy would be; then the first page is the click."""
    here = settings.model_copy(update={"public_url": public})
    app = FastAPI()
    app.include_router(setup_routes(here, b"secret", TOKEN, Lacking(here)))

    async def run() -> httpx.Response:
        transport = httpx.ASGITransport(app=app, client=(client, 5000))
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as web:
            return await web.get("/", headers=headers, follow_redirects=True)

    page = asyncio.run(run())

    assert page.status_code == status
    assert ('name="manifest"' in page.text) is (status == 200)


def test_without_credentials_the_first_page_is_the_setup(settings: Settings) -> None:
    async def visit(web: httpx.AsyncClient) -> tuple[httpx.Response, httpx.Response]:
        return await web.get("/"), await web.get("/setup", params={"token": TOKEN})

    first, page = browse(settings, visit)

    assert (first.status_code, first.headers["location"]) == (303, "/setup")
    assert f'action="{settings.github_url}/settings/apps/new?state=' in page.text
    value = re.search(r'name="manifest" value="([^"]+)"', page.text)
    assert value
    sent = json.loads(html.unescape(value[1]))
    assert sent["hook_attributes"]["url"] == "https://twostep.example/webhooks/github"
    assert f"form-action 'self' {settings.github_url}" in page.headers["content-security-policy"]
    cookie = page.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "secure" in cookie
    assert "samesite=lax" in cookie


@pytest.mark.parametrize("token", [None, "", "5e7", TOKEN + "x", TOKEN.upper(), "é", "\0"])
def test_without_the_link_of_the_log_nobody_sets_it_up(
    settings: Settings, script: Script, token: str | None
) -> None:
    """Whoever comes first to a fresh service would otherwise make everybody's App theirs."""

    async def visit(web: httpx.AsyncClient) -> tuple[httpx.Response, httpx.Response]:
        page = await web.get("/setup", params={} if token is None else {"token": token})
        query = {"code": "abc123", "state": f"{int(time.time())}-{'a' * 40}"}
        return page, await web.get("/setup/created", params=query)

    page, created = browse(settings, visit)

    assert (page.status_code, created.status_code) == (403, 400)
    assert "<form" not in page.text
    assert "set-cookie" not in page.headers
    assert "its log when it starts" in page.text
    assert script.seen == []


def test_where_there_is_no_token_none_is_good(settings: Settings) -> None:
    async def visit(web: httpx.AsyncClient) -> list[httpx.Response]:
        return [await web.get("/setup"), await web.get("/setup", params={"token": ""})]

    assert [each.status_code for each in browse(settings, visit, "")] == [403, 403]


def test_the_link_is_one_for_all_processes_until_it_was_used(
    settings: Settings, script: Script
) -> None:
    link = setup_link(settings)

    assert link == setup_link(settings.model_copy())
    assert link == f"https://twostep.example/setup?token={setup_token(settings)}"
    assert len(setup_token(settings)) == 64
    assert stat.S_IMODE(settings.setup_token_file.stat().st_mode) == 0o600
    store(settings, dict.fromkeys(CREDENTIALS, "x"))
    assert setup_token(settings) == ""
    settings.credentials_file.unlink()
    assert setup_link(settings) != link, "an old log opens nothing"


def test_a_link_goes_where_the_credentials_come_otherwise(settings: Settings) -> None:
    assert setup_token(settings)
    by_hand = settings.model_copy(
        update={"app_id": 1, "private_key": SecretStr("x"), "webhook_secret": SecretStr("x")}
    )

    assert setup_token(by_hand) == ""
    assert not settings.setup_token_file.exists()


def test_an_organization_gets_the_app_for_itself(settings: Settings) -> None:
    async def visit(web: httpx.AsyncClient) -> list[httpx.Response]:
        return [
            await web.get("/setup", params={"organization": name, "token": TOKEN})
            for name in ("acme", "a/../../evil")
        ]

    good, bad = browse(settings, visit)

    assert f'action="{settings.github_url}/organizations/acme/settings/apps/new?state=' in good.text
    assert f'name="token" value="{TOKEN}"' in good.text, "another organization can be named still"
    assert bad.status_code == 400


def test_the_credentials_are_stored_for_nobody_else_and_used(
    settings: Settings, script: Script
) -> None:
    page = browse(settings, create)

    assert page.status_code == 200
    assert f"{CREATED['html_url']}/installations/new" in page.text
    assert "What to do next" in page.text
    for secret in ("cs", "ws", CREATED["pem"]):
        assert f">{secret}<" not in page.text
    (seen,) = script.seen
    assert (seen.method, seen.path) == ("POST", "/api/v3/app-manifests/abc123/conversions")
    assert "authorization" not in seen.headers
    file = settings.credentials_file
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [each.name for each in file.parent.iterdir()] == [file.name]
    loaded = load_settings(data_dir=settings.data_dir)
    assert (loaded.app_id, loaded.app_slug, loaded.configured) == (41, "two-step-acme", True)


def test_credentials_are_never_overwritten(settings: Settings, script: Script) -> None:
    async def twice(web: httpx.AsyncClient) -> list[httpx.Response]:
        page = await web.get("/setup", params={"token": TOKEN})
        query = {"code": "abc123", "state": state_of(page)}
        return [await web.get("/setup/created", params=query) for _ in range(2)] + [
            await web.get("/setup", params={"token": TOKEN})
        ]

    first, second, setup = browse(settings, twice)

    assert "is created" in first.text
    assert "stored already" in second.text
    assert "<form" not in setup.text
    assert len(script.seen) == 1
    with pytest.raises(FileExistsError):
        store(
            settings,
            dict.fromkeys(CREDENTIALS, "x"),
        )


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("abc", "x"),
        ("abc", "0-" + "a" * 40),
        ("../x", None),
        ("", None),
        ("abc", "9" * 30 + "-a"),
        ("abc", "é-a"),
    ],
)
def test_what_was_not_started_here_is_refused(
    settings: Settings, script: Script, code: str, state: str | None
) -> None:
    async def visit(web: httpx.AsyncClient) -> httpx.Response:
        page = await web.get("/setup", params={"token": TOKEN})
        query = {"code": code, "state": state_of(page) if state is None else state}
        return await web.get("/setup/created", params=query)

    assert browse(settings, visit).status_code == 400
    assert script.seen == []
    assert not settings.credentials_file.exists()


def test_another_browser_cannot_finish_it(settings: Settings, script: Script) -> None:
    async def visit(web: httpx.AsyncClient) -> httpx.Response:
        page = await web.get("/setup", params={"token": TOKEN})
        web.cookies.clear()
        return await web.get("/setup/created", params={"code": "abc", "state": state_of(page)})

    assert browse(settings, visit).status_code == 400
    assert script.seen == []


@pytest.mark.parametrize(
    "answer",
    [Say(404, {"message": "Not Found"}), Say(201, {"id": 1}), Say(how="reset"), Say(201, [])],
)
def test_what_github_does_not_give_is_said(settings: Settings, script: Script, answer: Say) -> None:
    script.answers = lambda _: answer

    page = browse(settings, create)

    assert page.status_code == 502
    assert "did not give the credentials" in page.text
    assert not settings.credentials_file.exists()


def test_an_address_that_github_cannot_reach_is_told(settings: Settings) -> None:
    async def visit(web: httpx.AsyncClient) -> httpx.Response:
        return await web.get("/setup", params={"token": TOKEN})

    local = settings.model_copy(update={"public_url": "http://localhost:8000"})

    assert "GitHub cannot deliver" in browse(local, visit).text
    assert "GitHub cannot deliver" not in browse(settings, visit).text


def test_the_first_page_says_whose_the_app_is_and_what_it_lacks(
    script: Script, tmp_path: Path
) -> None:
    described = {"name": "Two-Step <i>", "owner": {"login": "acme"}}

    def answer(seen: Seen) -> Say:
        has: dict[str, Any] = {"permissions": {"checks": "write"}, "events": ["push"]}
        if "installations" in seen.path:
            return Say(200, [{**has, "id": 5, "events": []}])
        page = f"{script.url}/github-apps/migration-review"
        return Say(200, {**described, **has, "html_url": page})

    script.answers = answer
    configured = Settings(
        data_dir=tmp_path,
        github_url=script.url,
        app_id=41,
        app_slug="two-step",
        private_key=SecretStr(key()),
        webhook_secret=SecretStr("x"),
    )

    async def visit(web: httpx.AsyncClient) -> list[httpx.Response]:
        return [await web.get("/") for _ in range(2)]

    first, second = browse(configured, visit)

    for page in (first, second):
        assert (
            "as the App <strong>Two-Step &lt;i&gt;</strong> of <strong>acme</strong>" in page.text
        )
    assert "permission merge_queues: read" in first.text
    assert "event merge_group" in second.text
    assert "permission checks: write" not in first.text
    assert "installation 5: event push" in first.text
    assert len(script.seen) == 2, "GitHub is not asked for every visit"
    assert f"{script.url}/github-apps/migration-review/installations/new" in first.text


def test_a_github_that_does_not_answer_is_no_error_of_the_page(
    script: Script, tmp_path: Path
) -> None:
    script.answers = lambda _: Say(how="reset")
    configured = Settings(
        data_dir=tmp_path,
        github_url=script.url,
        app_id=41,
        app_slug="two-step",
        private_key=SecretStr(key()),
        webhook_secret=SecretStr("x"),
    )

    async def visit(web: httpx.AsyncClient) -> httpx.Response:
        return await web.get("/")

    page = browse(configured, visit)

    assert page.status_code == 200
    assert "Two-Step is running" in page.text
    assert "works as the App" not in page.text
    assert f"{script.url}/github-apps/two-step/installations/new" in page.text
