"""Relations that name the key of their target: Django leaves out of a migration what is so anyway."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from analyzers.read.django.model_class import ModelClass
from analyzers.read.django.models import Models
from analyzers.read.values import Call, Ref, Value

_USER = "django.conf.settings.AUTH_USER_MODEL"


def without_named_keys(model: ModelClass, models: Models, user_model: str | None) -> ModelClass:
    """*model* without each ``to_field`` that is the primary key of the model that it leads to."""
    fields = dict(model.fields)
    for name, definition in model.fields.items():
        value = definition.value
        if isinstance(value, Call) and isinstance(value.get("to_field"), str):
            target = _target(value, model, models, user_model)
            if target is not None and value.get("to_field") == key_name(
                target, models.found.values()
            ):
                kwargs = tuple((k, v) for k, v in value.kwargs if k != "to_field")
                fields[name] = replace(definition, value=replace(value, kwargs=kwargs))
    return replace(model, fields=fields)


def names_a_key(model: ModelClass) -> bool:
    """Whether some relation of *model* has a ``to_field``."""
    return any(
        isinstance(d.value, Call) and any(k == "to_field" for k, _ in d.value.kwargs)
        for d in model.fields.values()
    )


def _target(value: Call, model: ModelClass, models: Models, user_model: str | None) -> str | None:
    """``label.name`` in lower case of the model that a relation leads to; None where it is not known."""
    to: Value = value.get("to", value.args[0] if value.args else None)
    match to:
        case "self":
            return f"{model.label}.{model.name}".lower()
        case str():
            return (to if "." in to else f"{model.label}.{to}").lower()
        case Ref(name=name) if name == _USER:
            return (user_model or "auth.User").lower()
        case Ref(name=name):
            return models.label_of(name)
        case _:
            return None


def key_name(label: str, found: Iterable[ModelClass]) -> str | None:
    """The name of the primary key of the model *label*; None where it is not known."""
    model = next((m for m in found if f"{m.label}.{m.name}".lower() == label), None)
    if model is None:
        # Django's own models have the usual one, but for sessions, to which nothing leads.
        return "id" if label.partition(".")[0] in {"auth", "contenttypes", "sites"} else None
    for name, definition in model.fields.items():
        if isinstance(definition.value, Call) and definition.value.get("primary_key") is True:
            return name
    if model.automatic_key:
        return None if model.incomplete else "id"
    return f"{model.bases[0].rpartition('.')[2]}_ptr" if len(model.bases) == 1 else None
