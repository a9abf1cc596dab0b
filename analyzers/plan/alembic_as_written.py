"""A change as the author wrote it, in a revision of a split: when it runs, and what takes it back."""

from __future__ import annotations

from collections.abc import Sequence

from analyzers.plan.alembic_pieces import Phase, Piece, Written, add, altered
from analyzers.plan.alembic_statements import first_line, statement_of
from analyzers.plan.alembic_undone import undone
from analyzers.plan.definitions import defines, ends_type
from analyzers.relate.alembic_index_source import Unwritable
from analyzers.relate.facts import Facts, Step
from analyzers.vocabulary import (
    AddColumn,
    AddConstraint,
    AddIndex,
    AlterColumn,
    CreateTable,
    Index,
    RunCode,
    RunStatement,
    SchemaChange,
)

_LINE = 60
"""Characters of a statement that a plan quotes."""


def shortened(statement: Written | None) -> str:
    """What *statement* begins with, as a plan quotes it; empty where there is none."""
    first = first_line(statement.text) if statement is not None else ""
    return first if len(first) <= _LINE else f"{first[: _LINE - 3]}..."


def as_written(facts: Facts, step: Step, *, anew: bool = False) -> list[Piece]:
    """
    The change as the author wrote it, or alone where it is written *anew*; moved rows come in their own phase.

    Raises:
        Unwritable: it cannot be written in a file of its own.

    """
    change = step.change
    phase, what = _phase(change), _said(change)
    down = () if _goes_with_its_constraint(facts, step) else undone(change, step.table_before)
    if anew:
        up = _alone(change)
        if isinstance(change, AlterColumn):
            what = f"alters {change.table}.{change.after.name}"
        return [Piece(phase=phase, what=what, up=up, down=down)]
    written = statement_of(facts, step)
    if written is None:
        # It stands in a function that is called in a way of its own: nothing may be lost of it.
        raise Unwritable
    return [
        Piece(
            phase=_phase_beside(phase, written.made),
            what=what or f"runs {shortened(written.itself)}",
            before=written.before,
            up=(written.itself,),
            down=down,
            needs=written.needs,
        )
    ]


def _phase(change: SchemaChange) -> Phase:
    """When *change* happens that nothing takes apart: rows are moved in a phase of their own."""
    if ends_type(change):
        return Phase.CONTRACT
    moves = isinstance(change, RunCode | RunStatement) and not defines([change])
    return Phase.FILL if moves else Phase.EXPAND


def _phase_beside(phase: Phase, made: Sequence[SchemaChange]) -> Phase:
    """
    When a statement runs that asks for what others have *made*, and has its own place in *phase*.

    Raises:
        Unwritable: they do not run in one phase.

    """
    phases = {_phase(change) for change in made}
    if phases <= {phase}:
        return phase
    tables = all(isinstance(c, CreateTable) or _phase(c) is Phase.FILL for c in made)
    if phase is Phase.FILL and tables:
        # The rows of a new table: nobody waits for them, and nobody asks for them yet.
        return Phase.EXPAND
    raise Unwritable


def _said(change: SchemaChange) -> str:
    """What *change* does, in words; empty where that is not plain."""
    match change:
        case CreateTable(table=str(table)):
            return f"creates {table}"
        case AddColumn(table=str(table), column=column):
            return f"adds {table}.{column.name}"
        case AddIndex(index=Index(name=str(name))):
            return f"builds {name}"
        case _:
            return ""


def _alone(change: SchemaChange) -> tuple[str, ...]:
    """
    The statement that makes *change* and nothing else.

    Raises:
        Unwritable: not all of it is known.

    """
    match change:
        case AddColumn(table=str(table), column=column):
            return (add(table, column),)
        case AlterColumn(table=str(table), after=after, using=None):
            typed, null, told = change.sets_type, change.sets_null, change.sets_default
            return (altered(table, after, sets_type=typed, sets_null=null, sets_default=told),)
        case _:
            raise Unwritable


def _goes_with_its_constraint(facts: Facts, step: Step) -> bool:
    """Whether a constraint takes over the index that *step* builds: what drops the one drops the other."""
    change = step.change
    return isinstance(change, AddIndex) and any(
        isinstance(other.change, AddConstraint)
        and other.change.constraint.using_index == change.index.name is not None
        for other in facts.steps
    )
