"""
``POST /webhooks/github``: verified over the raw bytes, put into the queue, answered at once.

202 taken (or not for us), 400 malformed, 401 not signed by GitHub, 408 too
slow, 413 too large, 503 it could not be read or stored now: GitHub then calls
the delivery failed, and it is asked for again later.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import structlog
from fastapi import APIRouter, Request, Response
from starlette.requests import ClientDisconnect

from analyzers.frozen import dataclass
from bot.events import UnreadableEventError, to_job
from bot.jobs.model import Job
from bot.metrics import Metrics
from bot.web.bodies import Bodies

ACCEPT_SECONDS = 8.0
"""For storing; GitHub waits for ten seconds."""

REFUSED_EVERY = 60.0
"""Seconds between two lines of the log about deliveries that are not signed."""

WAITING = 256
"""Deliveries being stored at a time; above it the database is in trouble, and more would only wait."""

_EVENT = re.compile(r"[a-z0-9_]{1,64}")
_DELIVERY = re.compile(r"[0-9A-Za-z-]{1,64}")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a delivery is answered with; its event may be counted by name where it is *verified*."""

    status: int
    words: str
    verified: bool = True


_UNREAD = {
    401: _Answer(401, "no valid signature", verified=False),
    408: _Answer(408, "too slow", verified=False),
    413: _Answer(413, "too large", verified=False),
    503: _Answer(503, "busy, send it again", verified=False),
}
"""For whatever is not known to come from GitHub."""


def webhook_routes(
    accept: Callable[[str, Job], None],
    secrets: Callable[[], Sequence[bytes]],
    app_id: Callable[[], int | None],
    metrics: Metrics,
) -> APIRouter:
    """The route. *accept* stores a job under its delivery's id and may block."""
    router = APIRouter()
    # Threads of its own: while the database is away they all hang, and nothing else must.
    threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="accept")
    waiting = asyncio.Semaphore(WAITING)
    bodies = Bodies()

    @router.post("/webhooks/github", status_code=202)
    async def webhook(request: Request) -> Response:
        event = request.headers.get("x-github-event", "")
        delivery = request.headers.get("x-github-delivery", "")
        try:
            wanted = await understood(request, event, delivery)
            answer = (
                wanted if isinstance(wanted, _Answer) else await stored(event, delivery, wanted)
            )
        except ClientDisconnect:
            answer = _Answer(400, "", verified=False)
        if answer.status == 401:
            refused(delivery)
        label = event if answer.verified else "unverified"
        metrics.deliveries.labels(label, str(answer.status)).inc()
        # Of what was not read to its end nothing more is read.
        ends = answer is _UNREAD[408] or answer is _UNREAD[503]
        return Response(
            answer.words,
            status_code=answer.status,
            media_type="text/plain",
            headers={"connection": "close"} if ends else None,
        )

    said = -REFUSED_EVERY

    def refused(delivery: str) -> None:
        """One line for the operator; whoever sends rubbish must not fill the log with it."""
        nonlocal said
        if time.monotonic() - said < REFUSED_EVERY:
            return
        said = time.monotonic()
        hint = (
            "is TWOSTEP_WEBHOOK_SECRET the secret that the App has on GitHub?"
            if secrets()
            else "no webhook secret is set: open the link to the setup that stands in this log"
        )
        shown = delivery if _DELIVERY.fullmatch(delivery) else ""
        log.warning("delivery without a valid signature refused", delivery=shown, hint=hint)

    async def understood(request: Request, event: str, delivery: str) -> Job | _Answer:
        """The job that a delivery asks for; its bytes are kept no longer than until it is known."""
        body = await _body(request, secrets(), bodies)
        if isinstance(body, int):
            return _UNREAD[body]
        if not _EVENT.fullmatch(event) or not _DELIVERY.fullmatch(delivery):
            return _Answer(400, "no event, or no delivery id", verified=False)
        try:
            payload = json.loads(body)
            del body
        except (ValueError, RecursionError):
            return _Answer(400, "no JSON")
        if not isinstance(payload, dict):
            return _Answer(400, "no object")
        try:
            job = to_job(event, payload, app_id=app_id())
        except UnreadableEventError as error:
            log.warning("payload left out", delivery=delivery, event_name=event, reason=str(error))
            return _Answer(202, "not understood")
        return job or _Answer(202, "nothing to do")

    async def stored(event: str, delivery: str, job: Job) -> _Answer:
        if waiting.locked():
            return _Answer(503, "busy")
        try:
            async with waiting:
                loop = asyncio.get_running_loop()
                # Where it is stored after all once we gave up, its id makes that harmless.
                await asyncio.wait_for(
                    loop.run_in_executor(threads, accept, delivery, job), ACCEPT_SECONDS
                )
        except Exception as error:  # noqa: BLE001  whatever it is, GitHub must send it again
            reason = type(error).__name__
            log.error("delivery not stored", delivery=delivery, event_name=event, reason=reason)  # noqa: TRY400
            return _Answer(503, "not stored, send it again")
        log.info("taken", delivery=delivery, event_name=event, job=type(job).__name__)
        return _Answer(202, "taken")

    return router


async def _body(request: Request, secrets: Sequence[bytes], bodies: Bodies) -> bytearray | int:
    """
    The body, if it is signed with one of *secrets*; otherwise the status to answer with.

    The signature is computed while the bytes come in. It is compared as bytes:
    a header may hold characters that text comparison refuses with an error.
    """
    signature = request.headers.get("x-hub-signature-256", "").encode("latin-1", "replace")
    if not signature.startswith(b"sha256=") or not secrets:
        return 401
    sums = [hmac.new(secret, digestmod=hashlib.sha256) for secret in secrets]

    def heard(chunk: bytes) -> None:
        for each in sums:
            each.update(chunk)

    body = await bodies.read(request, heard)
    if isinstance(body, int):
        return body
    # All are compared, so that the time says nothing about which one it was.
    valid = [
        hmac.compare_digest(b"sha256=" + each.hexdigest().encode(), signature) for each in sums
    ]
    return body if any(valid) else 401
