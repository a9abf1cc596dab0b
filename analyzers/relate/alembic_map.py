"""
The revisions of one Alembic root as Alembic's own revision map sees them.

What ``alembic.script.revision.RevisionMap`` computes when it loads a root
(heads, bases, branch labels, what it stops at), without loading anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field

from analyzers.frozen import dataclass
from analyzers.vocabulary import Migration


@dataclass(frozen=True, slots=True, kw_only=True)
class Dangling:
    """A reference to a revision that is not there, and what Alembic says to it."""

    child: Migration
    parent: str
    how: str
    """``down_revision`` or ``depends_on``."""
    error: str
    """The last line of what Alembic prints."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionMap:
    """What Alembic knows of a root once it is loaded; tuples are sorted."""

    heads: tuple[str, ...] = ()
    """Revisions that are no other's ``down_revision``."""
    effective_heads: tuple[str, ...] = ()
    """Heads that no other revision depends on either: the rows of ``alembic_version``."""
    bases: tuple[str, ...] = ()
    edges: tuple[tuple[str, str], ...] = ()
    """Parent and child by ``down_revision``."""
    labels: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The branch labels that each revision answers to."""
    dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """``depends_on`` with labels resolved to ids."""
    dangling: tuple[Dangling, ...] = ()
    cycle: tuple[str, ...] = ()
    """Revisions that no way leads to from a base, or from a head: they go in circles."""
    label_clashes: tuple[tuple[str, str, str], ...] = ()
    """Label, the revision that has it, and the one that wants it too."""


def revision_map(migrations: Iterable[Migration]) -> RevisionMap:
    """The map of *migrations* (of one root); of two with one id the last counts."""
    nodes = {m.key.name: m for m in migrations}
    names, clashes = _names(nodes)
    dependencies: dict[str, tuple[str, ...]] = {}
    dangling: list[Dangling] = []
    parents: dict[str, tuple[str, ...]] = {}
    for name, node in nodes.items():
        parents[name] = tuple(p.name for p in node.parents if p.name in nodes)
        dangling += [
            _dangling(node, parent.name, "down_revision")
            for parent in node.parents
            if parent.name not in nodes
        ]
        found = []
        for wanted in node.depends_on:
            if wanted.name in names:
                found.append(names[wanted.name])
            else:
                dangling.append(_dangling(node, wanted.name, "depends_on"))
        dependencies[name] = tuple(found)
    children: dict[str, set[str]] = {name: set() for name in nodes}
    followers: dict[str, set[str]] = {name: set() for name in nodes}
    for name in nodes:
        for parent in parents[name]:
            children[parent].add(name)
        for parent in (*parents[name], *dependencies[name]):
            followers[parent].add(name)
    heads = tuple(sorted(name for name in nodes if not children[name]))
    bases = tuple(sorted(name for name, node in nodes.items() if not node.parents))
    return RevisionMap(
        heads=heads,
        effective_heads=tuple(sorted(name for name in nodes if not followers[name])),
        bases=bases,
        edges=tuple(sorted((p, name) for name in nodes for p in parents[name])),
        labels=_labels(nodes, parents, children, followers),
        dependencies={name: deps for name, deps in dependencies.items() if deps},
        dangling=tuple(sorted(dangling, key=lambda d: (d.child.key.name, d.how, d.parent))),
        cycle=_circles(nodes, parents, children, heads, bases, dangling=bool(dangling)),
        label_clashes=clashes,
    )


def _names(
    nodes: Mapping[str, Migration],
) -> tuple[dict[str, str], tuple[tuple[str, str, str], ...]]:
    """Everything that a reference may say, ids and labels, to ids; and the labels used twice."""
    names = {name: name for name in nodes}
    clashes = []
    for name, node in sorted(nodes.items()):
        for label in node.branch_labels:
            if label in names:
                clashes.append((label, names[label], name))
            else:
                names[label] = name
    return names, tuple(clashes)


def _dangling(child: Migration, parent: str, how: str) -> Dangling:
    return Dangling(child=child, parent=parent, how=how, error=f"KeyError: {parent!r}")


def _labels(
    nodes: Mapping[str, Migration],
    parents: Mapping[str, tuple[str, ...]],
    children: Mapping[str, set[str]],
    followers: Mapping[str, set[str]],
) -> dict[str, frozenset[str]]:
    """
    The labels of each revision.

    A label holds for all that follows the revision that declares it. Upwards it
    holds to the next fork or merge, if the line below is a single one as well.
    """
    found: dict[str, set[str]] = {}

    def passes(name: str) -> bool:
        return len(followers[name]) <= 1 and len(nodes[name].parents) <= 1

    for name, node in nodes.items():
        if not node.branch_labels:
            continue
        below = _reachable([name], children)
        for other in below:
            found.setdefault(other, set()).update(node.branch_labels)
        if not all(passes(other) for other in below):
            continue
        above = name
        seen = {name}
        while parents[above]:
            above = parents[above][0]
            if above in seen or not passes(above):
                break
            seen.add(above)
            found.setdefault(above, set()).update(node.branch_labels)
    return {name: frozenset(labels) for name, labels in sorted(found.items())}


def _circles(
    nodes: Mapping[str, Migration],
    parents: Mapping[str, tuple[str, ...]],
    children: Mapping[str, set[str]],
    heads: tuple[str, ...],
    bases: tuple[str, ...],
    *,
    dangling: bool,
) -> tuple[str, ...]:
    """The revisions that are on or behind a circle; () where references are missing anyway."""
    if dangling or not nodes:
        return ()
    if not heads or not bases:
        return tuple(sorted(nodes))
    reached = _reachable(heads, parents) & _reachable(bases, children)
    return tuple(sorted(nodes.keys() - reached))


def _reachable(start: Iterable[str], following: Mapping[str, Iterable[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(start)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(following[name])
    return found
