"""Under which names the modules of a project are imported: what stands on Python's path."""

from __future__ import annotations

import pytest

from analyzers.config import Config
from analyzers.read.values import Call, Ref
from analyzers.trees import MemoryTree
from tests.support.views import view_of
from tests.support.written_models import IMPORTS, INITIAL

CHOSEN = "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', '{}')\n"


@pytest.mark.parametrize(
    ("started", "name"),
    [
        (CHOSEN.format("core.settings.local"), "shop.kinds.folder"),
        (CHOSEN.format("site.core.settings"), "site.shop.kinds.folder"),
        ("from core import start\n\nstart()\n", "shop.kinds.folder"),
        ("import os\nimport core.start\n", "shop.kinds.folder"),
        ("from site.core import start\n\nstart()\n", "site.shop.kinds.folder"),
    ],
)
def test_a_project_may_be_started_inside_a_package(started: str, name: str) -> None:
    """What stands beside such a ``manage.py`` is imported without the package's name."""
    package = name.removesuffix("shop.kinds.folder").rstrip(".")
    prefix = f"{package}." if package else ""
    files = {
        "site/__init__.py": "",
        "site/manage.py": started,
        "site/core/__init__.py": "",
        "site/core/bases.py": "from django.db import models\n\n\nclass Named(models.Model):\n"
        "    name = models.CharField(max_length=9)\n\n    class Meta:\n        abstract = True\n",
        "site/shop/__init__.py": "",
        "site/shop/kinds.py": "def folder(instance, name):\n    return name\n",
        "site/shop/models.py": f"{IMPORTS}from {prefix}core.bases import Named\n"
        f"from {prefix}shop.kinds import folder\n\n\n"
        "class Order(Named):\n    file = models.FileField(upload_to=folder)\n",
        "site/shop/migrations/__init__.py": "",
        "site/shop/migrations/0001_initial.py": INITIAL,
    }
    seen = view_of(MemoryTree(files), Config())
    model = seen.models.found["shop", "order"]

    assert not model.incomplete
    fields = seen.said(model).fields
    assert list(fields) == ["id", "name", "file"]
    value = fields["file"]
    assert isinstance(value, Call)
    assert value.get("upload_to") == Ref(name)


def put(directory: str, where: str = "site/settings/base.py", more: str = "") -> dict[str, str]:
    """A project whose settings put a directory on the path in which an app takes a base from another."""
    return {
        where: f"import sys\n{more}\nsys.path.insert(0, {directory})\nINSTALLED_APPS = ['shop']\n",
        "site/__init__.py": "",
        "site/apps/__init__.py": "",
        "site/apps/core/bases.py": "from django.db import models\n\n\nclass Named(models.Model):\n"
        "    name = models.CharField(max_length=9)\n\n    class Meta:\n        abstract = True\n",
        "site/apps/shop/__init__.py": "",
        "site/apps/shop/kinds.py": "def folder(instance, name):\n    return name\n",
        "site/apps/shop/models.py": f"{IMPORTS}from core.bases import Named\n"
        "from .kinds import folder\n\n\n"
        "class Order(Named):\n    file = models.FileField(upload_to=folder)\n",
        "site/apps/shop/migrations/__init__.py": "",
        "site/apps/shop/migrations/0001_initial.py": INITIAL,
    }


@pytest.mark.parametrize(
    ("files", "read"),
    [
        (put("root('apps')"), True),
        (put("str(ROOT / 'apps')", more="ROOT = Path(__file__).parent"), True),
        (put("APPS", more="ROOT = 'site'\nAPPS = os.path.join(ROOT, 'apps')"), True),
        (put("os.path.join(HERE, '..', 'apps')"), True),
        (put("join(HERE, 'site', 'apps')", where="manage.py"), True),
        (put("root('others')"), False),
        (put("'/site/apps'"), False),
        (
            put("P0", more="\n".join(f"P{n} = {' + '.join([f'P{n + 1}'] * 60)}" for n in range(6))),
            False,
        ),
        (put(" + ".join(["join('apps')"] * 3_000)), False),
        (put("root('apps')", where="site/views.py"), False),
        ({**put("root('apps')"), "apps/more.py": ""}, False),
    ],
)
def test_settings_may_put_a_directory_on_the_path(files: dict[str, str], read: bool) -> None:
    """What stands in it is imported without the directory's name."""
    seen = view_of(MemoryTree(files), Config())
    model = seen.models.found["shop", "order"]

    assert (model.incomplete == ()) is read
    value = seen.said(model).fields["file"]
    assert isinstance(value, Call)
    assert value.get("upload_to") == Ref(
        "shop.kinds.folder" if read else "site.apps.shop.kinds.folder"
    )
