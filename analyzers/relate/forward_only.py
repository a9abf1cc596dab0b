"""Whether a project's Alembic revisions go forwards only, as some teams hold it."""

from __future__ import annotations

from analyzers.relate.facts import Facts

_ENOUGH = 10
"""Revisions without a way back that make a habit."""


def forward_only(facts: Facts, root: str) -> bool:
    """Whether each of the last ten revisions of *root* on the base that do something has no way back."""
    for graph in facts.base.alembic_graphs:
        dialect = facts.base.alembic_dialect(graph)
        kept = 0
        for key in reversed(graph.order):
            if key.app != root:
                break
            body = facts.base.alembic_bodies.read(graph.migrations[key].path, dialect)
            if body.back and not body.gives_up:
                return False
            kept += bool(body.forward)
            if kept == _ENOUGH:
                return True
    return False
