"""What is made from the code is fresh, and every rule has a whole page."""

from __future__ import annotations

import re

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


def test_links_lead_to_what_is_there() -> None:
    """Files beside the page, and headings in them as GitHub names them."""
    root = DOCS.parent
    texts = {path: path.read_text() for path in (*root.glob("*.md"), *DOCS.rglob("*.md"))}
    links = [
        (path, link)
        for path, text in texts.items()
        for link in re.findall(r"\]\(([^)\s]+)\)", text)
        if not link.startswith("http")
    ]
    broken = []
    for path, link in links:
        name, _, heading = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        if not target.exists() or (heading and heading not in _headings(texts[target])):
            broken.append(f"{path.name}: {link}")

    assert len(links) > 40
    assert broken == []


def _headings(text: str) -> set[str]:
    """The headings of a page, as links name them."""
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


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
