"""
Migrations that rename or delete a model before another app's migration points to it.

Django writes the dependency on the other app into a rename; by hand, and where a model
moves to another app, it is forgotten. A database with all of it applied notices nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from analyzers import limits
from analyzers.frozen import dataclass
from analyzers.read.django.columns import target_of
from analyzers.read.django.migrations import Content
from analyzers.read.values import Call, Value
from analyzers.relate.django_early import user_of
from analyzers.relate.django_fields import RELATIONS
from analyzers.relate.django_state import argument, model_of
from analyzers.relate.facts import Facts
from analyzers.relate.graph import MigrationGraph
from analyzers.vocabulary import Key, Migration

_ENDS = {"RenameModel": "renames", "DeleteModel": "deletes"}


@dataclass(frozen=True, slots=True)
class GoneEarly:
    """A model that is gone when ``migrate`` comes to a migration that points to it."""

    migration: Migration
    does: str
    """``renames`` or ``deletes``."""
    model: str
    """``label.Model``, under its old name."""
    pointing: Migration
    """The other app's migration that comes after it on an empty database."""


def gone_early(facts: Facts) -> Iterator[GoneEarly]:
    """What the pull request's migrations end too early, each with the first migration that stops."""
    graph = facts.merged.django_graph
    apps = facts.merged.django.apps
    if graph.missing or graph.cycles or len({app.label for app in apps}) != len(apps):
        return
    # Each is looked for in all that comes later.
    for migration, does, old in itertools.islice(_ended(facts, graph), limits.LINES):
        label = facts.label(migration.key.app)
        pointing = _first_that_points(facts, graph, migration.key, label, old)
        if pointing is not None and not _made_again(graph, migration.key, old):
            yield GoneEarly(migration, does, f"{label}.{old}", pointing)


def _ended(facts: Facts, graph: MigrationGraph) -> Iterator[tuple[Migration, str, str]]:
    """The models that new migrations rename or delete."""
    for migration in facts.added(graph):
        names = migration.operation_names
        ends = names is None or not names.isdisjoint({*_ENDS, "SeparateDatabaseAndState"})
        if not ends or migration.key not in graph.position or migration.replaces:
            continue
        for call in _operations(migration):
            does = _ENDS.get(_kind(call))
            old = argument(call, "old_name" if does == "renames" else "name", 0)
            if does is not None and isinstance(old, str):
                yield migration, does, old


def _first_that_points(
    facts: Facts, graph: MigrationGraph, key: Key, label: str, model: str
) -> Migration | None:
    """The first migration behind *key* that nothing lets wait for it and that points to the model."""
    wanted = f"{label}.{model}".lower()
    installs = facts.views[1].settings.installs
    others = {app.name for app in facts.merged.django.apps if not installs(app.package)}
    # What is to run before migrations of packages comes when these come.
    others |= {m.key.app for m in graph.migrations.values() if m.run_before}
    for other in graph.order[graph.position[key] + 1 :]:
        if other.app == key.app or other.app in others:
            continue
        found = graph.migrations[other]
        if wanted.encode() not in facts.merged.tree.read(found.path).lower():
            continue
        if key not in graph.ancestors(other) and any(
            wanted in _named(call) for call in _operations(found)
        ):
            return None if other in _before_the_user(facts, graph) else found
    return None


def _before_the_user(facts: Facts, graph: MigrationGraph) -> frozenset[Key]:
    """What may come first because migrations of packages wait for the user's model."""
    user = user_of(facts)
    apps = facts.merged.django.apps
    names = [app.name for app in apps if user is None or app.label == user]
    keys = [key for app in names for key in graph.nodes(app)]
    if user is None:
        # The setting is not known: any model with these fields may be the one.
        keys = [key for key in keys if b"last_login" in facts.merged.tree.read(graph.migrations[key].path)]  # fmt: skip
    return graph.ancestors(*keys)


def _made_again(graph: MigrationGraph, key: Key, model: str) -> bool:
    """Whether the app has a model of that name again, after all, or the operations are not all known."""
    for other in graph.order[graph.position[key] :]:
        if other.app == key.app:
            if not graph.migrations[other].readable:
                return True
            for call in _operations(graph.migrations[other]):
                name = argument(call, "new_name", 1) if _kind(call) == "RenameModel" else None
                name = argument(call, "name", 0) if _kind(call) == "CreateModel" else name
                if isinstance(name, str) and name.lower() == model.lower():
                    return True
    return False


def _named(call: Call) -> set[str]:
    """The models, as ``label.model`` in small letters, that the fields and the bases of an operation name."""
    fields: list[Value] = []
    bases: object = ()
    if _kind(call) == "CreateModel" and (made := model_of(call, "")) is not None:
        fields, bases = [*made.fields.values()], made.bases
    elif _kind(call) in {"AddField", "AlterField"}:
        fields = [argument(call, "field", 2)]
    said = [target_of(f) for f in fields if isinstance(f, Call) and _kind(f) in RELATIONS]
    said += [*bases] if isinstance(bases, list | tuple) else []
    return {name.lower() for name in said if isinstance(name, str) and "." in name}


def _operations(migration: Migration) -> Iterator[Call]:
    """The operations of a migration, those that one of them holds included."""
    content = migration.content
    todo: list[Value] = []
    if isinstance(content, Content):
        todo = [operation.call for operation in reversed(content.operations)]
    while todo:
        call = todo.pop()
        if isinstance(call, Call):
            yield call
            if _kind(call) == "SeparateDatabaseAndState":
                inner = argument(call, "state_operations", 1)
                todo += [*reversed(inner)] if isinstance(inner, list | tuple) else []


def _kind(call: Call) -> str:
    return call.func.rpartition(".")[2]
