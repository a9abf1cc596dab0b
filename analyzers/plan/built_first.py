"""The order of what builds and what takes away: the new index stands before the old one goes."""

from __future__ import annotations

from collections.abc import Sequence

from analyzers.frozen import dataclass
from analyzers.plan.recipes.subject import Subject
from analyzers.vocabulary import (
    AddConstraint,
    AddIndex,
    Constraint,
    ConstraintKind,
    DropConstraint,
    DropIndex,
    Index,
    StateOnly,
)

_FREE = frozenset(
    {
        "AddField", "AlterField", "AddIndex", "RemoveIndex", "AddConstraint", "RemoveConstraint",
        "AlterUniqueTogether", "AlterIndexTogether", "AlterModelOptions", "AlterModelManagers",
    }
)  # fmt: skip
"""Operations that may come before or after others of them which name other things."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The places of a pull request's operations in the order in which they are to be done."""

    places: tuple[int, ...]
    unique_already: frozenset[int]
    """Those that make columns unique which others, that now come behind, say are unique."""


def built_first(subjects: Sequence[Subject]) -> Order:
    """
    The order of *subjects*: what takes an index away comes behind what is built in its place.

    Django writes what goes before what comes. Done so, one migration after the other, queries
    have no index for a while, and rows that were unique need not be so any more.
    """
    places = list(range(len(subjects)))
    already: set[int] = set()
    for number, s in enumerate(subjects):
        gone = _gone(s)
        built = _in_its_place(subjects, number, gone) if gone else []
        if not built:
            continue
        places.remove(number)
        places.insert(places.index(built[-1]) + 1, number)
        unique = _unique(s, gone)
        already |= {at for at in built if _holds_already(subjects[at], unique)}
    return Order(places=tuple(places), unique_already=frozenset(already))


def _gone(s: Subject) -> tuple[DropIndex | DropConstraint, ...]:
    """The indexes and unique constraints that an operation takes away, where it does nothing else."""
    if not s.postgresql or s.fresh or s.written.name not in _FREE:
        return ()
    changes = [c for c in s.changes if not isinstance(c, StateOnly)]
    gone = tuple(
        c
        for c in changes
        if isinstance(c, DropIndex)
        or (isinstance(c, DropConstraint) and c.constraint.kind is ConstraintKind.UNIQUE)
    )
    return gone if len(gone) == len(changes) else ()


def _in_its_place(
    subjects: Sequence[Subject], number: int, gone: Sequence[DropIndex | DropConstraint]
) -> list[int]:
    """The places behind *number* of what is built on a first column of what is *gone*, or is unique by it."""
    s = subjects[number]
    names = {_what(c).name for c in gone} - {None}
    first = {_columns(s, c)[:1] for c in gone} - {()}
    unique = _unique(s, gone)
    found: list[int] = []
    for at in range(number + 1, len(subjects)):
        other = subjects[at]
        if other.app != s.app:
            continue
        built = [c for c in other.changes if isinstance(c, AddIndex | AddConstraint)]
        taken = names & {_what(c).name for c in built}
        again = other.label == s.label and "" != s.attribute == other.attribute
        if taken or again or other.written.name not in _FREE:
            break
        in_place = any(_columns(other, c)[:1] in first for c in built)
        if other.table == s.table and (in_place or _holds_already(other, unique)):
            found.append(at)
    return found


def _unique(s: Subject, gone: Sequence[DropIndex | DropConstraint]) -> list[set[str]]:
    """The columns of each of *gone* in which all rows were unique; by a condition only some of them were."""
    return [
        set(standing.columns)
        for c in gone
        if isinstance(c, DropConstraint)
        and isinstance(standing := _standing(s, c), Constraint)
        and standing.expression is None
        and not standing.more
    ]


def _holds_already(s: Subject, unique: Sequence[set[str]]) -> bool:
    """Whether all that an operation makes unique has a part that is *unique*."""
    made = [
        set(_columns(s, c))
        for c in s.changes
        if isinstance(c, AddConstraint) and c.constraint.kind is ConstraintKind.UNIQUE
    ]
    return bool(made) and all(any(old and old <= new for old in unique) for new in made)


def _what(change: AddIndex | AddConstraint | DropIndex | DropConstraint) -> Index | Constraint:
    return change.index if isinstance(change, AddIndex | DropIndex) else change.constraint


def _columns(
    s: Subject, change: AddIndex | AddConstraint | DropIndex | DropConstraint
) -> tuple[str, ...]:
    """The columns of an index or a constraint; one that goes may be named alone."""
    return _standing(s, change).columns


def _standing(
    s: Subject, change: AddIndex | AddConstraint | DropIndex | DropConstraint
) -> Index | Constraint:
    """An index or a constraint as the table has it, where it is named alone."""
    what = _what(change)
    if what.columns or what.name is None or s.before is None:
        return what
    standing: Sequence[Index | Constraint] = (*s.before.indexes, *s.before.constraints)
    return next((each for each in standing if each.name == what.name), what)
