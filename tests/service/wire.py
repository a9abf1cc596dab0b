"""The wire between the service and the stand-in: it hangs, or breaks, before or after what was asked is done."""

from __future__ import annotations

import asyncio
import re
import socket
import struct
import threading
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send


@dataclass
class Break:
    """
    The next *times* requests that match get no answer.

    The connection is reset; with *hangs* after so many seconds, with *until* when that is set.
    With *after* GitHub has done what was asked.
    """

    method: str
    path: str
    times: int = 1
    after: bool = False
    hangs: float = 0.0
    until: threading.Event | None = None


class Wire:
    """An ASGI application before another one, under uvicorn."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.breaks: list[Break] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or (found := self._found(scope)) is None:
            await self.app(scope, receive, send)
            return
        body = bytearray()
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        if found.after:
            await self.app(scope, _said(bytes(body)), _unheard)
        if found.hangs:
            await asyncio.sleep(found.hangs)
        while found.until and not found.until.is_set():
            await asyncio.sleep(0.05)
        # Only the server's own object knows the connection.
        transport: Any = receive.__self__.transport  # type: ignore[attr-defined]
        if transport.is_closing():
            return  # whoever asked has given up, or is dead
        at_once = struct.pack("ii", 1, 0)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        transport.abort()

    def _found(self, scope: Scope) -> Break | None:
        for each in self.breaks:
            if (
                each.times
                and each.method == scope["method"]
                and re.search(each.path, scope["path"])
            ):
                each.times -= 1
                return each
        return None


def _said(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _unheard(_: Message) -> None:
    pass
