"""``/livez``, ``/healthz``, ``/readyz``, ``/metrics`` and the dead letters: for operators and their machines."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bot.jobs.queue import Queue
from bot.jobs.steps import words
from bot.settings import Settings, half_given
from bot.web.lacking import Lacking

CHECK_SECONDS = 3.0
ASKED = ["GET", "HEAD"]


def health_routes(settings: Settings, queue: Queue, lacking: Lacking) -> APIRouter:
    """The routes; the last two ask for the token of the metrics where one is set."""
    router = APIRouter(include_in_schema=False)
    threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="health")

    async def answered(question: Callable[[], Any]) -> Any:
        loop = asyncio.get_running_loop()
        return await asyncio.wait_for(loop.run_in_executor(threads, question), CHECK_SECONDS)

    def allowed(request: Request) -> None:
        token = settings.metrics_token
        if token is None:
            return
        given = request.headers.get("authorization", "").encode("latin-1", "replace")
        if not hmac.compare_digest(given, b"Bearer " + token.get_secret_value().encode()):
            raise HTTPException(401, "send TWOSTEP_METRICS_TOKEN as a bearer token")

    # Who watches from outside often asks for the head alone.
    @router.api_route("/livez", methods=ASKED)
    @router.api_route("/healthz", methods=ASKED)
    async def live() -> dict[str, str]:
        """That the process answers; says nothing about the database, so that nobody restarts us for it."""
        return {"status": "ok"}

    @router.api_route("/readyz", methods=ASKED)
    async def ready() -> JSONResponse:
        """
        Whether deliveries can be taken now: database, queue, credentials.

        What the App lacks on GitHub is said as well, and keeps nobody from taking what comes.
        """
        problems: dict[str, str] = {}
        try:
            await answered(queue.services.ledger.clock)
        except Exception as error:  # noqa: BLE001  that it is away is the answer
            problems["database"] = words(error)
        if trouble := queue.trouble():
            # On a full disk the clock can be asked, and nothing stored.
            problems.setdefault("database", trouble)
        if not settings.configured:
            problems["credentials"] = (
                half_given(settings)
                or "the App is not set up yet: open the link that stands in the log"
            )
        state = {
            "status": "not ready" if problems else "ready",
            "problems": problems,
            "app_lacks": list(lacking.latest()),
        }
        return JSONResponse(state, status_code=503 if problems else 200)

    @router.get("/metrics")
    async def metrics(request: Request) -> Response:
        allowed(request)
        registry = queue.services.metrics.registry
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    @router.get("/jobs/dead")
    async def dead(request: Request) -> JSONResponse:
        """Jobs that failed for good; only where a token is set, since it names repositories."""
        if settings.metrics_token is None:
            raise HTTPException(404, "set TWOSTEP_METRICS_TOKEN to see the dead letters")
        allowed(request)
        letters = await answered(queue.dead_letters)
        return JSONResponse({"dead": [asdict(each) for each in letters]})

    @router.post("/jobs/dead/{job:path}/revive", status_code=202)
    async def revive(request: Request, job: str) -> dict[str, str]:
        """Let a dead letter run again, after what killed it was mended."""
        if settings.metrics_token is None:
            raise HTTPException(404, "set TWOSTEP_METRICS_TOKEN to revive dead letters")
        allowed(request)
        letters = await answered(queue.dead_letters)
        if job not in {each.id for each in letters}:
            raise HTTPException(404, "no such dead letter")
        await answered(lambda: queue.revive(job))
        return {"status": "revived"}

    return router
