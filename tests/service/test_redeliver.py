"""Deliveries that never arrived are asked for until one of their tries does."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from pydantic import SecretStr

from bot.database import open_database
from bot.github.client import GitHubClient
from bot.jobs.ledger import Ledger
from bot.jobs.redeliver import redeliver
from bot.metrics import Metrics
from bot.services import Services
from bot.settings import Settings
from bot.store import SqlStore
from tests.bot.github.test_client import key
from tests.service.deployed import slowness
from tests.support.github import StandIn
from tests.support.github.served import served
from tests.support.scripted import Say, scripted


def test_the_last_try_of_a_delivery_counts(tmp_path: Path) -> None:
    """GitHub lists each try by itself, with the same id for the delivery; a second one fails as well."""
    engine = open_database(f"sqlite:///{tmp_path}/x.sqlite")
    taken: set[str] = set()
    with scripted() as service:
        service.answers = lambda _: Say(502, {})
        github = StandIn(tmp_path / "github", secret="s", hook=service.url)
        with served(github.app) as url:
            settings = Settings(
                github_url=url,
                app_id=7,
                private_key=SecretStr(key()),
                data_dir=tmp_path,
                github_pause_seconds=0,
            )
            services = cast(
                Services,
                SimpleNamespace(
                    ledger=Ledger(engine),
                    store=SqlStore(engine),
                    github=GitHubClient(settings),
                    metrics=Metrics(),
                    delivered=taken.__contains__,
                ),
            )
            for guid in ("a", "b", "too old"):
                github.send("push", {"ref": "refs/heads/main"}, guid)
            old = datetime.now(UTC) - timedelta(days=4)
            github.deliveries[2]["delivered_at"] = old.strftime("%Y-%m-%dT%H:%M:%SZ")
            github.deliveries.sort(key=lambda each: each["delivered_at"])

            def tries() -> list[str]:
                return sorted(each["guid"] for each in github.deliveries)

            def until(guids: list[str]) -> None:
                began = time.monotonic()
                while tries() != guids:
                    assert time.monotonic() < began + 120 * slowness(), tries()
                    time.sleep(0.02)

            github.held = []
            assert redeliver(services) == 2
            assert redeliver(services) == 0, "they are on their way"
            github.let_go()
            until(["a", "a", "b", "b", "too old"])
            taken.add("b")
            assert redeliver(services) == 1
            until(["a", "a", "a", "b", "b", "too old"])
    engine.dispose()
    assert {each["status_code"] for each in github.deliveries} == {502}
