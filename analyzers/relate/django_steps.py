"""New migrations of Django, played as schema changes on the static state of the models before them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from analyzers.read.cache import Cache, MemoryCache
from analyzers.read.django.migrations import Content
from analyzers.read.django.version import Version
from analyzers.read.values import Call
from analyzers.relate.django_operations.code import CodeOperations
from analyzers.relate.django_operations.constraints import ConstraintOperations
from analyzers.relate.django_operations.fields import FieldOperations
from analyzers.relate.django_operations.models import ModelOperations
from analyzers.relate.django_state import DjangoState, argument
from analyzers.relate.django_tables import Columns
from analyzers.relate.sql_constraints import SqlConstraints
from analyzers.trees import Tree
from analyzers.vocabulary import (
    AlterColumn,
    CreateTable,
    Key,
    Migration,
    RenameTable,
    RunStatement,
    SchemaChange,
    Table,
)

Played = tuple[Migration, SchemaChange, Table | None, Key | None, int]
"""
Migration, change, the table before it, the new migration that made the table, and the
operation's place among those of the migration.
"""


def play_new_django(
    migrations: Sequence[tuple[Migration, str]],
    new: frozenset[Key],
    tree: Tree,
    *,
    database: str = "postgresql",
    user_model: str | None = None,
    base: DjangoState | None = None,
    cache: Cache | None = None,
    django: Callable[[], Version | None] = lambda: None,
    anew: frozenset[str] = frozenset(),
    stored: Callable[[Call], Call | None] = lambda _: None,
) -> Iterator[Played]:
    """
    The changes of the migrations *new*, in order.

    *migrations* are all of the graph, parents first, each with its app's label;
    *base* is the state that those which are not new make, where it is known.
    *cache* keeps what old SQL has made; *django* tells the version that runs them.
    *anew* are apps whose history is another than the one that databases have: all
    that stands of it makes its tables first. *stored* tells which field of Django's
    has the column of a project's own class.
    """
    state = base.copy() if base is not None else DjangoState()
    for migration, app in migrations:
        if base is None and migration.key not in new:
            state.play(migration, app)
    validated = SqlConstraints(migrations, new, database, cache or MemoryCache())
    made = dict(_made_by(state, migrations, new, anew)) if anew else {}
    columns = Columns(database, stored, django)
    for migration, app in migrations:
        if migration.key not in new or not isinstance(content := migration.content, Content):
            continue
        reader = _Reader(
            state=state,
            database=database,
            user_model=user_model,
            columns=columns,
            place=migration.place,
            app=app,
            tree=tree,
            migration=migration,
            django=django,
        )
        for number, operation in enumerate(content.operations):
            for change in reader.changes(operation):
                before = reader.table_named(change.table)
                if before is not None:
                    before = validated.on(before)
                change = with_before(change, before)
                yield migration, change, before, made.get(change.table or ""), number
                validated.play(change)
                match change:
                    case (
                        CreateTable(table=str(name)) | RunStatement(kind="creates", table=str(name))
                    ):
                        made.setdefault(name, migration.key)
                    case RenameTable(table=str(name), new_name=renamed) if name in made:
                        made[renamed] = made[name]
                    case _:
                        pass
            state.apply(operation.call, app)


def _made_by(
    state: DjangoState,
    migrations: Sequence[tuple[Migration, str]],
    new: frozenset[Key],
    anew: frozenset[str],
) -> Iterator[tuple[str, Key]]:
    """The tables that migrations of the apps *anew* make which are not *new*."""
    for migration, app in migrations:
        content = migration.content
        if migration.key.app in anew and migration.key not in new and isinstance(content, Content):
            for operation in content.operations:
                call = operation.call
                if isinstance(call, Call) and call.func.endswith(".CreateModel"):
                    model = state.get(app, argument(call, "name", 0))
                    if model is not None:
                        yield model.table, migration.key


def with_before(change: SchemaChange, table: Table | None) -> SchemaChange:
    """An altered column of raw SQL with what it was before, where the models know it."""
    if not isinstance(change, AlterColumn) or change.before is not None or table is None:
        return change
    before = table.column(change.after.name)
    if before is None:
        return change
    after = replace(
        before,
        type=change.after.type if change.sets_type else before.type,
        null=change.after.null if change.sets_null else before.null,
        server_default=change.after.server_default
        if change.sets_default
        else before.server_default,
    )
    return replace(change, before=before, after=after)


class _Reader(ModelOperations, FieldOperations, ConstraintOperations, CodeOperations):
    """Every operation there is."""

    __slots__ = ()
