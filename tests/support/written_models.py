"""A shop of one app whose models a test writes, and what is read of them."""

from __future__ import annotations

from collections.abc import Mapping

from analyzers.config import Config
from analyzers.read.values import Call, Value
from analyzers.relate.django_fields import normal_field
from analyzers.relate.django_state import ModelState
from analyzers.relate.view import View
from analyzers.trees import MemoryTree
from tests.support.views import view_of

IMPORTS = """
import uuid
from django.db import models
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _, ngettext_lazy
"""
INITIAL = """
from django.db import migrations, models


class Migration(migrations.Migration):
    operations = [migrations.CreateModel("Order", [("id", models.BigAutoField(primary_key=True))])]
"""


def view(models: str, **more: str) -> View:
    """The shop with *models*, and further modules by their names."""
    return configured(models, Config(), more)


def configured(models: str, config: Config, more: Mapping[str, str]) -> View:
    """The same as *config* lets it be seen."""
    files = {
        "shop/__init__.py": "",
        "shop/models.py": IMPORTS + models,
        "shop/migrations/__init__.py": "",
        "shop/migrations/0001_initial.py": INITIAL,
        **{f"shop/{name}.py": text for name, text in more.items()},
    }
    return view_of(MemoryTree(files), config)


def said(models: str, **more: str) -> ModelState:
    """What the model ``Order`` says of itself."""
    seen = view(models, **more)
    return seen.said(seen.models.found["shop", "order"])


def arguments(models: str, name: str, **more: str) -> dict[str, Value]:
    """The arguments that the field *name* of ``Order`` has in a migration."""
    seen = view(models, **more)
    model = seen.models.found["shop", "order"]
    value = seen.said(model).fields[name]
    assert isinstance(value, Call)
    return dict(normal_field(value, seen.context(model)).arguments)
