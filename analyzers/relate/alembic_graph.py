"""Alembic roots as graphs: what a reference means, and what is one root in several trees."""

from __future__ import annotations

from collections.abc import Set

from analyzers.read.alembic.roots import Root
from analyzers.relate.graph import GAP, MigrationGraph, Resolved, Resolver
from analyzers.vocabulary import Framework, Key, Migration


def alembic_graph(root: Root, committed: Set[str] = frozenset()) -> MigrationGraph:
    """
    The graph of *root*; of two files with one id the last counts, as in Alembic.

    One that the base has, whose paths are *committed*, counts before one that comes: databases
    hold its id, and the one that comes is to get another.
    """
    nodes = root.by_id
    first = {group[0].key.name: group for group in root.duplicates}
    for name, group in first.items():
        nodes[name] = max(enumerate(group), key=lambda at: (at[1].path in committed, at[0]))[1]
    return MigrationGraph(
        Framework.ALEMBIC,
        nodes.values(),
        _resolver(nodes),
        location=root.location.versions[0],
        duplicates=[(group[0], other) for group in first.values() for other in group[1:]],
        uncertain=() if root.complete else (root.location.name,),
    )


def _resolver(nodes: dict[str, Migration]) -> Resolver:
    """References are ids; ``depends_on`` may name a branch label as well."""
    labels = {label: node.key for _, node in sorted(nodes.items()) for label in node.branch_labels}

    def resolve(child: Migration, key: Key) -> Resolved:
        if key.name in nodes:
            return Resolved(key=key)
        labelled = labels.get(key.name) if key in child.depends_on else None
        return Resolved(key=labelled) if labelled is not None else GAP

    return resolve
