"""The source of a whole table, for revisions that are offered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from analyzers.read.alembic.own_table import MappedTable
from analyzers.relate.alembic_column_source import column_source, plain_source
from analyzers.relate.alembic_constraint_source import constraint_source, name_and_schema
from analyzers.vocabulary import Column, Constraint, ConstraintKind


def table_call(
    table: str,
    columns: Sequence[Column],
    constraints: Sequence[Constraint],
    enums: Mapping[str, str],
    model: MappedTable | None = None,
) -> str:
    """
    The ``op.create_table(...)`` of *table*; *enums* has the source of its enum types by column.

    What its *model* says besides, to the database or of columns, is said as well.

    Raises:
        Unwritable: not all that it says is known.

    """
    name, schema = name_and_schema(table)
    return "\n".join(
        (
            f"op.create_table(\n    {name},",
            *_lines(columns, constraints, enums, schema, model),
            ")",
        )
    )


def _lines(
    columns: Sequence[Column],
    constraints: Sequence[Constraint],
    enums: Mapping[str, str],
    schema: str,
    model: MappedTable | None,
) -> Iterator[str]:
    for column in columns:
        yield f"    {column_source(column, enums.get(column.name), model)},"
    for constraint in constraints:
        if constraint.kind is not ConstraintKind.PRIMARY_KEY:
            yield f"    {constraint_source(constraint)},"
    keys = ", ".join(f'"{c.name}"' for c in columns if c.primary_key)
    if keys:
        yield f"    sa.PrimaryKeyConstraint({keys}),"
    if schema:
        yield f"    {schema[2:]},"
    if model is not None and model.table.comment is not None:
        yield f"    comment={model.table.comment!r},"
    for option, value in sorted(model.options.items() if model is not None else ()):
        yield f"    {option}={plain_source(value)},"
