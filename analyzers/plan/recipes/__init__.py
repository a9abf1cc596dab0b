"""
What each Django operation needs, so that no statement of old or new code fails.

One function an operation. The order of the phases is the point; ``tests/plans``
lists which sequences are played on a real PostgreSQL with both versions of the
code running.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace

from analyzers.plan.parts import Part, Recipe
from analyzers.plan.recipes.added import add_field, new_table
from analyzers.plan.recipes.altered import alter_field
from analyzers.plan.recipes.constrained import (
    add_constraint,
    add_index,
    alter_unique_together,
    remove_index,
)
from analyzers.plan.recipes.removed import delete_model, remove_field
from analyzers.plan.recipes.renamed import alter_model_table, rename_field
from analyzers.plan.recipes.renamed_class import rename_model
from analyzers.plan.recipes.subject import Subject

_RECIPES: dict[str, Callable[[Subject], Recipe | None]] = {
    "AddField": add_field,
    "AlterField": alter_field,
    "RemoveField": remove_field,
    "RenameField": rename_field,
    "CreateModel": new_table,
    "DeleteModel": delete_model,
    "RenameModel": rename_model,
    "AlterModelTable": alter_model_table,
    "AddIndex": add_index,
    "RemoveIndex": remove_index,
    "AddConstraint": add_constraint,
    "AlterUniqueTogether": alter_unique_together,
}


def recipe(subject: Subject) -> Recipe | None:
    """The recipe of *subject*'s operation; None where there is nothing to say."""
    make = _RECIPES.get(subject.written.name)
    made = make(subject) if make else None
    if made is None or subject.postgresql or not any(map(_own_sql, made.parts)):
        return made
    # The steps hold for every database; the SQL that is written here does not.
    where = f" (its files are not written for {subject.database})"
    parts = tuple(
        replace(part, units=(), what=part.what + where) if part.units else part
        for part in made.parts
    )
    return replace(made, parts=parts, shorter=(), shorter_reason="")


def _own_sql(part: Part) -> bool:
    return any(
        isinstance(node, ast.Attribute) and node.attr == "RunSQL"
        for unit in part.units
        for operation in unit.operations
        for node in ast.walk(operation.call)
    )
