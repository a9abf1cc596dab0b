"""What a recipe asks about an operation: its table, its last definition, and where code uses it."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from analyzers.plan.recipes.subject import FieldBetween, Subject
from analyzers.plan.source import (
    Written,
    operations_in,
)
from analyzers.plan.sql import django_sql
from analyzers.read.django.columns import target_of
from analyzers.read.values import Call
from analyzers.relate.django_tables import between_table
from analyzers.relate.facts import Facts, Step
from analyzers.relate.locks import effects
from analyzers.relate.promised import promised
from analyzers.trees import Tree
from analyzers.vocabulary import (
    AddColumn,
    AddConstraint,
    AddIndex,
    Constraint,
    Framework,
    Index,
    Migration,
    StateOnly,
)

PLACES = 20
"""Places of use that a step lists."""
CODE = (".py", ".html", ".txt", ".jinja", ".graphql")
DEPTH = 6
"""Folders below which files outside of the app's own are not searched."""


def subject_of(facts: Facts, written: Written, steps: Sequence[Step]) -> Subject:
    """What *written*, of which *steps* came, is done to, as the base knows it."""
    first = steps[0]
    app = first.migration.key.app
    own = [s for s in steps if s.change.model]
    label = own[0].change.model if own else None
    model = label.rpartition(".")[2] if label else _model_argument(written)
    # What changes may be no table of a model's own, but one between two: a many-to-many field's.
    known = facts.state.get(app, model) if label is None else None
    model = known.name if known is not None else model
    table = next((s.change.table for s in own if s.change.table), None)
    table = known.table if known is not None else table
    before = next((s.table_before for s in own or steps if s.table_before), None)
    config = facts.config
    app_label = facts.label(app)
    name = table or f"{app_label}_{model.lower()}"
    locked = {e.table for s in steps for e in effects(s.change, s.table_before, s.database)}
    rows = max(config.large_tables.tables.get(t, 0) for t in (name, *locked))
    return Subject(
        written=written,
        changes=tuple(s.change for s in steps),
        app=app,
        app_label=app_label,
        model=model,
        table=name,
        before=before,
        large=rows > config.large_tables.rows,
        # Django copies a table on SQLite, with the columns that the state knows: it must know them all.
        style=config.split_style if facts.database == "postgresql" else "files",
        database=facts.database,
        keeps_defaults=(facts.django_version or (5, 0)) >= (5, 0),
        definition=lambda attribute: _last_definition(facts, app, model, attribute),
        between=lambda between: _field_between(facts, between),
        places=lambda attribute: _places_of(facts.base.tree, attribute, first.migration.path),
        statements=lambda: _statements_of(facts, first.migration),
        new_attributes=lambda: _new_attributes(facts, name),
        new_upon=lambda: _new_upon(facts, name, steps),
        eased=any(s.eased_by is not None and not s.eased_by.in_state for s in steps),
        promised=any(promised(facts.steps, s) for s in steps),
        fresh=_on_new_tables(steps),
        new_tables=facts.new_tables,
    )


def _new_attributes(facts: Facts, table: str) -> frozenset[str]:
    return frozenset(
        s.change.column.attribute or s.change.column.name
        for s in facts.steps
        if isinstance(s.change, AddColumn) and s.change.table == table
    )


def _new_upon(facts: Facts, table: str, own: Sequence[Step]) -> tuple[Index | Constraint, ...]:
    found: list[Index | Constraint] = []
    here = {id(step) for step in own}
    for step in facts.steps:
        change = step.change
        if change.table != table or id(step) in here:
            continue
        if isinstance(change, AddIndex):
            found.append(change.index)
        elif isinstance(change, AddConstraint):
            found.append(change.constraint)
    return tuple(found)


def _on_new_tables(steps: Sequence[Step]) -> bool:
    """Whether *steps* change tables that the pull request made before, and no others."""
    done = [s for s in steps if not isinstance(s.change, StateOnly)]
    return bool(done) and all(s.created_by is not None for s in done)


def _field_between(facts: Facts, table: str) -> FieldBetween | None:
    """The field of the base's models whose hidden table is *table*."""
    state = facts.views[0].state
    for owner in state.models.values():
        for attribute, value in owner.fields.items():
            if not isinstance(value, Call) or between_table(owner, attribute, value) != table:
                continue
            defined = _last_definition(facts, owner.app, owner.name, attribute)
            to = target_of(value)
            other = owner if to == "self" else state.related(owner.app, to)
            if defined is None or other is None:
                return None
            return FieldBetween(
                app=owner.app,
                model=owner.name,
                attribute=attribute,
                field=defined[0],
                module=defined[1],
                far_column=f"{other.name.lower()}_id",
            )
    return None


def _statements_of(facts: Facts, migration: Migration) -> tuple[str, ...]:
    """The SQL that *migration* executes, without comments."""
    return tuple(
        "\n".join(line for line in statement.splitlines() if not line.startswith("--"))
        for preview in django_sql(facts)
        if (preview.app, preview.migration) == migration.key
        for statement in preview.statements
    )


def _model_argument(written: Written) -> str:
    return written.text_argument("model_name", 0) or written.text_argument("name", 0) or ""


def _last_definition(
    facts: Facts, app: str, model: str, attribute: str
) -> tuple[ast.Call, ast.Module] | None:
    """The field call that the migrations at the base last gave to *attribute*, with its file."""
    own = [
        m
        for m in facts.base.migrations.values()
        if m.key.app == app and m.framework is Framework.DJANGO
    ]
    for migration in sorted(own, key=lambda m: m.key.name, reverse=True):
        content = facts.base.tree.read(migration.path)
        if attribute.encode() not in content:
            continue
        for written in reversed(operations_in(content.decode(errors="replace"))):
            field = _defined(written, model, attribute)
            if field is not None:
                return field, written.module
    return None


def _defined(written: Written, model: str, attribute: str) -> ast.Call | None:
    if _model_argument(written).lower() != model.lower():
        return None
    if written.name in {"AddField", "AlterField"}:
        return written.field() if written.text_argument("name", 1) == attribute else None
    fields = written.argument("fields", 1) if written.name == "CreateModel" else None
    for item in fields.elts if isinstance(fields, ast.List | ast.Tuple) else ():
        match item:
            case ast.Tuple(elts=[ast.Constant(value=name), ast.Call() as call]) if (
                name == attribute
            ):
                return call
            case _:
                pass
    return None


def _places_of(tree: Tree, name: str, migration_path: str) -> tuple[str, ...]:
    """``path:line`` of where the code of *tree* speaks of *name*: a word search, so also things of the same name."""
    if len(name) < 2:
        return ()
    word = re.compile(rf"(?<![A-Za-z0-9_]){re.escape(name)}(?:_id|__\w+)?(?![A-Za-z0-9_])")
    # The field or the class itself: it goes in a step of its own.
    defined = re.compile(
        rf"\s*(?:{re.escape(name)}\s*(?::[^=]+)?=\s*[\w.]+\(|class {re.escape(name)}\b)"
    )
    top = migration_path.split("/")[0] if "/" in migration_path else ""
    found: list[str] = []
    candidates = [path for path in tree.paths() if _may_use(path, top)]
    tree.prefetch(candidates)
    for path in candidates:
        try:
            content = tree.read(path)
        except KeyError:
            # A partial copy of the repository may lack it: then it is not searched.
            continue
        if name.encode() not in content or len(content) > 500_000:
            continue
        for number, line in enumerate(content.decode(errors="replace").splitlines(), start=1):
            if path.endswith(".py"):
                line = line.partition("#")[0]
                itself = defined.match(line)
                line = line[itself.end() :] if itself is not None else line
            if word.search(line):
                found.append(f"{path}:{number}")
                if len(found) == PLACES:
                    return tuple(found)
    return tuple(found)


def _may_use(path: str, top: str) -> bool:
    """Whether *path* is a file of code in which a field may be named."""
    if "/migrations/" in path or not path.endswith(CODE):
        return False
    return not top or path.startswith(f"{top}/") or path.count("/") <= DEPTH
