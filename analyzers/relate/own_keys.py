"""What Django gives a model by itself and no class names: its key, and the links to parents with tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from analyzers.read.django.model_class import ModelClass
from analyzers.read.values import Call, Value, as_text
from analyzers.relate import django_said
from analyzers.relate.django_fields import normal_field, same
from analyzers.relate.django_state import ModelState
from analyzers.relate.gaps import Gap, gap_of, shown
from analyzers.vocabulary import Place

if TYPE_CHECKING:
    from analyzers.relate.view import View

LINK = "_ptr"
"""What the name of a link ends with that Django makes from a model to its parent."""


def given(view: View, model: ModelClass) -> Mapping[str, Call] | None:
    """By name, the key and the links that Django adds to *model*; None where that is not certain."""
    found = view.project.find_class(model.dotted)
    if model.proxy or model.incomplete or not model.certain or found is None:
        return None
    if len(view.models.shape(found).parents) != len(model.bases):
        # A parent of a package, the app of which is not known.
        return None
    return django_said.added(view.models, model, view.default_auto_field(model.app))


def key_gaps(view: View, model: ModelClass, state: ModelState, place: Place) -> Iterator[Gap]:
    """What differs of the keys and links that Django adds to *model*."""
    key = state.fields.get("id")
    chosen = _key_of(view, model, key) if isinstance(key, Call) else None
    if isinstance(key, Call) and chosen is not None:
        made = django_said.automatic_id(chosen)
        value = replace(key, func=chosen) if key.get("auto_created") is True else made
        gap = gap_of(model, "AlterField", "id", place, value=value, said=chosen, held=key.func)
        yield replace(gap, aspect="verbose_name" if _of_one_kind(chosen, key) else "class")
    yield from _key_s_column(view, model, key, place)
    added = given(view, model)
    if added is None or not state.complete:
        return
    context = view.context(model)
    for name, value in added.items():
        held = state.fields.get(name)
        if held is None:
            yield gap_of(model, "AddField", name, place, value=value)
        elif name != "id" and isinstance(held, Call):
            one, two = (normal_field(v, context).arguments.get("to") for v in (value, held))
            if same(one, two) is False:
                gap = gap_of(
                    model, "AlterField", name, place, value=value, said=shown(one), held=shown(two)
                )
                yield replace(gap, aspect="to")
    for name, held in state.fields.items():
        link = isinstance(held, Call) and held.get("parent_link") is True
        if link and name.endswith(LINK) and name not in {*model.fields, *added}:
            yield gap_of(model, "RemoveField", name, place)


def automatic(name: str, model: ModelClass) -> bool:
    """Whether Django makes the field by itself, so that no class names it."""
    return (
        name == "_order"
        or (name == "id" and (model.automatic_key or model.copied_key))
        or name.endswith(LINK)
    )


def _of_one_kind(chosen: str, held: Call) -> bool:
    return held.func.rpartition(".")[2] == chosen.rpartition(".")[2]


def _key_of(view: View, model: ModelClass, held: Call) -> str | None:
    """The class of the key that Django adds to *model*, where the one that is *held* is another key; else None."""
    if not model.automatic_key or model.incomplete:
        return None
    chosen = view.named_auto_field(model.app)
    if held.get("primary_key") is True and held.get("auto_created") is not True:
        # The class had a key of its own; of one that counts, only a setting tells which it is now.
        if not held.func.startswith("django.db.models."):
            return None
        return chosen or (
            None if held.func.endswith("AutoField") else view.default_auto_field(model.app)
        )
    # Django takes nothing else for a key of its own.
    if not chosen or (chosen.startswith("django.") and not chosen.endswith("AutoField")):
        return None
    return None if _of_one_kind(chosen, held) or held.get("auto_created") is not True else chosen


def _key_s_column(view: View, model: ModelClass, key: Value, place: Place) -> Iterator[Gap]:
    """The column of a *key* that the model named, where Django makes a key of its own now."""
    if not model.automatic_key or model.incomplete or not isinstance(key, Call):
        return
    column = as_text(key.get("db_column"))
    if key.get("auto_created") is not True and isinstance(column, str) and column != "id":
        value = django_said.automatic_id(view.default_auto_field(model.app))
        gap = gap_of(model, "AlterField", "id", place, value=value, held=repr(column))
        yield replace(gap, aspect="db_column")
