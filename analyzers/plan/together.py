"""Sentences that differ in one name, said once: forty columns are no reason to read one clause forty times."""

from __future__ import annotations

from collections.abc import Iterable

NAMED = 4
"""Further names that a clause lists before it counts."""


def together(clauses: Iterable[str], most: int | None = NAMED) -> tuple[str, ...]:
    """
    *clauses* without repetition, in their order; of those that differ in one name the first, with the others' names.

    No more than *most* further names are listed, the rest is counted; all of them where it is None.
    """
    groups: list[tuple[list[str], int | None, list[str]]] = []
    for clause in dict.fromkeys(clauses):
        words = clause.split(" ")
        for number, (first, at, names) in enumerate(groups):
            here = _differ(first, words)
            if here is not None and at in (None, here):
                groups[number] = first, here, [*names, _name(words[here])]
                break
        else:
            groups.append((words, None, []))
    return tuple(_said(" ".join(first), names, most) for first, _, names in groups)


def _differ(one: list[str], two: list[str]) -> int | None:
    """Where the one word stands in which both differ; None where they differ in more, or in what is no name."""
    if len(one) != len(two):
        return None
    places = [at for at, (a, b) in enumerate(zip(one, two, strict=True)) if a != b]
    if len(places) != 1:
        return None
    (at,) = places
    pair = _name(one[at]), _name(two[at])
    # What a clause begins with is its verb, unless it looks like a table or a column.
    named = at > 0 or all("_" in word or "." in word for word in pair)
    return at if named and not any("=" in word for word in pair) else None


def _name(word: str) -> str:
    return word.rstrip(".,;:")


def _said(clause: str, names: list[str], most: int | None) -> str:
    if not names:
        return clause
    shown = names if most is None or len(names) <= most + 1 else names[:most]
    rest = f" and {len(names) - len(shown)} more" if len(shown) < len(names) else ""
    stop = "." if clause.endswith(".") else ""
    return f"{clause.removesuffix('.')} (also {', '.join(shown)}{rest}){stop}"
