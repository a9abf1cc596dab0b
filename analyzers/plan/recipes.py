"""
What each Django operation needs, so that no statement of old or new code fails.

One function an operation. The order of the phases is the point; ``tests/plans``
lists which sequences are played on a real PostgreSQL with both versions of the
code running.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from analyzers.plan.parts import ModelEdit, Operation, Part, Phase, Recipe, Unit
from analyzers.plan.source import Written, constant_keyword, keyword_of, with_keywords
from analyzers.plan.statements import (
    apart,
    copy_code,
    demand_not_null,
    drop_column,
    drop_foreign_keys,
    drop_not_null,
    fill_code,
    foreign_key_later,
    index_concurrently,
    object_name,
    operation,
    quoted,
    run_python,
    run_sql,
    unique_using_index,
)
from analyzers.relate.locks import rewrites_table
from analyzers.vocabulary import AddColumn, AlterColumn, Column, SchemaChange, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One operation of the pull request, with what is known of its table."""

    written: Written
    changes: tuple[SchemaChange, ...]
    app: str
    model: str
    """The model's class name."""
    table: str
    before: Table | None
    large: bool
    style: str
    """``state`` or ``files``."""
    postgresql: bool
    definition: Callable[[str], tuple[ast.Call, ast.Module] | None]
    """The field call that last defined an attribute before this pull request."""
    places: Callable[[str], tuple[str, ...]]
    """Where the base's code refers to a name."""

    @property
    def attribute(self) -> str:
        return self.written.text_argument("name", 1) or ""

    @property
    def here(self) -> Operation:
        return Operation(call=self.written.call, module=self.written.module)

    @property
    def label(self) -> str:
        return f"{self.app}.{self.model}"

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


def recipe(subject: Subject) -> Recipe | None:
    """The recipe of *subject*'s operation; None where there is nothing to say."""
    make = _RECIPES.get(subject.written.name)
    return make(subject) if make else None


def add_field(s: Subject) -> Recipe | None:
    """A column: nullable first; demanded last."""
    field = s.written.field()
    added = next((c for c in s.changes if isinstance(c, AddColumn)), None)
    if field is None:
        return None
    if added is None:
        return new_table(s)
    column = added.column
    what = f"{s.table}.{column.name}"
    safe_as_is = column.null or column.server_default is not None
    if safe_as_is and not _relation(field) and not column.unique and not column.indexed:
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
            what=f"lets {s.label} know {s.attribute}",
            units=adopt,
        ),
    ]
    if not needed:
        return Recipe(
            parts=tuple(parts),
            needed=True,
            reason=f"{what} comes with an index or a foreign key, which are built apart from the column",
        )
    parts += _demanded(s, field, what, column.name)
    shorter, why = _with_database_default(s, field, what)
    return Recipe(
        parts=tuple(parts),
        needed=True,
        reason=f"{what} is NOT NULL: old code does not write it, so its inserts fail as soon as the column is there",
        shorter=shorter,
        shorter_reason=why,
    )


def _optional_column(s: Subject, here: Operation, what: str) -> Recipe:
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
            Part(phase=Phase.EXPAND, app=s.app, what=f"adds {what}", units=(expand,)),
            Part(
                phase=Phase.ADOPT,
                app=s.app,
                model=True,
                what=f"lets {s.label} know {s.attribute}",
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
                what=f"adds {what} and lets {s.label} know it",
                units=(Unit(slug=f"{s.model}_{s.attribute}".lower(), operations=(here,)),),
            ),
        ),
        shorter_reason="one pull request is enough where every deployment runs the migrations before new code starts",
    )


def _expand_new_column(
    s: Subject, field: ast.Call, column: Column, *, force_null: bool
) -> tuple[Unit, ...]:
    """The bare column first, then its index and its foreign key, each without a long lock."""
    state = s.style == "state"
    bare = field
    if force_null:
        bare = with_keywords(bare, null=True)
    units: list[Unit] = []
    relation = _relation(field)
    if relation == "OneToOneField" or column.unique:
        bare = with_keywords(bare, drop=("unique",))
    if relation:
        bare = with_keywords(bare, db_constraint=False, db_index=False)
        if relation == "OneToOneField":
            bare.func = _foreign_key_of(bare.func)
    elif column.indexed:
        bare = with_keywords(bare, drop=("db_index",))
    adding = s.with_field(bare)
    units.append(
        Unit(slug=f"add_{s.attribute}", operations=apart(database=[adding]) if state else (adding,))
    )
    final = with_keywords(field, null=True) if force_null else field
    settled = s.with_field(final, "AlterField")
    in_state = [] if state else [settled]
    pending: list[Operation] = []
    if column.unique or relation == "OneToOneField":
        name = object_name(s.table, (column.name,), "_uniq")
        units.append(
            Unit(
                slug=f"{s.attribute}_index",
                atomic=False,
                operations=(index_concurrently(s.table, (column.name,), name=name, unique=True),),
            )
        )
        pending.append(unique_using_index(s.table, name=name))
    elif column.indexed or (relation and constant_keyword(field, "db_index") is not False):
        name = object_name(s.table, (column.name,), "")
        units.append(
            Unit(
                slug=f"{s.attribute}_index",
                atomic=False,
                operations=(index_concurrently(s.table, (column.name,), name=name),),
            )
        )
    validate: list[Operation] = []
    if relation and column.references and constant_keyword(field, "db_constraint") is not False:
        target = column.references
        target_column = target.column or "id"
        name = object_name(s.table, (column.name,), f"_fk_{target.table}_{target_column}")
        add, check = foreign_key_later(
            s.table, column.name, target=target.table, target_column=target_column, name=name
        )
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


def _demanded(s: Subject, field: ast.Call, what: str, column: str) -> list[Part]:
    """The second half of a NOT NULL column: written always, promised, filled, demanded."""
    fill = _fill(s, field)
    retire_units: tuple[Unit, ...] = ()
    settled = s.with_field(field, "AlterField")
    check, validate, demand = demand_not_null(s.table, column)
    if s.style == "state":
        retire_units = (
            Unit(slug=f"{s.attribute}_not_null_state", operations=apart(state=[settled])),
        )
        first: tuple[Unit, ...] = ()
    else:
        # Before the fill: only then does the migrations' state know the default.
        first = (Unit(slug=f"{s.attribute}_not_null_state", operations=apart(state=[settled])),)
    contract = (
        Unit(slug=f"{s.attribute}_not_null_check", operations=(check,)),
        Unit(slug=f"{s.attribute}_not_null_validate", operations=(validate,)),
        Unit(slug=f"{s.attribute}_not_null", operations=(demand,)),
    )
    unfilled = (
        ""
        if fill
        else "; there is no default to fill old rows with: fill them first, the validation stops while a NULL is left"
    )
    return [
        Part(
            phase=Phase.CODE,
            app=s.app,
            code=True,
            what=f"never writes None to {s.label}.{s.attribute}",
        ),
        Part(
            phase=Phase.RETIRE,
            app=s.app,
            model=True,
            what=f"says null=False for {s.label}.{s.attribute}",
            units=retire_units,
            edits=(_nullable(s),),
        ),
        Part(
            phase=Phase.CONTRACT,
            app=s.app,
            what=f"fills what is still NULL and makes {what} NOT NULL without a long lock{unfilled}",
            units=(*first, *fill, *contract),
        ),
    ]


def _fill(s: Subject, field: ast.Call) -> tuple[Unit, ...]:
    default = keyword_of(field, "default")
    if default is None and (
        constant_keyword(field, "auto_now_add") or constant_keyword(field, "auto_now")
    ):
        value, per_row, prelude = "timezone.now()", False, "from django.utils import timezone\n\n\n"
    elif default is None or (isinstance(default, ast.Constant) and default.value is None):
        return ()
    else:
        value, per_row, prelude = "field.get_default()", not isinstance(default, ast.Constant), ""
    function = f"fill_{s.attribute}"
    code = fill_code(
        function, app=s.app, model=s.model, attribute=s.attribute, per_row=per_row, value=value
    )
    return (
        Unit(
            slug=f"{s.attribute}_fill",
            operations=(run_python(function),),
            atomic=False,
            code=prelude + code,
        ),
    )


def _with_database_default(s: Subject, field: ast.Call, what: str) -> tuple[tuple[Part, ...], str]:
    default = keyword_of(field, "default")
    if (
        not isinstance(default, ast.Constant)
        or default.value is None
        or _relation(field)
        or not s.postgresql
        or constant_keyword(field, "unique")
        or constant_keyword(field, "db_index")
    ):
        return (), ""
    keeping = s.with_field(with_keywords(field, db_default=default))
    part = Part(
        phase=Phase.EXPAND,
        app=s.app,
        model=True,
        what=f"adds {what} with db_default={ast.unparse(default)}, in the model too",
        edits=(
            ModelEdit(
                model=s.label,
                attribute=s.attribute,
                keywords=(("db_default", ast.unparse(default)),),
                final=True,
            ),
        ),
        units=(Unit(slug=f"{s.model}_{s.attribute}".lower(), operations=(keeping,)),),
    )
    return (part,), (
        "with db_default (Django 5.0 and later) the default stays in the database, so old code's inserts"
        " go on working, and PostgreSQL from 11 on does not rewrite the table; migrate before new code starts"
    )


def alter_field(s: Subject) -> Recipe | None:
    """A column changes: loosened first, demanded last, another type beside the old one."""
    field = s.written.field()
    altered = next((c for c in s.changes if isinstance(c, AlterColumn)), None)
    if field is None or altered is None:
        return None
    before, after = altered.before, altered.after
    what = f"{s.table}.{after.name}"
    if before is None:
        return None
    if altered.sets_type and rewrites_table(altered):
        return _another_type(s, field, before, after)
    if before.null is False and after.null:
        return _loosened(s, field, what, after.name)
    if before.null and after.null is False:
        return Recipe(
            parts=tuple(_demanded(s, field, what, after.name)),
            needed=True,
            reason=f"{what} becomes NOT NULL while old code may still write NULL, and the table is scanned under a lock",
        )
    if after.unique and not before.unique:
        return _made_unique(s, field, after.name)
    if after.indexed and not before.indexed:
        return _made_indexed(s, after.name)
    return None


def _loosened(s: Subject, field: ast.Call, what: str, column: str) -> Recipe:
    loosening = (
        Operation(call=drop_not_null(s.table, column).call)
        if s.postgresql and _relation(field)
        else s.here
    )
    by_hand = loosening is not s.here
    adopt: tuple[Unit, ...] = ()
    if s.style == "state":
        expand = apart(database=[loosening])
        adopt = (Unit(slug=f"{s.attribute}_null", operations=apart(state=[s.here])),)
    else:
        expand = apart(database=[loosening], state=[s.here]) if by_hand else (s.here,)
    return Recipe(
        parts=(
            Part(
                phase=Phase.EXPAND,
                app=s.app,
                what=f"lets {what} be NULL",
                units=(Unit(slug=f"{s.attribute}_drop_not_null", operations=expand),),
            ),
            Part(
                phase=Phase.ADOPT,
                app=s.app,
                model=True,
                what=f"says null=True for {s.label}.{s.attribute}",
                units=adopt,
            ),
        ),
        needed=True,
        reason=f"new code may write None to {what}: it fails wherever it starts before the migration has run",
    )


def _made_unique(s: Subject, field: ast.Call, column: str) -> Recipe | None:
    if not s.postgresql:
        return None
    name = object_name(s.table, (column,), "_uniq")
    units = (
        Unit(
            slug=f"{s.attribute}_index",
            atomic=False,
            operations=(index_concurrently(s.table, (column,), name=name, unique=True),),
        ),
        Unit(
            slug=f"{s.attribute}_unique",
            operations=apart(database=[unique_using_index(s.table, name=name)], state=[s.here]),
        ),
    )
    del field
    return _obeyed(
        s,
        f"writes no duplicates to {s.label}.{s.attribute}; those that are there are mended",
        f"makes {s.table}.{column} unique by an index that is built while writes go on",
        units,
        f"{s.table}.{column} becomes unique: old code may still write duplicates, and the index is built under a lock",
    )


def _made_indexed(s: Subject, column: str) -> Recipe | None:
    if not s.postgresql:
        return None
    name = object_name(s.table, (column,), "")
    unit = Unit(
        slug=f"{s.attribute}_index",
        atomic=False,
        operations=apart(
            database=[index_concurrently(s.table, (column,), name=name)], state=[s.here]
        ),
    )
    return _one_pull_request(
        s,
        f"indexes {s.table}.{column} while writes go on",
        (unit,),
        "the index is built under a lock",
    )


def _another_type(s: Subject, field: ast.Call, before: Column, after: Column) -> Recipe | None:
    """A second column beside the old one, filled, then taken over under the old attribute's name."""
    new_attribute, new_column = f"{s.attribute}_new", f"{after.name}_new"
    bare = with_keywords(
        field, drop=("unique", "db_index", "primary_key"), null=True, db_column=new_column
    )
    if _relation(field) or before.primary_key:
        return None
    added = operation(
        f"migrations.AddField({s.model!r}, {new_attribute!r}, None)", s.written.module
    )
    added.call.args[2] = bare
    final = with_keywords(field, db_column=new_column)
    function = f"copy_{s.attribute}"
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
        *_loosen_old(s, before),
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
                what=f"lets {s.label} know {new_attribute}",
                units=adopt,
                edits=(
                    ModelEdit(model=s.label, attribute=s.attribute, keep=True),
                    ModelEdit(
                        model=s.label,
                        attribute=new_attribute,
                        statement=f"{new_attribute} = {ast.unparse(bare)}",
                    ),
                    ModelEdit(
                        model=s.label,
                        attribute=s.attribute,
                        keywords=(("db_column", repr(new_column)),),
                        final=True,
                    ),
                ),
            ),
            Part(
                phase=Phase.CODE,
                app=s.app,
                code=True,
                what=f"writes {s.attribute} and {new_attribute} always together, and reads {s.attribute}",
            ),
            Part(
                phase=Phase.FILL,
                app=s.app,
                what=f"copies {s.attribute} into {new_attribute} in batches",
                units=(
                    Unit(
                        slug=function,
                        atomic=False,
                        operations=(run_python(function),),
                        code="from django.db.models.functions import Cast\n\n\n"
                        + copy_code(
                            function,
                            app=s.app,
                            model=s.model,
                            source=s.attribute,
                            target=new_attribute,
                            cast=True,
                        ),
                    ),
                ),
            ),
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
        reason=f"{what} changes from {before.type} to {after.type}: the table is rewritten under a lock that stops reads and writes",
    )


def _loosen_old(s: Subject, before: Column) -> tuple[Unit, ...]:
    """An old column that the last code no longer writes must accept that."""
    if before.null or before.server_default is not None or not s.postgresql:
        return ()
    return (
        Unit(
            slug=f"{before.name}_drop_not_null",
            operations=(drop_not_null(s.table, before.name),),
        ),
    )


def rename_field(s: Subject) -> Recipe | None:
    """A new column beside the old one; or, shorter, the attribute's name alone."""
    old = s.written.text_argument("old_name", 1)
    new = s.written.text_argument("new_name", 2)
    if not old or not new:
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
    if _relation(field) == "ManyToManyField":
        return None
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
                    keywords=(("db_column", repr(column)),),
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
        _relation(field)
        or (before is not None and (before.unique or before.primary_key))
        or not s.postgresql
    ):
        return Recipe(parts=shorter, needed=True, reason=reason)
    demanded = before is not None and before.null is False
    added = operation(f"migrations.AddField({s.model!r}, {new!r}, None)", module)
    added.call.args[2] = with_keywords(
        field, null=True, drop=("db_column", "db_index", "db_default")
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
                *(_loosen_old(s, before) if before else ()),
                *new_index,
            ),
        ),
        Part(
            phase=Phase.ADOPT,
            app=s.app,
            model=True,
            what=f"lets {s.label} know {new} beside {old}",
            units=(Unit(slug=f"{s.model}_{new}".lower(), operations=apart(state=[added])),)
            if state
            else (),
            edits=(
                ModelEdit(model=s.label, attribute=old, keep=True),
                ModelEdit(model=s.label, attribute=new, keywords=(("null", "True"),)),
            ),
        ),
        Part(
            phase=Phase.CODE,
            app=s.app,
            code=True,
            what=f"writes {old} and {new} always together, and reads {old}",
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
                        function, app=s.app, model=s.model, source=old, target=new, cast=False
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


def remove_field(s: Subject) -> Recipe | None:
    """Used nowhere, then unknown to the model, then gone."""
    before = s.column_before(s.attribute)
    found = s.definition(s.attribute)
    field = found[0] if found else None
    if field is not None and _relation(field) == "ManyToManyField":
        return _drop(s, f"the many-to-many field {s.label}.{s.attribute}", through=True)
    column = before.name if before else s.attribute
    what = f"{s.table}.{column}"
    demanded = before is not None and before.null is False and before.server_default is None
    loosen: list[Operation] = []
    if demanded and s.postgresql:
        loosen.append(drop_not_null(s.table, column))
    if s.postgresql and (
        (before and before.references) or (field is not None and _relation(field))
    ):
        loosen.append(drop_foreign_keys(s.table, column))
    state = s.style == "state"
    parts: list[Part] = []
    if loosen:
        operations: tuple[Operation, ...] = tuple(loosen)
        edits: tuple[ModelEdit, ...] = ()
        adopt: tuple[Unit, ...] = ()
        if field is not None and demanded and found is not None:
            nullable = operation(
                f"migrations.AlterField({s.model!r}, {s.attribute!r}, None)", found[1]
            )
            nullable.call.args[2] = with_keywords(field, null=True)
            edits = (_nullable(s, keep=True),)
            if state:
                adopt = (Unit(slug=f"{s.attribute}_null", operations=apart(state=[nullable])),)
            else:
                operations = apart(database=loosen, state=[nullable])
        parts.append(
            Part(
                phase=Phase.EXPAND,
                app=s.app,
                what=f"lets {what} be left out",
                units=(Unit(slug=f"{s.attribute}_loosen", operations=operations),),
            )
        )
        if edits:
            parts.append(
                Part(
                    phase=Phase.ADOPT,
                    app=s.app,
                    model=True,
                    what=f"says null=True for {s.label}.{s.attribute}",
                    units=adopt,
                    edits=edits,
                )
            )
    places = s.places(s.attribute)
    drop = drop_column(s.table, column, before.type if before else None)
    retired = Unit(slug=f"{s.attribute}_retired", operations=apart(state=[s.here]))
    gone = Unit(
        slug=f"drop_{s.attribute}",
        operations=(drop,) if state else (apart(database=[drop], state=[s.here])),
    )
    parts += [
        Part(
            phase=Phase.CODE,
            app=s.app,
            code=True,
            what=f"uses {s.label}.{s.attribute} nowhere",
            places=places,
        ),
        Part(
            phase=Phase.RETIRE,
            app=s.app,
            model=True,
            what=f"removes {s.attribute} from {s.label}",
            units=(retired,) if state else (),
            # Where an earlier part keeps it already, it stays as that part has it.
            edits=()
            if any(part.edits for part in parts)
            else (ModelEdit(model=s.label, attribute=s.attribute, keep=True),),
        ),
        Part(phase=Phase.CONTRACT, app=s.app, what=f"drops {what}", units=(gone,)),
    ]
    shorter = (
        Part(
            phase=Phase.EXPAND,
            app=s.app,
            model=True,
            code=True,
            what=f"removes {s.attribute} from the code and the model; the database only lets it be left out",
            units=(
                Unit(
                    slug=f"{s.attribute}_retired",
                    operations=apart(database=loosen, state=[s.here]),
                ),
            ),
            places=places,
        ),
        Part(
            phase=Phase.CONTRACT,
            app=s.app,
            what=f"drops {what}",
            units=(Unit(slug=f"drop_{s.attribute}", operations=(drop,)),),
        ),
    )
    return Recipe(
        parts=tuple(parts),
        needed=True,
        reason=f"{what} is dropped while old code still selects and writes it",
        shorter=shorter,
        shorter_reason="with the state and the database apart, the model and the code can go in one pull request and the column in a second",
    )


def new_table(s: Subject) -> Recipe:
    """A table that nothing uses yet."""
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
                what=f"adds the model {s.label}",
                units=(Unit(slug=f"{name}_model", operations=apart(state=[s.here])),)
                if state
                else (),
            ),
        ),
        needed=False,
        reason="a new table is used by nobody yet: one pull request does no harm where migrations run before new code starts",
    )


def delete_model(s: Subject) -> Recipe:
    """Used nowhere, then unknown to the code, then gone."""
    return _drop(s, f"the table {s.table}", through=False)


def _drop(s: Subject, what: str, *, through: bool) -> Recipe:
    """A whole table goes: a model's, or the hidden one of a many-to-many field."""
    state = s.style == "state"
    table = s.table
    if through:
        field_table = next((c.table for c in s.changes if c.table and c.table != s.table), None)
        table = field_table or f"{s.table}_{s.attribute}"
    loosen = drop_foreign_keys(table)
    drop = run_sql(f"DROP TABLE {quoted(table)}", None)
    slug = (s.attribute if through else s.model).lower()
    gone = Unit(
        slug=f"drop_{slug}",
        operations=(drop,) if state else apart(database=[drop], state=[s.here]),
    )
    places = s.places(s.attribute if through else s.model)
    return Recipe(
        parts=(
            *(
                (
                    Part(
                        phase=Phase.EXPAND,
                        app=s.app,
                        what=f"drops the foreign keys of {table}, so that new code can delete what it refers to",
                        units=(Unit(slug=f"{slug}_loosen", operations=(loosen,)),),
                    ),
                )
                if s.postgresql
                else ()
            ),
            Part(
                phase=Phase.CODE,
                app=s.app,
                code=True,
                what=f"uses {s.attribute if through else s.model} nowhere",
                places=places,
            ),
            Part(
                phase=Phase.RETIRE,
                app=s.app,
                model=True,
                what=f"removes {s.label + '.' + s.attribute if through else 'the model ' + s.label}",
                units=(Unit(slug=f"{slug}_retired", operations=apart(state=[s.here])),)
                if state
                else (),
            ),
            Part(phase=Phase.CONTRACT, app=s.app, what=f"drops {what}", units=(gone,)),
        ),
        needed=True,
        reason=f"{what} goes while old code still uses it",
    )


def rename_model(s: Subject) -> Recipe | None:
    """The class may change its name; the table need not."""
    old = s.written.text_argument("old_name", 0)
    new = s.written.text_argument("new_name", 1)
    if not old or not new or s.before is None:
        return None
    keeping = operation(f"migrations.AlterModelTable({old!r}, {s.before.name!r})")
    part = Part(
        phase=Phase.EXPAND,
        app=s.app,
        model=True,
        code=True,
        what=f"renames the class and keeps the table: db_table={s.before.name!r} in Meta",
        edits=(
            ModelEdit(
                model=f"{s.app}.{new}",
                attribute="",
                meta=(("db_table", f'"{s.before.name}"'),),
                final=True,
            ),
        ),
        units=(Unit(slug=f"rename_{old}_to_{new}".lower(), operations=(keeping, s.here)),),
    )
    return Recipe(
        parts=(part,),
        needed=True,
        reason=f"the table {s.before.name} is renamed: old code asks for the old name, new code for the new one",
    )


def alter_model_table(s: Subject) -> Recipe | None:
    """Both names at once: the old one goes on as a view until the old code is gone."""
    new = s.written.text_argument("table", 1)
    if not new or s.before is None or not s.postgresql or s.before.name == new:
        return None
    old = s.before.name
    view = run_sql(
        [
            f"ALTER TABLE {quoted(old)} RENAME TO {quoted(new)}",
            f"CREATE VIEW {quoted(old)} AS SELECT * FROM {quoted(new)}",
        ],
        [f"DROP VIEW {quoted(old)}", f"ALTER TABLE {quoted(new)} RENAME TO {quoted(old)}"],
    )
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
                        operations=(view,) if state else apart(database=[view], state=[s.here]),
                    ),
                ),
            ),
            Part(
                phase=Phase.ADOPT,
                app=s.app,
                model=True,
                what=f"says db_table={new!r}",
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
                        operations=(
                            run_sql(
                                f"DROP VIEW {quoted(old)}",
                                f"CREATE VIEW {quoted(old)} AS SELECT * FROM {quoted(new)}",
                            ),
                        ),
                    ),
                ),
            ),
        ),
        needed=True,
        reason=f"the table {old} is renamed: old code asks for the old name, new code for the new one",
    )


def add_index(s: Subject) -> Recipe | None:
    """Concurrently, outside a transaction; the code does not notice."""
    if not s.postgresql:
        return None
    built = Operation(call=_contrib(s.written, "AddIndexConcurrently"), module=s.written.module)
    return _one_pull_request(
        s,
        f"builds the index on {s.table} while writes go on",
        (Unit(slug=f"{s.model}_index".lower(), operations=(built,), atomic=False),),
        f"the index on {s.table} is built under a lock that stops writes",
    )


def remove_index(s: Subject) -> Recipe | None:
    if not s.postgresql:
        return None
    gone = Operation(call=_contrib(s.written, "RemoveIndexConcurrently"), module=s.written.module)
    return _one_pull_request(
        s,
        f"drops the index on {s.table} without waiting for readers",
        (Unit(slug=f"{s.model}_remove_index".lower(), operations=(gone,), atomic=False),),
        f"dropping an index takes a lock on {s.table} that stops reads and writes",
    )


def add_constraint(s: Subject) -> Recipe | None:
    """Obeyed by the code first, then demanded: not valid, then validated."""
    constraint = s.written.argument("constraint", 1)
    if not s.postgresql or not isinstance(constraint, ast.Call):
        return None
    kind = constraint.func.attr if isinstance(constraint.func, ast.Attribute) else ""
    kind = kind or (constraint.func.id if isinstance(constraint.func, ast.Name) else "")
    name = constant_keyword(constraint, "name")
    if not isinstance(name, str):
        return None
    if kind == "CheckConstraint":
        adding = Operation(
            call=_contrib(s.written, "AddConstraintNotValid"), module=s.written.module
        )
        checking = operation(f"ValidateConstraint({s.model!r}, {name!r})")
        units = (
            Unit(slug=f"{name}_not_valid", operations=(adding,)),
            Unit(slug=f"{name}_validate", operations=(checking,)),
        )
        return _obeyed(
            s,
            f"obeys {name}; rows that break it are mended",
            f"adds {name} without a scan under a lock, then validates it",
            units,
            f"{name} is checked against the whole table under a lock, and old code may break it",
        )
    columns = [
        column.name
        for attribute in _listed_texts(keyword_of(constraint, "fields"))
        if (column := s.column_before(attribute)) is not None
    ]
    plain = not {k.arg for k in constraint.keywords} - {"fields", "name"}
    if (
        kind == "UniqueConstraint"
        and plain
        and columns
        and len(columns) == len(_listed_texts(keyword_of(constraint, "fields")))
    ):
        units = (
            Unit(
                slug=f"{name}_index",
                atomic=False,
                operations=(index_concurrently(s.table, columns, name=name, unique=True),),
            ),
            Unit(
                slug=name,
                operations=apart(database=[unique_using_index(s.table, name=name)], state=[s.here]),
            ),
        )
        return _obeyed(
            s,
            f"writes no duplicates of {', '.join(columns)}; those that are there are mended",
            f"adds {name} by an index that is built while writes go on",
            units,
            f"{name} is built under a lock that stops writes, and old code may still write duplicates",
        )
    return None


def _obeyed(s: Subject, obey: str, demand: str, units: tuple[Unit, ...], reason: str) -> Recipe:
    return Recipe(
        parts=(
            Part(phase=Phase.CODE, app=s.app, code=True, what=obey),
            Part(phase=Phase.CONTRACT, app=s.app, model=True, what=demand, units=units),
        ),
        needed=True,
        reason=reason,
    )


def _one_pull_request(s: Subject, what: str, units: tuple[Unit, ...], reason: str) -> Recipe:
    return Recipe(
        parts=(Part(phase=Phase.EXPAND, app=s.app, model=True, what=what, units=units),),
        needed=True,
        reason=reason,
    )


def _contrib(written: Written, name: str) -> ast.Call:
    """The same arguments for an operation of ``django.contrib.postgres.operations``."""
    call = written.renamed(name).call
    call.func = ast.Name(id=name, ctx=ast.Load())
    return call


def _relation(field: ast.Call) -> str:
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


def _foreign_key_of(func: ast.expr) -> ast.expr:
    if isinstance(func, ast.Attribute):
        return ast.Attribute(value=func.value, attr="ForeignKey", ctx=ast.Load())
    return ast.parse("django.db.models.ForeignKey", mode="eval").body


def _listed_texts(value: ast.expr | None) -> Sequence[str]:
    if not isinstance(value, ast.List | ast.Tuple):
        return ()
    return [i.value for i in value.elts if isinstance(i, ast.Constant) and isinstance(i.value, str)]


_RECIPES: dict[str, Callable[[Subject], Recipe | None]] = {
    "AddField": add_field,
    "AlterField": alter_field,
    "RemoveField": remove_field,
    "RenameField": rename_field,
    "CreateModel": new_table,
    "DeleteModel": delete_model,
    "RenameModel": rename_model,
    "AlterModelTable": alter_model_table,
    "AddIndex": add_index,
    "RemoveIndex": remove_index,
    "AddConstraint": add_constraint,
}


def _nullable(s: Subject, *, keep: bool = False) -> ModelEdit:
    return ModelEdit(model=s.label, attribute=s.attribute, keywords=(("null", "True"),), keep=keep)
