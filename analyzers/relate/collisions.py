"""Where two sides get into each other's way, found by playing both orders on the names."""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.relate.delta import Act, Claim, Kind, Sides


def same_added(sides: Sides, *kinds: Kind) -> Iterator[tuple[Claim, Claim]]:
    """
    Pairs that add one object twice, or give two the same name.

    An object of a table that both add is told by the table alone, and two new
    names for one object by ``opposite``.
    """
    theirs = {c.made: c for c in sides.theirs if c.made is not None}
    twice = {
        c.made[1]
        for c in sides.ours
        if c.kind is Kind.TABLE and c.made is not None and c.made in theirs
    }
    for ours in sides.ours:
        other = theirs.get(ours.made) if ours.made is not None else None
        if other is None or ours.kind not in kinds:
            continue
        if ours.kind is not Kind.TABLE and ours.table in twice:
            continue
        if ours.act is other.act is Act.RENAME and ours.target == other.target:
            continue
        # What only the state knows on either side is made in the database once.
        if ours.database or other.database:
            yield ours, other


def same_altered(sides: Sides) -> Iterator[tuple[Claim, Claim]]:
    """Pairs that alter one column to different ends."""
    # What each side states last is what it ends with.
    mine = {c.target: c for c in sides.ours if c.act is Act.ALTER}
    theirs = {c.target: c for c in sides.theirs if c.act is Act.ALTER}
    for target, ours in mine.items():
        other = theirs.get(target)
        if other is not None and (ours.definition != other.definition or ours.definition is None):
            yield ours, other


def opposite(sides: Sides) -> Iterator[tuple[Claim, Claim]]:
    """
    Pairs of which one takes away what the other works on.

    After ``DROP note`` a side's ``ALTER note`` fails, and after ``ADD note`` to
    a dropped table there is no table: one of the two orders cannot be played.
    """
    yield from _taken_away(sides.ours, sides.theirs)
    for theirs, ours in _taken_away(sides.theirs, sides.ours):
        yield ours, theirs


def _taken_away(
    takers: tuple[Claim, ...], users: tuple[Claim, ...]
) -> Iterator[tuple[Claim, Claim]]:
    """Pairs (taker, user); each taker once a user's migration."""
    own = {c.table for c in users if c.act is Act.ADD and c.kind is Kind.TABLE}
    for taker in takers:
        if taker.act not in (Act.DROP, Act.RENAME):
            continue
        seen = set()
        for user in users:
            if user.migration.key in seen or not _works_on(user, taker):
                continue
            if user.table in own and user.table == taker.table:
                continue
            seen.add(user.migration.key)
            yield taker, user


def _works_on(user: Claim, taker: Claim) -> bool:
    if taker.kind is Kind.TABLE and taker.table in user.refers:
        return True
    if user.table != taker.table:
        return False
    if taker.kind is Kind.TABLE:
        both_drop = user.kind is Kind.TABLE and user.act is Act.DROP and taker.act is Act.DROP
        # Both drop it: the second finds nothing, which is opposite as well.
        return both_drop or not (user.kind is Kind.TABLE and user.act is Act.ADD)
    if taker.kind is Kind.COLUMN and taker.name in user.columns:
        return user.act is not Act.DROP
    if user.kind is not taker.kind or user.name != taker.name:
        return False
    return user.act in (Act.ALTER, Act.RENAME, Act.DROP)
