"""What is seen on a pull request, over HTTP: right in the end, and once, whatever happens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bot.errors import GitHubError, GitHubUnavailable
from bot.github.client import GitHubClient
from bot.jobs.model import MergeGroup, PullRequest
from bot.render.inline import marker
from bot.render.summary import MARKER
from bot.services import Judgement
from tests.bot.github.test_client import SHOP, client
from tests.support.conversation import APP, BOT, Conversation, person
from tests.support.documents import IRREVERSIBLE, LEAVES, NOT_NULL, NOTE, REVIEW, sample, untouched
from tests.support.scripted import Seen, scripted

PULL = PullRequest(
    repository=SHOP,
    number=12,
    head_sha="2" * 40,
    head_ref="order-note",
    base_ref="main",
    base_sha="1" * 40,
    author="ada",
)
PATCH = "@@ -0,0 +1,16 @@\n+" + "\n+".join("x" * 16)
REPORT = "https://twostep.example/reviews/k/s"


@pytest.fixture
def talk() -> Conversation:
    return Conversation(patches={NOTE: PATCH})


@pytest.fixture
def github(talk: Conversation) -> Iterator[GitHubClient]:
    with scripted() as script:
        script.answers = talk.answer
        yield client(script)


def judged(document: Any, attempt: str = "12.1", **more: Any) -> Judgement:
    return Judgement(attempt=attempt, document=document, report_url=REPORT, **more)


def test_a_review_is_seen_in_all_its_places(github: GitHubClient, talk: Conversation) -> None:
    github.begin(PULL, "12.1")
    assert talk.runs[0]["status"] == "in_progress"

    github.publish(PULL, judged(sample()))

    (run,) = talk.runs
    assert (run["status"], run["conclusion"]) == ("completed", "failure")
    assert run["details_url"] == REPORT
    assert run["external_id"] == "12.1"
    assert len(run["annotations"]) == 3
    (comment,) = talk.comments
    assert comment["body"].startswith(MARKER)
    assert [(each["start_line"], each["line"]) for each in talk.lines] == [(None, 7), (11, 15)]


def test_twice_changes_nothing(github: GitHubClient, talk: Conversation) -> None:
    github.publish(PULL, judged(sample()))
    written = list(talk.writes)

    github.begin(PULL, "12.1")
    github.publish(PULL, judged(sample()))
    github.publish(PULL, judged(sample(), attempt="12.2"))

    assert talk.writes == written != []


def test_a_push_that_mends_takes_away_what_is_mended(
    github: GitHubClient, talk: Conversation
) -> None:
    github.publish(PULL, judged(sample()))
    alone, answered = talk.lines
    talk.answer_line(answered["id"], "are you sure?", person("ada"))
    pushed = replace(PULL, head_sha="3" * 40)

    github.publish(pushed, judged(sample(replace(REVIEW, findings=())), "12.2"))

    assert [run["conclusion"] for run in talk.runs] == ["failure", "success"]
    assert len(talk.comments) == 1
    assert "No migration problem found" in talk.comments[0]["body"]
    assert alone not in talk.lines
    assert answered in talk.lines, "it has an answer of a person"
    assert talk.hidden == {answered["node_id"]}

    github.publish(pushed, judged(sample(), "12.3"))
    assert talk.hidden == set(), "what is wrong again is shown again"
    kept, new = (each for each in talk.lines if each["user"] == BOT)
    assert (kept, new["body"]) == (answered, alone["body"])


def test_a_review_that_speaks_of_no_line_any_more_is_minimised(
    github: GitHubClient, talk: Conversation
) -> None:
    github.publish(PULL, judged(sample()))
    review = talk.lines[0]["pull_request_review_id"]
    left = sample(replace(REVIEW, findings=(LEAVES,)))
    github.publish(replace(PULL, head_sha="3" * 40), judged(left, "12.2"))
    assert len(talk.lines) == 1
    assert talk.hidden == set(), "it has a remark still"

    github.publish(replace(PULL, head_sha="4" * 40), judged(untouched(), "12.3"))

    assert talk.lines == []
    assert talk.hidden == {f"R{review}"}


@pytest.mark.parametrize("failures", range(1, 5))
def test_what_is_mended_goes_though_each_write_is_answered_with_an_error(
    github: GitHubClient, talk: Conversation, failures: int
) -> None:
    github.publish(PULL, judged(sample()))
    talk.answer_line(talk.lines[1]["id"], "are you sure?", person("ada"))
    left = [failures]

    def fails(seen: Seen) -> bool:
        left[0] -= 1
        return left[0] >= 0

    talk.fail_after = fails
    tries = 0
    while True:
        tries += 1
        try:
            github.publish(replace(PULL, head_sha="3" * 40), judged(untouched(), "12.2"))
            break
        except GitHubUnavailable:
            assert tries < 10

    assert [each["body"] for each in talk.lines[1:]] == ["are you sure?"]
    assert talk.hidden == {talk.lines[0]["node_id"]}


def test_a_force_push_repeats_no_comment(github: GitHubClient, talk: Conversation) -> None:
    github.publish(PULL, judged(sample()))
    for comment in talk.lines:
        comment["line"] = None  # outdated
    moved = sample()
    for finding in moved["findings"]:
        finding["line"] += 1
        finding["end_line"] += 1

    github.publish(replace(PULL, head_sha="3" * 40), judged(moved, "12.2"))

    assert len(talk.lines) == 2
    assert len(talk.comments) == 1


def test_where_nothing_is_said_nothing_is_posted(github: GitHubClient, talk: Conversation) -> None:
    github.publish(PULL, judged(untouched()))

    assert [run["conclusion"] for run in talk.runs] == ["success"]
    assert talk.comments == []
    assert talk.lines == []


def test_a_comment_from_before_says_that_nothing_is_left(
    github: GitHubClient, talk: Conversation
) -> None:
    github.publish(PULL, judged(sample()))
    github.publish(replace(PULL, head_sha="3" * 40), judged(untouched(), "12.2"))

    (comment,) = talk.comments
    assert "no longer changes a migration, and none is missing" in comment["body"]


@pytest.mark.parametrize("failures", range(1, 6))
def test_a_write_that_was_stored_and_answered_with_an_error_is_not_repeated(
    github: GitHubClient, talk: Conversation, failures: int
) -> None:
    """Each of the first writes is done, and each is answered with 502."""
    left = [failures]

    def fails(seen: Seen) -> bool:
        left[0] -= 1
        return left[0] >= 0

    talk.fail_after = fails
    document = sample(
        replace(REVIEW, findings=tuple(replace(NOT_NULL, column=f"c{n}") for n in range(120)))
    )
    tries = 0
    while True:
        tries += 1
        try:
            github.begin(PULL, "12.1")
            github.publish(PULL, judged(document))
            break
        except GitHubUnavailable:
            assert tries < 10

    assert tries > 1
    (run,) = talk.runs
    assert run["status"] == "completed"
    assert len(run["annotations"]) == 120
    assert len({str(each["message"]) + each["title"] for each in run["annotations"]}) >= 1
    assert len(talk.comments) == 1
    assert len(talk.lines) == len({each["body"][:60] for each in talk.lines}) > 0


@pytest.mark.parametrize(("number", "requests"), [(0, 1), (1, 1), (50, 1), (51, 2), (300, 6)])
def test_annotations_arrive_in_batches_and_once(
    github: GitHubClient, talk: Conversation, number: int, requests: int
) -> None:
    findings = tuple(replace(IRREVERSIBLE, migration=f"{n:04}_x") for n in range(number))
    document = sample(replace(REVIEW, findings=findings))

    github.publish(PULL, judged(document))
    github.publish(PULL, judged(document))

    (run,) = talk.runs
    assert len(run["annotations"]) == number
    assert len([path for _, path in talk.writes if "/check-runs" in path]) == requests


def test_another_verdict_on_the_same_commit_has_no_stale_annotations(
    github: GitHubClient, talk: Conversation
) -> None:
    github.publish(PULL, judged(sample()))
    github.publish(PULL, judged(sample(replace(REVIEW, findings=(IRREVERSIBLE,))), "12.2"))

    assert [len(run["annotations"]) for run in talk.runs] == [3, 1]
    assert [run["conclusion"] for run in talk.runs] == ["failure", "success"]


def test_asked_for_again_there_is_a_new_check_run_and_no_new_comment(
    github: GitHubClient, talk: Conversation
) -> None:
    github.publish(PULL, judged(sample()))
    github.publish(PULL, judged(sample(), "12.2", again=True))
    github.publish(PULL, judged(sample(), "12.2", again=True))

    assert len(talk.runs) == 2
    assert len(talk.comments) == 1
    assert len(talk.lines) == 2


def test_one_bad_line_does_not_sink_the_others(github: GitHubClient, talk: Conversation) -> None:
    talk.refuse_reviews = True

    github.publish(PULL, judged(sample()))

    assert len(talk.lines) == 2
    assert len(talk.comments) == 1


def test_a_line_outside_of_the_diff_is_said_of_its_file(
    github: GitHubClient, talk: Conversation
) -> None:
    talk.patches = {NOTE: "@@ -9,4 +9,8 @@\n+" + "\n+".join("x" * 8)}

    github.publish(PULL, judged(sample()))
    github.publish(PULL, judged(sample()))

    assert [each["line"] for each in talk.lines] == [15, None]


def test_a_locked_conversation_still_gets_its_check(
    github: GitHubClient, talk: Conversation
) -> None:
    talk.locked = True

    github.publish(PULL, judged(sample()))

    assert talk.runs[0]["conclusion"] == "failure"
    assert talk.comments == []


def test_markers_of_others_are_not_ours(github: GitHubClient, talk: Conversation) -> None:
    forged = talk.comment(f"{MARKER}\nmine", person("mallory"))
    other_app = talk.comment(f"{MARKER}\nmine", {"login": "other[bot]", "type": "Bot"}, APP + 1)
    talk.answer_line(0, marker(LEAVES.fingerprint), person("mallory"))
    talk.lines[-1]["in_reply_to_id"] = None

    github.publish(PULL, judged(sample()))

    assert forged["body"].endswith("mine")
    assert other_app["body"].endswith("mine")
    assert len(talk.comments) == 3
    assert len([each for each in talk.lines if each["user"] == BOT]) == 2


def test_where_the_account_s_number_is_not_told_its_login_is_ours(
    github: GitHubClient, talk: Conversation
) -> None:
    talk.tells_accounts = False

    for _ in range(2):
        github.publish(PULL, judged(sample()))

    assert len([each for each in talk.lines if each["user"] == BOT]) == 2


def test_what_was_said_under_another_name_is_ours_still(
    github: GitHubClient, talk: Conversation
) -> None:
    """Who renames the App renames its bot account as well."""
    github.publish(PULL, judged(sample()))
    said = talk.comment("/twostep plan", person("ada"))
    github.reply(SHOP, 12, said["id"], "here", on_review=True)
    for each in talk.lines:
        each["user"] = {**BOT, "login": "migration-review[bot]"}
    written = list(talk.writes)

    github.publish(replace(PULL, head_sha="2" * 40), judged(sample(), "12.2"))
    github.reply(SHOP, 12, said["id"], "here", on_review=True)

    assert talk.writes == written


def test_another_bot_of_the_name_that_we_had_is_not_us(
    github: GitHubClient, talk: Conversation
) -> None:
    talk.answer_line(0, marker(LEAVES.fingerprint), {**BOT, "id": 71})
    talk.lines[-1]["in_reply_to_id"] = None

    github.publish(PULL, judged(sample()))

    assert [each["user"]["id"] for each in talk.lines] == [71, 70, 70]


def test_a_commit_that_cannot_be_judged_fails_and_an_old_verdict_does_not_stand(
    github: GitHubClient, talk: Conversation
) -> None:
    github.publish(PULL, judged(sample(replace(REVIEW, findings=()))))
    problem = Judgement(
        attempt="12.2",
        document=None,
        report_url="",
        problem="The analysis took too long.",
        problem_conclusion="timed_out",
    )

    github.publish(replace(PULL, head_sha="3" * 40), problem)

    assert talk.runs[-1]["conclusion"] == "timed_out"
    assert "could not be reviewed" in talk.comments[0]["body"]
    assert "details_url" not in talk.runs[-1]


def test_a_merge_group_gets_its_check_run_and_nothing_else(
    github: GitHubClient, talk: Conversation
) -> None:
    group = MergeGroup(
        repository=SHOP, head_sha="4" * 40, head_ref="q", base_sha="1" * 40, base_ref="main"
    )

    github.begin(group, "g1")
    github.publish(group, judged(sample(), "g1"))

    (run,) = talk.runs
    assert (run["head_sha"], run["conclusion"]) == ("4" * 40, "failure")
    assert {path for _, path in talk.writes} == {
        "/repos/acme/shop/check-runs",
        f"/repos/acme/shop/check-runs/{run['id']}",
    }


def test_what_was_begun_and_superseded_is_cancelled(
    github: GitHubClient, talk: Conversation
) -> None:
    begun = github.begin(PULL, "12.1")
    assert github.begin(PULL, "12.1") == begun == talk.runs[0]["id"]
    assert not github.judged(SHOP, PULL.head_sha)

    github.withdraw(PULL, "12.1")
    github.withdraw(PULL, "12.1")

    assert [run["conclusion"] for run in talk.runs] == ["cancelled"]
    assert not github.judged(SHOP, PULL.head_sha)
    again = github.begin(PULL, "12.2")
    github.publish(PULL, judged(sample(), "12.2"))
    assert github.judged(SHOP, PULL.head_sha)
    github.withdraw(PULL, "12.2", again)
    assert github.judged(SHOP, PULL.head_sha), "a verdict is not taken back"


@pytest.mark.parametrize("on_review", [False, True])
def test_an_answer_is_given_once_even_after_an_error(
    github: GitHubClient, talk: Conversation, on_review: bool
) -> None:
    talk.fail_after = lambda seen: len(talk.writes) == 1
    said = talk.comment("/twostep plan", person("ada"))

    with pytest.raises(GitHubError):
        github.reply(SHOP, 12, said["id"], "here", on_review=on_review)
    github.reply(SHOP, 12, said["id"], "here", on_review=on_review)

    answers = [each for each in talk.comments + talk.lines if each["body"].endswith("here")]
    assert len(answers) == 1


def test_something_is_said_once_for_each_mark(github: GitHubClient, talk: Conversation) -> None:
    for mark in ("button-1-plan", "button-1-plan", "button-2-plan"):
        github.say(SHOP, 12, mark, "text")

    assert len(talk.comments) == 2
    with pytest.raises(ValueError, match="mark"):
        github.say(SHOP, 12, "--> x", "text")
