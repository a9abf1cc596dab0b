"""A mistake in the configuration is told with what is meant, or with what there is."""

from __future__ import annotations

import pytest

from analyzers.config_text import ConfigProblem, parse_yaml
from analyzers.rules._rule import all_rules


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
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, said: str) -> None:
    with pytest.raises(ConfigProblem) as error:
        parse_yaml(text.encode(), "twostep.yml", [rule.name for rule in all_rules()])

    assert str(error.value).startswith("twostep.yml:1: ")
    assert said in str(error.value)
