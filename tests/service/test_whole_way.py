"""What a person sees on the sample's pull requests, from opening them to what is mended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from bot.git.command import environment, git
from bot.git.fast_import import Commit, make_repository
from bot.render.summary import MARKER
from bot.sample import PULL_REQUESTS, make_sample
from tests.service.deployed import Running, patient
from tests.support import contracts
from tests.support.github import Repo, StandIn

pytestmark = pytest.mark.xdist_group("whole-way")

COLLIDING = (2, 3, 6)
"""Pull requests of the sample: two leaves, an edited migration, two heads."""


@dataclass
class Shop:
    """The sample on the stand-in, and the service that watches it."""

    running: Running
    repo: Repo

    @property
    def github(self) -> StandIn:
        return self.running.github

    def runs(self, number: int) -> list[dict[str, Any]]:
        """The check runs on the head of a pull request, oldest first."""
        head = self.github.head(self.repo, number)
        return [run for run in self.repo.checks.copy().values() if run["head_sha"] == head]

    def judged(self, number: int) -> bool:
        return any(run["status"] == "completed" for run in self.runs(number))

    def comments(self, number: int) -> list[dict[str, Any]]:
        return [c for c in self.repo.comments.copy().values() if c["number"] == number]

    def lines(self, number: int) -> list[dict[str, Any]]:
        return [c for c in self.repo.lines.copy().values() if c["number"] == number]

    def summary(self, number: int) -> dict[str, Any]:
        """The one summary comment of a pull request."""
        (found,) = [c for c in self.comments(number) if c["body"].startswith(MARKER)]
        return found

    def until(self, question: Callable[[], bool], what: str) -> None:
        self.running.until(question, what)

    def say(self, number: int, body: str, login: str = "author") -> dict[str, Any]:
        """Somebody's comment, stored and told."""
        comment = self.github.say(self.repo, number, body, login)
        issue = {"number": number, "pull_request": {}}
        event = self.github.event(self.repo, "created", issue=issue, comment=comment)
        assert self.github.send("issue_comment", event) == 202
        return comment

    def answers(self, comment: dict[str, Any]) -> list[str]:
        """What was answered to *comment*."""
        mark = f"two-step:answer:{comment['id']} "
        return [c["body"] for c in self.comments(comment["number"]) if mark in c["body"]]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The sample's pull requests, opened and judged."""
    running = Running(tmp_path_factory.mktemp("whole-way"))
    make_sample(running.github.root / "acme/shop.git", bare=True)
    shop = Shop(running, running.github.add("acme/shop"))
    for each in PULL_REQUESTS:
        shop.github.open(shop.repo, each.number, each.branch, each.title)
    try:
        running.start()
        for number in shop.repo.pulls:
            event = shop.github.pull_request_event(shop.repo, number, "opened")
            assert shop.github.send("pull_request", event) == 202
        shop.until(lambda: all(shop.judged(n) for n in shop.repo.pulls), "the verdicts")
        # The comments follow the check.
        shop.until(lambda: all(map(shop.comments, COLLIDING)), "the comments")
        shop.until(lambda: all(map(shop.lines, (2, 6))), "the comments on lines")
        # Who meets another one is judged again when that one is known.
        running.settle()
        yield shop
    finally:
        running.stop()
    assert shop.github.unlawful == []
    if contracts.fetched():
        assert shop.github.judged > len(shop.repo.pulls)


def test_every_pull_request_has_its_verdict_in_one_comment(shop: Shop) -> None:
    for number in shop.repo.pulls:
        assert shop.runs(number)[-1]["external_id"]
    for number in COLLIDING:
        assert shop.summary(number)["body"]
    assert shop.runs(6)[-1]["conclusion"] == "failure"
    assert "Do not merge yet" in shop.summary(6)["body"]


def test_the_report_is_where_the_check_points_to(shop: Shop) -> None:
    page = patient.get(str(shop.runs(6)[-1]["details_url"]))

    assert page.status_code == 200
    assert "conflicting-leaf-nodes" in page.text
    assert "81c4e6d0f3b5" in page.text


def test_what_is_wrong_stands_on_its_line_with_the_edit(shop: Shop) -> None:
    (line,) = [c for c in shop.lines(6) if "explain conflicting-leaf-nodes" in c["body"]]

    assert "81c4e6d0f3b5" in line["path"]
    assert '```suggestion\ndown_revision = "c07a93be1d42"\n```' in line["body"]


def test_a_command_is_answered_once(shop: Shop) -> None:
    said = shop.say(6, "Hm.\n/twostep rollback")

    shop.until(lambda: (said["id"], "rocket") in shop.github.reactions, "the rocket")
    (answer,) = shop.answers(said)
    assert "alembic downgrade" in answer
    assert (said["id"], "eyes") in shop.github.reactions


def test_who_may_not_write_accepts_nothing(shop: Shop) -> None:
    said = shop.say(6, "/twostep accept conflicting-leaf-nodes because I say so", "stranger")

    shop.until(lambda: (said["id"], "confused") in shop.github.reactions, "the refusal")
    (answer,) = shop.answers(said)
    assert "whoever may write" in answer
    before = len(shop.runs(6))
    asked = shop.say(6, "/twostep review", "stranger")
    shop.until(lambda: (asked["id"], "confused") in shop.github.reactions, "the refusal")
    assert len(shop.runs(6)) == before
    assert "I say so" not in shop.summary(6)["body"]


def test_what_is_accepted_is_shown_with_its_reason(shop: Shop) -> None:
    shop.say(3, "/twostep accept committed-migration-edited because nobody has applied it")

    shop.until(lambda: "nobody has applied it" in shop.summary(3)["body"], "the reason")
    assert "accepted by `author`" in shop.summary(3)["body"]
    assert "nobody has applied it" in str(shop.runs(3)[-1]["output"])


def test_a_push_that_mends_is_seen(shop: Shop) -> None:
    migration = shop.github.root / "acme/shop.git"
    note = _show(shop, "order-note:orders/migrations/0003_order_note.py")
    model = _show(shop, "main:orders/models.py") + "    note = models.TextField(null=True)\n"
    mended = {c["id"] for c in shop.lines(2) if "explain conflicting-leaf-nodes" in c["body"]}
    assert mended
    make_repository(
        migration,
        [
            Commit(
                branch="order-note",
                parent="main",
                message="Stand on the newest migration",
                files={
                    "orders/migrations/0004_order_note.py": note.replace(
                        "0002_order_total", "0003_order_tax"
                    ),
                    "orders/models.py": model,
                },
            )
        ],
        bare=True,
    )
    shop.github.push(shop.repo, shop.repo.pulls[2])
    event = shop.github.pull_request_event(shop.repo, 2, "synchronize")
    assert shop.github.send("pull_request", event) == 202

    shop.until(lambda: shop.judged(2), "the new verdict")
    shop.running.settle()
    assert shop.runs(2)[-1]["conclusion"] == "success", shop.runs(2)[-1]["output"]
    shop.until(lambda: not mended & {c["id"] for c in shop.lines(2)}, "the comment to be gone")
    assert not [each for each in shop.github.unlawful if "lacks" in each]
    assert shop.summary(2)


def _show(shop: Shop, what: str) -> str:
    return git(shop.repo.git, "show", what, env=environment(), seconds=30).decode()
