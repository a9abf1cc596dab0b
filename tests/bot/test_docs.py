"""What is made from the code is fresh, and every rule has a whole page."""

from __future__ import annotations

import pytest

from analyzers.config_text import parse_yaml
from analyzers.rules._rule import Rule, all_rules
from bot.docs import DOCS, EXAMPLE, configuration, pages


def test_generated_pages_are_fresh() -> None:
    stale = [
        name
        for name, text in pages().items()
        if not (DOCS / name).exists() or (DOCS / name).read_text() != text
    ]

    assert stale == [], "run `make docs`"


def test_every_key_has_its_meaning_and_the_example_is_valid() -> None:
    keys = [line for line in configuration().splitlines() if line.startswith("| `")]
    assert len(keys) > 15
    assert [line for line in keys if line.endswith("|  |")] == []
    config = parse_yaml(EXAMPLE.encode(), "twostep.yml", [rule.name for rule in all_rules()])
    assert config.rules["too-many-operations"] is None
    assert config.deploy.migrate_first


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.name)
def test_a_rule_says_what_it_finds_why_and_what_to_do(rule: Rule) -> None:
    headings = [line for line in rule.page.splitlines() if line.startswith("## ")]

    assert headings[:3] == ["## What it finds", "## Why it hurts", "## What to do"]
    assert "```" in rule.page
