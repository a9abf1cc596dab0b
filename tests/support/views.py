"""Models and migrations as a review sees them, for tests of what is read and not of what is said."""

from __future__ import annotations

from analyzers.config import Config
from analyzers.read.cache import MemoryCache
from analyzers.read.modules import Sources
from analyzers.relate.facts import Facts
from analyzers.relate.snapshot import Snapshot
from analyzers.relate.view import View
from analyzers.trees import Comparison, Tree


def view_of(tree: Tree, config: Config) -> View:
    """What one tree holds."""
    seen = Snapshot(tree, config, MemoryCache())
    return View(seen.tree, seen.django, seen.django_graph, config, Sources())


def views_of(before: Tree, after: Tree, config: Config) -> tuple[View, View]:
    """What both trees hold, the later one seen with what was read of the earlier."""
    comparison = Comparison(merge_base=before, base=before, head=after, merged=after)
    return Facts(comparison, config, MemoryCache())._models
