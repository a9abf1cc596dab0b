"""Installations that have not agreed to all that the App asks for: the check is there, and says what is lacking."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.service.deployed import Running, started
from tests.service.shops import push
from tests.support.github import Repo
from tests.support.github.state import GRANTED

pytestmark = pytest.mark.xdist_group("granted")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with started(tmp_path_factory.mktemp("granted")) as made:
        yield made


def tell(running: Running, shop: Repo, action: str = "opened") -> None:
    event = running.github.pull_request_event(shop, 1, action)
    assert running.github.send("pull_request", event) == 202
    running.settle()


def agreed(running: Running, shop: Repo, **permissions: str | None) -> None:
    """The installation of *shop* has granted what the App asks for but *permissions* (None: not at all)."""
    all_of_them: dict[str, str | None] = {**GRANTED, **permissions}
    running.github.agreed[shop.installation] = {
        name: level for name, level in all_of_them.items() if level
    }


def verdict(running: Running, shop: Repo) -> dict[str, Any]:
    """The newest completed check run of the pull request."""
    return running.judged(shop, 1)[-1]


@pytest.mark.parametrize("name", ["issues", "deployments", "merge_queues"])
def test_what_a_review_does_not_need_it_does_without(
    running: Running, shop: Repo, name: str
) -> None:
    agreed(running, shop, **{name: None})
    push(running.github, shop, 1, "note")
    tell(running, shop)

    assert verdict(running, shop)["conclusion"] == "failure"
    assert len(shop.comments) == 1
    assert shop.lines


def test_where_nothing_may_be_written_below_the_check_says_it(running: Running, shop: Repo) -> None:
    agreed(running, shop, pull_requests="read")
    push(running.github, shop, 1, "note")
    tell(running, shop)

    said = verdict(running, shop)
    assert (said["conclusion"], shop.comments, shop.lines) == ("failure", {}, {})
    assert "two leaf nodes" in said["output"]["summary"]
    assert "its installation lacks `pull_requests: write`" in said["output"]["summary"]


@pytest.mark.parametrize(
    ("name", "lacks"), [("contents", "contents: read"), ("pull_requests", "`pull_requests`: read")]
)
def test_without_what_is_read_the_check_fails_and_says_why_until_it_is_granted(
    running: Running, shop: Repo, name: str, lacks: str
) -> None:
    agreed(running, shop, **{name: None})
    push(running.github, shop, 1, "note", sound=True)
    tell(running, shop)
    said = verdict(running, shop)
    assert said["conclusion"] == "failure"
    assert f"installation lacks {lacks}" in said["output"]["summary"]

    agreed(running, shop)
    installation = {"id": shop.installation, "account": {"login": "acme"}}
    event = running.github.event(shop, "new_permissions_accepted", installation=installation)
    del event["repository"]
    assert running.github.send("installation", event) == 202
    running.settle()
    assert verdict(running, shop)["conclusion"] == "success"


def test_where_no_check_may_be_made_that_is_said_below_and_once(
    running: Running, shop: Repo
) -> None:
    agreed(running, shop, checks="read")
    push(running.github, shop, 1, "note")
    tell(running, shop)
    push(running.github, shop, 1, "word")
    tell(running, shop, "synchronize")

    assert not shop.checks
    (said,) = [each["body"] for each in shop.comments.values()]
    assert "There is no check on this pull request." in said
    assert "installation lacks checks: write" in said
