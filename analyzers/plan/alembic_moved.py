"""From one column to another beside it: a rename, or another type."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from analyzers.plan.alembic_fill import copied
from analyzers.plan.alembic_pieces import (
    Phase,
    Piece,
    add,
    by_hand,
    constraint_added,
    demand,
    drop,
    index_built,
    may_be_null,
)
from analyzers.plan.alembic_undone import column_again
from analyzers.relate.alembic_index_source import Unwritable
from analyzers.relate.facts import Step
from analyzers.relate.sql_names import named
from analyzers.vocabulary import Column, Constraint, ConstraintKind, Index


def moved(
    step: Step,
    table: str,
    before: Column | None,
    beside: Column | None,
    old: str,
    new: str,
    source: str,
    compared: str | None = None,
) -> list[Piece]:
    """
    From the column *old* to *new*, which gets the value of *source*, both as they are where that is known.

    *compared* is the same value in the type of *new*, where *source* has another one.

    What cannot be written is told in words.
    """
    filling = Piece(phase=Phase.FILL, what=f"copies {table}.{old} to {new} in batches")
    expand = Piece(
        phase=Phase.EXPAND, what=f"adds {table}.{new} beside {old}", down=(drop(table, new),)
    )
    code = Piece(phase=Phase.CODE, what=f"writes go to {old} and {new}, reads stay with {old}")
    switch = Piece(phase=Phase.SWITCH, what=f"reads and writes go to {table}.{new} alone")
    contract = Piece(
        phase=Phase.CONTRACT,
        what=f"drops {table}.{old}",
        up=(drop(table, old),),
        down=column_again(step.table_before, table, old),
    )
    if before is None or beside is None:
        return by_hand([expand, code, filling, switch, contract], f"{table}.{old}")
    try:
        up = tuple(
            copied(table, step.table_before, source, new, step.database, beside.type, compared)
        )
        return [
            replace(expand, up=(add(table, beside),)),
            code,
            replace(filling, up=up),
            *_taken_over(step, table, before, beside),
            switch,
            contract,
        ]
    except Unwritable:
        return by_hand([expand, code, filling, switch, contract], f"{table}.{old}")


def _taken_over(step: Step, table: str, old: Column, new: Column) -> Iterator[Piece]:
    """
    What stands on the column *old*, for *new* as well; *old* is demanded no longer.

    Raises:
        Unwritable: it cannot be written for another column.

    """
    state = step.table_before
    called = re.compile(rf'(?<![\w"])"?{re.escape(old.name)}"?(?![\w"(])')
    for index in state.indexes if state is not None else ():
        if any(map(called.search, (*index.columns, index.condition or ""))):
            if step.database != "postgresql":
                raise Unwritable
            made = _index_of(index, table, old, new, called)
            yield replace(index_built(made, table), phase=Phase.FILL)
    for constraint in state.constraints if state is not None else ():
        if any(map(called.search, (*constraint.columns, constraint.expression or ""))):
            limit = _constraint_of(constraint, old, new, called)
            piece = constraint_added(limit, table)
            if piece is None or step.database != "postgresql":
                raise Unwritable
            yield replace(piece, phase=Phase.FILL)
    if old.null is False and not old.primary_key:
        yield replace(demand(table, new.name, step.database), phase=Phase.FILL)
        yield Piece(
            phase=Phase.FILL,
            what=f"lets {table}.{old.name} be NULL",
            up=(may_be_null(table, old.name, null=True),),
        )


def _index_of(index: Index, table: str, old: Column, new: Column, called: re.Pattern[str]) -> Index:
    """*index* for the column *new*; one that says more than columns, only where the type stays."""
    plain = all(re.fullmatch(r"\w+", column) for column in index.columns)
    if not (plain and index.condition is None) and old.type != new.type:
        raise Unwritable
    columns = tuple(called.sub(_spelled(c, new), c) for c in index.columns)
    condition = index.condition and called.sub(named(new.name), index.condition)
    words = re.findall(r"\w+", "_".join(columns))
    name = "_".join(("ix", table.rpartition(".")[2], *words))[:63]
    return replace(index, name=name, columns=columns, condition=condition)


def _spelled(member: str, new: Column) -> str:
    """*new* as a member of an index that is a column's name, or an expression."""
    return new.name if re.fullmatch(r"\w+", member) else named(new.name)


def _constraint_of(
    constraint: Constraint, old: Column, new: Column, called: re.Pattern[str]
) -> Constraint:
    """*constraint* for the column *new*; a check, only where the type stays."""
    columns = tuple(new.name if c == old.name else c for c in constraint.columns)
    if constraint.kind is not ConstraintKind.CHECK:
        return replace(constraint, name=None, columns=columns)
    if old.type != new.type or constraint.expression is None:
        raise Unwritable
    return replace(
        constraint,
        name=f"{constraint.name}_{new.name}"[:63] if constraint.name else None,
        columns=columns,
        expression=called.sub(named(new.name), constraint.expression),
    )
