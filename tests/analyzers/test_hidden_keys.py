"""Foreign keys of which the model at the other end knows nothing."""

from __future__ import annotations

import pytest

from analyzers.config import Config
from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree

FIRST = """from django.db import migrations, models


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel("Tag", [("id", models.BigAutoField(primary_key=True))]),
        migrations.CreateModel("Item", [("id", models.BigAutoField(primary_key=True)),
            ("tag", models.ForeignKey("shop.tag", models.CASCADE, related_name="%s"))]),
    ]
"""
SECOND = """from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [migrations.RenameModel("Tag", "Label")]
"""


@pytest.mark.parametrize(("name", "touched"), [("+", False), ("hidden+", False), ("items", True)])
def test_a_renamed_class_leaves_keys_that_are_hidden_from_it(name: str, touched: bool) -> None:
    """Django asks the class what leads to it, and such a key is not told."""
    base = {
        "shop/migrations/__init__.py": "",
        "shop/migrations/0001_initial.py": FIRST % name,
    }
    old = MemoryTree(base)
    new = MemoryTree({**base, "shop/migrations/0002_label.py": SECOND})
    found = review(Comparison(merge_base=old, base=old, head=new, merged=new), Config())
    statements = "\n".join(s for preview in found.sql for s in preview.statements)

    assert ("DROP CONSTRAINT" in statements) is touched
    assert any(f.rule == "constraint-scans-under-lock" for f in found.findings) is touched
    assert any("shop_item" in lock.table for p in found.sql for lock in p.locks) is touched


def test_the_column_of_a_table_between_has_no_option_that_keeps_it() -> None:
    """It was advised to give it ``db_column``, which Django's table of a many-to-many field does not take."""
    first = FIRST.replace(
        'models.ForeignKey("shop.tag", models.CASCADE', 'models.ManyToManyField("shop.tag"'
    )
    base = {"shop/migrations/__init__.py": "", "shop/migrations/0001_initial.py": first % "items"}
    old = MemoryTree(base)
    new = MemoryTree({**base, "shop/migrations/0002_label.py": SECOND})
    found = review(Comparison(merge_base=old, base=old, head=new, merged=new), Config())
    (renamed,) = (f for f in found.findings if f.rule == "column-renamed")

    assert renamed.message == "`shop_item_tag.tag_id` is renamed to `label_id`."
    assert "`through` model" in renamed.remedy
