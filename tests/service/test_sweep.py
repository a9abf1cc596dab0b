"""What a sweep asks for: pull requests of which an event was lost, and no others."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bot.database import open_database
from bot.errors import GitHubError, GitHubRefused, GitHubUnavailable, RateLimited
from bot.jobs.ledger import Ledger
from bot.jobs.model import Job, PullRequest, RepositoriesAdded, Repository, ReviewWanted
from bot.jobs.sweep import PULL_REQUESTS, repositories_added, sweep

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

    def asked(self, *, granted: bool = False) -> list[int]:
        """What a sweep asks for, or what follows where the App may do more (*granted*)."""
        github = SimpleNamespace(
            installations=lambda: (1,),
            repositories=lambda _: (SHOP,),
            open_pull_requests=lambda _: tuple(self.listed),
            judged=lambda _, sha: sha in self.checked,
            tip=lambda _, branch: self.tips.get(branch),
        )
        services: Any = SimpleNamespace(ledger=self.ledger, github=github)
        added = RepositoriesAdded(installation=1, repositories=(SHOP,))
        jobs: tuple[Job, ...] = repositories_added(added, services) if granted else sweep(services)
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


def test_what_could_not_be_judged_is_tried_when_the_app_may_do_more(world: World) -> None:
    world.judged(PULL, verdict=False)
    world.listed = [PULL]
    assert world.asked(granted=True) == [1]

    world.judged(PULL)
    assert world.asked(granted=True) == []


def test_of_many_each_round_takes_those_that_the_last_one_left(world: World) -> None:
    world.listed = [dataclasses.replace(PULL, number=n) for n in range(1, PULL_REQUESTS + 51)]
    first = world.asked()
    for number in first:
        world.judged(dataclasses.replace(PULL, number=number), verdict=False)

    assert len(first) == PULL_REQUESTS
    assert sorted(first + world.asked()) == [pull.number for pull in world.listed]


OTHER = Repository(id=2, full_name="acme/other", installation=1)
APART = Repository(id=3, full_name="elsewhere/shop", installation=2)


def between(world: World, error: GitHubError) -> Any:
    """Services of two installations where *error* is all that GitHub says of the shop."""

    def listed(repository: Repository) -> tuple[PullRequest, ...]:
        if repository is SHOP:
            raise error
        return (dataclasses.replace(PULL, repository=repository),)

    github = SimpleNamespace(
        open_pull_requests=listed,
        tip=lambda _, __: None,
        installations=lambda: (1, 2),
        repositories=lambda installation: (SHOP, OTHER) if installation == 1 else (APART,),
    )
    metrics = SimpleNamespace(rate_limited=SimpleNamespace(inc=lambda: None))
    return SimpleNamespace(ledger=world.ledger, github=github, metrics=metrics)


@pytest.mark.parametrize("error", [GitHubUnavailable("502", 502), GitHubRefused("no", 403)])
def test_a_repository_without_an_answer_keeps_nobody_else_from_theirs(
    world: World, error: GitHubError
) -> None:
    services = between(world, error)
    added = RepositoriesAdded(installation=1, repositories=())

    for found in (sweep(services), repositories_added(added, services)):
        assert OTHER in [each.repository for each in found if isinstance(each, ReviewWanted)]
    assert APART in [e.repository for e in sweep(services) if isinstance(e, ReviewWanted)]


def test_a_limit_is_one_installation_s_and_the_rest_of_it_waits(world: World) -> None:
    services = between(world, RateLimited("slowly", time.time() + 60))

    found = repositories_added(RepositoriesAdded(installation=1, repositories=()), services)
    assert found == (RepositoriesAdded(installation=1, repositories=(SHOP, OTHER)),)
    assert 50 < world.ledger.paused(1) < 70
    asked = sweep(services)
    assert [each.repository for each in asked if isinstance(each, ReviewWanted)] == [APART]
