"""Tables that are made by a call, ``Table("name", metadata, Column(...), ...)``: association tables above all."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from analyzers.read.alembic.attribute_targets import AttributeTargets
from analyzers.read.alembic.classes import Hierarchy
from analyzers.read.alembic.enums import with_enum
from analyzers.read.alembic.evaluate import evaluate
from analyzers.read.alembic.metadata_names import convention_afterwards, metadata_name
from analyzers.read.alembic.model_values import ModelValues
from analyzers.read.alembic.modules import Module, Modules
from analyzers.read.alembic.naming import convention_of, schema_of
from analyzers.read.alembic.own_table import MappedTable, OwnTable
from analyzers.read.alembic.types import ColumnReading, name_text
from analyzers.read.values import Call, Opaque, Ref, Value, name_or_source
from analyzers.vocabulary import Place

_TABLE_MEMBERS = frozenset(
    {"Column", "Index", "UniqueConstraint", "ForeignKeyConstraint", "PrimaryKeyConstraint"}
    | {"CheckConstraint"}
)

_FLASK = "flask"
"""The base of all that stands in Flask-SQLAlchemy's own ``MetaData``."""


@dataclass(frozen=True, slots=True)
class _Home:
    """Which base a table belongs to, and what that says of names."""

    base: str
    convention: Mapping[str, str] = field(default_factory=dict)
    schema: str | None = None
    extension: str = ""
    """Of Flask-SQLAlchemy's the file that makes its object, where that is known."""


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
            self._home_of(first, module, _as_written(written))
            if not bare
            else self._of_flask(_called_on(written), module) or _Home(_FLASK)
        )
        own.schema, own.default_schema = name_text(call.get("schema")), home.schema
        own.written_schema = own.schema or call.get("schema")
        return MappedTable(
            table=own.finish(name, home.convention, None),
            place=Place(module.path, statement.lineno, statement.end_lineno or statement.lineno),
            base=home.base,
            extension=home.extension,
            columns_at=dict(own.places),
            attributes=dict(own.attributes),
            enums=dict(own.enums),
            by_default=own.by_default,
            schema=own.schema_for_filters,
            info=call.get("info", {}),
            informed=own.informed,
        )

    def _home_of(self, value: Value, module: Module, written: Value, depth: int = 5) -> _Home:
        """Where the ``metadata`` argument of a ``Table`` puts it; *written* is its *value* by the name it has."""
        flask = self._of_flask(written, module)
        if flask is not None:
            return flask
        if isinstance(written, Ref) and depth > 0:
            there = self._modules.value(written.name, module.path)
            if there is not None and isinstance(there[0], Call | Opaque):
                made, home = there
                if isinstance(made, Call) and made.func.rpartition(".")[2] == "MetaData":
                    return self._named(f"{home.path}:{written.name.rpartition('.')[2]}", made, home)
                if home is not module:
                    return self._home_of(self._values.normal(made, home), home, made, depth - 1)
        text = name_or_source(value)
        if isinstance(value, Call) and value.func == ".":
            value, text = value.args[0], "local.metadata"
        owner = text.removesuffix(".metadata")
        local = module.scope.look_up(owner)
        if isinstance(local, ast.ClassDef):
            made = self._hierarchy.class_of(local, module)
            base = made.home or f"{module.path}:{owner}"
            return _Home(base, made.convention, made.schema, made.extension)
        found = self._modules.value(owner, module.path) if "." in owner else None
        if found is not None and isinstance(found[0], ast.ClassDef):
            made = self._hierarchy.class_of(found[0], found[1])
            base = made.home or f"{found[1].path}:{owner}"
            return _Home(base, made.convention, made.schema, made.extension)
        if found is not None:
            name = owner.rpartition(".")[2]
            return self._named(f"{found[1].path}:{name}", found[0], found[1])
        names = [n for n, bound in module.scope.names.items() if bound is value or bound == value]
        if isinstance(value, Call) and names:
            return self._named(f"{module.path}:{names[0]}", value, module)
        return _Home(f"{module.path}:{owner or 'metadata'}")

    def _of_flask(self, written: Value, module: Module) -> _Home | None:
        """The home of what is *written* as Flask-SQLAlchemy's ``db.metadata`` or ``db.Model.metadata``."""
        match written:
            case Call(".", (inner, "metadata" | "Model")):
                return self._of_flask(inner, module)
            case Ref(name) if name.endswith((".metadata", ".Model")):
                return self._of_flask(Ref(name.rpartition(".")[0]), module)
            case Ref(name) if self._values.is_flask(name, module):
                made, there = self._modules.value(name, module.path) or (None, module)
                found = self._named(_FLASK, made, there, name.rpartition(".")[2])
                return replace(found, extension=there.path)
            case Call() if self._values.is_flask_object(written, module):
                names = (n for n, bound in module.scope.names.items() if bound is written)
                found = self._named(_FLASK, written, module, next(names, ""))
                return replace(found, extension=module.path)
            case _:
                return None

    def _named(self, base: str, made: object, module: Module, name: str | None = None) -> _Home:
        """
        The *base* that is *made* by a call: a ``MetaData``, or what is given one or has one of its own.

        *name* is what the *module* calls it, where that is not how the base's name ends.
        """
        if not isinstance(made, Call):
            return _Home(base)
        name = base.rpartition(":")[2] if name is None else name
        base = metadata_name(made, module, self._modules) or base
        if made.func.rpartition(".")[2] != "MetaData":
            made = made.get("metadata")
        made = self._values.normal(made, module)
        names = (base, f"{module.path}:{name}")
        later = convention_afterwards(names, self._modules, self._values.normal)
        return _Home(base, convention_of(made, later), schema_of(made))


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
