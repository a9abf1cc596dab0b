"""The merge queue and what people ask for again, from the webhook to the check run on the commit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bot.git.command import environment, git
from bot.git.fast_import import Commit, make_repository
from tests.service.deployed import Running, started
from tests.service.shops import column, push, push_files
from tests.support.github import APP_ID, Repo

pytestmark = pytest.mark.xdist_group("movements")
QUEUE = "gh-readonly-queue/main"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with started(tmp_path_factory.mktemp("queue"), attempts=3) as made:
        yield made


def tip(repo: Repo, branch: str) -> str:
    return git(repo.git, "rev-parse", branch, env=environment(), seconds=30).decode().strip()


def queued(repo: Repo, name: str, onto: str, files: dict[str, str]) -> str:
    """GitHub's own branch for a pull request in the queue; its head."""
    branch = f"{QUEUE}/{name}"
    make_repository(repo.git, [Commit(branch=branch, parent=onto, files=files)], bare=True)
    return tip(repo, branch)


def group(
    running: Running, repo: Repo, action: str, head: str, base: str, *, ref: str = "pr-2"
) -> None:
    told = {
        "head_sha": head,
        "head_ref": f"refs/heads/{QUEUE}/{ref}",
        "base_sha": base,
        "base_ref": "refs/heads/main",
        "head_commit": {
            "id": head,
            "tree_id": head,
            "message": "Merge",
            "timestamp": "2026-01-01T00:00:00Z",
            "author": {"name": "a", "email": "a@example.com"},
            "committer": {"name": "a", "email": "a@example.com"},
        },
    }
    more: dict[str, Any] = {"reason": "dequeued"} if action == "destroyed" else {}
    event = running.github.event(repo, action, merge_group=told, **more)
    assert running.github.send("merge_group", event) == 202


def ends(repo: Repo, head: str) -> list[str | None]:
    runs = repo.checks.copy().values()
    return [run.get("conclusion") for run in runs if run["head_sha"] == head]


def siblings(running: Running, repo: Repo) -> tuple[str, str]:
    """Two open pull requests, each after the base's last migration; the queue's two commits."""
    push(running.github, repo, 1, "note", sound=True)
    word = column("app1", "0003_word", "0002_tax", ("tax", "word"))
    make_repository(repo.git, [Commit(branch="feature-2", parent="main", files=word)], bare=True)
    running.github.open(repo, 2, "feature-2", "Add a word")
    note = column("app1", "0003_note", "0002_tax", ("tax", "note"))
    first = queued(repo, "pr-1", "main", note)
    both = column("app1", "0003_word", "0002_tax", ("tax", "note", "word"))
    return first, queued(repo, "pr-2", f"{QUEUE}/pr-1", both)


def test_two_that_are_sound_alone_fail_together(running: Running, shop: Repo) -> None:
    """The second is judged on what is queued before it; the group has its own check run, and no comment."""
    first, second = siblings(running, shop)
    for number in (1, 2):
        event = running.github.pull_request_event(shop, number, "opened")
        assert running.github.send("pull_request", event) == 202
    running.until_judged(shop, 1, 2)
    running.settle()
    assert {r["conclusion"] for n in (1, 2) for r in running.judged(shop, n)} == {"success"}
    said = len(shop.comments)

    group(running, shop, "checks_requested", first, tip(shop, "main"))
    group(running, shop, "checks_requested", second, first)
    group(running, shop, "checks_requested", second, first)
    running.until(lambda: bool(ends(shop, second) and ends(shop, second)[0]), "the verdict")
    running.settle()

    assert ends(shop, first) == ["success"]
    assert ends(shop, second) == ["failure"]
    assert len(shop.comments) == said


DROP = {
    "app1/models.py": "from django.db import models\n\n\nclass Order(models.Model):\n    number = models.IntegerField()\n",
    "app1/migrations/0003_drop.py": """from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("app1", "0002_tax")]
    operations = [migrations.RemoveField("order", "tax")]
""",
}


def test_what_was_accepted_on_a_pull_request_is_accepted_in_the_queue(
    running: Running, shop: Repo
) -> None:
    """GitHub would send it out each time; what nobody accepted still fails."""
    push_files(running.github, shop, 1, {**DROP})
    event = running.github.pull_request_event(shop, 1, "opened")
    assert running.github.send("pull_request", event) == 202
    running.until_judged(shop, 1)
    running.settle()
    assert [r["conclusion"] for r in running.judged(shop, 1)] == ["failure"]
    # With the same files it would be the pull request's own commit, where both are made in one second.
    before = queued(shop, "pr-3", "main", DROP | {"NOTES": "of another\n"})
    group(running, shop, "checks_requested", before, tip(shop, "main"))
    running.until(lambda: ends(shop, before) == ["failure"], "the verdict")

    comment = running.github.say(shop, 1, "/twostep accept column-removed because nobody reads it")
    said = {"number": 1, "pull_request": {"url": "x"}, "title": "t", "user": {"login": "author"}}
    event = running.github.event(shop, "created", comment=comment, issue=said)
    assert running.github.send("issue_comment", event) == 202
    running.until(lambda: running.judged(shop, 1)[-1]["conclusion"] == "success", "the acceptance")
    head = queued(shop, "pr-1-0f3a", "main", DROP | {"NOTES": "of the merge\n"})
    group(running, shop, "checks_requested", head, tip(shop, "main"), ref="pr-1-0f3a")
    running.until(lambda: bool(ends(shop, head) and ends(shop, head)[0]), "the verdict")

    assert ends(shop, head) == ["success"]


def test_a_group_that_is_gone_gets_no_verdict(running: Running, shop: Repo) -> None:
    first, second = siblings(running, shop)
    group(running, shop, "destroyed", second, first)
    group(running, shop, "checks_requested", second, first)
    running.settle()

    assert set(ends(shop, second)) <= {"cancelled"}


def test_a_group_is_judged_again_when_somebody_asks(running: Running, shop: Repo) -> None:
    """The event names the commit alone."""
    first, second = siblings(running, shop)
    group(running, shop, "checks_requested", second, first)
    running.until(lambda: ends(shop, second) == ["failure"], "the verdict")
    running.settle()
    (run,) = (run for run, check in shop.checks.items() if check["head_sha"] == second)
    asked = running.github.event(
        shop, "rerequested", check_run={"id": run, "head_sha": second, "app": {"id": APP_ID}}
    )
    assert running.github.send("check_run", asked) == 202
    running.until(lambda: ends(shop, second) == ["failure", "failure"], "another one")


def test_a_suite_that_is_asked_for_again_gets_a_new_check_run(running: Running, shop: Repo) -> None:
    head = push(running.github, shop, 1, "note")
    event = running.github.pull_request_event(shop, 1, "opened")
    assert running.github.send("pull_request", event) == 202
    running.until_judged(shop, 1)
    running.settle()
    suite = {"head_sha": head, "app": {"id": APP_ID}, "pull_requests": []}
    asked = running.github.event(shop, "rerequested", check_suite=suite)
    assert running.github.send("check_suite", asked) == 202
    running.until(lambda: len(running.judged(shop, 1)) == 2, "another one")
    running.settle()

    assert len(shop.comments) == 1


def test_a_draft_is_reviewed_as_any_other(running: Running, shop: Repo) -> None:
    push(running.github, shop, 1, "note")
    shop.pulls[1].draft = True
    event = running.github.pull_request_event(shop, 1, "opened")
    assert running.github.send("pull_request", event) == 202
    running.until_judged(shop, 1)
    running.settle()

    assert ends(shop, running.github.head(shop, 1)) == ["failure"]
