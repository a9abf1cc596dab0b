"""Fields that move between a model and one that inherits from its table: no step can have both."""

from __future__ import annotations

from collections.abc import Sequence

from analyzers.plan.parts import Recipe
from analyzers.plan.recipes.subject import Subject
from analyzers.relate.django_state import DjangoState, ModelState


def moved_along(subjects: Sequence[Subject], state: DjangoState) -> dict[int, Recipe]:
    """
    What is said of the operations that move a field to a model above or below, by their place among all.

    Added before it is removed, Django refuses it; removed before it is added, its values are lost.
    """
    added = [(n, s) for n, s in enumerate(subjects) if s.written.name == "AddField"]
    found: dict[int, Recipe] = {}
    for number, s in enumerate(subjects):
        if s.written.name != "RemoveField":
            continue
        for other, new in added:
            if new.attribute == s.attribute and _related(state, s, new):
                found[number] = found[other] = _refused(s, new)
    return found


def _related(state: DjangoState, one: Subject, other: Subject) -> bool:
    """Whether one of the two models inherits from the other."""
    models = [state.get(s.app_label, s.model) for s in (one, other)]
    return any(
        low is not None and high is not None and _is_above(state, high, low)
        for low, high in (models, reversed(models))
    )


def _is_above(state: DjangoState, high: ModelState, low: ModelState) -> bool:
    waiting, seen = [low], list[ModelState]()
    while waiting:
        one = waiting.pop()
        bases = one.bases if isinstance(one.bases, list | tuple) else ()
        for base in bases:
            above = state.related(one.app, base)
            if above is high:
                return True
            if above is not None and not any(above is each for each in seen):
                seen.append(above)
                waiting.append(above)
    return False


def _refused(gone: Subject, new: Subject) -> Recipe:
    return Recipe(
        parts=(),
        needed=True,
        reason=f"{gone.label}.{gone.attribute} moves to {new.label}, and Django lets no model have a field of its parent's name: "
        "add it under another name (db_column may keep the column's), copy the values, remove the first, then rename the attribute",
    )
