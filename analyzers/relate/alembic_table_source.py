"""The source of a whole table, for revisions that are offered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from analyzers.relate.alembic_column_source import column_source
from analyzers.relate.alembic_constraint_source import constraint_source, name_and_schema
from analyzers.vocabulary import Column, Constraint, ConstraintKind


def table_call(
    table: str,
    columns: Sequence[Column],
    constraints: Sequence[Constraint],
    enums: Mapping[str, str],
    comment: str | None = None,
) -> str:
    """
    The ``op.create_table(...)`` of *table*; *enums* has the source of its enum types by column.

    Raises:
        Unwritable: not all that it says is known.

    """
    name, schema = name_and_schema(table)
    return "\n".join(
        (
            f"op.create_table(\n    {name},",
            *_lines(columns, constraints, enums, schema, comment),
            ")",
        )
    )


def _lines(
    columns: Sequence[Column],
    constraints: Sequence[Constraint],
    enums: Mapping[str, str],
    schema: str,
    comment: str | None,
) -> Iterator[str]:
    for column in columns:
        yield f"    {column_source(column, enums.get(column.name))},"
    for constraint in constraints:
        if constraint.kind is not ConstraintKind.PRIMARY_KEY:
            yield f"    {constraint_source(constraint)},"
    keys = ", ".join(f'"{c.name}"' for c in columns if c.primary_key)
    if keys:
        yield f"    sa.PrimaryKeyConstraint({keys}),"
    if schema:
        yield f"    {schema[2:]},"
    if comment is not None:
        yield f"    comment={comment!r},"
