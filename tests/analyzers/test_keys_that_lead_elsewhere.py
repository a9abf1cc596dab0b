"""Foreign keys that lead to another table than before: the rows keep their values."""

from __future__ import annotations

import pytest

from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree

ID = '("id", models.BigAutoField(primary_key=True))'
FIRST = f"""from django.db import migrations, models


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel("Tag", [{ID}]),
        migrations.CreateModel("Label", [{ID}]),
        migrations.CreateModel("Item", [{ID}, ("tag", models.ForeignKey("shop.tag", models.CASCADE))]),
    ]
"""
NEW = f'migrations.CreateModel("Mark", [{ID}])'
KEY = 'migrations.AlterField("item", "tag", models.ForeignKey("shop.{}", models.{}))'
OTHER = "a value that is no key of `shop_label` stops the migration: the rows keep what they had for the other table."
FRESH = "`shop_mark` is new: without the rows of the other table in it, the first row of `shop_item` with a value stops the migration."


@pytest.mark.parametrize(
    ("operations", "ends"),
    [
        ((KEY.format("label", "CASCADE"),), OTHER),
        ((NEW, KEY.format("mark", "CASCADE")), FRESH),
        (
            (NEW, 'migrations.RunSQL("INSERT INTO shop_mark SELECT id FROM shop_tag", "")', KEY.format("mark", "CASCADE")),
            "until every row is read.",
        ),
    ],
)  # fmt: skip
def test_what_stops_a_key_that_leads_elsewhere_is_told(operations: tuple[str, ...], ends: str) -> None:  # fmt: skip
    """Django said so: Key (tag_id)=(1) is not present in table "shop_mark"."""
    base = {"shop/migrations/__init__.py": "", "shop/migrations/0001_initial.py": FIRST}
    change = f"""from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [{", ".join(operations)}]
"""
    old, new = MemoryTree(base), MemoryTree({**base, "shop/migrations/0002_key.py": change})
    found = review(Comparison(merge_base=old, base=old, head=new, merged=new)).findings
    (told,) = (f for f in found if f.rule == "constraint-scans-under-lock")

    assert told.why.endswith(ends)
