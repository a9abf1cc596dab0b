"""The review: read, relate, judge, plan. Pure: four trees and a configuration in, data out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

from analyzers import ignores
from analyzers.config import Config
from analyzers.config_in_force import config_in_force
from analyzers.findings import Finding, Severity, Unknown
from analyzers.limits import CHANGES
from analyzers.plan.neighbourhood import neighbourhood
from analyzers.plan.rollback import rollback
from analyzers.read.cache import Cache, MemoryCache
from analyzers.relate.facts import Facts
from analyzers.results import Review, ReviewGraph, Split, SqlPreview
from analyzers.rules._deployed import demands, drops
from analyzers.rules._rule import Rule, all_rules
from analyzers.trees import Comparison
from analyzers.vocabulary import Place

UNUSED_IGNORE = "unused-ignore"
"""Judged last: it is about what the others found."""


Failed = Callable[[str, Exception], None]
"""Is told which part of a review broke, and how; it may raise the error again."""

_Made = TypeVar("_Made")


def review(
    comparison: Comparison,
    config: Config | None = None,
    cache: Cache | None = None,
    *,
    today: str | None = None,
    sql: bool = True,
    failed: Failed | None = None,
) -> Review:
    """
    The review of *comparison*; a function of its arguments alone (the cache saves work only).

    Without *config* the one in force is read. *today* is an ISO date, for
    ignore entries that end. Without *sql* no statements are made: they take
    Django's schema editors, which take longer to load than most reviews. With
    *failed* a part that breaks is told to it and becomes unknown, and the rest
    is judged all the same; without, the error is raised.

    Raises:
        ConfigProblem: the configuration cannot be used, or could not be after the merge.
    """
    if config is None:
        config = config_in_force(comparison, [rule.name for rule in all_rules()], cache)
    facts = Facts(comparison, config, cache or MemoryCache())
    parts = _Parts(facts, failed)
    findings = judge(facts, today, parts)
    plan = parts.make("The split", lambda: _split(facts), Split())
    way_back = parts.make("The rollback", lambda: rollback(facts), None)
    nothing: tuple[SqlPreview, ...] = ()
    statements = parts.make("The SQL", lambda: _previews(facts) if sql else (), nothing)
    graph = parts.make("The graph", lambda: neighbourhood(facts, findings), ReviewGraph())
    known: tuple[Unknown, ...] = ()
    unread = parts.make("What cannot be read", lambda: _unknown(facts), known)
    return Review(
        findings=findings,
        unknown=(*unread, *parts.broken),
        split=plan,
        rollback=way_back,
        sql=statements,
        graph=graph,
        text_conflicts=comparison.text_conflicts,
        # What is unread may be a migration.
        touches=bool(facts.new_migrations or unread)
        or any(path in facts.base.by_path for path in facts.changed_paths),
    )


def _split(facts: Facts) -> Split:
    if not facts.steps:
        return Split()
    # Loaded here: most pull requests change no table.
    from analyzers.plan.split import split

    return split(facts)


def _previews(facts: Facts) -> tuple[SqlPreview, ...]:
    # Loaded here: most reviews show no statements.
    from analyzers.plan.sql import previews

    return previews(facts)


class _Parts:
    """Makes the parts of a review, so that one that breaks does not take the others along."""

    def __init__(self, facts: Facts, failed: Failed | None) -> None:
        self._facts = facts
        self._failed = failed
        self.broken: list[Unknown] = []

    def make(self, name: str, part: Callable[[], _Made], otherwise: _Made) -> _Made:
        """*part*'s result, or *otherwise* where it breaks and somebody is to be told."""
        if self._failed is None:
            return part()
        try:
            return part()
        except MemoryError:
            # Nobody knows what else was left out.
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is: it is told, and it is said
            self._failed(name, error)
            place = Place(min(self._facts.changed_paths, default=""))
            reason = (
                f"{name} could not be judged: an error of Two-Step's own ({type(error).__name__})."
            )
            self.broken.append(Unknown(place=place, reason=reason))
            return otherwise


def judge(
    facts: Facts, today: str | None = None, parts: _Parts | None = None
) -> tuple[Finding, ...]:
    """The findings of every rule that is on, the worst first, then by place."""
    parts = parts or _Parts(facts, None)

    def judged(rule: Rule) -> tuple[Finding, ...]:
        return parts.make(f"The rule {rule.name}", lambda: tuple(_judged(rule, facts)), ())

    rules = [rule for rule in all_rules() if rule.name != UNUSED_IGNORE]
    findings = [finding for rule in rules for finding in judged(rule)]
    ways = ignores.entries(facts, findings)
    marked, unused = ignores.apply(findings, ways, today)
    touched = set(facts.changed_paths)
    facts.unused_ignores = tuple(
        (
            e.place,
            e.ignore.rule,
            ignores.framework_at(facts, e.place.path),
            e.ignore.reason,
            ignores.past(e.ignore, today),
        )
        for e in unused
        if e.place.path in touched
    )
    last = [f for rule in all_rules() if rule.name == UNUSED_IGNORE for f in judged(rule)]
    by_fingerprint: dict[str, Finding] = {}
    for finding in (*marked, *last):
        # Of two about one thing the worse one is said: a column may be altered twice in a migration.
        kept = by_fingerprint.get(finding.fingerprint)
        if kept is None or _rank(finding)[:2] < _rank(kept)[:2]:
            by_fingerprint[finding.fingerprint] = finding
    return tuple(sorted(by_fingerprint.values(), key=_rank))


def _judged(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """The findings of one rule with their severities, and whether the base shows them already."""
    severity = facts.config.rules.get(rule.name, rule.severity)
    if severity is None:
        return
    standing = _on_base(rule, facts)
    for finding in rule.check(facts):
        # A rule may be milder by case; the configuration has the last word.
        chosen = severity if rule.name in facts.config.rules else finding.severity or severity
        yield replace(finding, severity=chosen, preexisting=finding.fingerprint in standing)


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


def not_judged(facts: Facts) -> Iterator[Unknown]:
    """What models have got of which no file says whether a migration is to make it."""
    for base in facts.missing_django.bases:
        reason = f"Whether {base.text} brings fields that no migration makes is not known."
        yield Unknown(place=base.place, reason=reason)
    for field in facts.missing_django.fields:
        reason = f"Whether {field.text} has a column is not known."
        yield Unknown(place=field.place, reason=reason)
    for doubt in facts.missing_django.doubts:
        reason = f"Whether the change of {doubt.text} needs a migration is not known: it hangs on code that is not read."
        yield Unknown(place=doubt.place, reason=reason)


def _unknown(facts: Facts) -> tuple[Unknown, ...]:
    """What could not be read of what the pull request touches; the rest is the base's business."""
    touched = set(facts.changed_paths)
    files = {u.place.path for u in facts.merged.unknown}
    unread = (
        Unknown(place=u.place, reason=_not_known(u.text))
        for u in facts.missing_django.unread
        if u.place.path not in files
    )
    more = (
        Unknown(
            place=rest.change.place,
            reason=f"From here on it is not judged what migrations do: these are more than {CHANGES:,} changes.",
        )
        for rest in (facts.too_many,)
        if rest is not None
    )
    if facts.merged.alembic_graphs:
        # Loaded here: most projects have either Django or Alembic.
        from analyzers.relate.alembic_unmanaged import unmanaged

        loose = tuple(unmanaged(facts))
    else:
        loose = ()
    every = {
        *facts.merged.unknown,
        *loose,
        *unread,
        *not_judged(facts),
        *facts.unparsed,
        *facts.unread_calls,
        *more,
        *_running(facts),
    }
    return tuple(
        sorted(
            (u for u in every if u.place.path in touched),
            key=lambda u: (u.place.path, u.place.line, u.reason),
        )
    )


def _running(facts: Facts) -> Iterator[Unknown]:
    """What hangs on the code that runs, where somebody was asked what runs and could not say."""
    deployed = facts.comparison.deployed
    if deployed is not None and deployed.tree is None:
        for step in (*(s for s, _ in drops(facts)), *(s for s, _ in demands(facts))):
            yield Unknown(
                place=step.change.place,
                reason=f"What runs ({deployed.name}) is not known, and so not whether that code can do with this change: {deployed.why}",
            )


def _not_known(text: str) -> str:
    match text:
        case "its operations":
            return "What its operations do to the models' state is not known."
        case "...":
            return "What the operations built here do to the models' state is not known."
        case _:
            return f"What {text} does to the models' state is not known."
