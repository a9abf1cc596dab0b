"""What libraries add to a model that its class does not name: a currency beside an amount, a field for each language."""

from __future__ import annotations

import re
from collections.abc import Mapping

from analyzers.read.django.model_class import FieldDef
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
        if isinstance(value, Call) and value.func == MONEY and f"{name}_currency" not in fields:
            end = definition.end_line
            currency = FieldDef(_currency(value), LIBRARY, definition.line, end)
            found[f"{name}_currency"] = currency
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


def translated_models(project: Project, package: str) -> frozenset[str]:
    """The names in the *package*'s ``translation.py``: models that have a field for each language."""
    path = f"{package}/translation.py".lstrip("/")
    if path not in project.python:
        return frozenset()
    try:
        content = project.tree.read(path).decode(errors="replace")
    except KeyError:
        return frozenset()
    if "modeltranslation" not in content:
        return frozenset()
    return frozenset(re.findall(r"\b[A-Z]\w*\b", content))
