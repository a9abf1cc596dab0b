"""The web service: its routes, its life, and what is measured of each request."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import anyio.to_thread
from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.jobs.queue import Queue
from bot.metrics import Metrics
from bot.settings import Settings
from bot.web.health import health_routes
from bot.web.lacking import Lacking
from bot.web.webhooks import webhook_routes

HEADERS: Mapping[str, str] = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
}


def make_app(
    settings: Settings,
    queue: Queue,
    pages: Iterable[APIRouter] = (),
    *,
    lacking: Lacking,
    works: bool = True,
) -> FastAPI:
    """The service on *queue*, which lives as long as it does; *pages* are for people."""
    metrics = queue.services.metrics

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await anyio.to_thread.run_sync(lambda: queue.start(works=works))
        try:
            yield
        finally:
            await anyio.to_thread.run_sync(queue.stop)

    app = FastAPI(
        title="Two-Step", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None
    )
    app.include_router(
        webhook_routes(
            queue.accept, lambda: settings.webhook_secrets, lambda: settings.app_id, metrics
        )
    )
    app.include_router(health_routes(settings, queue, lacking))
    for router in pages:
        app.include_router(router)
    app.add_middleware(_Measured, metrics=metrics)
    return app


class _Measured:
    """Counts and times each answer by its route, and adds the headers that all have."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                present = {name for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *(
                        (name.encode(), value.encode())
                        for name, value in HEADERS.items()
                        if name.encode() not in present
                    ),
                ]
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            # The pattern, not the path: paths of reports are secret, and without number.
            route: Any = scope.get("route")
            self._metrics.requests.labels(
                getattr(route, "path", "none"), scope["method"], str(status)
            ).observe(time.perf_counter() - began)
