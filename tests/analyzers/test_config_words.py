"""A mistake in the configuration is told with what is meant, or with what there is."""

from __future__ import annotations

import pytest

from analyzers.config_text import SIZES, ConfigProblem, parse_pyproject, parse_yaml, sizes_of
from analyzers.rules._rule import all_rules
from analyzers.trees import MemoryTree


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("databse: mysql", "unknown key 'databse'. Did you mean 'database'?"),
        ("x: 1", "Known keys: alembic, conflicts, "),
        ("x: 1", ", version"),
        ("rules: {colum-removed: off}", "Did you mean 'column-removed'?"),
        ("rules: {x: off}", "unknown rule 'x'. 'twostep rules' lists them all."),
        ("database_version: 16", "'database_version' must be text (put it in quotes)"),
        ("deploy: production", "'deploy' must be keys and values"),
        ("- a", "'the configuration' must be keys and values"),
        ("? [a]\n: b", "a key must be text"),
        ("rules: &a {}", "anchors and aliases are not read"),
        ("rules: *a", "anchors and aliases are not read"),
        (
            "ignore: [{rule: large-table, reason: it is empty, until: 2027-13-45}]",
            "'ignore.0.until' must be a date such as 2027-01-31",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, said: str) -> None:
    with pytest.raises(ConfigProblem) as error:
        parse_yaml(text.encode(), "twostep.yml", [rule.name for rule in all_rules()])

    assert str(error.value).startswith("twostep.yml:1: ")
    assert said in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        "# see *this* page, and &that\n",
        "ignore:\n  - {rule: large-table, reason: it is *really* empty}\n",
        "deploy:\n  migrate: cd app && ./manage.py migrate &\n",
    ],
)
def test_words_that_look_like_an_alias_are_words(text: str) -> None:
    assert parse_yaml(text.encode(), "twostep.yml", ["large-table"]).path == "twostep.yml"


def test_another_tool_s_table_is_left_alone() -> None:
    parse_pyproject(b'tool = "tool.twostep"\n', [])


@pytest.mark.parametrize(
    "value",
    ["!!int ''", "!!int _", "!!float ''", "!!bool x", "!!timestamp x", "9" * 5000],
    ids=lambda value: value[:12],
)
def test_a_value_that_is_not_what_its_tag_says_is_told(value: str) -> None:
    with pytest.raises(ConfigProblem, match="'exclude' must be"):
        parse_yaml(f"exclude: {value}\n".encode(), "twostep.yml", [])
    with pytest.raises(ConfigProblem, match="no table sizes file"):
        sizes_of(MemoryTree({SIZES: f"tables: {value}\n"}))


@pytest.mark.parametrize(
    "text",
    [
        "rows = " + "9" * 5000,
        "x = " + "[" * 5000,
        "a." * 50_000 + "b = 1",
        "x = {" + "a." * 50_000 + "b = 1}",
        "[" + "a." * 50_000 + "b]",
        "x = '" + " " * 1_000_000 + "'",
    ],
    ids=lambda text: text[:9],
)
def test_toml_that_costs_too_much_is_told(text: str) -> None:
    with pytest.raises(ConfigProblem, match=r"not valid TOML|larger than"):
        parse_pyproject(f"[tool.twostep]\n{text}\n".encode(), [])
