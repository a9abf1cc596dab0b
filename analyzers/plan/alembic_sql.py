"""
The SQL of new Alembic revisions, written by Alembic's own offline mode.

The operations are built anew from what was read of the revision; neither
``env.py`` nor the revision is run. A call that cannot be built is shown as a
comment.
"""

from __future__ import annotations

import itertools
import re
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from analyzers import limits
from analyzers.read.alembic.calls import OpCall
from analyzers.read.alembic.changes import changes_of
from analyzers.read.alembic.types import type_object
from analyzers.read.values import Call, Opaque, Ref, Value
from analyzers.relate.facts import Facts
from analyzers.results import SqlPreview
from analyzers.vocabulary import RunStatement

_SCHEMA_ITEMS = frozenset(
    {"Column", "ForeignKey", "ForeignKeyConstraint", "PrimaryKeyConstraint", "UniqueConstraint"}
    | {"CheckConstraint", "Index", "Identity", "Computed", "Sequence"}
)
_EXPRESSIONS = frozenset(
    {"text", "true", "false", "null", "literal_column", "column", "table", "literal", "desc", "asc"}
    | {"bindparam", "and_", "or_", "not_", "cast", "update", "insert", "delete"}
)
_METHODS = frozenset(
    {"desc", "asc", "is_", "is_not", "isnot", "in_", "nullslast", "nullsfirst", "where", "values"}
    | {"bindparams", "op", "label"}
)
_OPERATIONS = frozenset(
    {"add_column", "alter_column", "bulk_insert", "create_check_constraint", "create_foreign_key"}
    | {"create_index", "create_primary_key", "create_table", "create_table_comment"}
    | {"create_unique_constraint", "drop_column", "drop_constraint", "drop_index", "drop_table"}
    | {"drop_table_comment", "execute", "rename_table"}
)


_INDEX = re.compile(r"CREATE (?:UNIQUE )?INDEX\b")


class CannotBuild(Exception):
    """A value that is not one of SQLAlchemy's own, or not known."""


def alembic_sql(facts: Facts) -> tuple[SqlPreview, ...]:
    """The statements of every new revision that has any, in order of application."""
    found = []
    for graph in facts.merged.alembic_graphs:
        dialect = facts.merged.alembic_dialect(graph)
        for migration in facts.added(graph):
            calls = facts.merged.alembic_bodies.read(migration.path, dialect).calls
            statements = statements_of(calls, dialect)
            if statements:
                found.append(
                    SqlPreview(
                        app=migration.key.app,
                        migration=migration.key.name,
                        dialect=dialect,
                        assumed=facts.merged.said_alembic_dialect(graph) is None,
                        statements=statements,
                    )
                )
    return tuple(found)


def statements_of(calls: Sequence[OpCall], dialect: str) -> tuple[str, ...]:
    """The SQL of *calls*; ``-- ...`` where a call cannot be written without a database."""
    found: list[str] = []
    for batch, group in itertools.groupby(calls, key=lambda c: (c.batch, c.schema)):
        together = list(group)
        if batch[0] is None or dialect != "sqlite":
            for call in together:
                found += _written(call, dialect)
        else:
            # SQLite's batch mode copies the table as it finds it in the database.
            found += [f"-- {call.text}" for call in together]
        if len(found) > limits.OPERATIONS:
            break
    return tuple(found)


def _written(call: OpCall, dialect: str) -> list[str]:
    if call.name == "type":
        found = changes_of(call, "", dialect)
        return [f"{c.sql};" for c in found if isinstance(c, RunStatement) and c.sql]
    if call.name == "raise" or (call.name == "execute" and not changes_of(call, "", dialect)):
        return []
    if call.name not in _OPERATIONS:
        return [f"-- {call.text}"]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            statements = _offline(call, dialect)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - whatever the libraries refuse is shown as it was written
        return [f"-- {call.text}"]
    return [f"-- if a condition holds\n{s}" for s in statements] if call.guarded else statements


class _Statements:
    """What offline mode writes to, one statement at a time."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def write(self, text: str) -> None:
        if text.strip():
            self.found.append(text.strip())

    def flush(self) -> None:
        """Nothing is buffered."""


def _offline(call: OpCall, dialect: str) -> list[str]:
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext

    out = _Statements()
    context = MigrationContext.configure(
        dialect_name="mysql" if dialect == "mariadb" else dialect,
        opts={"as_sql": True, "output_buffer": out, "literal_binds": True},
    )
    operations = Operations(context)
    args = [_built(value) for value in call.args]
    kwargs = {key: _built(value) for key, value in call.kwargs}
    if call.batch is None:
        getattr(operations, call.name)(*args, **kwargs)
    else:
        table, recreate = call.batch
        if table is None or recreate == "always":
            raise CannotBuild
        with operations.batch_alter_table(table, schema=call.schema, recreate="never") as batch:
            getattr(batch, call.name)(*args, **kwargs)
    return _in_order(out.found)


def _in_order(statements: Iterable[str]) -> list[str]:
    """*statements* with neighbouring ``CREATE INDEX`` by name: SQLAlchemy keeps a table's indexes in a set."""
    found: list[str] = []
    for index, group in itertools.groupby(statements, key=lambda s: bool(_INDEX.match(s))):
        neighbours = list(group)
        found += sorted(neighbours) if index else neighbours
    return found


def _built(value: Value, depth: int = 0) -> Any:
    """
    *value* as SQLAlchemy's own object.

    Raises:
        CannotBuild: it is none, or not known.

    """
    if depth > 20:
        raise CannotBuild
    match value:
        case Opaque():
            raise CannotBuild
        case list() | tuple():
            return [_built(item, depth + 1) for item in value]
        case dict():
            return {key: _built(item, depth + 1) for key, item in value.items()}
        case Ref(name):
            made = type_object(value)
            if made is None:
                raise CannotBuild(name)
            return made
        case Call():
            return _called(value, depth)
        case _:
            return value


def _called(call: Call, depth: int) -> Any:
    import sqlalchemy as sa
    from sqlalchemy.sql.elements import conv

    made = type_object(call)
    if made is not None:
        return made
    module, _, name = call.func.rpartition(".")
    args = [_built(value, depth + 1) for value in call.args]
    said = call.kwargs
    if name in _SCHEMA_ITEMS:
        # What only the program uses says nothing to the database.
        said = tuple((k, v) for k, v in said if k not in {"default", "onupdate", "info", "doc"})
    kwargs = {key: _built(value, depth + 1) for key, value in said}
    if call.func in {"alembic.op.f", ".f"}:
        return conv(args[-1])
    if module == "" and name in _METHODS and call.func.startswith("."):
        return getattr(args[0], name)(*args[1:], **kwargs)
    if not module.startswith("sqlalchemy") or module.startswith("sqlalchemy_"):
        raise CannotBuild(call.func)
    if ".func" in f".{module}":
        return getattr(sa.func, name)(*args, **kwargs)
    if name in _SCHEMA_ITEMS | _EXPRESSIONS:
        maker: Callable[..., Any] = getattr(sa, name)
        return maker(*args, **kwargs)
    if name == "ExcludeConstraint":
        from sqlalchemy.dialects.postgresql import ExcludeConstraint

        return ExcludeConstraint(*args, **kwargs)
    raise CannotBuild(call.func)
