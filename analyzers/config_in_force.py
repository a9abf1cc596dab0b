"""Which configuration a change is judged by: the base's, so that no change loosens its own review."""

from __future__ import annotations

from collections.abc import Sequence

from analyzers.config import Config
from analyzers.config_text import PATHS, PYPROJECT, SIZES, ConfigProblem, config_of
from analyzers.read.cache import Cache
from analyzers.trees import Comparison, Tree


def config_in_force(
    comparison: Comparison, rules: Sequence[str], cache: Cache | None = None
) -> Config:
    """
    The configuration of the base; the defaults where that cannot be used and the change mends it.

    A change that mends it would else be kept out by what it mends.

    Raises:
        ConfigProblem: it cannot be used, or could not be after the merge: then nobody would
            be judged any more.
    """
    changed = _files(comparison.base) != _files(comparison.merged)
    try:
        config = config_of(comparison.base, rules, cache)
    except ConfigProblem:
        if not changed or _unusable(comparison.merged, rules, cache):
            raise
        return Config()
    brought = _unusable(comparison.merged, rules, cache) if changed else None
    if brought is not None:
        brought.brought = True
        raise brought
    return config


def _files(tree: Tree) -> dict[str, str]:
    """The files of *tree* that may say it, with what is in them."""
    there = set(tree.paths())
    return {p: tree.oid(p) for p in (*PATHS, SIZES, PYPROJECT) if p in there}


def _unusable(tree: Tree, rules: Sequence[str], cache: Cache | None) -> ConfigProblem | None:
    try:
        config_of(tree, rules, cache)
    except ConfigProblem as problem:
        return problem
    return None
