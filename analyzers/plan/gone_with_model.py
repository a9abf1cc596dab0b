"""What a pull request takes out of a model before it deletes it: Django does so with keys and what is built upon them."""

from __future__ import annotations

from collections.abc import Sequence

from analyzers.plan.parts import Operation, Part, Phase, Recipe, Unit
from analyzers.plan.recipes.subject import Subject
from analyzers.plan.statements import apart, drop_foreign_keys, quoted, run_sql
from analyzers.vocabulary import DropTable

TAKEN_OUT = frozenset(
    {"RemoveField", "RemoveIndex", "RemoveConstraint", "AlterUniqueTogether", "AlterIndexTogether"}
)
"""Operations that Django writes ahead of the deletion of their model."""


def gone_with_model(subjects: Sequence[Subject]) -> dict[int, Recipe]:
    """What is left to do for what is taken out of a model that goes later, by the place among all."""
    return _parts_of_models(subjects) | _keys_of_models(subjects)


def _parts_of_models(subjects: Sequence[Subject]) -> dict[int, Recipe]:
    """What no table notices before it goes as a whole: only the models' state has to follow."""
    found: dict[int, Recipe] = {}
    deleted: set[tuple[str, str]] = set()
    for number in reversed(range(len(subjects))):
        s = subjects[number]
        if s.written.name == "DeleteModel" and any(isinstance(c, DropTable) for c in s.changes):
            deleted.add((s.app, s.model))
        elif s.written.name == "CreateModel":
            deleted.discard((s.app, s.model))
        elif s.written.name in TAKEN_OUT and (s.app, s.model) in deleted and not _is_key(s):
            found[number] = _taken_out(s)
    return found


def _is_key(s: Subject) -> bool:
    before = s.column_before(s.attribute) if s.written.name == "RemoveField" else None
    return before is not None and before.primary_key


def _taken_out(s: Subject) -> Recipe:
    """The column stays until its table goes; what it points to can be deleted before."""
    removed = s.written.name == "RemoveField"
    before = s.column_before(s.attribute) if removed else None
    between = [c.table for c in s.changes if isinstance(c, DropTable) and c.table]
    what = (
        f"removes {s.attribute} from {s.label}"
        if removed
        else f"carries {s.written.name}, which no table notices"
    )
    slug = f"{s.attribute or s.model}_retired".lower()
    if not s.postgresql:
        unit = Unit(slug=slug, operations=(s.here,))
        return Recipe(
            parts=(Part(phase=Phase.CONTRACT, app=s.app, what=what, units=(unit,)),), needed=False
        )
    parts = []
    if between:
        parts.append(_loosened(s, drop_foreign_keys(*between), ", ".join(between)))
    elif before is not None and before.references is not None:
        loose = drop_foreign_keys(s.table, column=before.name)
        parts.append(_loosened(s, loose, s.table))
    retired = Unit(slug=slug, operations=apart(state=[s.here]))
    phase = Phase.RETIRE if s.style == "state" else Phase.CONTRACT
    parts.append(Part(phase=phase, app=s.app, what=what, units=(retired,)))
    if between:
        drop = run_sql([f"DROP TABLE {quoted(table)}" for table in between], None)
        parts.append(
            Part(
                phase=Phase.CONTRACT,
                app=s.app,
                what=f"drops the many-to-many field {s.label}.{s.attribute}",
                units=(Unit(slug=f"drop_{s.attribute}".lower(), operations=(drop,)),),
            )
        )
    return Recipe(parts=tuple(parts), needed=False)


def _keys_of_models(subjects: Sequence[Subject]) -> dict[int, Recipe]:
    """What is left of the removal of a primary key whose table is the next to go."""
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
    loosened = _loosened(s, drop_foreign_keys(s.table, column=before.name), s.table)
    return Recipe(parts=(loosened,), needed=False)


def _loosened(s: Subject, loose: Operation, tables: str) -> Part:
    """What new code needs that deletes what the table refers to, and does not know the table."""
    return Part(
        phase=Phase.EXPAND,
        app=s.app,
        what=f"drops the foreign keys of {tables}, so that new code can delete what it refers to",
        units=(Unit(slug=f"{s.attribute}_loosen", operations=(loose,)),),
    )
