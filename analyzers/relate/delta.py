"""What each side did since the merge base, as claims on tables and columns."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence

from analyzers.frozen import dataclass
from analyzers.read.django.migrations import Content, Operation
from analyzers.read.values import Call, Value
from analyzers.relate.graph import MigrationGraph
from analyzers.vocabulary import (
    AddColumn,
    AddConstraint,
    AddIndex,
    AlterColumn,
    CreateTable,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropTable,
    Framework,
    Key,
    Migration,
    Place,
    RenameColumn,
    RenameTable,
    SchemaChange,
)


class Act(enum.Enum):
    """What a migration does to an object."""

    ADD = "adds"
    ALTER = "alters"
    DROP = "drops"
    RENAME = "renames"
    REFER = "refers to"


class Kind(enum.Enum):
    """What sort of object it is."""

    TABLE = "table"
    COLUMN = "column"
    INDEX = "index"
    CONSTRAINT = "constraint"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One act on one object. *table* and *name* identify it within its framework, in lower case."""

    act: Act
    kind: Kind
    table: str
    """``app.model`` for Django, the table's name for Alembic."""
    name: str
    """The column's, index's or constraint's name; empty for a table."""
    migration: Migration
    place: Place
    new_name: str = ""
    definition: object = None
    """What it is made to be, where it can be told apart."""
    database: bool = True
    """False for what only the state knows."""

    @property
    def target(self) -> tuple[Kind, str, str]:
        return self.kind, self.table, self.name

    @property
    def label(self) -> str:
        """How a person would call it."""
        return f"{self.table}.{self.name}" if self.name else self.table


def new_keys(graph: MigrationGraph | None, *without: MigrationGraph | None) -> tuple[Key, ...]:
    """Migrations of *graph* that none of *without* has, parents first."""
    if graph is None:
        return ()
    known = {key for other in without if other is not None for key in other.migrations}
    fresh = [key for key in graph.migrations if key not in known]
    if len(fresh) < 2:
        return tuple(fresh)
    return tuple(sorted(fresh, key=lambda key: (graph.position.get(key, -1), key)))


def net(claims: Sequence[Claim]) -> tuple[Claim, ...]:
    """*claims* of one side without what the same side takes back again."""
    kept: list[Claim] = []
    for claim in claims:
        if claim.act is Act.DROP:
            added = [c for c in kept if c.act is Act.ADD and c.target == claim.target]
            if added:
                kept = [c for c in kept if c.target != claim.target]
                continue
        kept.append(claim)
    return tuple(kept)


def django_claims(migrations: Iterable[Migration]) -> tuple[Claim, ...]:
    """The claims of Django migrations, in order."""
    found: list[Claim] = []
    for migration in migrations:
        content = migration.content
        if isinstance(content, Content):
            for operation in content.operations:
                found += _of_operation(migration, operation.call, operation, database=True)
    return tuple(found)


def _of_operation(
    migration: Migration, call: Value, operation: Operation, *, database: bool
) -> list[Claim]:
    if not isinstance(call, Call):
        return []
    name = call.func.rpartition(".")[2]
    if name == "SeparateDatabaseAndState":
        nested: list[Claim] = []
        for key, position in (("database_operations", 0), ("state_operations", 1)):
            listed = argument(call, key, position)
            if isinstance(listed, list | tuple):
                for inner in listed:
                    nested += _of_operation(
                        migration, inner, operation, database=key == "database_operations"
                    )
        # What stands on both sides is one claim.
        return list({(c.act, c.target): c for c in reversed(nested)}.values())[::-1]
    app = migration.key.app

    def claim(
        act: Act, kind: Kind, model: Value, column: Value = "", **more: object
    ) -> list[Claim]:
        if not isinstance(model, str) or not isinstance(column, str):
            return []
        return [
            Claim(
                act=act,
                kind=kind,
                table=f"{app}.{model.lower()}",
                name=column.lower(),
                migration=migration,
                place=operation.place,
                database=database,
                **more,  # type: ignore[arg-type]
            )
        ]

    model = argument(call, "model_name", 0)
    match name:
        case "CreateModel":
            return claim(Act.ADD, Kind.TABLE, argument(call, "name", 0))
        case "DeleteModel":
            return claim(Act.DROP, Kind.TABLE, argument(call, "name", 0))
        case "RenameModel":
            new = argument(call, "new_name", 1)
            return claim(
                Act.RENAME,
                Kind.TABLE,
                argument(call, "old_name", 0),
                new_name=new.lower() if isinstance(new, str) else "",
            )
        case "AddField":
            field = argument(call, "field", 2)
            return claim(Act.ADD, Kind.COLUMN, model, argument(call, "name", 1), definition=field)
        case "AlterField":
            field = argument(call, "field", 2)
            return claim(Act.ALTER, Kind.COLUMN, model, argument(call, "name", 1), definition=field)
        case "RemoveField":
            return claim(Act.DROP, Kind.COLUMN, model, argument(call, "name", 1))
        case "RenameField":
            new = argument(call, "new_name", 2)
            return claim(
                Act.RENAME,
                Kind.COLUMN,
                model,
                argument(call, "old_name", 1),
                new_name=new.lower() if isinstance(new, str) else "",
            )
        case "AddIndex" | "AddIndexConcurrently":
            return claim(Act.ADD, Kind.INDEX, model, _named(argument(call, "index", 1)))
        case "RemoveIndex" | "RemoveIndexConcurrently":
            return claim(Act.DROP, Kind.INDEX, model, argument(call, "name", 1))
        case "AddConstraint" | "AddConstraintNotValid":
            return claim(Act.ADD, Kind.CONSTRAINT, model, _named(argument(call, "constraint", 1)))
        case "RemoveConstraint":
            return claim(Act.DROP, Kind.CONSTRAINT, model, argument(call, "name", 1))
        case _:
            return []


def argument(call: Call, name: str, position: int) -> Value:
    """An argument by name or position; None where it is not given."""
    value = call.get(name)
    if value is None and position < len(call.args):
        return call.args[position]
    return value


def _named(value: Value) -> Value:
    return value.get("name") if isinstance(value, Call) else None


def schema_claims(changes: Iterable[tuple[Migration, SchemaChange]]) -> tuple[Claim, ...]:
    """The claims of schema changes, in order: for frameworks whose operations name tables."""
    return tuple(c for m, change in changes for c in _of_change(m, change))


def _of_change(migration: Migration, change: SchemaChange) -> list[Claim]:
    if change.table is None:
        return []
    table = change.table.lower()

    def claim(act: Act, kind: Kind, name: str | None = "", **more: object) -> list[Claim]:
        if name is None:
            return []
        return [
            Claim(
                act=act,
                kind=kind,
                table=table,
                name=name.lower(),
                migration=migration,
                place=change.place,
                **more,  # type: ignore[arg-type]
            )
        ]

    match change:
        case CreateTable(if_not_exists=False):
            return claim(Act.ADD, Kind.TABLE)
        case DropTable():
            return claim(Act.DROP, Kind.TABLE)
        case RenameTable(new_name=new):
            return claim(Act.RENAME, Kind.TABLE, new_name=new.lower())
        case AddColumn(column=column, if_not_exists=False):
            return claim(Act.ADD, Kind.COLUMN, column.name, definition=column)
        case DropColumn(column=dropped):
            return claim(Act.DROP, Kind.COLUMN, dropped)
        case RenameColumn(column=renamed, new_name=new):
            return claim(Act.RENAME, Kind.COLUMN, renamed, new_name=new.lower())
        case AlterColumn(after=after):
            return claim(Act.ALTER, Kind.COLUMN, after.name, definition=after)
        case AddIndex(index=index, implicit=False, if_not_exists=False):
            return claim(Act.ADD, Kind.INDEX, index.name)
        case DropIndex(index=index):
            return claim(Act.DROP, Kind.INDEX, index.name)
        case AddConstraint(constraint=constraint):
            return claim(Act.ADD, Kind.CONSTRAINT, constraint.name)
        case DropConstraint(constraint=constraint):
            return claim(Act.DROP, Kind.CONSTRAINT, constraint.name)
        case _:
            return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """What two sides claim of one framework's graph (Alembic: one root)."""

    framework: Framework
    ours: tuple[Claim, ...]
    theirs: tuple[Claim, ...]
    other: str = "base"
    """The name of the other side."""
