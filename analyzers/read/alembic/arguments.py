"""The arguments of one of Alembic's calls, the same in and outside of ``batch_alter_table``."""

from __future__ import annotations

from analyzers.read.alembic.calls import OpCall
from analyzers.read.alembic.sql_texts import member_text, name_text
from analyzers.read.values import Value
from analyzers.vocabulary import Place, UnknownChange

_SCHEMA_AT = {
    "add_column": 2,
    "create_check_constraint": 3,
    "create_index": 3,
    "create_primary_key": 3,
    "create_unique_constraint": 3,
    "drop_column": 2,
    "drop_constraint": 3,
    "drop_index": 2,
    "drop_table": 1,
    "rename_table": 2,
}
"""Where the operations of an Alembic before 1.11 take the schema by position."""


class Arguments:
    """One call, asked for its arguments."""

    def __init__(self, call: OpCall, place: Place, dialect: str) -> None:
        self.call = call
        self.place = place
        self.dialect = dialect
        self.in_batch = call.batch is not None
        self.copies = call.batch is not None and call.batch[1] != "never"
        """In a batch that copies its table on SQLite for all but the plainest changes."""

    def arg(self, position: int, name: str, default: Value = None) -> Value:
        """The argument that stands at *position* outside of a batch, where no table is named."""
        return self.call.get(position, name, default)

    def option(self, name: str, default: Value = None) -> Value:
        """The keyword argument *name*."""
        return self.call.option(name, default)

    def table(self, position: int = 0, name: str = "table_name") -> str | None:
        """The table that the call or the batch around it names, with its schema."""
        if self.call.batch is not None:
            table, schema = self.call.batch[0], self.call.schema
        else:
            table = name_text(self.arg(position, name))
            at = _SCHEMA_AT.get(self.call.name, -1)
            schema = name_text(self.arg(at, "schema") or self.option("source_schema"))
        return qualified(table, schema)

    def after_table(self, position: int, name: str) -> Value:
        """An argument that stands after the table's name, at *position* outside of a batch."""
        return self.call.get(position - 1 if self.in_batch else position, name)

    def unknown(self, table: str | None = None) -> UnknownChange:
        """A change that is not read, of *table* at most where that is known."""
        return UnknownChange(place=self.place, table=table, text=self.call.text)


def qualified(table: str | None, schema: str | None) -> str | None:
    """``schema.table``; the default schema goes without saying."""
    return f"{schema}.{table}" if table and schema and schema != "public" else table


def names_of(value: Value) -> tuple[str, ...]:
    """The names in an argument that takes one or several."""
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list | tuple):
        return tuple(member_text(item) for item in value)
    return ()
