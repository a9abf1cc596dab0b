"""
What new migrations will execute, without a database: Django's own schema editor on static models.

Only Django's classes are built, from values that were read; nothing of the
repository is imported. Where a value or a name is known only when the migration
runs, the statement says so in a comment.
"""

from __future__ import annotations

import importlib
import operator
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

from analyzers.plan.dialects import Later, editor_of
from analyzers.read.django.columns import (
    COLUMNLESS,
    RELATIONS,
    hides_reverse,
    is_many_to_many,
    own_class,
    short_name,
    target_of,
)
from analyzers.read.django.migrations import Content
from analyzers.read.sql import read_sql
from analyzers.read.values import Call, Opaque, Ref, Value
from analyzers.relate.django_state import DjangoState, ModelState
from analyzers.relate.effect import BLOCKS_READS, BLOCKS_WRITES, Effect
from analyzers.relate.facts import Facts, Step
from analyzers.relate.locks import effects
from analyzers.results import Lock, SqlPreview
from analyzers.vocabulary import (
    AlterColumn,
    CreateTable,
    Framework,
    Key,
    Migration,
    Place,
    SchemaChange,
    StateOnly,
)

MANY = frozenset({"ManyToManyField"})
OPERATIONS = 200
"""Operations that are written out; a pull request with more is not read statement by statement."""

MODULES = (
    "django.db.models.functions",
    "django.db.models",
    "django.db.migrations",
    "django.contrib.postgres.operations",
    "django.contrib.postgres.fields",
    "django.contrib.postgres.indexes",
    "django.contrib.postgres.constraints",
    "django.contrib.postgres.search",
)
"""Where classes are taken from; nothing else is looked up, let alone called."""

FACTORIES = {"builtins.dict": {}, "builtins.list": [], "builtins.set": [], "builtins.str": ""}
OPTIONS = frozenset(
    {"db_table", "unique_together", "managed", "proxy", "db_tablespace", "order_with_respect_to"}
)


class CannotWrite(Exception):
    """A value that only the repository's own code has; its text names it."""


def previews(facts: Facts) -> tuple[SqlPreview, ...]:
    """The statements of every new migration that has any, with its locks, in order of application."""
    made = django_sql(facts)
    if facts.merged.alembic_graphs:
        # Loaded here: most projects have either Django or Alembic.
        from analyzers.plan.alembic_sql import alembic_sql

        made = (*made, *alembic_sql(facts))
    locks: dict[tuple[str, str], list[Step]] = {}
    for step in facts.steps:
        key = step.migration.key
        locks.setdefault((key.app, key.name), []).append(step)
    fresh = {s.change.table for s in facts.steps if isinstance(s.change, CreateTable)}
    return tuple(
        SqlPreview(
            app=p.app,
            migration=p.migration,
            dialect=p.dialect,
            assumed=p.assumed,
            statements=p.statements,
            locks=_locks(facts, locks.get((p.app, p.migration), ()), fresh),
        )
        for p in made
    )


def _locks(facts: Facts, steps: Iterable[Step], fresh: set[str | None]) -> tuple[Lock, ...]:
    found: dict[tuple[str, str], Lock] = {}
    for step in steps:
        if isinstance(step.change, StateOnly):
            continue
        for e in effects(
            step.change,
            step.table_before,
            step.database,
            facts.config.database_version,
            django=step.migration.framework is Framework.DJANGO,
        ):
            if e.table in fresh:
                continue
            known = found.get((e.table, e.mode))
            found[e.table, e.mode] = Lock(
                table=e.table,
                mode=e.mode,
                blocks_reads=e.blocks_reads,
                blocks_writes=e.blocks_writes,
                rewrites=e.rewrites or (known is not None and known.rewrites),
                scans=e.scans or (known is not None and known.scans),
            )
    return tuple(found[key] for key in sorted(found))


_written: WeakKeyDictionary[Facts, tuple[SqlPreview, ...]] = WeakKeyDictionary()
"""By review: a split asks for the statements of each unique constraint anew."""


def django_sql(facts: Facts) -> tuple[SqlPreview, ...]:
    """The statements of new Django migrations, as the configured database would get them."""
    if facts not in _written:
        _written[facts] = _django_sql(facts)
    return _written[facts]


def _django_sql(facts: Facts) -> tuple[SqlPreview, ...]:
    dialect, assumed = facts.database, facts.said_database is None
    graph = facts.merged.django_graph
    new = {m.key for m in facts.added(graph) if not m.replaces}
    if not new:
        return ()
    labels = {app.name: app.label for app in facts.merged.django.apps}
    state, found, count = DjangoState(), [], 0
    for key in graph.order:
        migration, app = graph.migrations[key], labels.get(key.app, key.app)
        # A new file that cannot be read (too large, nested too deeply) has no statements to show.
        if key not in new or not isinstance(content := migration.content, Content):
            state.play(migration, app)
            continue
        count += len(content.operations)
        if count > OPERATIONS:
            break
        statements = tuple(_with_locks(_migration(migration, app, state, facts), facts, key))
        if statements:
            found.append(
                SqlPreview(
                    app=key.app,
                    migration=key.name,
                    dialect=dialect,
                    assumed=assumed,
                    statements=statements,
                )
            )
    return tuple(found)


def _with_locks(statements: Iterable[str], facts: Facts, key: Key) -> Iterator[str]:
    """Each statement with a comment of what it locks."""
    # What a change of type costs depends on what stands, and that no statement says.
    altered = {
        (step.change.table, step.change.after.name): step
        for step in facts.steps
        if step.migration.key == key and isinstance(step.change, AlterColumn)
    }
    for statement in statements:
        found: list[Effect] = []
        for change in _changes(statement, facts.database):
            step = (
                altered.get((change.table, change.after.name))
                if isinstance(change, AlterColumn) and change.sets_type
                else None
            )
            found += effects(
                step.change if step is not None else change,
                step.table_before if step is not None else None,
                facts.database,
                facts.config.database_version,
                django=False,
            )
        if facts.database in {"mysql", "mariadb"}:
            # One statement goes one way: the dearest that one of its parts needs.
            found = [e for e in found if e == _dearest(found, e.table)]
        said = dict.fromkeys(f"{e.table}: {e.mode}{_meaning(e.mode)}" for e in found)
        yield "".join(f"-- {mode}\n" for mode in said) + statement


def _changes(statement: str, database: str) -> Iterator[SchemaChange]:
    if not statement.startswith("--"):
        for change in read_sql(statement, Place(""), database):
            if not isinstance(change, CreateTable):
                yield change


def _dearest(found: Iterable[Effect], table: str) -> Effect:
    return max(
        (e for e in found if e.table == table),
        key=lambda e: (e.blocks_writes, e.rewrites, e.scans),
    )


def _meaning(mode: str) -> str:
    if mode in BLOCKS_READS:
        return " (reads and writes wait)"
    return " (writes wait)" if mode in BLOCKS_WRITES else ""


def _migration(migration: Migration, app: str, state: DjangoState, facts: Facts) -> Iterator[str]:
    content = migration.content
    assert isinstance(content, Content)
    user = facts.views[1].user_model or "auth.User"
    from analyzers.relate import django_stand_ins

    django_stand_ins.configure(user)
    from django.conf import settings

    settings.DEFAULT_AUTO_FIELD = (
        facts.views[1].settings.default_auto_field or "django.db.models.BigAutoField"
    )
    editor = editor_of(facts.database, facts.config.database_version)
    for operation in content.operations:
        before = len(editor.collected_sql)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                _play(operation.call, app, state, editor, user)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever Django refuses is shown as not written
            del editor.collected_sql[before:]
            reason = _reason(error)
            name = operation.name.rpartition(".")[2] or "an operation"
            editor.collected_sql.append(f"-- {name}: not written out: {reason}")
        state.apply(operation.call, app)
    try:
        for statement in editor.deferred_sql:
            editor.execute(statement, None)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - as above
        editor.collected_sql.append("-- indexes and constraints that cannot be written out")
    for line in editor.collected_sql:
        text = line.strip()
        if text:
            yield text if text.startswith("--") else text.rstrip(";") + ";"


def _reason(error: Exception) -> str:
    """Why an operation is not written out."""
    if isinstance(error, CannotWrite):
        return str(error)
    refused = "Modifying GeneratedFields is not supported"
    if isinstance(error, ValueError) and str(error).startswith(refused):
        return f"Django refuses it: {refused}"
    return "it needs the database"


def _play(call: Value, app: str, state: DjangoState, editor: Any, user: str) -> None:
    if not isinstance(call, Call):
        raise CannotWrite("it is put together at run time")
    name = call.func.rpartition(".")[2]
    if name == "RunPython":
        code = call.args[0] if call.args else call.get("code")
        text = code.name.rpartition(".")[2] if isinstance(code, Ref) else "..."
        if text != "noop":
            editor.collected_sql.append(f"-- Python code: {text}")
        return
    if name in {"AlterModelOptions", "AlterModelManagers"}:
        return
    options = call.get("options")
    if name == "CreateModel" and isinstance(options, dict) and options.get("proxy"):
        return
    operation = _real(call, app)
    project = _project(state, app, call, user)
    if editor.connection.vendor == "sqlite":
        # A copied table has its columns in the order in which the fields were made: those of before first.
        assert project.apps
    after = project.clone()
    operation.state_forwards(app, after)
    operation.database_forwards(app, editor, project, after)


# -- values to Django's objects ---------------------------------------------------------


@cache
def _class(path: str) -> Any:
    """Django's class, function of deletion or constant of that name."""
    from django.db.migrations.operations.base import Operation
    from django.db.models import Deferrable, F, Field, Index, Q
    from django.db.models.constraints import BaseConstraint
    from django.db.models.expressions import BaseExpression

    allowed = (Operation, Field, Index, BaseConstraint, BaseExpression, Q, F, Deferrable)
    module, _, name = path.rpartition(".")
    if module.startswith("django.db.models.functions."):
        module = "django.db.models.functions"
    if module in MODULES:
        found = getattr(importlib.import_module(module), name, None)
        if found is None and module == "django.db.models":
            # What Django has in a module below alone, such as ``CombinedExpression``: paths are read without it.
            found = getattr(importlib.import_module(f"{module}.expressions"), name, None)
        if isinstance(found, type) and issubclass(found, allowed):
            return found
        if getattr(found, "__module__", "") == "django.db.models.deletion":
            return found
        if found is None:
            raise CannotWrite(f"`{path}` is newer than the Django that writes statements here")
    elif module == "django.db.models.Deferrable":
        return Deferrable[name]
    elif path in {"django.db.migrations.RunSQL.noop", "django.db.migrations.RunPython.noop"}:
        return ""
    raise CannotWrite(f"`{path}` belongs to the program")


def _real(value: Value, app: str) -> Any:
    match value:
        case Call(func="builtins.set" | "builtins.list" | "builtins.dict", args=()):
            return FACTORIES[value.func]
        case Call():
            return _made(value, app)
        case Ref(name=name) if name.endswith("settings.AUTH_USER_MODEL"):
            # Another review may have another.
            from django.conf import settings

            return settings.AUTH_USER_MODEL
        case Ref(name=name):
            return _class(name)
        case Opaque(text=text):
            raise CannotWrite(f"`{text[:80]}` is known when it runs")
        case list() | tuple():
            return type(value)(_real(v, app) for v in value)
        case set() | frozenset():
            return {_real(v, app) for v in value}
        case dict():
            return {_real(k, app): _real(v, app) for k, v in value.items()}
        case _:
            return value


OPERATORS: dict[str, Callable[..., Any]] = {
    "operator.Add": operator.add,
    "operator.Sub": operator.sub,
    "operator.Mult": operator.mul,
    "operator.Div": operator.truediv,
    "operator.BitOr": operator.or_,
    "operator.BitAnd": operator.and_,
    "operator.Invert": operator.invert,
}
"""What expressions are put together with."""

SILENT = frozenset(
    {"validators", "upload_to", "storage", "choices", "error_messages", "limit_choices_to", "help_text",
     "verbose_name", "managers", "form_class", "related_name", "related_query_name", "encoder", "decoder", "manager", "base_manager_name"}
)  # fmt: skip
"""Arguments that no statement depends on."""


def _made(call: Call, app: str) -> Any:
    field = call.func.rpartition(".")[2]
    if field == "SeparateDatabaseAndState":
        kept = call.get("database_operations") or (call.args[0] if call.args else [])
        return _class(call.func)(database_operations=_real(kept, app))
    if field in {"TreeForeignKey", "TreeOneToOneField"}:
        return _made(replace(call, func=f"django.db.models.{field.removeprefix('Tree')}"), app)
    if not call.func.startswith("django.") and field.endswith("Field"):
        return _unknown_field(call)
    if call.func in OPERATORS:
        return OPERATORS[call.func](*(_real(a, app) for a in call.args))
    kind = _class(call.func)
    kwargs: dict[str, Any] = {}
    later = None
    is_field = field.endswith(("Field", "Key"))
    for name, value in call.kwargs:
        if (is_field and name in SILENT) or name in {"managers", "hints"}:
            if name == "related_name" and hides_reverse(call):
                # A renamed model does not find such a key.
                kwargs[name] = "+"
            continue
        if is_field and name == "default" and isinstance(value, Ref | Opaque | Call):
            text = value.name if isinstance(value, Ref) else getattr(value, "text", "an expression")
            if text in FACTORIES:
                kwargs[name] = FACTORIES[text]
            else:
                later = Later(text)
            continue
        kwargs[name] = _real(value, app)
    made = kind(*(_real(a, app) for a in call.args), **kwargs)
    if later is not None:
        made.default = later
    return made


def _is_known(value: Value) -> bool:
    return isinstance(value, Ref) and value.name.startswith("django.db.models.")


def _unknown_field(call: Call) -> Any:
    """A field class of the program: its column's type is not known here."""
    from django.db import models

    class Unknown(models.Field):  # type: ignore[misc]
        def db_type(self, connection: Any) -> str:
            del connection
            return f"/* the type of {short_name(call)} */"

        def deconstruct(self) -> Any:
            name, _, args, kwargs = super().deconstruct()
            return name, f"repository.{short_name(call)}", args, kwargs

        def clone(self) -> Any:
            return _unknown_field(call)

    plain = {
        k: v
        for k, v in call.kwargs
        if k in {"null", "db_column", "unique", "db_index", "primary_key"}
        and isinstance(v, bool | str)
    }
    made = Unknown(**plain)
    if call.get("default") is not None:
        made.default = Later(f"the default of {short_name(call)}")
    return made


# -- the state --------------------------------------------------------------------------


def _project(state: DjangoState, app: str, call: Call, user: str) -> Any:
    """
    Django's state with the models that *call* is about, and those that these refer to.

    Of models further away only the primary key is there: statements name their
    table and key, and no more.
    """
    from django.db import models
    from django.db.migrations.state import ModelState as RealState
    from django.db.migrations.state import ProjectState

    wanted = _about(call, app, state)
    project = ProjectState()
    near: dict[tuple[str, str], bool] = dict.fromkeys(wanted, True)
    todo = list(wanted)
    for value in _fields_in(call):
        _refer(value, app, near)
    while todo:
        model = state.get(*todo.pop())
        for value in model.fields.values() if model is not None else ():
            _refer(value, model.app if model else app, near)
    label, _, name = user.partition(".")
    near.setdefault((label, name.lower()), False)
    for key, whole in sorted(near.items()):
        model = state.get(*key)
        fields = []
        options: dict[str, Any] = {}
        if model is not None:
            chosen = model.fields.items() if whole else _keys(model)
            fields = [
                (n, _field(v, model.app))
                for n, v in chosen
                if (whole or not _relates(v)) and short_name(v) not in COLUMNLESS - MANY
            ]
            options = {k: _real(v, key[0]) for k, v in model.options.items() if k in OPTIONS}
            if not whole:
                options = {k: v for k, v in options.items() if k == "db_table"}
            for kept in ("indexes", "constraints"):
                listed = model.options.get(kept) if whole else None
                options[kept] = [_real(v, key[0]) for v in listed] if listed else []
        if not any(getattr(f, "primary_key", False) for _, f in fields):
            fields.insert(0, ("id", models.BigAutoField(primary_key=True)))
        project.add_model(
            RealState(key[0], model.name if model is not None else key[1], fields, options)
        )
    return project


def _relates(value: Value) -> bool:
    return is_many_to_many(value) or short_name(value) in RELATIONS


def _keys(model: ModelState) -> list[tuple[str, Value]]:
    return [
        (n, v)
        for n, v in model.fields.items()
        if isinstance(v, Call)
        and (v.get("primary_key") is True or short_name(v).endswith("AutoField"))
    ]


def _field(value: Value, app: str) -> Any:
    if isinstance(value, Call) and (own_class(value) or short_name(value).endswith("Field")):
        return _real(value, app)
    raise CannotWrite(f"a field of the class {short_name(value) or 'that is not known'}")


def _fields_in(value: Value) -> Iterator[Value]:
    """Field definitions inside of an operation."""
    if isinstance(value, Call):
        if _relates(value):
            yield value
        for inner in (*value.args, *(v for _, v in value.kwargs)):
            yield from _fields_in(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _fields_in(inner)


def _refer(value: Value, app: str, near: dict[tuple[str, str], bool]) -> None:
    if not isinstance(value, Call) or not _relates(value):
        return
    for to in (target_of(value), value.get("through")):
        if isinstance(to, str) and to != "self":
            label, dot, name = to.partition(".")
            near.setdefault((label, name.lower()) if dot else (app, label.lower()), False)


def _about(call: Call, app: str, state: DjangoState) -> list[tuple[str, str]]:
    """The models that an operation names, those that refer to a renamed one included."""
    found: list[tuple[str, str]] = []
    kind = call.func.rpartition(".")[2]
    if kind == "SeparateDatabaseAndState":
        for inner in call.get("database_operations") or (call.args[0] if call.args else ()):
            if isinstance(inner, Call):
                found += _about(inner, app, state)
        return found
    first = next(
        (
            v
            for k, v in call.kwargs
            if k in {"model_name", "old_name", "name"} and isinstance(v, str)
        ),
        None,
    )
    named = call.get("model_name") or (call.args[0] if call.args else first)
    if isinstance(named, str) and kind not in {"RunSQL", "CreateModel"}:
        found.append((app, named.lower()))
        if kind in {"RenameModel", "AlterField", "DeleteModel"}:
            for key, model in state.models.items():
                for value in model.fields.values():
                    if _relates(value) and isinstance(value, Call):
                        near: dict[tuple[str, str], bool] = {}
                        _refer(value, model.app, near)
                        if (app, named.lower()) in near:
                            found.append((key.app, key.model))
    return list(dict.fromkeys(k for k in found if state.get(*k) is not None))
