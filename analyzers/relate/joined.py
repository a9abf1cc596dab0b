"""The lines that merge migrations join, two by two."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence

from analyzers.limits import JOINED
from analyzers.relate.delta import Sides
from analyzers.relate.graph import MigrationGraph
from analyzers.relate.snapshot import Snapshot, counterpart
from analyzers.vocabulary import Key, Migration


def joined(
    merged: Snapshot, base: Snapshot, added: Callable[[MigrationGraph], Iterable[Migration]]
) -> Iterator[Sides]:
    """What each two lines claim that a migration *added* to a graph joins, the one that the base has second."""
    for graph in merged.graphs:
        old = counterpart(base, graph)
        committed = old.migrations.keys() if old is not None else set()
        for merge in added(graph):
            for ours, theirs in lines(graph, merge.key):
                if committed & set(ours):
                    ours, theirs = theirs, ours
                yield Sides(
                    framework=graph.framework,
                    ours=merged.claims(graph, ours),
                    theirs=merged.claims(graph, theirs),
                    other="base" if committed & set(theirs) else "head",
                )


def lines(graph: MigrationGraph, merge: Key) -> Iterator[tuple[list[Key], list[Key]]]:
    """Of each two lines that *merge* joins, what is in one of them alone and in the other alone, parents first."""
    parents = graph.parents.get(merge, ())
    ends = _ends(graph, [parent for parent in parents if parent.app == merge.app])
    for first, second in itertools.combinations(ends[:JOINED], 2):
        ours, theirs = (
            sorted(keys, key=lambda k: graph.position[k])
            for keys in (first - second, second - first)
        )
        if ours and theirs:
            yield ours, theirs


def _ends(graph: MigrationGraph, keys: Sequence[Key]) -> list[frozenset[Key]]:
    """All that comes before each of *keys*, these included; without keys that another one comes after."""
    found: dict[Key, frozenset[Key]] = {}
    behind: set[Key] = set()
    for key in sorted(keys, key=lambda k: graph.position.get(k, -1), reverse=True):
        if key not in behind:
            found[key] = graph.ancestors(key)
            behind |= found[key]
    return [found[key] for key in keys if key in found]
