"""A field that changes: loosened first, demanded last, what comes to its column built apart."""

from __future__ import annotations

import ast

from analyzers.plan.parts import Operation, Part, Phase, Recipe, Unit
from analyzers.plan.recipes.not_null import demanded_last
from analyzers.plan.recipes.retyped import another_type
from analyzers.plan.recipes.several import at_once
from analyzers.plan.recipes.subject import (
    Subject,
    another_key,
    obeyed,
    one_pull_request,
    relation_kind,
)
from analyzers.plan.statements import (
    apart,
    check_later,
    drop_not_null,
    drop_unique,
    index_concurrently,
    like_index,
    object_name,
    quoted,
    unique_using_index,
    without_index,
)
from analyzers.relate.locks import rewrites_table
from analyzers.vocabulary import (
    AddConstraint,
    AddIndex,
    AlterColumn,
    Column,
    Constraint,
    ConstraintKind,
    DropConstraint,
    Index,
    RenameColumn,
)


def alter_field(s: Subject) -> Recipe | None:
    """A column changes: loosened first, demanded last, another type beside the old one."""
    field = s.written.field()
    altered = next((c for c in s.changes if isinstance(c, AlterColumn)), None)
    if field is None:
        return None
    if relation_kind(field) == "ManyToManyField":
        return _through(s, field)
    if any(
        isinstance(c, AddConstraint) and c.constraint.kind is ConstraintKind.PRIMARY_KEY
        for c in s.changes
    ):
        return another_key(s)
    if any(isinstance(c, RenameColumn) for c in s.changes):
        # Old code asks for the old name, whatever else changes.
        return None
    if altered is not None and altered.sets_type and rewrites_table(altered):
        before = altered.before
        return another_type(s, field, before, altered.after) if before is not None else None
    made = _same_column(s) if altered is None else _altered(s, field, altered)
    return at_once(s, field, altered, made) if made is not None else None


def _altered(s: Subject, field: ast.Call, altered: AlterColumn) -> Recipe | None:
    """What is said of the column itself changes, and no row is written anew for it."""
    before, after = altered.before, altered.after
    what = f"{s.table}.{after.name}"
    if before is None:
        return None
    if before.null is False and after.null:
        return _loosened(s, field, what, after.name)
    if before.null and after.null is False and s.promised:
        return _settled(s, what)
    if before.null and after.null is False:
        return Recipe(
            parts=tuple(demanded_last(s, field, what, after.name)),
            needed=True,
            reason=f"{what} becomes NOT NULL while old code may still write NULL, and the table is scanned under a lock",
        )
    if after.unique and not before.unique:
        return _made_unique(s, after.name)
    if after.indexed and not before.indexed and not before.unique:
        return _made_indexed(s, after.name)
    return _defaulted(s, what) if _left_to_default(before, after) else None


def _through(s: Subject, field: ast.Call) -> Recipe | None:
    """A model for the table between, which stands already: nothing changes in the database."""
    defined = s.definition(s.attribute)
    old, new = (
        next((ast.unparse(k.value) for k in f.keywords if k.arg == "through"), None)
        for f in (defined[0] if defined is not None else field, field)
    )
    if old == new:
        return None
    refused = "Django refuses to alter a many-to-many field's `through` in the database"
    if old is not None or new is None:
        return Recipe(
            parts=(),
            needed=True,
            reason=f"{refused}: add a second field beside {s.label}.{s.attribute}, copy the pairs, and remove the first",
        )
    return Recipe(
        parts=(
            Part(
                phase=Phase.EXPAND,
                app=s.app,
                model=True,
                what=f"tells {s.label}.{s.attribute} its model {new}, whose Meta names the table between in db_table",
                units=(Unit(slug=f"{s.attribute}_through", operations=apart(state=[s.here])),),
            ),
        ),
        needed=True,
        reason=f"{refused}; where the model names the table that is there, only the models' state has to change",
    )


def _loosened(s: Subject, field: ast.Call, what: str, column: str) -> Recipe:
    loosening = (
        Operation(call=drop_not_null(s.table, column).call)
        if s.postgresql and relation_kind(field)
        else s.here
    )
    by_hand = loosening is not s.here
    adopt: tuple[Unit, ...] = ()
    if s.style == "state":
        expand = apart(database=[loosening])
        adopt = (Unit(slug=f"{s.attribute}_null", operations=apart(state=[s.here])),)
    else:
        expand = apart(database=[loosening], state=[s.here]) if by_hand else (s.here,)
    return _database_first(
        s,
        Unit(slug=f"{s.attribute}_drop_not_null", operations=expand),
        does=f"lets {what} be NULL",
        adopt=adopt,
        adopts=f"sets null=True for {s.label}.{s.attribute}",
        reason=f"new code may write None to {what}: it fails wherever it starts before the migration has run",
    )


def _database_first(
    s: Subject, expand: Unit, *, does: str, adopt: tuple[Unit, ...], adopts: str, reason: str
) -> Recipe:
    """What new code needs is in the database before the models say it."""
    return Recipe(
        parts=(
            Part(phase=Phase.EXPAND, app=s.app, what=does, units=(expand,)),
            Part(phase=Phase.ADOPT, app=s.app, model=True, what=adopts, units=adopt),
        ),
        needed=True,
        reason=reason,
    )


def _left_to_default(before: Column, after: Column) -> bool:
    """Whether the new models leave a NOT NULL column to a default that the database gets with them."""
    gets = before.server_default is None and after.server_default is not None
    return gets and before.null is False and after.null is False and not after.client_default


def _defaulted(s: Subject, what: str) -> Recipe:
    """The default is there before the code that leaves the column to it."""
    state = s.style == "state"
    expand = apart(database=[s.here]) if state else (s.here,)
    adopt = (Unit(slug=f"{s.attribute}_default_state", operations=apart(state=[s.here])),)
    return _database_first(
        s,
        Unit(slug=f"{s.attribute}_default", operations=expand),
        does=f"gives {what} its default in the database",
        adopt=adopt if state else (),
        adopts=f"leaves {s.label}.{s.attribute} to the default of the database",
        reason=f"new code leaves {what} to a default of the database: its inserts fail wherever it starts before the migration has run",
    )


def _settled(s: Subject, what: str) -> Recipe:
    """NOT NULL is the last of its steps: the check that comes before it stands."""
    return Recipe(
        parts=(
            Part(
                phase=Phase.EXPAND,
                app=s.app,
                model=True,
                what=f"makes {what} NOT NULL, as a check of the table has it already",
                units=(Unit(slug=f"{s.attribute}_not_null", operations=(s.here,)),),
            ),
        ),
        needed=False,
    )


def _same_column(s: Subject) -> Recipe | None:
    """The column stays as it is; an index or a constraint comes to it."""
    if any(
        isinstance(c, DropConstraint) and c.constraint.kind is ConstraintKind.UNIQUE
        for c in s.changes
    ):
        indexed = any(isinstance(c, AddIndex) and c.implicit for c in s.changes)
        return _no_longer_unique(s) if indexed and s.postgresql else None
    for change in s.changes:
        match change:
            case AddConstraint(
                constraint=Constraint(kind=ConstraintKind.UNIQUE, columns=(column,))
            ):
                return _made_unique(s, column)
            case AddConstraint(constraint=Constraint(kind=ConstraintKind.CHECK, columns=(column,))):
                return _made_positive(s, column)
            case AddIndex(index=Index(columns=(column,)), implicit=True):
                return _made_indexed(s, column)
            case _:
                pass
    return None


def _made_positive(s: Subject, column: str) -> Recipe | None:
    """A check that Django makes for the class of the field; it finds it by the column later on."""
    if not s.postgresql:
        return None
    name = object_name(s.table, (column,), "_check")
    add, validate = check_later(s.table, f"{quoted(column)} >= 0", name=name)
    units = (
        Unit(slug=f"{s.attribute}_check", operations=apart(database=[add], state=[s.here])),
        Unit(slug=f"{s.attribute}_validate", operations=(validate,)),
    )
    return obeyed(
        s,
        f"stops writing values below zero to {s.label}.{s.attribute}, and corrects the rows that have them",
        f"lets {s.table}.{column} hold nothing below zero, without a scan under a lock",
        units,
        f"{s.table}.{column} is checked against the whole table under a lock, and old code may break it",
    )


def _type(s: Subject, column: str) -> str | None:
    """The type that *column* has, where it changes the new one."""
    for change in s.changes:
        if isinstance(change, AlterColumn) and (change.table, change.after.name) == (
            s.table,
            column,
        ):
            return change.after.type
    return next((c.type for c in (s.before.columns if s.before else ()) if c.name == column), None)


def _made_unique(s: Subject, column: str) -> Recipe | None:
    if not s.postgresql:
        return None
    name = object_name(s.table, (column,), "_uniq")
    units = (
        Unit(
            slug=f"{s.attribute}_index",
            atomic=False,
            operations=(
                index_concurrently(s.table, (column,), name=name, unique=True),
                *like_index(s.table, column, _type(s, column)),
                *_old_index(s, column),
            ),
        ),
        Unit(
            slug=f"{s.attribute}_unique",
            operations=apart(database=[unique_using_index(s.table, name=name)], state=[s.here]),
        ),
    )
    return obeyed(
        s,
        f"stops writing duplicates to {s.label}.{s.attribute}, and clears up those that are there",
        f"makes {s.table}.{column} unique by an index that is built while writes go on",
        units,
        f"{s.table}.{column} becomes unique: old code may still write duplicates, and the index is built under a lock",
    )


def _no_longer_unique(s: Subject) -> Recipe | None:
    """A plain index takes the place of the unique constraint, whose name the database alone knows."""
    column = s.column_before(s.attribute)
    if column is None or s.before is None:
        return None
    kept = [
        c.name
        for c in s.before.constraints
        if c.kind is ConstraintKind.UNIQUE and c.name and c.columns == (column.name,)
    ]
    name = object_name(s.table, (column.name,), "")
    units = (
        Unit(
            slug=f"{s.attribute}_index",
            atomic=False,
            operations=(index_concurrently(s.table, (column.name,), name=name),),
        ),
        Unit(
            slug=f"{s.attribute}_not_unique",
            operations=apart(database=[drop_unique(s.table, column.name, kept)], state=[s.here]),
        ),
    )
    return one_pull_request(
        s,
        f"indexes {s.table}.{column.name} while writes go on, and lets it hold duplicates",
        units,
        f"the index on {s.table}.{column.name} that takes the place of the unique one is built under a lock",
    )


def _old_index(s: Subject, column: str) -> tuple[Operation, ...]:
    """
    The index that Django gave to *column* and takes away where the unique one is there.

    Where the table was renamed since, it has the name of then, and stays.
    """
    if not any(c.name == column and c.indexed for c in (s.before.columns if s.before else ())):
        return ()
    name = object_name(s.table, (column,), "")
    return (without_index(s.table, (column,), name=name),)


def _made_indexed(s: Subject, column: str) -> Recipe | None:
    if not s.postgresql:
        return None
    name = object_name(s.table, (column,), "")
    unit = Unit(
        slug=f"{s.attribute}_index",
        atomic=False,
        operations=apart(
            database=[
                index_concurrently(s.table, (column,), name=name),
                *like_index(s.table, column, _type(s, column)),
            ],
            state=[s.here],
        ),
    )
    return one_pull_request(
        s,
        f"indexes {s.table}.{column} while writes go on",
        (unit,),
        "the index is built under a lock",
    )
