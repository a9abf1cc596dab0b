"""Tables that the pull request makes: no running code knows them, so nothing of them is taken apart."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace

from analyzers.frozen import dataclass
from analyzers.plan.parts import Part, Phase, Recipe, Unit, guarded
from analyzers.plan.recipes.added import new_table
from analyzers.plan.recipes.subject import Subject
from analyzers.plan.statements import apart

_APART = frozenset({"RunSQL", "RunPython", "SeparateDatabaseAndState"})


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTables:
    """What becomes of the operations of new tables, each by its place among all."""

    recipes: dict[int, Recipe]
    """At one place of those that belong together is the recipe of all; the others have one without parts."""
    late: frozenset[str]
    """Tables that are made when the models learn of them, as models of another app come first."""


def new_tables(subjects: Sequence[Subject]) -> NewTables:
    """
    Operations that make tables or work on new ones; those that know of each other stay together.

    The models' state knows a new table only when the models do: what a migration says to
    the database alone before that is forgotten at its end.
    """
    own = {n: s for n, s in enumerate(subjects) if _of_new_table(s)}
    labels = {_label(s): s.app for s in own.values() if s.written.name == "CreateModel"}
    recipes: dict[int, Recipe] = {}
    late: set[str] = set()
    for group in _groups(own, labels):
        members = [own[n] for n in group]
        app = members[0].app
        foreign = any(labels[label] != app for s in members for label in spoken_of(s, labels))
        state = members[0].style == "state"
        if foreign and state:
            late |= {t for s in members for t in s.made}
        made = _together(members, at_once=foreign and state)
        recipes |= {n: Recipe(parts=(), needed=False) for n in group}
        recipes[_place(group, subjects, labels)] = made
    return NewTables(recipes=recipes, late=frozenset(late))


def spoken_of(s: Subject, labels: dict[str, str]) -> set[str]:
    """Those of *labels* (``app.model``, in small letters) that an operation works on or points to."""
    words = {
        node.value.lower()
        for node in ast.walk(s.written.call)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    here = {f"{s.app_label.lower()}.{word}" for word in words}
    return {label for label in labels if label in words or label in here}


def _label(s: Subject) -> str:
    return s.label.lower()


def _of_new_table(s: Subject) -> bool:
    """Whether an operation makes a table, or works on one that the pull request makes."""
    if s.written.name in _APART or s.written.name.endswith("Concurrently"):
        return False
    return s.fresh or (bool(s.made) and (s.written.name != "CreateModel" or s.before is None))


def _groups(own: dict[int, Subject], labels: dict[str, str]) -> list[list[int]]:
    """The operations of one app that know of each other's models, in order."""
    groups: list[tuple[list[int], set[str]]] = []
    for number, s in own.items():
        said = {label for label in spoken_of(s, labels) if labels[label] == s.app}
        said |= {_label(s)} & labels.keys()
        near = [g for g in groups if g[1] & said] if s.style == "state" else []
        groups = [g for g in groups if g not in near]
        numbers = sorted([number, *(n for g in near for n in g[0])])
        groups.append((numbers, said.union(*(g[1] for g in near))))
    return [numbers for numbers, _ in groups]


def _place(group: list[int], subjects: Sequence[Subject], labels: dict[str, str]) -> int:
    """Which of a group's places its recipe takes: the last, unless something in between points to its tables."""
    models = {_label(subjects[n]) for n in group} & labels.keys()
    between = (subjects[n] for n in range(group[0], group[-1]) if n not in group)
    return group[0] if any(spoken_of(s, labels) & models for s in between) else group[-1]


def _together(members: Sequence[Subject], *, at_once: bool) -> Recipe:
    """One recipe for all *members*; *at_once* in the database and in the state, as other models come before."""
    first, state = members[0], members[0].style == "state"
    alone = [made for s in members if s.made and (made := new_table(s)) is not None]
    parts = [part for one in alone for part in one.parts]
    slug = next((u.slug for part in parts for u in part.units), first.written.name.lower())
    here = tuple(s.here for s in members)
    units: dict[Phase, tuple[Unit, ...]] = {
        Phase.EXPAND: (Unit(slug=slug, operations=apart(database=here)),),
        Phase.ADOPT: (Unit(slug=f"{slug}_model", operations=apart(state=here)),),
    }
    if not state:
        units = {Phase.EXPAND: tuple(Unit(slug=slug, operations=(one,)) for one in here)}
    elif at_once:
        units = {Phase.ADOPT: (Unit(slug=slug, operations=here),)}
    whole = [replace(part, units=()) for part in parts]
    if not alone:
        whole = [_worked_on(first, phase) for phase in units]
    if at_once:
        whole = [replace(p, phase=Phase.ADOPT, model=True) for p in whole]
    for phase, own in units.items():
        at = next(n for n, part in enumerate(whole) if part.phase is phase)
        whole[at] = replace(whole[at], units=own)
    reason = alone[0].reason if alone else ""
    made = Recipe(parts=tuple(whole), needed=False, reason=reason)
    # A foreign key locks the table that it refers to.
    return guarded(made) if any(s.large and s.postgresql for s in members) else made


def _worked_on(s: Subject, phase: Phase) -> Part:
    """What becomes of a new table beside those that make it."""
    what = f"runs {s.written.name} on the new table {s.table}"
    return Part(phase=phase, app=s.app, model=phase is Phase.ADOPT, what=what)
