"""
The stand-in as an ASGI application: each request is judged, may fail, is answered, and the answer is judged.

What GitHub does with every answer is done here: pages with links to the next
one, tags for conditional requests, the count of what is left, and the way to
the new name of a repository that was renamed.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.support import contracts
from tests.support.git_http import git_http
from tests.support.github import (
    checks,
    comments,
    deployments,
    graphql,
    installations,
    pages,
    pulls,
)
from tests.support.github.faults import Fault, Halved, next_fault
from tests.support.github.state import API, Asked, Refused, State

Answer = Callable[..., tuple[int, Any]]

_REPO = r"/repos/([^/]+/[^/]+)"
ROUTES: tuple[tuple[str, str, Answer], ...] = (
    ("GET", r"/app", installations.app),
    ("GET", r"/app/installations", installations.installations),
    ("GET", r"/app/installations/(\d+)", installations.installation),
    ("POST", r"/app/installations/(\d+)/access_tokens", installations.make_token),
    ("GET", r"/app/hook/deliveries", installations.failed),
    ("GET", r"/installation/repositories", pulls.installed),
    ("DELETE", r"/installation/token", installations.revoke),
    ("GET", r"/users/([^/]+)", installations.user),
    ("GET", _REPO, pulls.repository),
    ("GET", _REPO + r"/branches/([^/]+)", pulls.branch),
    ("GET", _REPO + r"/pulls", pulls.pulls),
    ("GET", _REPO + r"/pulls/(\d+)", pulls.pull),
    ("GET", _REPO + r"/pulls/(\d+)/files", pulls.files),
    ("GET", _REPO + r"/pulls/(\d+)/comments", comments.lines),
    ("POST", _REPO + r"/pulls/(\d+)/comments", comments.post_line),
    ("POST", _REPO + r"/pulls/(\d+)/comments/(\d+)/replies", comments.reply),
    ("POST", _REPO + r"/pulls/(\d+)/reviews", comments.review),
    ("PATCH", _REPO + r"/pulls/comments/(\d+)", comments.edit_line),
    ("DELETE", _REPO + r"/pulls/comments/(\d+)", comments.delete_line),
    ("GET", _REPO + r"/commits/([0-9a-f]+)/pulls", pulls.pulls_of),
    ("GET", _REPO + r"/commits/([0-9a-f]+)/check-runs", checks.check_runs),
    ("POST", _REPO + r"/check-runs", checks.create),
    ("PATCH", _REPO + r"/check-runs/(\d+)", checks.edit),
    ("GET", _REPO + r"/issues/(\d+)/comments", comments.listed),
    ("POST", _REPO + r"/issues/(\d+)/comments", comments.post),
    ("PATCH", _REPO + r"/issues/comments/(\d+)", comments.edit),
    ("DELETE", _REPO + r"/issues/comments/(\d+)", comments.delete),
    ("POST", _REPO + r"/(?:issues|pulls)/comments/(\d+)/reactions", comments.react),
    ("GET", _REPO + r"/deployments", deployments.listed),
    ("GET", _REPO + r"/deployments/(\d+)/statuses", deployments.statuses),
    ("GET", _REPO + r"/collaborators/([^/]+)/permission", pulls.permission),
    ("GET", _REPO + r"/collaborators/([^/]+)", pulls.collaborator),
)


def application(state: State, faults: list[Fault], redeliver: Callable[[int], None]) -> Starlette:
    """*redeliver* sends one of the App's deliveries once more, by its number."""

    async def api(request: Request) -> Response:
        body = json.loads(await request.body() or b"null")
        return await run_in_threadpool(_answer, state, faults, redeliver, request, body)

    async def graphql_(request: Request) -> Response:
        asked = await request.json()
        return await run_in_threadpool(_graphql, state, faults, request, asked)

    async def home(_: Request) -> Response:
        return pages.home(state)

    async def page(request: Request) -> Response:
        name = f"{request.path_params['owner']}/{request.path_params['name']}"
        repo, number = state.repositories.get(name), request.path_params["number"]
        if repo is None or number not in repo.pulls:
            return Response("not here", 404)
        return pages.pull_request(repo, repo.pulls[number])

    def may_fetch(path: str, password: str) -> bool:
        return installations.may_fetch(state, path, password)

    methods = ["GET", "POST", "PATCH", "DELETE"]
    git = git_http(state.root, may_fetch)
    return Starlette(
        routes=[
            Route(API + "/{path:path}", api, methods=methods),
            Route("/api/graphql", graphql_, methods=["POST"]),
            Route("/{path:path}.git/{rest:path}", git, methods=["GET", "POST"]),
            Route("/", home),
            Route("/{owner}/{name}/pull/{number:int}", page),
        ]
    )


def _answer(
    state: State,
    faults: list[Fault],
    redeliver: Callable[[int], None],
    request: Request,
    body: Any,
) -> Response:
    method, path = request.method, "/" + request.path_params["path"]
    kind, _, credential = request.headers.get("authorization", "").partition(" ")
    with state.lock:
        try:
            path = _present_name(state, request, path)
            asked = Asked(method, path, dict(request.query_params), body, credential)
            state.requests.append((method, path))
            if contracts.fetched():
                url = f"{path}?{request.url.query}" if request.url.query else path
                state.unlawful += contracts.wrong_with_request(method, url, body)
            status, answer = _unless_it_fails(
                next_fault(faults, method, path), lambda: _done(state, redeliver, asked, kind)
            )
        except Refused as error:
            return JSONResponse(_refusal(error), error.status, headers=error.headers)
        except Halved as error:
            text = json.dumps(error.answer).encode()
            # The server hangs up when less comes than was announced.
            announced = {"content-length": str(len(text))}
            return Response(text[: len(text) // 2], error.status, headers=announced)
        answer, headers = _paged(request, answer)
        if contracts.fetched():
            answer = contracts.whole_answer(method, path, status, answer)
            state.unlawful += contracts.wrong_with_answer(method, path, status, answer)
            state.judged += 1
        return _sent(state, request, status, answer, headers)


def _present_name(state: State, request: Request, path: str) -> str:
    """
    *path* with the name that the repository has; a request for the one that it had is sent away.

    Where to is an address with the repository's number, as GitHub has it.
    """
    by_number = re.match(r"/repositories/(\d+)", path)
    if by_number:
        for repo in state.repositories.values():
            if repo.id == int(by_number[1]):
                return f"/repos/{repo.full_name}{path[by_number.end() :]}"
    named = re.match(r"/repos/([^/]+/[^/]+)", path)
    if named and named[1] in state.moved and named[1] not in state.repositories:
        repo = state.repositories[state.moved[named[1]]]
        there = f"{request.base_url}{API[1:]}/repositories/{repo.id}{path[named.end() :]}"
        there += f"?{request.url.query}" if request.url.query else ""
        status = 301 if request.method == "GET" else 307
        state.requests.append((request.method, path))
        raise Refused(status, "Moved Permanently", {"location": there})
    return path


def _refusal(error: Refused) -> dict[str, str]:
    said = {"message": str(error), "documentation_url": "https://docs.github.com/rest"}
    return said | ({"url": error.headers["location"]} if "location" in error.headers else {})


def _unless_it_fails(fault: Fault | None, act: Callable[[], Any]) -> Any:
    """What *act* returns, unless it was to fail: before anything is done, or when all of it is."""
    if fault is not None and not fault.after and not fault.half:
        raise Refused(fault.status, fault.message, fault.headers)
    done = act()
    if fault is not None and fault.half:
        raise Halved(*done)
    if fault is not None:
        raise Refused(fault.status, fault.message, fault.headers)
    return done


def _done(
    state: State, redeliver: Callable[[int], None], asked: Asked, kind: str
) -> tuple[int, Any]:
    if asked.path == "/app" or asked.path.startswith("/app/"):
        installations.as_the_app(state, asked, kind)
    again = re.fullmatch(r"/app/hook/deliveries/(\d+)/attempts", asked.path)
    if again and asked.method == "POST":
        redeliver(int(again[1]))
        return 202, {}
    for verb, pattern, answer in ROUTES:
        found = re.fullmatch(pattern, asked.path)
        if found and verb == asked.method:
            return answer(state, asked, *found.groups())
    raise Refused(404, f"{asked.method} {asked.path} is not there")


def _paged(request: Request, answer: Any) -> tuple[Any, dict[str, str]]:
    """The page of a list that was asked for, and the link to the next one."""
    whole = answer
    if isinstance(answer, dict) and "total_count" in answer:
        whole = next(each for each in answer.values() if isinstance(each, list))
    if not isinstance(whole, list):
        return answer, {}
    page = int(request.query_params.get("page", 1))
    size = int(request.query_params.get("per_page", 30))
    shown = whole[(page - 1) * size : page * size]
    headers = {}
    if len(whole) > page * size:
        following = request.url.include_query_params(page=page + 1)
        headers["link"] = f'<{following}>; rel="next"'
    if whole is answer:
        return shown, headers
    return {k: shown if v is whole else v for k, v in answer.items()}, headers


def _sent(
    state: State, request: Request, status: int, answer: Any, headers: Mapping[str, str]
) -> Response:
    """*answer*, or that it is the one that the asker has; and how much may still be asked."""
    credential = request.headers.get("authorization", "").partition(" ")[2]
    text = b"" if status == 204 else json.dumps(answer).encode()
    tag = f'W/"{hashlib.sha256(text).hexdigest()}"'
    known = request.method == "GET" and request.headers.get("if-none-match") == tag
    owner = state.owners.get(credential)
    sent = {**headers, "content-type": "application/json; charset=utf-8"}
    if request.method == "GET":
        sent["etag"] = tag
    if owner is not None:
        count = state.asked[owner] = state.asked.get(owner, 0) + (not known)
        sent["x-ratelimit-remaining"] = str(max(0, state.hourly - count))
        sent["x-ratelimit-reset"] = str(int(time.time()) + 3600)
        sent["x-ratelimit-resource"] = "core"
    return Response(b"" if known else text, 304 if known else status, headers=sent)


def _graphql(state: State, faults: list[Fault], request: Request, asked: Any) -> Response:
    document, variables = str(asked["query"]), dict(asked["variables"])
    credential = request.headers.get("authorization", "").partition(" ")[2]
    with state.lock:
        state.requests.append(("POST", "/graphql"))
        if contracts.fetched():
            state.unlawful += contracts.wrong_with_graphql(document, variables)
        try:
            answer = _unless_it_fails(
                next_fault(faults, "GRAPHQL", document),
                lambda: graphql.answer(state, credential, document, variables),
            )
        except Refused as error:
            return JSONResponse(_refusal(error), error.status, headers=error.headers)
    return JSONResponse(answer)
