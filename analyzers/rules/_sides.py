"""What the rules about two sides share: how a finding about ours and theirs is made."""

from __future__ import annotations

from typing import Any

from analyzers.findings import Finding, Related
from analyzers.relate.delta import Claim, Sides
from analyzers.vocabulary import Framework


def collision(rule: str, sides: Sides, ours: Claim, theirs: Claim, **more: Any) -> Finding:
    """A finding of *rule* at *ours*, which points at *theirs*; *more* are further fields of it."""
    django = sides.framework is Framework.DJANGO
    return Finding(
        rule=rule,
        framework=sides.framework,
        place=ours.place,
        app=ours.migration.key.app,
        migration=ours.migration.key.name,
        table=None if django else ours.table,
        model=ours.table if django else None,
        related=(
            Related(
                app=theirs.migration.key.app,
                migration=theirs.migration.key.name,
                place=theirs.place,
                side=sides.other,
            ),
        ),
        **more,
    )
