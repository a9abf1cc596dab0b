"""
The state that a model's class says: what Django's ``ModelState.from_model`` would make of it.

Written and compared in one form, so that a model without a migration, a field
without one and the oracle all mean the same thing.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from analyzers.read.django.inheritance import flat_bases, managers
from analyzers.read.django.meta_options import META_OPTIONS
from analyzers.read.django.model_class import ModelClass
from analyzers.read.django.models import Models
from analyzers.read.modules import ClassFound
from analyzers.read.values import Call, Ref, Value
from analyzers.relate.django_state import ModelState

NOT_IN_STATE = frozenset({"app_label", "apps", "auto_created"})
"""What ``Meta`` says for Django alone."""


def said(models: Models, model: ModelClass, automatic_key: str) -> ModelState:
    """What *model* would be in Django's state; *automatic_key* is the class of the ``id`` that Django adds."""
    fields: dict[str, Value] = {}
    if not model.proxy:
        fields |= added(models, model, automatic_key)
        for name, definition in model.fields.items():
            fields[name] = definition.value
    options = {
        name: model.options[name]
        for name in META_OPTIONS
        if name in model.options and name not in NOT_IN_STATE
    }
    if isinstance(options.get("indexes"), list | tuple):
        options["indexes"] = [named_index(index, model) for index in options["indexes"]]
    return ModelState(
        app=model.app,
        name=model.name,
        fields=fields,
        options=options,
        bases=bases_of(models, model),
        managers=managers_of(models, model),
        complete=not model.incomplete,
    )


def added(models: Models, model: ModelClass, automatic_key: str) -> dict[str, Call]:
    """The key and the links to parents that Django adds to *model* by itself, as far as it is known."""
    fields: dict[str, Call] = {}
    # An ancestor that is not known may bring a key or a link of its own.
    whole = not any(reason.startswith(("base ", "metaclass")) for reason in model.incomplete)
    if model.automatic_key and whole:
        fields["id"] = automatic_id(automatic_key)
    if model.copied_key:
        fields["id"] = copied_id(automatic_key)
    # Of what Django adds by itself, the last stands first; the first parent's is the key.
    parents = list(enumerate(model.bases)) if whole else []
    for number, parent in reversed(parents):
        concrete = models.concrete(parent)
        if not _linked(model, concrete):
            fields[f"{concrete.rpartition('.')[2]}_ptr"] = parent_link(concrete, key=not number)
    return fields


SUFFIXES = {
    "GinIndex": "gin",
    "GistIndex": "gist",
    "BrinIndex": "brin",
    "BTreeIndex": "btree",
    "HashIndex": "hash",
    "SpGistIndex": "spgist",
    "BloomIndex": "bloom",
}


def named_index(index: Value, model: ModelClass) -> Value:
    """*index* with the name that Django gives one without: of table, columns and a digest of both."""
    if not isinstance(index, Call) or index.get("name") is not None:
        return index
    listed = index.get("fields", index.args[0] if index.args else None)
    if not isinstance(listed, list | tuple) or not listed:
        return index
    columns: list[tuple[str, str]] = []
    for text in listed:
        if not isinstance(text, str):
            return index
        bare = text.removeprefix("-")
        if bare not in model.fields and model.incomplete:
            return index
        columns.append(("-" if text != bare else "", _column(bare, model)))
    table = model.options.get("db_table")
    if table is not None and not isinstance(table, str):
        return index
    table = table if isinstance(table, str) else f"{model.label}_{model.name.lower()}"
    suffix = SUFFIXES.get(index.func.rpartition(".")[2], "idx")
    # As ``Index.set_name_with_model`` of Django 5.2.
    digest = hashlib.md5(usedforsecurity=False)
    for part in (table, *(order + column for order, column in columns), suffix):
        digest.update(part.encode())
    name = f"{table[:11]}_{columns[0][1][:7]}_{digest.hexdigest()[:6]}_{suffix}"
    if name[0] == "_" or name[0].isdigit():
        name = f"D{name[1:]}"
    return replace(index, kwargs=(*index.kwargs, ("name", name)))


def _column(name: str, model: ModelClass) -> str:
    definition = model.fields.get(name)
    if definition is None or not isinstance(definition.value, Call):
        return name
    chosen = definition.value.get("db_column")
    if isinstance(chosen, str):
        return chosen
    relation = definition.value.func.endswith(("ForeignKey", "OneToOneField", "ParentalKey"))
    return f"{name}_id" if relation else name


def automatic_id(cls: str) -> Call:
    """The key that Django adds to a model without one."""
    kwargs = (
        ("auto_created", True),
        ("primary_key", True),
        ("serialize", False),
        ("verbose_name", "ID"),
    )
    return Call(cls, (), kwargs)


def copied_id(cls: str) -> Call:
    """The copy of such a key in the history of a model."""
    big = cls.endswith("BigAutoField")
    kwargs = (("verbose_name", "ID"), ("auto_created", True), ("blank", True), ("db_index", True))
    return Call(f"django.db.models.{'BigIntegerField' if big else 'IntegerField'}", (), kwargs)


def parent_link(parent: str, *, key: bool = True) -> Call:
    """The field by which Django joins a model to its *parent* (``label.name``) with a table of its own."""
    kwargs: tuple[tuple[str, Value], ...] = (
        ("auto_created", True),
        ("on_delete", Ref("django.db.models.CASCADE")),
        ("parent_link", True),
        *((("primary_key", True), ("serialize", False)) if key else ()),
        ("to", parent),
    )
    return Call("django.db.models.OneToOneField", (), kwargs)


def _linked(model: ModelClass, parent: str) -> bool:
    """Whether the class itself has the link to *parent*."""
    for definition in model.fields.values():
        value = definition.value
        if isinstance(value, Call) and value.get("parent_link") is True:
            to = value.get("to", value.args[0] if value.args else None)
            tail = to.name if isinstance(to, Ref) else to if isinstance(to, str) else ""
            if tail.rpartition(".")[2].lower() == parent.rpartition(".")[2]:
                return True
    return False


def bases_of(models: Models, model: ModelClass) -> Value:
    """The bases in Django's state: labels of models in lower case, ``Ref`` for classes; ``Opaque``: not known."""
    found = models.project.find_class(model.dotted)
    if found is None:
        return tuple(Ref(name) for name in model.made_of)
    flat = flat_bases(models.project, found, lambda one: kind(models, one))
    if not isinstance(flat, tuple):
        return flat
    return tuple(_label(models, base) for base in flat)


def _label(models: Models, base: Ref) -> Value:
    label = models.label_of(base.name)
    found = models.project.find_class(base.name)
    if label is None or found is None or kind(models, found) != "model":
        return base
    return label


def managers_of(models: Models, model: ModelClass) -> Value:
    """The managers in Django's state, as pairs; ``Opaque`` where one is not known."""
    found = models.project.find_class(model.dotted)
    if found is None:
        return ()
    return managers(
        models.project, found, lambda one: kind(models, one), lambda one: _meta(models, one)
    )


def _meta(models: Models, found: ClassFound) -> dict[str, Value]:
    models.shape(found)
    return models.meta(found)[0]


def kind(models: Models, found: ClassFound) -> str:
    """What a class is to Django: an ``abstract`` model, a ``model``, ``unknown``, or a mere ``class``."""
    shape = models.shape(found)
    if shape.model:
        return "abstract" if shape.abstract else "model"
    if any(reason.startswith("base ") for reason in shape.incomplete):
        return "unknown"
    return "abstract" if shape.abstract and not found.module.foreign else "class"
