"""Models in the files of a split: what their fields need is imported there."""

from __future__ import annotations

import ast

import pytest

from analyzers.plan.model_source import with_import
from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree

INITIAL = """
from django.db import migrations, models
import elsewhere.fields


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel(
            "Order",
            [("id", models.BigAutoField(primary_key=True)), ("mail", OLD)],
        ),
    ]
"""
CHANGE = """
import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [migrations.OPERATION]
"""
MODELS = '''"""Orders."""

IMPORTS


class Order(models.Model):
    mail = FIELD
'''


def models_of(
    operation: str, old: tuple[str, str], new: tuple[str, str], held: str
) -> dict[str, str]:
    """The models in the steps of the split, by the steps' titles."""
    base = {
        "shop/__init__.py": "",
        "shop/migrations/__init__.py": "",
        "shop/migrations/0001_initial.py": INITIAL.replace("OLD", held),
        "shop/models.py": MODELS.replace("IMPORTS", old[0]).replace("FIELD", old[1]),
    }
    head = {
        **base,
        "shop/migrations/0002_change.py": CHANGE.replace("OPERATION", operation),
        "shop/models.py": MODELS.replace("IMPORTS", new[0]).replace("    mail = FIELD", new[1]),
    }
    trees = MemoryTree(base), MemoryTree(head)
    sides = Comparison(merge_base=trees[0], base=trees[0], head=trees[1], merged=trees[1])
    steps = review(sides).split.steps
    return {s.title: s.files["shop/models.py"] for s in steps if "shop/models.py" in s.files}


def unbound(source: str) -> set[str]:
    """The names of dotted paths and classes that the file says and does not import."""
    module = ast.parse(source)
    bound = {
        (n.asname or n.name).partition(".")[0]
        for s in module.body
        if isinstance(s, ast.Import | ast.ImportFrom)
        for n in s.names
    }
    said = {
        n.id for n in ast.walk(module) if isinstance(n, ast.Name) and not n.id.startswith("mail")
    }
    return said - bound


MODELS_IMPORT = "from django.db import models"
ARRAY = "django.contrib.postgres.fields.ArrayField(models.TextField(), null=True)"


def test_the_column_beside_the_old_one_has_what_the_migration_says() -> None:
    """Its class is spelled as the migration imports it."""
    shown = models_of(
        f'AlterField("order", "mail", {ARRAY})',
        (MODELS_IMPORT, "models.TextField(null=True)"),
        (
            f"{MODELS_IMPORT}\nfrom django.contrib.postgres.fields import ArrayField",
            "    mail = ArrayField(models.TextField(), null=True)",
        ),
        "models.TextField(null=True)",
    )

    assert any("mail_new = django.contrib.postgres" in text for text in shown.values())
    for text in shown.values():
        assert not unbound(text)
        needed = "mail_new =" in text
        assert ("import django.contrib.postgres.fields\n" in text) is needed
        assert text.startswith('"""Orders."""\n')


def test_a_field_that_stays_for_a_while_keeps_its_import() -> None:
    """The pull request takes both away."""
    shown = models_of(
        'RemoveField("order", "mail")',
        (f"{MODELS_IMPORT}\n\nfrom .fields import MailField", "MailField(max_length=9)"),
        (MODELS_IMPORT, "    pass"),
        "models.CharField(max_length=9)",
    )

    assert any("mail = MailField(" in text for text in shown.values())
    for text in shown.values():
        assert not unbound(text)
        assert ("from .fields import MailField\n" in text) is ("MailField(" in text)


@pytest.mark.parametrize(
    ("source", "line", "expected"),
    [
        ("import a.b\n", "import a.b", "import a.b\n"),
        ("import a.c\n\nx = 1\n", "import a.b", "import a.c\nimport a.b\n\nx = 1\n"),
        ("from c import d\n", "from e import d", "from c import d\n"),
        ("x = 1\n", "from e import d as f", "from e import d as f\nx = 1\n"),
        ("d = 1\n", "from e import d", "d = 1\n"),
        ("x = (\n", "import a", "x = (\n"),
    ],
)
def test_an_import_is_added_once(source: str, line: str, expected: str) -> None:
    assert with_import(source, line) == expected
