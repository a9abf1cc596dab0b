"""What programs read of a review is as its schema says, for every branch of the sample."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from bot.cli import main
from bot.docs import DOCS
from bot.render.code_quality import render_code_quality
from bot.render.schema import review_schema
from bot.render.terminal import print_document
from bot.sample import PULL_REQUESTS, PullRequest, make_sample
from tests.support.documents import LEAVES, REVIEW, sample

EACH = pytest.mark.parametrize("each", PULL_REQUESTS, ids=lambda each: each.branch)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("formats") / "shop"
    make_sample(path)
    return path


def printed(
    shop: Path,
    form: str,
    each: PullRequest,
    capsys: pytest.CaptureFixture[str],
    part: str = "review",
) -> str:
    code = main(
        [part, str(shop), "--base", "main", "--head", each.branch, "--format", form, "--no-cache"]
    )
    assert code == (1 if part == "review" else 0)
    return capsys.readouterr().out


@EACH
def test_json_is_as_the_published_schema_says(
    shop: Path, each: PullRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    validator = Draft202012Validator(json.loads((DOCS / "review.schema.json").read_text()))
    document = json.loads(printed(shop, "json", each, capsys))

    assert document["findings"]
    assert [error.message for error in validator.iter_errors(document)] == []


def test_the_schema_refuses_what_is_no_review(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = json.loads(printed(shop, "json", PULL_REQUESTS[0], capsys))
    Draft202012Validator.check_schema(review_schema())
    validator = Draft202012Validator(review_schema())
    assert validator.is_valid(document)

    for key in document:
        lacking = {name: value for name, value in document.items() if name != key}
        assert not validator.is_valid(lacking), key
    other = copy.deepcopy(document)
    other["findings"][0]["line"] = "8"
    assert not validator.is_valid(other)
    other = copy.deepcopy(document)
    other["findings"][0]["severity"] = "fatal"
    assert not validator.is_valid(other)


@EACH
def test_sarif_names_known_rules_and_places(
    shop: Path, each: PullRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    log = json.loads(printed(shop, "sarif", each, capsys))

    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert log["version"] == "2.1.0"
    assert run["results"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        (place,) = result["locations"]
        where = place["physicalLocation"]
        assert not where["artifactLocation"]["uri"].startswith("/")
        assert where["region"]["startLine"] >= 1


CODE_QUALITY = {
    "type": "array",
    "items": {
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^[^/.]"},
                    "lines": {
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}
"""What GitLab's documentation asks of a Code Quality report."""


@EACH
def test_a_code_quality_report_is_as_gitlab_reads_it(
    shop: Path, each: PullRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    report = json.loads(printed(shop, "gitlab", each, capsys))
    document = json.loads(printed(shop, "json", each, capsys))

    assert [error.message for error in Draft202012Validator(CODE_QUALITY).iter_errors(report)] == []
    assert len({entry["fingerprint"] for entry in report}) == len(report)
    told = {f["fingerprint"] for f in document["findings"] if not f["preexisting"]}
    assert {e["fingerprint"] for e in report if e["check_name"] != "not-judged"} == told
    assert "blocker" in {entry["severity"] for entry in report}


def test_a_code_quality_report_leaves_out_what_does_not_count_and_says_what_is_unknown() -> None:
    document = copy.deepcopy(sample(REVIEW))
    counted = json.loads(render_code_quality(document))
    document["findings"][0]["preexisting"] = True
    document["unknown"] = [{"path": "a/models.py", "line": 3, "reason": "line\u202eone"}]

    *others, unknown = json.loads(render_code_quality(document))

    assert len(others) == len([e for e in counted if e["check_name"] != "not-judged"]) - 1
    assert unknown["severity"] == "info"
    assert unknown["description"] == "Not judged: line\\u202eone"
    assert unknown["location"] == {"path": "a/models.py", "lines": {"begin": 3, "end": 3}}


@EACH
def test_annotations_are_commands_of_one_line(
    shop: Path, each: PullRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = printed(shop, "github", each, capsys).splitlines()

    assert any(line.startswith("::error file=") for line in lines)


@pytest.mark.parametrize("part", ["graph", "split", "rollback", "sql"])
def test_every_part_prints_as_text_and_as_json(
    shop: Path, part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    json.loads(printed(shop, "json", PULL_REQUESTS[0], capsys, part))
    assert printed(shop, "text", PULL_REQUESTS[0], capsys, part).strip()


@pytest.mark.parametrize(
    ("how_many", "said"),
    [
        (1, ["1 more stands on the base already and is not this branch's: 1 error"]),
        (
            7,
            [
                "7 more stand on the base already and are not this branch's: 7 errors",
                "  and 2 more",
            ],
        ),
    ],
)
def test_what_the_base_had_before_is_named(
    how_many: int, said: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    place = LEAVES.place
    old = tuple(
        replace(LEAVES, preexisting=True, place=replace(place, path=f"a/migrations/000{n}_x.py"))
        for n in range(how_many)
    )
    print_document(sample(replace(REVIEW, findings=old)), "review")

    lines = capsys.readouterr().out.splitlines()
    for line in said:
        assert line in lines
    named = [line for line in lines if line.startswith("  conflicting-leaf-nodes  a/migrations/")]
    assert len(named) == min(how_many, 5)
