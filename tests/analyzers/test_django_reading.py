"""What real histories taught about reading Django: labels, computed dependencies, parents, conflicts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analyzers.config import Config
from analyzers.read.cache import MemoryCache
from analyzers.relate.facts import Facts
from analyzers.review import judge, review
from analyzers.trees import Comparison, MemoryTree
from tests.support.lacking_worlds import lacking
from tests.support.worlds import CREATE, START, add, changed, findings, migration, path, said


def rules(comparison: Comparison) -> list[str]:
    """The rules that speak."""
    return [f.rule for f in judge(Facts(comparison, Config(), MemoryCache()))]


def brought(root: dict[str, str], head: dict[str, str]) -> Comparison:
    """*head* put upon *root*, where nobody else changed anything."""
    base, after = MemoryTree(root), MemoryTree({**root, **head})
    return Comparison(merge_base=base, base=base, head=after, merged=after)


COMPUTED = {
    "a call": "    dependencies = earlier()\n",
    "one of them a call": '    dependencies = [("other", "0001_initial"), earlier()]\n',
}


@pytest.mark.parametrize("kind", COMPUTED)
def test_computed_dependencies_are_unknown_and_no_fork(kind: str) -> None:
    source = (
        "from django.db import migrations\nfrom orders.tools import earlier\n\n\n"
        f"class Migration(migrations.Migration):\n{COMPUTED[kind]}    operations = []\n"
    )
    facts = Facts(brought(START, {path("0003_more"): source}), Config(), MemoryCache())

    assert [f for f in judge(facts) if f.rule in {"conflicting-leaf-nodes", "second-root"}] == []
    assert [u.place.path for u in facts.merged.unknown] == [path("0003_more")]


def test_what_an_old_migration_computes_hides_no_fork() -> None:
    """It cannot come after what comes after itself, whatever it computes."""
    computed = '    if installed():\n        dependencies.append(("auth", "0001_initial"))\n'
    old = migration("0001_initial", operations=add("total")) + computed
    start = changed(START, {path("0002_total"): f"from orders.tools import installed\n{old}"})
    note = {path("0003_note"): migration("0002_total", operations=add("note"))}
    tax = {path("0003_tax"): migration("0002_total", operations=add("tax"))}

    assert said(findings(start, base=tax, head=note)) == [
        ("conflicting-leaf-nodes", "error", "0003_note")
    ]


@pytest.mark.parametrize(
    "more",
    [
        """if "billing" in settings.INSTALLED_APPS:
        found.append(("billing", "0001_initial"))""",
        'found += [("billing", "0001_initial")]',
        'found.extend([("billing", "0001_initial")])',
    ],
)
def test_dependencies_that_a_function_puts_together_are_known(more: str) -> None:
    """The migration stands behind them, and is no second leaf node beside them."""
    source = f"""from django.conf import settings
from django.db import migrations


def before() -> list[tuple[str, str]]:
    found = [("orders", "0002_total")]
    {more}
    return found


class Migration(migrations.Migration):
    dependencies = before()
    operations = []
"""
    start = changed(START, {path("0002_total"): migration("0001_initial", operations=add("total"))})
    billing = {"billing/migrations/__init__.py": "", "billing/migrations/0001_initial.py": CREATE}
    facts = Facts(
        brought({**start, **billing}, {path("0003_more"): source}), Config(), MemoryCache()
    )

    assert not judge(facts)
    graph = facts.merged.graphs[0]
    (leaf,) = graph.leaf_nodes("orders")
    assert leaf.name == "0003_more"
    assert {parent.app for parent in graph.migrations[leaf].parents} == {"orders", "billing"}


def test_a_setting_that_is_not_known_hides_no_fork() -> None:
    head = migration("0001_initial", operations=add("more")).replace(
        "dependencies = [", "dependencies = [migrations.swappable_dependency(chosen()), "
    )

    assert ("conflicting-leaf-nodes", "error", "0003_more") in said(
        findings(START, head={path("0003_more"): head})
    )


def test_a_label_that_no_migration_uses_is_not_the_app_s() -> None:
    config = 'class Orders(AppConfig):\n    name = "orders"\n    label = "test_orders"\n'
    start = changed(START, {"orders/apps.py": f"from django.apps import AppConfig\n\n\n{config}"})
    head = {path("0003_more"): migration("0002_total", operations=add("more"))}

    assert said(findings(start, head=head)) == []


PAGES = """from django.db import models
from six import with_metaclass
from tree.models import Node


class Page(BASES):
    title = models.CharField(max_length=9)


class Story(Page):
    text = models.TextField()
"""
CREATED = """from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = []
    operations = [
        migrations.CreateModel("Page", [("id", models.AutoField(primary_key=True)), ("title", models.CharField(max_length=9))]),
        STORY
    ]
"""
STORY = """migrations.CreateModel(
            "Story",
            [
                ("page_ptr", models.OneToOneField("pages.Page", models.CASCADE, parent_link=True, primary_key=True)),
                ("text", models.TextField()),
            ],
            bases=("pages.Page",),
        ),"""


@pytest.mark.parametrize("bases", ["Node", "with_metaclass(Base, Node)", "Node, metaclass=Base"])
def test_fields_stay_with_a_parent_whose_own_bases_are_unknown(bases: str) -> None:
    models = PAGES.replace("BASES", bases)
    before = models.partition("\n\nclass Story")[0] + "\n"
    root = {
        "pages/__init__.py": "",
        "pages/models.py": before,
        "pages/migrations/0001_initial.py": CREATED.replace("STORY", ""),
    }
    added = CREATED.replace("dependencies = []", 'dependencies = [("pages", "0001_initial")]')
    start, end = added.index("        migrations.CreateModel"), added.index("        STORY")
    head = {
        "pages/models.py": models,
        "pages/migrations/0002_story.py": (added[:start] + added[end:]).replace("STORY", STORY),
    }

    assert "missing-migration" not in rules(brought(root, head))
    assert "missing-migration" not in rules(brought({**root, **head}, {"pages/other.py": ""}))
    longer = {"pages/models.py": head["pages/models.py"].replace("=9)", "=10)")}
    assert "missing-migration" in rules(brought({**root, **head}, longer))


def test_an_unnamed_index_with_its_fields_in_first_place_is_the_same() -> None:
    root = {
        "shop/__init__.py": "",
        "shop/models.py": "from django.db import models\n\n\nclass Item(models.Model):\n    text = models.TextField()\n",
        "shop/migrations/0001_initial.py": "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n"
        '    operations = [migrations.CreateModel("Item", [("id", models.AutoField(primary_key=True)), ("text", models.TextField())])]\n',
    }
    meta = '\n    class Meta:\n        indexes = [models.Index(["text"])]\n'
    head = {
        "shop/models.py": root["shop/models.py"] + meta,
        "shop/migrations/0002_index.py": "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n"
        '    dependencies = [("shop", "0001_initial")]\n'
        '    operations = [migrations.AddIndex("item", models.Index(fields=["text"], name="shop_item_text_1_idx"))]\n',
    }
    without = {k: v for k, v in head.items() if k.endswith("models.py")}

    assert "missing-migration" not in rules(brought(root, head))
    assert "missing-migration" in rules(brought(root, without))


def test_a_model_of_a_file_in_conflict_is_not_gone() -> None:
    """The base brought a model, and its file does not merge: head's text of it says nothing."""
    models = "from django.db import models\n\n\nclass Item(models.Model):\n    text = models.TextField()\n"
    more = "\n\nclass Box(models.Model):\n    pass\n"
    first = (
        "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n"
        '    operations = [migrations.CreateModel("Item", [("id", models.AutoField(primary_key=True)), ("text", models.TextField())])]\n'
    )
    second = (
        "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n"
        '    dependencies = [("shop", "0001_initial")]\n'
        '    operations = [migrations.CreateModel("Box", [("id", models.AutoField(primary_key=True))])]\n'
    )
    root = {
        "shop/__init__.py": "",
        "shop/models/__init__.py": "from shop.models.item import *\n",
        "shop/models/item.py": models,
        "shop/migrations/0001_initial.py": first,
    }
    base = {**root, "shop/models/item.py": models + more, "shop/migrations/0002_box.py": second}
    comparison = Comparison(
        merge_base=MemoryTree(root),
        base=MemoryTree(base),
        head=MemoryTree(root),
        merged=MemoryTree({**base, "shop/models/item.py": models}),
    )
    torn = replace(comparison, text_conflicts=("shop/models/item.py",))

    assert "missing-migration" in rules(comparison)
    assert "missing-migration" not in rules(torn)


def test_a_squash_that_python_2_wrote_is_one() -> None:
    squash = migration(operations="migrations.RunSQL('')").replace(
        "    dependencies",
        '    replaces = [(b"orders", "0001_initial"), (b"orders", b"0002_total")]\n    dependencies',
    )

    assert said(findings(START, head={path("0001_squashed_0002_total"): squash})) == []


OTHER_MIGRATION = """class Migration(object):
    def __init__(self):
        self.hints = []
"""
ENV = """from alembic import context
from tools.migrations.operator import Migration

with context.begin_transaction():
    context.run_migrations(op=Migration())
"""


def test_a_class_of_another_program_is_no_migration() -> None:
    """A folder of Alembic's is called ``migrations`` as well, and may have a class of that name."""
    there = {"tools/migrations/operator.py": OTHER_MIGRATION, "tools/migrations/env.py": ENV}
    edited = {path: f"{text}\n\nMORE = 1\n" for path, text in there.items()}
    edited["tools/migrations/operator.py"] = OTHER_MIGRATION.replace("[]", "[None]")
    facts = Facts(brought({**START, **there}, edited), Config(), MemoryCache())

    assert judge(facts) == ()
    assert facts.merged.unknown == ()


def test_a_file_whose_name_has_a_dot_is_no_migration() -> None:
    """Django passes over it: it is said, and what gives it a proper name makes it a new migration."""
    source = migration("0002_total", operations=add("note", "models.TextField()"))
    dotted = path("0003.note")
    old, new = MemoryTree(START), MemoryTree({**START, dotted: source})
    found = review(Comparison(merge_base=old, base=old, head=new, merged=new), Config())

    assert [(u.place.path, u.reason) for u in found.unknown] == [
        (dotted, "Django does not load it, as its name has a dot: no database ever gets it.")
    ]
    assert found.findings == ()
    every = frozenset({"not-null-column-added", "committed-migration-renamed"})
    start, head = changed(START, {dotted: source}), {dotted: None, path("0003_note"): source}
    assert [f.rule for f in findings(start, head=head, rules=every)] == ["not-null-column-added"]


OLD = {
    "orders/migrations_old/0001_initial.py": migration(operations=CREATE),
    "orders/migrations_old/0002_note.py": migration("0001_initial", operations=add("note")),
}
ORDER = """from django.db import models


class Order(models.Model):
    id = models.BigAutoField(primary_key=True)
    total = models.TextField(null=True)
"""


def test_a_folder_of_old_migrations_beside_the_loaded_one_is_none() -> None:
    """Django never looks there: the models are not what it makes, and an edit changes nothing."""
    start = {**START, **OLD, "orders/models.py": ORDER}
    name = "orders/migrations_old/0002_note.py"
    head = {
        name: migration("0001_initial", operations=add("notes")),
        path("0003_tax"): migration("0002_total", operations=add("tax")),
        "orders/models.py": f"{ORDER}    tax = models.TextField(null=True)\n",
    }
    result = review(brought(start, head), Config(), sql=False)

    assert [
        f.rule for f in result.findings if f.severity and f.counts and f.severity.word == "error"
    ] == []
    assert [u.place.path for u in result.unknown] == [name]
    assert "Django does not load it" in result.unknown[0].reason


@pytest.mark.parametrize(
    "setting",
    [
        'MIGRATION_MODULES = {"orders": "orders.migrations_old"}',
        'MIGRATION_MODULES = {"orders": f"orders.migrations_{os.environ[\'KIND\']}"}',
    ],
)
def test_a_folder_that_a_setting_names_is_one_of_migrations(setting: str) -> None:
    start = {**START, **OLD, "site/base.py": f"import os\n\n{setting}\n"}
    edited = {"orders/migrations_old/0002_note.py": migration("0001_initial", operations=add("to"))}

    assert "committed-migration-edited" in rules(brought(start, edited))


@pytest.mark.parametrize("folder", ["site/kept/orders", "site/migrations/orders", "orders/changes"])
def test_migrations_are_where_the_settings_say(folder: str) -> None:
    """Whatever the folder is called: its forks are told, and the models are those of the app."""
    start = {
        "site/settings.py": f'MIGRATION_MODULES = {{"orders": "{folder.replace("/", ".")}"}}\n',
        "orders/models.py": ORDER,
        f"{folder}/0001_initial.py": migration(operations=CREATE),
        f"{folder}/0002_note.py": migration("0001_initial", operations=add("note")),
    }
    tax = {f"{folder}/0002_tax.py": migration("0001_initial", operations=add("tax"))}
    model = {"orders/models.py": f"{ORDER}    tax = models.TextField(null=True)\n"}

    assert "conflicting-leaf-nodes" in rules(brought(start, tax))
    assert "missing-migration" in rules(brought(start, model))


@pytest.mark.parametrize("folder", ["site/kept/orders", "orders/db_migrations", "kept/orders"])
def test_an_empty_folder_of_migrations_takes_nothing_from_where_the_settings_say(
    folder: str,
) -> None:
    """Once the app's migrations lay there; what is left of it is the package's own file."""
    start = {
        "site/settings.py": f'MIGRATION_MODULES = {{"orders": "{folder.replace("/", ".")}"}}\n',
        "orders/models.py": ORDER,
        "orders/migrations/__init__.py": "",
        f"{folder}/__init__.py": "",
        f"{folder}/0001_initial.py": migration(operations=CREATE),
        f"{folder}/0002_note.py": migration("0001_initial", operations=add("note")),
    }
    model = {"orders/models.py": f"{ORDER}    tax = models.TextField(null=True)\n"}
    found = lacking(start, model)

    assert [file.path for f in found for file in f.new_files] == [f"{folder}/0003_order_tax.py"]


def test_an_empty_folder_of_another_app_awaits_its_first_migration() -> None:
    start = {
        "site/settings.py": 'MIGRATION_MODULES = {"orders": "kept.orders"}\n',
        "orders/models.py": ORDER,
        "kept/orders/0001_initial.py": migration(operations=CREATE),
        "kept/orders/0002_note.py": migration("0001_initial", operations=add("note")),
        "stock/migrations/__init__.py": "",
        "stock/models.py": "from django.db import models\n",
    }
    model = {"stock/models.py": ORDER.replace("Order", "Item")}
    found = lacking(start, model)

    assert [f.app for f in found] == ["stock"]


@pytest.mark.parametrize(
    ("settings", "told"),
    [("site/settings.py", []), ("site/settings/base.py", []), ("site/settings/test.py", ["stock"])],
)
def test_an_app_that_is_to_have_no_migrations_awaits_none(settings: str, told: list[str]) -> None:
    """Django passes over it; settings of tests say so to save time."""
    start = {
        settings: 'MIGRATION_MODULES = {"stock": None, "orders": "orders.migrations"}\n',
        "orders/models.py": ORDER,
        path("0001_initial"): migration(operations=CREATE),
        path("0002_note"): migration("0001_initial", operations=add("note")),
        "stock/migrations/__init__.py": "",
        "stock/models.py": "from django.db import models\n",
    }
    model = {"stock/models.py": ORDER.replace("Order", "Item")}

    assert [f.app for f in lacking(start, model)] == told
