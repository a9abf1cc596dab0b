"""
Another open pull request into the same base would conflict with this one.

## What it finds

Two open pull requests that are each sound alone: their migrations would be two
leaf nodes of one app, add one column or object twice, alter one column to
different ends, or work on what the other drops or renames.

## Why it hurts

Both checks are green. Whichever is merged second breaks the base within the minute.

## What to do

Agree on the order. The second one re-parents its migration once the first is merged.

## Example

```
#12  orders/0031_order_note  after 0030_order_total
#14  orders/0031_order_tax   after 0030_order_total
```
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from analyzers.findings import Finding, Related, Severity
from analyzers.relate.collisions import opposite, same_added, same_altered
from analyzers.relate.delta import Claim, Kind, Sides, new_keys
from analyzers.relate.facts import Facts
from analyzers.relate.graph import MigrationGraph
from analyzers.relate.snapshot import Snapshot, counterpart
from analyzers.rules._rule import Rule
from analyzers.vocabulary import Key, Migration, Place

rule = Rule(__name__, Severity.WARNING)


@rule
def check(facts: Facts) -> Iterator[Finding]:
    for name, other_base, other in facts.others:
        for graph in facts.head.graphs:
            yield from _two_leaves(facts, graph, name, other_base, other)
    for sides in facts.sides_of_others:
        yield from _collisions(sides)


def _two_leaves(
    facts: Facts, graph: MigrationGraph, name: str, other_base: Snapshot, other: Snapshot
) -> Iterator[Finding]:
    theirs = counterpart(other, graph)
    if theirs is None:
        return
    base = counterpart(facts.base, graph)
    ours_new = _by_app(new_keys(graph, counterpart(facts.merge_base, graph), base, theirs))
    theirs_new = _by_app(new_keys(theirs, counterpart(other_base, graph), base, graph))
    for app in sorted(ours_new.keys() & theirs_new.keys()):
        mine = [k for k in graph.leaf_nodes(app) if k in ours_new[app]]
        yours = [k for k in theirs.leaf_nodes(app) if k in theirs_new[app]]
        if mine and yours:
            one, two = graph.migrations[mine[0]], theirs.migrations[yours[0]]
            yield _finding(
                one,
                one.parents_place or one.place,
                two,
                two.parents_place or two.place,
                name,
                (app, "leaf"),
                f"{one.key.name} and {two.key.name} of {name} would both be leaf nodes of {facts.label(app)}.",
            )


def _by_app(keys: tuple[Key, ...]) -> dict[str, set[Key]]:
    found: dict[str, set[Key]] = defaultdict(set)
    for key in keys:
        found[key.app].add(key)
    return found


def _collisions(sides: Sides) -> Iterator[Finding]:
    for ours, theirs in same_added(sides, *Kind):
        yield _of(sides, ours, theirs, f"both add {ours.made_label}")
    for ours, theirs in same_altered(sides):
        yield _of(sides, ours, theirs, f"both alter {ours.label}, in different ways")
    for ours, theirs in opposite(sides):
        yield _of(
            sides,
            ours,
            theirs,
            f"disagree: one {ours.act.value} {ours.label}, the other {theirs.act.value} {theirs.label}",
        )


def _of(sides: Sides, ours: Claim, theirs: Claim, what: str) -> Finding:
    one, two = ours.migration, theirs.migration
    message = f"{one.key.name} and {two.key.name} of {sides.other} {what}."
    identity = (ours.label, theirs.label, ours.act.value, theirs.act.value)
    return _finding(one, ours.place, two, theirs.place, sides.other, identity, message)


def _finding(
    one: Migration,
    place: Place,
    two: Migration,
    there: Place,
    name: str,
    identity: tuple[str, ...],
    message: str,
) -> Finding:
    return Finding(
        rule=rule.name,
        framework=one.framework,
        place=place,
        app=one.key.app,
        migration=one.key.name,
        identity=(name, *identity),
        message=message,
        why="Each is sound alone; whichever is merged second breaks the base.",
        remedy=f"Agree with {name} which goes first; the other one's migration is then put behind it.",
        related=(Related(app=two.key.app, migration=two.key.name, place=there, side=name),),
    )
