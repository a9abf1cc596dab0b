"""New columns that SQL of the same migration gives a default: one transaction, which nothing may take apart."""

from __future__ import annotations

from collections.abc import Sequence

from analyzers.plan.parts import Part, Phase, Recipe, Unit
from analyzers.plan.recipes.subject import Subject, relation_kind
from analyzers.plan.statements import apart
from analyzers.vocabulary import AddColumn, RunCode

_CODE = frozenset({"RunSQL", "RunPython"})


def with_its_default(operations: Sequence[Subject]) -> Recipe | None:
    """The recipe of all *operations* of a migration; None where each has its own."""
    columns = [s for s in operations if s.written.name not in _CODE]
    if not any(s.eased for s in columns) or not all(map(_stays, columns)):
        return None
    ran = [c for s in operations for c in s.changes if isinstance(c, RunCode)]
    if not all(code.sql_alone for code in ran):
        # It may ask for models, which do not know the columns until later.
        return None
    first = columns[0]
    state = first.style == "state"
    whats = ", ".join(f"{s.table}.{s.attribute}" for s in columns)
    labels = ", ".join(dict.fromkeys(s.label for s in columns))
    slug = f"{first.model}_{first.attribute}".lower()
    here = tuple(s.here for s in operations)
    expand = tuple(
        operation
        for s in operations
        for operation in (apart(database=[s.here]) if state and s in columns else (s.here,))
    )
    adopt = Unit(slug=slug, operations=apart(state=[s.here for s in columns]))
    whole = Part(
        phase=Phase.EXPAND,
        app=first.app,
        model=True,
        what=f"adds {whats} with a default in the database, and to {labels}",
        units=(Unit(slug=slug, operations=here),),
    )
    return Recipe(
        parts=(
            Part(
                phase=Phase.EXPAND,
                app=first.app,
                what=f"adds {whats} with a default in the database",
                units=(Unit(slug=f"add_{first.attribute}", operations=expand),),
            ),
            Part(
                phase=Phase.ADOPT,
                app=first.app,
                model=True,
                what=f"adds {', '.join(s.attribute for s in columns)} to {labels}",
                units=(adopt,) if state else (),
            ),
        ),
        needed=True,
        reason=f"new code selects {whats}: it fails wherever it starts before the migration has run",
        shorter=(whole,),
        shorter_reason="one pull request is enough where every deployment runs the migrations before new code starts",
    )


def _stays(s: Subject) -> bool:
    """Whether the operation adds a column alone that no insert has to name."""
    field = s.written.field() if s.written.name == "AddField" else None
    added = next((c for c in s.changes if isinstance(c, AddColumn)), None)
    if field is None or added is None or relation_kind(field):
        return False
    column = added.column
    bare = not (column.unique or column.indexed or column.checked)
    return bare and (s.eased or column.null is True or column.server_default is not None)
