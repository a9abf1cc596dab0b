"""Fields and options that models inherit: a step changes the class in which they are written."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from analyzers.config import Config
from analyzers.results import Split
from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree

ID = '("id", models.BigAutoField(primary_key=True))'
STAMPED = """from django.db import models


class Stamped(models.Model):
    created = models.DateTimeField(null=True)

    class Meta:
        abstract = True
"""
SOURCE = '    source = models.CharField(max_length=9, default="web")\n'
SOURCED = STAMPED.replace("\n    class Meta", SOURCE + "\n    class Meta")
ORDERS = "\n\nclass Order(Stamped):\n    pass\n\n\nclass Line(Stamped):\n    pass\n"
FIELD = 'models.CharField(max_length=9, default="web")'
ADDED = [f'migrations.AddField("{model}", "source", {FIELD})' for model in ("line", "order")]
REMOVED = [f'migrations.RemoveField("{model}", "source")' for model in ("line", "order")]
CREATED = '("created", models.DateTimeField(null=True))'


def migration(*operations: str, after: str = "") -> str:
    listed = ",\n        ".join(operations)
    return (
        f"from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n"
        f"    dependencies = [{after}]\n    operations = [\n        {listed},\n    ]\n"
    )


def initial(*fields: str) -> str:
    listed = ", ".join([ID, CREATED, *fields])
    return migration(*(f'migrations.CreateModel("{m}", [{listed}])' for m in ("Order", "Line")))


def split_of(
    base: Mapping[str, str], head: Mapping[str, str], *operations: str, fields: tuple[str, ...] = ()
) -> Split:
    start = {
        "shop/__init__.py": "",
        "shop/migrations/__init__.py": "",
        "shop/migrations/0001_initial.py": initial(*fields),
        **base,
    }
    change = migration(*operations, after='("shop", "0001_initial")')
    old = MemoryTree(start)
    new = MemoryTree({**start, **head, "shop/migrations/0002_change.py": change})
    trees = Comparison(merge_base=old, base=old, head=new, merged=new)
    return review(trees, Config(split_style="state"), sql=False).split


def versions(split: Split, path: str) -> list[str]:
    """The file as the steps that have it leave it, in order."""
    return [step.files[path] for step in split.steps if path in step.files]


def imported(module: str) -> str:
    return f"from {module} import Stamped\n{ORDERS}"


@pytest.mark.parametrize(
    ("path", "models"),
    [
        ("core/models.py", imported("core.models")),
        ("shop/base.py", imported("shop.base")),
        ("shop/models.py", ""),
    ],
)
def test_a_field_of_an_abstract_model_comes_and_goes(path: str, models: str) -> None:
    """It came at once, in its final form; elsewhere it came with the code."""
    rest = {"core/__init__.py": "", "shop/models.py": models} if models else {}
    before = {**rest, path: STAMPED + ("" if models else ORDERS)}
    after = {path: SOURCED + ("" if models else ORDERS)}

    added = versions(split_of(before, after, *ADDED), path)
    removed = versions(
        split_of(rest | after, before, *REMOVED, fields=(f'("source", {FIELD})',)), path
    )

    nullable = after[path].replace('default="web"', 'default="web", null=True')
    assert added == [nullable, after[path]]
    assert removed == [nullable, before[path]]


def test_the_model_of_another_folder_s_app_changes_with_it() -> None:
    hidden = 'from django.db import models\n\n\nclass Hidden(models.Model):\n    {}\n\n    class Meta:\n        app_label = "billing"\n'
    base = {
        "shop/models.py": hidden.format("pass"),
        "billing/__init__.py": "",
        "billing/migrations/__init__.py": "",
        "billing/migrations/0001_initial.py": migration(
            f'migrations.CreateModel("Hidden", [{ID}])'
        ),
    }
    head = {
        "shop/models.py": hidden.format(f"note = {FIELD}"),
        "billing/migrations/0002_note.py": migration(
            f'migrations.AddField("hidden", "note", {FIELD})', after='("billing", "0001_initial")'
        ),
    }
    split = split_of(base, head, 'migrations.AlterModelOptions("order", {"ordering": ["id"]})')

    nullable, final = versions(split, "shop/models.py")
    assert "null=True" in nullable
    assert final == head["shop/models.py"]


UNIQUE = 'models.UniqueConstraint(fields=["created"], name="%(app_label)s_%(class)s_{}")'


def with_constraints(*names: str) -> str:
    listed = ", ".join(UNIQUE.format(name) for name in names)
    option = f"        constraints = [{listed}]\n" if names else ""
    return STAMPED + option + ORDERS


@pytest.mark.parametrize("kept", [(), ("x",), ("x", "y")])
def test_a_constraint_that_waits_is_left_out_beside_one_that_goes(kept: tuple[str, ...]) -> None:
    """The old one stood in the models until the new one came, and no migration made it again."""
    operations = [
        text
        for model in ("line", "order")
        for text in (
            f'migrations.RemoveConstraint("{model}", "shop_{model}_old")',
            f'migrations.AddConstraint("{model}", {UNIQUE.format("new").replace("%(app_label)s_%(class)s", "shop_" + model)})',
        )
    ]
    head = with_constraints(*kept[:1], "new", *kept[1:])
    split = split_of(
        {"shop/models.py": with_constraints("old", *kept)}, {"shop/models.py": head}, *operations
    )

    first, *_, last = versions(split, "shop/models.py")
    assert first == with_constraints(*kept)
    assert last == head
    assert "by hand" not in "".join(step.title for step in split.steps)


def test_what_cannot_be_written_into_the_models_is_said() -> None:
    made = "from django.db import models\n\n\ndef fields():\n    return {}\n\n\nOrder = type('Order', (models.Model,), fields())\n"
    head = made.replace("{}", f'{{"source": {FIELD}}}')
    split = split_of({"shop/models.py": made}, {"shop/models.py": head}, ADDED[1])

    assert split.steps[1].title == (
        "Adds the field source to shop.Order; to be written by hand in the models: shop.Order.source with `null=True`"
    )


def test_a_constraint_that_is_not_spelled_out_is_said() -> None:
    base = STAMPED.replace("\n\nclass", "\n\nALL = []\n\n\nclass", 1)
    base = (
        base.replace("abstract = True\n", "abstract = True\n        constraints = ALL\n") + ORDERS
    )
    head = base.replace("ALL = []", f"ALL = [{UNIQUE.format('new')}]")
    adding = UNIQUE.format("new").replace("%(app_label)s_%(class)s", "shop_order")
    split = split_of(
        {"shop/models.py": base},
        {"shop/models.py": head},
        f'migrations.AddConstraint("order", {adding})',
        'migrations.AddField("order", "x", models.TextField(null=True))',
    )

    said = "to be written by hand in the models: shop.Order without the constraint shop_order_new"
    assert any(said in step.title for step in split.steps)
