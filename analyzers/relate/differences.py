"""How far the difference of two texts of a migration reaches."""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple

from analyzers.relate.historical_models import in_one_form
from analyzers.relate.imported_constants import with_constants
from analyzers.relate.imported_definitions import defined_in, imported_in, with_definitions
from analyzers.relate.meaning import (
    AS_NAMED,
    ROOTS,
    Names,
    database_meaning,
    meaning,
    named,
    references,
)
from analyzers.relate.moved_names import of_one_library, went
from analyzers.trees import Tree


class Reach(Enum):
    """How far an edit goes."""

    DATABASE = "what happens to the database may differ"
    STATE = "nothing of it reaches the database"
    SPELLING = "it is written in another way and does the same"
    TRANSACTIONS = "it does the same in more transactions than one"
    BACK = "databases that stand there go back in another way"
    JOINED = "it leads several heads of the base into one line, and does nothing else"
    UNTIED = "it takes a circle away in which it waited for itself"
    FOUND = "it comes after what exists where it came after what does not"
    FINISHED = "it is a squash and ceases to name what it replaced, which is gone"
    SQUASHED = "it names a squash where it named what that replaces"
    FAKED = "only ``migrate --fake-initial`` sees a difference"
    MOVED = "it follows code of the repository that has another place now"
    LIBRARY = "it takes the same names from another module of the same library"
    ELSEWHERE = (
        "it takes the same names from another place, where they may stand for something else"
    )
    ORDER = "it waits for other migrations, all of which the base has"
    LABELLED = "the line that it begins gets a name"
    UNLABELLED = "the line that it begins loses a name"
    HISTORICAL = "it asks for models as they were where it had them as they are"


_APART = re.compile(rb"\batomic\s*=\s*False\b")
"""Where one comes all goes on to run; where one goes, what no transaction may hold stops."""


class Squashes(NamedTuple):
    """Which squashes stand for which migrations, as (app, name)."""

    of: Names
    """Replaced migrations -> the squash in which they are."""
    last: Names
    """Squashes -> the last migration that they replace."""

    def renamed(self, old: bytes, new: bytes) -> tuple[Names, Names]:
        """
        By which names *old* and *new* go where one names a squash and the other what it replaces.

        In place of a squash only the last of its originals can be named.
        """
        before, after = named(old), named(new)
        return (
            {k: v for k, v in self.of.items() if k in before - after},
            {self.last[k]: k for k in before - after if k in self.last},
        )


NO_SQUASHES = Squashes(AS_NAMED, AS_NAMED)


def difference(
    base: Tree,
    merged: Tree,
    paths: tuple[str, str],
    roots: frozenset[str] = ROOTS,
    squashes: Squashes = NO_SQUASHES,
    sources: tuple[bytes, ...] = (),
) -> tuple[tuple[str, ...], Reach] | None:
    """
    What differs in the file, by its *paths* before and after, and how far it reaches; None where it means the same.

    *sources* are what is looked at of it, where that is not all.
    """
    old, new = sources or (base.read(paths[0]), merged.read(paths[1]))
    found = _told_apart(base, merged, paths, (old, new), roots, squashes)
    if found is None or found[1] is not Reach.DATABASE:
        return found
    filled = (
        with_definitions(base, old, paths[0], defined_in(new), imported_in(new, paths[1])),
        with_definitions(merged, new, paths[1], defined_in(old), imported_in(old, paths[0])),
    )
    filled = with_constants(base, filled[0], paths[0]), with_constants(merged, filled[1], paths[1])
    if _historical(filled, paths[0]):
        return found[0], Reach.HISTORICAL
    if filled == (old, new):
        return found
    again = _told_apart(base, merged, paths, filled, roots, squashes)
    # What other definitions and constants have become is no edit of this file.
    return found if again is not None and again[1] is Reach.DATABASE else again


def _historical(sources: tuple[bytes, bytes], path: str) -> bool:
    """Whether the file differs only in that it asks for the historical models of live ones."""
    alike = in_one_form(*sources)
    if alike is None:
        return False
    one, two = (references(source, path) for source in alike)
    return one is not None and one == two


def _told_apart(
    base: Tree,
    merged: Tree,
    paths: tuple[str, str],
    sources: tuple[bytes, bytes],
    roots: frozenset[str],
    squashes: Squashes,
) -> tuple[tuple[str, ...], Reach] | None:
    old, new = sources
    one, two = meaning(old, roots), meaning(new, roots)
    if one is None or two is None or one == two:
        return None
    before, after = references(old, paths[0], roots), references(new, paths[1], roots)
    if before is not None and before == after:
        return None
    parts = _differing(one, two)
    ahead, back = squashes.renamed(old, new)
    if ahead or back:
        one, two = meaning(old, roots, ahead) or one, meaning(new, roots, back) or two
        if one == two:
            return parts, Reach.SQUASHED
        parts = _differing(one, two)
    if parts == ("imports",):
        # The names stayed and come from elsewhere: what they stand for cannot be told.
        return parts, Reach.STATE
    if "dependencies" not in parts:
        if database_meaning(old, ahead) == database_meaning(new, back):
            return parts, Reach.STATE
        if database_meaning(old, ahead, back=False) == database_meaning(new, back, back=False):
            return parts, Reach.BACK
        if len(_APART.findall(new)) > len(_APART.findall(old)):
            apart = database_meaning(old, ahead, atomic=False)
            if apart == database_meaning(new, back, atomic=False):
                return parts, Reach.TRANSACTIONS
    if before is not None and after is not None and before[0] == after[0]:
        changed = [(a, b) for a, b in zip(before[1], after[1], strict=True) if a != b]
        if all(went(base, merged, name) for name, _ in changed):
            return parts, Reach.MOVED
        if changed and all(of_one_library((base, merged), *names) for names in set(changed)):
            return parts, Reach.LIBRARY
    return parts, Reach.DATABASE


def _differing(one: dict[str, str], two: dict[str, str]) -> tuple[str, ...]:
    return tuple(sorted(k for k in {*one, *two} if one.get(k) != two.get(k)))
