"""Deliveries that never arrived are asked for until one of their tries does."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from bot.database import open_database
from bot.jobs.ledger import Ledger
from bot.jobs.redeliver import redeliver
from bot.metrics import Metrics
from bot.services import Services
from bot.store import SqlStore
from tests.service.world import Recorder


def test_the_last_try_of_a_delivery_counts(tmp_path: Path) -> None:
    """GitHub lists each try by itself, with the same id for the delivery; a second one fails as well."""
    engine = open_database(f"sqlite:///{tmp_path}/x.sqlite")
    github = Recorder(tmp_path / "github.sqlite")
    taken: set[str] = set()
    services = cast(
        Services,
        SimpleNamespace(
            ledger=Ledger(engine),
            store=SqlStore(engine),
            github=github,
            metrics=Metrics(),
            delivered=taken.__contains__,
        ),
    )

    def failed(id_: int, guid: str, age: float = 0) -> None:
        at = time.time() - age
        github.run("INSERT INTO deliveries VALUES (?,?,'push',?,0)", id_, guid, at)

    def asked() -> list[int]:
        rows = github.rows("SELECT id FROM deliveries WHERE asked > 0 ORDER BY id")
        return [row["id"] for row in rows]

    failed(1, "a")
    failed(2, "b")
    failed(3, "too old", age=4 * 24 * 3600)
    assert redeliver(services) == 2
    assert redeliver(services) == 0, "they are on their way"
    failed(4, "a")
    taken.add("b")
    failed(5, "b")
    assert redeliver(services) == 1
    assert redeliver(services) == 0
    assert asked() == [1, 2, 4]
