"""The pages in a real Chromium: readable on a phone, nothing refused, nothing from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from bot.jobs.model import Repository
from bot.services import Report
from bot.settings import Settings
from bot.web.lacking import Lacking
from bot.web.reports import report_links, report_routes
from bot.web.setup import setup_link, setup_routes, setup_token
from tests.browser.driver import Browser, chromium, free_port, serving
from tests.support.created_app import CREATED
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


def test_code_is_read_on_a_phone_without_panning(browser: Browser, address: str) -> None:
    browser.open(report_links(address, SECRET)("sample"), 375)

    blocks = browser.run(
        "return [...document.querySelectorAll('pre')].filter(e => e.getClientRects().length)"
        ".map(e => e.scrollWidth <= e.clientWidth)"
    )
    assert len(blocks) > 3
    assert all(blocks)


def test_the_page_is_dark_where_a_person_wants_it_dark(browser: Browser, address: str) -> None:
    """And every text can be told from what is behind it (WCAG asks for 4.5 to 1)."""
    for dark, back in ((True, "rgb(13, 17, 23)"), (False, "rgb(246, 248, 250)")):
        browser.open(report_links(address, SECRET)("sample"), 1280, dark=dark)
        assert browser.run("return getComputedStyle(document.body).backgroundColor") == back
        pale = browser.run(CONTRAST)
        assert pale[0] > 50
        assert pale[1] == []


CONTRAST = """
const light = c => { const [r, g, b] = c.match(/[\\d.]+/g).map(Number).map(v => v / 255)
  .map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
const behind = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
  if (c !== 'rgba(0, 0, 0, 0)') return c; } };
const texts = [...document.querySelectorAll('main *')].filter(e => !e.closest('svg') && e.getClientRects().length
  && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()));
const ratio = e => { const a = light(getComputedStyle(e).color), b = light(behind(e));
  return (Math.max(a, b) + .05) / (Math.min(a, b) + .05); };
return [texts.length, texts.filter(e => ratio(e) < 4.5).map(e => e.textContent.slice(0, 40) + ' ' + ratio(e).toFixed(1))];
"""


def test_headings_lead_through_the_page(browser: Browser, address: str) -> None:
    """One first heading, and none skips a level: people who cannot see jump from one to the next."""
    browser.open(report_links(address, SECRET)("sample"))

    levels = browser.run(
        "return [...document.querySelectorAll('h1,h2,h3,h4')].map(h => Number(h.tagName[1]))"
    )
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert {2, 3, 4} <= set(levels)
    for above, below in pairwise(levels):
        assert below <= above + 1
    assert browser.run("return document.documentElement.lang") == "en"
    named = "return [...document.querySelectorAll('svg')].every(e => e.getAttribute('role') === 'img' && e.getAttribute('aria-label'))"
    assert browser.run(named)


def test_a_forged_link_says_what_to_do(browser: Browser, address: str) -> None:
    browser.open(report_links(address, SECRET)("sample")[:-4] + "AAAA", 375)

    assert browser.run("return document.querySelector('h1').textContent") == (
        "This report is not here"
    )
    assert "/twostep review" in browser.run("return document.body.textContent")
    assert len(browser.complaints()) == 1, "the 404 itself"
    assert browser.run("return document.documentElement.scrollWidth") <= 375


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
    """From the link in the log through GitHub and back, as a person does it."""
    port = free_port()
    posted: list[str] = []

    def github(seen: Seen) -> Say:
        state = re.search(r"state=([\w-]+)", seen.path)
        if state and seen.method == "POST":
            posted.append(seen.path)
            back = f"http://127.0.0.1:{port}/setup/created?code=abc123&state={state[1]}"
            return Say(302, None, {"location": back})
        return Say(201, CREATED) if seen.path.endswith("/conversions") else Say(404)

    with scripted() as script:
        script.answers = github
        settings = Settings(
            data_dir=tmp_path, github_url=script.url, public_url=f"http://127.0.0.1:{port}"
        )
        app = FastAPI()
        app.include_router(setup_routes(settings, SECRET, setup_token(settings), Lacking(settings)))
        with serving(app, port) as url:
            browser.open(f"{url}/", 375)
            assert "its log when it starts" in browser.run("return document.body.textContent")
            assert browser.run("return document.documentElement.scrollWidth") <= 375
            browser.picture("setup-without-its-link-375")
            assert len(browser.complaints()) == 1, "the 403 itself"
            browser.open(setup_link(settings), 375)
            assert browser.run("return document.documentElement.scrollWidth") <= 375
            browser.picture("setup-375")
            browser.follow("form[method=post] button", "/setup/created")

            assert "two-step-acme" in browser.run("return document.querySelector('h1').textContent")
            assert browser.run("return document.documentElement.scrollWidth") <= 375
            browser.picture("created-375")
            assert browser.complaints() == []
    assert len(posted) == 1
    assert settings.credentials_file.exists()
