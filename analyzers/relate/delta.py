"""What each side did since the merge base, as claims on tables and columns."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

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
    RenameIndex,
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
    OPTION = "option"
    """What a table has once, stated whole each time: ``unique_together``, its name, options of the model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One act on one object. *table* and *name* identify it within its framework, in lower case."""

    act: Act
    kind: Kind
    table: str
    """``app.model`` for Django, the table's name for Alembic."""
    name: str
    """The column's, index's, constraint's or option's name; empty for a table."""
    migration: Migration
    place: Place
    new_name: str = ""
    definition: object = None
    """What it is made to be, where it can be told apart."""
    database: bool = True
    """False for what only the state knows."""
    columns: tuple[str, ...] = ()
    """The columns of the table that an index, a constraint or an option is about."""
    refers: tuple[str, ...] = ()
    """The tables that it points to."""

    @property
    def made(self) -> tuple[Kind, str, str] | None:
        """What is there afterwards and was not: what it adds, or a new name."""
        if self.act is Act.ADD:
            return self.target
        if self.act is not Act.RENAME or not self.new_name:
            return None
        if self.kind is not Kind.TABLE:
            return self.kind, self.table, self.new_name
        before, dot, _ = self.table.rpartition(".")
        return self.kind, f"{before}{dot}{self.new_name}", ""

    @property
    def target(self) -> tuple[Kind, str, str]:
        return self.kind, self.table, self.name

    @property
    def label(self) -> str:
        """How a person would call it."""
        return f"{self.table}.{self.name}" if self.name else self.table

    @property
    def made_label(self) -> str:
        """How a person would call what it makes."""
        _, table, name = self.made or self.target
        return f"{table}.{name}" if name else table


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
                kept = [c for c in kept if c.target != claim.target and not _part(c, claim)]
                continue
        kept.append(claim)
    return tuple(kept)


def _part(claim: Claim, dropped: Claim) -> bool:
    """Whether what *claim* is about goes along with a table or a column that is *dropped*."""
    if claim.table != dropped.table:
        return False
    return dropped.kind is Kind.TABLE or (
        dropped.kind is Kind.COLUMN and dropped.name in claim.columns
    )


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
            name, fields = argument(call, "name", 0), argument(call, "fields", 1)
            return claim(Act.ADD, Kind.TABLE, name, refers=_targets(app, _fields(fields)))
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
            field, column = argument(call, "field", 2), argument(call, "name", 1)
            refers = _targets(app, (field,))
            return claim(Act.ADD, Kind.COLUMN, model, column, definition=field, refers=refers)
        case "AlterField":
            field, column = argument(call, "field", 2), argument(call, "name", 1)
            refers = _targets(app, (field,))
            return claim(Act.ALTER, Kind.COLUMN, model, column, definition=field, refers=refers)
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
            index = argument(call, "index", 1)
            return claim(Act.ADD, Kind.INDEX, model, _named(index), columns=_columns(index))
        case "RemoveIndex" | "RemoveIndexConcurrently":
            return claim(Act.DROP, Kind.INDEX, model, argument(call, "name", 1))
        case "AddConstraint" | "AddConstraintNotValid":
            made = argument(call, "constraint", 1)
            return claim(Act.ADD, Kind.CONSTRAINT, model, _named(made), columns=_columns(made))
        case "RemoveConstraint":
            return claim(Act.DROP, Kind.CONSTRAINT, model, argument(call, "name", 1))
        case "RenameIndex":
            old, new = argument(call, "old_name", 2), argument(call, "new_name", 1)
            if isinstance(old, str) and isinstance(new, str):
                return claim(Act.RENAME, Kind.INDEX, model, old, new_name=new.lower())
            return []
        case _ if name in _OPTIONS:
            option = _OPTIONS[name]
            value = argument(call, option, 1)
            return [
                replace(one, database=database and option not in _STATE_ONLY)
                for one in claim(
                    Act.ALTER,
                    Kind.OPTION,
                    argument(call, "name", 0),
                    option,
                    definition=value,
                    columns=_together(value) if option.endswith("_together") else (),
                )
            ]
        case _:
            return []


_OPTIONS = {
    "AlterModelManagers": "managers",
    "AlterModelOptions": "options",
    "AlterModelTable": "table",
    "AlterModelTableComment": "table_comment",
    "AlterIndexTogether": "index_together",
    "AlterOrderWithRespectTo": "order_with_respect_to",
    "AlterUniqueTogether": "unique_together",
}
"""Operations that state one thing of a model whole -> the argument that says it."""
_STATE_ONLY = frozenset({"managers", "options"})


def _fields(listed: Value) -> Iterator[Value]:
    """The fields of a new model."""
    for pair in listed if isinstance(listed, list | tuple) else ():
        if isinstance(pair, list | tuple) and len(pair) == 2:
            yield pair[1]


def _targets(app: str, fields: Iterable[Value]) -> tuple[str, ...]:
    """The models, as ``app.model``, that *fields* point to, as far as they name them plainly."""
    found = []
    for field in fields:
        to = argument(field, "to", 0) if isinstance(field, Call) else None
        if isinstance(field, Call) and isinstance(to, str) and _RELATION.search(field.func):
            found.append((to if "." in to else f"{app}.{to}").lower())
    return tuple(found)


_RELATION = re.compile(r"(ForeignKey|OneToOneField|ManyToManyField)$")


def _columns(member: Value) -> tuple[str, ...]:
    """The columns that an index or a constraint names as its ``fields``, in lower case."""
    listed = member.get("fields") if isinstance(member, Call) else None
    names = listed if isinstance(listed, list | tuple) else ()
    return tuple(n.lstrip("-").lower() for n in names if isinstance(n, str))


def _together(value: Value) -> tuple[str, ...]:
    """The columns of ``unique_together``: a group of names, or several."""
    if isinstance(value, str):
        return (value.lower(),)
    if isinstance(value, list | tuple | set | frozenset):
        return tuple(sorted({name for inner in value for name in _together(inner)}))
    return ()


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
        case CreateTable(if_not_exists=False, columns=columns, constraints=constraints):
            keys = [c.references for c in columns] + [c.references for c in constraints]
            refers = tuple(key.table.lower() for key in keys if key is not None)
            return claim(Act.ADD, Kind.TABLE, refers=refers)
        case DropTable():
            return claim(Act.DROP, Kind.TABLE)
        case RenameTable(new_name=new):
            return claim(Act.RENAME, Kind.TABLE, new_name=new.lower())
        case AddColumn(column=column, if_not_exists=False):
            refers = (column.references.table.lower(),) if column.references is not None else ()
            return claim(Act.ADD, Kind.COLUMN, column.name, definition=column, refers=refers)
        case DropColumn(column=dropped):
            return claim(Act.DROP, Kind.COLUMN, dropped)
        case RenameColumn(column=renamed, new_name=new):
            return claim(Act.RENAME, Kind.COLUMN, renamed, new_name=new.lower())
        case AlterColumn(after=after):
            return claim(Act.ALTER, Kind.COLUMN, after.name, definition=after)
        case AddIndex(index=index, implicit=False, if_not_exists=False):
            return claim(Act.ADD, Kind.INDEX, index.name, columns=_lower(index.columns))
        case DropIndex(index=index):
            return claim(Act.DROP, Kind.INDEX, index.name)
        case AddConstraint(constraint=constraint):
            key = constraint.references
            return claim(
                Act.ADD,
                Kind.CONSTRAINT,
                constraint.name,
                columns=_lower(constraint.columns),
                refers=(key.table.lower(),) if key is not None else (),
            )
        case RenameIndex(old_name=str(old), new_name=str(new)):
            return claim(Act.RENAME, Kind.INDEX, old, new_name=new.lower())
        case DropConstraint(constraint=constraint):
            return claim(Act.DROP, Kind.CONSTRAINT, constraint.name)
        case _:
            return []


def _lower(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(name.lower() for name in names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """What two sides claim of one framework's graph (Alembic: one root)."""

    framework: Framework
    ours: tuple[Claim, ...]
    theirs: tuple[Claim, ...]
    other: str = "base"
    """The name of the other side."""
