"""
The whole way with a local sample: webhook, queue, mirror over HTTP, analysis, publishing.

GitHub is the stand-in of the tests, so this works in a checkout only; all else
is the service as it runs anywhere.
"""

from __future__ import annotations

import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import uvicorn
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pydantic import SecretStr

from bot.jobs.queue import at_rest
from bot.sample import PULL_REQUESTS, make_sample
from bot.settings import Settings
from bot.wiring import serve

if TYPE_CHECKING:
    from tests.support.github import Repo, StandIn

SECRET = "sample"  # noqa: S105  of a service that only this machine reaches, for some minutes
PORT = 8000
SECONDS = 300.0
"""After which the demonstration stops waiting for its verdicts."""


def demonstrate(port: int | None = None) -> int:
    """Serve the sample until Ctrl-C; the exit code."""
    if find_spec("tests.support.github") is None:
        say("The demonstration needs a checkout of Two-Step: its stand-in for GitHub is there.")
        return 2
    from tests.support.github import APP_ID, StandIn

    # Like Ctrl-C, so that what is made here is deleted in any case.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    scratch = Path(tempfile.mkdtemp(prefix="twostep-demo-"))
    try:
        here = f"http://127.0.0.1:{_free(port or PORT)}"
        github = StandIn(scratch / "github", secret=SECRET, hook=f"{here}/webhooks/github")
        repo = _sample(github)
        with _listening() as listening:
            there = f"http://127.0.0.1:{listening.getsockname()[1]}"
            config = uvicorn.Config(github.app, log_config=None, lifespan="off")
            server = uvicorn.Server(config)
            thread = threading.Thread(
                target=server.run, kwargs={"sockets": [listening]}, daemon=True
            )
            thread.start()
            settings = _settings(scratch, here, there, APP_ID)
            threading.Thread(target=_narrate, args=(github, repo, here, there), daemon=True).start()
            serve(settings)
            server.should_exit = True
            thread.join(timeout=5)
        say("Stopped.")
        return 0
    except KeyboardInterrupt:
        return 0
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def say(text: str) -> None:
    """A line for the person who watches."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201  standard output is nobody's here


def _sample(github: StandIn) -> Repo:
    make_sample(github.root / "acme/shop.git", bare=True)
    repo = github.add("acme/shop")
    for each in PULL_REQUESTS:
        github.open(repo, each.number, each.branch, each.title)
    return repo


def _settings(scratch: Path, here: str, there: str, app_id: int) -> Settings:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    ).decode()
    return Settings(
        data_dir=scratch / "data",
        database_url=None,
        github_url=there,
        public_url=here,
        host="127.0.0.1",
        port=int(here.rpartition(":")[2]),
        app_id=app_id,
        private_key=SecretStr(pem),
        webhook_secret=SecretStr(SECRET),
        debounce_seconds=0,
        log_format="text",
        log_level="WARNING",
        serve_jobs=True,
    )


def _narrate(github: StandIn, repo: Repo, here: str, there: str) -> None:
    """Send the webhooks, wait for the verdicts, say where they are seen."""
    for _ in range(200):
        try:
            if httpx.get(f"{here}/livez").status_code == 200:
                break
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    for number in repo.pulls:
        github.send("pull_request", github.pull_request_event(repo, number, "opened"))
    _rest()
    say("")
    for each in PULL_REQUESTS:
        verdict = _verdict(github, repo, each.number) or ("no verdict", "")
        say(f"#{each.number} {each.title}: {verdict[0]}")
        say(f"   {verdict[1]}")
    say("")
    say(f"What the pull requests show: {there}/")
    say(f"The service:                 {here}/")
    say("Ctrl-C stops both.")


def _rest() -> None:
    """Wait until all reviews have taken notice of each other: each pull request keeps the verdict that it has."""
    began = time.monotonic()
    while not at_rest() and time.monotonic() - began < SECONDS:
        time.sleep(0.2)


def _verdict(github: StandIn, repo: Repo, number: int) -> tuple[str, str] | None:
    """Conclusion and report's address of the newest check run on the head of a pull request; None until it has ended."""
    head = github.head(repo, number)
    runs = [each for each in repo.checks.copy().values() if each["head_sha"] == head]
    if not runs or runs[-1]["status"] != "completed":
        return None
    return str(runs[-1]["conclusion"]), str(runs[-1].get("details_url", ""))


def _listening() -> socket.socket:
    made = socket.socket()
    made.bind(("127.0.0.1", 0))
    return made


def _free(port: int) -> int:
    """*port*, or any other where somebody listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
