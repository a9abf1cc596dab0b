"""The review: read, relate, judge, plan. Pure: four trees and a configuration in, data out."""

from __future__ import annotations

from analyzers.config import Config
from analyzers.read.cache import Cache, MemoryCache
from analyzers.relate.facts import Facts
from analyzers.results import Review
from analyzers.rules._rule import all_rules
from analyzers.trees import Comparison


def review(
    comparison: Comparison, config: Config | None = None, cache: Cache | None = None
) -> Review:
    """The review of *comparison*; a function of its arguments alone (the cache saves work only)."""
    config = config or Config()
    facts = Facts(comparison, config, cache or MemoryCache())
    findings = [finding for rule in all_rules() for finding in rule.check(facts)]
    return Review(findings=tuple(findings), text_conflicts=comparison.text_conflicts)
