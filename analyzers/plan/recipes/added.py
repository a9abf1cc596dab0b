"""Columns and tables that come: nullable first, demanded last."""

from __future__ import annotations

import ast

from analyzers.plan.parts import ModelEdit, Operation, Part, Phase, Recipe, Unit
from analyzers.plan.recipes.not_null import demanded_last
from analyzers.plan.recipes.subject import Subject, another_key, relation_kind
from analyzers.plan.source import constant_keyword, keyword_of, spelled, with_keywords
from analyzers.plan.statements import (
    EXCLUSIVE,
    add_column,
    apart,
    check_later,
    foreign_key_later,
    index_concurrently,
    like_index,
    locked_first,
    object_name,
    quoted,
    unique_using_index,
)
from analyzers.vocabulary import AddColumn, Column, Generated, StateOnly


def add_field(s: Subject) -> Recipe | None:
    """A column: nullable first; demanded last."""
    field = s.written.field()
    added = next((c for c in s.changes if isinstance(c, AddColumn)), None)
    if field is None:
        return None
    if added is None:
        return new_table(s)
    column = added.column
    if column.primary_key:
        return another_key(s)
    what = f"{s.table}.{column.name}"
    if column.generated is not None:
        return _worked_out(s, field, what, rewrites=column.generated is Generated.STORED)
    safe_as_is = column.null or column.server_default is not None
    checked = column.checked and _signed(field) is not None
    bare = not (relation_kind(field) or column.unique or column.indexed or checked)
    if safe_as_is and (bare or not s.postgresql):
        return _optional_column(s, s.here, what)
    needed = () if safe_as_is else ("null",)
    expand = _expand_new_column(s, field, column, force_null=bool(needed))
    adopt = _adopt_new_column(s, field, force_null=bool(needed))
    parts: list[Part] = [
        Part(phase=Phase.EXPAND, app=s.app, what=f"adds {what} as nullable", units=expand),
        Part(
            phase=Phase.ADOPT,
            app=s.app,
            model=True,
            what=f"adds the field {s.attribute} to {s.label}",
            units=adopt,
        ),
    ]
    if not needed:
        return Recipe(
            parts=tuple(parts),
            needed=True,
            reason=f"{what} comes with a check, which is validated apart from the column"
            if checked
            else f"{what} comes with an index or a foreign key, which are built apart from the column",
        )
    parts += demanded_last(s, field, what, column.name)
    # The check of a column that comes at once is made under the lock.
    shorter, why = _with_database_default(s, field, what) if not checked else ((), "")
    return Recipe(
        parts=tuple(parts),
        needed=True,
        reason=f"{what} is NOT NULL: old code does not write it, so its inserts fail as soon as the column is there",
        shorter=shorter,
        shorter_reason=why,
    )


def _optional_column(s: Subject, here: Operation, what: str, said: str = "") -> Recipe:
    """A column that no insert has to name; *said* of it beside its name, where there is more to say."""
    state = s.style == "state"
    expand = Unit(
        slug=f"add_{s.attribute}", operations=apart(database=[here]) if state else (here,)
    )
    adopt = (
        (Unit(slug=f"{s.model}_{s.attribute}".lower(), operations=apart(state=[here])),)
        if state
        else ()
    )
    return Recipe(
        parts=(
            Part(phase=Phase.EXPAND, app=s.app, what=f"adds {said or what}", units=(expand,)),
            Part(
                phase=Phase.ADOPT,
                app=s.app,
                model=True,
                what=f"adds the field {s.attribute} to {s.label}",
                units=adopt,
            ),
        ),
        needed=True,
        reason=f"new code selects {what}: it fails wherever it starts before the migration has run",
        shorter=(
            Part(
                phase=Phase.EXPAND,
                app=s.app,
                model=True,
                what=f"adds {said + ',' if said else what} and the field in {s.label}",
                units=(Unit(slug=f"{s.model}_{s.attribute}".lower(), operations=(here,)),),
            ),
        ),
        shorter_reason="one pull request is enough where every deployment runs the migrations before new code starts",
    )


def _worked_out(s: Subject, field: ast.Call, what: str, *, rewrites: bool) -> Recipe:
    """A column that nobody writes: nothing is filled, and nothing of its NULLs is old code's."""
    said = f"{what}, which the database works out"
    if rewrites:
        said += " (the table is rewritten, whatever the split: run it when its reads and writes can wait)"
    words = {n.value for n in ast.walk(field) if isinstance(n, ast.Constant)}
    if s.style != "state" or not words & s.new_attributes():
        return _optional_column(s, s.here, what, said)
    # It is worked out from a column that the models' state does not know before.
    unit = Unit(slug=f"{s.model}_{s.attribute}".lower(), operations=(s.here,))
    part = Part(
        phase=Phase.ADOPT,
        app=s.app,
        model=True,
        what=f"adds {said}, and the field in {s.label}",
        units=(unit,),
    )
    return Recipe(parts=(part,), needed=False)


def _expand_new_column(
    s: Subject, field: ast.Call, column: Column, *, force_null: bool
) -> tuple[Unit, ...]:
    """The bare column first, then its index, its check and its foreign key, each without a long lock."""
    state = s.style == "state"
    bare = field
    if force_null:
        bare = with_keywords(bare, null=True)
    relation = relation_kind(field)
    one_each = relation == "OneToOneField" or column.unique
    if one_each:
        # Django would write the default into all rows that stand, and no index takes it twice.
        bare = with_keywords(bare, drop=("default",))
    if not s.postgresql:
        return (Unit(slug=f"add_{s.attribute}", operations=(s.with_field(bare),)),)
    units: list[Unit] = []
    if one_each:
        bare = with_keywords(bare, drop=("unique",))
    if relation:
        bare = with_keywords(bare, db_constraint=False, db_index=False)
        if relation == "OneToOneField":
            bare.func = _foreign_key_of(bare.func)
    elif _asks_for_index(bare) or (column.indexed and keyword_of(bare, "db_index") is None):
        bare = with_keywords(bare, db_index=False)
    else:
        bare = with_keywords(bare, drop=("db_index",))
    signed = _signed(field) if column.checked else None
    if signed is not None:
        bare = with_keywords(bare)
        bare.func = signed
    adding = s.with_field(bare)
    alone = apart(database=[adding]) if state else (adding,)
    if state and column.references and column.references.table in s.new_tables and column.type:
        # The state that this migration meets has no model for the field to point to.
        alone = (add_column(s.table, column),)
    units.append(Unit(slug=f"add_{s.attribute}", operations=alone))
    final = with_keywords(field, null=True) if force_null else field
    settled = s.with_field(final, "AlterField")
    in_state = [] if state else [settled]
    pending: list[Operation] = []
    like = like_index(s.table, column.name, column.type)
    if one_each:
        name = object_name(s.table, (column.name,), "_uniq")
        units.append(
            Unit(
                slug=f"{s.attribute}_index",
                atomic=False,
                operations=(
                    index_concurrently(s.table, (column.name,), name=name, unique=True),
                    *like,
                ),
            )
        )
        pending.append(unique_using_index(s.table, name=name))
    elif column.indexed or (relation and constant_keyword(field, "db_index") is not False):
        name = object_name(s.table, (column.name,), "")
        units.append(
            Unit(
                slug=f"{s.attribute}_index",
                atomic=False,
                operations=(index_concurrently(s.table, (column.name,), name=name), *like),
            )
        )
    validate: list[Operation] = []
    if signed is not None:
        name = object_name(s.table, (column.name,), "_check")
        add, check = check_later(s.table, f"{quoted(column.name)} >= 0", name=name)
        pending.append(add)
        validate.append(check)
    if relation and column.references and constant_keyword(field, "db_constraint") is not False:
        target = column.references
        target_column = target.column or "id"
        name = object_name(s.table, (column.name,), f"_fk_{target.table}_{target_column}")
        add, check = foreign_key_later(
            s.table, column.name, target=target.table, target_column=target_column, name=name
        )
        if target.table != s.table:
            own = EXCLUSIVE if pending else "SHARE ROW EXCLUSIVE"
            pending.insert(0, locked_first({s.table: own, target.table: "SHARE ROW EXCLUSIVE"}))
        pending.append(add)
        validate.append(check)
    if pending:
        units.append(
            Unit(
                slug=f"{s.attribute}_constraint",
                operations=apart(database=pending, state=in_state),
            )
        )
    elif in_state and len(units) > 1:
        units.append(Unit(slug=f"{s.attribute}_state", operations=apart(state=in_state)))
    if validate:
        units.append(Unit(slug=f"{s.attribute}_validate", operations=tuple(validate)))
    return tuple(units)


def _adopt_new_column(s: Subject, field: ast.Call, *, force_null: bool) -> tuple[Unit, ...]:
    if s.style != "state":
        return ()
    known = with_keywords(field, null=True) if force_null else field
    return (
        Unit(
            slug=f"{s.model}_{s.attribute}".lower(),
            operations=apart(state=[s.with_field(known)]),
        ),
    )


def _with_database_default(s: Subject, field: ast.Call, what: str) -> tuple[tuple[Part, ...], str]:
    default = keyword_of(field, "default")
    if (
        not isinstance(default, ast.Constant)
        or default.value is None
        or relation_kind(field)
        or not s.postgresql
        or not s.keeps_defaults
        or constant_keyword(field, "unique")
        or constant_keyword(field, "db_index")
    ):
        return (), ""
    keeping = s.with_field(with_keywords(field, db_default=default))
    part = Part(
        phase=Phase.EXPAND,
        app=s.app,
        model=True,
        what=f"adds {what} with db_default, in the model too",
        edits=(
            ModelEdit(
                model=s.label,
                attribute=s.attribute,
                keywords=(("db_default", spelled(default)),),
                final=True,
            ),
        ),
        units=(Unit(slug=f"{s.model}_{s.attribute}".lower(), operations=(keeping,)),),
    )
    return (part,), (
        "with db_default (Django 5.0 and later) the default stays in the database, so old code's inserts"
        " go on working, and PostgreSQL from 11 on does not rewrite the table; migrate before new code starts"
    )


SIGNED = {
    "PositiveIntegerField": "IntegerField",
    "PositiveSmallIntegerField": "SmallIntegerField",
    "PositiveBigIntegerField": "BigIntegerField",
}
"""Django's classes whose columns bring a check, and those of the same columns without."""


def _signed(field: ast.Call) -> ast.expr | None:
    """The class of *field*'s column without its check; None where that is not known."""
    match field.func:
        case ast.Attribute(value=module, attr=name) if name in SIGNED:
            return ast.Attribute(value=module, attr=SIGNED[name], ctx=ast.Load())
        case ast.Name(id=name) if name in SIGNED:
            return ast.parse(f"django.db.models.{SIGNED[name]}", mode="eval").body
        case _:
            return None


def _asks_for_index(field: ast.Call) -> bool:
    """Whether the class of *field* has an index, unless it is told not to."""
    return ast.unparse(field.func).endswith("SlugField")


def _foreign_key_of(func: ast.expr) -> ast.expr:
    if isinstance(func, ast.Attribute):
        return ast.Attribute(value=func.value, attr="ForeignKey", ctx=ast.Load())
    return ast.parse("django.db.models.ForeignKey", mode="eval").body


def _stands_already(s: Subject) -> Recipe:
    """A model for a table that is there: that of a many-to-many field."""
    return Recipe(
        parts=(
            Part(
                phase=Phase.EXPAND,
                app=s.app,
                model=True,
                what=f"gives {s.table} the model {s.label}, and leaves the table as it is",
                units=(Unit(slug=s.model.lower(), operations=apart(state=[s.here])),),
            ),
        ),
        needed=True,
        reason=f"the table {s.table} stands already, and Django would make it again",
    )


def new_table(s: Subject) -> Recipe | None:
    """A table that nothing uses yet; None where there is none: of a proxy, of a field with a model between."""
    if all(isinstance(change, StateOnly) for change in s.changes):
        return None
    if s.written.name == "CreateModel" and s.before is not None:
        return _stands_already(s)
    state = s.style == "state"
    name = (
        s.model.lower() if s.written.name == "CreateModel" else f"{s.model}_{s.attribute}".lower()
    )
    return Recipe(
        parts=(
            Part(
                phase=Phase.EXPAND,
                app=s.app,
                what=f"creates the table of {s.label}"
                + (f".{s.attribute}" if s.attribute and s.written.name != "CreateModel" else ""),
                units=(
                    Unit(slug=name, operations=apart(database=[s.here]) if state else (s.here,)),
                ),
            ),
            Part(
                phase=Phase.ADOPT,
                app=s.app,
                model=True,
                what=f"adds the model {s.label}"
                if s.written.name == "CreateModel"
                else f"adds the field {s.attribute} to {s.label}",
                units=(Unit(slug=f"{name}_model", operations=apart(state=[s.here])),)
                if state
                else (),
            ),
        ),
        needed=False,
        reason="a new table is used by nobody yet: one pull request does no harm where migrations run before new code starts",
    )
