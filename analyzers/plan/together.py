"""Sentences that differ in one name, said once: forty columns are no reason to read one clause forty times."""

from __future__ import annotations

from collections.abc import Iterable

WORDS = 60
"""Words of a clause that are compared; a longer one stands alone or differs further on."""
NAMED = 4
"""Further names that a clause lists before it counts."""


def together(clauses: Iterable[str], most: int | None = NAMED) -> tuple[str, ...]:
    """
    *clauses* without repetition, in their order; of those that differ in one name the first, with the others' names.

    No more than *most* further names are listed, the rest is counted; all of them where it is None.
    """
    groups: list[tuple[list[str], int | None, list[str]]] = []
    # By what is left of a clause without one word: the first group that is the same elsewhere.
    known: dict[tuple[int, tuple[str, ...]], int] = {}
    for clause in dict.fromkeys(clauses):
        words = clause.split(" ")
        rests = [(at, (*words[:at], *words[at + 1 :])) for at in range(min(len(words), WORDS))]
        fitting = [
            (known[rest], rest[0])
            for rest in rests
            if rest in known and _fits(groups[known[rest]], words, rest[0])
        ]
        if fitting:
            number, at = min(fitting)
            first, _, names = groups[number]
            names.append(_name(words[at]))
            groups[number] = first, at, names
            continue
        for rest in rests:
            known.setdefault(rest, len(groups))
        groups.append((words, None, []))
    return tuple(_said(" ".join(first), names, most) for first, _, names in groups)


def _fits(group: tuple[list[str], int | None, list[str]], words: list[str], at: int) -> bool:
    """Whether *words* differ from the group in the name at that place, where its others differ as well."""
    first, place, _ = group
    pair = _name(first[at]), _name(words[at])
    # What a clause begins with is its verb, unless it looks like a table or a column.
    named = at > 0 or all("_" in word or "." in word for word in pair)
    return place in (None, at) and named and not any("=" in word for word in pair)


def _name(word: str) -> str:
    return word.rstrip(".,;:")


def _said(clause: str, names: list[str], most: int | None) -> str:
    if not names:
        return clause
    shown = names if most is None or len(names) <= most + 1 else names[:most]
    rest = f" and {len(names) - len(shown)} more" if len(shown) < len(names) else ""
    stop = "." if clause.endswith(".") else ""
    return f"{clause.removesuffix('.')} (also {', '.join(shown)}{rest}){stop}"
