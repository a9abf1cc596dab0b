"""
Django's project state without Django: models as the migrations so far have made them.

Fields stay as they were written (``Call``, ``Ref``, ``Opaque``); nothing is imported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import field, replace
from typing import NamedTuple

from analyzers.frozen import dataclass
from analyzers.read.django.migrations import Content
from analyzers.read.values import Call, Opaque, Value, as_text
from analyzers.relate.graph import MigrationGraph
from analyzers.vocabulary import Key, Migration, Place


class ModelKey(NamedTuple):
    """App label and the model's name in lower case, as Django's own state keys them."""

    app: str
    model: str


@dataclass(slots=True)
class ModelState:
    """One model: its fields in order, its options, its bases."""

    app: str
    name: str
    fields: dict[str, Value] = field(default_factory=dict)
    options: dict[str, Value] = field(default_factory=dict)
    bases: Value = ()
    managers: Value = ()
    complete: bool = True
    """False where part of it could not be read."""

    @property
    def table(self) -> str:
        """The table's name: ``db_table``, or what Django makes of app and model."""
        chosen = as_text(self.options.get("db_table"))
        return chosen if isinstance(chosen, str) and chosen else f"{self.app}_{self.name.lower()}"

    @property
    def in_database(self) -> bool:
        """Whether migrations make a table of it."""
        return not self.options.get("proxy") and self.options.get("managed", True) is not False


@dataclass(frozen=True, slots=True)
class Unread:
    """An operation whose effect on the state is not known."""

    app: str
    migration: str
    place: Place
    text: str


NO_STATE = frozenset(
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
"""Django's operations that leave the state as it is."""

Resolve = Callable[[str], str | None]
"""Django's operation that a class of the project stands for; "" where it changes no state; None: unknown."""


class DjangoState:
    """All models; operations change it in place."""

    def __init__(self, resolve: Resolve | None = None) -> None:
        self.models: dict[ModelKey, ModelState] = {}
        self.uncertain = False
        """Something was met that may have changed any model."""
        self.unread: list[Unread] = []
        """The operations that were met and may have changed more than is known."""
        self.resolve = resolve
        self.to_fields: set[str] = set()
        """Every name that a ``to_field`` has ever held."""
        self._at: tuple[str, Place] = ("", Place(""))

    @classmethod
    def of(
        cls, models: Iterable[ModelState], unread: Iterable[Unread], uncertain: bool
    ) -> DjangoState:
        """The state of these models."""
        made = cls()
        made.models = {ModelKey(m.app, m.name.lower()): m for m in models}
        for model in made.models.values():
            made.noticed(model.fields.values())
        made.unread, made.uncertain = list(unread), uncertain
        return made

    def copy(self) -> DjangoState:
        """A state that can be played on without changing this one."""
        made = DjangoState(self.resolve)
        made.uncertain, made.unread, made._at = self.uncertain, list(self.unread), self._at
        made.to_fields = set(self.to_fields)
        made.models = {
            key: replace(model, fields=dict(model.fields), options=dict(model.options))
            for key, model in self.models.items()
        }
        return made

    def get(self, app: str, model: Value) -> ModelState | None:
        """The model, by a name in any case."""
        return self.models.get(ModelKey(app, model.lower())) if isinstance(model, str) else None

    def by_table(self, table: str) -> ModelState | None:
        """The model of a table."""
        return next((m for m in self.models.values() if m.in_database and m.table == table), None)

    def related(self, app: str, target: Value) -> ModelState | None:
        """The model that a relation written in *app* leads to."""
        if not isinstance(target, str):
            return None
        label, dot, name = target.partition(".")
        return self.get(label, name) if dot else self.get(app, target)

    def noticed(self, fields: Iterable[Value]) -> None:
        """Remember what *fields* refer to by ``to_field``: few do, and each rename asks."""
        for value in fields:
            if isinstance(value, Call):
                to_field = value.get("to_field")
                if isinstance(to_field, str):
                    self.to_fields.add(to_field)

    def play(self, migration: Migration, app: str) -> None:
        """Apply all operations of *migration*, a member of the app labelled *app*."""
        content = migration.content
        self._at = (migration.key.name, migration.place)
        if not isinstance(content, Content) or not content.operations_known:
            self._missed(app, "its operations")
        if isinstance(content, Content):
            for operation in content.operations:
                self._at = (migration.key.name, operation.place)
                self.apply(operation.call, app)

    def _missed(self, app: str, text: str) -> None:
        self.uncertain = True
        self.unread.append(Unread(app, self._at[0], self._at[1], text))

    def apply(self, call: Value, app: str) -> None:
        """Apply one operation's effect on the state; what cannot be read marks the state uncertain."""
        if not isinstance(call, Call):
            self._missed(app, call.text if isinstance(call, Opaque) else repr(call)[:200])
            return
        name: str | None = call.func.rpartition(".")[2]
        if not call.func.startswith(("django.db.migrations.", "django.contrib.")):
            name = self.resolve(call.func) if self.resolve is not None else None
            if name is None and not call.func.startswith("django."):
                # An operation of the repository's own: it may change the state.
                listed = call.get("state_operations")
                for inner in listed if isinstance(listed, list | tuple) else ():
                    self.apply(inner, app)
                if listed is None:
                    self._missed(app, call.func)
                return
        if not name or name in NO_STATE:
            return
        handler = _EFFECTS.get(name)
        if handler is not None:
            handler(self, call, app)
        else:
            self._missed(app, call.func)


def argument(call: Call, name: str, position: int, default: Value = None) -> Value:
    """An argument by name or position."""
    for key, value in call.kwargs:
        if key == name:
            return value
    return call.args[position] if position < len(call.args) else default


def played(migrations: Iterable[tuple[Migration, str]]) -> DjangoState:
    """The state after *migrations* (with their apps' labels), in that order."""
    state = DjangoState()
    for migration, app in migrations:
        state.play(migration, app)
    return state


def project_state(
    graph: MigrationGraph,
    resolve: Resolve | None = None,
    after: tuple[MigrationGraph, DjangoState] | None = None,
) -> DjangoState:
    """
    The state after all migrations of *graph*; apps by their names in it.

    *after* is a graph and its state: where *graph* only goes on from there, the
    state is carried on instead of played anew.
    """
    order = graph.order
    state = DjangoState(resolve)
    if after is not None:
        rest = continuation(after[0], graph)
        if rest is not None:
            order = rest
            state = after[1].copy()
            state.resolve = resolve
    for key in order:
        state.play(graph.migrations[key], key.app)
    return state


def same_history(before: MigrationGraph, graph: MigrationGraph, old: tuple[Key, ...]) -> bool:
    """Whether the migrations *old* of *graph*, in its order, are all that *before* plays, as it plays it."""
    return old == before.order and all(
        _same(before.migrations[key], graph.migrations[key]) for key in old
    )


def _same(one: Migration, two: Migration) -> bool:
    """Whether both do the same; migrations compare equal whatever their content is."""
    return one is two or (one == two and (one.held is two.held or one.content == two.content))


def continuation(before: MigrationGraph, graph: MigrationGraph) -> tuple[Key, ...] | None:
    """What *graph* plays after all of *before*; None where it plays something else or in between."""
    fresh: list[Key] = []
    apps: set[str] = set()
    for key in graph.order:
        old = before.migrations.get(key) if key in before.parents else None
        if old is None:
            fresh.append(key)
            apps.add(key.app)
        elif not _same(old, graph.migrations[key]):
            return None
        elif key.app in apps:
            # What comes before it in its own app is new: who is last may be another now.
            return None
    return tuple(fresh) if len(graph.order) - len(fresh) == len(before.order) else None


Effect = Callable[[DjangoState, Call, str], None]
"""What an operation does to the state."""

# -- one function an operation ------------------------------------------------------


def model_of(call: Call, app: str) -> ModelState | None:
    """The model that a ``CreateModel`` makes; None where its name cannot be known."""
    name = argument(call, "name", 0)
    if not isinstance(name, str):
        return None
    listed = argument(call, "fields", 1, [])
    options = argument(call, "options", 2, {})
    made = ModelState(
        app=app,
        name=name,
        options=dict(options) if isinstance(options, dict) else {},
        bases=argument(call, "bases", 3, ()),
        managers=argument(call, "managers", 4, ()),
        complete=isinstance(listed, list | tuple) and isinstance(options, dict),
    )
    for item in listed if isinstance(listed, list | tuple) else ():
        match item:
            case (str() as key, value) | [str() as key, value]:
                made.fields[key] = value
            case _:
                made.complete = False
    return made


def _create_model(state: DjangoState, call: Call, app: str) -> None:
    made = model_of(call, app)
    if made is None:
        state.uncertain = True
    else:
        state.models[ModelKey(app, made.name.lower())] = made
        state.noticed(made.fields.values())


def _delete_model(state: DjangoState, call: Call, app: str) -> None:
    name = argument(call, "name", 0)
    if isinstance(name, str):
        state.models.pop(ModelKey(app, name.lower()), None)


def _rename_model(state: DjangoState, call: Call, app: str) -> None:
    old, new = argument(call, "old_name", 0), argument(call, "new_name", 1)
    model = state.get(app, old)
    if model is None or not isinstance(new, str) or not isinstance(old, str):
        return
    del state.models[ModelKey(app, old.lower())]
    model.name = new
    state.models[ModelKey(app, new.lower())] = model
    for other in state.models.values():
        for name, value in other.fields.items():
            if isinstance(value, Call):
                for role in ("to", "through"):
                    to = value.get(role)
                    if isinstance(to, str) and _names(to, other.app, app, old):
                        value = _with(value, role, f"{app}.{new}" if "." in to else new)
                        other.fields[name] = value
                match value.args:
                    case (str() as to, *rest) if _names(to, other.app, app, old):
                        target = f"{app}.{new}" if "." in to else new
                        other.fields[name] = replace(value, args=(target, *rest))
                    case _:
                        pass


def _names(target: str, where: str, app: str, model: str) -> bool:
    """Whether *target*, written in a model of the app *where*, is ``app.model``."""
    label, dot, name = target.rpartition(".")
    return (label if dot else where) == app and name.lower() == model.lower() and name != "self"


def _with(call: Call, name: str, value: Value) -> Call:
    return replace(call, kwargs=tuple((k, value if k == name else v) for k, v in call.kwargs))


def _table(state: DjangoState, call: Call, app: str) -> None:
    model = state.get(app, argument(call, "name", 0))
    if model is not None:
        model.options["db_table"] = argument(call, "table", 1)


def _table_comment(state: DjangoState, call: Call, app: str) -> None:
    model = state.get(app, argument(call, "name", 0))
    if model is not None:
        model.options["db_table_comment"] = argument(call, "table_comment", 1)


def _options(state: DjangoState, call: Call, app: str) -> None:
    model = state.get(app, argument(call, "name", 0))
    options = argument(call, "options", 1)
    if model is not None and isinstance(options, dict):
        for key in ALTERABLE - options.keys():
            model.options.pop(key, None)
        model.options.update(options)


ALTERABLE = frozenset(
    [
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
    ]
)
"""``AlterModelOptions.ALTER_OPTION_KEYS`` of Django 5.2."""


def _field(state: DjangoState, call: Call, app: str) -> None:
    model = state.get(app, argument(call, "model_name", 0))
    name = argument(call, "name", 1)
    if model is not None and isinstance(name, str):
        value = argument(call, "field", 2)
        if argument(call, "preserve_default", 3, True) is False and isinstance(value, Call):
            value = replace(value, kwargs=tuple(kv for kv in value.kwargs if kv[0] != "default"))
        model.fields[_spelled(model, name)] = value
        state.noticed((value,))


def _spelled(model: ModelState, name: str) -> str:
    """*name* as the model has it already: Django's state keeps the first spelling."""
    if name in model.fields:
        return name
    return next((n for n in model.fields if n.lower() == name.lower()), name)


def _remove_field(state: DjangoState, call: Call, app: str) -> None:
    model = state.get(app, argument(call, "model_name", 0))
    name = argument(call, "name", 1)
    if model is not None and isinstance(name, str):
        model.fields.pop(_spelled(model, name), None)


def _rename_field(state: DjangoState, call: Call, app: str) -> None:
    model = state.get(app, argument(call, "model_name", 0))
    old, new = argument(call, "old_name", 1), argument(call, "new_name", 2)
    if model is None or not isinstance(old, str) or not isinstance(new, str):
        return
    old = _spelled(model, old)
    model.fields = {new if key == old else key: value for key, value in model.fields.items()}
    for option in ("unique_together", "index_together"):
        together = model.options.get(option)
        if isinstance(together, list | tuple | set | frozenset):
            model.options[option] = {
                tuple(new if n == old else n for n in group)
                for group in together
                if isinstance(group, list | tuple)
            }

    if old not in state.to_fields:
        return
    for other in state.models.values():
        for name, value in other.fields.items():
            if isinstance(value, Call) and value.get("to_field") == old:
                to = argument(value, "to", 0)
                if isinstance(to, str) and _names(to, other.app, app, model.name):
                    other.fields[name] = _with(value, "to_field", new)
    state.to_fields.add(new)


def _together(option: str) -> Effect:
    def apply(state: DjangoState, call: Call, app: str) -> None:
        model = state.get(app, argument(call, "name", 0))
        if model is not None:
            model.options[option] = argument(call, option, 1)

    return apply


def _append(option: str, name: str) -> Effect:
    def apply(state: DjangoState, call: Call, app: str) -> None:
        model = state.get(app, argument(call, "model_name", 0))
        if model is not None:
            listed = model.options.get(option, [])
            rest = list(listed) if isinstance(listed, list | tuple) else []
            model.options[option] = [*rest, argument(call, name, 1)]

    return apply


def _drop(option: str) -> Effect:
    def apply(state: DjangoState, call: Call, app: str) -> None:
        model = state.get(app, argument(call, "model_name", 0))
        name = argument(call, "name", 1)
        listed = model.options.get(option) if model is not None else None
        if model is not None and isinstance(listed, list | tuple):
            model.options[option] = [
                item for item in listed if not (isinstance(item, Call) and item.get("name") == name)
            ]

    return apply


def _rename_index(state: DjangoState, call: Call, app: str) -> None:
    model = state.get(app, argument(call, "model_name", 0))
    new, old = argument(call, "new_name", 1), call.get("old_name")
    listed = model.options.get("indexes") if model is not None else None
    if model is not None and isinstance(listed, list | tuple) and isinstance(old, str):
        model.options["indexes"] = [
            _with(i, "name", new) if isinstance(i, Call) and i.get("name") == old else i
            for i in listed
        ]

    together = argument(call, "old_fields", 3)
    if model is not None and isinstance(together, list | tuple):
        groups = model.options.get("index_together")
        if isinstance(groups, list | tuple | set | frozenset):
            model.options["index_together"] = [g for g in groups if list(g) != list(together)]
        rest = list(listed) if isinstance(listed, list | tuple) else []
        kwargs = (("fields", list(together)), ("name", new))
        model.options["indexes"] = [*rest, Call("django.db.models.Index", (), kwargs)]


def _alter_constraint(state: DjangoState, call: Call, app: str) -> None:
    model = state.get(app, argument(call, "model_name", 0))
    name = argument(call, "name", 1)
    listed = model.options.get("constraints") if model is not None else None
    if model is not None and isinstance(listed, list | tuple):
        model.options["constraints"] = [
            argument(call, "constraint", 2) if isinstance(i, Call) and i.get("name") == name else i
            for i in listed
        ]


def _managers(state: DjangoState, call: Call, app: str) -> None:
    model = state.get(app, argument(call, "name", 0))
    if model is not None:
        model.managers = argument(call, "managers", 1)


def _order(state: DjangoState, call: Call, app: str) -> None:
    model = state.get(app, argument(call, "name", 0))
    if model is not None:
        model.options["order_with_respect_to"] = argument(call, "order_with_respect_to", 1)


def _apart(state: DjangoState, call: Call, app: str) -> None:
    listed = argument(call, "state_operations", 1)
    for inner in listed if isinstance(listed, list | tuple) else ():
        state.apply(inner, app)


def _code_with_state(state: DjangoState, call: Call, app: str) -> None:
    listed = argument(call, "state_operations", 2)
    for inner in listed if isinstance(listed, list | tuple) else ():
        state.apply(inner, app)


_EFFECTS: dict[str, Effect] = {
    "CreateModel": _create_model,
    "DeleteModel": _delete_model,
    "RenameModel": _rename_model,
    "AlterModelTable": _table,
    "AlterModelTableComment": _table_comment,
    "AlterConstraint": _alter_constraint,
    "AlterModelOptions": _options,
    "AlterModelManagers": _managers,
    "AlterOrderWithRespectTo": _order,
    "AlterUniqueTogether": _together("unique_together"),
    "AlterIndexTogether": _together("index_together"),
    "AddField": _field,
    "AlterField": _field,
    "RemoveField": _remove_field,
    "RenameField": _rename_field,
    "AddIndex": _append("indexes", "index"),
    "AddIndexConcurrently": _append("indexes", "index"),
    "RemoveIndex": _drop("indexes"),
    "RemoveIndexConcurrently": _drop("indexes"),
    "RenameIndex": _rename_index,
    "AddConstraint": _append("constraints", "constraint"),
    "AddConstraintNotValid": _append("constraints", "constraint"),
    "RemoveConstraint": _drop("constraints"),
    "SeparateDatabaseAndState": _apart,
    "RunSQL": _code_with_state,
}
