"""What a sweep asks for: pull requests of which an event was lost, and no others."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bot.database import open_database
from bot.jobs.ledger import Ledger
from bot.jobs.model import Job, PullRequest, RepositoriesAdded, Repository, ReviewWanted
from bot.jobs.sweep import repositories_added

SHOP = Repository(id=1, full_name="acme/shop", installation=1)
PULL = PullRequest(
    repository=SHOP,
    number=1,
    head_sha="a" * 40,
    head_ref="f",
    base_ref="main",
    base_sha="0" * 40,
    author="eve",
)


class World:
    """Our rows, the open pull requests that GitHub lists, and the commits on which a check of ours stands."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.listed: list[PullRequest] = []
        self.checked: set[str] = set()
        self.tips = {"main": "b"}

    def judged(self, pull: PullRequest, *, verdict: bool = True) -> None:
        wish = self.ledger.want(pull.repository, pull.number, head_sha=pull.head_sha)
        self.ledger.claim(pull)
        self.ledger.judged(
            pull, wish=wish, has_verdict=verdict, base_sha="b", touches=verdict, conflicts=()
        )
        self.checked.add(pull.head_sha)

    def asked(self) -> list[int]:
        github = SimpleNamespace(
            open_pull_requests=lambda _: tuple(self.listed),
            judged=lambda _, sha: sha in self.checked,
            tip=lambda _, branch: self.tips.get(branch),
        )
        services: Any = SimpleNamespace(ledger=self.ledger, github=github)
        jobs: tuple[Job, ...] = repositories_added(
            RepositoriesAdded(installation=1, repositories=(SHOP,)), services
        )
        return [each.number for each in jobs if isinstance(each, ReviewWanted)]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    engine = open_database(f"sqlite:///{tmp_path}/test.sqlite")
    yield World(Ledger(engine))
    engine.dispose()


def test_where_all_is_said_nothing_is_asked_for(world: World) -> None:
    world.judged(PULL)
    world.listed = [PULL]

    assert world.asked() == []


@pytest.mark.parametrize(
    "now",
    [
        dataclasses.replace(PULL, head_sha="c" * 40),
        dataclasses.replace(PULL, base_ref="dev"),
        dataclasses.replace(PULL, number=2),
    ],
    ids=["a push", "another base", "an opening"],
)
def test_a_lost_event_is_made_good(world: World, now: PullRequest) -> None:
    """Also where the commit has a check already: it may be of another time, or another pull request."""
    world.judged(PULL)
    world.checked.add(now.head_sha)
    world.listed = [*([PULL] if now.number != PULL.number else []), now]

    assert world.asked() == [now.number]


def test_a_lost_push_to_the_base_is_made_good(world: World) -> None:
    """Not where the base is gone: GitHub gives its pull requests another one, or closes them."""
    world.judged(PULL)
    world.listed = [PULL]
    world.tips["main"] = "c"
    assert world.asked() == [1]

    world.ledger.want(SHOP, 1)
    assert world.asked() == [], "it is on its way"

    world.judged(PULL)
    world.tips.clear()
    assert world.asked() == []


def test_a_lost_close_is_looked_into(world: World) -> None:
    world.judged(PULL)

    assert world.asked() == [1]


def test_what_was_closed_here_and_is_open_there_is_looked_into(world: World) -> None:
    world.judged(PULL)
    world.ledger.close(SHOP.id, 1)
    world.listed = [PULL]

    assert world.asked() == [1]


def test_what_is_on_its_way_is_left_alone(world: World) -> None:
    world.judged(PULL)
    world.ledger.want(SHOP, 1, head_sha="c" * 40)
    world.listed = [dataclasses.replace(PULL, head_sha="c" * 40)]

    assert world.asked() == []


def test_what_could_not_be_judged_is_not_tried_at_each_round(world: World) -> None:
    world.judged(PULL, verdict=False)
    world.listed = [PULL]
    assert world.asked() == []

    world.checked.clear()
    assert world.asked() == [1]
