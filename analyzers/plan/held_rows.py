"""Rows that code which was rolled back cannot delete: a foreign key that its models lack leads to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from analyzers.read.values import Call
from analyzers.relate.django_fields import by_database
from analyzers.relate.django_state import argument
from analyzers.relate.facts import Facts, Step
from analyzers.vocabulary import AddColumn, Column, CreateTable, Framework

NAMED = 6
"""Columns and tables that are named."""


def deletions_refused(facts: Facts, steps: Iterable[Step]) -> str:
    """What code that was rolled back cannot do once the new code has written; empty: nothing is known."""
    held = _held_rows(facts, steps)
    if not held:
        return ""
    return (
        f"Rolling back the code alone is safe until new code has written {_few(held)}: the old code does not know"
        f" what refers to the rows of {_few(held.values())} then, and cannot delete these."
    )


def _few(names: Iterable[str]) -> str:
    listed = list(dict.fromkeys(names))
    return ", ".join(listed[:NAMED]) + (" ..." if len(listed) > NAMED else "")


def _held_rows(facts: Facts, steps: Iterable[Step]) -> dict[str, str]:
    """
    The new columns of Django's models that lead to rows which stood before, each with the table of these.

    Django deletes what refers to a row before the row itself: of what it knows. The
    database's constraint says nothing of deletions, but where Django 6.1 is told so.
    """
    found: dict[str, str] = {}
    for step in steps:
        if step.migration.framework is not Framework.DJANGO:
            continue
        for column in _new_columns(step):
            reference = column.references
            if reference is None or reference.table in facts.new_tables:
                continue
            if not _by_database(facts, step, column):
                found[f"{step.change.table}.{column.name}"] = reference.table
    return found


def _new_columns(step: Step) -> Iterator[Column]:
    match step.change:
        case CreateTable(columns=columns):
            yield from columns
        case AddColumn(column=column):
            yield column
        case _:
            pass


def _by_database(facts: Facts, step: Step, column: Column) -> bool:
    """Whether the database itself does something when the row goes, or it is not known."""
    _, _, name = (step.change.model or "").rpartition(".")
    model = facts.views[1].state.get(step.migration.key.app, name)
    field = model.fields.get(column.attribute or "") if model is not None else None
    return isinstance(field, Call) and by_database("on_delete", argument(field, "on_delete", 1))
