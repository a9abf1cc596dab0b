"""The part of Django's state that one operation is carried out on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from analyzers.plan.django_objects import CannotWrite, django_object
from analyzers.read.django.columns import (
    COLUMNLESS,
    RELATIONS,
    is_many_to_many,
    own_class,
    short_name,
    target_of,
)
from analyzers.read.values import Call, Value
from analyzers.relate.django_state import DjangoState, ModelState

MANY = frozenset({"ManyToManyField"})
OPTIONS = frozenset(
    {"db_table", "unique_together", "managed", "proxy", "db_tablespace", "order_with_respect_to"}
)


def project_of(state: DjangoState, app: str, call: Call, user: str) -> Any:
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
            options = {
                k: django_object(v, key[0]) for k, v in model.options.items() if k in OPTIONS
            }
            if not whole:
                options = {k: v for k, v in options.items() if k == "db_table"}
            for kept in ("indexes", "constraints"):
                listed = model.options.get(kept) if whole else None
                options[kept] = [django_object(v, key[0]) for v in listed] if listed else []
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
        return django_object(value, app)
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
