"""
The first page, and the creation of the App by one click (GitHub's manifest flow).

GitHub gets a form with the manifest and sends the browser back with a code;
the code is changed into the credentials, which are stored for nobody else to read.
Whose App it is decides who is served: only the link of the service's log leads there,
or a browser on the machine itself.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import re
import secrets
import time
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from bot.github.granted import EVENTS, PERMISSIONS
from bot.github.rest import AGENT, API_VERSION
from bot.private import kept_secret, write_private
from bot.settings import CREDENTIALS, Settings
from bot.web.lacking import Lacking
from bot.web.pages import render

WHY = {
    "checks": "the check run with its annotations and buttons",
    "contents": "the commits that are compared, by git; nothing is written",
    "deployments": "to know when the first half of a split has arrived",
    "issues": "GitHub delivers comments with commands with this only",
    "merge_queues": "GitHub delivers merge groups with this only",
    "metadata": "who may write, for commands",
    "pull_requests": "the summary, comments on lines, reactions",
}
"""What each permission is for, for whoever has to grant it."""
DESCRIPTION = "Reviews the database migrations of pull requests, before the merge."
WEBHOOKS = "/webhooks/github"
COOKIE = "twostep_setup"
HOUR = 3600
"""GitHub's code is good for an hour, and so is the form."""
WHERE_THE_LINK_IS = (
    "Whoever sets up Two-Step here needs the link that the service writes into its log when it starts. "
    "It ends with ?token= and a long number, and is good until the App is created.",
    "The log is what the terminal shows that twostep serve runs in; with Docker it is shown by docker "
    "compose --file deploy/compose.yml logs service, with systemd by journalctl --unit twostep.",
)
"""For somebody who comes without the link, or with an old one."""

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_HANDED_ON = ("forwarded", "via", "x-forwarded-", "x-real-ip")
"""Headers by which a proxy says that somebody else is asking."""

_CODE = re.compile(r"[\w-]{1,200}")
_ORGANIZATION = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}")


def manifest(public_url: str, name: str = "Two-Step") -> dict[str, Any]:
    """The App that GitHub is asked to create for a service at *public_url*."""
    here = public_url.rstrip("/")
    return {
        "name": name[:34],
        "url": here,
        "hook_attributes": {"url": f"{here}{WEBHOOKS}", "active": True},
        "redirect_url": f"{here}/setup/created",
        "description": DESCRIPTION,
        "public": False,
        "default_permissions": dict(PERMISSIONS),
        "default_events": list(EVENTS),
    }


def setup_token(settings: Settings) -> str:
    """
    What the link to the setup is known by, the same in all processes that share the data directory.

    Empty once the App is set up: then no link is good any more.
    """
    if is_set_up(settings):
        _forget_token(settings)
        return ""
    return kept_secret(settings.setup_token_file)


def setup_link(settings: Settings) -> str:
    """The address of the setup, for whoever reads the log."""
    here = settings.public_url or f"http://{settings.host}:{settings.port}"
    return f"{here}/setup?token={setup_token(settings)}"


def is_set_up(settings: Settings) -> bool:
    """Whether the App's credentials are there; those that another process stored count as well."""
    return settings.configured or settings.credentials_file.exists()


def setup_routes(settings: Settings, secret: bytes, good: str, lacking: Lacking) -> APIRouter:
    """
    The first page and the setup, which asks for the token *good* unless the browser is on this machine.

    *secret* signs the state that GitHub brings back; only who was let in gets one.
    """
    routes = APIRouter()

    @routes.get("/", include_in_schema=False)
    def first() -> Response:
        if not is_set_up(settings):
            return RedirectResponse("/setup", status_code=303)
        lacks = lacking.now()
        return render(
            "home.html",
            github=_host(settings),
            installs=_installs(settings, lacking.app.page),
            lacks=lacks,
            app=lacking.app,
            restart=not settings.configured,
        )

    @routes.get("/setup", include_in_schema=False)
    def setup(request: Request, token: str = "", organization: str = "") -> HTMLResponse:
        if is_set_up(settings):
            return _message(
                "The App is set up", "The credentials are stored. Nothing is left to do here."
            )
        if not (_same(token, good) or _at_the_desk(settings, request)):
            return _message("The setup is behind a link", *WHERE_THE_LINK_IS, status=403)
        if organization and not _ORGANIZATION.fullmatch(organization):
            return _message("That is no organization's name", "Go back and try again.", status=400)
        here = _here(settings, request)
        nonce = secrets.token_urlsafe(24)
        owner = f"/organizations/{quote(organization)}" if organization else ""
        state = _state(secret, nonce, int(time.time()))
        page = render(
            "setup.html",
            form_to=f"'self' {_origin(settings.github_url)}",
            action=f"{settings.github_url}{owner}/settings/apps/new?state={state}",
            manifest=json.dumps(manifest(here, f"Two-Step {urlsplit(here).hostname}")),
            here=here,
            local=urlsplit(here).hostname in LOOPBACK,
            github=_host(settings),
            organization=organization,
            token=token,
            permissions=[(name, level, WHY[name]) for name, level in PERMISSIONS.items()],
        )
        page.set_cookie(
            COOKIE,
            nonce,
            max_age=HOUR,
            path="/setup",
            httponly=True,
            samesite="lax",
            secure=here.startswith("https:"),
        )
        return page

    @routes.get("/setup/created", include_in_schema=False)
    def created(request: Request, code: str = "", state: str = "") -> HTMLResponse:
        if is_set_up(settings):
            return _message("The App is set up", "The credentials are stored already.")
        nonce = request.cookies.get(COOKIE, "")
        if not nonce or not _is_state(secret, nonce, state) or not _CODE.fullmatch(code):
            return _message(
                "This setup was not started here",
                "Start with the link of the service's log, in the same browser, and finish within an hour.",
                status=400,
            )
        try:
            made = convert(settings, code)
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            return _message(
                "GitHub did not give the credentials",
                f"({type(error).__name__}) The code is good for one hour and for one use. "
                "Delete the new App on GitHub and start again with the link of the service's log.",
                status=502,
            )
        try:
            store(settings, made)
        except FileExistsError:
            return _message(
                "The App is set up", "Other credentials were stored meanwhile.", status=409
            )
        return render(
            "created.html",
            slug=made["app_slug"],
            install=f"{made['html_url']}/installations/new",
            file=str(settings.credentials_file),
        )

    return routes


def convert(settings: Settings, code: str) -> dict[str, Any]:
    """
    The credentials for GitHub's *code*, by the names of our settings, and ``html_url``.

    Raises:
        httpx.HTTPError: GitHub did not answer, or refused.
        ValueError, KeyError, TypeError: the answer is not what was promised.
    """
    answer = httpx.post(
        f"{settings.api_url}/app-manifests/{quote(code, safe='')}/conversions",
        headers={
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": API_VERSION,
            "User-Agent": AGENT,
        },
        timeout=settings.github_seconds,
    )
    answer.raise_for_status()
    got = answer.json()
    return {
        "app_id": int(got["id"]),
        "app_slug": str(got["slug"]),
        "private_key": str(got["pem"]),
        "webhook_secret": str(got["webhook_secret"]),
        "client_id": str(got["client_id"]),
        "client_secret": str(got["client_secret"]),
        "html_url": str(got["html_url"]),
    }


def store(settings: Settings, credentials: dict[str, Any]) -> None:
    """
    Write the credentials with mode 0600, all or nothing.

    Raises:
        FileExistsError: there are some already; they are not overwritten.
    """
    kept = {name: credentials[name] for name in CREDENTIALS}
    write_private(settings.credentials_file, json.dumps(kept, indent=1))
    _forget_token(settings)


def _forget_token(settings: Settings) -> None:
    """A link that was good once must not be again, even if the credentials are deleted."""
    with contextlib.suppress(OSError):
        settings.setup_token_file.unlink()


def _same(given: str, good: str) -> bool:
    return good != "" and hmac.compare_digest(given.encode("utf-8", "replace"), good.encode())


def _at_the_desk(settings: Settings, request: Request) -> bool:
    """Whether the browser runs on this machine, with nothing between: whoever sits there reads the log as well."""
    given = request.headers.keys()
    return (
        not settings.public_url
        and request.client is not None
        and {request.client.host, urlsplit(_here(settings, request)).hostname} <= LOOPBACK
        and not any(name.startswith(_HANDED_ON) for name in given)
    )


def _state(secret: bytes, nonce: str, at: int) -> str:
    """Binds the browser that started to the one that comes back, and to the hour."""
    signed = hmac.new(secret, f"setup\0{nonce}\0{at}".encode(), hashlib.sha256).hexdigest()
    return f"{at}-{signed[:40]}"


def _is_state(secret: bytes, nonce: str, state: str) -> bool:
    at, _, _ = state.partition("-")
    if not at.isascii() or not at.isdigit() or len(at) > 12:
        return False
    if not 0 <= time.time() - int(at) <= HOUR:
        return False
    good = _state(secret, nonce, int(at))
    return hmac.compare_digest(good.encode(), state.encode("utf-8", "replace"))


def _here(settings: Settings, request: Request) -> str:
    return settings.public_url or str(request.base_url).rstrip("/")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _host(settings: Settings) -> str:
    return urlsplit(settings.github_url).netloc


def _installs(settings: Settings, page: str) -> str:
    """Where the App is installed whose page is *page*, or was when it was made: it may have been renamed since."""
    if page:
        return f"{page}/installations/new"
    if settings.app_slug is None:
        return f"{settings.github_url}/settings/installations"
    # A GitHub Enterprise Server keeps its Apps under another path.
    apps = "github-apps" if settings.api_url.startswith(settings.github_url) else "apps"
    return f"{settings.github_url}/{apps}/{quote(settings.app_slug)}/installations/new"


def _message(title: str, *paragraphs: str, status: int = 200) -> HTMLResponse:
    return render("message.html", status=status, title=title, paragraphs=paragraphs)
