"""Options that each version of a library sets otherwise: as a project's migrations have them, or unknown."""

from __future__ import annotations

from dataclasses import replace

from analyzers.read.django.companions import TREE
from analyzers.read.django.model_class import ModelClass
from analyzers.read.django.parler import ALONE, MIXIN
from analyzers.read.values import Call, Opaque, Value
from analyzers.relate.django_state import DjangoState, ModelKey


def is_translation(model: ModelClass) -> bool:
    """Whether django-parler makes it."""
    return MIXIN in model.made_of


def one_a_language(model: ModelClass, state: DjangoState) -> ModelClass:
    """*model* with the rule in the form that its migrations have, or those of other translations; else unknown."""
    own = state.models.get(ModelKey(*model.key))
    others = (m for _, m in sorted(state.models.items()) if "parler." in repr(m.bases))
    held = own or next(others, None)
    options = dict(model.options)
    if held is None:
        unknown = Opaque("language_code, master", "each version of django-parler says it otherwise")
        options |= {"unique_together": unknown, "constraints": unknown}
    elif any(set(group) == set(ALONE) for group in _groups(held.options.get("unique_together"))):
        rules = options.pop("constraints")
        if isinstance(rules, list) and len(rules) > 1:
            options["constraints"] = rules[:-1]
        options["unique_together"] = [*_groups(options.get("unique_together")), ALONE]
    return replace(model, options=options)


def has_a_tree(model: ModelClass) -> bool:
    """Whether django-mptt may add an index: it does so only where the class lists some."""
    return "indexes" in model.options and any(f.path == TREE for f in model.fields.values())


def with_index_of_tree(model: ModelClass, state: DjangoState) -> ModelClass:
    """*model* with the index that newer versions of django-mptt add, where its migrations have it."""
    held, own = state.models.get(ModelKey(*model.key)), model.options["indexes"]
    if held is None or not isinstance(own, list | tuple):
        unknown = Opaque("indexes", "some versions of django-mptt add one")
        return replace(model, options={**model.options, "indexes": unknown})
    listed = held.options.get("indexes")
    added = [i for i in listed if _of_tree(i, model)] if isinstance(listed, list | tuple) else []
    if not added or any(_of_tree(i, model) for i in own):
        return model
    return replace(model, options={**model.options, "indexes": [*own, added[0]]})


def _of_tree(index: Value, model: ModelClass) -> bool:
    names = index.get("fields") if isinstance(index, Call) else None
    fields = [model.fields.get(n) for n in names] if isinstance(names, list | tuple) else []
    return len(fields) == 2 and all(f is not None and f.path == TREE for f in fields)


def _groups(value: Value) -> list[tuple[str, ...]]:
    items = list(value) if isinstance(value, list | tuple | set | frozenset) else []
    if items and all(isinstance(item, str) for item in items):
        return [tuple(items)]
    return [tuple(item) for item in items if isinstance(item, list | tuple)]
