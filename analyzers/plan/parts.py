"""
The parts of a zero-downtime change, and the phases that bring them in order.

Each operation of a pull request contributes parts; parts of one phase go into
one pull request. Expand first, contract last: between two phases everything
old has to be gone, or everything new to be there.
"""

from __future__ import annotations

import ast
import enum
from dataclasses import replace

from analyzers.frozen import dataclass

ROLLED_OUT = "no process of the old version runs any more, workers and cron included"
MIGRATED = "`{migrate}` has finished on every database"


class Phase(enum.IntEnum):
    """When something may happen; a lower phase is merged, migrated and deployed first."""

    EXPAND = 1
    """The schema gains what new code needs and loses what would hinder it."""
    ADOPT = 2
    """The models know the new columns and tables."""
    CODE = 3
    """The code uses the new and no longer needs the old."""
    FILL = 4
    """Rows are filled or copied, in batches."""
    SWITCH = 5
    """The code reads the new place only."""
    RETIRE = 6
    """The models forget the old, or promise what the schema does not yet demand."""
    CONTRACT = 7
    """The schema loses the old and demands the new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation for a generated migration, with the module its names come from."""

    call: ast.Call
    module: ast.Module | None = None
    inside: tuple[Operation, ...] = ()
    """Those that *call* is put together of, where their names come from modules of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One migration file: operations that share a transaction, or run outside of any."""

    slug: str
    operations: tuple[Operation, ...]
    atomic: bool = True
    code: str = ""
    """Functions that ``RunPython`` calls, as source."""
    guarded: bool = False
    """It gives up where a lock is not had soon: the table is large, and all queries wait behind the lock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelEdit:
    """How the model's source differs from what the pull request wrote."""

    model: str
    """``app_label.ModelName``."""
    attribute: str
    keywords: tuple[tuple[str, str], ...] = ()
    """Keyword arguments of the field, as source."""
    without: tuple[str, ...] = ()
    """Keyword arguments of the field that go."""
    keep: bool = False
    """The attribute stays as the base has it (with *keywords*), or the options of ``Meta``, or the whole class."""
    statement: str = ""
    """A line to add: an attribute that the pull request does not have."""
    imports: tuple[str, ...] = ()
    """What the added line needs, where the file has none of it."""
    behind: str = ""
    """The attribute that the added line follows."""
    meta: tuple[tuple[str, str], ...] = ()
    """Options of the class ``Meta``, as source; ``attribute`` is then empty."""
    constraint: str = ""
    """The name of a constraint that the model does not have yet."""
    final: bool = False
    """True: the model ends so. False: it is so until the phase RETIRE."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one operation contributes to one phase."""

    phase: Phase
    what: str
    """A clause that goes on from "this step ...": ``adds orders_order.note as nullable``."""
    app: str
    units: tuple[Unit, ...] = ()
    """Migration files of this part, in order."""
    model: bool = False
    """The models change in this part."""
    code: bool = False
    """The rest of the program changes in this part."""
    edits: tuple[ModelEdit, ...] = ()
    places: tuple[str, ...] = ()
    """``path:line`` of code that has to change first."""
    unwritten: bool = False
    """A migration belongs to it whose file is for a person to write."""


def guarded(recipe: Recipe) -> Recipe:
    """*recipe* with a time after which each transaction gives up its wait for a lock."""
    return replace(
        recipe,
        parts=tuple(_guarded(part) for part in recipe.parts),
        shorter=tuple(_guarded(part) for part in recipe.shorter),
    )


def _guarded(part: Part) -> Part:
    units = tuple(
        replace(unit, guarded=unit.atomic and any(map(locks_tables, unit.operations)))
        for unit in part.units
    )
    return replace(part, units=units)


def locks_tables(operation: Operation) -> bool:
    """Whether an operation has anything to say to the database's tables; data asks for rows only."""
    name = ast.unparse(operation.call.func).rpartition(".")[2]
    if name == "SeparateDatabaseAndState":
        return any(k.arg == "database_operations" for k in operation.call.keywords)
    return name != "RunPython"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """The parts of one operation, and a shorter sequence where measurement allows one."""

    parts: tuple[Part, ...]
    needed: bool
    """False where one pull request does no harm as it stands."""
    reason: str = ""
    shorter: tuple[Part, ...] = ()
    shorter_reason: str = ""
    alone: bool = False
    """Its files hold only where nothing else changes the models."""
    by_hand: str = ""
    """Why no files can be written for the whole plan; empty: they can."""
