"""What goes to code scanning is as the published schema of SARIF 2.1.0 says, for every kind of finding."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator

from analyzers.rules._rule import all_rules
from bot.git.fast_import import Commit, make_repository
from bot.render.sarif import render_sarif
from bot.reviewing import review_repository
from bot.sample import PULL_REQUESTS, make_sample
from tests.support import contracts
from tests.support.documents import REVIEW, evil, sample
from tests.support.needed import needed
from tests.support.worlds import START, add, migration, path


@pytest.fixture(scope="module")
def schema() -> Draft4Validator:
    needed(contracts.fetched(), "run `make contracts` first: it fetches the schema")
    content = json.loads((contracts.FOLDER / "sarif.json").read_text())
    Draft4Validator.check_schema(content)
    return Draft4Validator(content, format_checker=Draft4Validator.FORMAT_CHECKER)


def wrong(schema: Draft4Validator, log: str) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in schema.iter_errors(json.loads(log))]


def test_every_branch_of_the_sample(tmp_path: Path, schema: Draft4Validator) -> None:
    make_sample(tmp_path / "shop")
    for each in PULL_REQUESTS:
        log = render_sarif(review_repository(tmp_path / "shop", base="main", head=each.branch))

        assert json.loads(log)["runs"][0]["results"]
        assert wrong(schema, log) == []


def test_findings_with_all_that_a_finding_can_have(schema: Draft4Validator) -> None:
    """Edits, places on the other side, accepted ones, ones of before; texts and names that mean harm."""
    whole = render_sarif(sample(REVIEW))
    results = json.loads(whole)["runs"][0]["results"]

    assert {key for each in results for key in each} >= {"fixes", "relatedLocations"}
    harmful = evil()
    for finding in harmful["findings"]:
        finding["rule"] = "missing-migration"
    for document in (sample(REVIEW), harmful, sample(replace(REVIEW, findings=()))):
        assert wrong(schema, render_sarif(document)) == []


def test_what_could_not_be_read_is_told(tmp_path: Path, schema: Draft4Validator) -> None:
    broken = {path("0003_broken"): "class Migration(:\n"}
    commits = [
        Commit(branch="main", files=START),
        Commit(branch="odd", parent="main", files=broken),
    ]
    make_repository(tmp_path / "shop", commits)

    log = render_sarif(review_repository(tmp_path / "shop", base="main", head="odd"))

    (invocation,) = json.loads(log)["runs"][0]["invocations"]
    texts = [each["message"]["text"] for each in invocation["toolExecutionNotifications"]]
    assert [text for text in texts if "not valid Python" in text], texts
    assert wrong(schema, log) == []


@pytest.mark.parametrize("name", ["0002_a b", "0002_é", "0002_a\nb", "0002_\udcff", "0002_a%20b"])
def test_names_that_need_care_in_an_address(
    tmp_path: Path, schema: Draft4Validator, name: str
) -> None:
    odd = {path(name): migration("0001_initial", operations=add("other"))}
    commits = [
        Commit(branch="main", files=START),
        Commit(branch="odd", parent="main", files=odd),
    ]
    make_repository(tmp_path / "shop", commits)

    log = render_sarif(review_repository(tmp_path / "shop", base="main", head="odd"))

    assert json.loads(log)["runs"][0]["results"]
    assert wrong(schema, log) == []


def test_the_schema_refuses_what_is_no_log(schema: Draft4Validator) -> None:
    log: dict[str, Any] = json.loads(render_sarif(sample(REVIEW)))
    assert schema.is_valid(log)

    other = copy.deepcopy(log)
    other["runs"][0]["results"][0]["level"] = "fatal"
    assert not schema.is_valid(other)
    other = copy.deepcopy(log)
    other["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0
    assert not schema.is_valid(other)


def test_every_rule_is_described(schema: Draft4Validator) -> None:
    rules = json.loads(render_sarif(sample(REVIEW)))["runs"][0]["tool"]["driver"]["rules"]

    assert [rule["id"] for rule in rules] == [rule.name for rule in all_rules()]
