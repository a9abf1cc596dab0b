"""The part of the graph that a review shows: what is new, what is wrong, and what stands next to it."""

from __future__ import annotations

from collections.abc import Iterable

from analyzers.findings import Finding
from analyzers.relate.facts import Facts
from analyzers.relate.snapshot import counterpart
from analyzers.results import GraphEdge, GraphNode, ReviewGraph
from analyzers.vocabulary import Key

MOST = 40
"""Nodes that a person can still take in; the newest are kept."""


def neighbourhood(facts: Facts, findings: Iterable[Finding]) -> ReviewGraph:
    """New migrations and those named by findings, with their parents and children in the same app."""
    nodes: list[GraphNode] = []
    edges: list[GraphEdge] = []
    named = {(f.app or "", f.migration or "") for f in findings if f.counts} | {
        (r.app or "", r.migration or "") for f in findings if f.counts for r in f.related
    }
    for graph in facts.merged.graphs:
        base, head = counterpart(facts.base, graph), counterpart(facts.head, graph)
        new = {m.key for m in facts.added(graph)}
        shown: set[Key] = {k for k in graph.parents if k in new or (k.app, k.name) in named}
        for key in tuple(shown):
            shown.update(p for p in graph.parents[key] if p.app == key.app and p in graph.parents)
            if key not in new:
                shown.update(c for c in graph.children[key] if c.app == key.app)
        kept = sorted(shown, key=lambda k: graph.position[k])[-MOST:]
        leaves = {leaf for app in {k.app for k in kept} for leaf in graph.leaf_nodes(app)}
        for key in kept:
            on_base = base is not None and key in base.migrations
            on_head = head is not None and key in head.migrations
            nodes.append(
                GraphNode(
                    framework=graph.framework,
                    app=key.app,
                    name=key.name,
                    path=graph.migrations[key].path,
                    side="both" if on_base and on_head else "base" if on_base else "head",
                    leaf=key in leaves,
                )
            )
            edges += (
                GraphEdge(parent=str(p), child=str(key)) for p in graph.parents[key] if p in kept
            )
    return ReviewGraph(nodes=tuple(nodes), edges=tuple(edges))
