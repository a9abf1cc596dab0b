"""Apps that get models and have no folder for migrations."""

from __future__ import annotations

import pytest

from analyzers.findings import Severity
from tests.support.lacking_worlds import PROJECT, lacking

SETTINGS = 'INSTALLED_APPS = ["django.contrib.admin", "shop"]\n'
INSTALLED = SETTINGS.replace('"shop"', '"shop", "stock"')
STOCK = """from django.db import models


class Place(models.Model):
    row = models.IntegerField()
"""
BASE = {**PROJECT, "site/__init__.py": "", "site/settings.py": SETTINGS}
APP: dict[str, str | None] = {"stock/__init__.py": "", "stock/models.py": STOCK}
CONFIGURED = SETTINGS.replace('"shop"', '"shop", "stock.apps.StockConfig"')
MANAGE = 'import os\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "site.settings")\n'
EMPTY = {**BASE, "site/settings.py": INSTALLED, "stock/__init__.py": ""}


@pytest.mark.parametrize(
    ("base", "change"),
    [
        (BASE, {**APP, "site/settings.py": INSTALLED}),
        (BASE, {**APP, "site/settings.py": CONFIGURED, "stock/apps.py": ""}),
        (EMPTY, {"stock/models.py": STOCK}),
        (
            {**BASE, "stock/__init__.py": "", "stock/models.py": STOCK},
            {"site/settings.py": INSTALLED},
        ),
        (
            BASE,
            {**APP, "site/settings.py": f"{INSTALLED}if debug():\n    INSTALLED_APPS += ('x',)\n"},
        ),
    ],
    ids=["a new app", "by its configuration", "its first model", "installed now", "among others"],
)
def test_an_app_that_gets_models_needs_migrations(
    base: dict[str, str], change: dict[str, str | None]
) -> None:
    (finding,) = lacking(base, change)

    assert finding.message.startswith("The app stock has models and no folder for migrations")
    assert finding.severity is Severity.WARNING
    assert (finding.place.path, finding.place.line) == ("stock/models.py", 4)
    assert finding.commands == ("python manage.py makemigrations stock",)


@pytest.mark.parametrize(
    ("base", "change"),
    [
        (BASE, {**APP}),
        (BASE, {**APP, "site/settings.py": INSTALLED, "stock/migrations/__init__.py": ""}),
        (BASE, {**APP, "site/settings.py": INSTALLED, "stock/migrations/0001_initial.py": "South"}),
        (
            BASE,
            {
                "tests/stock/__init__.py": "",
                "tests/stock/models.py": STOCK,
                "site/settings.py": INSTALLED.replace('"stock"', '"tests.stock"'),
            },
        ),
        (BASE, {**APP, "site/settings.py": INSTALLED + 'MIGRATION_MODULES = {"stock": None}\n'}),
        (BASE, {**APP, "site/settings.py": f"{INSTALLED}INSTALLED_APPS += others()\n"}),
        (
            BASE,
            {
                **APP,
                "site/settings.py": INSTALLED,
                "stock/models.py": f"{STOCK}\n    class Meta:\n        managed = False\n",
            },
        ),
        (
            BASE,
            {
                **APP,
                "site/settings.py": INSTALLED,
                "stock/models.py": f"{STOCK}\n    class Meta:\n        abstract = True\n",
            },
        ),
        (
            {
                **EMPTY,
                "shop/models.py": "from django.db import models\nfrom typed.models import Typed\n\n\n"
                "class Order(Typed):\n    id = models.AutoField(primary_key=True)\n",
            },
            {
                "stock/models.py": "from shop.models import Order\n\n\nclass Place(Order):\n    pass\n"
            },
        ),
        (
            {**EMPTY, "stock/models.py": STOCK},
            {"stock/models.py": f"{STOCK}    column = models.IntegerField()\n"},
        ),
    ],
    ids=[
        "not installed",
        "with the folder",
        "with one of another program",
        "in tests alone",
        "without on purpose",
        "who knows what is installed",
        "tables of somebody else",
        "no table",
        "a proxy, maybe, of a model with a table",
        "had them before",
    ],
)
def test_where_none_is_needed_or_nobody_can_say_nothing_is_said(
    base: dict[str, str], change: dict[str, str | None]
) -> None:
    found = lacking(base, change)

    assert [f.message for f in found if "no folder" in f.message] == []


@pytest.mark.parametrize(("beside", "models"), [(True, ["shop.Place"]), (False, [])])
def test_a_model_beside_one_that_migrations_have_is_new_wherever_the_file_is(
    beside: bool, models: list[str]
) -> None:
    """A file of models in a folder of its own may be another app's, unless the app's migrations know one of them."""
    file = "shop/api/models.py" if beside else "shop/extra/models.py"
    held = PROJECT["shop/models.py"]
    base = {**PROJECT, "shop/models.py": "", "shop/api/models.py": held}
    more = held + STOCK.partition("models\n")[2] if beside else STOCK

    assert [f.model for f in lacking(base, {file: more})] == models
    # What only has the name of one is none of them.
    assert not lacking(
        {**PROJECT, "shop/models.py": f"{held}\nimport shop.api.models"},
        {"shop/api/models.py": more},
    )


FIRST = PROJECT["shop/migrations/0001_initial.py"]
MOVED = {**APP, "site/settings.py": INSTALLED, "stock/migrations/0001_initial.py": FIRST}
WITHOUT = {path: text for path, text in PROJECT.items() if path != "shop/migrations/__init__.py"}


@pytest.mark.parametrize(
    ("base", "change", "told"),
    [
        (BASE, {**MOVED, "stock/models.py": PROJECT["shop/models.py"]}, "stock"),
        (BASE, {"shop/migrations/__init__.py": None}, "shop"),
        # It has been so, it is in tests alone, it is not installed, it is no package of Python's.
        (WITHOUT, {"shop/migrations/0001_initial.py": f"{FIRST}\n"}, None),
        (BASE, {"tests/__init__.py": "", "tests/migrations/0001_initial.py": FIRST}, None),
        (BASE, {**MOVED, "stock/models.py": "", "site/settings.py": SETTINGS}, None),
        (BASE, {"stock/migrations/0001_initial.py": FIRST}, None),
    ],
)
def test_a_folder_of_migrations_that_is_no_package_is_told(
    base: dict[str, str], change: dict[str, str | None], told: str | None
) -> None:
    """Django passes over it as over an app that has none."""
    found = [
        f for f in lacking({**base, "manage.py": MANAGE}, change) if "__init__.py" in f.message
    ]

    assert [f.app for f in found] == ([told] if told else [])
    for finding in found:
        assert finding.message.startswith(f"Django loads no migration of {told}: ")
        assert finding.place.path == f"{told}/migrations/0001_initial.py"
        assert [f.path for f in finding.new_files] == [f"{told}/migrations/__init__.py"]
