"""The report page: behind its signed link only, the whole review, and nothing alive in it."""

from __future__ import annotations

import asyncio
import re
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from bot.jobs.model import Repository
from bot.render.svg import svg
from bot.services import Report
from bot.web.reports import report_links, report_page, report_routes, signature
from tests.support.documents import evil, sample, untouched

SHOP = Repository(id=7, full_name="acme/shop", installation=3)
SECRET = b"s" * 32
LINK = report_links("https://twostep.example", SECRET)


def report(document: Any, key: str = "7-12.1.abc") -> Report:
    return Report(
        key=key, repository=SHOP, number=12, head_sha="2" * 40, document=document, at="2026-11-20"
    )


def get(*paths: str) -> list[httpx.Response]:
    """The answers of a service that has one report."""
    app = FastAPI()
    stored = report(sample())
    app.include_router(
        report_routes(
            lambda key: stored if key == stored.key else None, SECRET, "https://github.com"
        )
    )

    async def ask() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(
            transport=transport, base_url="https://twostep.example"
        ) as web:
            return [await web.get(path) for path in paths]

    return asyncio.run(ask())


def test_the_signed_link_opens_the_report() -> None:
    page, as_json = get(LINK("7-12.1.abc"), LINK("7-12.1.abc") + "/review.json")

    assert page.status_code == 200
    assert "Do not merge yet" in page.text
    assert as_json.json() == sample()
    assert 'href="' + LINK("7-12.1.abc").rpartition("/")[2] + '/review.json"' in page.text


def test_a_database_that_nobody_named_is_said_to_be_assumed() -> None:
    document = sample()
    guessed = {**document, "sql": [{**each, "assumed": True} for each in document["sql"]]}

    assert document["sql"]
    assert (
        "postgresql, assumed"
        in bytes(report_page(report(guessed), "https://github.com").body).decode()
    )
    assert "assumed" not in bytes(report_page(report(document), "https://github.com").body).decode()


@pytest.mark.parametrize(
    "path",
    [
        f"/reviews/7-12.1.abc/{signature(b'other', '7-12.1.abc')}",
        f"/reviews/7-12.1.abd/{signature(SECRET, '7-12.1.abc')}",
        f"/reviews/7-12.1.abd/{signature(SECRET, '7-12.1.abd')}",
        "/reviews/7-12.1.abc/x",
        "/reviews/7-12.1.abc/%C3%A9%ED%A0%80",
        f"/reviews/7-12.1.abc/{signature(SECRET, '7-12.1.abc')[:-1]}",
        "/reviews/7-12.1.abc/x/review.json",
    ],
)
def test_any_other_link_opens_nothing(path: str) -> None:
    (answer,) = get(path)

    assert answer.status_code == 404
    assert "acme" not in answer.text


def test_a_signature_cannot_be_guessed() -> None:
    assert len(signature(SECRET, "a")) == 22
    assert signature(SECRET, "a") != signature(SECRET, "b")


def test_the_page_tells_nobody_its_address_and_loads_nothing() -> None:
    (page,) = get(LINK("7-12.1.abc"))

    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "no-store" in page.headers["cache-control"]
    assert "noindex" in page.headers["x-robots-tag"]
    assert not re.search(r"<script|<link|<img|<iframe|src=|@import|style=", page.text)


class Elements(HTMLParser):
    """The tags, attributes and visible text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


def test_hostile_text_is_text() -> None:
    page = bytes(report_page(report(evil()), "https://github.com").body).decode()
    harmless = bytes(report_page(report(sample()), "https://github.com").body).decode()

    seen, known = Elements(page), Elements(harmless)
    assert seen.tags - known.tags <= {"ul", "li"}
    assert "script" not in seen.tags
    assert "img" not in seen.tags
    assert not [name for name, _ in seen.attributes if name.startswith("on") or name == "style"]
    addresses = [value for name, value in seen.attributes if name == "href"]
    assert addresses
    assert all(
        a.startswith(("https://github.com/acme/shop", "#", "review.json")) for a in addresses
    )
    assert "&lt;script&gt;alert(1)" in page


def test_a_pull_request_without_migrations_has_a_page_too() -> None:
    page = bytes(report_page(report(untouched()), "https://github.com").body).decode()

    assert "No migration problem found" in page
    assert "Findings" not in page


def test_all_of_the_review_is_there() -> None:
    page = bytes(report_page(report(sample()), "https://github.com").body).decode()

    for text in (
        "conflicting-leaf-nodes",
        "Split it into 2 pull requests",
        "python manage.py migrate orders 0030_order_total",
        "ACCESS EXCLUSIVE",
        "the base class is built at run time",
        "the table has 40 rows",
        "maria",
        "already on".capitalize(),
        '<svg class="graph"',
    ):
        assert text in page, text


def test_a_graph_with_a_cycle_is_drawn() -> None:
    nodes = [
        {
            "app": "a",
            "name": name,
            "side": "head",
            "path": "x",
            "framework": "django",
            "leaf": False,
        }
        for name in ("1", "2", "3")
    ]
    edges = [
        {"parent": f"a.{p}", "child": f"a.{c}"} for p, c in (("1", "2"), ("2", "3"), ("3", "1"))
    ]

    drawn = svg({"nodes": nodes, "edges": edges})

    assert drawn.count("<rect") == 3
    assert drawn.count('class="edge"') == 3
