"""Whether a project's Alembic revisions go forwards only, as some teams hold it."""

from __future__ import annotations

from analyzers.relate.facts import Facts

_ENOUGH = 10
"""Revisions without a way back that make a habit."""


_TEMPLATE = "script.py.mako"
"""What Alembic makes a new revision of, beside ``env.py``."""


def forward_only(facts: Facts, root: str) -> bool:
    """
    Whether nobody writes a way back for the revisions of *root*.

    The base's own template of revisions has none, or each of the last ten on the base that do something.
    """
    if _template_has_none(facts, root):
        return True
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


def _template_has_none(facts: Facts, root: str) -> bool:
    tree = facts.comparison.base
    for script in (r.location.script for r in facts.base.alembic if r.location.name == root):
        try:
            template = tree.read(f"{script}/{_TEMPLATE}" if script else _TEMPLATE)
        except KeyError:
            continue
        return b"def upgrade" in template and b"downgrade" not in template
    return False
