"""
Requests to GitHub, with its refusals told apart: PyGithub for REST, httpx for the rest.

One ``Rest`` belongs to one job on one thread: PyGithub's pacing knows no locks.
Nothing here sleeps for a rate limit; the job is put off instead.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
import requests
from github import Auth, Github, GithubException
from urllib3 import Retry

from bot.errors import (
    GitHubError,
    GitHubGone,
    GitHubRefused,
    GitHubUnavailable,
    RateLimited,
)
from bot.github.auth import date_of

API_VERSION = "2022-11-28"
"""The version that every supported GitHub Enterprise Server knows as well."""

AGENT = "two-step"
PAGES = 30
"""Pages of a list that are read: of 100 entries each."""

_OUT_OF_REACH = re.compile("suspended|archived", re.IGNORECASE)
"""What GitHub says of an installation, or of a repository, to which nothing can be written until somebody changes that."""

SECONDARY_WAIT = 60.0
"""Seconds to wait where GitHub says "too fast" and not for how long; its own advice."""

Observe = Callable[[str, int, Mapping[str, str]], None]
"""Told of every answer: method, status (0 without one), headers in lower case."""


class Rest:
    """The REST and GraphQL interface with one authentication."""

    def __init__(
        self,
        auth: Auth.Auth,
        *,
        api_url: str,
        graphql_url: str,
        seconds: float,
        pause: float,
        observe: Observe,
    ) -> None:
        self._auth = auth
        self._api = api_url
        self._graphql = graphql_url
        self._seconds = seconds
        self._observe = observe
        self._github = Github(
            auth=auth,
            base_url=api_url,
            timeout=max(1, round(seconds)),
            user_agent=AGENT,
            # A POST is never repeated here: whether it was stored is looked up
            # first. "Retry-After" is left to the queue, which can wait for hours.
            retry=Retry(
                total=2,
                backoff_factor=0.5,
                status_forcelist=(500, 502, 503, 504),
                allowed_methods=frozenset({"GET", "HEAD", "PUT", "DELETE"}),
                respect_retry_after_header=False,
                raise_on_status=False,
            ),
            seconds_between_requests=0,
            seconds_between_writes=pause,
            lazy=True,
            api_version=API_VERSION,
            # httpx and OpenSSL look there by themselves, requests does not.
            verify=os.environ.get("SSL_CERT_FILE") or True,
        )

    def close(self) -> None:
        self._github.close()

    def get(self, path: str, **parameters: Any) -> Any:
        """The JSON at *path*."""
        return self._call("GET", path, parameters=parameters or None)[1]

    def pages(
        self, path: str, *, item: str | None = None, pages: int = PAGES, **parameters: Any
    ) -> Iterator[dict[str, Any]]:
        """The entries of a list, over its pages as GitHub links them; *item* names the list."""
        where: str | None = path
        given: dict[str, Any] | None = {"per_page": 100, **parameters}
        for _ in range(pages):
            headers, data = self._call("GET", where or "", parameters=given)
            entries = data.get(item) if item and isinstance(data, dict) else data
            if not isinstance(entries, list):
                raise GitHubUnavailable(f"GitHub's answer to GET {path} is not a list")
            yield from entries
            where, given = _next(headers), None
            if where is None:
                return

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        return self._call("POST", path, body=body)[1]

    def patch(self, path: str, body: Mapping[str, Any]) -> Any:
        return self._call("PATCH", path, body=body)[1]

    def delete(self, path: str) -> None:
        self._call("DELETE", path)

    def graphql(self, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """
        The data of a GraphQL document.

        Raises:
            GitHubRefused: it names something that is not there, or not ours to change.
        """
        answer = self._httpx("POST", self._graphql, {"query": query, "variables": dict(variables)})
        errors = answer.get("errors")
        if errors:
            kinds = {str(error.get("type", "")) for error in errors if isinstance(error, dict)}
            said = "; ".join(str(error.get("message", ""))[:200] for error in errors[:3])
            if kinds & {"RATE_LIMITED", "RATE_LIMIT"}:
                raise RateLimited("GitHub: too many GraphQL requests", time.time() + SECONDARY_WAIT)
            raise GitHubRefused(f"GitHub refused a GraphQL request: {said}", 200)
        data = answer.get("data")
        if not isinstance(data, dict):
            raise GitHubUnavailable("GitHub's GraphQL answer has no data")
        return data

    def hook_deliveries(self, **parameters: Any) -> Iterator[dict[str, Any]]:
        """The App's own deliveries, newest first; asked with httpx, since PyGithub has none."""
        url: str | None = f"{self._api}/app/hook/deliveries"
        given: dict[str, Any] | None = {"per_page": 100, **parameters}
        for _ in range(PAGES):
            answer, headers = self._httpx_list(url or "", given)
            yield from answer
            url, given = _next(headers), None
            if url is None or not url.startswith(self._api):
                return

    def ask_again(self, delivery: int) -> None:
        """Have GitHub send one of the App's deliveries once more."""
        self._httpx("POST", f"{self._api}/app/hook/deliveries/{delivery}/attempts", None)

    def _call(
        self,
        method: str,
        path: str,
        *,
        parameters: dict[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> tuple[dict[str, Any], Any]:
        ask = self._github.requester.requestJsonAndCheck
        given = None if body is None else dict(body)
        with _translated(f"{method} {_shown(path)}", self._observe, method):
            headers, data = ask(method, path, parameters, input=given)
            if _moved(method, headers, data):
                # Renamed or transferred: nothing was done yet, and PyGithub follows reads only.
                headers, data = ask(method, headers["location"], parameters, input=given)
        self._observe(method, 200, headers)
        return headers, data

    def _httpx(self, method: str, url: str, body: object) -> dict[str, Any]:
        data, _ = self._request(method, url, body=body)
        return data if isinstance(data, dict) else {}

    def _httpx_list(
        self, url: str, parameters: dict[str, Any] | None
    ) -> tuple[list[dict[str, Any]], Mapping[str, str]]:
        data, headers = self._request("GET", url, parameters=parameters)
        if not isinstance(data, list):
            raise GitHubUnavailable("GitHub's answer is not a list")
        return data, headers

    def _request(
        self,
        method: str,
        url: str,
        *,
        body: object = None,
        parameters: dict[str, Any] | None = None,
    ) -> tuple[Any, Mapping[str, str]]:
        headers = {
            "Authorization": f"{self._auth.token_type} {self._auth.token}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": API_VERSION,
            "User-Agent": AGENT,
        }
        shown = f"{method} {_shown(url.removeprefix(self._api))}"
        try:
            answer = httpx.request(
                method, url, json=body, params=parameters, headers=headers, timeout=self._seconds
            )
            data = answer.json() if answer.content else {}
        except (httpx.HTTPError, ValueError) as error:
            self._observe(method, 0, {})
            raise GitHubUnavailable(f"{shown}: {type(error).__name__}") from None
        seen = {name.lower(): value for name, value in answer.headers.items()}
        self._observe(method, answer.status_code, seen)
        if answer.status_code >= 300:
            message = str(data.get("message", "")) if isinstance(data, dict) else ""
            raise error_of(answer.status_code, message, seen, shown)
        return data, seen


def error_of(status: int, message: str, headers: Mapping[str, str], what: str) -> GitHubError:
    """
    The error that an answer of GitHub means.

    *headers* have lower-case names; *what* says what was asked, without secrets.
    """
    said = f"GitHub answered {status} to {what}" + (f": {message[:300]}" if message else "")
    limited = "rate limit" in message.lower() or headers.get("x-ratelimit-remaining") == "0"
    if status == 429 or (status == 403 and (limited or "retry-after" in headers)):
        return RateLimited(said, _until(headers), status)
    if status in {404, 410, 451} or (status == 403 and _OUT_OF_REACH.search(message)):
        return GitHubGone(said, status)
    if status >= 500:
        return GitHubUnavailable(said, status)
    needed = headers.get("x-accepted-github-permissions")
    if status == 403 and needed:
        said = f"{said}. The App needs one of these permissions: {needed}"
    return GitHubRefused(said, status)


def _until(headers: Mapping[str, str]) -> float:
    """When the next request may be made, by our clock."""
    now = time.time()
    after = headers.get("retry-after", "")
    if after.isdigit():
        return now + int(after)
    reset = headers.get("x-ratelimit-reset", "")
    if headers.get("x-ratelimit-remaining") == "0" and reset.isdigit():
        # Not clear when in that second it is; and by GitHub's clock, which ours need not follow.
        there = date_of(headers)
        return now + max(int(reset) + 1.0 - (now if there is None else there), 1.0)
    return now + SECONDARY_WAIT


@contextmanager
def _translated(what: str, observe: Observe, method: str) -> Iterator[None]:
    """Errors of PyGithub and of requests as ours."""
    try:
        yield
    except GithubException as error:
        headers = {str(k).lower(): str(v) for k, v in (error.headers or {}).items()}
        observe(method, error.status, headers)
        data = error.data
        message = str(data.get("message") or "") if isinstance(data, dict) else ""
        raise error_of(error.status, _with_details(message, data), headers, what) from None
    except (requests.RequestException, json.JSONDecodeError, UnicodeDecodeError) as error:
        observe(method, 0, {})
        raise GitHubUnavailable(f"{what}: {type(error).__name__}") from None
    except AssertionError:
        # PyGithub asserts that redirections and links stay on the same host.
        raise GitHubUnavailable(f"{what}: redirected to another host") from None


def _moved(method: str, headers: Mapping[str, Any], data: object) -> bool:
    """Whether a write was answered with its new address (307, 308); PyGithub hides the status."""
    if method == "GET" or "location" not in headers or not isinstance(data, dict):
        return False
    return "id" not in data and "documentation_url" in data


def _with_details(message: str, data: object) -> str:
    """GitHub's reasons stand beside its message, as words or as objects."""
    errors = data.get("errors") if isinstance(data, dict) else None
    if not isinstance(errors, list):
        return message
    said = [
        e if isinstance(e, str) else str(e.get("message") or e.get("code") or "")
        for e in errors[:5]
        if isinstance(e, str | dict)
    ]
    return f"{message} ({'; '.join(each for each in said if each)})" if any(said) else message


def _next(headers: Mapping[str, str]) -> str | None:
    """The address of the next page, from the ``Link`` header."""
    link = requests.utils.parse_header_links(headers.get("link", ""))
    return next((each["url"] for each in link if each.get("rel") == "next"), None)


def _shown(path: str) -> str:
    return path.partition("?")[0]
