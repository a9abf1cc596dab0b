"""What operations of every family need: the state they meet, and what is said of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from analyzers.read.django.migrations import Operation
from analyzers.read.django.version import Version
from analyzers.read.values import Call, Value
from analyzers.relate.django_state import ModelState, argument
from analyzers.relate.django_tables import Tables
from analyzers.relate.own_operations import PARTITIONED
from analyzers.trees import Tree
from analyzers.vocabulary import (
    AddConstraint,
    Column,
    Constraint,
    ConstraintKind,
    DropConstraint,
    Migration,
    Place,
    RunStatement,
    SchemaChange,
    StateOnly,
    UnknownChange,
)

STATE_ONLY = frozenset({"AlterModelOptions", "AlterModelManagers", "AlterConstraint"})
DEFAULTS = "django_add_default_value."
"""The library whose ``AddDefaultValue`` gives a column a default in the database."""
TRIGGERS = "pgtrigger.migrations."
"""The library whose operations make triggers and drop them; it knows the way back of each."""
ITEMS = "migrate_sql.operations."
"""The library whose operations run SQL, each under a name that the state remembers."""
_INSERT = re.compile(r'\bINSERT\s+INTO\s+"?(\w+)"?\s*\(([^()]*)\)', re.IGNORECASE)
EXTENSIONS = frozenset(
    {
        "CreateExtension", "BloomExtension", "BtreeGinExtension", "BtreeGistExtension",
        "CITextExtension", "CryptoExtension", "HStoreExtension", "TrigramExtension",
        "UnaccentExtension", "CreateCollation", "RemoveCollation",
    }
)  # fmt: skip


@dataclass(slots=True)
class Operations(Tables):
    """One migration's operations on the state that is there when each is met."""

    app: str
    tree: Tree
    migration: Migration
    module: ast.Module | None = field(default=None)
    django: Callable[[], Version | None] = lambda: None
    """Tells the version that runs them, where it is known: few operations ask."""

    def changes(self, operation: Operation) -> tuple[SchemaChange, ...]:
        """What *operation* does to the database, before the state takes it in."""
        return tuple(self._changes(operation.call, operation.place))

    def _changes(self, call: Value, place: Place) -> Iterator[SchemaChange]:
        if not isinstance(call, Call):
            yield UnknownChange(place=place, reversible=None, text=str(getattr(call, "text", "")))
            return
        if call.line:
            place = Place(place.path, call.line, call.end_line)
        item = call.func.startswith(ITEMS) and call.get("sql") is not None
        table = PARTITIONED.get(call.func)
        name = "RunSQL" if item else table or call.func.rpartition(".")[2]
        handler = getattr(self, f"_{_snake(name)}", None)
        if call.func.startswith(TRIGGERS):
            yield UnknownChange(place=place, text=name, fills=tuple(_filled_by(call)))
        elif not (item or table or call.func.startswith(("django.", DEFAULTS))):
            yield UnknownChange(place=place, reversible=None, text=name)
        elif handler is not None:
            yield from handler(call, place)
        elif name in STATE_ONLY:
            yield StateOnly(place=place, description=name)
        elif name in EXTENSIONS or name == "AlterModelTableComment":
            yield RunStatement(place=place, sql=None, in_state=True)
        else:
            yield UnknownChange(place=place, reversible=None, text=name)

    def _model(self, call: Call, keyword: str = "model_name") -> ModelState | None:
        return self.state.get(self.app, argument(call, keyword, 0))

    def _apart_from(self, model: ModelState | None, place: Place) -> SchemaChange:
        if model is None:
            return UnknownChange(place=place, reversible=None, text="a model that is not known")
        return StateOnly(
            place=place, model=label_of(model), description="no table of the migrations"
        )


def _filled_by(call: Call) -> Iterator[tuple[str, str]]:
    """The tables and columns that the trigger of ``AddTrigger`` inserts into."""
    trigger = argument(call, "trigger", 1)
    sql = trigger.get("sql") if isinstance(trigger, Call) else None
    body = sql.get("func") if isinstance(sql, Call) else None
    for table, columns in _INSERT.findall(body) if isinstance(body, str) else ():
        yield from ((table, column.strip().strip('"')) for column in columns.split(","))


def off_and_on(
    table: str, label: str | None, before: Column, after: Column, place: Place
) -> Iterator[SchemaChange]:
    """The foreign key of a column, dropped and added again."""
    if before.references is None or after.references is None:
        return
    yield DropConstraint(
        place=place,
        table=table,
        model=label,
        constraint=Constraint(
            kind=ConstraintKind.FOREIGN_KEY,
            name=None,
            columns=(before.name,),
            references=before.references,
        ),
    )
    yield replace(pointing(after, table, label, place), implicit=True)


def pointing(column: Column, table: str, label: str | None, place: Place) -> AddConstraint:
    """The foreign key that comes with *column*, as Django makes it."""
    return AddConstraint(
        place=place,
        table=table,
        model=label,
        constraint=Constraint(
            kind=ConstraintKind.FOREIGN_KEY,
            name=None,
            columns=(column.name,),
            references=column.references,
            deferrable=True,
        ),
    )


def label_of(model: ModelState) -> str:
    return f"{model.app}.{model.name}"


def as_spelled(model: ModelState, name: str) -> str:
    if name in model.fields:
        return name
    return next((n for n in model.fields if n.lower() == name.lower()), name)


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")
