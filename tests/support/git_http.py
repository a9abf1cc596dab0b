"""Repositories over HTTP by git's own server, ``git http-backend``, as an ASGI application."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response


def git_http(root: Path, allowed: Callable[[str, str], bool]) -> Callable[..., object]:
    """
    An ASGI endpoint that serves the bare repositories below *root*.

    *allowed* is asked with the path (``acme/shop.git/info/refs``) and the
    password of each request; the empty one where none was sent.
    """

    async def endpoint(request: Request) -> Response:
        path = request.url.path.lstrip("/")
        if not allowed(path, _password(request)):
            return Response(
                "authentication is needed",
                401,
                headers={"www-authenticate": 'Basic realm="git"'},
            )
        return await _backend(root, path, request)

    return endpoint


def _password(request: Request) -> str:
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "basic":
        return ""
    return base64.b64decode(value).decode(errors="replace").partition(":")[2]


async def _backend(root: Path, path: str, request: Request) -> Response:
    environment = {
        "PATH": os.environ["PATH"],
        "GIT_PROJECT_ROOT": str(root),
        "GIT_HTTP_EXPORT_ALL": "1",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_COUNT": "3",
        "GIT_CONFIG_KEY_0": "uploadpack.allowFilter",
        "GIT_CONFIG_VALUE_0": "true",
        "GIT_CONFIG_KEY_1": "uploadpack.allowAnySHA1InWant",
        "GIT_CONFIG_VALUE_1": "true",
        "GIT_CONFIG_KEY_2": "safe.directory",
        "GIT_CONFIG_VALUE_2": "*",
        "PATH_INFO": f"/{path}",
        "QUERY_STRING": request.url.query,
        "REQUEST_METHOD": request.method,
        "REMOTE_USER": "x-access-token",
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
        "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
        "HTTP_GIT_PROTOCOL": request.headers.get("git-protocol", ""),
    }
    process = await asyncio.create_subprocess_exec(
        "git",
        "http-backend",
        env=environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    output, _ = await process.communicate(await request.body())
    head, _, body = output.partition(b"\r\n\r\n")
    status, headers = 200, {}
    for line in head.decode().splitlines():
        name, _, value = line.partition(": ")
        if name.lower() == "status":
            status = int(value.split()[0])
        else:
            headers[name] = value
    return Response(body, status, headers=headers)
