"""The pages in a real Chromium: readable on a phone, nothing refused, nothing from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from bot.jobs.model import Repository
from bot.services import Report
from bot.settings import Settings
from bot.web.lacking import Lacking
from bot.web.reports import report_links, report_routes
from bot.web.setup import setup_routes
from tests.browser.driver import Browser, chromium, free_port, serving
from tests.support.documents import evil, sample, untouched
from tests.support.scripted import Say, Seen, scripted

SECRET = b"s" * 32
SHOP = Repository(id=7, full_name="acme/shop", installation=3)
DOCUMENTS: dict[str, Any] = {"sample": sample(), "evil": evil(), "untouched": untouched()}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


def find(key: str) -> Report | None:
    return Report(
        key=key,
        repository=SHOP,
        number=12,
        head_sha="2" * 40,
        document=DOCUMENTS[key],
        at="2026-11-20",
    )


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    app = FastAPI()
    app.include_router(report_routes(find, SECRET, "https://github.com"))
    with serving(app, free_port()) as url:
        yield url


@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("name", ["sample", "evil", "untouched"])
def test_a_report_is_readable(browser: Browser, address: str, name: str, width: int) -> None:
    browser.open(report_links(address, SECRET)(name), width)

    assert browser.run("return document.documentElement.scrollWidth") <= width, (
        "it can be read without panning"
    )
    assert browser.run("return document.querySelector('h1').getBoundingClientRect().bottom") < 300
    assert (
        browser.run("return getComputedStyle(document.querySelector('.verdict')).borderLeftWidth")
        == "8px"
    )
    small = "return [...document.querySelectorAll('p,li,h1,h2,h4,td')].filter(e => parseFloat(getComputedStyle(e).fontSize) < 12).length"
    assert browser.run(small) == 0
    assert browser.complaints() == []
    assert (
        browser.run(
            "return performance.getEntriesByType('resource').filter(r => !r.name.endsWith('favicon.ico')).length"
        )
        == 0
    )
    assert len(browser.picture(f"report-{name}-{width}")) > 5000


def test_the_graph_is_drawn(browser: Browser, address: str) -> None:
    browser.open(report_links(address, SECRET)("sample"))

    boxes = browser.run(
        "return [...document.querySelectorAll('svg.graph rect')].map(r => { const b = r.getBoundingClientRect();"
        " return [b.left, b.top, b.right, b.bottom]; })"
    )
    assert len(boxes) == 3
    for one in boxes:
        for other in boxes:
            apart = (
                one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
            )
            assert one == other or apart
    fill = "return getComputedStyle(document.querySelector('.node.wrong rect')).fill"
    assert browser.run(fill) == "rgb(255, 235, 233)"
    inside = (
        "return [...document.querySelectorAll('.node')].every(n => [...n.querySelectorAll('text')].every("
        "t => t.getBoundingClientRect().right <= n.querySelector('rect').getBoundingClientRect().right))"
    )
    assert browser.run(inside)


def test_one_click_creates_the_app(browser: Browser, tmp_path: Path) -> None:
    """From the first page through GitHub and back, as a person does it."""
    port = free_port()
    created = {
        "id": 41,
        "slug": "two-step-acme",
        "client_id": "Iv1.x",
        "client_secret": "cs",
        "webhook_secret": "ws",
        "pem": "-----BEGIN RSA PRIVATE KEY-----\nx\n-----END RSA PRIVATE KEY-----\n",
        "html_url": "https://github.example/apps/two-step-acme",
    }
    posted: list[str] = []

    def github(seen: Seen) -> Say:
        state = re.search(r"state=([\w-]+)", seen.path)
        if state and seen.method == "POST":
            posted.append(seen.path)
            back = f"http://127.0.0.1:{port}/setup/created?code=abc123&state={state[1]}"
            return Say(302, None, {"location": back})
        return Say(201, created) if seen.path.endswith("/conversions") else Say(404)

    with scripted() as script:
        script.answers = github
        settings = Settings(
            data_dir=tmp_path, github_url=script.url, public_url=f"http://127.0.0.1:{port}"
        )
        app = FastAPI()
        app.include_router(setup_routes(settings, SECRET, Lacking(settings)))
        with serving(app, port) as url:
            browser.open(f"{url}/", 375)
            assert browser.run("return document.documentElement.scrollWidth") <= 375
            browser.picture("setup-375")
            browser.click("form[method=post] button")

            assert "two-step-acme" in browser.run("return document.querySelector('h1').textContent")
            assert browser.run("return document.documentElement.scrollWidth") <= 375
            browser.picture("created-375")
            assert browser.complaints() == []
    assert len(posted) == 1
    assert settings.credentials_file.exists()
