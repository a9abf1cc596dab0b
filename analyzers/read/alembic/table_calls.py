"""Tables that are made by a call, ``Table("name", metadata, Column(...), ...)``: association tables above all."""

from __future__ import annotations

import ast

from analyzers.read.alembic.attribute_targets import AttributeTargets
from analyzers.read.alembic.classes import Hierarchy
from analyzers.read.alembic.column_reading import ColumnReading
from analyzers.read.alembic.enums import with_enum
from analyzers.read.alembic.evaluate import evaluate
from analyzers.read.alembic.metadata_homes import FLASK, Home, Homes
from analyzers.read.alembic.model_values import ModelValues
from analyzers.read.alembic.modules import Module, Modules
from analyzers.read.alembic.naming import INDEX_NAMES
from analyzers.read.alembic.own_table import MappedTable, OwnTable
from analyzers.read.alembic.sql_texts import name_text
from analyzers.read.alembic.table_options import is_option
from analyzers.read.alembic.together import bind_of
from analyzers.read.values import Call, Opaque, Ref, Value
from analyzers.vocabulary import Place

_TABLE_MEMBERS = frozenset(
    {"Column", "Index", "UniqueConstraint", "ForeignKeyConstraint", "PrimaryKeyConstraint"}
    | {"CheckConstraint"}
)


class TableCalls:
    """Reads the calls of one tree."""

    def __init__(
        self,
        modules: Modules,
        values: ModelValues,
        hierarchy: Hierarchy,
        targets: AttributeTargets,
        dialect: str,
    ) -> None:
        self._modules = modules
        self._values = values
        self._hierarchy = hierarchy
        self._targets = targets
        self._homes = Homes(modules, values, hierarchy)
        self._dialect = dialect

    def read(
        self, statement: ast.Assign | ast.AnnAssign | ast.Expr, module: Module
    ) -> MappedTable | None:
        """The table that *statement* makes; None where it makes none."""
        assert statement.value is not None
        written = evaluate(statement.value, module.scope)
        call = self._targets.written_out(self._values.normal(written, module), module)
        if not isinstance(call, Call) or call.func.rpartition(".")[2] != "Table":
            return None
        name = name_text(call.args[0]) if call.args else None
        if name is None or len(call.args) < 2:
            return None
        # Flask-SQLAlchemy's own ``db.Table`` has the metadata of ``db``, and may be given none.
        first = call.args[1]
        bare = isinstance(first, Call) and first.func.rpartition(".")[2] in _TABLE_MEMBERS
        if len(call.args) < 3 and not bare:
            return None
        # What the database says is not seen here.
        own = OwnTable(self._dialect, known=not (call.get("autoload") or call.get("autoload_with")))
        for item in call.args[1 if bare else 2 :]:
            if not isinstance(item, Call):
                own.complete = False
                continue
            if item.func.rpartition(".")[2] == "Column":
                reading = ColumnReading(with_enum(item), self._dialect)
                if reading.name is None:
                    own.complete = False
                    continue
                own.add(reading.name, reading.column, reading, statement, module)
            else:
                own.member(item)
        home = (
            self._homes.of(first, module, _as_written(written))
            if not bare
            else self._homes.of_flask(_called_on(written), module) or Home(FLASK)
        )
        own.schema, own.default_schema = name_text(call.get("schema")), home.schema
        own.written_schema = own.schema or call.get("schema")
        own.comment = call.get("comment")
        own.options |= {k: v for k, v in call.kwargs if is_option(k)}
        return MappedTable(
            table=own.finish(name, home.convention, None),
            place=Place(module.path, statement.lineno, statement.end_lineno or statement.lineno),
            base=home.base,
            extension=home.extension,
            bind=bind_of(call.get("bind_key")) if home.base == FLASK else "",
            columns_at=dict(own.places),
            attributes=dict(own.attributes),
            enums=dict(own.enums),
            by_default=own.by_default,
            schema=own.schema_for_filters,
            info=call.get("info", {}),
            informed=own.informed,
            infos=dict(own.infos),
            options=dict(own.options),
            identities=dict(own.identities),
            counted=dict(own.counted),
            index_names=home.convention.get("ix", INDEX_NAMES),
        )


def _as_written(written: Value) -> Value:
    """The second argument of ``Table`` before names were looked up; None where it cannot be told."""
    if not isinstance(written, Call):
        return None
    # ``db.Table`` of a ``db`` of the same file: what it is called on comes first.
    args = written.args[1:] if written.func.startswith(".") else written.args
    spread = any(isinstance(arg, Opaque) and arg.text.startswith("*") for arg in args[:2])
    return args[1] if len(args) > 1 and not spread else None


def _called_on(written: Value) -> Value:
    """The ``db`` of a ``db.Table(...)``."""
    if not isinstance(written, Call):
        return None
    if written.func.startswith("."):
        return written.args[0] if written.args else None
    return Ref(written.func.rpartition(".")[0])
