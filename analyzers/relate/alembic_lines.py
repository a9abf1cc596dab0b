"""Roots of several lines, each with an end of its own: which of them a new revision continues."""

from __future__ import annotations

import re
from collections.abc import Iterable

from analyzers.relate.graph import MigrationGraph
from analyzers.trees import Tree
from analyzers.vocabulary import Key


def head_for(tree: Tree, graph: MigrationGraph, app: str, tables: Iterable[str]) -> Key | None:
    """
    The head of *app* that a revision about *tables* comes after; None where that is not certain.

    Of several, each on a line with a label, it is the one whose line alone names each of the tables.
    """
    heads = graph.leaf_nodes(app)
    if len(heads) == 1:
        return heads[0]
    if not all(graph.labels(head) for head in heads):
        return None
    names = sorted({table.rpartition(".")[2] for table in tables})
    words = [re.compile(rb"['\"]" + re.escape(name.encode()) + rb"['\"]") for name in names]
    lines = {head: [graph.migrations[key].path for key in graph.lineage(head)] for head in heads}
    tree.prefetch(path for paths in lines.values() for path in paths)

    def named(head: Key, word: re.Pattern[bytes]) -> bool:
        return any(word.search(tree.read(path)) for path in lines[head])

    speaking = {head for head in heads for word in words if named(head, word)}
    if len(speaking) != 1:
        return None
    (head,) = speaking
    return head if all(named(head, word) for word in words) else None
