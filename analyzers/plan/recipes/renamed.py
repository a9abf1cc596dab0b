"""Other names: of a column, a many-to-many field, a table."""

from __future__ import annotations

import ast

from analyzers.plan.parts import ModelEdit, Operation, Part, Phase, Recipe, Unit
from analyzers.plan.recipes.retyped import loosen_old
from analyzers.plan.recipes.subject import WRITTEN_UNASKED, Subject, relation_kind
from analyzers.plan.source import constant_keyword, with_keywords
from analyzers.plan.statements import (
    EXCLUSIVE,
    apart,
    copy_code,
    demand_not_null,
    drop_column,
    index_concurrently,
    like_index,
    locked_first,
    object_name,
    operation,
    quoted,
    run_python,
    run_sql,
)
from analyzers.vocabulary import RenameTable, StateOnly


def rename_field(s: Subject) -> Recipe | None:
    """A new column beside the old one; or, shorter, the attribute's name alone."""
    old = s.written.text_argument("old_name", 1)
    new = s.written.text_argument("new_name", 2)
    if not old or not new or all(isinstance(change, StateOnly) for change in s.changes):
        return None
    before = s.column_before(old)
    found = s.definition(old)
    column = before.name if before else old
    what = f"{s.table}.{column}"
    if found is None:
        return Recipe(
            parts=(),
            needed=True,
            reason=f"{what} is renamed: old code reads the old name, new code the new one",
        )
    field, module = found
    if relation_kind(field) == "ManyToManyField":
        return _rename_many_to_many(s, field, module, old=old, new=new)
    keeping = operation(f"migrations.AlterField({s.model!r}, {old!r}, None)", module)
    keeping.call.args[2] = with_keywords(field, db_column=column)
    shorter = (
        Part(
            phase=Phase.EXPAND,
            app=s.app,
            model=True,
            what=f"renames the attribute and keeps the column: db_column={column!r} in the model",
            edits=(
                ModelEdit(
                    model=s.label,
                    attribute=new,
                    keywords=(("db_column", f'"{column}"'),),
                    final=True,
                ),
            ),
            units=(
                Unit(
                    slug=f"rename_{old}_to_{new}",
                    operations=(keeping, Operation(call=s.written.call, module=s.written.module)),
                ),
            ),
        ),
    )
    reason = f"{what} is renamed: old code reads the old name, new code the new one"
    why = "the database keeps its column, so no SQL runs and there is nothing to wait for"
    if (
        relation_kind(field)
        or (before is not None and (before.unique or before.primary_key or before.generated))
        or s.built_upon(column)
        or not s.postgresql
    ):
        return Recipe(parts=shorter, needed=True, reason=reason)
    demanded = before is not None and before.null is False
    added = operation(f"migrations.AddField({s.model!r}, {new!r}, None)", module)
    added.call.args[2] = with_keywords(
        field, null=True, drop=("db_column", "db_index", *WRITTEN_UNASKED)
    )
    final = operation(f"migrations.AlterField({s.model!r}, {new!r}, None)", module)
    final.call.args[2] = with_keywords(field, drop=("db_column",))
    remove = operation(f"migrations.RemoveField({s.model!r}, {old!r})")
    function = f"copy_{old}_to_{new}"
    state = s.style == "state"
    check, validate, demand = demand_not_null(s.table, new)
    new_index = (
        (
            Unit(
                slug=f"{new}_index",
                atomic=False,
                operations=(
                    index_concurrently(s.table, (new,), name=object_name(s.table, (new,), "")),
                    *like_index(s.table, new, before.type if before else None),
                ),
            ),
        )
        if constant_keyword(field, "db_index")
        else ()
    )
    retire = (Unit(slug=f"{old}_retired", operations=apart(state=[remove, final])),)
    contract: tuple[Unit, ...] = (
        *(
            (
                Unit(slug=f"{new}_check", operations=(check,)),
                Unit(slug=f"{new}_validate", operations=(validate,)),
                Unit(slug=f"{new}_not_null", operations=(demand,)),
            )
            if demanded
            else ()
        ),
        Unit(
            slug=f"drop_{old}",
            operations=(drop_column(s.table, column, before.type if before else None),),
        ),
    )
    parts = (
        Part(
            phase=Phase.EXPAND,
            app=s.app,
            what=f"adds {s.table}.{new} beside {what}",
            units=(
                Unit(slug=f"add_{new}", operations=apart(database=[added]) if state else (added,)),
                *(loosen_old(s, before) if before else ()),
                *new_index,
            ),
        ),
        Part(
            phase=Phase.ADOPT,
            app=s.app,
            model=True,
            what=f"adds the field {new} beside {old} to {s.label}",
            units=(Unit(slug=f"{s.model}_{new}".lower(), operations=apart(state=[added])),)
            if state
            else (),
            edits=(
                ModelEdit(model=s.label, attribute=old, keep=True),
                ModelEdit(
                    model=s.label,
                    attribute=new,
                    keywords=(("null", "True"),),
                    without=("db_index", *WRITTEN_UNASKED),
                ),
            ),
        ),
        Part(
            phase=Phase.CODE,
            app=s.app,
            code=True,
            what=f"writes both {old} and {new}, and still reads {old}",
        ),
        Part(
            phase=Phase.FILL,
            app=s.app,
            what=f"copies {old} into {new} in batches",
            units=(
                Unit(
                    slug=function,
                    atomic=False,
                    operations=(run_python(function),),
                    code="from django.db.models import F\n\n\n"
                    + copy_code(
                        function, app=s.app_label, model=s.model, source=old, target=new, cast=False
                    ),
                ),
            ),
        ),
        Part(phase=Phase.SWITCH, app=s.app, code=True, what=f"reads {new}, and still writes both"),
        Part(
            phase=Phase.RETIRE,
            app=s.app,
            model=True,
            what=f"removes {old} from {s.label}",
            units=retire if state else (),
            places=s.places(old),
        ),
        Part(
            phase=Phase.CONTRACT,
            app=s.app,
            what=f"drops {what}",
            units=contract if state else (*retire, *contract),
        ),
    )
    return Recipe(parts=parts, needed=True, reason=reason, shorter=shorter, shorter_reason=why)


def _rename_many_to_many(
    s: Subject, field: ast.Call, module: ast.Module, *, old: str, new: str
) -> Recipe | None:
    """The attribute's name alone: the table between keeps its own."""
    between = next((c.table for c in s.changes if isinstance(c, RenameTable)), None)
    if between is None:
        return None
    keeping = operation(f"migrations.AlterField({s.model!r}, {old!r}, None)", module)
    keeping.call.args[2] = with_keywords(field, db_table=between)
    part = Part(
        phase=Phase.EXPAND,
        app=s.app,
        model=True,
        what=f"renames the attribute and keeps the table: db_table={between!r} in the model",
        edits=(
            ModelEdit(
                model=s.label,
                attribute=new,
                keywords=(("db_table", f'"{between}"'),),
                final=True,
            ),
        ),
        units=(Unit(slug=f"rename_{old}_to_{new}", operations=(keeping, s.here)),),
    )
    return Recipe(
        parts=(part,),
        needed=True,
        reason=f"{between} is renamed: old code asks for the old name, new code for the new one",
    )


def alter_model_table(s: Subject) -> Recipe | None:
    """Both names at once: the old one goes on as a view until the old code is gone."""
    new = s.written.text_argument("table", 1)
    if not new or s.before is None or not s.postgresql or s.before.name == new:
        return None
    old = s.before.name
    # A model's many-to-many tables are called after it, and get another name with it.
    names = [(c.table, c.new_name) for c in s.changes if isinstance(c, RenameTable) and c.table]
    views = [f"CREATE VIEW {quoted(one)} AS SELECT * FROM {quoted(two)}" for one, two in names]
    no_views = [f"DROP VIEW {quoted(one)}" for one, _ in names]
    view = run_sql(
        [
            *(f"ALTER TABLE {quoted(one)} RENAME TO {quoted(two)}" for one, two in names),
            *views,
        ],
        [
            *no_views,
            *(f"ALTER TABLE {quoted(two)} RENAME TO {quoted(one)}" for one, two in names),
        ],
    )
    renaming = [view]
    if len(names) > 1:
        # Whoever adds to a many-to-many table holds it, and asks for the model's.
        renaming.insert(0, locked_first({one: EXCLUSIVE for one, _ in names}))
    state = s.style == "state"
    return Recipe(
        parts=(
            Part(
                phase=Phase.EXPAND,
                app=s.app,
                what=f"renames {old} to {new} and leaves a view under the old name, in one transaction",
                units=(
                    Unit(
                        slug=f"{s.model}_table".lower(),
                        operations=tuple(renaming)
                        if state
                        else apart(database=renaming, state=[s.here]),
                    ),
                ),
            ),
            Part(
                phase=Phase.ADOPT,
                app=s.app,
                model=True,
                what=f"sets db_table={new!r}",
                units=(
                    Unit(slug=f"{s.model}_table_state".lower(), operations=apart(state=[s.here])),
                )
                if state
                else (),
            ),
            Part(
                phase=Phase.CONTRACT,
                app=s.app,
                what=f"drops the view {old}",
                units=(
                    Unit(
                        slug=f"drop_view_{old}",
                        operations=(run_sql(no_views, views),),
                    ),
                ),
            ),
        ),
        needed=True,
        reason=f"the table {old} is renamed: old code asks for the old name, new code for the new one",
    )
