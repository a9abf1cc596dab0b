"""
The words every reader speaks: places, columns, tables, schema changes, migrations.

Django operations, Alembic ``op.*`` calls and raw SQL all become the closed
union ``SchemaChange``; the rules and plans are written once against it.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import field
from typing import NamedTuple

from analyzers.frozen import dataclass


class Framework(enum.Enum):
    """Whose migrations they are."""

    DJANGO = "django"
    ALEMBIC = "alembic"


@dataclass(frozen=True, slots=True)
class Place:
    """A range of lines of a file: 1-based, inclusive."""

    path: str
    line: int = 1
    end_line: int = 1


class Key(NamedTuple):
    """
    A migration's name in its graph.

    For Django the app's label and the module's name; for Alembic the version
    location's name and the revision id.
    """

    app: str
    name: str

    def __str__(self) -> str:
        return f"{self.app}.{self.name}"


class Generated(enum.Enum):
    """How a generated column gets its value."""

    STORED = "stored"
    VIRTUAL = "virtual"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A foreign key's target."""

    table: str
    column: str | None = None
    others: tuple[str, ...] = ()
    """The columns after the first, of a key of several; none where they are not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """
    A column as the database has it; None where it is not known statically.

    ``type`` is lower-case SQL of the configured dialect, such as
    ``varchar(50)``; ``server_default`` the SQL text of the default that stays
    in the database (Django's Python defaults do not).
    """

    name: str
    type: str | None = None
    null: bool | None = None
    server_default: str | None = None
    server_default_volatile: bool | None = None
    client_default: bool = False
    """A default that only the new code's ORM fills in."""
    client_value: str | None = None
    """That default as SQL, where it is a constant."""
    primary_key: bool = False
    unique: bool = False
    indexed: bool = False
    identity: bool = False
    generated: Generated | None = None
    worked_out_of: tuple[str, ...] | None = field(default=None, compare=False)
    """What Django works the column out of; None where it does not, or it is not known whether the column is stored."""
    checked: bool = False
    """A CHECK constraint comes with it (Django's positive integers)."""
    references: Reference | None = None
    attribute: str | None = None
    """The model's attribute (Django field name), where there is a model."""
    makes_type: str | None = None
    """PostgreSQL's enum type that SQLAlchemy makes along with the column's table."""
    comment: str | None = field(default=None, compare=False)
    """What is written to it for people; another one makes no other column."""
    computed: tuple[str, bool | None] | None = field(default=None, compare=False)
    """What SQLAlchemy's generated column is computed from, where that is known, and whether it asks to store it."""
    own_type: object | None = None
    """The project's own type as a revision calls it, as long as nobody has looked it up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """An index; ``columns`` may hold expressions' texts."""

    name: str | None
    columns: tuple[str, ...] = ()
    unique: bool = False
    method: str | None = None
    condition: str | None = None
    """Of a partial index; ``...`` where it is there and not known."""
    more: bool = False
    """Whether it says more than stands here: what it includes, how it compares, where it is stored."""


class ConstraintKind(enum.Enum):
    """What a constraint demands."""

    CHECK = "check"
    UNIQUE = "unique"
    FOREIGN_KEY = "foreign key"
    EXCLUDE = "exclusion"
    PRIMARY_KEY = "primary key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """A table constraint."""

    kind: ConstraintKind
    name: str | None
    columns: tuple[str, ...] = ()
    expression: str | None = None
    references: Reference | None = None
    validated: bool = True
    using_index: str | None = None
    deferrable: bool = False
    initially: str | None = None
    """When a constraint that is deferrable is checked: ``DEFERRED`` or ``IMMEDIATE``, where that is said."""
    on_delete: str | None = None
    """Of a foreign key: ``cascade``, ``set null``, ``no action`` (the usual); None where it is not known."""
    on_update: str | None = None
    more: bool = False
    """Whether it is made with options besides, which are not told here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table as the migrations so far have made it."""

    name: str
    model: str | None = None
    """``app_label.ModelName`` for Django, the class's name for SQLAlchemy, where known."""
    columns: tuple[Column, ...] = ()
    indexes: tuple[Index, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    complete: bool = True
    """False where part of its making could not be read."""
    partitioned: bool = False
    """Whether its rows stand in partitions, which are tables of their own."""
    comment: str | None = field(default=None, compare=False)

    def column(self, name: str) -> Column | None:
        """The column of that name, if it is known."""
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """What all changes have in common."""

    place: Place
    table: str | None = None
    """The table's name in the database; None where it cannot be known."""
    model: str | None = None
    """``app_label.ModelName`` where the change comes from a model's operation."""
    reversible: bool | None = True
    """None: not known."""
    in_state: bool = True
    """False where only the database changes (``database_operations``, raw SQL): models do not know."""
    autocommit: bool = False
    """Runs outside the migration's transaction (Alembic's autocommit_block)."""
    undone_by: tuple[SchemaChange, ...] | None = None
    """What the SQL of its way back does (``reverse_sql``); None where the framework undoes it itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateTable(_Change):
    columns: tuple[Column, ...] = ()
    indexes: tuple[Index, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    if_not_exists: bool = False
    partitioned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DropTable(_Change):
    if_exists: bool = False
    cascade: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameTable(_Change):
    new_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddColumn(_Change):
    column: Column
    if_not_exists: bool = False
    temporary_default: bool = False
    """A default is used to fill existing rows and dropped again (Django)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DropColumn(_Change):
    column: str
    attribute: str | None = None
    cascade: bool = False
    if_exists: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameColumn(_Change):
    column: str
    new_name: str
    attribute: str | None = None
    new_attribute: str | None = None
    by_copy: bool = False
    """A batch of Alembic, which copies the table on SQLite though the database could rename."""
    whole: Column | None = None
    """All that MySQL's ``CHANGE`` says of the column: what it leaves out is lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlterColumn(_Change):
    """
    A column's definition changes from *before* to *after*.

    ``before`` is None where the state before is not known; then the ``sets_*``
    flags of the statement are all there is to judge by.
    """

    before: Column | None
    after: Column
    sets_type: bool = False
    sets_null: bool = False
    sets_default: bool = False
    using: str | None = None
    """The ``USING`` expression of a type change."""
    fills_nulls: bool = False
    """Existing NULLs are filled with the field's default in the same step (Django)."""
    whole: Column | None = None
    """All that MySQL's ``MODIFY`` says of the column, where it writes all of it: what it leaves out is lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddIndex(_Change):
    index: Index
    concurrently: bool = False
    if_not_exists: bool = False
    implicit: bool = False
    """Made by the framework itself (foreign key's index, ``_like`` index)."""
    only: bool = False
    """Of a partitioned table alone, whose partitions' indexes are attached to it: nothing is built."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DropIndex(_Change):
    index: Index
    concurrently: bool = False
    if_exists: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameIndex(_Change):
    old_name: str | None
    new_name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddConstraint(_Change):
    constraint: Constraint
    inline: bool = False
    """Part of ADD COLUMN, in one statement with it."""
    nulls: bool = False
    """Its columns are new and NULL in every row."""
    implicit: bool = False
    """Taken off and put on again by the framework, around another change of its column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DropConstraint(_Change):
    constraint: Constraint
    if_exists: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidateConstraint(_Change):
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCode(_Change):
    """Python code of the migration: ``RunPython``, or a body that moves data."""

    function: str | None = None
    reverse: str | None = None
    imports_models: tuple[str, ...] = ()
    """Live model classes that the code imports instead of the historical ones."""
    writes: tuple[str, ...] = ()
    """Tables (or models) it is seen to write to; empty where that is not known."""
    loads_all: bool = False
    """It walks a whole table without batches."""
    batched: bool = False
    whole_tables: tuple[str, ...] = ()
    """Tables of which one statement writes every row."""
    place_of_code: Place | None = None
    """Where the function stands."""
    reads_rows: bool = True
    """False for a function that is seen to do nothing."""
    sql_alone: bool = False
    """It executes SQL that is read, and is seen to do nothing else."""
    unread_sql: bool = False
    """It executes SQL of which not even the beginning is known: a file's, or what other code makes."""


FEW_ROWS = 100
"""Rows that a migration says itself and that are written in no time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStatement(_Change):
    """A SQL statement with no schema change of the vocabulary: data, settings, functions."""

    sql: str | None
    kind: str = "other"
    """
    ``insert``, ``update``, ``delete``, ``other``, ``unreadable``.

    Or ``creates``: a table that is no part of the schema, or none of whose columns is known.
    """
    reverse_sql: str | None = None
    writes: tuple[str, ...] = ()
    locks: str | None = None
    """An explicit ``LOCK TABLE`` mode, or None."""
    few: bool = False
    """Whether it only brings rows that it says itself, ``FEW_ROWS`` at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateOnly(_Change):
    """The models' state changes and the database does not."""

    change: SchemaChange | None = None
    """What it would be in the database, where it has an equal there."""
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownChange(_Change):
    """An operation that cannot be read; it may do anything."""

    text: str = ""
    fills: tuple[tuple[str, str], ...] = ()
    """Tables and columns that a trigger which it makes writes: where it is known of it."""


SchemaChange = (
    CreateTable
    | DropTable
    | RenameTable
    | AddColumn
    | DropColumn
    | RenameColumn
    | AlterColumn
    | AddIndex
    | DropIndex
    | RenameIndex
    | AddConstraint
    | DropConstraint
    | ValidateConstraint
    | RunCode
    | RunStatement
    | StateOnly
    | UnknownChange
)


class Later:
    """What is made at the first question for it, and kept."""

    __slots__ = ("_made", "_make")

    def __init__(self, make: Callable[[], object]) -> None:
        self._make: Callable[[], object] | None = make
        self._made: object = None

    def made(self) -> object:
        """What *make* gives; it is called once."""
        if self._make is not None:
            self._made = self._make()
            self._make = None
        return self._made


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """
    One migration file (Alembic: revision) as it was read.

    ``parents`` are as written (``__first__`` and swappable ones resolved by
    the graph).
    """

    key: Key
    framework: Framework
    path: str
    place: Place
    """The class (Django) or the ``revision`` line (Alembic)."""
    parents: tuple[Key, ...] = ()
    parents_place: Place | None = None
    """The lines of ``dependencies`` / ``down_revision``, for suggestions."""
    parents_known: bool = True
    """False where code that is not run makes ``parents``, ``run_before`` or ``replaces``."""
    depends_on: tuple[Key, ...] = ()
    """Alembic's ``depends_on``: ordering without being a parent."""
    run_before: tuple[Key, ...] = ()
    replaces: tuple[Key, ...] = ()
    initial: bool | None = None
    atomic: bool = True
    branch_labels: tuple[str, ...] = ()
    message: str | None = None
    operation_count: int = 0
    readable: bool = True
    """False for a file that stands where a migration stands and could not be read."""
    operation_names: frozenset[str] | None = field(default=None, compare=False, repr=False)
    """
    The operations by name, such as ``AddField``, known before ``content`` is read.

    None where one of them is not Django's own (``migrations.AddField(...)`` as an entry of the
    list), or that cannot be told. Those that an operation holds in it are not among them.
    """
    held: object = field(default=None, compare=False, repr=False)
    """``content``, or the ``Later`` that makes it."""

    @property
    def content(self) -> object:
        """The framework's own reading (operations), for the modules that know that framework."""
        return self.held.made() if isinstance(self.held, Later) else self.held
