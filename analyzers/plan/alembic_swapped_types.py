"""
An enum type that gives its name to another one: renamed, made anew, the columns converted, the old one dropped.

Taken apart as it is written, the first step would take the type from the code that still
runs. Where it only gets more values, those are added to the type that is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from analyzers.frozen import dataclass
from analyzers.plan.alembic_fill import executed
from analyzers.plan.alembic_pieces import BLOCK, Phase, Piece
from analyzers.plan.alembic_statements import source_of
from analyzers.relate.alembic_index_source import BOUND
from analyzers.relate.facts import Facts, Step
from analyzers.vocabulary import AlterColumn, RunStatement

_NAME = r'(?:"?public"?\.)?("[^"]+"|\w+)'
_RENAMED = re.compile(rf"\s*ALTER\s+TYPE\s+{_NAME}\s+RENAME\s+TO\s+{_NAME}\s*;?\s*", re.I)
_DROPPED = re.compile(
    rf"\s*DROP\s+TYPE\s+(?:IF\s+EXISTS\s+)?{_NAME}\s*(?:CASCADE|RESTRICT)?\s*;?\s*", re.I
)
_MADE = re.compile(rf"\s*CREATE\s+TYPE\s+{_NAME}\s+AS\s+ENUM\s*\(([^)]*)\)\s*;?\s*", re.I)
_LABELS = re.compile(r"\s*'((?:[^']|'')*)'\s*(?:,|$)")
_MOST = 20
"""Types that are looked at, for each of which all changes are."""
_KEPT = "# PostgreSQL takes no value out of a type, and one that nobody writes does no harm."


@dataclass(frozen=True, slots=True)
class Swap:
    """One type that gives its name away, by what a pull request does for it."""

    name: str
    converted: Step
    """The first column that gets the new type."""
    steps: tuple[Step, ...]


def swaps_in(steps: Sequence[Step]) -> tuple[Swap, ...]:
    """The types of which *steps* convert a column to another one of their name."""
    found: list[Swap] = []
    for position, step in enumerate(steps):
        renamed = _RENAMED.fullmatch(_sql(step))
        if renamed is None or len(found) == _MOST:
            continue
        name, old = (_plain(each) for each in renamed.groups())
        after = steps[position + 1 :]
        converted = [s for s in after if _converts(s, name)]
        if not converted:
            continue
        columns = {_column(s) for s in converted}
        own = [step, *(s for s in steps if _column(s) in columns)]
        own += [s for s in after if _drops(s, old) or _labels(s, name) is not None]
        found.append(Swap(name, converted[0], tuple(own)))
    return tuple(found)


def pieces_of_swap(facts: Facts, swap: Swap, steps: Sequence[Step]) -> tuple[list[Piece], str]:
    """What *swap*, one of *steps*, is taken apart into, and why."""
    change = swap.converted.change
    column = change.after.name if isinstance(change, AlterColumn) else ""
    of = f"{change.table}.{column}"
    why = f"{of} is converted to another type {swap.name}: every row is written anew while reads and writes wait"
    added = _added(facts, swap) if _alone(facts, swap, steps) else None
    if added:
        said = ", ".join(map(repr, added))
        lines = [f"    {executed(_add_value(swap.name, label))}" for label in added]
        return [
            Piece(
                phase=Phase.EXPAND,
                what=f"adds {said} to the type {swap.name}",
                up=(BLOCK, *lines),
                down=(_KEPT, "pass"),
            ),
            Piece(phase=Phase.CODE, what=f"code and models know {said} before any code writes it"),
        ], why
    by_hand = (
        f"no files are written, as the code that runs until the end asks for the type by the name {swap.name}:"
        " give the new type another name"
    )
    beside = f"{column}_new"
    return [
        Piece(phase=phase, what=what, by_hand=by_hand)
        for phase, what in (
            (
                Phase.EXPAND,
                f"makes the new type under another name, and {beside} of it beside {of}",
            ),
            (Phase.CODE, f"writes go to {column} and {beside}, reads stay with {column}"),
            (Phase.FILL, f"copies {of} to {beside} in batches"),
            (Phase.SWITCH, f"reads and writes go to {beside} alone"),
            (Phase.CONTRACT, f"drops {of} and the old type"),
        )
    ], why


def _sql(step: Step) -> str:
    change = step.change
    return (change.sql or "") if isinstance(change, RunStatement) else ""


def _plain(name: str) -> str:
    return name.strip('"') if name.startswith('"') else name.lower()


def _column(step: Step) -> tuple[str | None, str] | None:
    change = step.change
    return (change.table, change.after.name) if isinstance(change, AlterColumn) else None


def _converts(step: Step, name: str) -> bool:
    change = step.change
    return (
        isinstance(change, AlterColumn)
        and change.sets_type
        and step.created_by is None
        and step.database == "postgresql"
        and (change.after.type or "").removeprefix("public.").strip('"') == name
    )


def _drops(step: Step, name: str) -> bool:
    found = _DROPPED.fullmatch(_sql(step))
    return found is not None and _plain(found[1]) == name


def _labels(step: Step, name: str) -> tuple[str, ...] | None:
    """The labels of the type *name* where *step* makes it, none where they are not known; None where it does not."""
    made = _MADE.fullmatch(_sql(step))
    return _listed(made[2]) if made is not None and _plain(made[1]) == name else None


def _listed(text: str) -> tuple[str, ...]:
    """The quoted texts of a list in SQL; none where there is anything else."""
    found, at = [], 0
    while at < len(text):
        label = _LABELS.match(text, at)
        if label is None:
            return ()
        found.append(label[1].replace("''", "'"))
        at = label.end()
    return tuple(found)


def _added(facts: Facts, swap: Swap) -> tuple[str, ...]:
    """The labels that the new type has more, where it has all that the old one had; none where that is not known."""
    made = [m for s in swap.steps if (m := _labels(s, swap.name)) is not None]
    old = set(_before(facts, swap))
    if len(made) != 1 or len(old) != 1 or not made[0]:
        return ()
    (known,) = old
    if not known or not {*known} <= {*made[0]} or any(BOUND.search(label) for label in made[0]):
        return ()
    return tuple(label for label in made[0] if label not in known)


def _before(facts: Facts, swap: Swap) -> Iterator[tuple[str, ...]]:
    """The labels that the models of the base have for each column that is converted."""
    for step in swap.steps:
        at = _column(step) if _converts(step, swap.name) else None
        if at is None or at[0] is None:
            continue
        model = facts.base.alembic_model(at[0], step.database, step.migration.path)
        enum = model.enums.get(at[1]) if model is not None else None
        yield enum.labels if enum is not None and enum.name == swap.name else ()


def _alone(facts: Facts, swap: Swap, steps: Sequence[Step]) -> bool:
    """Whether no statement of *swap* does anything else as well."""
    own = {source_of(facts, s) for s in swap.steps}
    ids = {id(s) for s in swap.steps}
    return None not in own and not any(
        source_of(facts, s) in own for s in steps if id(s) not in ids
    )


def _add_value(name: str, label: str) -> str:
    called = name if re.fullmatch(r"[a-z_][a-z0-9_]*", name) else f'"{name}"'
    quoted = label.replace("'", "''")
    return f"ALTER TYPE {called} ADD VALUE IF NOT EXISTS '{quoted}'"
