"""Django's side of ``django_states.py``: models as their classes and as their migrations have them."""

from __future__ import annotations

import collections
import datetime
import decimal
import enum
import functools
import re
import types
import uuid
from typing import Any

from django.apps import apps
from django.db import models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState
from django.utils.functional import Promise
from django.utils.translation import deactivate_all


def encoded(value: Any) -> Any:
    """A value in a form that the other side can make its own values of."""
    match value:
        case models.Choices():
            return encoded(value.value)
        case enum.Enum() if isinstance(value, str | int):
            return encoded(value.value)
        case enum.Enum():
            return {"ref": f"{type(value).__module__}.{type(value).__qualname__}.{value.name}"}
        case None | bool() | int() | float():
            return value
        case str():
            return str(value)
        case Promise():
            return str(value)
        case list() | types.GeneratorType():
            return {"list": [encoded(v) for v in value]}
        case tuple():
            return {"tuple": [encoded(v) for v in value]}
        case set() | frozenset():
            return {"list": sorted((encoded(v) for v in value), key=repr)}
        case dict() | collections.UserDict():
            return {"dict": [[encoded(k), encoded(v)] for k, v in value.items()]}
        case decimal.Decimal() | uuid.UUID():
            kind = type(value)
            return {
                "call": f"{kind.__module__}.{kind.__name__}",
                "args": [str(value)],
                "kwargs": [],
            }
        case models.Field():
            _, path, args, kwargs = value.deconstruct()
            return called(path, args, kwargs)
        case datetime.date() | datetime.time() | datetime.timedelta() | re.Pattern() | bytes():
            return {"other": repr(value)}
        case functools.partial():
            return {"other": repr(value)}
        case types.MethodType() if isinstance(value.__self__, type):
            owner = value.__self__
            return {"ref": f"{owner.__module__}.{owner.__qualname__}.{value.__name__}"}
    if isinstance(value, models.manager.BaseManager):
        _, manager, made_from, args, kwargs = value.deconstruct()
        return called(manager or f"{made_from}.as_manager", args or (), kwargs or {})
    if type(value).__name__ == "PolymorphicGuard":
        # It is written as what it guards.
        return encoded(value.action)
    if not isinstance(value, type) and hasattr(value, "deconstruct"):
        path, args, kwargs = value.deconstruct()
        return called(path, args, kwargs)
    if isinstance(value, types.BuiltinMethodType) and isinstance(value.__self__, type):
        owner = value.__self__
        return {"ref": f"{owner.__module__}.{owner.__qualname__}.{value.__name__}"}
    if hasattr(value, "__qualname__") and hasattr(value, "__module__"):
        return {"ref": f"{value.__module__}.{value.__qualname__}"}
    return {"other": repr(value)}


def called(path: str, args: Any, kwargs: Any) -> Any:
    """A call, as ``deconstruct`` gives it."""
    return {
        "call": path,
        "args": [encoded(v) for v in args],
        "kwargs": [[name, encoded(v)] for name, v in kwargs.items()],
    }


def said(state: ModelState) -> dict[str, Any]:
    """What is compared of one model."""
    return {
        "name": state.name,
        "fields": [[name, encoded(field)] for name, field in state.fields.items()],
        "options": {name: encoded(value) for name, value in state.options.items()},
        "bases": [b if isinstance(b, str) else encoded(b) for b in state.bases],
        "managers": [[name, encoded(manager)] for name, manager in state.managers],
    }


def both_states() -> dict[str, Any]:
    """What the classes of all installed apps say, and what their migrations make."""
    # As makemigrations does: texts as they are written, in no language.
    deactivate_all()
    real = {
        f"{m._meta.app_label}.{m._meta.model_name}": {
            **said(ModelState.from_model(m)),
            "module": m.__module__,
        }
        for m in apps.get_models(include_swapped=True)
    }
    project = MigrationLoader(None).project_state()
    made = {f"{app}.{name}": said(state) for (app, name), state in project.models.items()}
    return {"models": real, "state": made}
