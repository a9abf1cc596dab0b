"""What a recipe is made for: one operation of the pull request, with what is known of its table."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

from analyzers.frozen import dataclass
from analyzers.plan.parts import ModelEdit, Operation, Part, Phase, Recipe, Unit
from analyzers.plan.source import Written
from analyzers.vocabulary import Column, Constraint, CreateTable, Index, SchemaChange, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldBetween:
    """A many-to-many field whose table Django makes, as the base has it."""

    app: str
    model: str
    attribute: str
    field: ast.Call
    module: ast.Module
    far_column: str
    """The column that points to the model at the other end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One operation of the pull request, with what is known of its table."""

    written: Written
    changes: tuple[SchemaChange, ...]
    app: str
    """The app as it is called here, where another project's app may have its label."""
    app_label: str
    """Django's label of it."""
    model: str
    """The model's class name."""
    table: str
    before: Table | None
    large: bool
    style: str
    """``state`` or ``files``."""
    database: str
    """One of the configuration's databases."""
    keeps_defaults: bool
    """Django knows ``db_default``, as far as its version is known: 5.0."""
    definition: Callable[[str], tuple[ast.Call, ast.Module] | None]
    """The field call that last defined an attribute before this pull request."""
    between: Callable[[str], FieldBetween | None]
    """The many-to-many field of a table between two models."""
    places: Callable[[str], tuple[str, ...]]
    """Where the base's code refers to a name."""
    statements: Callable[[], tuple[str, ...]]
    """What the migration executes as it is written."""
    new_attributes: Callable[[], frozenset[str]]
    """The attributes of the table's columns that the pull request adds."""
    new_upon: Callable[[], tuple[Index | Constraint, ...]]
    """What other operations of the pull request build upon columns of the table."""
    eased: bool = False
    """SQL of the pull request gives the new column what lets inserts leave it out."""
    promised: bool = False
    """A check that stands forbids the NULLs that the operation forbids."""
    unique_already: bool = False
    """What it makes unique has been so until now, and stays so: what says it now goes afterwards."""
    fresh: bool = False
    """All that it does in the database is done to tables that earlier operations of the pull request make."""
    new_tables: frozenset[str] = frozenset()
    """All tables that the pull request makes."""

    @property
    def postgresql(self) -> bool:
        return self.database == "postgresql"

    @property
    def made(self) -> tuple[str, ...]:
        """The tables that the operation makes."""
        return tuple(c.table for c in self.changes if isinstance(c, CreateTable) and c.table)

    @property
    def attribute(self) -> str:
        return self.written.text_argument("name", 1) or ""

    @property
    def here(self) -> Operation:
        return Operation(call=self.written.call, module=self.written.module)

    @property
    def label(self) -> str:
        return f"{self.app_label}.{self.model}"

    def with_field(self, field: ast.Call, operation_name: str | None = None) -> Operation:
        """The operation with another field, perhaps as another operation."""
        written = self.written.with_field(field)
        if operation_name:
            written = written.renamed(operation_name)
        return Operation(call=written.call, module=written.module)

    def column_before(self, attribute: str) -> Column | None:
        """The column of an attribute as the base has it."""
        columns = self.before.columns if self.before else ()
        return next((c for c in columns if attribute in (c.attribute, c.name)), None)

    def in_composite_key(self, attribute: str) -> bool:
        """Whether *attribute* is one of those that are the table's primary key together."""
        found = self.definition("pk")
        if found is None or not ast.unparse(found[0].func).endswith("CompositePrimaryKey"):
            return False
        said = {node.value for node in found[0].args if isinstance(node, ast.Constant)}
        return not said.isdisjoint({attribute, f"{attribute}_id"})

    def built_upon(self, column: str) -> bool:
        """Whether the table has or gets, or may have, an index or a constraint of *column*: one in its place has none."""
        if self.before is None:
            return False
        built = (*self.before.constraints, *self.before.indexes, *self.new_upon())
        named = re.compile(rf'(?<![\w"])"?{re.escape(column)}"?(?!\w)')
        said = (b.expression if isinstance(b, Constraint) else b.condition for b in built)
        return any(column in b.columns or "(expression)" in b.columns for b in built) or any(
            _may_say(text, named) for text in said
        )


def _may_say(expression: str | None, name: re.Pattern[str]) -> bool:
    """Whether an expression names a column; one that is not known may."""
    known = expression not in {"(expression)", "(condition)", "..."}
    return expression is not None and (not known or bool(name.search(expression)))


def relation_kind(field: ast.Call) -> str:
    """The field's class name where it is a relation, else an empty text."""
    match field.func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            pass
        case _:
            return ""
    if name.endswith(("ForeignKey", "OneToOneField", "ManyToManyField")):
        return next(
            k for k in ("ForeignKey", "OneToOneField", "ManyToManyField") if name.endswith(k)
        )
    return ""


def nullable_for_now(s: Subject, *, keep: bool = False) -> ModelEdit:
    return ModelEdit(model=s.label, attribute=s.attribute, keywords=(("null", "True"),), keep=keep)


WRITTEN_UNASKED = ("default", "db_default", "auto_now", "auto_now_add")
"""What fills a column with a value of its own: a copy of another column must not have it."""


def obeyed(
    s: Subject,
    obey: str,
    demand: str,
    units: tuple[Unit, ...],
    reason: str,
    *,
    option: str = "",
    constraint: str = "",
) -> Recipe:
    """
    The code obeys first; an *option* of ``Meta`` demands it, or a *constraint* among
    its others, else the field does.
    """
    waits = ModelEdit(
        model=s.label,
        attribute="" if option or constraint else s.attribute,
        meta=((option, ""),) if option else (),
        constraint=constraint,
        keep=not constraint,
    )
    return Recipe(
        parts=(
            Part(phase=Phase.CODE, app=s.app, code=True, what=obey),
            Part(
                phase=Phase.CONTRACT,
                app=s.app,
                model=True,
                what=demand,
                units=units,
                edits=(waits,),
            ),
        ),
        needed=True,
        reason=reason,
    )


def one_pull_request(s: Subject, what: str, units: tuple[Unit, ...], reason: str) -> Recipe:
    return Recipe(
        parts=(Part(phase=Phase.EXPAND, app=s.app, model=True, what=what, units=units),),
        needed=True,
        reason=reason,
    )


def another_key(s: Subject) -> Recipe:
    """Nothing is offered: all that points to the rows has to follow, in the database and outside of it."""
    return Recipe(
        parts=(),
        needed=True,
        reason=f"{s.table} gets another primary key: add it as a unique column beside the one that is there, "
        "let all that points to the rows follow, and change the keys when writes can wait",
    )
