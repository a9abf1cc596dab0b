"""
What one change contributes to a split of Alembic revisions: statements by phase.

Here are the pieces that everything else is made of: columns, and what PostgreSQL
can build or check while writes go on.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import replace

from analyzers.frozen import dataclass
from analyzers.plan.alembic_fill import executed, literal
from analyzers.relate.alembic_column_source import type_source
from analyzers.relate.alembic_constraint_source import actions
from analyzers.relate.alembic_index_source import BOUND, Unwritable, index_call
from analyzers.relate.sql_names import named
from analyzers.vocabulary import Column, Constraint, ConstraintKind, Index

CONCURRENTLY = "postgresql_concurrently"
BLOCK = "with op.get_context().autocommit_block():"

_ENDINGS = {ConstraintKind.FOREIGN_KEY: "_fkey", ConstraintKind.UNIQUE: "_key"}


class Phase(enum.IntEnum):
    """When something happens; a lower one is merged, migrated and deployed first."""

    EXPAND = 1
    CODE = 2
    FILL = 3
    SWITCH = 4
    CONTRACT = 5


@dataclass(frozen=True, slots=True)
class Written:
    """A statement of the author's ``upgrade``: its file and line, and its text, dedented."""

    path: str
    line: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Successor:
    """A column that takes another one's place under a name of its own."""

    table: str
    old: str
    new: str
    database: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """A column that the models call NOT NULL some steps before the database does."""

    table: str
    column: str
    database: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What one change contributes to one phase."""

    phase: Phase
    what: str
    """A clause: ``adds orders.note as nullable``."""
    before: tuple[Written, ...] = ()
    """The author's statements that *up* asks for; those of all pieces stand once in a file."""
    up: tuple[str | Written, ...] = ()
    down: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    """Imports and definitions of the author's file that *up* asks for."""
    by_hand: str = ""
    """Why no file can be written for it; empty where one can."""
    successor: Successor | None = None
    """What the models have to call otherwise than the pull request does."""
    demand: Demand | None = None
    """What the models demand from this piece on."""
    database: str | None = None
    """The one it is for, where the author's revision has a function for each of several."""


def by_hand(pieces: Sequence[Piece], name: str) -> list[Piece]:
    """*pieces* in words alone, as not all that they do to *name* can be written."""
    why = f"no files are written, as {name} is to be taken apart by hand"
    return [replace(piece, before=(), up=(), down=(), needs=(), by_hand=why) for piece in pieces]


def at(table: str) -> tuple[str, str]:
    """*table* as an argument, and the ``schema=`` argument that belongs to it."""
    schema, _, bare = table.rpartition(".")
    return f'"{bare}"', f', schema="{schema}"' if schema else ""


def add(table: str, column: Column, *, null: bool | None = None) -> str:
    """
    The statement that adds *column*; *null* for what the column says itself.

    Raises:
        Unwritable: its type or its default is not known, or the database makes its values.

    """
    kind = type_of(column)
    nullable = column.null if null is None else null
    default = f", server_default={_default(column)}" if column.server_default is not None else ""
    if column.generated is not None or column.identity:
        raise Unwritable
    name, schema = at(table)
    made = f'sa.Column("{column.name}", {kind}{default}, nullable={nullable})'
    return f"op.add_column({name}, {made}{schema})"


def type_of(column: Column) -> str:
    """The type of *column*; an enum's is there already, or is made by a statement of its own."""
    enum = column.makes_type
    if enum is not None and enum == (column.type or "").strip('"'):
        return f'postgresql.ENUM(name="{enum}", create_type=False)'
    return type_source(column.type)


def _default(column: Column) -> str:
    """
    The default that the database has for *column*.

    Raises:
        Unwritable: it is not known.

    """
    text = column.server_default
    if text is None:
        return "None"
    if text == "..." or BOUND.search(text):
        raise Unwritable
    return f"sa.text({literal(text)})"


def altered(
    table: str,
    column: Column,
    *,
    sets_type: bool = False,
    sets_null: bool = False,
    sets_default: bool = False,
    using: str = "",
) -> str:
    """
    The statement that makes a column be as *column* says, in what is set.

    Raises:
        Unwritable: that is not known.

    """
    said = ""
    if sets_type:
        said += f", type_={type_of(column)}"
        said += f", postgresql_using={literal(using)}" if using else ""
    if sets_null:
        if column.null is None:
            raise Unwritable
        said += f", nullable={column.null}"
    if sets_default:
        said += f", server_default={_default(column)}"
    name, schema = at(table)
    return f'op.alter_column({name}, "{column.name}"{said}{schema})'


def drop(table: str, column: str) -> str:
    """The statement that drops *column*."""
    name, schema = at(table)
    return f'op.drop_column({name}, "{column}"{schema})'


def may_be_null(table: str, column: str, *, null: bool) -> str:
    """The statement that says whether *column* may be NULL."""
    name, schema = at(table)
    return f'op.alter_column({name}, "{column}", nullable={null}{schema})'


def demand(table: str, column: str, database: str) -> Piece:
    """NOT NULL without a scan under a lock: PostgreSQL takes a validated check for proof."""
    check = f"ck_{table.rpartition('.')[2]}_{column}_not_null"[:63]
    name, schema = at(table)
    if database == "postgresql":
        up: tuple[str, ...] = (
            BLOCK,
            f'    op.create_check_constraint("{check}", {name}, {literal(f"{named(column)} IS NOT NULL")}, postgresql_not_valid=True{schema})',
            "    " + executed(f"ALTER TABLE {named(table)} VALIDATE CONSTRAINT {named(check)}"),
            may_be_null(table, column, null=False),
            f'op.drop_constraint("{check}", {name}, type_="check"{schema})',
        )
    else:
        up = (may_be_null(table, column, null=False),)
    return Piece(
        phase=Phase.CONTRACT,
        what=f"makes {table}.{column} NOT NULL",
        up=up,
        down=(may_be_null(table, column, null=True),),
    )


def index_built(index: Index, table: str) -> Piece:
    """*index*, built while writes go on."""
    name, schema = at(table)
    up = (BLOCK, f"    {index_call(index, name, f', postgresql_concurrently=True{schema}')}")
    down = (
        BLOCK,
        f'    op.drop_index("{index.name}", table_name={name}, postgresql_concurrently=True{schema})',
    )
    what = f"builds {index.name} while writes go on"
    return Piece(phase=Phase.EXPAND, what=what, up=up, down=down)


def called(constraint: Constraint, table: str) -> Constraint:
    """*constraint* with the name that PostgreSQL gives it, where it has none."""
    if constraint.name is not None or constraint.kind not in _ENDINGS or not constraint.columns:
        return constraint
    made = f"{table.rpartition('.')[2]}_{'_'.join(constraint.columns)}"
    return replace(constraint, name=made + _ENDINGS[constraint.kind])


def constraint_added(constraint: Constraint, table: str) -> Piece | None:
    """*constraint*, checked while writes go on; None where that cannot be written."""
    if constraint.deferrable or constraint.more:
        return None
    constraint = called(constraint, table)
    if constraint.kind is ConstraintKind.UNIQUE and constraint.columns:
        return _unique(constraint, table)
    if constraint.name is None or not constraint.validated:
        return None
    create = _not_valid(constraint, table)
    if create is None:
        return None
    kind = "foreignkey" if constraint.kind is ConstraintKind.FOREIGN_KEY else "check"
    up = (
        BLOCK,
        f"    {create}",
        "    "
        + executed(f"ALTER TABLE {named(table)} VALIDATE CONSTRAINT {named(constraint.name)}"),
    )
    name, schema = at(table)
    down = (f'op.drop_constraint("{constraint.name}", {name}, type_="{kind}"{schema})',)
    what = f"adds {constraint.name} and checks it while writes go on"
    return Piece(phase=Phase.EXPAND, what=what, up=up, down=down)


def _unique(constraint: Constraint, table: str) -> Piece:
    """A unique constraint on an index that is built while writes go on."""
    name, columns = constraint.name, ", ".join(f'"{c}"' for c in constraint.columns)
    of, schema = at(table)
    return Piece(
        phase=Phase.EXPAND,
        what=f"adds {name} on an index that is built while writes go on",
        up=(
            BLOCK,
            f'    op.create_index("{name}", {of}, [{columns}], unique=True, postgresql_concurrently=True{schema})',
            executed(
                f"ALTER TABLE {named(table)} ADD CONSTRAINT {named(name or '')}"
                f" UNIQUE USING INDEX {named(name or '')}"
            ),
        ),
        down=(f'op.drop_constraint("{name}", {of}, type_="unique"{schema})',),
    )


def _not_valid(constraint: Constraint, table: str) -> str | None:
    name, columns = constraint.name, ", ".join(f'"{c}"' for c in constraint.columns)
    target = constraint.references
    of, schema = at(table)
    if constraint.kind is ConstraintKind.FOREIGN_KEY and target is not None and target.column:
        if len(constraint.columns) != 1:
            return None
        to, there = at(target.table)
        schemas = schema.replace("schema=", "source_schema=", 1)
        schemas += there.replace("schema=", "referent_schema=", 1)
        return (
            f'op.create_foreign_key("{name}", {of}, {to}, [{columns}], ["{target.column}"]'
            f"{actions(constraint)}, postgresql_not_valid=True{schemas})"
        )
    if constraint.kind is ConstraintKind.CHECK and constraint.expression:
        return (
            f'op.create_check_constraint("{name}", {of}, {constraint.expression!r}, '
            f"postgresql_not_valid=True{schema})"
        )
    return None
