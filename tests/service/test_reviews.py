"""From the webhook to the verdict: real HTTP, real queue, real git, real analysis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from bot.jobs.model import Repository
from tests.service.running import Service
from tests.service.world import World, about, migration, pull_request_event

pytestmark = pytest.mark.xdist_group("reviews")

# The service starts once for all tests of this file: each has a repository of its own.


@pytest.fixture(scope="module")
def module_world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module")
def running(module_world: World) -> Any:
    service = Service(module_world, attempts=3, metrics_token="metrics")
    service.start()
    yield service
    service.stop()


@pytest.fixture
def shop(module_world: World, request: pytest.FixtureRequest) -> Repository:
    number = abs(hash(request.node.name)) % 100_000 + 10
    return module_world.repository(number, f"acme/shop-{number}", installation=number)


def checks(world: World, shop: Repository) -> list[dict[str, Any]]:
    return world.github.rows("SELECT * FROM checks WHERE repository=? ORDER BY id", shop.id)


def comments(world: World, shop: Repository) -> int:
    return len(world.github.rows("SELECT * FROM comments WHERE repository=?", shop.id))


def shown(world: World, shop: Repository) -> list[tuple[str, str]]:
    return [(check["head_sha"], check["conclusion"]) for check in checks(world, shop)]


def test_a_pull_request_gets_one_verdict_however_often_it_is_told(
    module_world: World, running: Service, shop: Repository
) -> None:
    """The same delivery three times, and its push again: one check run, one comment."""
    head = module_world.pull_request(shop, 1, migration("0002_note", "note"))
    for _ in range(3):
        assert running.deliver("pull_request", pull_request_event(shop, 1, head), "a-1") == 202
    assert running.deliver("pull_request", pull_request_event(shop, 1, head), "a-2") == 202
    running.settle()

    assert [sha for sha, _ in shown(module_world, shop)] == [head]
    assert checks(module_world, shop)[0]["status"] == "completed"
    assert not checks(module_world, shop)[0]["problem"]
    assert comments(module_world, shop) == 1


def test_a_pull_request_without_migrations_gets_its_success(
    module_world: World, running: Service, shop: Repository
) -> None:
    head = module_world.pull_request(shop, 1, {"README.md": "words\n"})
    running.deliver("pull_request", pull_request_event(shop, 1, head, "opened"), "b-1")
    running.settle()

    assert shown(module_world, shop) == [(head, "success")]


def test_pushes_that_arrive_out_of_order_end_at_the_newest_head(
    module_world: World, running: Service, shop: Repository
) -> None:
    heads = [
        module_world.pull_request(shop, 1, migration("0002_note", f"note{n}")) for n in range(4)
    ]
    for n in (3, 0, 2, 1):
        running.deliver("pull_request", pull_request_event(shop, 1, heads[n]), f"c-{n}")
    running.settle()

    assert {sha for sha, _ in shown(module_world, shop)} == {heads[-1]}
    assert comments(module_world, shop) == 1


def test_a_closed_pull_request_is_left_alone(
    module_world: World, running: Service, shop: Repository
) -> None:
    head = module_world.pull_request(shop, 1, migration("0002_note", "note"))
    module_world.github.run("UPDATE pulls SET open=0 WHERE repository=?", shop.id)
    running.deliver("pull_request", pull_request_event(shop, 1, head), "d-1")
    running.settle()

    assert shown(module_world, shop) == []


def test_a_pull_request_that_is_gone_ends_quietly(running: Service, shop: Repository) -> None:
    before = running.jobs().get("ERROR", 0)
    running.deliver("pull_request", pull_request_event(shop, 99, "a" * 40), "e-1")
    running.settle()

    assert running.jobs().get("ERROR", 0) == before


def test_a_base_that_is_gone_asks_for_action_and_does_not_pass(
    module_world: World, running: Service, shop: Repository
) -> None:
    head = module_world.pull_request(shop, 1, migration("0002_note", "note"))
    module_world.github.run("UPDATE pulls SET base_ref='gone' WHERE repository=?", shop.id)
    running.deliver(
        "pull_request",
        pull_request_event(shop, 1, head, "edited", changes={"base": {"ref": {"from": "main"}}}),
        "f-1",
    )
    running.settle()

    assert shown(module_world, shop) == [(head, "action_required")]
    assert "renamed or deleted" in checks(module_world, shop)[0]["problem"]


@pytest.mark.parametrize("call", ["pull_request", "begin", "created", "commented", "published"])
def test_a_failure_of_github_is_tried_again_and_nothing_is_doubled(
    module_world: World, running: Service, shop: Repository, call: str
) -> None:
    """Before the write, and after the write was stored but its answer was lost."""
    head = module_world.pull_request(shop, 1, migration("0002_note", "note"))
    module_world.github.fault(f"{call} unavailable", 1)
    running.deliver(
        "pull_request", pull_request_event(shop, 1, head), f"g-{call.replace('_', '-')}"
    )
    running.settle()

    assert len(checks(module_world, shop)) == 1
    assert checks(module_world, shop)[0]["status"] == "completed"
    assert comments(module_world, shop) == 1


def test_a_rate_limit_puts_the_job_off_without_counting_as_a_failure(
    module_world: World, running: Service, shop: Repository
) -> None:
    head = module_world.pull_request(shop, 1, migration("0002_note", "note"))
    module_world.github.fault("publish limited", 2)
    running.deliver("pull_request", pull_request_event(shop, 1, head), "h-1")
    running.settle(90)

    assert len(checks(module_world, shop)) == 1
    assert checks(module_world, shop)[0]["status"] == "completed"


def test_what_could_not_be_reviewed_fails_the_check_and_runs_again_when_redelivered(
    module_world: World, running: Service, shop: Repository
) -> None:
    """The attempts are used up: a check that fails, a dead letter; the same delivery starts anew."""
    head = module_world.pull_request(shop, 1, migration("0002_note", "note"))
    event = pull_request_event(shop, 1, head)
    module_world.github.fault("publish bug", 3)
    running.deliver("pull_request", event, "i-1")
    running.settle()

    assert shown(module_world, shop) == [(head, "failure")]
    assert "could not be made" in checks(module_world, shop)[0]["problem"]
    dead = running.client.get("/jobs/dead", headers={"authorization": "Bearer metrics"}).json()
    assert "i-1" in {letter["delivery"] for letter in dead["dead"]}

    running.deliver("pull_request", event, "i-1")
    running.settle()

    last = checks(module_world, shop)[-1]
    assert not last["problem"]
    assert comments(module_world, shop) == 1


def test_a_dead_letter_runs_again_when_an_operator_wants_it(
    module_world: World, running: Service, shop: Repository
) -> None:
    head = module_world.pull_request(shop, 1, migration("0002_note", "note"))
    module_world.github.fault("publish bug", 3)
    running.deliver("pull_request", pull_request_event(shop, 1, head), "dead-1")
    running.settle()
    token = {"authorization": "Bearer metrics"}
    dead = running.client.get("/jobs/dead", headers=token).json()["dead"]
    [letter] = [each for each in dead if each["delivery"] == "dead-1"]
    assert letter["kind"] == "ReviewWanted"
    assert letter["reason"]
    address = f"/jobs/dead/{letter['id']}/revive"
    assert running.client.post(address).status_code == 401
    assert running.client.post("/jobs/dead/none/revive", headers=token).status_code == 404

    assert running.client.post(address, headers=token).status_code == 202
    running.until(lambda: not checks(module_world, shop)[-1]["problem"], "the verdict")
    running.settle()

    assert [check["conclusion"] for check in checks(module_world, shop)] == ["failure", "success"]
    dead = running.client.get("/jobs/dead", headers=token).json()["dead"]
    assert "dead-1" not in {each["delivery"] for each in dead}


def test_a_push_to_the_base_judges_again_whom_it_concerns(
    module_world: World, running: Service, shop: Repository
) -> None:
    """One touches migrations and one does not: only the first is looked at again."""
    touching = module_world.pull_request(shop, 1, migration("0002_note", "note"))
    other = module_world.pull_request(shop, 2, {"README.md": "words\n"})
    running.deliver("pull_request", pull_request_event(shop, 1, touching), "j-1")
    running.deliver("pull_request", pull_request_event(shop, 2, other), "j-2")
    running.settle()
    before = publications(module_world, shop)
    module_world.commit(shop, "refs/heads/main", migration("0002_tax", "tax"))
    push = about(shop, ref="refs/heads/main", before="1" * 40, after="2" * 40)
    running.deliver("push", push, "j-3")
    running.settle()

    again = publications(module_world, shop)
    assert again[touching] == before[touching] + 1
    assert again[other] == before[other]


def test_both_sides_of_a_conflict_between_open_pull_requests_are_told_and_untold(
    module_world: World, running: Service, shop: Repository
) -> None:
    """The second comes: the first is judged again. The second closes: again, and nothing more."""
    first = module_world.pull_request(shop, 1, migration("0002_note", "note"))
    running.deliver("pull_request", pull_request_event(shop, 1, first, "opened"), "p-1")
    running.settle()
    second = module_world.pull_request(shop, 2, migration("0002_tax", "tax"))
    running.deliver("pull_request", pull_request_event(shop, 2, second, "opened"), "p-2")
    running.settle()
    told = publications(module_world, shop)
    assert told == {first: 2, second: 1}
    module_world.github.run("UPDATE pulls SET open=0 WHERE repository=? AND number=2", shop.id)
    running.deliver("pull_request", pull_request_event(shop, 2, second, "closed"), "p-3")
    running.settle()

    assert publications(module_world, shop) == {first: 3, second: 1}


def publications(world: World, shop: Repository) -> Mapping[str, int]:
    rows = world.github.rows(
        "SELECT subject, count(*) AS n FROM events WHERE kind='published' GROUP BY subject"
    )
    return {
        row["subject"].partition("/")[2]: row["n"]
        for row in rows
        if row["subject"].startswith(f"{shop.id}/")
    }


def test_rerun_makes_a_new_check_run(
    module_world: World, running: Service, shop: Repository
) -> None:
    """Also for a fork, whose event names no pull request."""
    head = module_world.pull_request(shop, 1, migration("0002_note", "note"))
    running.deliver("pull_request", pull_request_event(shop, 1, head), "k-1")
    running.settle()
    run = {"id": 5, "head_sha": head, "pull_requests": [], "app": {"id": 7}}
    running.deliver("check_run", about(shop, action="rerequested", check_run=run), "k-2")
    running.settle()

    assert len(checks(module_world, shop)) == 2


def test_a_command_runs_once_and_not_for_an_edit_or_a_bot(
    module_world: World, running: Service, shop: Repository
) -> None:
    head = module_world.pull_request(shop, 1, migration("0002_note", "note"))
    said = {
        "action": "created",
        "comment": {"id": 17, "body": "/twostep review", "user": {"login": "a", "type": "User"}},
        "issue": {"number": 1, "pull_request": {}},
    }
    running.deliver("issue_comment", about(shop, **said), "l-1")
    running.deliver("issue_comment", about(shop, **{**said, "action": "edited"}), "l-2")
    running.settle()

    assert [sha for sha, _ in shown(module_world, shop)] == [head]


def test_a_merge_group_is_judged_on_its_own_commit(
    module_world: World, running: Service, shop: Repository
) -> None:
    """Two siblings, each sound alone, meet in the group: its check run stands on the group's head."""
    base = module_world.commit(shop, "refs/heads/main", {"README.md": "1\n"})
    first = module_world.commit(
        shop, "refs/heads/gh-readonly-queue/main/pr-1", migration("0002_note", "note"), base
    )
    both = module_world.commit(
        shop, "refs/heads/gh-readonly-queue/main/pr-2", migration("0002_tax", "tax"), first
    )
    group = {
        "head_sha": both,
        "head_ref": "refs/heads/gh-readonly-queue/main/pr-2",
        "base_sha": first,
        "base_ref": "refs/heads/main",
    }
    event = about(shop, action="checks_requested", merge_group=group)
    running.deliver("merge_group", event, "m-1")
    running.deliver("merge_group", event, "m-2")
    running.settle()

    assert shown(module_world, shop) == [(both, "failure")]
    assert comments(module_world, shop) == 0


def test_a_repository_that_was_renamed_keeps_its_mirror(
    module_world: World, running: Service, shop: Repository
) -> None:
    head = module_world.pull_request(shop, 1, migration("0002_note", "note"))
    running.deliver("pull_request", pull_request_event(shop, 1, head), "n-1")
    running.settle()
    old = module_world.git / f"{shop.full_name}.git"
    old.rename(module_world.git / "acme" / f"renamed-{shop.id}.git")
    module_world.github.run(
        "UPDATE repositories SET full_name=? WHERE id=?", f"acme/renamed-{shop.id}", shop.id
    )
    renamed = Repository(id=shop.id, full_name=f"acme/renamed-{shop.id}", installation=shop.id)
    pushed = module_world.pull_request(renamed, 1, migration("0002_word", "word"))
    running.deliver("pull_request", pull_request_event(shop, 1, pushed), "n-2")
    running.settle()

    assert [sha for sha, _ in shown(module_world, shop)] == [head, pushed]


def test_a_mirror_that_was_deleted_is_filled_again(
    module_world: World, running: Service, shop: Repository
) -> None:
    import shutil

    head = module_world.pull_request(shop, 1, migration("0002_note", "note"))
    running.deliver("pull_request", pull_request_event(shop, 1, head), "o-1")
    running.settle()
    shutil.rmtree(running.data / "mirrors")
    pushed = module_world.pull_request(shop, 1, migration("0002_word", "word"))
    running.deliver("pull_request", pull_request_event(shop, 1, pushed), "o-2")
    running.settle()

    assert [sha for sha, _ in shown(module_world, shop)] == [head, pushed]
    assert not any(check["problem"] for check in checks(module_world, shop))
