"""From the webhook to what is seen: the real service, git over HTTP, and the stand-in for GitHub."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from bot.git.fast_import import Commit, make_repository
from bot.render.summary import MARKER
from tests.bot.github.test_client import key
from tests.browser.driver import free_port, serving
from tests.support import contracts
from tests.support.conversation import APP
from tests.support.standin import SECRET, TOKEN, Standin, standin_of_the_sample

ROOT = Path(__file__).parents[2]
COLLIDING = (2, 3, 6)
"""Pull requests of the sample: two leaves, an edited migration, two heads."""


@pytest.fixture(scope="module")
def github(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standin]:
    """The sample, told to a running service."""
    root = tmp_path_factory.mktemp("github")
    data = tmp_path_factory.mktemp("data")
    port, log = free_port(), root / "service.log"
    with standin_of_the_sample(root) as standin, serving(standin.app, free_port()) as address:
        standin.service = f"http://127.0.0.1:{port}"
        environment = {
            **{
                name: value for name, value in os.environ.items() if not name.startswith("TWOSTEP_")
            },
            "PYTHONPATH": str(ROOT),
            "TWOSTEP_DATA_DIR": str(data),
            "TWOSTEP_GITHUB_URL": address,
            "TWOSTEP_APP_ID": str(APP),
            "TWOSTEP_APP_SLUG": "two-step",
            "TWOSTEP_PRIVATE_KEY": key(),
            "TWOSTEP_WEBHOOK_SECRET": SECRET,
            "TWOSTEP_PORT": str(port),
            "TWOSTEP_DEBOUNCE_SECONDS": "0.2",
            "TWOSTEP_POLL_SECONDS": "0.1",
            "TWOSTEP_RETRY_SECONDS": "0.3",
            "TWOSTEP_GITHUB_PAUSE_SECONDS": "0.05",
        }
        start = "from bot.settings import load_settings; from bot.wiring import serve; serve(load_settings())"
        with log.open("wb") as handle:
            process = subprocess.Popen(
                [sys.executable, "-c", start],
                cwd=ROOT,
                env=environment,
                stdout=handle,
                stderr=handle,
            )
        try:
            until(lambda: alive(standin.service), log)
            for number in standin.pulls:
                assert standin.tell(number) == 202
            until(
                lambda: (
                    len([r for r in standin.runs if r["status"] == "completed"])
                    >= len(standin.pulls)
                ),
                log,
            )
            # The comments follow the check.
            until(lambda: all(standin.pulls[n].talk.comments for n in COLLIDING), log)
            yield standin
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) in {0, -signal.SIGTERM}
        assert TOKEN[:20] not in log.read_text(), "no token in the log"


def alive(url: str) -> bool:
    try:
        return httpx.get(f"{url}/livez").status_code == 200
    except httpx.TransportError:
        return False


def until(question: Callable[[], bool], log: Path, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < end, log.read_text()[-5000:]
        time.sleep(0.1)


def settled(github: Standin, question: Callable[[], bool]) -> None:
    until(question, github.root / "service.log")


def runs_of(github: Standin, number: int) -> list[dict[str, object]]:
    return [run for run in github.runs if run["head_sha"] == github.head(number)]


def test_every_pull_request_has_its_verdict_once(github: Standin) -> None:
    for number in github.pulls:
        run = runs_of(github, number)[-1]
        assert run["conclusion"] in {"success", "failure"}
        assert run["external_id"]
    for number in COLLIDING:
        comments = github.pulls[number].talk.comments
        assert len([c for c in comments if c["body"].startswith(MARKER)]) == 1
    (comment,) = [c for c in github.pulls[6].talk.comments if c["body"].startswith(MARKER)]
    assert "Do not merge yet" in comment["body"]
    assert runs_of(github, 6)[-1]["conclusion"] == "failure"


def test_the_report_is_where_the_check_points_to(github: Standin) -> None:
    run = runs_of(github, 6)[-1]

    page = httpx.get(str(run["details_url"]))

    assert page.status_code == 200
    assert "conflicting-leaf-nodes" in page.text
    assert "81c4e6d0f3b5" in page.text


def test_what_is_wrong_stands_on_its_line(github: Standin) -> None:
    lines = [line for line in github.pulls[6].talk.lines if "81c4e6d0f3b5" in line["path"]]

    assert lines
    assert any("conflicting-leaf-nodes" in line["body"] for line in lines)


def test_all_that_was_asked_is_in_githubs_description(github: Standin) -> None:
    if not contracts.fetched():
        pytest.skip("make contracts fetches GitHub's descriptions")
    asked = [seen for seen in github.requests if "/api/v3" in seen.path]
    assert len(asked) > 50

    wrong = {
        problem
        for seen in asked
        for problem in contracts.wrong_with_request(
            seen.method, seen.path.removeprefix("/api/v3"), seen.body
        )
    }

    assert wrong == set()


def test_a_command_is_answered(github: Standin) -> None:
    said = github.say(2, "Hm.\n/twostep rollback", "rob")

    talk = github.pulls[2].talk
    settled(
        github, lambda: any(f"two-step:answer:{said['id']}" in c["body"] for c in talk.comments)
    )
    (answer,) = [c for c in talk.comments if f"two-step:answer:{said['id']}" in c["body"]]
    assert "migrate" in answer["body"]


def test_what_is_accepted_passes_and_is_shown(github: Standin) -> None:
    comments = github.pulls[3].talk.comments
    (comment,) = [c for c in comments if c["body"].startswith(MARKER)]

    github.say(3, "/twostep accept committed-migration-edited because nobody has applied it")

    settled(github, lambda: "nobody has applied it" in comment["body"])
    assert "accepted by `ada`" in comment["body"]
    assert "committed-migration-edited" in str(runs_of(github, 3)[-1]["output"])


def test_a_push_that_mends_is_seen(github: Standin) -> None:
    note = github.git("show", "order-note:orders/migrations/0003_order_note.py")
    make_repository(
        github.git_dir,
        [
            Commit(
                branch="order-note",
                parent="main",
                message="Stand on the newest migration",
                files={
                    "orders/migrations/0004_order_note.py": note.replace(
                        "0002_order_total", "0003_order_tax"
                    )
                    + "\n",
                    "orders/models.py": github.git("show", "main:orders/models.py")
                    + "\n    note = models.TextField(null=True)\n",
                },
            )
        ],
        bare=True,
    )
    github.push(2)
    github.tell(2, "synchronize")

    settled(github, lambda: any(r["status"] == "completed" for r in runs_of(github, 2)))
    assert runs_of(github, 2)[-1]["conclusion"] == "success"
    talk = github.pulls[2].talk
    mended = {
        line["node_id"] for line in talk.lines if "explain conflicting-leaf-nodes" in line["body"]
    }
    assert mended
    settled(github, lambda: mended <= github.hidden)
    assert len([c for c in talk.comments if c["body"].startswith(MARKER)]) == 1
