"""Which changes can reach models and migrations: never fewer than the reading of both would meet."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

import pytest

from analyzers.config import Config
from analyzers.read.cache import MemoryCache
from analyzers.read.imports import imported
from analyzers.relate.facts import Facts
from analyzers.relate.missing import Missing, missing
from analyzers.relate.model_reach import may_reach
from analyzers.trees import Comparison, MemoryTree
from tests.support.lacking_worlds import INITIAL, MODELS, PROJECT

HEADER = INITIAL.partition("operations")[0].replace(
    "initial = True\n    dependencies = []", 'dependencies = [("shop", "0001_initial")]'
)
RENUMBER = """
from django.db import migrations
from shop.numbers import renumber
from shop.operations import Note

def forwards(apps, schema_editor):
    renumber(apps)

class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [migrations.RunPython(forwards), Note("x")]
"""
WORLD = {
    **PROJECT,
    "shop/models.py": "from .bases import *\nimport shop.fields\n"
    + MODELS.replace("class Order(models.Model)", "class Order(Named)").replace(
        "models.CharField(max_length=20)", "shop.fields.Number(max_length=20)"
    ),
    "shop/bases/__init__.py": "from shop.bases.named import Named\n",
    "shop/bases/named.py": "from django.db import models\nclass Named(models.Model):\n    class Meta:\n        abstract = True\n",
    "shop/fields.py": "from django.db import models\nclass Number(models.CharField):\n    pass\n",
    "shop/apps.py": "from django.apps import AppConfig\nfrom shop.signals import connect\nfrom shop.keys import KEY\n"
    "class ShopConfig(AppConfig):\n    name = 'shop'\n    default_auto_field = KEY\n",
    "shop/keys.py": "KEY = 'django.db.models.BigAutoField'\n",
    "shop/signals.py": "def connect(): pass\n",
    "shop/numbers.py": "def renumber(apps): pass\n",
    "shop/operations.py": "from django.db import migrations\nclass Note(migrations.RunSQL): pass\n",
    "shop/views.py": "from shop.models import Order\n",
    "shop/tests/test_order.py": "from shop import models\n",
    "shop/migrations/0002_renumber.py": RENUMBER,
    "site/settings/__init__.py": "from .base import *\n",
    "site/settings/base.py": "from site_key import KEY\nDEFAULT_AUTO_FIELD = KEY\n",
    "site_key.py": "KEY = 'django.db.models.BigAutoField'\n",
}


def facts_of(base: Mapping[str, str], change: Mapping[str, str | None]) -> Facts:
    """The facts of *change* on *base*."""
    old = MemoryTree(base)
    new = MemoryTree({p: t for p, t in {**base, **change}.items() if t is not None})
    comparison = Comparison(merge_base=old, base=old, head=new, merged=new)
    return Facts(comparison, Config(), MemoryCache())


def reached(change: Mapping[str, str | None]) -> bool:
    """Whether *change* of the world may reach its models."""
    facts = facts_of(WORLD, change)
    return may_reach(*facts.views, facts.changed_paths, MemoryCache())


@pytest.mark.parametrize(
    "path",
    [
        "shop/models.py",
        "shop/bases/__init__.py",
        "shop/bases/named.py",
        "shop/fields.py",
        "shop/apps.py",
        "shop/keys.py",
        "shop/operations.py",
        "shop/migrations/0002_renumber.py",
        "site/settings/base.py",
        "site_key.py",
    ],
)
def test_what_models_settings_and_operations_lean_on_reaches_them(path: str) -> None:
    """Through stars, attributes of an imported module, and several files."""
    assert reached({path: WORLD[path] + "# more\n"})


@pytest.mark.parametrize(
    "path", ["shop/views.py", "shop/signals.py", "shop/numbers.py", "shop/tests/test_order.py"]
)
def test_what_leans_on_models_does_not_reach_them(path: str) -> None:
    """Nor does the code that moves data, or that an ``AppConfig`` runs."""
    assert not reached({path: WORLD[path] + "# more\n"})
    assert not reached({"README.md": "more"})


def test_a_file_that_comes_or_goes_where_a_name_looks_for_it_reaches() -> None:
    """A package may take the place of a module; a package or a ``manage.py`` moves all names."""
    assert reached({"shop/fields/number.py": "", "shop/fields/__init__.py": ""})
    assert reached({"shop/fields.py": None})
    assert reached({"manage.py": ""})
    assert reached({"shop/translation.py": ""})
    assert not reached({"shop/forms.py": ""})


@pytest.mark.parametrize("path", sorted(WORLD))
def test_what_does_not_reach_leaves_nothing_missing(path: str) -> None:
    """The whole reading of both trees says the same."""
    facts = facts_of(WORLD, {path: WORLD[path] + "\nX = 1\n"})
    base, merged = facts.views

    if not may_reach(base, merged, facts.changed_paths, MemoryCache()):
        assert missing(base, merged) == Missing()
    assert facts.missing_django == missing(base, merged)


SOURCES = [
    "import a, b.c as d\nfrom e import f as g, h\n",
    "from . import a\nfrom .b import c\nfrom ..d.e import *\nfrom ... import f\n",
    "from a import (  # it (is)\n    b,  # one)\n    c as d,\n)\nimport e\n",
    "from a.b \\\n    import c, \\\n    d\nimport \\\n    e\n",
    "import a; import b; from c import d; x = 1\n",
    "try:\n    import a\nexcept ImportError:\n    from b import a\n",
    "if X:\n    import a\nelif Y:\n    if Z:\n        from b import c\nelse:\n    import d\n",
    '"""import nothing (here\n\nfrom here import"""\nimport a\nx = "import b"\nfrom c import d\n',
    "x = 1  # import (that\nimport a\nimportant = 2\nfrom importlib import reload\nfrom my_import.imports import b\n",
    "import a\r\nfrom b import (\r\n    c,\r\n    d,\r\n)\r\n",
    "if (\n    X\n):\n    import a\n",
    "def f():\n    pass\nif X:\n    import a\n",
]


@pytest.mark.parametrize("source", SOURCES)
def test_the_imports_of_a_text_are_those_of_its_tree(source: str) -> None:
    """More may be told, never less."""
    told = set(imported(source.encode()))

    found = set(_of_tree(ast.parse(source).body))
    assert found
    assert found <= told


def _of_tree(body: Iterable[ast.stmt]) -> Iterable[str]:
    for statement in body:
        match statement:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                source = "." * level + (module or "")
                yield source
                joint = "" if source.endswith(".") else "."
                yield from (f"{source}{joint}{a.name}" for a in names if a.name != "*")
            case ast.If(body=inner, orelse=other):
                yield from _of_tree([*inner, *other])
            case ast.Try(body=inner, handlers=handlers):
                yield from _of_tree([*inner, *(s for h in handlers for s in h.body)])
            case _:
                pass


def test_what_functions_import_is_theirs() -> None:
    """It is looked for when they are called, which nobody does here."""
    source = "class A:\n    import a\n\n    def f(self):\n        from b import c\n\nimport d\n"

    assert imported(source.encode()) == ("d",)


def test_names_below_an_imported_module_and_used_names() -> None:
    """``import shop`` reaches what is named below it; of used names alone those of the others fall away."""
    assert imported(b"import shop\nX = shop.fields.Number\n") == ("shop", "shop.fields.Number")
    assert imported(b"import shop.a as b\nX = b.c\nY = bb.d\n") == ("shop.a", "shop.a.c")
    source = b"from a import one, two\nimport three\n"
    assert imported(source, used_in=b"x = two()") == ("a", "a.two")
    assert imported(source, used_in=b"twofold") == ()
