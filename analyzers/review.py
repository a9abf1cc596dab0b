"""The review: read, relate, judge, plan. Pure: four trees and a configuration in, data out."""

from __future__ import annotations

from dataclasses import replace

from analyzers.config import Config
from analyzers.findings import Finding, Severity, Unknown
from analyzers.plan.neighbourhood import neighbourhood
from analyzers.plan.rollback import rollback
from analyzers.plan.split import split
from analyzers.read.cache import Cache, MemoryCache
from analyzers.relate.facts import Facts
from analyzers.results import Review
from analyzers.rules._rule import Rule, all_rules
from analyzers.trees import Comparison


def review(
    comparison: Comparison, config: Config | None = None, cache: Cache | None = None
) -> Review:
    """The review of *comparison*; a function of its arguments alone (the cache saves work only)."""
    config = config or Config()
    facts = Facts(comparison, config, cache or MemoryCache())
    findings = judge(facts)
    return Review(
        findings=findings,
        unknown=_unknown(facts),
        split=split(facts),
        rollback=rollback(facts),
        graph=neighbourhood(facts, findings),
        text_conflicts=comparison.text_conflicts,
        touches=bool(facts.new_migrations)
        or any(p in facts.base.by_path for p in facts.changed_paths),
    )


def judge(facts: Facts) -> tuple[Finding, ...]:
    """The findings of every rule that is on, the worst first, then by place."""
    found: dict[str, Finding] = {}
    for rule in all_rules():
        severity = facts.config.rules.get(rule.name, rule.severity)
        if severity is None:
            continue
        standing = _on_base(rule, facts)
        for finding in rule.check(facts):
            # A rule may be milder by case; the configuration has the last word.
            chosen = severity if rule.name in facts.config.rules else finding.severity or severity
            marked = replace(finding, severity=chosen, preexisting=finding.fingerprint in standing)
            found.setdefault(marked.fingerprint, marked)
    return tuple(sorted(found.values(), key=_rank))


def _on_base(rule: Rule, facts: Facts) -> frozenset[str]:
    """Fingerprints of what the base alone shows already."""
    if not rule.judges_merged:
        return frozenset()
    return frozenset(finding.fingerprint for finding in rule.check(facts.on_base))


def _rank(finding: Finding) -> tuple[bool, int, str, int, str, str]:
    return (
        not finding.counts,
        -(finding.severity or Severity.INFO),
        finding.place.path,
        finding.place.line,
        finding.rule,
        finding.fingerprint,
    )


def _unknown(facts: Facts) -> tuple[Unknown, ...]:
    """What could not be read of what the pull request touches; the rest is the base's business."""
    touched = set(facts.changed_paths)
    return tuple(
        sorted(
            (u for u in facts.merged.unknown if u.place.path in touched),
            key=lambda u: (u.place.path, u.place.line, u.reason),
        )
    )
