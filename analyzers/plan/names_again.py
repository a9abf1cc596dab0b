"""Columns that take the name of one that the same pull request drops or renames."""

from __future__ import annotations

from collections.abc import Iterable

from analyzers.plan.parts import Part, Phase, Recipe
from analyzers.relate.facts import Step
from analyzers.vocabulary import AddColumn, AlterColumn, DropColumn, RenameColumn


def names_again(steps: Iterable[Step]) -> dict[int, Recipe]:
    """
    What is to be done in place of those *steps* (in order; by ``id``) that ask for a name once it is free.

    Taken apart, the old column keeps its name until the end: no file can give it to another one before.
    """
    free: set[tuple[str | None, str]] = set()
    taken: dict[tuple[str | None, str], str] = {}
    found: dict[int, Recipe] = {}
    for step in steps:
        change = step.change
        match change:
            case DropColumn(table=table, column=column):
                free.add((table, column))
            case RenameColumn(table=table, column=column, new_name=name):
                if (table, name) in free:
                    taken[table, name] = column
                    what = f"leaves {table}.{column} its name: with db_column={column!r} the model may call it {name}"
                    found[id(step)] = _by_hand(step, table, name, Phase.CONTRACT, what)
                free.add((table, column))
            case AddColumn(table=table, column=new) if (table, new.name) in free:
                taken[table, new.name] = new.name
                what = f"adds the new {table}.{new.name} under another name (db_column), as the old one still has this"
                found[id(step)] = _by_hand(step, table, new.name, Phase.EXPAND, what)
            case AlterColumn(table=table, after=after) if (table, after.name) in taken:
                what = f"alters the column that was to be {table}.{after.name} as the pull request says"
                found[id(step)] = _by_hand(step, table, after.name, Phase.CONTRACT, what)
            case _:
                pass
    return found


def _by_hand(step: Step, table: str | None, name: str, phase: Phase, what: str) -> Recipe:
    part = Part(phase=phase, app=step.migration.key.app, what=what, unwritten=True)
    reason = f"{table}.{name} goes and another column takes its name: old code reads the one for the other"
    by_hand = (
        "no files are written for it, as no step can give the name away while another column has it"
    )
    return Recipe(parts=(part,), needed=True, reason=reason, by_hand=by_hand)
