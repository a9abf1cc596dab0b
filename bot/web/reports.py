"""The report page: the whole review behind a signed link that cannot be guessed."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from urllib.parse import quote

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, JSONResponse, Response
from markupsafe import Markup

from bot.render import wording
from bot.render.escape import html_prose, path_url
from bot.render.order import commands_around
from bot.render.summary import remedy_patch, wrong_migrations
from bot.render.svg import svg
from bot.services import Report
from bot.web.pages import render

SEVERITIES = {"error": "error", "warning": "warning", "info": "note"}


def signature(secret: bytes, key: str) -> str:
    """What proves that we made a link to the report *key*: 128 bits."""
    digest = hmac.new(secret, b"report\0" + key.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:16]).decode().rstrip("=")


def report_links(public_url: str, secret: bytes) -> Callable[[str], str]:
    """The signed address of the report with a key."""

    def link(key: str) -> str:
        return f"{public_url.rstrip('/')}/reviews/{quote(key, safe='')}/{signature(secret, key)}"

    return link


def report_routes(
    find: Callable[[str], Report | None], secret: bytes, github_url: str
) -> APIRouter:
    """The pages of reports; *find* is the store's."""
    routes = APIRouter()

    def stored(key: str, signed: str) -> Report | None:
        good = signature(secret, key)
        # As bytes: text that is not ASCII cannot be compared in constant time.
        if not hmac.compare_digest(good.encode(), signed.encode("utf-8", "replace")):
            return None
        return find(key)

    @routes.get("/reviews/{key}/{signed}", include_in_schema=False)
    def page(key: str, signed: str) -> HTMLResponse:
        report = stored(key, signed)
        if report is None:
            return not_here()
        return report_page(report, github_url, json_url=f"{signed}/review.json")

    @routes.get("/reviews/{key}/{signed}/review.json", include_in_schema=False)
    def as_json(key: str, signed: str) -> Response:
        report = stored(key, signed)
        if report is None:
            return not_here()
        return JSONResponse(
            dict(report.document),
            headers={"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex"},
        )

    return routes


def not_here() -> HTMLResponse:
    """The same answer for a wrong signature and for a report that was deleted."""
    return render(
        "message.html",
        status=404,
        title="This report is not here",
        paragraphs=(
            "The link is not complete, or the report was deleted: reports are kept for some "
            "weeks. Comment /twostep review on the pull request to have a new one made.",
        ),
    )


def report_page(report: Report, github_url: str, *, json_url: str = "review.json") -> HTMLResponse:
    """The page of *report*."""
    document = report.document
    wrong = wrong_migrations(document)
    repository = f"{github_url}/{path_url(document['repository'])}"
    number = document.get("pull_request")

    def file_url(path: str, line: int, end_line: int) -> str:
        sha = document["head"]["sha"]
        return wording.file_url(github_url, document["repository"], sha, path, line, end_line)

    return render(
        "report.html",
        document=document,
        headline=wording.headline(document),
        tally=wording.tally(wording.counting(document)),
        counting=wording.counting(document),
        groups=list(wording.by_migration(wording.counting(document)).items()),
        accepted=wording.accepted(document),
        preexisting=wording.preexisting(document),
        # Every text in it was escaped where it was drawn.
        graph=Markup(svg(document["graph"], wrong)),  # noqa: S704
        pull_url=f"{repository}/pull/{number}" if number else repository,
        json_url=json_url,
        file_url=file_url,
        patch=remedy_patch,
        around=commands_around,
        sentence=wording.sentence,
        # Escapes everything but what it makes itself.
        said=lambda text: Markup(html_prose(text)),  # noqa: S704
        severities=SEVERITIES,
        then=wording.STEPS,
        dialect_of=wording.dialect_of,
        unwritten=wording.unwritten,
    )
