"""Which wishes for a review need one, which are answered by what stands there, and what is given up."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from bot.database import open_database
from bot.errors import GitHubUnavailable
from bot.jobs.ledger import Ledger
from bot.jobs.model import Chore, ReviewWanted
from bot.jobs.review_pull_request import Nothing, judge
from bot.jobs.steps import Steps, Turn, words
from bot.metrics import Metrics
from tests.service.test_sweep import PULL, SHOP


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """Its first wish, for the head of the pull request, is judged."""
    engine = open_database(f"sqlite:///{tmp_path}/test.sqlite")
    made = Ledger(engine)
    wish = made.want(SHOP, 1, head_sha=PULL.head_sha)
    made.claim(PULL)
    made.judged(PULL, wish=wish, has_verdict=True, base_sha="b", touches=True, conflicts=())
    yield made
    engine.dispose()


def reviews(ledger: Ledger, why: str, wish: int) -> bool:
    """Whether the job goes on to a review, which is where this GitHub fails."""

    def away(*_: object) -> None:
        raise GitHubUnavailable("a review was begun")

    github = SimpleNamespace(pull_request=lambda *_: PULL)
    mirrors = SimpleNamespace(open=away)
    services: Any = SimpleNamespace(ledger=ledger, github=github, mirrors=mirrors)
    try:
        found = judge(ReviewWanted(repository=SHOP, number=1, why=why), wish, services)
    except GitHubUnavailable:
        return True
    assert isinstance(found, Nothing)
    return False


def standing(ledger: Ledger) -> int:
    row = ledger.standing(SHOP.id, 1)
    assert row is not None
    return row.judged


def test_another_look_at_a_head_that_has_its_verdict_needs_none(ledger: Ledger) -> None:
    wish = ledger.want(SHOP, 1)

    assert not reviews(ledger, "look again", wish)
    assert standing(ledger) == wish


def test_another_look_does_not_answer_for_a_move_of_the_base_before_it(ledger: Ledger) -> None:
    before = standing(ledger)
    ledger.want(SHOP, 1)  # the base moved
    wish = ledger.want(SHOP, 1)

    assert reviews(ledger, "look again", wish)
    assert standing(ledger) == before


def test_another_look_does_not_answer_for_a_move_of_the_base_after_it(ledger: Ledger) -> None:
    wish = ledger.want(SHOP, 1)
    moved = ledger.want(SHOP, 1)

    assert not reviews(ledger, "look again", wish)
    assert reviews(ledger, "base moved", moved)


def test_what_the_system_says_is_told_and_no_value_of_a_statement() -> None:
    full = sqlite3.OperationalError("database or disk is full")
    wrapped = sa.exc.OperationalError("INSERT INTO x VALUES (?)", {"x": "their words"}, full)

    assert words(wrapped) == "OperationalError: database or disk is full"
    assert words(OSError(28, "No space left on device", "/data")) == (
        "OSError: No space left on device"
    )
    assert words(KeyError("their words")) == "KeyError"


def test_a_chore_that_fails_again_and_again_is_left_to_the_next_round() -> None:
    """The clock brings it anyhow: a dead letter would only have to be revived by hand."""

    def away(*_: object) -> None:
        raise GitHubUnavailable("GitHub is away")

    services: Any = SimpleNamespace(
        settings=SimpleNamespace(attempts=2, retry_seconds=1.0),
        ledger=SimpleNamespace(clock=lambda: 0.0),
        github=SimpleNamespace(failed_deliveries=away),
        metrics=Metrics(),
    )
    steps = Steps(services, lambda: None)
    states = [
        steps.do(Turn(delivery="tick", job=Chore(name="redeliver"), tries=tries))["state"]
        for tries in (0, 1)
    ]

    assert states == ["later", "done"]
