"""What a delivery asks for, from the payloads that GitHub sends."""

from __future__ import annotations

from typing import Any

import pytest

from bot.events import UnreadableEventError, command_lines, to_job
from bot.jobs.model import (
    BaseMoved,
    ButtonPressed,
    Closed,
    CommandSaid,
    Deployed,
    Job,
    MergeGroupGone,
    MergeGroupWanted,
    RepositoriesAdded,
    RepositoriesGone,
    RerunWanted,
    ReviewWanted,
    dump,
    load,
)

SHA = "a" * 40
WHERE = {
    "repository": {"id": 5, "full_name": "acme/shop", "new_key": {}},
    "installation": {"id": 9},
    "sender": {"login": "eve", "type": "User"},
}
PULL = {"number": 3, "head": {"sha": SHA, "ref": "f"}, "base": {"sha": SHA, "ref": "main"}}
GROUP = {
    "head_sha": SHA,
    "head_ref": "refs/heads/gh-readonly-queue/main/pr-3",
    "base_sha": "b" * 40,
    "base_ref": "refs/heads/main",
}
RUN = {"id": 8, "head_sha": SHA, "pull_requests": [{"number": 4}, {"number": 3}], "app": {"id": 7}}
COMMENT = {"id": 11, "body": "/twostep plan", "user": {"login": "eve", "type": "User"}}


def job(event: str, **payload: Any) -> Job | None:
    found = to_job(event, {**WHERE, **payload}, app_id=7)
    if found is not None:
        assert load(dump(found)) == found, "stored and read again, it is the same"
    return found


@pytest.mark.parametrize(
    "action", ["opened", "synchronize", "reopened", "ready_for_review", "converted_to_draft"]
)
def test_a_head_that_may_be_new_is_reviewed(action: str) -> None:
    found = job("pull_request", action=action, pull_request=PULL)

    assert isinstance(found, ReviewWanted)
    assert (found.number, found.head_sha, found.repository.installation) == (3, SHA, 9)


@pytest.mark.parametrize("action", ["labeled", "assigned", "an_action_of_next_year", ""])
def test_other_actions_ask_for_nothing(action: str) -> None:
    assert job("pull_request", action=action, pull_request=PULL) is None


def test_an_edited_title_asks_for_nothing_and_an_edited_base_for_a_review() -> None:
    title = {"title": {"from": "x"}}
    base = {"base": {"ref": {"from": "main"}, "sha": {"from": SHA}}}

    assert job("pull_request", action="edited", pull_request=PULL, changes=title) is None
    assert isinstance(
        job("pull_request", action="edited", pull_request=PULL, changes=base), ReviewWanted
    )


def test_closed_tells_the_others() -> None:
    found = job("pull_request", action="closed", pull_request={**PULL, "merged": True})

    assert isinstance(found, Closed)
    assert found.merged


def test_a_push_to_a_branch_moves_a_base_and_others_do_not() -> None:
    commits = {"before": SHA, "after": "b" * 40}

    moved = job("push", ref="refs/heads/release/1", **commits)
    assert isinstance(moved, BaseMoved)
    assert moved.ref == "release/1"
    assert not moved.configured
    for change in ("added", "modified", "removed"):
        pushed = [{"modified": ["a.py"]}, {change: ["b.py", ".github/twostep.yml"]}]
        found = job("push", ref="refs/heads/main", commits=pushed, **commits)
        assert isinstance(found, BaseMoved)
        assert found.configured
    assert job("push", ref="refs/tags/v1", **commits) is None
    assert job("push", ref="refs/heads/gh-readonly-queue/main/pr-3", **commits) is None
    assert job("push", ref="refs/heads/main", deleted=True, **commits) is None


def test_merge_groups_come_and_go() -> None:
    found = job("merge_group", action="checks_requested", merge_group=GROUP)
    assert isinstance(found, MergeGroupWanted)
    assert found.group.base_ref == "main"
    gone = job("merge_group", action="destroyed", merge_group=GROUP, reason="dequeued")
    assert isinstance(gone, MergeGroupGone)
    assert gone.reason == "dequeued"


def test_reruns_and_buttons_are_ours_only_where_the_check_is() -> None:
    again = job("check_run", action="rerequested", check_run=RUN)
    assert isinstance(again, RerunWanted)
    assert again.numbers == (3, 4)
    pressed = job(
        "check_run",
        action="requested_action",
        check_run=RUN,
        requested_action={"identifier": "plan"},
    )
    assert isinstance(pressed, ButtonPressed)
    assert pressed.sender == "eve"
    suite = {"head_sha": SHA, "pull_requests": [], "app": {"id": 7}}
    assert isinstance(job("check_suite", action="rerequested", check_suite=suite), RerunWanted)
    assert job("check_suite", action="requested", check_suite=suite) is None
    foreign = {**RUN, "app": {"id": 8}}
    assert job("check_run", action="rerequested", check_run=foreign) is None


def test_pull_requests_into_other_repositories_are_not_ours() -> None:
    """GitHub names all that have the commit as their head; their numbers are another repository's."""
    here, elsewhere = ({"base": {"ref": "main", "repo": {"id": each}}} for each in (5, 99))
    run = {**RUN, "pull_requests": [{"number": 3, **here}, {"number": 4, **elsewhere}]}
    again = job("check_run", action="rerequested", check_run=run)

    assert isinstance(again, RerunWanted)
    assert again.repository.id == 5
    assert again.numbers == (3,)


def test_a_command_is_what_a_person_has_just_written_on_a_pull_request() -> None:
    on_pull = {"number": 3, "pull_request": {}}
    said = job("issue_comment", action="created", comment=COMMENT, issue=on_pull)
    assert isinstance(said, CommandSaid)
    assert said.lines == ("/twostep plan",)
    beside = job(
        "pull_request_review_comment",
        action="created",
        comment=COMMENT,
        pull_request={"number": 3},
    )
    assert isinstance(beside, CommandSaid)
    assert beside.on_review

    bot = {**COMMENT, "user": {"login": "b[bot]", "type": "Bot"}}
    by_app = {**COMMENT, "performed_via_github_app": {"id": 3}}
    ghost = {**COMMENT, "user": None}
    empty = {**COMMENT, "body": None}
    silent = [
        job("issue_comment", action="edited", comment=COMMENT, issue=on_pull),
        job("issue_comment", action="created", comment=COMMENT, issue={"number": 3}),
        *(
            job("issue_comment", action="created", comment=each, issue=on_pull)
            for each in (bot, by_app, ghost, empty)
        ),
    ]
    assert silent == [None] * 6


@pytest.mark.parametrize(
    "body",
    [
        "> /twostep plan",
        "say /twostep plan",
        " /twostep plan",
        "    /twostep plan",
        "`/twostep plan`",
        "```\n/twostep plan\n```",
        "~~~~\n```\n/twostep plan\n~~~\n~~~~",
        "```sh\n/twostep plan",
        "/twosteps plan",
        "<!--\n/twostep plan\n-->",
        "  <!-- say:\n/twostep plan",
        "<!-- a -->\n```\n/twostep plan\n```",
    ],
)
def test_quotes_and_code_are_no_commands(body: str) -> None:
    assert command_lines(body) == ()


def test_commands_stand_at_a_lines_start_outside_of_code() -> None:
    body = "Hello\n/twostep plan\r\n```\n/twostep sql\n```\n/twostep accept x because y\n"

    assert command_lines(body) == ("/twostep plan", "/twostep accept x because y")


def test_what_ends_or_only_speaks_of_a_hidden_part_hides_nothing() -> None:
    body = (
        "<!-- a -->\n/twostep sql\n`<!--`\n```\n<!--\n```\n/twostep graph\n<!--\n-->\n/twostep plan"
    )

    assert command_lines(body) == ("/twostep sql", "/twostep graph", "/twostep plan")


def test_code_within_a_line_opens_no_block() -> None:
    body = "``` /twostep plan ```\n/twostep sql\n~~~ `a`\n/twostep graph\n~~~"

    assert command_lines(body) == ("/twostep sql",)


def test_of_many_and_long_commands_only_so_much_is_taken() -> None:
    lines = command_lines("\n".join(["/twostep explain " + "x" * 5000] * 50))

    assert len(lines) == 10
    assert {len(line) for line in lines} == {1000}


def test_installations_come_and_go() -> None:
    there = {"installation": {"id": 9}}
    repositories = [{"id": 1, "full_name": "a/b"}, {"id": 2, "full_name": "a/c"}]

    added = to_job("installation", {**there, "action": "created", "repositories": repositories})
    assert isinstance(added, RepositoriesAdded)
    assert [each.id for each in added.repositories] == [1, 2]
    assert added.repositories[0].installation == 9
    removed = to_job(
        "installation_repositories",
        {**there, "action": "removed", "repositories_removed": repositories},
    )
    assert isinstance(removed, RepositoriesGone)
    assert removed.ids == (1, 2)
    suspended = to_job("installation", {**there, "action": "suspend"})
    assert isinstance(suspended, RepositoriesGone)
    assert suspended.ids == ()


def test_a_deployment_counts_when_it_succeeded() -> None:
    deployment = {"sha": SHA, "environment": "production"}

    done = job("deployment_status", deployment=deployment, deployment_status={"state": "success"})
    assert isinstance(done, Deployed)
    running = {"state": "in_progress"}
    assert job("deployment_status", deployment=deployment, deployment_status=running) is None


def test_events_that_nobody_knows_ask_for_nothing() -> None:
    assert job("ping", zen="...") is None
    assert job("an_event_of_next_year") is None


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {**WHERE, "action": "opened"},
        {**WHERE, "action": "opened", "pull_request": {**PULL, "number": "x" * 10}},
        {**WHERE, "action": "opened", "pull_request": PULL, "repository": {"id": 5}},
        {
            **WHERE,
            "action": "opened",
            "pull_request": PULL,
            "repository": {"id": 5, "full_name": "../../etc"},
        },
        {
            **WHERE,
            "action": "opened",
            "pull_request": {**PULL, "head": {"sha": "--upload-pack=x", "ref": "f"}},
        },
    ],
)
def test_a_payload_that_lacks_what_its_event_promises_is_said_to_without_its_values(
    payload: dict[str, Any],
) -> None:
    with pytest.raises(UnreadableEventError) as error:
        to_job("pull_request", payload)

    assert "upload" not in str(error.value)
    assert "etc" not in str(error.value)


def test_a_stored_job_of_another_version_is_refused() -> None:
    found = job("pull_request", action="opened", pull_request=PULL)
    assert found is not None

    with pytest.raises(ValueError, match="version"):
        load({**dump(found), "version": 2})
    with pytest.raises(ValueError, match="kind"):
        load({**dump(found), "kind": "Something"})
