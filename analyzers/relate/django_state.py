"""
The state of a Django project's models, as its migrations make it: read, not run.

Operations are values (``Call`` of ``django.db.migrations.AddField`` and so on)
and are played as Django's own ``state_forwards`` plays them, on fields that
stay values. What an operation does that cannot be read is remembered
(``unread``), never guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from analyzers.read.django.migrations import Content, Operation
from analyzers.read.values import Call, Opaque, Ref, Value
from analyzers.relate.graph import MigrationGraph
from analyzers.vocabulary import Key, Migration, Place

ModelKey = tuple[str, str]
"""App label and the model's name in lower case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelState:
    """A model: ``fields`` in order, each a ``Call`` (or ``Opaque`` where it cannot be read)."""

    app: str
    name: str
    fields: Mapping[str, Value] = field(default_factory=dict)
    options: Mapping[str, Value] = field(default_factory=dict)
    bases: tuple[Value, ...] = ()
    managers: tuple[Value, ...] = ()
    complete: bool = True
    """False where part of it could not be read."""

    @property
    def key(self) -> ModelKey:
        """Where it stands in the project's state."""
        return self.app, self.name.lower()


@dataclass(frozen=True, slots=True)
class Unread:
    """An operation whose effect on the state is not known."""

    app: str
    migration: str
    place: Place
    text: str


@dataclass(slots=True)
class ProjectState:
    """All models, by key; ``unread`` lists what may have changed them besides."""

    models: dict[ModelKey, ModelState] = field(default_factory=dict)
    unread: list[Unread] = field(default_factory=list)

    def copy(self) -> ProjectState:
        """An independent state; the models themselves are immutable and shared."""
        return ProjectState(dict(self.models), list(self.unread))


SIGNATURES: Mapping[str, tuple[str, ...]] = {
    "CreateModel": ("name", "fields", "options", "bases", "managers"),
    "DeleteModel": ("name",),
    "RenameModel": ("old_name", "new_name"),
    "AlterModelTable": ("name", "table"),
    "AlterModelTableComment": ("name", "table_comment"),
    "AlterUniqueTogether": ("name", "unique_together"),
    "AlterIndexTogether": ("name", "index_together"),
    "AlterOrderWithRespectTo": ("name", "order_with_respect_to"),
    "AlterModelOptions": ("name", "options"),
    "AlterModelManagers": ("name", "managers"),
    "AddField": ("model_name", "name", "field", "preserve_default"),
    "RemoveField": ("model_name", "name"),
    "AlterField": ("model_name", "name", "field", "preserve_default"),
    "RenameField": ("model_name", "old_name", "new_name"),
    "AddIndex": ("model_name", "index"),
    "RemoveIndex": ("model_name", "name"),
    "RenameIndex": ("model_name", "new_name", "old_name", "old_fields"),
    "AddConstraint": ("model_name", "constraint"),
    "RemoveConstraint": ("model_name", "name"),
    "AlterConstraint": ("model_name", "name", "constraint"),
    "SeparateDatabaseAndState": ("database_operations", "state_operations"),
    "RunSQL": ("sql", "reverse_sql", "state_operations", "hints", "elidable"),
    "RunPython": ("code", "reverse_code", "atomic", "hints", "elidable"),
}
"""Names of each operation's arguments, in order."""

_SAME_AS = {
    "AddIndexConcurrently": "AddIndex",
    "RemoveIndexConcurrently": "RemoveIndex",
    "AddConstraintNotValid": "AddConstraint",
}
_NO_STATE = frozenset(
    {
        "RunPython",
        "ValidateConstraint",
        "CreateExtension",
        "BloomExtension",
        "BtreeGinExtension",
        "BtreeGistExtension",
        "CITextExtension",
        "CryptoExtension",
        "HStoreExtension",
        "TrigramExtension",
        "UnaccentExtension",
        "CreateCollation",
        "RemoveCollation",
    }
)
ALTER_OPTION_KEYS = (
    "base_manager_name",
    "default_manager_name",
    "default_related_name",
    "get_latest_by",
    "managed",
    "ordering",
    "permissions",
    "default_permissions",
    "select_on_save",
    "verbose_name",
    "verbose_name_plural",
)
"""``AlterModelOptions.ALTER_OPTION_KEYS``: what it sets, and removes where it is not named."""

Resolve = Callable[[str], str | None]
"""The operation of Django that a class of the project stands for; an empty text for none; None: unknown."""


def project_state(
    graph: MigrationGraph,
    labels: Mapping[str, str] | None = None,
    resolve: Resolve | None = None,
    until: Iterable[Key] | None = None,
) -> ProjectState:
    """
    The state after all migrations of *graph* (or after *until* and what they need).

    *labels* maps the names of apps in the graph to Django's labels.
    """
    wanted = graph.ancestors(*until) if until is not None else None
    state = ProjectState()
    for key in graph.order:
        migration = graph.migrations.get(key)
        if migration is not None and (wanted is None or key in wanted):
            label = labels.get(key.app, key.app) if labels else key.app
            play_migration(state, migration, label, resolve)
    return state


def play_migration(
    state: ProjectState, migration: Migration, label: str, resolve: Resolve | None = None
) -> None:
    """Play all operations of *migration* on *state*, in place."""
    content = migration.content
    if not isinstance(content, Content):
        state.unread.append(Unread(label, migration.key.name, migration.place, "the whole file"))
        return
    if not content.operations_known:
        state.unread.append(Unread(label, migration.key.name, migration.place, "its operations"))
    for operation in content.operations:
        if not play(state, label, operation.call, resolve):
            state.unread.append(
                Unread(label, migration.key.name, operation.place, _text(operation.call))
            )


def play(state: ProjectState, app: str, call: Value, resolve: Resolve | None = None) -> bool:
    """
    Play one operation of *app* on *state*, in place.

    False where its effect is not known (the state is then as it was).
    """
    if not isinstance(call, Call):
        return False
    name = operation_name(call, resolve)
    if name is None:
        return False
    if name == "" or name in _NO_STATE:
        return True
    arguments = operation_arguments(call, name)
    if name in {"SeparateDatabaseAndState", "RunSQL"}:
        inner = arguments.get("state_operations")
        if inner is None:
            return True
        if not isinstance(inner, list | tuple):
            return False
        done = [play(state, app, one, resolve) for one in inner]
        return all(done)
    player = _PLAYERS.get(name)
    if player is None:
        return False
    return player(state, app, arguments)


def operation_name(call: Call, resolve: Resolve | None = None) -> str | None:
    """The name of Django's operation that *call* makes; "" where it changes no state; None: unknown."""
    last = call.func.rpartition(".")[2]
    if call.func.startswith(("django.db.migrations.", "django.contrib.postgres.operations.")):
        last = _SAME_AS.get(last, last)
        return last if last in SIGNATURES or last in _NO_STATE else None
    found = resolve(call.func) if resolve is not None else None
    return _SAME_AS.get(found, found) if found is not None else None


def operation_arguments(call: Call, name: str) -> dict[str, Value]:
    """The arguments of an operation by name."""
    named = dict(zip(SIGNATURES.get(name, ()), call.args, strict=False))
    named.update(call.kwargs)
    return named


def state_operations(operations: Sequence[Operation]) -> Iterable[Value]:
    """The operations that change the state, those within ``SeparateDatabaseAndState`` included."""
    for operation in operations:
        call = operation.call
        if isinstance(call, Call) and operation_name(call) in {
            "SeparateDatabaseAndState",
            "RunSQL",
        }:
            inner = operation_arguments(call, operation_name(call) or "").get("state_operations")
            if isinstance(inner, list | tuple):
                yield from inner
        else:
            yield call


def _text(value: Value) -> str:
    if isinstance(value, Call):
        return value.func
    return value.text if isinstance(value, Opaque) else repr(value)[:200]


# -- one function an operation; each tells whether it could play it -----------------------


def _create_model(state: ProjectState, app: str, given: dict[str, Value]) -> bool:
    name, pairs = given.get("name"), given.get("fields")
    if not isinstance(name, str):
        return False
    complete = True
    fields: dict[str, Value] = {}
    if isinstance(pairs, list | tuple):
        for pair in pairs:
            if isinstance(pair, list | tuple) and len(pair) == 2 and isinstance(pair[0], str):
                fields[pair[0]] = pair[1]
            else:
                complete = False
    else:
        complete = False
    options = given.get("options") or {}
    if not isinstance(options, dict):
        options, complete = {}, False
    bases = given.get("bases") or (Ref("django.db.models.Model"),)
    if not isinstance(bases, list | tuple):
        bases = (bases,)
    managers = given.get("managers") or ()
    model = ModelState(
        app=app,
        name=name,
        fields=fields,
        options={
            **options,
            "indexes": options.get("indexes", []),
            "constraints": options.get("constraints", []),
        },
        bases=tuple(bases),
        managers=tuple(managers) if isinstance(managers, list | tuple) else (),
        complete=complete,
    )
    state.models[model.key] = model
    return True


def _delete_model(state: ProjectState, app: str, given: dict[str, Value]) -> bool:
    name = given.get("name")
    if not isinstance(name, str):
        return False
    state.models.pop((app, name.lower()), None)
    return True


def _rename_model(state: ProjectState, app: str, given: dict[str, Value]) -> bool:
    old, new = given.get("old_name"), given.get("new_name")
    if not isinstance(old, str) or not isinstance(new, str):
        return False
    model = state.models.pop((app, old.lower()), None)
    if model is None:
        return False
    renamed = replace(model, name=new)
    state.models[renamed.key] = renamed
    for key, other in list(state.models.items()):
        fields = {
            name: _retargeted(value, other.app, (app, old.lower()), f"{app}.{new}")
            for name, value in other.fields.items()
        }
        bases = tuple(
            f"{app}.{new.lower()}"
            if isinstance(b, str) and b.lower() == f"{app}.{old}".lower()
            else b
            for b in other.bases
        )
        if fields != other.fields or bases != other.bases:
            state.models[key] = replace(other, fields=fields, bases=bases)
    return True


def _retargeted(value: Value, app: str, old: ModelKey, new: str) -> Value:
    """*value*, a field of a model in *app*, with references to *old* made ones to *new*."""
    if not isinstance(value, Call):
        return value

    def moved(target: Value) -> Value:
        if not isinstance(target, str):
            return target
        label, _, name = target.rpartition(".")
        if name == "self" or (label or app, name.lower()) != old:
            return target
        return new

    args = tuple(moved(a) for a in value.args[:1]) + value.args[1:]
    kwargs = tuple((k, moved(v) if k in {"to", "through"} else v) for k, v in value.kwargs)
    if args == value.args and kwargs == value.kwargs:
        return value
    return replace(value, args=args, kwargs=kwargs)


def _model(state: ProjectState, app: str, given: dict[str, Value], key: str) -> ModelState | None:
    name = given.get(key)
    return state.models.get((app, name.lower())) if isinstance(name, str) else None


def _option(
    name: str, argument: str | None = None
) -> Callable[[ProjectState, str, dict[str, Value]], bool]:
    def play_option(state: ProjectState, app: str, given: dict[str, Value]) -> bool:
        model = _model(state, app, given, "name")
        if model is None:
            return False
        state.models[model.key] = replace(
            model, options={**model.options, name: given.get(argument or name)}
        )
        return True

    return play_option


def _alter_model_options(state: ProjectState, app: str, given: dict[str, Value]) -> bool:
    model, options = _model(state, app, given, "name"), given.get("options")
    if model is None or not isinstance(options, dict):
        return False
    kept = {k: v for k, v in model.options.items() if k not in ALTER_OPTION_KEYS}
    state.models[model.key] = replace(model, options={**kept, **options})
    return True


def _alter_model_managers(state: ProjectState, app: str, given: dict[str, Value]) -> bool:
    model, managers = _model(state, app, given, "name"), given.get("managers")
    if model is None or not isinstance(managers, list | tuple):
        return False
    state.models[model.key] = replace(model, managers=tuple(managers))
    return True


def _without_default(value: Value) -> Value:
    if not isinstance(value, Call):
        return value
    return replace(value, kwargs=tuple((k, v) for k, v in value.kwargs if k != "default"))


def _set_field(state: ProjectState, app: str, given: dict[str, Value]) -> bool:
    model, name, value = (
        _model(state, app, given, "model_name"),
        given.get("name"),
        given.get("field"),
    )
    if model is None or not isinstance(name, str):
        return False
    if given.get("preserve_default", True) is False:
        value = _without_default(value)
    # Django finds a field by its exact name; the spelling of the models' side is what counts.
    state.models[model.key] = replace(model, fields={**model.fields, name: value})
    return True


def _remove_field(state: ProjectState, app: str, given: dict[str, Value]) -> bool:
    model, name = _model(state, app, given, "model_name"), given.get("name")
    if model is None or not isinstance(name, str):
        return False
    fields = {k: v for k, v in model.fields.items() if k.lower() != name.lower()}
    state.models[model.key] = replace(model, fields=fields)
    return True


def _rename_field(state: ProjectState, app: str, given: dict[str, Value]) -> bool:
    model = _model(state, app, given, "model_name")
    old, new = given.get("old_name"), given.get("new_name")
    if model is None or not isinstance(old, str) or not isinstance(new, str):
        return False
    fields = {(new if k.lower() == old.lower() else k): v for k, v in model.fields.items()}
    options = dict(model.options)
    for option in ("unique_together", "index_together"):
        if option in options:
            options[option] = _renamed_in(options[option], old, new)
    state.models[model.key] = replace(model, fields=fields, options=options)
    for key, other in list(state.models.items()):
        changed = {
            n: _renamed_reference(v, other.app, model.key, old, new)
            for n, v in other.fields.items()
        }
        if changed != other.fields:
            state.models[key] = replace(other, fields=changed)
    return True


def _renamed_in(value: Value, old: str, new: str) -> Value:
    if isinstance(value, str):
        return new if value == old else value
    if isinstance(value, list | tuple):
        return type(value)(_renamed_in(v, old, new) for v in value)
    if isinstance(value, frozenset):
        return frozenset(_renamed_in(v, old, new) for v in value)
    return value


def _renamed_reference(value: Value, app: str, model: ModelKey, old: str, new: str) -> Value:
    """``to_field``, ``from_fields`` and ``to_fields`` follow a renamed field."""
    if not isinstance(value, Call) or (
        value.get("to_field") is None and value.get("to_fields") is None
    ):
        return value
    target = value.get("to", value.args[0] if value.args else None)
    if not isinstance(target, str):
        return value
    label, _, name = target.rpartition(".")
    if (label or app, name.lower()) != model:
        return value
    kwargs = tuple(
        (k, _renamed_in(v, old, new) if k in {"to_field", "to_fields"} else v)
        for k, v in value.kwargs
    )
    return replace(value, kwargs=kwargs)


def _appended(option: str, argument: str) -> Callable[[ProjectState, str, dict[str, Value]], bool]:
    def add(state: ProjectState, app: str, given: dict[str, Value]) -> bool:
        model = _model(state, app, given, "model_name")
        held = model.options.get(option, []) if model is not None else None
        if model is None or not isinstance(held, list | tuple):
            return False
        state.models[model.key] = replace(
            model, options={**model.options, option: [*held, given.get(argument)]}
        )
        return True

    return add


def _removed(option: str) -> Callable[[ProjectState, str, dict[str, Value]], bool]:
    def remove(state: ProjectState, app: str, given: dict[str, Value]) -> bool:
        model, name = _model(state, app, given, "model_name"), given.get("name")
        held = model.options.get(option, []) if model is not None else None
        if model is None or not isinstance(held, list | tuple):
            return False
        kept = [one for one in held if not (isinstance(one, Call) and one.get("name") == name)]
        state.models[model.key] = replace(model, options={**model.options, option: kept})
        return True

    return remove


def _rename_index(state: ProjectState, app: str, given: dict[str, Value]) -> bool:
    model = _model(state, app, given, "model_name")
    new, old, old_fields = given.get("new_name"), given.get("old_name"), given.get("old_fields")
    if model is None or not isinstance(new, str):
        return False
    options = dict(model.options)
    held = options.get("indexes", [])
    if not isinstance(held, list | tuple):
        return False
    if isinstance(old_fields, list | tuple):
        together = options.get("index_together")
        if isinstance(together, list | tuple | set | frozenset):
            options["index_together"] = [t for t in together if tuple(t) != tuple(old_fields)]
        index = Call("django.db.models.Index", (), (("fields", list(old_fields)), ("name", new)))
        options["indexes"] = [*held, index]
    else:
        options["indexes"] = [
            replace(one, kwargs=tuple((k, new if k == "name" else v) for k, v in one.kwargs))
            if isinstance(one, Call) and one.get("name") == old
            else one
            for one in held
        ]
    state.models[model.key] = replace(model, options=options)
    return True


def _alter_constraint(state: ProjectState, app: str, given: dict[str, Value]) -> bool:
    model, name = _model(state, app, given, "model_name"), given.get("name")
    held = model.options.get("constraints", []) if model is not None else None
    if model is None or not isinstance(held, list | tuple):
        return False
    new = [
        given.get("constraint") if isinstance(one, Call) and one.get("name") == name else one
        for one in held
    ]
    state.models[model.key] = replace(model, options={**model.options, "constraints": new})
    return True


_PLAYERS: Mapping[str, Callable[[ProjectState, str, dict[str, Value]], bool]] = {
    "CreateModel": _create_model,
    "DeleteModel": _delete_model,
    "RenameModel": _rename_model,
    "AlterModelTable": _option("db_table", "table"),
    "AlterModelTableComment": _option("db_table_comment", "table_comment"),
    "AlterUniqueTogether": _option("unique_together"),
    "AlterIndexTogether": _option("index_together"),
    "AlterOrderWithRespectTo": _option("order_with_respect_to"),
    "AlterModelOptions": _alter_model_options,
    "AlterModelManagers": _alter_model_managers,
    "AddField": _set_field,
    "AlterField": _set_field,
    "RemoveField": _remove_field,
    "RenameField": _rename_field,
    "AddIndex": _appended("indexes", "index"),
    "RemoveIndex": _removed("indexes"),
    "RenameIndex": _rename_index,
    "AddConstraint": _appended("constraints", "constraint"),
    "RemoveConstraint": _removed("constraints"),
    "AlterConstraint": _alter_constraint,
}
