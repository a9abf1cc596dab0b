"""Keys that a pull request removes before it deletes their model: Django writes both where a model inherits from a table."""

from __future__ import annotations

from collections.abc import Sequence

from analyzers.plan.parts import Part, Phase, Recipe, Unit
from analyzers.plan.recipes.subject import Subject
from analyzers.plan.statements import drop_foreign_keys
from analyzers.vocabulary import DropTable


def gone_with_model(subjects: Sequence[Subject]) -> dict[int, Recipe]:
    """What is left to do for the removal of a primary key whose table is the next to go, by their place among all."""
    found: dict[int, Recipe] = {}
    keys: dict[tuple[str, str], int] = {}
    for number, s in enumerate(subjects):
        if s.written.name == "RemoveField":
            before = s.column_before(s.attribute)
            if before is not None and before.primary_key:
                keys[s.app, s.model] = number
        elif any(isinstance(change, DropTable) for change in s.changes):
            of_key = keys.get((s.app, s.model))
            if of_key is not None:
                found[of_key] = _unchained(subjects[of_key])
            # Of a table that goes first it is not known here what refers to it.
            keys.clear()
    return found


def _unchained(s: Subject) -> Recipe:
    """The key stays with its table; what it points to can be deleted by code that does not know the table."""
    before = s.column_before(s.attribute)
    if before is None or before.references is None or not s.postgresql:
        return Recipe(parts=(), needed=False)
    unit = Unit(
        slug=f"{s.attribute}_loosen", operations=(drop_foreign_keys(s.table, column=before.name),)
    )
    what = f"drops the foreign key of {s.table}, so that new code can delete what it refers to"
    return Recipe(
        parts=(Part(phase=Phase.EXPAND, app=s.app, what=what, units=(unit,)),), needed=False
    )
