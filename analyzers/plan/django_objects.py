"""Django's own objects, made of values that were read: of its classes alone, never of the repository's."""

from __future__ import annotations

import importlib
import operator
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

from analyzers.plan.dialects import Later
from analyzers.read.django.columns import hides_reverse, short_name
from analyzers.read.values import Call, Opaque, Ref, Value

MODULES = (
    "django.db.models.functions",
    "django.db.models",
    "django.db.migrations",
    "django.contrib.postgres.operations",
    "django.contrib.postgres.fields",
    "django.contrib.postgres.indexes",
    "django.contrib.postgres.constraints",
    "django.contrib.postgres.search",
)
"""Where classes are taken from; nothing else is looked up, let alone called."""

FACTORIES = {"builtins.dict": {}, "builtins.list": [], "builtins.set": [], "builtins.str": ""}


class CannotWrite(Exception):
    """A value that only the repository's own code has; its text names it."""


@cache
def _class(path: str) -> Any:
    """Django's class, function of deletion or constant of that name."""
    from django.db.migrations.operations.base import Operation
    from django.db.models import Deferrable, F, Field, Index, Q
    from django.db.models.constraints import BaseConstraint
    from django.db.models.expressions import BaseExpression

    allowed = (Operation, Field, Index, BaseConstraint, BaseExpression, Q, F, Deferrable)
    module, _, name = path.rpartition(".")
    if module.startswith("django.db.models.functions."):
        module = "django.db.models.functions"
    if module in MODULES:
        found = getattr(importlib.import_module(module), name, None)
        if found is None and module == "django.db.models":
            # What Django has in a module below alone, such as ``CombinedExpression``: paths are read without it.
            found = getattr(importlib.import_module(f"{module}.expressions"), name, None)
        if isinstance(found, type) and issubclass(found, allowed):
            return found
        if getattr(found, "__module__", "") == "django.db.models.deletion":
            return found
        if found is None:
            raise CannotWrite(f"`{path}` is newer than the Django that writes statements here")
    elif module == "django.db.models.Deferrable":
        return Deferrable[name]
    elif path in {"django.db.migrations.RunSQL.noop", "django.db.migrations.RunPython.noop"}:
        return ""
    raise CannotWrite(f"`{path}` belongs to the program")


def django_object(value: Value, app: str) -> Any:
    """
    *value* with the calls of Django's classes carried out.

    Raises:
        CannotWrite: it holds what only the repository's own code has.
    """
    match value:
        case Call(func="builtins.set" | "builtins.list" | "builtins.dict", args=()):
            return FACTORIES[value.func]
        case Call():
            return _made(value, app)
        case Ref(name=name) if name.endswith("settings.AUTH_USER_MODEL"):
            # Another review may have another.
            from django.conf import settings

            return settings.AUTH_USER_MODEL
        case Ref(name=name):
            return _class(name)
        case Opaque(text=text):
            raise CannotWrite(f"`{text[:80]}` is known when it runs")
        case list() | tuple():
            return type(value)(django_object(v, app) for v in value)
        case set() | frozenset():
            return {django_object(v, app) for v in value}
        case dict():
            return {django_object(k, app): django_object(v, app) for k, v in value.items()}
        case _:
            return value


OPERATORS: dict[str, Callable[..., Any]] = {
    "operator.Add": operator.add,
    "operator.Sub": operator.sub,
    "operator.Mult": operator.mul,
    "operator.Div": operator.truediv,
    "operator.BitOr": operator.or_,
    "operator.BitAnd": operator.and_,
    "operator.Invert": operator.invert,
}
"""What expressions are put together with."""

SILENT = frozenset(
    {"validators", "upload_to", "storage", "choices", "error_messages", "limit_choices_to", "help_text",
     "verbose_name", "managers", "form_class", "related_name", "related_query_name", "encoder", "decoder", "manager", "base_manager_name"}
)  # fmt: skip
"""Arguments that no statement depends on."""


def _made(call: Call, app: str) -> Any:
    field = call.func.rpartition(".")[2]
    if field == "SeparateDatabaseAndState":
        kept = call.get("database_operations") or (call.args[0] if call.args else [])
        return _class(call.func)(database_operations=django_object(kept, app))
    if field in {"TreeForeignKey", "TreeOneToOneField"}:
        return _made(replace(call, func=f"django.db.models.{field.removeprefix('Tree')}"), app)
    if not call.func.startswith("django.") and field.endswith("Field"):
        return _unknown_field(call)
    if call.func in OPERATORS:
        return OPERATORS[call.func](*(django_object(a, app) for a in call.args))
    kind = _class(call.func)
    kwargs: dict[str, Any] = {}
    later = None
    is_field = field.endswith(("Field", "Key"))
    for name, value in call.kwargs:
        if (is_field and name in SILENT) or name in {"managers", "hints"}:
            if name == "related_name" and hides_reverse(call):
                # A renamed model does not find such a key.
                kwargs[name] = "+"
            continue
        if is_field and name == "default" and isinstance(value, Ref | Opaque | Call):
            text = value.name if isinstance(value, Ref) else getattr(value, "text", "an expression")
            if text in FACTORIES:
                kwargs[name] = FACTORIES[text]
            else:
                later = Later(text)
            continue
        kwargs[name] = django_object(value, app)
    made = kind(*(django_object(a, app) for a in call.args), **kwargs)
    if later is not None:
        made.default = later
    return made


def _unknown_field(call: Call) -> Any:
    """A field class of the program: its column's type is not known here."""
    from django.db import models

    class Unknown(models.Field):  # type: ignore[misc]
        def db_type(self, connection: Any) -> str:
            del connection
            return f"/* the type of {short_name(call)} */"

        def deconstruct(self) -> Any:
            name, _, args, kwargs = super().deconstruct()
            return name, f"repository.{short_name(call)}", args, kwargs

        def clone(self) -> Any:
            return _unknown_field(call)

    plain = {
        k: v
        for k, v in call.kwargs
        if k in {"null", "db_column", "unique", "db_index", "primary_key"}
        and isinstance(v, bool | str)
    }
    made = Unknown(**plain)
    if call.get("default") is not None:
        made.default = Later(f"the default of {short_name(call)}")
    return made
