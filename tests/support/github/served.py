"""The stand-in, or any ASGI application before it, on a port of this machine."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn


@contextmanager
def served(app: Any, tls: tuple[Path, Path] | None = None) -> Iterator[str]:
    """Its address, until the end; *tls* are a certificate and its key."""
    certificate, key = tls or (None, None)
    config = uvicorn.Config(
        app, log_config=None, lifespan="off", ssl_certfile=certificate, ssl_keyfile=key
    )
    server = uvicorn.Server(config)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        scheme = "https" if tls else "http"
        try:
            yield f"{scheme}://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
