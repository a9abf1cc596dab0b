"""Constraints, indexes and the targets of keys as SQLAlchemy's calls say them, in the vocabulary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from analyzers.read.alembic.actions import actions_of, timing_of
from analyzers.read.alembic.sql_texts import expression_text, member_text, name_text
from analyzers.read.values import Call, Value
from analyzers.vocabulary import Constraint, ConstraintKind, Index, Reference


def references_of(targets: Value) -> Reference | None:
    """The target of a key of one or several columns; all but the table is left open where they are not of one."""
    each = targets if isinstance(targets, list | tuple) else ()
    found = [reference_of(target) for target in each]
    first = found[0] if found else None
    if first is None:
        return None
    named = [r.column for r in found if r is not None and r.table == first.table and r.column]
    return replace(first, others=tuple(named[1:])) if len(named) == len(found) else first


def reference_of(value: Value) -> Reference | None:
    """The target that ``"table.column"`` or ``Model.column`` names."""
    if isinstance(value, str):
        table, _, column = value.rpartition(".")
        return Reference(table=table, column=column) if table else Reference(table=column)
    return None


def constraint_of(call: Call) -> Constraint | None:
    """A table constraint such as ``sa.UniqueConstraint("a", "b", name="x")``; None for other calls."""
    short = call.func.rpartition(".")[2]
    name = name_text(call.get("name"))
    match short:
        case "PrimaryKeyConstraint":
            return Constraint(kind=ConstraintKind.PRIMARY_KEY, name=name, columns=_texts(call.args))
        case "UniqueConstraint":
            return Constraint(
                kind=ConstraintKind.UNIQUE,
                name=name,
                columns=_texts(call.args),
                more=says_more(dict(call.kwargs)),
                **timing_of(dict(call.kwargs)),
            )
        case "CheckConstraint":
            text = expression_text(call.args[0] if call.args else call.get("sqltext"))
            return Constraint(kind=ConstraintKind.CHECK, name=name, expression=text)
        case "ForeignKeyConstraint":
            columns = call.args[0] if call.args else call.get("columns", ())
            targets = call.args[1] if len(call.args) > 1 else call.get("refcolumns", ())
            return Constraint(
                kind=ConstraintKind.FOREIGN_KEY,
                name=name or (name_text(call.args[2]) if len(call.args) > 2 else None),
                columns=_texts(columns),
                references=references_of(targets),
                more=says_more(dict(call.kwargs)),
                **timing_of(dict(call.kwargs)),
                **actions_of(dict(call.kwargs)),
            )
        case "ExcludeConstraint":
            return Constraint(kind=ConstraintKind.EXCLUDE, name=name)
        case _:
            return None


_TOLD_OF_CONSTRAINTS = frozenset(
    {"name", "constraint_name", "table_name", "source_table", "referent_table", "info", "comment"}
    | {"columns", "refcolumns", "column", "local_cols", "remote_cols", "link_to_name", "use_alter"}
    | {"schema", "source_schema", "referent_schema", "ondelete", "onupdate", "deferrable"}
    | {"postgresql_not_valid", "postgresql_using_index", "if_not_exists"}
)
"""Options of a constraint that are taken in, or make no other constraint of it."""


def says_more(options: Mapping[str, Value]) -> bool:
    """Whether a constraint has options that its ``Constraint`` does not tell."""
    told = {k for k, v in options.items() if v is not None} - _TOLD_OF_CONSTRAINTS
    return bool(told - {"initially"} if timing_of(options)["initially"] else told)


def index_of(call: Call) -> Index:
    """``sa.Index("name", "a", "b", unique=True)``."""
    first, *members = call.args or (None,)
    return Index(
        name=name_text(first),
        columns=tuple(member_text(m) for m in members),
        unique=call.get("unique") is True,
        **index_options(call.kwargs),
    )


_KEPT_OF_INDEXES = frozenset(
    {"index_name", "table_name", "columns", "name", "schema", "unique", "info", "quote"}
    | {"postgresql_using", "postgresql_where", "sqlite_where", "postgresql_concurrently"}
    | {"if_not_exists", "postgresql_if_not_exists"}
)


def index_options(given: Iterable[tuple[str, Value]]) -> dict[str, Any]:
    """The method and the condition of an index by its keyword arguments, and whether there is more."""
    said = {key: value for key, value in given if value is not None}
    where = said.get("postgresql_where", said.get("sqlite_where"))
    return {
        "method": name_text(said.get("postgresql_using")),
        "condition": None if where is None else expression_text(where) or "...",
        "more": bool(said.keys() - _KEPT_OF_INDEXES)
        or ("sqlite_where" in said and "postgresql_where" not in said),
    }


def _texts(values: Value) -> tuple[str, ...]:
    if not isinstance(values, list | tuple):
        return ()
    return tuple(_names(values))


def _names(values: list[Value] | tuple[Value, ...]) -> Iterator[str]:
    for value in values:
        found = name_text(value) or expression_text(value)
        yield found if found is not None else "..."
