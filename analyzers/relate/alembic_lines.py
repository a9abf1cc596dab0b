"""Roots of several lines, each with an end of its own: which of them a new revision continues."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Mapping, Sequence

from analyzers import limits
from analyzers.relate.graph import MigrationGraph
from analyzers.trees import Tree
from analyzers.vocabulary import Key

_OWN = frozenset({"alembic", "migrations", "versions"})
"""Folders that are there for revisions alone."""
_TEXT = re.compile(rb"(?<=['\"])[^'\"\n]+(?=['\"])")
"""What stands between two quotes, whichever of them begins a text: a comment may have one too many."""


def head_for(tree: Tree, graph: MigrationGraph, app: str, tables: Mapping[str, str]) -> Key | None:
    """
    The head of *app* that a revision about *tables* comes after; None where that is not certain.

    Of several, each on a line with a label, it is the one whose line alone names each of the tables; or of a
    table that no line names the one beside which its model stands, in the file that *tables* has for it.
    """
    heads = graph.leaf_nodes(app)
    if len(heads) == 1:
        return heads[0]
    if len(heads) > limits.LINES or not all(graph.labels(head) for head in heads):
        return None
    lines = {head: [graph.migrations[key].path for key in graph.lineage(head)] for head in heads}
    tree.prefetch(path for paths in lines.values() for path in paths)
    texts: dict[str, set[bytes]] = {}
    named = {head: _texts(tree, paths, texts) for head, paths in lines.items()}
    found: set[Key] = set()
    for table, place in tables.items():
        name = table.rpartition(".")[2].encode()
        speaking = [head for head in heads if name in named[head]]
        found.update(speaking or _beside(place, graph, heads))
    return found.pop() if len(found) == 1 else None


def _texts(tree: Tree, paths: Collection[str], known: dict[str, set[bytes]]) -> frozenset[bytes]:
    """What stands between quotes in the files at *paths*; *known* has it by file."""
    for path in paths:
        if path not in known:
            known[path] = set(_TEXT.findall(tree.read(path)))
    return frozenset().union(*(known[path] for path in paths))


def _beside(place: str, graph: MigrationGraph, heads: Sequence[Key]) -> Sequence[Key]:
    """The one of *heads* in whose package *place* is, the innermost; all where it is in none."""
    packages = {head: _package(graph.migrations[head].path) for head in heads}
    around = [head for head in heads if packages[head] and place.startswith(packages[head])]
    most = max((len(packages[head]) for head in around), default=0)
    return [head for head in around if len(packages[head]) == most] or heads


def _package(revision: str) -> str:
    """The folder that holds the folders of *revision*: ``shop/`` of ``shop/migrations/versions/one.py``."""
    folders = itertools.takewhile(lambda part: part not in _OWN, revision.split("/")[:-1])
    return "".join(f"{part}/" for part in folders)
