"""Models that stand somewhere else in their app than in its ``models``."""

from __future__ import annotations

import pytest

from tests.support.lacking_worlds import MODELS, PROJECT, lacking

NOTE = """
from django.db import models


class Note(models.Model):
    text = models.TextField()
"""
LABELLED = f"{NOTE}\n    class Meta:\n        app_label = 'shop'\n"
ADMIN = (
    "from django.contrib import admin\nfrom .notes.models import Note\nadmin.site.register(Note)\n"
)


def installing(*apps: str) -> dict[str, str]:
    return {"site/settings.py": f"INSTALLED_APPS = {[*apps]!r}\n"}


@pytest.mark.parametrize(
    ("settings", "head", "told"),
    [
        (installing("shop"), {"shop/notes/models.py": NOTE, "shop/admin.py": ADMIN}, True),
        (
            installing("shop"),
            {
                "shop/notes/models.py": NOTE,
                "shop/admin/__init__.py": "from . import notes\n",
                "shop/admin/notes.py": ADMIN.replace("from .notes", "from shop.notes"),
            },
            True,
        ),
        ({}, {"shop/notes/models.py": LABELLED, "shop/admin.py": ADMIN}, True),
        # Nobody imports it.
        (installing("shop"), {"shop/notes/models.py": LABELLED}, False),
        # It may be, or is, an app of its own without migrations.
        ({}, {"shop/notes/models.py": NOTE, "shop/admin.py": ADMIN}, False),
        (
            installing("shop", "shop.notes"),
            {"shop/notes/models.py": NOTE, "shop/admin.py": ADMIN},
            False,
        ),
        (
            installing("shop"),
            {
                "shop/notes/models.py": NOTE,
                "shop/models.py": f"from .notes.models import Note\n{MODELS}",
            },
            True,
        ),
    ],
)
def test_what_the_admin_imports_is_a_model_of_the_app(
    settings: dict[str, str], head: dict[str, str | None], told: bool
) -> None:
    """Django loads the app's admin before anything is compared."""
    found = lacking({**PROJECT, **settings}, head)

    assert [f.model for f in found] == (["shop.Note"] if told else [])


def test_an_app_without_models_of_its_own_has_those_that_its_migrations_know() -> None:
    """Wherever in the app they stand, and whoever imports them."""
    base = {path: text for path, text in PROJECT.items() if path != "shop/models.py"}
    base["shop/orders/models.py"] = MODELS

    assert not lacking(base, {"README.md": ""})
    (finding,) = lacking(base, {"shop/orders/models.py": MODELS.replace("20", "30")})

    assert finding.column == "number"


@pytest.mark.parametrize("path", ["shop/admin.py", "shop/order_objects.py", "shop/x/views.py"])
def test_a_model_that_migrations_know_may_stand_in_any_file_of_its_app(path: str) -> None:
    """Django has it as soon as anything imports that file."""
    number = "    number = models.CharField(max_length=20)\n"
    base = {**PROJECT, "shop/models.py": "", path: MODELS}

    assert not lacking(base, {"README.md": ""})
    assert not lacking(PROJECT, {"shop/models.py": "", path: MODELS})
    (longer,) = lacking(base, {path: MODELS.replace("20", "30")})
    (gone,) = lacking(base, {path: MODELS.replace(number, "")})

    assert longer.column == gone.column == "number"


def test_a_form_under_a_models_name_is_none() -> None:
    """Nor what only a test makes."""
    form = "from django import forms\nclass Order(forms.Form):\n    note = forms.CharField()\n"
    base = {**PROJECT, "shop/models.py": "", "shop/orders.py": form}
    base["shop/tests/test_order.py"] = MODELS
    longer = {"shop/tests/test_order.py": MODELS.replace("20", "30"), "shop/orders.py": ""}

    assert not lacking(base, longer)


_ABOVE = "from django.db import models\n\n\n"
_CLASS = """class Line(models.Model):
    text = models.TextField()

    class Meta:
        app_label = "stock"
"""
_MADE = """from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = []
    operations = [
        migrations.CreateModel("Line", [
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("text", models.TextField()),
        ]),
    ]
"""
_TWO_APPS = {
    **PROJECT,
    **installing("shop", "stock"),
    "shop/models/__init__.py": "from .order import *\nfrom .line import *\n",
    "shop/models/order.py": MODELS,
    "shop/models/line.py": _ABOVE + _CLASS,
    "stock/__init__.py": "",
    "stock/migrations/__init__.py": "",
    "stock/migrations/0001_initial.py": _MADE,
}


@pytest.mark.parametrize(
    "line",
    [
        _CLASS.replace("TextField()", "TextField(null=True)"),
        _CLASS.replace("Line", "Item"),
        _CLASS + "\n\n" + _CLASS.replace("Line", "Item"),
    ],
)
def test_a_file_of_one_app_holds_models_of_another(line: str) -> None:
    """The other app changes with it, though none of its own files does."""
    base = {p: t for p, t in _TWO_APPS.items() if p != "shop/models.py"}
    found = lacking(base, {"shop/models/line.py": _ABOVE + line})

    assert {f.app for f in found} == {"stock"}
