"""What Django takes out of a model before it deletes it: in a split it goes with the table."""

from __future__ import annotations

import pytest

from analyzers.config import Config
from analyzers.results import Split
from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree
from tests.analyzers.test_split_of_new_tables import ID, migration

MODELS = """from django.db import models


class Tag(models.Model):
    pass


class Sale(models.Model):
    tag = models.ForeignKey(Tag, models.CASCADE)
    no = models.IntegerField()
    labels = models.ManyToManyField(Tag)

    class Meta:
        unique_together = [("tag", "no")]
"""
INITIAL = (
    f'migrations.CreateModel("Tag", [{ID}])',
    f'migrations.CreateModel("Sale", [{ID}, ("tag", models.ForeignKey("shop.tag", models.CASCADE)), ("no", models.IntegerField()),'
    ' ("labels", models.ManyToManyField("shop.tag"))], options={"unique_together": {("tag", "no")}})',
)
TOGETHER = 'migrations.AlterUniqueTogether("sale", set())'
TAG = 'migrations.RemoveField("sale", "tag")'
LABELS = 'migrations.RemoveField("sale", "labels")'
DELETED = ('migrations.DeleteModel("Tag")', 'migrations.DeleteModel("Sale")')


def split_of(*operations: str, style: str, database: str = "postgresql") -> Split:
    base = {
        "shop/__init__.py": "",
        "shop/models.py": MODELS,
        "shop/migrations/__init__.py": "",
        "shop/migrations/0001_initial.py": migration(*INITIAL),
    }
    change = migration(*operations, after='("shop", "0001_initial")')
    head = {
        **base,
        "shop/models.py": "from django.db import models\n",
        "shop/migrations/0002_change.py": change,
    }
    old, new = MemoryTree(base), MemoryTree(head)
    trees = Comparison(merge_base=old, base=old, head=new, merged=new)
    config = Config(split_style=style, database=database)
    return review(trees, config, sql=False).split


@pytest.mark.parametrize("style", ["state", "files"])
def test_no_column_goes_before_its_table(style: str) -> None:
    """Its model has no class at the head that an earlier step could say null=True in."""
    split = split_of(TOGETHER, TAG, *DELETED, style=style)
    written = "".join(text for step in split.steps for text in step.files.values())

    assert "is dropped while" not in split.reason
    assert "by hand" not in "".join(step.title for step in split.steps)
    assert "DROP NOT NULL" not in written
    assert "DROP COLUMN" not in written
    assert 'DROP TABLE "shop_sale"' in written
    assert "FOR found IN" in next(iter(split.steps[0].files.values()))


def test_the_models_state_follows_when_the_model_goes() -> None:
    split = split_of(TOGETHER, TAG, *DELETED, style="state")
    [retired] = [step for step in split.steps if "removes the model" in step.title.lower()]
    text = [*retired.files.values()]
    order = [
        next(n for n, each in enumerate(text) if word in each)
        for word in ("AlterUniqueTogether", "RemoveField", "DeleteModel")
    ]

    assert order == sorted(order)
    assert all("state_operations" in each for each in text if "RemoveField" in each)


def test_the_table_of_a_many_to_many_field_goes_with_its_model() -> None:
    split = split_of(LABELS, TAG, *DELETED, style="state")
    last = "".join(split.steps[-1].files.values())

    assert last.index('"shop_sale_labels"') < last.index('"shop_sale"')
    assert "drops the foreign keys of shop_sale_labels" in split.steps[0].title.lower()


def test_elsewhere_django_itself_takes_it_out() -> None:
    split = split_of(TAG, *DELETED, style="files", database="mysql")

    last = "".join(split.steps[-1].files.values())
    assert last.index("RemoveField") < last.index("DeleteModel")
    assert "RunSQL" not in last
