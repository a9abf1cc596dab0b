"""Several Django projects in one repository, with apps and modules of the same names."""

from __future__ import annotations

from analyzers.review import review
from tests.support.alembic_trees import compare, findings

INITIAL = """from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel(
            "Order",
            [("id", models.BigAutoField(primary_key=True)), ("{}", models.TextField())],
        ),
    ]
"""
NOTE = """from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]
    operations = [migrations.AddField("order", "note", models.TextField(null=True))]
"""
MODELS = """from django.db import models

from common.base import Base


class Order(Base):
    id = models.BigAutoField(primary_key=True)
"""
BASE = """from django.db import models


class Base(models.Model):
    {} = models.TextField()

    class Meta:
        abstract = True
"""


def project(name: str, field: str) -> dict[str, str]:
    """One of them: its abstract base has another field, under the same dotted name."""
    return {
        f"services/{name}/manage.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'config.settings')\n",
        f"services/{name}/config/__init__.py": "",
        f"services/{name}/config/settings.py": "INSTALLED_APPS = ['orders']\n",
        f"services/{name}/common/__init__.py": "",
        f"services/{name}/common/base.py": BASE.format(field),
        f"services/{name}/orders/__init__.py": "",
        f"services/{name}/orders/models.py": MODELS,
        f"services/{name}/orders/migrations/__init__.py": "",
        f"services/{name}/orders/migrations/0001_initial.py": INITIAL.format(field),
    }


START = {**project("shop", "title"), **project("bank", "iban")}
MORE = f"{MODELS}    note = models.TextField(null=True)\n"


def test_each_project_has_its_own_models_and_bases() -> None:
    bare = {k: v for k, v in START.items() if "/models.py" not in k}
    models = {k: v for k, v in START.items() if "/models.py" in k}
    assert findings(compare(bare, head=models)) == []

    for name in ("shop", "bank"):
        code = {f"services/{name}/orders/models.py": MORE}
        (found,) = findings(compare(START, head=code), "missing-migration")
        assert found.place.path == f"services/{name}/orders/models.py"
        written = {f"services/{name}/orders/migrations/0002_note.py": NOTE}
        assert findings(compare(START, head={**code, **written}), "missing-migration") == []


def test_a_package_of_the_repository_that_both_import_changes_both() -> None:
    shared = {"libs/shared/base.py": BASE.format("title"), "libs/shared/__init__.py": ""}
    own = {k: v for k, v in START.items() if "/common/" not in k and "/bank/" not in k}
    start = {k: v.replace("common.base", "shared.base") for k, v in own.items()}
    start |= {k.replace("/shop/", "/bank/"): v for k, v in start.items()} | shared
    wider = BASE.format("title").replace(
        "    class Meta", "    note = models.TextField()\n\n    class Meta"
    )

    found = findings(compare(start, head={"libs/shared/base.py": wider}), "missing-migration")

    assert len(found) == 2
    assert review(compare(start, head={})).findings == ()


def test_going_back_at_home_is_started_where_the_project_is_and_ends_at_its_own_parent() -> None:
    """Not at ``zero``: that drops every table of the app that the author has."""
    theirs = {"services/shop/orders/migrations/0002_tax.py": NOTE.replace("note", "tax")}
    ours = {
        "services/shop/orders/migrations/0002_note.py": NOTE,
        "services/shop/orders/migrations/0003_tax.py": NOTE.replace("note", "tax").replace(
            "0001_initial", "0002_note"
        ),
    }
    trees = compare(START, base=theirs, head=ours)
    commands = [
        command.partition("  #")[0]
        for rule in ("conflicting-leaf-nodes", "same-column-added")
        for found in findings(trees, rule)
        for command in found.commands
        if not command.startswith("git")
    ]

    assert commands
    started = "python services/shop/manage.py migrate orders"
    assert set(commands) == {f"{started} 0001_initial", f"{started} 0002_note"}
