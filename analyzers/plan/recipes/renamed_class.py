"""Another name of a class: its table keeps its own, its many-to-many tables cannot."""

from __future__ import annotations

from analyzers.frozen import dataclass
from analyzers.plan.parts import ModelEdit, Operation, Part, Phase, Recipe, Unit
from analyzers.plan.recipes.subject import FieldBetween, Subject, relation_kind
from analyzers.plan.source import with_keywords
from analyzers.plan.statements import EXCLUSIVE, apart, locked_first, operation, quoted, run_sql
from analyzers.vocabulary import RenameColumn, RenameTable

LONGEST = 63
"""Bytes of a name that PostgreSQL keeps."""


@dataclass(frozen=True, slots=True)
class Between:
    """The hidden table of a many-to-many field that calls columns after the class."""

    field: FieldBetween
    table: str
    new_table: str
    """What the table is called in the end, and its view until then."""
    renamed: tuple[tuple[str, str], ...]
    columns: tuple[str, ...]
    """All of its columns, as they are called in the end."""


def rename_model(s: Subject) -> Recipe | None:
    """The class may change its name; the table need not."""
    old = s.written.text_argument("old_name", 0)
    new = s.written.text_argument("new_name", 1)
    if not old or not new or s.before is None:
        return None
    columns = [c.table for c in s.changes if isinstance(c, RenameColumn) and c.table]
    if columns:
        found = _betweens(s, old, new) if s.postgresql else None
        if found is not None:
            return _with_views(s, s.before.name, old, new, found)
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
        edits=(_table_kept(s.app_label, new, s.before.name),),
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


def _betweens(s: Subject, old: str, new: str) -> tuple[Between, ...] | None:
    """The tables between, where the fields of all of them are known and of this app; else None."""
    called = {c.new_name: c.table for c in s.changes if isinstance(c, RenameTable) and c.table}
    columns: dict[str, list[tuple[str, str]]] = {}
    for change in s.changes:
        if isinstance(change, RenameColumn) and change.table is not None:
            table = called.get(change.table, change.table)
            columns.setdefault(table, []).append((change.column, change.new_name))
    found = []
    for table, renamed in columns.items():
        field = s.between(table)
        if field is None or field.app != s.app or relation_kind(field.field) != "ManyToManyField":
            return None
        own = field.model in (old, new)
        plain = own and all(k.arg != "db_table" for k in field.field.keywords)
        name = f"{s.app_label}_{new}_{field.attribute}" if plain else f"{table}_{new}"
        if len(name) > LONGEST:
            return None
        # Django makes such a table as: id, the column of the class with the field, that of the other.
        if len(renamed) == 2:
            after = tuple(now for _, now in renamed)
        elif own:
            after = (renamed[0][1], field.far_column)
        else:
            after = (f"{field.model.lower()}_id", renamed[0][1])
        found.append(Between(field, table, name.lower(), tuple(renamed), ("id", *after)))
    return tuple(found)


def _with_views(
    s: Subject, table: str, old: str, new: str, betweens: tuple[Between, ...]
) -> Recipe:
    """New code meets each table between under a new name: first a view, in the end the table itself."""
    make = [
        f"CREATE VIEW {quoted(b.new_table)} ({', '.join(map(quoted, b.columns))}) AS SELECT * FROM {quoted(b.table)}"
        for b in betweens
    ]
    drop = [f"DROP VIEW {quoted(b.new_table)}" for b in betweens]
    become = [
        statement
        for b in betweens
        for statement in (
            *(
                f"ALTER TABLE {quoted(b.table)} RENAME COLUMN {quoted(was)} TO {quoted(now)}"
                for was, now in b.renamed
            ),
            f"ALTER TABLE {quoted(b.table)} RENAME TO {quoted(b.new_table)}",
        )
    ]
    back = [
        statement
        for b in betweens
        for statement in (
            f"ALTER TABLE {quoted(b.new_table)} RENAME TO {quoted(b.table)}",
            *(
                f"ALTER TABLE {quoted(b.table)} RENAME COLUMN {quoted(now)} TO {quoted(was)}"
                for was, now in b.renamed
            ),
        )
    ]
    fields = []
    for b in betweens:
        altered = operation(
            f"migrations.AlterField({b.field.model!r}, {b.field.attribute!r}, None)", b.field.module
        )
        altered.call.args[2] = with_keywords(b.field.field, db_table=b.new_table)
        fields.append(altered)
    keeping = operation(f"migrations.AlterModelTable({old!r}, {table!r})")
    tables = ", ".join(b.table for b in betweens)
    becoming = [run_sql([*drop, *become], [*back, *make])]
    if len(betweens) > 1:
        becoming.insert(0, locked_first({b.new_table: EXCLUSIVE for b in betweens}))
    parts = (
        Part(
            phase=Phase.EXPAND,
            app=s.app,
            what=f"makes a view of {tables} whose columns are called after {new}",
            units=(Unit(slug=f"{new}_views".lower(), operations=(run_sql(make, drop),)),),
        ),
        Part(
            phase=Phase.SWITCH,
            app=s.app,
            model=True,
            code=True,
            what=f"renames the class and keeps its table: db_table={table!r} in Meta, and the view's name for each many-to-many field",
            edits=(
                _table_kept(s.app_label, new, table),
                *(
                    ModelEdit(
                        model=f"{s.app_label}.{new if b.field.model == old else b.field.model}",
                        attribute=b.field.attribute,
                        keywords=(("db_table", f'"{b.new_table}"'),),
                        final=True,
                    )
                    for b in betweens
                ),
            ),
            units=(
                Unit(
                    slug=f"rename_{old}_to_{new}".lower(),
                    operations=(
                        *apart(state=[keeping, *fields, s.here]),
                        _content_type(s.app_label, old, new),
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
                    operations=tuple(becoming),
                ),
            ),
        ),
    )
    return Recipe(
        parts=parts,
        needed=True,
        # Until the class has its new name no step may show the models as the pull request has them.
        alone=True,
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
