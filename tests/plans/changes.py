"""The pull requests whose plans are played: a small shop, and one change to it each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from analyzers.config import Config, LargeTables
from analyzers.results import Split
from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree

MODELS = """from django.db import models


class Tag(models.Model):
    name = models.CharField(max_length=20)


class Item(models.Model):
    title = models.CharField(max_length=50)
    note = models.CharField(max_length=50, null=True)
    qty = models.IntegerField()
"""

INITIAL = """from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel("Tag", [("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")), ("name", models.CharField(max_length=20))]),
        migrations.CreateModel("Item", [
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("title", models.CharField(max_length=50)),
            ("note", models.CharField(max_length=50, null=True)),
            ("qty", models.IntegerField()),
        ]),
    ]
"""

BASE = {
    "shop/__init__.py": "",
    "shop/models.py": MODELS,
    "shop/migrations/__init__.py": "",
    "shop/migrations/0001_initial.py": INITIAL,
}
ROWS = (
    "INSERT INTO shop_tag (name) SELECT 'tag ' || n FROM generate_series(1, 20) n",
    "INSERT INTO shop_item (title, note, qty) SELECT 'item ' || n, NULL, n FROM generate_series(1, 5000) n",
)


@dataclass(frozen=True, kw_only=True)
class Change:
    """A pull request of the shop."""

    models: str
    operation: str
    habits: Mapping[int, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)
    """By step: what the code from then on always writes."""
    in_step: Mapping[str, str] = field(default_factory=dict)
    """What the code always writes from the first step of kind ``code`` on."""
    styles: tuple[str, ...] = ()
    """The styles of the plan that are played in every test run; ``python -m tests.plans`` plays all."""
    copies: Mapping[str, str] = field(default_factory=dict)
    """Attributes that the code writes together, new by old, as long as the model has both."""
    before: Mapping[str, str] = field(default_factory=lambda: BASE)
    """The project as it stands."""
    rows: tuple[str, ...] = ROWS
    """The rows that are there already, as SQL."""
    code: str = ""
    """Functions of the migration."""
    holds: str = ""
    """SQL that is true of the tables after all steps: what was copied is what stood there, but for the row that the program updates."""
    large: Mapping[str, int] = field(default_factory=dict)
    """Rows by table, as the configuration says."""


def with_field(line: str) -> str:
    return MODELS + f"    {line}\n"


KEY = '("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))'
TAG_KEY = "    tag = models.ForeignKey(Tag, models.CASCADE)\n"
TAGGED = {
    **BASE,
    "shop/models.py": MODELS + TAG_KEY,
    "shop/migrations/0001_initial.py": INITIAL.replace(
        '("qty", models.IntegerField()),',
        '("qty", models.IntegerField()), ("tag", models.ForeignKey("shop.tag", models.CASCADE)),',
    ),
}
"""Each item has one tag."""
TAGGED_ROWS = (
    ROWS[0],
    "INSERT INTO shop_item (title, note, qty, tag_id) SELECT 'item ' || n, NULL, n, 1 + n % 20 FROM generate_series(1, 5000) n",
)
TAGS = "    tags = models.ManyToManyField(Tag)\n"
NAMED_TAGS = '    tags = models.ManyToManyField(Tag, db_table="labels")\n'
LIKE_SELF = '    similar = models.ManyToManyField("self")\n'
MANY = {
    **BASE,
    "shop/models.py": MODELS + TAGS,
    "shop/migrations/0001_initial.py": INITIAL.replace(
        '("qty", models.IntegerField()),',
        '("qty", models.IntegerField()), ("tags", models.ManyToManyField("shop.tag")),',
    ),
}
"""Each item has many tags."""
INDEXED = {
    **BASE,
    "shop/models.py": MODELS
    + '\n    class Meta:\n        indexes = [models.Index(fields=["qty"], name="item_qty")]\n',
    "shop/migrations/0001_initial.py": INITIAL.rstrip().removesuffix("]")
    + '    migrations.AddIndex("item", models.Index(fields=["qty"], name="item_qty")),\n    ]\n',
}

TITLE = "title = models.CharField(max_length=50)"
UNIQUE_TITLES = {"Item.title": "__import__('uuid').uuid4().hex"}

CHANGES = {
    "a nullable column": Change(
        styles=("state", "files"),
        models=with_field("extra = models.TextField(null=True)"),
        operation='migrations.AddField("item", "extra", models.TextField(null=True))',
    ),
    "a NOT NULL column": Change(
        styles=("state", "files"),
        models=with_field('extra = models.CharField(max_length=9, default="x")'),
        operation='migrations.AddField("item", "extra", models.CharField(max_length=9, default="x"))',
    ),
    "null to NOT NULL": Change(
        styles=("state", "files"),
        models=MODELS.replace("max_length=50, null=True", 'max_length=50, default="x"'),
        operation='migrations.AlterField("item", "note", models.CharField(max_length=50, default="x"))',
        in_step={"Item.note": "'always'"},
    ),
    "dropping a nullable column": Change(
        styles=("state", "files"),
        models=MODELS.replace("    note = models.CharField(max_length=50, null=True)\n", ""),
        operation='migrations.RemoveField("item", "note")',
    ),
    "dropping a NOT NULL column": Change(
        styles=("state", "files"),
        models=MODELS.replace("    qty = models.IntegerField()\n", ""),
        operation='migrations.RemoveField("item", "qty")',
    ),
    "a new table": Change(
        styles=("state",),
        models=MODELS
        + "\n\nclass Label(models.Model):\n    name = models.CharField(max_length=5)\n",
        operation=(
            'migrations.CreateModel("Label", [("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, '
            'verbose_name="ID")), ("name", models.CharField(max_length=5))])'
        ),
    ),
    "an index": Change(
        styles=("state",),
        models=MODELS
        + '\n    class Meta:\n        indexes = [models.Index(fields=["qty"], name="item_qty")]\n',
        operation='migrations.AddIndex("item", models.Index(fields=["qty"], name="item_qty"))',
    ),
    "a foreign key": Change(
        styles=("state", "files"),
        models=with_field("tag = models.ForeignKey(Tag, models.CASCADE, null=True)"),
        operation='migrations.AddField("item", "tag", models.ForeignKey("shop.tag", models.CASCADE, null=True))',
    ),
    "a rename of a column": Change(
        models=MODELS.replace("    note = models", "    remark = models"),
        operation='migrations.RenameField("item", "note", "remark")',
        styles=("files",),
    ),
    "a rename of a class": Change(
        models=MODELS.replace("class Item", "class Thing"),
        operation='migrations.RenameModel("Item", "Thing")',
        styles=("files",),
    ),
    "a rename of a table": Change(
        models=MODELS + '\n    class Meta:\n        db_table = "goods"\n',
        operation='migrations.AlterModelTable("item", "goods")',
        styles=("state",),
    ),
    "another type": Change(
        models=MODELS.replace("qty = models.IntegerField", "qty = models.BigIntegerField"),
        operation='migrations.AlterField("item", "qty", models.BigIntegerField())',
        copies={"Item.qty_new": "qty"},
        styles=("files",),
    ),
    "another type of a column with a default": Change(
        models=MODELS.replace(
            "qty = models.IntegerField()", "qty = models.BigIntegerField(default=7)"
        ),
        operation='migrations.AlterField("item", "qty", models.BigIntegerField(default=7))',
        copies={"Item.qty_new": "qty"},
        holds="SELECT count(*) >= 4999 FROM shop_item WHERE title = 'item ' || qty_new",
        styles=("state",),
    ),
    "a rename of a column with a default": Change(
        models=MODELS.replace(
            "qty = models.IntegerField()", "amount = models.IntegerField(default=7, db_index=True)"
        ),
        operation='migrations.RenameField("item", "qty", "amount")',
        before={
            **BASE,
            "shop/models.py": MODELS.replace(
                "models.IntegerField()", "models.IntegerField(default=7, db_index=True)"
            ),
            "shop/migrations/0001_initial.py": INITIAL.replace(
                "models.IntegerField()", "models.IntegerField(default=7, db_index=True)"
            ),
        },
        copies={"Item.amount": "qty"},
        holds="SELECT count(*) >= 4999 FROM shop_item WHERE title = 'item ' || amount",
    ),
    "a unique column": Change(
        styles=("state", "files"),
        models=MODELS.replace(
            "title = models.CharField(max_length=50)",
            "title = models.CharField(max_length=50, unique=True)",
        ),
        operation='migrations.AlterField("item", "title", models.CharField(max_length=50, unique=True))',
        in_step=UNIQUE_TITLES,
    ),
    "an indexed column that becomes unique": Change(
        styles=("state",),
        models=MODELS.replace(TITLE, TITLE.replace("50", "50, unique=True")),
        operation='migrations.AlterField("item", "title", models.CharField(max_length=50, unique=True))',
        before={
            name: text.replace(
                "CharField(max_length=50))", "CharField(max_length=50, db_index=True))"
            ).replace(TITLE, TITLE.replace("50", "50, db_index=True"))
            for name, text in BASE.items()
        },
        in_step=UNIQUE_TITLES,
        holds="SELECT NOT EXISTS (SELECT FROM pg_indexes WHERE indexname ~ '^shop_item_title_[0-9a-f]{8}$')",
    ),
    "a check constraint": Change(
        styles=("state", "files"),
        models=MODELS
        + '\n    class Meta:\n        constraints = [models.CheckConstraint(condition=models.Q(qty__gte=0), name="qty_positive")]\n',
        operation='migrations.AddConstraint("item", models.CheckConstraint(condition=models.Q(qty__gte=0), name="qty_positive"))',
    ),
    "dropping a table": Change(
        models=MODELS.replace(
            "class Tag(models.Model):\n    name = models.CharField(max_length=20)\n\n\n", ""
        ),
        operation='migrations.DeleteModel("Tag")',
        styles=("state",),
    ),
    "a foreign key NOT NULL": Change(
        styles=("state",),
        models=MODELS + TAG_KEY,
        operation='migrations.AddField("item", "tag", models.ForeignKey("shop.tag", models.CASCADE, default=1), preserve_default=False)',
        in_step={"Item.tag": "1"},
    ),
    "a NOT NULL time with a value for once": Change(
        models=with_field("made = models.DateTimeField(auto_now_add=True)"),
        operation='migrations.AddField("item", "made", models.DateTimeField(auto_now_add=True, default=timezone.now), preserve_default=False)',
        code="from django.utils import timezone\n",
    ),
    "a one-to-one field": Change(
        models=with_field("label = models.OneToOneField(Tag, models.SET_NULL, null=True)"),
        operation='migrations.AddField("item", "label", models.OneToOneField("shop.tag", models.SET_NULL, null=True))',
        in_step={"Item.label": "None"},
    ),
    "a nullable unique column": Change(
        models=with_field("slug = models.CharField(max_length=40, null=True, unique=True)"),
        operation='migrations.AddField("item", "slug", models.CharField(max_length=40, null=True, unique=True))',
    ),
    "NOT NULL to null": Change(
        models=MODELS.replace(
            "qty = models.IntegerField()", "qty = models.IntegerField(null=True)"
        ),
        operation='migrations.AlterField("item", "qty", models.IntegerField(null=True))',
    ),
    "an indexed column": Change(
        models=MODELS.replace(
            "qty = models.IntegerField()", "qty = models.IntegerField(db_index=True)"
        ),
        operation='migrations.AlterField("item", "qty", models.IntegerField(db_index=True))',
    ),
    "a column of positive numbers": Change(
        styles=("files",),
        models=with_field("extra = models.PositiveIntegerField(null=True)"),
        operation='migrations.AddField("item", "extra", models.PositiveIntegerField(null=True))',
        holds="SELECT count(*) = 1 FROM pg_constraint WHERE contype = 'c' AND convalidated AND conrelid = 'shop_item'::regclass",
    ),
    "a NOT NULL column of small positive numbers": Change(
        styles=("state",),
        models=with_field("extra = models.PositiveSmallIntegerField(default=3)"),
        operation='migrations.AddField("item", "extra", models.PositiveSmallIntegerField(default=3))',
    ),
    "a positive number": Change(
        models=MODELS.replace("qty = models.IntegerField()", "qty = models.PositiveIntegerField()"),
        operation='migrations.AlterField("item", "qty", models.PositiveIntegerField())',
    ),
    "a many-to-many field": Change(
        models=MODELS + TAGS,
        operation='migrations.AddField("item", "tags", models.ManyToManyField("shop.tag"))',
    ),
    "dropping a many-to-many field": Change(
        styles=("files",),
        models=MODELS,
        operation='migrations.RemoveField("item", "tags")',
        before=MANY,
    ),
    "a rename of a many-to-many field": Change(
        models=MODELS + TAGS.replace("tags", "labels"),
        operation='migrations.RenameField("item", "tags", "labels")',
        before=MANY,
    ),
    "dropping a foreign key NOT NULL": Change(
        models=MODELS,
        operation='migrations.RemoveField("item", "tag")',
        before=TAGGED,
        rows=TAGGED_ROWS,
    ),
    "a rename of a foreign key": Change(
        models=MODELS + TAG_KEY.replace("tag =", "label ="),
        operation='migrations.RenameField("item", "tag", "label")',
        before=TAGGED,
        rows=TAGGED_ROWS,
    ),
    "a rename of a NOT NULL column": Change(
        models=MODELS.replace("    qty = models", "    amount = models"),
        operation='migrations.RenameField("item", "qty", "amount")',
        copies={"Item.amount": "qty"},
    ),
    "dropping a table with foreign keys": Change(
        models=MODELS.partition("class Item")[0].rstrip() + "\n",
        operation='migrations.DeleteModel("Item")',
        before=TAGGED,
        rows=TAGGED_ROWS,
    ),
    "dropping a table with a many-to-many field": Change(
        models=MODELS.partition("class Item")[0].rstrip() + "\n",
        operation='migrations.DeleteModel("Item")',
        before=MANY,
    ),
    "a rename of a table with a many-to-many field": Change(
        models=MODELS + TAGS + '\n    class Meta:\n        db_table = "goods"\n',
        operation='migrations.AlterModelTable("item", "goods")',
        before=MANY,
    ),
    "a rename of a class with a many-to-many field": Change(
        models=(MODELS + TAGS).replace("class Item", "class Thing"),
        operation='migrations.RenameModel("Item", "Thing")',
        before=MANY,
        styles=("state",),
    ),
    "a rename of a class that a many-to-many field points to": Change(
        models=(MODELS + TAGS).replace("class Tag", "class Label").replace("(Tag)", "(Label)"),
        operation='migrations.RenameModel("Tag", "Label")',
        before=MANY,
    ),
    "a rename of a class with a many-to-many field in a table of a name": Change(
        models=(MODELS + NAMED_TAGS).replace("class Item", "class Thing"),
        operation='migrations.RenameModel("Item", "Thing")',
        before={
            **MANY,
            "shop/models.py": MODELS + NAMED_TAGS,
            "shop/migrations/0001_initial.py": MANY["shop/migrations/0001_initial.py"].replace(
                'ManyToManyField("shop.tag")', 'ManyToManyField("shop.tag", db_table="labels")'
            ),
        },
    ),
    "a rename of a class with a many-to-many field to itself": Change(
        models=MODELS.replace("class Item", "class Thing") + LIKE_SELF,
        operation='migrations.RenameModel("Item", "Thing")',
        before={
            **BASE,
            "shop/models.py": MODELS + LIKE_SELF,
            "shop/migrations/0001_initial.py": MANY["shop/migrations/0001_initial.py"].replace(
                '("tags", models.ManyToManyField("shop.tag"))',
                '("similar", models.ManyToManyField("shop.item"))',
            ),
        },
    ),
    "a model for the table of a many-to-many field": Change(
        models=MODELS
        + TAGS.replace("(Tag)", '(Tag, through="shop.ItemTag")')
        + """

class ItemTag(models.Model):
    item = models.ForeignKey(Item, models.CASCADE)
    tag = models.ForeignKey(Tag, models.CASCADE)

    class Meta:
        db_table = "shop_item_tags"
""",
        operation='migrations.CreateModel("ItemTag", [("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")), ("item", models.ForeignKey("shop.item", models.CASCADE)), ("tag", models.ForeignKey("shop.tag", models.CASCADE))], options={"db_table": "shop_item_tags"}),\n'
        '        migrations.AlterField("item", "tags", models.ManyToManyField("shop.tag", through="shop.ItemTag"))',
        before=MANY,
        styles=("state",),
    ),
    "NOT NULL in a large table": Change(
        models=with_field('extra = models.CharField(max_length=9, default="x")'),
        operation='migrations.AddField("item", "extra", models.CharField(max_length=9, default="x"))',
        rows=(
            *ROWS,
            "INSERT INTO shop_item (title, note, qty) SELECT 'more ' || n, NULL, n FROM generate_series(1, 150000) n",
        ),
        large={"shop_item": 155_000},
    ),
    "a unique constraint of two columns": Change(
        models=MODELS
        + '\n    class Meta:\n        constraints = [models.UniqueConstraint(fields=["title", "qty"], name="item_title_qty")]\n',
        operation='migrations.AddConstraint("item", models.UniqueConstraint(fields=["title", "qty"], name="item_title_qty"))',
        in_step=UNIQUE_TITLES,
    ),
    "a unique constraint with a condition": Change(
        models=MODELS
        + '\n    class Meta:\n        constraints = [models.UniqueConstraint(fields=["title"], condition=models.Q(qty__gt=5), name="item_part")]\n',
        operation='migrations.AddConstraint("item", models.UniqueConstraint(fields=["title"], condition=models.Q(qty__gt=5), name="item_part"))',
        in_step=UNIQUE_TITLES,
    ),
    "a unique constraint on an expression": Change(
        models=MODELS.replace(
            "models\n", "models\nfrom django.db.models.functions import Lower\n", 1
        )
        + '\n    class Meta:\n        constraints = [models.UniqueConstraint(Lower("title"), name="item_low")]\n',
        operation='migrations.AddConstraint("item", models.UniqueConstraint(Lower("title"), name="item_low"))',
        code="from django.db.models.functions import Lower\n",
        in_step=UNIQUE_TITLES,
    ),
    "unique together": Change(
        models=MODELS + '\n    class Meta:\n        unique_together = [("title", "qty")]\n',
        operation='migrations.AlterUniqueTogether("item", {("title", "qty")})',
        in_step=UNIQUE_TITLES,
    ),
    "dropping an index": Change(
        models=MODELS, operation='migrations.RemoveIndex("item", "item_qty")', before=INDEXED
    ),
    "text instead of a number": Change(
        models=MODELS.replace(
            "qty = models.IntegerField()", "qty = models.CharField(max_length=20)"
        ),
        operation='migrations.AlterField("item", "qty", models.CharField(max_length=20))',
        copies={"Item.qty_new": "qty"},
    ),
    "a shorter text": Change(
        models=MODELS.replace(
            "title = models.CharField(max_length=50)", "title = models.CharField(max_length=30)"
        ),
        operation='migrations.AlterField("item", "title", models.CharField(max_length=30))',
        copies={"Item.title_new": "title"},
    ),
    "a model and what points to it": Change(
        models=with_field(
            "maker = models.ForeignKey(Maker, models.SET_NULL, null=True)\n    kinds = models.ManyToManyField(Kind)"
        ).replace(
            "class Tag",
            "class Maker(models.Model):\n    name = models.TextField()\n\n\n"
            "class Kind(models.Model):\n    maker = models.ForeignKey(Maker, models.CASCADE)\n\n\nclass Tag",
        ),
        operation=f'migrations.CreateModel("Maker", [{KEY}, ("name", models.TextField())]),\n'
        '        migrations.AddField("item", "maker", models.ForeignKey("shop.maker", models.SET_NULL, null=True)),\n'
        f'        migrations.CreateModel("Kind", [{KEY}, ("maker", models.ForeignKey("shop.maker", models.CASCADE))]),\n'
        '        migrations.AddField("item", "kinds", models.ManyToManyField("shop.kind"))',
        styles=("state",),
    ),
    "data and schema in one migration": Change(
        models=with_field("double = models.IntegerField(null=True)"),
        operation='migrations.AddField("item", "double", models.IntegerField(null=True)),\n        migrations.RunPython(fill, migrations.RunPython.noop)',
        code="def fill(apps, schema_editor):\n    apps.get_model('shop', 'Item').objects.update(double=models.F('qty') * 2)\n",
    ),
}


def split_of(change: Change, style: str) -> Split:
    """The plan for *change*, the only pull request on its base."""
    migration = (
        f"from django.db import migrations, models\n\n\n{change.code}\n\nclass Migration(migrations.Migration):\n"
        f'    dependencies = [("shop", "0001_initial")]\n    operations = [\n        {change.operation},\n    ]\n'
    )
    head = {
        **change.before,
        "shop/models.py": change.models,
        "shop/migrations/0002_change.py": migration,
    }
    base_tree, head_tree = MemoryTree(change.before), MemoryTree(head)
    comparison = Comparison(merge_base=base_tree, base=base_tree, head=head_tree, merged=head_tree)
    config = Config(split_style=style, large_tables=LargeTables(tables=change.large))
    return review(comparison, config, sql=False).split
