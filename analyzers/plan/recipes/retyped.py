"""Another type: a second column beside the old one."""

from __future__ import annotations

import ast

from analyzers.plan.parts import ModelEdit, Part, Phase, Recipe, Unit
from analyzers.plan.recipes.subject import WRITTEN_UNASKED, Subject, relation_kind
from analyzers.plan.source import imports_of, spelled, with_keywords
from analyzers.plan.statements import (
    apart,
    copy_code,
    demand_not_null,
    drop_column,
    drop_not_null,
    operation,
    run_python,
)
from analyzers.relate.conversions import conversion, cut_by_cast
from analyzers.vocabulary import Column


def another_type(s: Subject, field: ast.Call, before: Column, after: Column) -> Recipe | None:
    """A second column beside the old one, filled, then taken over under the old attribute's name."""
    new_attribute, new_column = f"{s.attribute}_new", f"{after.name}_new"
    bare = with_keywords(
        field,
        drop=("unique", "db_index", "primary_key", *WRITTEN_UNASKED),
        null=True,
        db_column=new_column,
    )
    if relation_kind(field) or before.primary_key or s.in_composite_key(s.attribute):
        return None
    added = operation(
        f"migrations.AddField({s.model!r}, {new_attribute!r}, None)", s.written.module
    )
    added.call.args[2] = bare
    final = with_keywords(field, db_column=new_column)
    check, validate, demand = demand_not_null(s.table, new_column)
    demanded = after.null is False
    remove = operation(f"migrations.RemoveField({s.model!r}, {s.attribute!r})")
    rename = operation(f"migrations.RenameField({s.model!r}, {new_attribute!r}, {s.attribute!r})")
    settled = operation(
        f"migrations.AlterField({s.model!r}, {s.attribute!r}, None)", s.written.module
    )
    settled.call.args[2] = final
    state = s.style == "state"
    expand = (
        Unit(
            slug=f"add_{new_attribute}",
            operations=apart(database=[added]) if state else (added,),
        ),
        *loosen_old(s, before),
    )
    adopt = (Unit(slug=new_attribute, operations=apart(state=[added])),) if state else ()
    take_over = apart(state=[remove, rename, settled])
    drop = drop_column(s.table, before.name, before.type)
    demands = (
        (
            Unit(slug=f"{new_attribute}_check", operations=(check,)),
            Unit(slug=f"{new_attribute}_validate", operations=(validate,)),
            Unit(slug=f"{new_attribute}_not_null", operations=(demand,)),
        )
        if demanded
        else ()
    )
    retire = (Unit(slug=f"{s.attribute}_takes_over", operations=take_over),)
    contract = (*demands, Unit(slug=f"drop_old_{s.attribute}", operations=(drop,)))
    what = f"{s.table}.{before.name}"
    return Recipe(
        parts=(
            Part(
                phase=Phase.EXPAND,
                app=s.app,
                what=f"adds {new_column} of the new type beside {what}",
                units=expand,
            ),
            Part(
                phase=Phase.ADOPT,
                app=s.app,
                model=True,
                what=f"adds the field {new_attribute} to {s.label}",
                units=adopt,
                edits=(
                    ModelEdit(model=s.label, attribute=s.attribute, keep=True),
                    ModelEdit(
                        model=s.label,
                        attribute=new_attribute,
                        statement=f"{new_attribute} = {spelled(bare)}",
                        imports=imports_of(bare, s.written.module),
                        behind=s.attribute,
                    ),
                    ModelEdit(
                        model=s.label,
                        attribute=s.attribute,
                        keywords=(("db_column", f'"{new_column}"'),),
                        final=True,
                    ),
                ),
            ),
            Part(
                phase=Phase.CODE,
                app=s.app,
                code=True,
                what=f"writes both {s.attribute} and {new_attribute}, and still reads {s.attribute}",
            ),
            _filled(s, before, after, new_attribute),
            Part(
                phase=Phase.SWITCH,
                app=s.app,
                code=True,
                what=f"reads {new_attribute}, and still writes both",
            ),
            Part(
                phase=Phase.RETIRE,
                app=s.app,
                model=True,
                what=f"gives {s.label}.{s.attribute} the new type with db_column={new_column!r}; {new_attribute} goes",
                units=retire if state else (),
            ),
            Part(
                phase=Phase.CONTRACT,
                app=s.app,
                what=f"drops the old column {what}",
                units=contract if state else (*retire, *contract),
            ),
        ),
        needed=True,
        by_hand=f"no files are written, as what is built upon {what} is to be built upon the new column as well"
        if s.built_upon(before.name) or any(_brings(c) for c in (before, after))
        else "",
        reason=f"{what} changes from {before.type} to {after.type}: the table is rewritten under a lock that stops reads and writes",
    )


def _brings(column: Column) -> bool:
    """Whether an index or a constraint comes with the column itself."""
    return column.unique or column.indexed or column.checked


def _filled(s: Subject, before: Column, after: Column, new_attribute: str) -> Part:
    """The rows that stand get their values; by a file where a cast makes the new ones."""
    function = f"copy_{s.attribute}"
    what = f"{s.attribute} into {new_attribute} in batches"
    old, new = before.type or "", after.type or ""
    listed = new.endswith("[]") and not old.endswith("[]")
    if s.postgresql and (listed or conversion(old, new, using=True).refused):
        return Part(
            phase=Phase.FILL,
            app=s.app,
            code=True,
            what=f"brings {what}, as only the code knows what each value becomes: no cast makes {new} of it",
        )
    # A migration that fails can be run again; what a cast cuts off is gone with the old column.
    cut = s.postgresql and cut_by_cast(old, new)
    brings = (
        "from django.db.models import F" if cut else "from django.db.models.functions import Cast"
    )
    return Part(
        phase=Phase.FILL,
        app=s.app,
        what=f"copies {what}, and stops at a value that {new} does not take"
        if cut
        else f"copies {what}",
        units=(
            Unit(
                slug=function,
                atomic=False,
                operations=(run_python(function),),
                code=f"{brings}\n\n\n"
                + copy_code(
                    function,
                    app=s.app_label,
                    model=s.model,
                    source=s.attribute,
                    target=new_attribute,
                    cast=not cut,
                ),
            ),
        ),
    )


def loosen_old(s: Subject, before: Column) -> tuple[Unit, ...]:
    """An old column that the last code no longer writes must accept that."""
    if before.null or before.server_default is not None or not s.postgresql:
        return ()
    return (
        Unit(
            slug=f"{before.name}_drop_not_null",
            operations=(drop_not_null(s.table, before.name),),
        ),
    )
