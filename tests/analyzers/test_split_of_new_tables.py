"""New tables in a split: what points to them, what is done to them, and what waits for another app's."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

import pytest

from analyzers.config import Config
from analyzers.results import Split, SplitStep
from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree

ID = '("id", models.BigAutoField(primary_key=True))'
MODELS = "from django.db import models\n\n\n"
PAYER = f'migrations.CreateModel("Payer", [{ID}, ("name", models.TextField())])'
PAID = 'migrations.AddField("order", "payer", models.ForeignKey("{}.payer", models.PROTECT, null=True))'
DEMANDED = 'migrations.AddField("order", "kind", models.IntegerField(default=1))'


def migration(*operations: str, after: str = "") -> str:
    listed = ",\n        ".join(operations)
    return (
        f"from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n"
        f"    dependencies = [{after}]\n    operations = [\n        {listed},\n    ]\n"
    )


BASE = {
    "orders/models.py": f"{MODELS}class Order(models.Model):\n    pass\n",
    "orders/migrations/__init__.py": "",
    "orders/migrations/0001_initial.py": migration(f'migrations.CreateModel("Order", [{ID}])'),
    "billing/models.py": f"{MODELS}class Bill(models.Model):\n    pass\n",
    "billing/migrations/__init__.py": "",
    "billing/migrations/0001_initial.py": migration(f'migrations.CreateModel("Bill", [{ID}])'),
}
FIRST = {app: f'("{app}", "0001_initial")' for app in ("orders", "billing")}
CHANGED = {f"{app}/models.py": BASE[f"{app}/models.py"] + "\n" for app in FIRST}


def split_of(head: Mapping[str, str], style: str = "state") -> Split:
    old, new = MemoryTree(BASE), MemoryTree({**BASE, **CHANGED, **head})
    trees = Comparison(merge_base=old, base=old, head=new, merged=new)
    return review(trees, Config(split_style=style), sql=False).split


def in_orders(*operations: str, style: str = "state") -> Split:
    text = migration(*operations, after=FIRST["orders"])
    return split_of({"orders/migrations/0002_change.py": text}, style)


def migrations_of(step: SplitStep) -> list[str]:
    return [text for path, text in step.files.items() if "/migrations/" in path]


def dangling(split: Split) -> list[str]:
    """Dependencies of the split's files that name neither a file of before nor an earlier one."""
    there = {tuple(key) for key in re.findall(r'"(\w+)", "(\w+)"', " ".join(FIRST.values()))}
    wrong = []
    for step in split.steps:
        for path, text in step.files.items():
            if "/migrations/" not in path:
                continue
            (found,) = re.findall(r"dependencies = (\[.*?\n    \])", text, re.DOTALL)
            wrong += [f"{path}: {key}" for key in ast.literal_eval(found) if key not in there]
            there.add((path.partition("/")[0], path.rpartition("/")[2].removesuffix(".py")))
    return wrong


def test_a_column_for_a_new_model_needs_no_model() -> None:
    """What one migration says to the database alone, the state of the next does not know."""
    first = in_orders(PAYER, PAID.format("orders")).steps[0]
    making, adding, *_ = migrations_of(first)

    assert "migrations.CreateModel(" in making
    assert 'ALTER TABLE "orders_order" ADD COLUMN "payer_id" bigint NULL' in adding
    assert "ForeignKey(" not in adding


def test_the_state_knows_the_models_in_files() -> None:
    first = in_orders(PAYER, PAID.format("orders"), DEMANDED, style="files").steps[0]

    assert "models.ForeignKey(" in migrations_of(first)[1]


def test_new_models_that_know_of_each_other_are_made_together() -> None:
    line = f'migrations.CreateModel("Line", [{ID}, ("payers", models.ManyToManyField("orders.payer")), ("order", models.ForeignKey("orders.order", models.CASCADE))])'
    index = 'migrations.AddIndex("line", models.Index(fields=["order"], name="line_order"))'
    unique = 'migrations.AlterUniqueTogether("line", {("order", "id")})'
    other = f'migrations.CreateModel("Other", [{ID}])'

    split = in_orders(PAYER, DEMANDED, line, index, unique, other)
    of_first = migrations_of(split.steps[0])

    assert [text.count("CreateModel(") for text in of_first] == [0, 2, 1]
    assert "AddIndex(" in of_first[1]
    assert "AlterUniqueTogether(" in of_first[1]
    assert "Concurrently" not in "".join(t for s in split.steps for t in migrations_of(s))
    assert "duplicates" not in "".join(step.title for step in split.steps)


def test_a_new_many_to_many_field_is_made_with_the_model_at_its_other_end() -> None:
    tags = 'migrations.AddField("order", "payers", models.ManyToManyField("orders.payer"))'
    (first,) = migrations_of(in_orders(PAYER, tags, DEMANDED).steps[0])[:1]

    assert "CreateModel(" in first
    assert "ManyToManyField(" in first


@pytest.mark.parametrize(
    "operation",
    [
        'migrations.AddField("order", "payers", models.ManyToManyField("orders.payer", through="orders.paid"))',
        'migrations.CreateModel("Proxy", [], bases=("orders.order",), options={"proxy": True})',
        f'migrations.CreateModel("Out", [{ID}], options={{"managed": False}})',
    ],
)
def test_what_makes_no_table_is_told_to_the_models_alone(operation: str) -> None:
    """It was made in the database first, where the model between was not known."""
    paid = f'migrations.CreateModel("Paid", [{ID}, ("payer", models.ForeignKey("orders.payer", models.CASCADE)), ("order", models.ForeignKey("orders.order", models.CASCADE))])'
    expand, adopt, *_ = in_orders(PAYER, paid, operation, DEMANDED).steps
    name = operation.partition("(")[0].removeprefix("migrations.")
    first = "".join(migrations_of(expand))

    assert not any(word in first for word in ("through=", '"proxy"', '"managed"'))
    assert f"arries {name}, which no table notices" in adopt.title


def test_what_points_to_a_new_table_comes_behind_it() -> None:
    line = f'migrations.CreateModel("Line", [{ID}, ("payer", models.ForeignKey("orders.payer", models.CASCADE))])'
    making, *adding = migrations_of(in_orders(PAYER, PAID.format("orders"), line).steps[0])

    assert making.count("CreateModel(") == 2
    assert any("REFERENCES" in text for text in adding)


def two_apps(*of_orders: str, billing: tuple[str, ...] = (PAYER,)) -> Split:
    return split_of(
        {
            "billing/migrations/0002_payer.py": migration(*billing, after=FIRST["billing"]),
            "orders/migrations/0002_change.py": migration(
                *of_orders, after=f'("billing", "0002_payer"), {FIRST["orders"]}'
            ),
        }
    )


def test_files_depend_on_what_stands_in_the_place_of_another_app_s_migration() -> None:
    note = 'migrations.AddField("bill", "note", models.TextField(default=""))'
    split = two_apps(PAID.format("billing"), billing=(PAYER, note))

    assert dangling(split) == []
    adding = split.steps[0].files["orders/migrations/0002_add_payer.py"]
    assert '("billing", "0003_add_note")' in adding
    adopting = next(t for t in split.steps[1].files.values() if "ForeignKey(" in t)
    assert '("billing", "0005_bill_note")' in adopting


def test_a_new_table_waits_for_the_model_of_another_app() -> None:
    """No migration of one app can tell its own state of another's model."""
    line = f'migrations.CreateModel("Line", [{ID}, ("payer", models.ForeignKey("billing.payer", models.CASCADE))])'
    expand, adopt, *_ = two_apps(DEMANDED, line).steps

    assert "Line" not in "".join(migrations_of(expand))
    (whole,) = (text for text in migrations_of(adopt) if '"Line"' in text)
    assert "SeparateDatabaseAndState" not in whole
    assert any('("billing", "0003_payer_model")' in text for text in migrations_of(adopt))
    assert adopt.after == ("merge", "migrate", "deploy")


def test_a_key_to_a_table_that_waits_is_left_to_a_person() -> None:
    line = f'migrations.CreateModel("Line", [{ID}, ("payer", models.ForeignKey("billing.payer", models.CASCADE))])'
    key = 'migrations.AddField("order", "line", models.ForeignKey("orders.line", models.PROTECT, null=True))'
    split = two_apps(line, key)

    assert (
        "bring the model that orders.Order.line points to in a pull request of its own"
        in split.reason
    )
    assert not any(step.files for step in split.steps)
