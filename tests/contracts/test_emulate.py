"""The way from the App's key to a comment, on a GitHub that somebody else wrote."""

from __future__ import annotations

import hashlib
import hmac
import json
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from bot.events import to_job
from bot.github.client import GitHubClient
from bot.jobs.model import Repository, ReviewWanted
from bot.render.summary import MARKER
from bot.services import Judgement
from bot.settings import Settings
from tests.bot.github.test_client import key
from tests.browser.driver import free_port
from tests.service.deployed import slowness
from tests.support import contracts
from tests.support.documents import sample
from tests.support.needed import needed
from tests.support.scripted import Say, Script, Seen, scripted

SECRET = "s"
SHOP = Repository(id=1, full_name="acme/shop", installation=3)
PASSED = {"authorization", "accept", "content-type", "x-github-api-version", "user-agent"}


@dataclass
class Witness:
    """The emulator, a person on it, and where its webhooks arrive."""

    url: str
    ada: httpx.Client
    hooks: Script


@pytest.fixture(scope="module")
def witness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Witness]:
    there = (contracts.EMULATOR / "node_modules").exists()
    needed(there, "`make contracts` installs the emulator")
    permissions = {
        "checks": "write",
        "contents": "read",
        "issues": "write",
        "metadata": "read",
        "pull_requests": "write",
    }
    port = free_port()
    with scripted() as hooks:
        app = {
            "app_id": 41,
            "slug": "two-step",
            "name": "Two-Step",
            "private_key": key(),
            "permissions": permissions,
            "events": ["pull_request"],
            "webhook_url": f"{hooks.url}/webhooks/github",
            "webhook_secret": SECRET,
            "installations": [
                {
                    "installation_id": SHOP.installation,
                    "account": "acme",
                    "repository_selection": "all",
                    "permissions": permissions,
                    "events": ["pull_request"],
                }
            ],
        }
        seed = {
            "tokens": {"ghp_ada": {"login": "ada", "scopes": ["repo", "user", "admin:org"]}},
            "github": {
                "users": [{"login": "ada"}],
                "orgs": [{"login": "acme", "members": ["ada"]}],
                "repos": [{"owner": "acme", "name": "shop", "auto_init": True}],
                "apps": [app],
            },
        }
        file = tmp_path_factory.mktemp("emulate") / "seed.json"
        file.write_text(json.dumps(seed))
        process = subprocess.Popen(
            ["node", "start.mjs", str(port), str(file)],
            cwd=contracts.EMULATOR,
            stdout=subprocess.PIPE,
        )
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"up\n"
            url = f"http://127.0.0.1:{port}"
            with httpx.Client(
                base_url=url, headers={"Authorization": "Bearer ghp_ada"}, timeout=60
            ) as ada:
                yield Witness(url=url, ada=ada, hooks=hooks)
        finally:
            process.terminate()
            process.communicate(timeout=60)


@pytest.fixture(scope="module")
def pull(witness: Witness) -> dict[str, Any]:
    """A pull request that ada has opened."""
    tip = witness.ada.get("/repos/acme/shop/git/ref/heads/main").json()["object"]["sha"]
    witness.ada.post("/repos/acme/shop/git/refs", json={"ref": "refs/heads/note", "sha": tip})
    made = witness.ada.post(
        "/repos/acme/shop/pulls", json={"title": "Note", "head": "note", "base": "main"}
    )
    found: dict[str, Any] = made.json()
    return found


@pytest.fixture
def github(witness: Witness) -> Iterator[GitHubClient]:
    """The client, as to a GitHub Enterprise Server; the emulator has its API at the root."""

    def passed_on(seen: Seen) -> Say:
        answer = httpx.request(
            seen.method,
            witness.url + seen.path.removeprefix("/api/v3"),
            headers={name: value for name, value in seen.headers.items() if name in PASSED},
            json=seen.body,
        )
        return Say(answer.status_code, answer.json() if answer.content else None)

    with scripted() as script:
        script.answers = passed_on
        yield GitHubClient(
            Settings(
                app_id=41,
                app_slug="two-step",
                private_key=SecretStr(key()),
                webhook_secret=SecretStr(SECRET),
                github_url=script.url,
                github_pause_seconds=0,
            )
        )


def test_its_webhook_is_signed_and_asks_for_a_review(
    witness: Witness, pull: dict[str, Any]
) -> None:
    began = time.monotonic()
    while not (
        seen := [h for h in witness.hooks.seen if h.headers.get("x-github-event") == "pull_request"]
    ):
        assert time.monotonic() < began + 120 * slowness(), "no webhook came"
        time.sleep(0.05)
    (hook,) = seen

    job = to_job("pull_request", hook.body, app_id=41)

    assert isinstance(job, ReviewWanted)
    assert (job.repository.full_name, job.number) == ("acme/shop", pull["number"])
    assert job.repository.installation == SHOP.installation
    good = hmac.new(SECRET.encode(), hook.raw, hashlib.sha256).hexdigest()
    assert hook.headers["x-hub-signature-256"] == f"sha256={good}"


def test_a_review_is_published_once(
    witness: Witness, github: GitHubClient, pull: dict[str, Any]
) -> None:
    subject = github.pull_request(SHOP, pull["number"])
    judgement = Judgement(attempt="1.1", document=sample(), report_url="https://twostep.example/r")

    github.begin(subject, "1.1")
    github.publish(subject, judgement)
    github.begin(subject, "1.1")
    github.publish(subject, judgement)

    runs = witness.ada.get(f"/repos/acme/shop/commits/{subject.head_sha}/check-runs").json()
    (run,) = runs["check_runs"]
    assert (run["name"], run["status"], run["conclusion"]) == ("Two-Step", "completed", "failure")
    assert run["external_id"] == "1.1"
    (comment,) = witness.ada.get(f"/repos/acme/shop/issues/{pull['number']}/comments").json()
    assert comment["body"].startswith(MARKER)
    assert comment["user"]["login"] == "two-step[bot]"
    assert github.judged(SHOP, subject.head_sha)


def test_an_installation_is_asked_for_its_repositories(github: GitHubClient) -> None:
    assert github.installations() == (SHOP.installation,)
    assert github.default_branch(SHOP) == "main"
