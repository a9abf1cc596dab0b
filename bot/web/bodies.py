"""
Bodies of requests while they come in: bounded in size, in time and in number.

Nobody knows who sends them until all of a body is here and its signature is compared.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.requests import Request

BODY_BYTES = 25 * 1024 * 1024
"""Of one; GitHub sends no larger ones."""

ALL_BYTES = 64 * 1024 * 1024
"""Of all that are being read, together."""

AT_ONCE = 512
"""How many are being read; GitHub's are here within moments."""

READ_SECONDS = 10.0
"""For one; GitHub waits no longer for its answer."""


class _Reading:
    """One body that is being read."""

    def __init__(self, until: asyncio.Timeout) -> None:
        self.until = until
        self.held = 0
        self.gave_way = False


class Bodies:
    """All that are being read, the oldest first."""

    def __init__(self) -> None:
        self._readings: dict[_Reading, None] = {}
        self._held = 0

    async def read(self, request: Request, heard: Callable[[bytes], None]) -> bytearray | int:
        """
        The body of *request*, or the status to answer with; *heard* is told of each part as it comes in.

        408 it took too long, 413 it is too large, 503 it had to give way to newer ones.

        Raises:
            ClientDisconnect: the sender hung up.
        """
        if int(request.headers.get("content-length", "0") or "0") > BODY_BYTES:
            return 413
        body = bytearray()
        reading = _Reading(asyncio.timeout(READ_SECONDS))
        try:
            async with reading.until:
                self._readings[reading] = None
                async for chunk in request.stream():
                    body += chunk
                    if len(body) > BODY_BYTES:
                        return 413
                    self._hold(reading, len(chunk))
                    if reading.gave_way:
                        return 503
                    heard(chunk)
        except TimeoutError:
            return 503 if reading.gave_way else 408
        finally:
            self._let_go(reading)
        return body

    def _hold(self, reading: _Reading, more: int) -> None:
        """
        Count *more* bytes of *reading*, and let the oldest give way where it is too much.

        An honest body is here within moments: those that have been coming in for
        longest are those that nobody means to end.
        """
        reading.held += more
        self._held += more
        while self._held > ALL_BYTES or len(self._readings) > AT_ONCE:
            oldest = next(iter(self._readings))
            self._let_go(oldest)
            oldest.gave_way = True
            if not oldest.until.expired():
                oldest.until.reschedule(0.0)

    def _let_go(self, reading: _Reading) -> None:
        if reading in self._readings:
            del self._readings[reading]
            self._held -= reading.held
