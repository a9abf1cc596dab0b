"""An HTTP server that answers by a script: for refusals and broken answers, over a real connection."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Seen:
    """A request as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any
    raw: bytes = b""


@dataclass
class Say:
    """An answer; ``how`` is ``whole``, ``half`` (of the body), ``reset`` or ``hang``."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    how: str = "whole"


@dataclass
class Script:
    """The server's address, its answers, and what it was asked."""

    url: str = ""
    answers: Callable[[Seen], Say] = lambda _: Say()
    seen: list[Seen] = field(default_factory=list)


def _body(raw: bytes) -> Any:
    """JSON, or the text of anything else, such as a form."""
    try:
        return json.loads(raw) if raw else None
    except ValueError:
        return raw.decode()


@contextmanager
def scripted() -> Iterator[Script]:
    """A running server; answers are set on the script before it is asked."""
    script = Script()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            raw = self.rfile.read(length)
            seen = Seen(
                method=self.command,
                path=self.path,
                headers={k.lower(): v for k, v in self.headers.items()},
                body=_body(raw),
                raw=raw,
            )
            script.seen.append(seen)
            say = script.answers(seen)
            if say.how == "hang":
                self.connection.settimeout(60)
                with suppress(OSError):
                    self.connection.recv(1)  # until the client has had enough
            if say.how in {"reset", "hang"}:
                self.connection.close()
                return
            content = b"" if say.body is None else json.dumps(say.body).encode()
            self.send_response(say.status)
            for name, value in say.headers.items():
                self.send_header(name, value)
            self.send_header("content-type", "application/json; charset=utf-8")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if say.how == "half" else content)
            self.close_connection = True

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _answer

        def log_message(self, *args: Any) -> None:
            pass

        def handle(self) -> None:
            with suppress(OSError):
                super().handle()

        def finish(self) -> None:
            with suppress(OSError, ValueError):
                super().finish()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
    )
    thread.start()
    script.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
