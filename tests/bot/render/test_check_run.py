"""The check run passes where a review says so, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.github.publish import worth_a_comment
from bot.render.check_run import CONCLUSIONS, check_run, digest_of, problem_run
from bot.render.document import Document
from bot.render.summary import Links, summary
from tests.support.documents import IRREVERSIBLE, OLD, REVIEW, sample, untouched

LINKS = Links(web="https://github.com", report="https://twostep.example/reviews/k/s")


def run(document: Document, links: Links = LINKS):  # type: ignore[no-untyped-def]
    return check_run(document, head_sha="2" * 40, attempt="1", links=links, again=False)


def test_the_verdict_decides() -> None:
    warned = sample(replace(REVIEW, findings=(IRREVERSIBLE,)))

    assert run(sample()).conclusion == "failure"
    assert run(warned).conclusion == "success"
    assert "1 warning" in run(warned).title
    assert run(untouched()).conclusion == "success"
    assert {*CONCLUSIONS.values()} == {"success", "failure"}


def test_what_the_base_had_before_does_not_fail() -> None:
    document = sample(replace(REVIEW, findings=(OLD,), unknown=()))

    assert run(document).conclusion == "success"
    assert run(document).annotations == ()
    assert "already on the base" in run(document).text


def test_what_stands_on_one_line_is_in_an_order_that_people_can_follow() -> None:
    document = sample()
    (one, *_) = document["findings"]
    names = ["a", "c", "b", "e", "d"]
    document["findings"] = [
        {**one, "message": f"{name} is wrong.", "fingerprint": f"{at:020x}"}
        for at, name in enumerate(names)
    ]

    said = [each.message.splitlines()[0] for each in run(document).annotations]

    assert said == [f"{name} is wrong." for name in sorted(names)]


def test_an_accepted_finding_says_by_whom_when_and_why() -> None:
    said = run(sample()).summary

    assert "accepted by `maria` on `2026-11-02`" in said
    assert "the table has 40 rows" in said
    assert not [a for a in run(sample()).annotations if a.title == "index-blocks-writes"]


def test_a_pull_request_without_migrations_gets_its_success_and_no_comment() -> None:
    document = untouched()

    assert not worth_a_comment(document)
    assert "brings no migration, and none is missing" in run(document).summary
    assert worth_a_comment(sample())


def test_what_is_not_known_is_part_of_the_verdict() -> None:
    assert "1 place could not be read" in run(sample()).title
    assert "the base class is built at run time" in summary(sample(), LINKS)


@pytest.mark.parametrize("conclusion", ["failure", "timed_out", "action_required"])
def test_a_commit_that_could_not_be_judged_does_not_pass(conclusion: str) -> None:
    check = problem_run(
        "The analysis took too long.",
        conclusion=conclusion,
        head_sha="2" * 40,
        attempt="1",
        links=Links(web="https://github.com"),
        again=False,
    )

    assert check.conclusion == conclusion
    assert "The analysis took too long." in check.summary
    assert [button.identifier for button in check.buttons] == ["review"]


def test_a_mistake_in_the_configuration_stands_on_its_line() -> None:
    check = problem_run(
        ".github/twostep.yml:3: unknown rule 'colum-removed'. Did you mean 'column-removed'?",
        conclusion="action_required",
        head_sha="2" * 40,
        attempt="1",
        links=Links(web="https://github.com"),
        again=False,
    )

    (annotation,) = check.annotations
    assert (annotation.path, annotation.start_line) == (".github/twostep.yml", 3)
    assert annotation.message.startswith("unknown rule")


def test_buttons_keep_to_the_limits() -> None:
    buttons = run(sample()).buttons

    # GitHub takes three at the most.
    assert [b.label for b in buttons] == ["Review again", "Show the split", "Show the rollback"]
    for button in buttons:
        assert len(button.label) <= 20
        assert len(button.description) <= 40
        assert len(button.identifier) <= 20


def test_the_digest_is_of_what_is_shown_and_not_of_addresses() -> None:
    other = Links(web=LINKS.web, report="https://twostep.example/reviews/other/s")
    mended = sample(replace(REVIEW, findings=REVIEW.findings[1:]))

    assert digest_of(run(sample()).summary) == run(sample()).digest != ""
    assert run(sample()).digest == run(sample(), other).digest
    assert run(sample()).digest != run(mended).digest
    assert run(sample(), other).details_url == other.report
