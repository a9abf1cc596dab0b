"""The migration graph as Mermaid: only the neighbourhood of what is new or wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from bot.render.escape import label

MOST = 40
"""Nodes of a picture; beyond these nobody can read it."""


def neighbourhood(
    graph: Mapping[str, Any], wanted: frozenset[tuple[str, str]] = frozenset()
) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]], int]:
    """
    The nodes and edges worth showing, and how many nodes were left out.

    Kept are the nodes of one side only, leaf nodes beside them, those in
    *wanted* (app, name), and the direct parents and children of all these.
    """
    nodes = {f"{node['app']}.{node['name']}": node for node in graph.get("nodes", ())}
    edges = [e for e in graph.get("edges", ()) if e["parent"] in nodes and e["child"] in nodes]
    around: dict[str, set[str]] = defaultdict(set)
    for edge in edges:
        around[edge["parent"]].add(edge["child"])
        around[edge["child"]].add(edge["parent"])
    core = [
        key
        for key, node in nodes.items()
        if node.get("side") != "both" or (node["app"], node["name"]) in wanted
    ]
    chosen = dict.fromkeys(core)
    for key in core:
        chosen.update(dict.fromkeys(sorted(around[key])))
    kept = set(list(chosen)[:MOST])
    return (
        [node for key, node in nodes.items() if key in kept],
        [e for e in edges if e["parent"] in kept and e["child"] in kept],
        len(nodes) - len(kept),
    )


def mermaid(graph: Mapping[str, Any], wrong: frozenset[tuple[str, str]] = frozenset()) -> str:
    """
    The picture as a fenced block; empty where there is nothing to show.

    Nodes are coloured by who brought them: the base, this pull request, both.
    """
    nodes, edges, _ = neighbourhood(graph, wrong)
    if not nodes or not any(node.get("side") != "both" for node in nodes):
        return ""
    names = {f"{node['app']}.{node['name']}": f"n{at}" for at, node in enumerate(nodes)}
    lines = ["graph LR"]
    by_app: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for node in nodes:
        by_app[node["app"]].append(node)
    for at, (app, members) in enumerate(sorted(by_app.items())):
        lines.append(f'  subgraph a{at}["{label(app)}"]')
        lines += [f"    {_node(names, node, wrong)}" for node in members]
        lines.append("  end")
    lines += [f"  {names[edge['parent']]} --> {names[edge['child']]}" for edge in edges]
    lines += [
        "  classDef both fill:#eaeef2,stroke:#8c959f,color:#1f2328",
        "  classDef base fill:#ddf4ff,stroke:#0969da,color:#1f2328",
        "  classDef head fill:#dafbe1,stroke:#1a7f37,color:#1f2328",
        "  classDef wrong fill:#ffebe9,stroke:#cf222e,stroke-width:2px,color:#1f2328",
    ]
    # Every part of the text passed through `label`, so no fence can occur within.
    return "\n".join(("```mermaid", *lines, "```"))


def legend(graph: Mapping[str, Any], wrong: frozenset[tuple[str, str]], base: str) -> str:
    """What the colours mean, for those that occur. *base* is Markdown."""
    sides = {node.get("side") for node in graph.get("nodes", ())}
    words: Sequence[tuple[bool, str]] = (
        ("head" in sides, "🟩 from this pull request"),
        ("base" in sides, f"🟦 only on {base}"),
        (bool(wrong), "🟥 has a finding"),
    )
    return " · ".join(word for shown, word in words if shown)


def _node(
    names: Mapping[str, str], node: Mapping[str, Any], wrong: frozenset[tuple[str, str]]
) -> str:
    side = node.get("side") if node.get("side") in {"base", "head"} else "both"
    style = "wrong" if (node["app"], node["name"]) in wrong else side
    name = names[f"{node['app']}.{node['name']}"]
    return f'{name}["{label(node["name"])}"]:::{style}'
