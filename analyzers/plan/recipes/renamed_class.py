"""Another name of a class: its table keeps its own, its many-to-many tables cannot."""

from __future__ import annotations

import ast

from analyzers.frozen import dataclass
from analyzers.plan.parts import ModelEdit, Operation, Part, Phase, Recipe, Unit
from analyzers.plan.recipes.subject import Subject, relation_kind
from analyzers.plan.source import with_keywords
from analyzers.plan.statements import apart, operation, quoted, run_sql
from analyzers.vocabulary import RenameColumn, RenameTable


@dataclass(frozen=True, slots=True)
class Between:
    """The hidden table of a many-to-many field that calls a column after the class."""

    attribute: str
    field: ast.Call
    module: ast.Module
    table: str
    column: str
    new_column: str


def rename_model(s: Subject) -> Recipe | None:
    """The class may change its name; the table need not."""
    old = s.written.text_argument("old_name", 0)
    new = s.written.text_argument("new_name", 1)
    if not old or not new or s.before is None:
        return None
    columns = [c.table for c in s.changes if isinstance(c, RenameColumn) and c.table]
    if columns:
        own = _own(s)
        if own is not None and s.postgresql:
            return _with_views(s, s.before.name, old, new, own)
        return Recipe(
            parts=(),
            needed=True,
            reason=f"{', '.join(dict.fromkeys(columns))} calls a column after the class {old}, and Django renames it with the class: give"
            " the many-to-many field a `through` model with its own columns first, or keep the name of the class",
        )
    keeping = operation(f"migrations.AlterModelTable({old!r}, {s.before.name!r})")
    part = Part(
        phase=Phase.EXPAND,
        app=s.app,
        model=True,
        code=True,
        what=f"renames the class and keeps the table: db_table={s.before.name!r} in Meta",
        edits=(_table_kept(s.app, new, s.before.name),),
        units=(Unit(slug=f"rename_{old}_to_{new}".lower(), operations=(keeping, s.here)),),
    )
    return Recipe(
        parts=(part,),
        needed=True,
        reason=f"the table {s.before.name} is renamed: old code asks for the old name, new code for the new one",
    )


def _table_kept(app: str, model: str, table: str) -> ModelEdit:
    return ModelEdit(
        model=f"{app}.{model}", attribute="", meta=(("db_table", f'"{table}"'),), final=True
    )


def _own(s: Subject) -> tuple[Between, ...] | None:
    """The tables between, where all of them are of fields of this class that name no table; else None."""
    before = {c.new_name: c.table for c in s.changes if isinstance(c, RenameTable)}
    found: dict[str, Between] = {}
    for change in s.changes:
        if not isinstance(change, RenameColumn) or change.table is None or s.before is None:
            continue
        table = before.get(change.table) or change.table
        attribute = table.removeprefix(f"{s.before.name}_")
        defined = s.definition(attribute) if attribute != table else None
        # A table that is met twice is of a field that points to its own class.
        if defined is None or table in found:
            return None
        field, module = defined
        if relation_kind(field) != "ManyToManyField" or _named_or_through(field):
            return None
        found[table] = Between(attribute, field, module, table, change.column, change.new_name)
    return tuple(found.values())


def _named_or_through(field: ast.Call) -> bool:
    return any(k.arg in {"through", "db_table"} for k in field.keywords)


def _with_views(
    s: Subject, table: str, old: str, new: str, betweens: tuple[Between, ...]
) -> Recipe:
    """New code meets each table between under a new name: first a view, in the end the table itself."""
    names = [(b, f"{s.app}_{new}_{b.attribute}".lower()) for b in betweens]
    # Django makes such a table as: id, the column of the class, that of the other; the rest keep their names.
    make = [
        f"CREATE VIEW {quoted(name)} ({quoted('id')}, {quoted(b.new_column)}) AS SELECT * FROM {quoted(b.table)}"
        for b, name in names
    ]
    drop = [f"DROP VIEW {quoted(name)}" for _, name in names]
    become = [
        statement
        for b, name in names
        for statement in (
            f"ALTER TABLE {quoted(b.table)} RENAME COLUMN {quoted(b.column)} TO {quoted(b.new_column)}",
            f"ALTER TABLE {quoted(b.table)} RENAME TO {quoted(name)}",
        )
    ]
    back = [
        statement
        for b, name in names
        for statement in (
            f"ALTER TABLE {quoted(name)} RENAME TO {quoted(b.table)}",
            f"ALTER TABLE {quoted(b.table)} RENAME COLUMN {quoted(b.new_column)} TO {quoted(b.column)}",
        )
    ]
    fields = []
    for b, name in names:
        altered = operation(f"migrations.AlterField({old!r}, {b.attribute!r}, None)", b.module)
        altered.call.args[2] = with_keywords(b.field, db_table=name)
        fields.append(altered)
    keeping = operation(f"migrations.AlterModelTable({old!r}, {table!r})")
    tables = ", ".join(b.table for b in betweens)
    parts = (
        Part(
            phase=Phase.EXPAND,
            app=s.app,
            what=f"makes a view of {tables} in which the column is called after {new}",
            units=(Unit(slug=f"{new}_views".lower(), operations=(run_sql(make, drop),)),),
        ),
        Part(
            phase=Phase.SWITCH,
            app=s.app,
            model=True,
            code=True,
            what=f"renames the class and keeps its table: db_table={table!r} in Meta, and the view's name for each many-to-many field",
            edits=(
                _table_kept(s.app, new, table),
                *(
                    ModelEdit(
                        model=f"{s.app}.{new}",
                        attribute=b.attribute,
                        keywords=(("db_table", f'"{name}"'),),
                        final=True,
                    )
                    for b, name in names
                ),
            ),
            units=(
                Unit(
                    slug=f"rename_{old}_to_{new}".lower(),
                    operations=(
                        *apart(state=[keeping, *fields, s.here]),
                        _content_type(s.app, old, new),
                    ),
                ),
            ),
        ),
        Part(
            phase=Phase.CONTRACT,
            app=s.app,
            what=f"gives {tables} the name and the column of its view, which goes, in one transaction",
            units=(
                Unit(
                    slug=f"{new}_tables".lower(),
                    operations=(run_sql([*drop, *become], [*back, *make]),),
                ),
            ),
        ),
    )
    return Recipe(
        parts=parts,
        needed=True,
        reason=f"{tables} calls a column after the class {old}, and Django renames it with the class: old code asks for the old name, new code for the new one",
    )


def _content_type(app: str, old: str, new: str) -> Operation:
    """What Django does for a ``RenameModel`` that it carries out itself."""

    def renamed(one: str, two: str) -> str:
        return (
            "DO $$ BEGIN IF to_regclass('django_content_type') IS NOT NULL THEN "
            f"UPDATE django_content_type SET model = '{two.lower()}' "
            f"WHERE app_label = '{app}' AND model = '{one.lower()}'; END IF; END $$"
        )

    return run_sql(renamed(old, new), renamed(new, old))
