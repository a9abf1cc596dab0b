"""Open pull requests that meet: each side says what holds now, in whatever order it is told of."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.git.fast_import import Commit, make_repository
from bot.render.summary import MARKER
from tests.service.deployed import Running, started
from tests.service.shops import column, push_files
from tests.support.github import Fault, Repo

pytestmark = pytest.mark.xdist_group("neighbours")

CONFIG = ".github/twostep.yml"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    directory = tmp_path_factory.mktemp("neighbours")
    with started(directory, attempts=3, github_pause_seconds=0.02) as made:
        yield made


def add(running: Running, shop: Repo, number: int, name: str, app: str = "app1") -> str:
    """Push the column *name* to pull request *number*: it meets all others of the same *app*."""
    files: dict[str, str | None] = {**column(app, f"0003_{name}", "0002_tax", ("tax", name))}
    return push_files(running.github, shop, number, files)


def tell(running: Running, shop: Repo, number: int, action: str) -> None:
    event = running.github.pull_request_event(shop, number, action)
    assert running.github.send("pull_request", event) == 202


def told(running: Running, shop: Repo, number: int, action: str) -> None:
    tell(running, shop, number, action)
    running.settle()


def base_moved(running: Running, shop: Repo) -> None:
    moved = running.github.event(
        shop, "", ref="refs/heads/main", before="1" * 40, after="2" * 40, deleted=False
    )
    del moved["action"]
    assert running.github.send("push", moved) == 202
    running.settle()


def said(shop: Repo, number: int) -> str:
    """The summary of a pull request."""
    bodies = [each["body"] for each in shop.comments.values() if each["number"] == number]
    (body,) = [each for each in bodies if each.startswith(MARKER)]
    return str(body)


@pytest.fixture
def met(running: Running, shop: Repo) -> Repo:
    """A repository whose first two pull requests meet, and both say so."""
    for number, name in ((1, "note"), (2, "word")):
        add(running, shop, number, name)
        told(running, shop, number, "opened")
    assert "#2" in said(shop, 1)
    assert "#1" in said(shop, 2)
    return shop


def test_a_close_that_a_review_saw_first_is_told_to_the_other_side(
    running: Running, met: Repo
) -> None:
    """A push told late finds it closed; then the close itself comes."""
    running.github.close(met, 2)
    told(running, met, 2, "synchronize")
    told(running, met, 2, "closed")

    assert "#2" not in said(met, 1)


def test_a_close_told_after_the_reopening_does_not_hide_it(running: Running, met: Repo) -> None:
    add(running, met, 3, "else", app="app2")
    told(running, met, 3, "opened")
    told(running, met, 2, "reopened")
    tell(running, met, 2, "closed")
    base_moved(running, met)
    running.no_more_waiting()
    running.settle()
    add(running, met, 3, "more")
    told(running, met, 3, "synchronize")

    assert "#2" in said(met, 1)
    assert "#2" in said(met, 3)


def test_what_was_pushed_meanwhile_is_told_on_by_who_is_told(running: Running, met: Repo) -> None:
    """One review serves both: the neighbour's word, and a push that meets somebody else."""
    add(running, met, 3, "else", app="app2")
    told(running, met, 3, "opened")
    add(running, met, 2, "far", app="app2")  # its own event comes later
    running.github.close(met, 1)
    told(running, met, 1, "closed")
    told(running, met, 2, "synchronize")

    assert "#3" in said(met, 2)
    assert "#2" in said(met, 3)


def test_the_other_side_names_the_migration_that_is_there_now(running: Running, met: Repo) -> None:
    add(running, met, 2, "other")
    told(running, met, 2, "synchronize")

    assert "0003_other" in said(met, 1)
    assert "0003_word" not in said(met, 1)


def test_a_moment_in_which_github_knows_nothing_loses_no_move_of_the_base(
    running: Running, shop: Repo
) -> None:
    add(running, shop, 1, "note")
    told(running, shop, 1, "opened")
    fault = Fault("GET", f"{shop.full_name}/pulls/1$", 404, times=2)
    running.github.faults.append(fault)
    on_base(shop, {**column("app1", "0003_base", "0002_tax", ("tax", "base"))})
    base_moved(running, shop)

    assert fault.times == 0
    assert [run["conclusion"] for run in running.judged(shop, 1)] == ["success", "failure"]


def test_a_commit_that_fails_in_one_pull_request_passes_in_no_other(
    running: Running, shop: Repo
) -> None:
    """GitHub asks for the newest check run of a commit, whichever pull request it is about."""
    note = {**column("app1", "0002_note", "0001_initial", ("note",))}
    make_repository(shop.git, [Commit(branch="feature", parent="start", files=note)], bare=True)
    for number, base in ((1, "main"), (2, "start")):
        running.github.open(shop, number, "feature", "The same commit", base)
        told(running, shop, number, "opened")
    checks = [*shop.checks.values()]
    assert [run["conclusion"] for run in checks] == ["failure", "failure"]
    assert "#1 into main" in checks[-1]["output"]["title"]
    assert "Do not merge" not in said(shop, 2)
    running.github.close(shop, 1)
    told(running, shop, 1, "closed")

    assert [run["conclusion"] for run in shop.checks.values()][2:] == ["success"]


def test_a_migration_that_was_missing_may_come_with_the_base(running: Running, shop: Repo) -> None:
    files = column("app1", "0003_note", "0002_tax", ("tax", "note"))
    models = {name: text for name, text in files.items() if name.endswith("models.py")}
    push_files(running.github, shop, 1, {**models})
    told(running, shop, 1, "opened")
    on_base(shop, {**files})
    base_moved(running, shop)

    assert [run["conclusion"] for run in running.judged(shop, 1)] == ["failure", "success"]


def test_a_configuration_that_is_mended_on_the_base_frees_the_pull_requests(
    running: Running, shop: Repo
) -> None:
    on_base(shop, {CONFIG: "rules: {no-such-rule: off}\n"})
    add(running, shop, 1, "note")
    told(running, shop, 1, "opened")
    assert [run["conclusion"] for run in running.judged(shop, 1)] == ["action_required"]
    on_base(shop, {CONFIG: None})
    base_moved(running, shop)

    assert [run["conclusion"] for run in running.judged(shop, 1)][1:] == ["success"]


def on_base(shop: Repo, files: dict[str, str | None]) -> None:
    commit = Commit(branch="main", parent="main^0", files=files)
    make_repository(shop.git, [commit], bare=True)
