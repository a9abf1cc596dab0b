"""The migration graph as an SVG picture: layers by distance from the first, top to bottom."""

from __future__ import annotations

import html
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from bot.render.escape import one_line
from bot.render.mermaid import neighbourhood

HEIGHT, GAP_X, GAP_Y, EDGE = 46, 26, 44, 12
"""Of a node, between nodes, and around the picture, in pixels."""

NAME, CHARACTER, MARGIN = 32, 8, 10
"""Characters of a name that are shown; pixels of one, and on both sides of all."""


def svg(graph: Mapping[str, Any], wrong: frozenset[tuple[str, str]] = frozenset()) -> str:
    """
    The neighbourhood of what is new or wrong; empty where there is nothing to draw.

    Colours come from the page's style sheet, by class: ``both``, ``base``, ``head``, ``wrong``.
    """
    nodes, edges, _ = neighbourhood(graph, wrong)
    if not nodes:
        return ""
    named = {f"{node['app']}.{node['name']}": node for node in nodes}
    children: dict[str, list[str]] = defaultdict(list)
    for edge in edges:
        children[edge["parent"]].append(edge["child"])
    depth = _depths(list(named), children)
    layers: dict[int, list[str]] = defaultdict(list)
    for key in named:
        layers[depth[key]].append(key)
    # As wide as the longest name needs: two nodes side by side should fit on a phone.
    longest = max(len(one_line(node[key], NAME)) for node in nodes for key in ("app", "name"))
    wide = longest * CHARACTER + 2 * MARGIN
    place = _places(layers, edges, wide)
    width = max(x for x, _ in place.values()) + wide + EDGE
    height = max(y for _, y in place.values()) + HEIGHT + EDGE
    lines = [
        f'<svg class="graph" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="Migration graph, {len(nodes)} migrations">',
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" '
        'markerHeight="8" orient="auto"><path class="tip" d="M0 0 8 4 0 8z"/></marker></defs>',
    ]
    for edge in edges:
        (x1, y1), (x2, y2) = place[edge["parent"]], place[edge["child"]]
        x1, y1, x2 = x1 + wide // 2, y1 + HEIGHT, x2 + wide // 2
        middle = (y1 + y2) // 2
        lines.append(
            f'<path class="edge" d="M{x1} {y1}C{x1} {middle} {x2} {middle} {x2} {y2 - 2}" '
            'marker-end="url(#tip)"/>'
        )
    for key, node in named.items():
        lines.append(_node(node, place[key], wide, (node["app"], node["name"]) in wrong))
    return "\n".join((*lines, "</svg>"))


def _depths(keys: list[str], children: Mapping[str, list[str]]) -> dict[str, int]:
    """The longest way from a first node to each; a cycle ends where it would turn."""
    depth = dict.fromkeys(keys, 0)
    # As many rounds as there can be layers: a cycle cannot go on for ever.
    for _ in keys:
        moved = False
        for key in keys:
            for child in children.get(key, ()):
                if depth[child] <= depth[key] < len(keys):
                    depth[child], moved = depth[key] + 1, True
        if not moved:
            break
    return depth


def _places(
    layers: Mapping[int, list[str]], edges: list[Mapping[str, Any]], wide: int
) -> dict[str, tuple[int, int]]:
    """The upper left corner of each node; a node stands below the middle of its parents."""
    parents: dict[str, list[str]] = defaultdict(list)
    for edge in edges:
        parents[edge["child"]].append(edge["parent"])
    widest = max(len(keys) for keys in layers.values())
    column: dict[str, float] = {}
    place: dict[str, tuple[int, int]] = {}
    for row, layer in enumerate(sorted(layers)):
        keys = sorted(
            layers[layer],
            key=lambda key: (
                sum(column.get(p, 0.0) for p in parents[key]) / max(1, len(parents[key])),
                key,
            ),
        )
        for at, key in enumerate(keys):
            column[key] = at + (widest - len(keys)) / 2
            x = EDGE + round(column[key] * (wide + GAP_X))
            place[key] = (x, EDGE + row * (HEIGHT + GAP_Y))
    return place


def _node(node: Mapping[str, Any], at: tuple[int, int], wide: int, is_wrong: bool) -> str:
    side = node.get("side") if node.get("side") in {"base", "head"} else "both"
    x, y = at
    whole = html.escape(f"{one_line(node['app'], 80)} · {one_line(node['name'], 200)}")
    return (
        f'<g class="node {side}{" wrong" if is_wrong else ""}"><title>{whole}</title>'
        f'<rect x="{x}" y="{y}" width="{wide}" height="{HEIGHT}" rx="7"/>'
        f'<text class="app" x="{x + MARGIN}" y="{y + 17}">{html.escape(one_line(node["app"], NAME))}</text>'
        f'<text x="{x + MARGIN}" y="{y + 35}">{html.escape(one_line(node["name"], NAME))}</text></g>'
    )
