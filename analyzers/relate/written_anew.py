"""Apps whose history of migrations is another after the merge than the one that databases have."""

from __future__ import annotations

from analyzers.relate.deletions import gone
from analyzers.relate.differences import Reach
from analyzers.relate.facts import Facts


def written_anew(facts: Facts) -> frozenset[str]:
    """
    Apps with a history that no database has: some of it goes, and how it begins is another, or named otherwise.

    What stands of it is told to be taken for applied, or it is run where there is nothing yet.
    """
    lost = {
        g.before.key.app
        for g in gone(facts)
        if g.moved_to is None and g.squash is None and not g.name_stays
    }
    if not lost:
        return frozenset()
    edited = (e.after for e in facts.edits if e.reach is Reach.DATABASE and "operations" in e.parts)
    named = (
        m
        for m in facts.merged.django_graph.migrations.values()
        if m.path not in facts.base.by_path and not m.replaces
    )
    return frozenset(
        m.key.app
        for m in (*edited, *named)
        if m.key.app in lost and all(parent.app != m.key.app for parent in m.parents)
    )
