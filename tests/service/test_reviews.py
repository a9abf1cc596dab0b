"""From the webhook to the verdict: real HTTP, real queue, real git, real analysis."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from typing import Any

import pytest

from bot.git.command import environment, git
from bot.render.summary import MARKER
from tests.service.deployed import Running, patient, started
from tests.service.shops import push, push_files
from tests.support.github import APP_ID, Fault, Repo

pytestmark = pytest.mark.xdist_group("reviews")

ATTEMPTS = 3
TOKEN = {"authorization": "Bearer metrics"}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The service starts once for all tests of this file: each has a repository of its own."""
    with started(
        tmp_path_factory.mktemp("reviews"),
        attempts=ATTEMPTS,
        metrics_token="metrics",
        github_pause_seconds=0.02,
    ) as made:
        yield made


def tell(running: Running, shop: Repo, number: int, action: str = "synchronize") -> None:
    event = running.github.pull_request_event(shop, number, action)
    assert running.github.send("pull_request", event) == 202
    running.settle()


def shown(shop: Repo) -> list[tuple[str, str]]:
    return [(str(run["head_sha"]), str(run.get("conclusion"))) for run in shop.checks.values()]


def summaries(shop: Repo, number: int = 1) -> list[str]:
    bodies = [each["body"] for each in shop.comments.values() if each["number"] == number]
    return [body for body in bodies if body.startswith(MARKER)]


def not_completed(running: Running, shop: Repo, times: int) -> Fault:
    """GitHub fails so many times where a check run is to be completed."""
    fault = Fault("PATCH", f"{shop.full_name}/check-runs/", 500, times=times)
    running.github.faults.append(fault)
    return fault


def test_a_pull_request_gets_one_verdict_however_often_it_is_told(
    running: Running, shop: Repo
) -> None:
    """The same delivery three times, and its push again: one check run, one comment."""
    head = push(running.github, shop, 1, "note")
    event = running.github.pull_request_event(shop, 1, "opened")
    for guid in ("a-1", "a-1", "a-1", "a-2"):
        assert running.github.send("pull_request", event, guid) == 202
    running.settle()

    assert shown(shop) == [(head, "failure")]
    assert len(summaries(shop)) == 1


def test_a_pull_request_without_migrations_gets_its_success(running: Running, shop: Repo) -> None:
    head = push_files(running.github, shop, 1, {"README.md": "words\n"})
    tell(running, shop, 1, "opened")

    assert shown(shop) == [(head, "success")]
    assert shop.comments == {}


def test_pushes_that_arrive_out_of_order_end_at_the_newest_head(
    running: Running, shop: Repo
) -> None:
    """What was sent first may arrive last, and twice."""
    heads, events = [], []
    for n in range(4):
        heads.append(push(running.github, shop, 1, f"note{n}"))
        events.append(running.github.pull_request_event(shop, 1, "synchronize"))
    for n in (3, 0, 2, 3, 1):
        assert running.github.send("pull_request", events[n], f"c-{n}") == 202
    running.settle()

    assert len(set(heads)) == 4
    assert shown(shop) == [(heads[-1], "failure")]
    assert len(summaries(shop)) == 1


def test_a_closed_pull_request_is_left_alone(running: Running, shop: Repo) -> None:
    push(running.github, shop, 1, "note")
    running.github.close(shop, 1)
    tell(running, shop, 1)

    assert shown(shop) == []


def test_a_base_that_is_gone_asks_for_action_and_does_not_pass(
    running: Running, shop: Repo
) -> None:
    head = push(running.github, shop, 1, "note")
    event = running.github.pull_request_event(shop, 1, "edited")
    event["changes"] = {"base": {"ref": {"from": "trunk"}, "sha": {"from": "0" * 40}}}
    git(shop.git, "update-ref", "-d", "refs/heads/main", env=environment(), seconds=30)
    assert running.github.send("pull_request", event) == 202
    running.settle()

    assert shown(shop) == [(head, "action_required")]
    (run,) = shop.checks.values()
    assert "renamed or deleted" in run["output"]["summary"]


def test_a_rate_limit_puts_the_job_off_without_counting_as_a_failure(
    running: Running, shop: Repo
) -> None:
    head = push(running.github, shop, 1, "note")
    limited = Fault(
        "PATCH", f"{shop.full_name}/check-runs/", 429, ATTEMPTS + 1, headers={"retry-after": "0"}
    )
    running.github.faults.append(limited)
    tell(running, shop, 1)

    assert limited.times == 0
    assert shown(shop) == [(head, "failure")]
    numbers = patient.get(f"{running.url}/metrics", headers=TOKEN).text
    (line,) = [
        each
        for each in numbers.splitlines()
        if each.startswith("twostep_github_rate_limited_total ")
    ]
    assert float(line.split()[1]) > ATTEMPTS


def test_a_spent_hour_is_waited_for(running: Running, shop: Repo) -> None:
    """The check run that was begun says so all the time: that the review is under way."""
    head = push(running.github, shop, 1, "note")
    seen: list[str] = []
    spent = Fault(
        "PATCH",
        f"{shop.full_name}/check-runs/",
        403,
        headers={
            "x-ratelimit-remaining": "0",
            "x-ratelimit-reset": str(int(time.time()) + 3600),
        },
        message="API rate limit exceeded for installation",
    )
    running.github.faults.append(spent)
    event = running.github.pull_request_event(shop, 1, "opened")
    assert running.github.send("pull_request", event) == 202
    running.until_put_off(f"rv:{shop.id}/1:")
    seen += [run["status"] for run in shop.checks.values()]
    running.no_more_waiting()
    running.settle()

    assert spent.times == 0

    assert seen == ["in_progress"]
    assert shown(shop) == [(head, "failure")]


def test_what_could_not_be_reviewed_fails_the_check_and_runs_again_when_redelivered(
    running: Running, shop: Repo
) -> None:
    """The attempts are used up: a check that fails, a dead letter; the same delivery starts anew."""
    head = push(running.github, shop, 1, "note", sound=True)
    event = running.github.pull_request_event(shop, 1, "opened")
    failing = not_completed(running, shop, ATTEMPTS)
    assert running.github.send("pull_request", event, "i-1") == 202
    running.settle()

    assert failing.times == 0
    assert shown(shop) == [(head, "failure")]
    (run,) = shop.checks.values()
    assert "could not be made" in run["output"]["summary"]
    assert "i-1" in {letter["delivery"] for letter in dead(running)}

    assert running.github.send("pull_request", event, "i-1") == 202
    running.settle()

    assert shown(shop) == [(head, "failure"), (head, "success")]
    assert len(summaries(shop)) == 1


def test_a_dead_letter_runs_again_when_an_operator_wants_it(running: Running, shop: Repo) -> None:
    push(running.github, shop, 1, "note", sound=True)
    not_completed(running, shop, ATTEMPTS)
    event = running.github.pull_request_event(shop, 1, "opened")
    assert running.github.send("pull_request", event, "dead-1") == 202
    running.settle()
    (letter,) = [each for each in dead(running) if each["delivery"] == "dead-1"]
    assert letter["kind"] == "ReviewWanted"
    assert letter["reason"]
    address = f"{running.url}/jobs/dead/{letter['id']}/revive"
    assert patient.post(address).status_code == 401
    nobody = f"{running.url}/jobs/dead/none/revive"
    assert patient.post(nobody, headers=TOKEN).status_code == 404

    assert patient.post(address, headers=TOKEN).status_code == 202
    running.until(lambda: len(shop.checks) == 2, "another check run")
    running.settle()

    assert [conclusion for _, conclusion in shown(shop)] == ["failure", "success"]
    assert "dead-1" not in {each["delivery"] for each in dead(running)}


def dead(running: Running) -> list[dict[str, Any]]:
    answer = patient.get(f"{running.url}/jobs/dead", headers=TOKEN).json()
    letters: list[dict[str, Any]] = answer["dead"]
    return letters


@pytest.mark.parametrize(
    ("pushed", "again"), [("README.md", 1), (".github/twostep.yml", 2)], ids=["words", "rules"]
)
def test_a_push_to_the_base_judges_again_whom_it_concerns(
    running: Running, shop: Repo, pushed: str, again: int
) -> None:
    """One touches migrations and one does not: the other is looked at again where the rules changed."""
    touching = push(running.github, shop, 1, "note")
    other = push_files(running.github, shop, 2, {"README.md": "words\n"})
    for number in (1, 2):
        tell(running, shop, number, "opened")
    before = running.published(shop)
    assert before == {touching[:12]: 1, other[:12]: 1}
    moved = running.github.event(
        shop, "", ref="refs/heads/main", before="1" * 40, after="2" * 40, deleted=False
    )
    moved["commits"] = [{"added": [pushed], "modified": [], "removed": []}]
    del moved["action"]
    assert running.github.send("push", moved) == 202
    running.settle()

    assert running.published(shop) == {touching[:12]: 2, other[:12]: again}


def test_both_sides_of_a_conflict_between_open_pull_requests_are_told_and_untold(
    running: Running, shop: Repo
) -> None:
    """The second comes: the first is judged again. The second closes: again, and nothing more."""
    first = push(running.github, shop, 1, "note", sound=True)
    tell(running, shop, 1, "opened")
    assert not any("#2" in body for body in summaries(shop))
    files: dict[str, str | None] = {
        name.replace("note", "word"): content.replace("note", "word")
        for name, content in files_of(shop, "feature-1").items()
    }
    second = push_files(running.github, shop, 2, files)
    tell(running, shop, 2, "opened")
    assert running.published(shop) == {first[:12]: 2, second[:12]: 1}
    assert any("#2" in body for body in summaries(shop, 1))
    assert any("#1" in body for body in summaries(shop, 2))
    running.github.close(shop, 2)
    tell(running, shop, 2, "closed")

    assert running.published(shop) == {first[:12]: 3, second[:12]: 1}
    assert not any("#2" in body for body in summaries(shop, 1))


def files_of(shop: Repo, branch: str) -> dict[str, str]:
    """What *branch* changed of ``main``."""

    def ask(*arguments: str) -> str:
        return git(shop.git, *arguments, env=environment(), seconds=30).decode()

    names = ask("diff", "--name-only", "main", branch).split()
    return {name: ask("show", f"{branch}:{name}") for name in names}


def test_rerun_makes_a_new_check_run(running: Running, shop: Repo) -> None:
    """Also for a fork, whose event names no pull request."""
    head = push(running.github, shop, 1, "note")
    tell(running, shop, 1, "opened")
    run = {"id": 5, "head_sha": head, "pull_requests": [], "app": {"id": APP_ID}}
    event = running.github.event(shop, "rerequested", check_run=run)
    assert running.github.send("check_run", event) == 202
    running.settle()

    assert shown(shop) == [(head, "failure")] * 2
    assert len(summaries(shop)) == 1


def test_a_command_runs_once_and_not_for_an_edit_or_a_bot(running: Running, shop: Repo) -> None:
    """No webhook ever told of the pull request: the command brings the check that is missing."""
    head = push(running.github, shop, 1, "note")
    said = running.github.say(shop, 1, "/twostep review\n")
    issue = {"number": 1, "pull_request": {}}
    created = running.github.event(shop, "created", comment=said, issue=issue)
    edited = running.github.event(shop, "edited", comment=said, issue=issue, changes={})
    by_bot = running.github.say(shop, 1, "/twostep review\n")
    by_bot["user"] = {"login": "dependabot[bot]", "id": 3, "type": "Bot"}
    bots = running.github.event(shop, "created", comment=by_bot, issue=issue)
    for event in (created, edited, bots):
        assert running.github.send("issue_comment", event) == 202
    running.settle()

    assert shown(shop) == [(head, "failure")]
    assert (said["id"], "rocket") in running.github.reactions
    assert by_bot["id"] not in {comment for comment, _ in running.github.reactions}


def test_a_repository_that_was_renamed_keeps_its_mirror(running: Running, shop: Repo) -> None:
    """GitHub sends who asks for the old name to the new one, reads and writes."""
    head = push(running.github, shop, 1, "note")
    tell(running, shop, 1, "opened")
    pushed = push(running.github, shop, 1, "word")
    event = running.github.pull_request_event(shop, 1, "synchronize")
    running.github.rename(shop, f"elsewhere/renamed{shop.id}")
    assert running.github.send("pull_request", event) == 202
    running.settle()

    assert shown(shop) == [(head, "failure"), (pushed, "failure")]
    assert len(summaries(shop)) == 1


def test_a_mirror_that_was_deleted_is_filled_again(running: Running, shop: Repo) -> None:
    head = push(running.github, shop, 1, "note")
    tell(running, shop, 1, "opened")
    shutil.rmtree(running.data / "mirrors")
    pushed = push(running.github, shop, 1, "word")
    tell(running, shop, 1)

    assert shown(shop) == [(head, "failure"), (pushed, "failure")]


def test_a_button_in_a_locked_conversation_is_no_dead_letter(running: Running, shop: Repo) -> None:
    push(running.github, shop, 1, "note")
    tell(running, shop, 1, "opened")
    shop.pulls[1].locked = True
    (check,) = shop.checks.values()
    run = {"id": check["id"], "head_sha": check["head_sha"], "app": {"id": APP_ID}}
    pressed = {"check_run": run, "requested_action": {"identifier": "rollback"}}
    before = len(shop.comments)

    event = running.github.event(shop, "requested_action", **pressed)
    assert running.github.send("check_run", event) == 202
    running.settle()

    dead = patient.get(f"{running.url}/jobs/dead", headers=TOKEN).json()["dead"]
    assert [each for each in dead if each["kind"] == "ButtonPressed"] == []
    assert [each["error"] for each in running.lines(event="answer refused")] != []
    assert len(shop.comments) == before
