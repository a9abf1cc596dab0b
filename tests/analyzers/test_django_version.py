"""The project's Django, as its lock and requirement files say; and what is said otherwise because of it."""

from __future__ import annotations

import pytest

from analyzers.config import Config, DjangoConfig
from analyzers.read.django.version import django_version
from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree

LOCK = '[[package]]\nname = "django"\nversion = "4.2.16"\nsource = { registry = "r" }\n'


@pytest.mark.parametrize(
    ("files", "version"),
    [
        ({"requirements.txt": "Django==5.2.1  # pinned\n"}, (5, 2)),
        ({"requirements/base.txt": "django[argon2]==4.2.16 \\\n    --hash=sha256:0\n"}, (4, 2)),
        ({"requirements.txt": "django-filter==24.1\nDjango>=5.1,<5.2\n"}, (5, 1)),
        ({"requirements.txt": "Django~=4.2\n"}, (4, 2)),
        ({"requirements.txt": "Django>=3.2\n"}, None),
        ({"requirements.txt": "Django>=5.2\n"}, None),
        ({"requirements.txt": "Django>=6.0\n"}, (6, 0)),
        ({"pyproject.toml": 'dependencies = ["django>=6.1"]\n'}, (6, 1)),
        ({"requirements.txt": "django-filter==24.1\n"}, None),
        ({"uv.lock": LOCK, "pyproject.toml": 'dependencies = ["django>=3.2"]\n'}, (4, 2)),
        ({"backend/poetry.lock": LOCK}, (4, 2)),
        ({"uv.lock": LOCK + "dependencies = [{ name = 'x', specifier = 'django>=5' }]\n"}, (4, 2)),
        ({"setup.cfg": "[options]\ninstall_requires =\n    Django==5.0.9\n"}, (5, 0)),
        ({"Pipfile.lock": '"django": {\n "hashes": [], "version": "==5.0.9"\n}'}, (5, 0)),
        ({"pyproject.toml": '[tool.poetry.dependencies]\ndjango = "^5.1"\n'}, (5, 1)),
        ({"pyproject.toml": 'django = {version = "~4.2", extras = ["bcrypt"]}\n'}, (4, 2)),
        ({"pyproject.toml": 'dependencies = ["Django >=4.2, <6"]\n'}, None),
        ({"requirements.txt": "django==4.2.1\n", "constraints.txt": "django==5.2\n"}, None),
        ({"a/b/c/d/requirements.txt": "django==4.2.1\n"}, None),
        ({}, None),
    ],
)
def test_the_version_is_known_where_all_files_agree(
    files: dict[str, str], version: tuple[int, int] | None
) -> None:
    assert django_version(MemoryTree(files), Config()) == version


def test_the_configuration_is_believed() -> None:
    tree = MemoryTree({"requirements.txt": "Django==5.2.1\n"})

    assert django_version(tree, Config(django=DjangoConfig(version="4.2"))) == (4, 2)


BASE = """
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = []
    operations = [
        migrations.CreateModel("Order", [("id", models.BigAutoField(primary_key=True))]),
    ]
"""
HEAD = """
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [migrations.AddField("order", "status", models.CharField(max_length=20, default="new"))]
"""


@pytest.mark.parametrize(
    ("pin", "offered"), [("Django==4.2.16\n", False), ("Django==5.2.1\n", True)]
)
def test_a_database_default_is_offered_where_django_knows_it(pin: str, offered: bool) -> None:
    """Neither the remedy nor the plan names what the project's Django has not."""
    before = {
        "requirements.txt": pin,
        "shop/migrations/__init__.py": "",
        "shop/migrations/0001_initial.py": BASE,
    }
    after = {**before, "shop/migrations/0002_order_status.py": HEAD}
    base, head = MemoryTree(before), MemoryTree(after)
    found = review(Comparison(merge_base=base, base=base, head=head, merged=head))
    (finding,) = (f for f in found.findings if f.rule == "not-null-column-added")

    assert ("db_default" in finding.remedy) == offered
    assert ("db_default" in repr(found.split)) == offered
