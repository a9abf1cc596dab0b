"""Historical models of a project beside those that its migrations have made already."""

from __future__ import annotations

from dataclasses import replace

from analyzers.read.django.historical import VARYING
from analyzers.read.django.model_class import ModelClass
from analyzers.read.values import Call, Value
from analyzers.relate.django_state import DjangoState, ModelKey, ModelState


def is_history(state: ModelState) -> bool:
    """Whether migrations made it as the history of another model."""
    return "simple_history." in repr(state.bases)


def as_the_others(model: ModelClass, state: DjangoState) -> ModelClass:
    """*model*, with what settings and versions of the library decide taken from the histories there are."""
    own = state.models.get(ModelKey(*model.key))
    held = own or next((one for _, one in sorted(state.models.items()) if is_history(one)), None)
    if held is None:
        return model
    fields = dict(model.fields)
    for name in VARYING & fields.keys() & held.fields.keys():
        if isinstance(held.fields[name], Call):
            fields[name] = replace(fields[name], value=held.fields[name])
    for name in (VARYING & fields.keys()) - held.fields.keys():
        # Earlier versions do not ask for a reason.
        del fields[name]
    for name, definition in model.fields.items():
        before = own.fields.get(name) if own is not None else None
        if _is(definition.value, "TextField") and _is(before, "CharField"):
            # A setting says which of the two holds the name of a file.
            fields[name] = replace(definition, value=before)
        if (
            isinstance(definition.value, Call)
            and isinstance(before, Call)
            and _is(before, "ForeignKey")
        ):
            fields[name] = replace(definition, value=_as_far_as(definition.value, before))
    options = dict(model.options)
    if "get_latest_by" in held.options:
        options["get_latest_by"] = held.options["get_latest_by"]
    if own is not None and "verbose_name_plural" not in own.options:
        # Earlier versions gave it none.
        options.pop("verbose_name_plural", None)
    if own is not None and "history_change_reason" not in own.fields:
        # These name it in another way as well.
        options["verbose_name"] = own.options.get("verbose_name", options.get("verbose_name"))
    return replace(model, fields=fields, options=options)


def _as_far_as(said: Call, before: Call) -> Call:
    """*said* without what earlier versions of the library did not copy of a relation."""
    known = {name for name, _ in before.kwargs}
    return replace(
        said, kwargs=tuple((k, v) for k, v in said.kwargs if k in known or k not in _LATER)
    )


_LATER = frozenset(
    {"help_text", "verbose_name", "default", "limit_choices_to", "validators", "error_messages"}
)


def _is(value: Value, name: str) -> bool:
    return isinstance(value, Call) and value.func == f"django.db.models.{name}"


def still_kept(name: str, models: set[str]) -> bool:
    """Whether the model of which *name* is the history is among *models* (names in lower case)."""
    return name.lower().removeprefix("historical") in models
