"""The source of constraints, for revisions that are offered."""

from __future__ import annotations

from analyzers.relate.alembic_index_source import Unwritable
from analyzers.vocabulary import Constraint, ConstraintKind


def name_and_schema(table: str) -> tuple[str, str]:
    """A table's name and the ``schema=`` argument that belongs to it."""
    schema, _, bare = table.rpartition(".")
    return f'"{bare}"', f', schema="{schema}"' if schema else ""


def constraint_source(constraint: Constraint) -> str:
    """
    The argument of ``op.create_table`` that makes *constraint*.

    Raises:
        Unwritable: not all that it says is known.

    """
    if constraint.more:
        raise Unwritable
    name = f', name="{constraint.name}"' if constraint.name else ""
    name += timing(constraint)
    columns = ", ".join(f'"{c}"' for c in constraint.columns)
    match constraint.kind:
        case ConstraintKind.UNIQUE:
            return f"sa.UniqueConstraint({columns}{name})"
        case ConstraintKind.FOREIGN_KEY if constraint.references is not None:
            target = constraint.references
            to = ", ".join(f'"{target.table}.{column}"' for column in _targets(constraint))
            return f"sa.ForeignKeyConstraint([{columns}], [{to}]{name}{actions(constraint)})"
        case ConstraintKind.CHECK if constraint.expression is not None:
            return f"sa.CheckConstraint({constraint.expression!r}{name})"
        case _:
            raise Unwritable


def foreign_key_call(constraint: Constraint, called: str, table: str) -> str:
    """
    The ``op.create_foreign_key(...)`` that makes *constraint* on *table* under the name *called*.

    Raises:
        Unwritable: not all that it says is known.

    """
    name, schema = name_and_schema(table)
    target = constraint.references
    if target is None or constraint.more:
        raise Unwritable
    to, there = name_and_schema(target.table)
    columns, theirs = (
        ", ".join(f'"{column}"' for column in each)
        for each in (constraint.columns, _targets(constraint))
    )
    schemas = schema.replace("schema=", "source_schema=", 1)
    schemas += there.replace("schema=", "referent_schema=", 1)
    return (
        f'op.create_foreign_key("{called}", {name}, {to}, [{columns}], [{theirs}]'
        f"{actions(constraint)}{timing(constraint)}{schemas})"
    )


def _targets(constraint: Constraint) -> tuple[str, ...]:
    """The columns that a foreign key refers to."""
    target = constraint.references
    if target is None or target.column is None:
        raise Unwritable
    found = (target.column, *target.others)
    if len(found) != len(constraint.columns):
        raise Unwritable
    return found


def timing(constraint: Constraint) -> str:
    """The arguments for when a constraint is checked."""
    said = ", deferrable=True" if constraint.deferrable else ""
    return said + (f', initially="{constraint.initially}"' if constraint.initially else "")


def actions(constraint: Constraint) -> str:
    """The arguments for what a foreign key does besides refusing."""
    said = (("ondelete", constraint.on_delete), ("onupdate", constraint.on_update))
    if None in dict(said).values():
        raise Unwritable
    return "".join(f', {k}="{v.upper()}"' for k, v in said if v is not None and v != "no action")
