"""Options that each version of a library sets otherwise: as a project's migrations have them, or unknown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from analyzers.read.django.companions import TREE
from analyzers.read.django.model_class import FieldDef, ModelClass
from analyzers.read.django.parler import ALONE, MIXIN
from analyzers.read.values import Call, Opaque, Value
from analyzers.relate.django_fields import BY_VERSION
from analyzers.relate.django_state import DjangoState, ModelKey, ModelState


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
    return replace(model, options=options, fields=_with_key_of(held, model))


def _with_key_of(held: ModelState | None, model: ModelClass) -> Mapping[str, FieldDef]:
    """The fields of a translation, its key to the translated model of the class that *held* has: an own one since parler 2."""
    said, key = model.fields.get("master"), held.fields.get("master") if held is not None else None
    if said is None or not isinstance(said.value, Call) or not isinstance(key, Call):
        return model.fields
    return {**model.fields, "master": replace(said, value=replace(said.value, func=key.func))}


def hangs_on_version(definition: FieldDef) -> bool:
    """Whether a library's field says something else in each version."""
    value = definition.value
    return (
        definition.path.startswith("<")
        and isinstance(value, Call)
        and any(isinstance(v, Call) and v.func == BY_VERSION for _, v in value.kwargs)
    )


def with_settled_fields(model: ModelClass, state: DjangoState) -> ModelClass:
    """*model* with such fields as its migrations have them, or those of other models; else unknown."""
    fields = dict(model.fields)
    for name, definition in model.fields.items():
        if not hangs_on_version(definition):
            continue
        own = state.models.get(ModelKey(*model.key))
        others = (own, *(m for _, m in sorted(state.models.items())))
        held = next(
            (m.fields[name] for m in others if m is not None and _like(m, name, definition)), None
        )
        if isinstance(held, Call):
            said = dict(held.kwargs)
            kept: list[tuple[str, Value]] = []
            for k, v in definition.value.kwargs:
                if not isinstance(v, Call) or v.func != BY_VERSION:
                    kept.append((k, v))
                elif said.get(k) is not None:
                    kept.append((k, said[k]))
            value = replace(definition.value, kwargs=tuple(kept))
            fields[name] = replace(definition, value=value)
    return replace(model, fields=fields)


def _like(held: ModelState, name: str, definition: FieldDef) -> bool:
    """Whether *held* has a field of that name, class and target."""
    value = held.fields.get(name)
    if not isinstance(value, Call) or value.func != definition.value.func:
        return False
    targets = [v.get("to", v.args[0] if v.args else None) for v in (value, definition.value)]
    return len({str(target).lower() for target in targets}) == 1


def options_hang_on_version(model: ModelClass) -> bool:
    """Whether a library's ``Meta`` says an option in some of its versions alone."""
    return bool(_of_some_versions(model))


def with_settled_options(model: ModelClass, state: DjangoState) -> ModelClass:
    """*model* with such options where its migrations have them; of a new model, where those of another one have."""
    own = state.models.get(ModelKey(*model.key))
    held = [own] if own is not None else [*state.models.values()]
    options = dict(model.options)
    for name, value in _of_some_versions(model).items():
        if any(_listed(m.options.get(name)) == _listed(value) for m in held):
            options[name] = value
        else:
            del options[name]
    return replace(model, options=options)


def _of_some_versions(model: ModelClass) -> dict[str, Value]:
    return {
        name: value.args[0]
        for name, value in model.options.items()
        if isinstance(value, Call) and value.func == BY_VERSION and value.args
    }


def _listed(value: Value) -> Value:
    return list(value) if isinstance(value, tuple) else value


BASE_MANAGER = "base_manager_name"


def may_name_base_manager(model: ModelClass) -> bool:
    """Whether older versions of django-polymorphic name the manager of its relations."""
    said = model.options.get(BASE_MANAGER)
    return isinstance(said, Call) and said.func == BY_VERSION


def with_base_manager(model: ModelClass, state: DjangoState) -> ModelClass:
    """*model* with the option as its migrations have it, or those of other models of that kind; else unknown."""
    others = (m for _, m in sorted(state.models.items()) if "polymorphic_ctype" in m.fields)
    held = state.models.get(ModelKey(*model.key)) or next(others, None)
    if held is None:
        return model
    options = {k: v for k, v in model.options.items() if k != BASE_MANAGER}
    if BASE_MANAGER in held.options:
        options[BASE_MANAGER] = held.options[BASE_MANAGER]
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
    # A class may have the second, the left end, as a field of its own.
    return len(fields) == 2 and fields[0] is not None and fields[0].path == TREE


def _groups(value: Value) -> list[tuple[str, ...]]:
    items = list(value) if isinstance(value, list | tuple | set | frozenset) else []
    if items and all(isinstance(item, str) for item in items):
        return [tuple(items)]
    return [tuple(item) for item in items if isinstance(item, list | tuple)]
