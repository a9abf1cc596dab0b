"""Why the readers call a field unknown: the causes that ``django_states`` counts."""

from __future__ import annotations

from collections.abc import Iterable

from analyzers.read.values import Call, Opaque, Ref, Value
from analyzers.relate.django_fields import is_django_field
from analyzers.relate.view import View

BASE = "a base class of a library whose source is not known"
METACLASS = "a metaclass that may add to its models, or change them"
MADE = "a model that a decorator or another library's function makes"
CHANGED = "code beside the class that adds fields to it"
OPERATIONS = "operations that only the migration's own code knows"
SETTING = "a setting, or what a library makes of its settings"
MODEL = "a relation to a model of an app that is not in the tree"
LIBRARY_FIELD = "a field class of a library whose source is not known"
OWN_FIELD = "a field class of the project that is not followed"
FUNCTION = "what a function or a computed expression gives"


def of_a_model(side: str, incomplete: Iterable[str]) -> str:
    """Why a field, or a whole model, is not found; *incomplete* says what is not known of the model."""
    if side == "state":
        return OPERATIONS
    for reason in incomplete:
        if reason.startswith("metaclass"):
            return METACLASS
        if reason.startswith("base "):
            return BASE
        return CHANGED
    return MADE


def of_a_field(value: Value, unequal: Iterable[Value], view: View) -> str:
    """Why the field *value* cannot be compared; *unequal* are its arguments that do not agree."""
    if isinstance(value, Call) and not is_django_field(value.func):
        found = view.class_of(value.func)
        if found is None or found.written(value) is None:
            known = view.project.find_class(value.func)
            ours = known is not None and not known.module.foreign
            return OWN_FIELD if ours else LIBRARY_FIELD
    texts = " ".join(map(_text, unequal))
    if "settings" in texts or "swapper" in texts or "setting_name" in texts:
        return SETTING
    if any(isinstance(v, Opaque) and v.text.startswith("?.") for v in unequal):
        return SETTING if "_model" in texts else MODEL
    return FUNCTION


def _text(value: Value) -> str:
    match value:
        case Opaque(text=text) | Ref(name=text):
            return text
        case _:
            return repr(value)
