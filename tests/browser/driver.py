"""A real Chromium over the WebDriver protocol: what a person would see."""

from __future__ import annotations

import base64
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

from tests.service.deployed import slowness
from tests.support.needed import needed


class Browser:
    """One window."""

    def __init__(self, url: str) -> None:
        self._web = httpx.Client(base_url=url, timeout=60)
        options = {
            "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
            "binary": shutil.which("chromium"),
        }
        wanted = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        answer = self._web.post("/session", json={"capabilities": {"alwaysMatch": wanted}})
        answer.raise_for_status()
        self._session = f"/session/{answer.json()['value']['sessionId']}"

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        answer = self._web.request(method, self._session + path, json=body)
        assert answer.is_success, answer.text
        return answer.json()["value"]

    def open(self, url: str, width: int = 1280, *, dark: bool = False) -> None:
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        media = {"cmd": "Emulation.setEmulatedMedia", "params": {"features": [scheme]}}
        self._ask("POST", "/goog/cdp/execute", media)
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        command = {"cmd": "Emulation.setDeviceMetricsOverride", "params": size}
        self._ask("POST", "/goog/cdp/execute", command)
        self._ask("POST", "/url", {"url": url})

    def run(self, script: str) -> Any:
        return self._ask("POST", "/execute/sync", {"script": script, "args": []})

    def follow(self, selector: str, path: str) -> None:
        """Click, and wait for the page at *path*, whatever redirects lead there."""
        self.click(selector)
        there = "return document.readyState == 'complete' && location.pathname"
        _until(lambda: self.run(there) == path, what=f"no page at {path} came")

    def click(self, selector: str) -> None:
        found = self._ask("POST", "/element", {"using": "css selector", "value": selector})
        self._ask("POST", f"/element/{next(iter(found.values()))}/click", {})

    def complaints(self) -> list[str]:
        """What the browser's console says: refused by a policy, not found, and so on."""
        logged = self._ask("POST", "/se/log", {"type": "browser"})
        return [each["message"] for each in logged if "favicon.ico" not in each["message"]]

    def picture(self, name: str) -> bytes:
        """The whole page; kept where TWOSTEP_SCREENSHOTS says."""
        command = {"cmd": "Page.captureScreenshot", "params": {"captureBeyondViewport": True}}
        png = base64.b64decode(self._ask("POST", "/goog/cdp/execute", command)["data"])
        if directory := os.environ.get("TWOSTEP_SCREENSHOTS"):
            Path(directory, f"{name}.png").write_bytes(png)
        return png

    def close(self) -> None:
        self._web.delete(self._session)
        self._web.close()


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser; its absence skips a test on a person's machine and fails it in CI."""
    driver = shutil.which("chromedriver")
    needed(
        driver and shutil.which("chromium"),
        "chromium and chromedriver are needed (Debian: chromium, chromium-driver)",
    )
    assert driver is not None
    port = free_port()
    process = subprocess.Popen(
        [driver, f"--port={port}", "--silent"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        _until(lambda: httpx.get(f"{url}/status").json()["value"]["ready"])
        browser = Browser(url)
        try:
            yield browser
        finally:
            browser.close()
    finally:
        process.terminate()
        process.wait(60 * slowness())


@contextmanager
def serving(app: FastAPI, port: int) -> Iterator[str]:
    """*app* on a real port."""
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        _until(lambda: server.started)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(60 * slowness())


def _until(question: Any, seconds: float = 120, what: str = "it did not start") -> None:
    began = time.monotonic()
    while True:
        try:
            if question():
                return
        except httpx.HTTPError:
            pass
        assert time.monotonic() < began + seconds * slowness(), what
        time.sleep(0.05)
