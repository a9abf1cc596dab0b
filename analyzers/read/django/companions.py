"""What libraries make of a model that its fields do not say: further fields, other names, choices from elsewhere."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace

from analyzers.read.django.model_class import FieldDef
from analyzers.read.modules import ClassFound
from analyzers.read.named_choices import listed_choices
from analyzers.read.project import Project
from analyzers.read.values import Call, Opaque, Value

MONEY = "djmoney.models.fields.MoneyField"
CURRENCY = "djmoney.models.fields.CurrencyField"
LIBRARY = "<djmoney.models.fields>"


def with_currencies(fields: Mapping[str, FieldDef]) -> dict[str, FieldDef]:
    """*fields* with the currency that django-money puts before each amount."""
    found: dict[str, FieldDef] = {}
    for name, definition in fields.items():
        value = definition.value
        if isinstance(value, Call) and value.func == MONEY:
            called = value.get("currency_field_name") or f"{name}_currency"
            if isinstance(called, str) and called not in fields:
                end = definition.end_line
                found[called] = FieldDef(_currency(value), LIBRARY, definition.line, end)
        found[name] = definition
    return found


def _currency(amount: Call) -> Call:
    """The field that ``MoneyField.add_currency_field`` makes."""
    listed = Opaque("djmoney.settings.CURRENCY_CHOICES", "a setting")
    usual = Opaque("djmoney.settings.DEFAULT_CURRENCY", "a setting")
    arguments: dict[str, Value] = {
        "choices": amount.get("currency_choices", listed),
        "default": amount.get("default_currency", usual),
        "editable": False,
        "max_length": amount.get("currency_max_length", 3),
    }
    if amount.get("null") is not None:
        arguments["null"] = amount.get("null")
    return Call(CURRENCY, (), tuple(arguments.items()), amount.line, amount.end_line)


STATUS = "model_utils.fields.StatusField"
SPLIT = "model_utils.fields.SplitField"
TREE = "<mptt.models>"
_TREE_NAMES = {
    "lft": "left_attr",
    "rght": "right_attr",
    "tree_id": "tree_id_attr",
    "level": "level_attr",
}


def completed(
    project: Project, found: ClassFound, fields: Mapping[str, FieldDef]
) -> dict[str, FieldDef]:
    """The *fields* of the model *found*, abstract parents' included, as libraries leave them."""
    made: dict[str, FieldDef] = {}
    last: dict[str, FieldDef] = {}
    for name, definition in fields.items():
        value = definition.value
        if definition.path == TREE and name in _TREE_NAMES:
            called = _tree_name(project, found, name)
            if called is not None and called not in fields:
                last[called] = definition
            elif called == name:
                last[name] = definition
            continue
        if isinstance(value, Call) and value.func == STATUS:
            definition = replace(definition, value=_status(project, found, value))
        if isinstance(value, Call) and value.func == SPLIT and not value.get("no_excerpt_field"):
            excerpt = Call("django.db.models.TextField", (), (("editable", False),), value.line)
            last[f"_{name}_excerpt"] = replace(definition, value=excerpt)
        made[name] = definition
    return {**made, **last}


def _status(project: Project, found: ClassFound, value: Call) -> Call:
    """A field of which the class itself, under another name, has the choices and the default."""
    if value.get("no_check_for_status") is True:
        return value
    name = value.get("choices_name", "STATUS")
    said = project.resolve(f"{found.dotted}.{name}") if isinstance(name, str) else None
    pairs = listed_choices(said) if not isinstance(said, list | tuple) else list(said)
    listed: Value = Opaque(f"{found.dotted}.{name}") if pairs is None else pairs
    kwargs = {**dict(value.kwargs), "choices": listed}
    if "default" not in kwargs:
        match pairs:
            case [[(str() | int()) as first, str() | Call()], *_]:
                kwargs["default"] = first
            case _:
                kwargs["default"] = Opaque(f"{found.dotted}.{name}[0]")
    return replace(value, kwargs=tuple(kwargs.items()))


def _tree_name(project: Project, found: ClassFound, name: str) -> str | None:
    """What ``MPTTMeta`` calls a field of the tree; None where that is not known."""
    for owner in project.mro(found):
        for statement in owner.node.body:
            if isinstance(statement, ast.ClassDef) and statement.name == "MPTTMeta":
                said = project.own_attribute(owner.inner(statement), _TREE_NAMES[name])
                if said is not None:
                    return said if isinstance(said, str) else None
    return name
