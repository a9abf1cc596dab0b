"""
Every operation and variant that the rules tell apart, as migration source.

The same text is read by the product and run by Django on a real server.
"""

from __future__ import annotations

from dataclasses import dataclass

HEAD = """
import uuid
import django.contrib.postgres.fields
from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently, ValidateConstraint
from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models
from django.db.models.functions import Lower, Now
from django.utils import timezone
from django.db.models import F, Q

def fill(apps, schema_editor):
    apps.get_model("shop", "Item").objects.update(qty=F("qty") + 1)

def unfill(apps, schema_editor):
    apps.get_model("shop", "Item").objects.update(qty=F("qty") - 1)

def fill_extra(apps, schema_editor):
    apps.get_model("shop", "Item").objects.update(extra=F("qty"))

def nothing(apps, schema_editor):
    pass

class RandomUUID(models.Func):
    template = "gen_random_uuid()"
    output_field = models.UUIDField()
"""

BASE = """
    migrations.CreateModel("Author", [("id", models.BigAutoField(primary_key=True)), ("name", models.CharField(max_length=50))]),
    migrations.CreateModel("Tag", [("id", models.BigAutoField(primary_key=True)), ("name", models.CharField(max_length=50))]),
    migrations.CreateModel("Item", [
        ("id", models.BigAutoField(primary_key=True)),
        ("title", models.CharField(max_length=50)),
        ("code", models.CharField(max_length=20)),
        ("note", models.CharField(max_length=50, null=True)),
        ("qty", models.IntegerField()),
        ("price", models.DecimalField(max_digits=8, decimal_places=2)),
        ("created", models.DateTimeField()),
        ("author", models.ForeignKey(to="shop.author", on_delete=models.CASCADE)),
    ]),
"""

FILL = (
    "INSERT INTO shop_author (name) SELECT 'author ' || n FROM generate_series(1, 20) n",
    "INSERT INTO shop_tag (name) SELECT 'tag ' || n FROM generate_series(1, 21) n",
    """INSERT INTO shop_item (title, code, note, qty, price, created, author_id)
       SELECT 'title ' || n, n::text, 'note ' || n, n, n / 100.0, now(), 1 + n % 20
       FROM generate_series(1, 500) n""",
)


@dataclass(frozen=True, slots=True)
class Case:
    """One variant: what is run before, what is measured."""

    name: str
    operations: str
    before: str = ""
    atomic: bool = True
    fill: tuple[str, ...] = ()


def there_since(case: Case) -> tuple[tuple[int, int], int]:
    """The Django and the PostgreSQL that *case* needs, by what its source says."""
    text = case.operations + case.before
    django = (5, 0) if "db_default" in text or "GeneratedField" in text else (0, 0)
    return django, 12 if "GeneratedField" in text else 0


def _add(field: str, name: str = "extra", more: str = "") -> str:
    return f'migrations.AddField("item", "{name}", {field}{more}),'


def _alter(name: str, field: str) -> str:
    return f'migrations.AlterField("item", "{name}", {field}),'


def _sql(text: str) -> str:
    return f"migrations.RunSQL({text!r}, migrations.RunSQL.noop),"


TAG = 'to="shop.tag", on_delete=models.CASCADE'
AUTHOR = 'to="shop.author", on_delete=models.CASCADE'
INDEX = 'models.Index(fields=["qty"], name="item_qty")'
CHECK = 'models.CheckConstraint(condition=Q(qty__gte=0), name="item_qty_ok")'
UNIQUE = 'models.UniqueConstraint(fields=["title", "code"], name="item_title_code")'
NOT_NULL = 'models.CheckConstraint(condition=Q(note__isnull=False), name="item_note_nn")'

PAIRS = "INSERT INTO shop_item_tags (item_id, tag_id) SELECT id, 1 + id % 20 FROM shop_item"
ONE_TAG_LESS = (
    "DELETE FROM shop_item_tags WHERE tag_id = 1",
    "DELETE FROM shop_tag WHERE id = 1",
)
"""An author has the number of no tag: a pair with it stops the way back."""

CASES: tuple[Case, ...] = (
    Case("CreateModel: no relation", 'migrations.CreateModel("Label", [("id", models.BigAutoField(primary_key=True)), ("name", models.TextField())]),'),
    Case("CreateModel: foreign key to an existing table", f'migrations.CreateModel("Review", [("id", models.BigAutoField(primary_key=True)), ("tag", models.ForeignKey({TAG}))]),'),
    Case("CreateModel: many-to-many to an existing table", 'migrations.CreateModel("Shelf", [("id", models.BigAutoField(primary_key=True)), ("items", models.ManyToManyField(to="shop.item"))]),'),
    Case("CreateModel: proxy", 'migrations.CreateModel("Cheap", [], options={"proxy": True}, bases=("shop.item",)),'),
    Case("CreateModel: managed=False", 'migrations.CreateModel("View", [("id", models.BigAutoField(primary_key=True))], options={"managed": False}),'),
    Case("DeleteModel: with a foreign key", 'migrations.DeleteModel("Item"),'),
    Case("DeleteModel: not referenced", 'migrations.DeleteModel("Label"),', 'migrations.CreateModel("Label", [("id", models.BigAutoField(primary_key=True))]),'),
    Case("RenameModel", 'migrations.RenameModel("Item", "Product"),'),
    Case("RenameModel: db_table keeps the table", 'migrations.RenameModel("Item", "Product"),', 'migrations.AlterModelTable("Item", "shop_item"),'),
    Case("RenameModel: db_table keeps the table, with a many-to-many table", 'migrations.RenameModel("Item", "Product"),', 'migrations.AlterModelTable("Item", "shop_item"),' + _add('models.ManyToManyField(to="shop.tag")', "tags"), fill=(PAIRS,)),
    Case("RenameModel: with a many-to-many table", 'migrations.RenameModel("Item", "Product"),', _add('models.ManyToManyField(to="shop.tag")', "tags"), fill=(PAIRS,)),
    Case("RenameModel: what a many-to-many points to", 'migrations.RenameModel("Tag", "Label"),', _add('models.ManyToManyField(to="shop.tag")', "tags"), fill=(PAIRS,)),
    Case("RenameModel: with a many-to-many to itself", 'migrations.RenameModel("Item", "Product"),', _add('models.ManyToManyField(to="shop.item")', "tags"), fill=("INSERT INTO shop_item_tags (from_item_id, to_item_id) SELECT id, id FROM shop_item",)),
    Case("RenameModel: with a foreign key to itself", 'migrations.RenameModel("Item", "Product"),', _add('models.ForeignKey(to="shop.item", on_delete=models.CASCADE, null=True)', "parent")),
    Case("RenameModel: what a foreign key points to", 'migrations.RenameModel("Author", "Writer"),'),
    Case("RenameModel: db_table keeps the table, what a foreign key points to", 'migrations.RenameModel("Author", "Writer"),', 'migrations.AlterModelTable("Author", "shop_author"),'),
    Case("RenameModel: db_table keeps the table, what a many-to-many points to", 'migrations.RenameModel("Tag", "Label"),', 'migrations.AlterModelTable("Tag", "shop_tag"),' + _add('models.ManyToManyField(to="shop.tag")', "tags"), fill=(PAIRS,)),
    Case("AlterModelTable: what a foreign key points to", 'migrations.AlterModelTable("Author", "catalogue_author"),'),
    Case("RenameField: many-to-many", 'migrations.RenameField("item", "tags", "labels"),', _add('models.ManyToManyField(to="shop.tag")', "tags")),
    Case("RenameField: many-to-many, db_table keeps the table", 'migrations.RenameField("item", "tags", "labels"),', _add('models.ManyToManyField(to="shop.tag", db_table="shop_item_tags")', "tags")),
    Case("AlterField: many-to-many, blank", _alter("tags", 'models.ManyToManyField(to="shop.tag", blank=True)'), _add('models.ManyToManyField(to="shop.tag")', "tags")),
    Case("AlterField: many-to-many, db_table", _alter("tags", 'models.ManyToManyField(to="shop.tag", db_table="labels")'), _add('models.ManyToManyField(to="shop.tag")', "tags")),
    Case("AlterField: many-to-many to another model", _alter("tags", 'models.ManyToManyField(to="shop.author")'), _add('models.ManyToManyField(to="shop.tag")', "tags"), fill=(PAIRS, *ONE_TAG_LESS)),
    Case("AlterModelTable", 'migrations.AlterModelTable("Item", "catalogue_item"),'),
    Case("AlterModelTable: with a many-to-many table", 'migrations.AlterModelTable("Item", "catalogue_item"),', _add('models.ManyToManyField(to="shop.tag")', "tags")),
    Case("AlterModelTable: the same name", 'migrations.AlterModelTable("Item", "shop_item"),'),
    Case("AddField: nullable", _add("models.CharField(max_length=50, null=True)")),
    Case("AddField: nullable with a Python default", _add('models.CharField(max_length=50, null=True, default="x")')),
    Case("AddField: NOT NULL with a Python default", _add('models.CharField(max_length=50, default="x")')),
    Case("AddField: NOT NULL boolean with a Python default", _add("models.BooleanField(default=False)")),
    Case("AddField: NOT NULL, callable default", _add("models.UUIDField(default=uuid.uuid4)")),
    Case("AddField: NOT NULL char, blank and no default", _add("models.CharField(max_length=5, blank=True)")),
    Case("AddField: NOT NULL, one-off default", _add("models.IntegerField(default=7)", more=", preserve_default=False")),
    Case("AddField: NOT NULL JSONField(default=dict)", _add("models.JSONField(default=dict)")),
    Case("AddField: NOT NULL auto_now_add", _add("models.DateTimeField(auto_now_add=True, default=timezone.now)", more=", preserve_default=False")),
    Case("AddField: NOT NULL, db_default constant", _add('models.CharField(max_length=50, db_default="x")')),
    Case("AddField: NOT NULL, default and db_default", _add('models.CharField(max_length=50, default="x", db_default="x")')),
    Case("AddField: nullable, db_default constant", _add('models.CharField(max_length=50, null=True, db_default="x")')),
    Case("AddField: NOT NULL, db_default=Now()", _add("models.DateTimeField(db_default=Now())")),
    Case("AddField: NOT NULL, volatile db_default", _add("models.UUIDField(db_default=RandomUUID())")),
    Case("AddField: stored GeneratedField", _add('models.GeneratedField(expression=F("qty") * 2, output_field=models.IntegerField(), db_persist=True)')),
    Case("AddField: nullable, unique", _add("models.CharField(max_length=50, null=True, unique=True)")),
    Case("AddField: nullable, db_index", _add("models.IntegerField(null=True, db_index=True)")),
    Case("AddField: nullable char, db_index (two indexes)", _add("models.CharField(max_length=5, null=True, db_index=True)")),
    Case("AddField: nullable PositiveIntegerField (a check)", _add("models.PositiveIntegerField(null=True)")),
    Case("AddField: nullable array", _add("django.contrib.postgres.fields.ArrayField(models.IntegerField(), null=True)")),
    Case("AddField: foreign key, nullable", _add(f"models.ForeignKey({TAG}, null=True)", "tag")),
    Case("AddField: foreign key NOT NULL with a default", _add(f"models.ForeignKey({TAG}, default=1)", "tag")),
    Case("AddField: foreign key, no constraint", _add(f"models.ForeignKey({TAG}, null=True, db_constraint=False)", "tag")),
    Case("AddField: foreign key, no index", _add(f"models.ForeignKey({TAG}, null=True, db_index=False)", "tag")),
    Case("AddField: foreign key, neither", _add(f"models.ForeignKey({TAG}, null=True, db_index=False, db_constraint=False)", "tag")),
    Case("AddField: foreign key to itself", _add('models.ForeignKey(to="self", on_delete=models.CASCADE, null=True)', "parent")),
    Case("AddField: one-to-one, nullable", _add(f"models.OneToOneField({TAG}, null=True)", "tag")),
    Case("AddField: many-to-many", _add('models.ManyToManyField(to="shop.tag")', "tags")),
    Case("RemoveField: nullable", 'migrations.RemoveField("item", "note"),'),
    Case("RemoveField: NOT NULL", 'migrations.RemoveField("item", "qty"),'),
    Case("RemoveField: NOT NULL with db_default", 'migrations.RemoveField("item", "extra"),', _add("models.IntegerField(db_default=3)")),
    Case("RemoveField: foreign key", 'migrations.RemoveField("item", "author"),'),
    Case("RemoveField: many-to-many", 'migrations.RemoveField("item", "tags"),', _add('models.ManyToManyField(to="shop.tag")', "tags")),
    Case("RemoveField: unique", 'migrations.RemoveField("item", "extra"),', _add("models.CharField(max_length=5, null=True, unique=True)")),
    Case("AlterField: null to NOT NULL", _alter("note", "models.CharField(max_length=50)")),
    Case("AlterField: null to NOT NULL with a Python default", _alter("note", 'models.CharField(max_length=50, default="")')),
    Case("AlterField: null to NOT NULL with db_default", _alter("note", 'models.CharField(max_length=50, db_default="")')),
    Case("AlterField: null to NOT NULL, a validated check in SQL", _alter("note", "models.CharField(max_length=50)"), _sql("ALTER TABLE shop_item ADD CONSTRAINT nn CHECK (note IS NOT NULL)")),
    Case("AlterField: NOT NULL to null", _alter("qty", "models.IntegerField(null=True)")),
    Case("AlterField: varchar longer", _alter("title", "models.CharField(max_length=80)")),
    Case("AlterField: varchar shorter", _alter("title", "models.CharField(max_length=30)")),
    Case("AlterField: varchar to text", _alter("title", "models.TextField()")),
    Case("AlterField: text to varchar", _alter("extra", "models.CharField(max_length=80, null=True)"), _add("models.TextField(null=True)")),
    Case("AlterField: varchar without limit", _alter("title", "models.CharField()")),
    Case("AlterField: another collation", _alter("title", 'models.CharField(max_length=50, db_collation="C")')),
    Case("AlterField: another collation of an indexed column", _alter("title", 'models.CharField(max_length=50, db_collation="C")'), 'migrations.AddIndex("item", models.Index(fields=["code", "title"], name="item_code_title")),'),
    Case("AlterField: int to bigint", _alter("qty", "models.BigIntegerField()")),
    Case("AlterField: int to smallint", _alter("qty", "models.SmallIntegerField()")),
    Case("AlterField: int to positive int (a check)", _alter("qty", "models.PositiveIntegerField()")),
    Case("AlterField: positive int to int", _alter("extra", "models.IntegerField(null=True)"), _add("models.PositiveIntegerField(null=True)")),
    Case("AlterField: int to varchar", _alter("qty", "models.CharField(max_length=20)")),
    Case("AlterField: decimal precision larger", _alter("price", "models.DecimalField(max_digits=12, decimal_places=2)")),
    Case("AlterField: decimal scale changed", _alter("price", "models.DecimalField(max_digits=12, decimal_places=4)")),
    Case("AlterField: timestamptz to date", _alter("created", "models.DateField()")),
    Case("AlterField: help_text", _alter("title", 'models.CharField(max_length=50, help_text="x")')),
    Case("AlterField: choices", _alter("title", 'models.CharField(max_length=50, choices=[("a", "A")])')),
    Case("AlterField: Python default", _alter("qty", "models.IntegerField(default=5)")),
    Case("AlterField: EmailField of the same length", _alter("title", "models.EmailField(max_length=50)")),
    Case("AlterField: SlugField of the same length (an index)", _alter("title", "models.SlugField(max_length=50)")),
    Case("AlterField: unique added", _alter("title", "models.CharField(max_length=50, unique=True)")),
    Case("AlterField: unique removed", _alter("extra", "models.CharField(max_length=5, null=True)"), _add("models.CharField(max_length=5, null=True, unique=True)")),
    Case("AlterField: db_index added", _alter("qty", "models.IntegerField(db_index=True)")),
    Case("AlterField: db_index removed", _alter("extra", "models.IntegerField(null=True)"), _add("models.IntegerField(null=True, db_index=True)")),
    Case("AlterField: db_default set", _alter("qty", "models.IntegerField(db_default=5)")),
    Case("AlterField: db_default removed", _alter("extra", "models.IntegerField()"), _add("models.IntegerField(db_default=5)")),
    Case("AlterField: on_delete", _alter("author", 'models.ForeignKey(to="shop.author", on_delete=models.PROTECT)')),
    Case("AlterField: db_constraint off", _alter("author", f"models.ForeignKey({AUTHOR}, db_constraint=False)")),
    Case("AlterField: db_constraint on", _alter("tag", f"models.ForeignKey({TAG}, null=True)"), _add(f"models.ForeignKey({TAG}, null=True, db_constraint=False)", "tag"), fill=("UPDATE shop_item SET tag_id = 1",)),
    Case("AlterField: foreign key null to NOT NULL", _alter("tag", f"models.ForeignKey({TAG})"), _add(f"models.ForeignKey({TAG}, null=True)", "tag"), fill=("UPDATE shop_item SET tag_id = 1",)),
    Case("AlterField: foreign key, Python default", _alter("author", f"models.ForeignKey({AUTHOR}, default=1)")),
    Case("AlterField: foreign key, related_name", _alter("author", f"models.ForeignKey({AUTHOR}, related_name='+')")),
    Case("AlterField: foreign key to another model", _alter("author", f"models.ForeignKey({TAG})")),
    Case("AlterField: AutoField to BigAutoField with a foreign key to it", _alter("id", "models.BigAutoField(primary_key=True)").replace("item", "kind"), 'migrations.CreateModel("Kind", [("id", models.AutoField(primary_key=True))]),' + _add('models.ForeignKey(to="shop.kind", on_delete=models.CASCADE, null=True)', "kind"), fill=("INSERT INTO shop_kind DEFAULT VALUES",)),
    Case("AlterField: foreign key NOT NULL to null", _alter("author", f"models.ForeignKey({AUTHOR}, null=True)")),
    Case("AlterField: foreign key to one-to-one", _alter("tag", f"models.OneToOneField({TAG}, null=True)"), _add(f"models.ForeignKey({TAG}, null=True)", "tag"), fill=("UPDATE shop_item SET tag_id = id WHERE id <= 20",)),
    Case("AlterField: db_column", _alter("title", 'models.CharField(max_length=50, db_column="headline")')),
    Case("RenameField", 'migrations.RenameField("item", "title", "headline"),'),
    Case("RenameField: foreign key", 'migrations.RenameField("item", "author", "writer"),'),
    Case("RenameField: db_column keeps the column", 'migrations.RenameField("item", "title", "headline"),', _alter("title", 'models.CharField(max_length=50, db_column="title")')),
    Case("AddIndex", f'migrations.AddIndex("item", {INDEX}),'),
    Case("AddIndex: GIN", 'migrations.AddIndex("item", GinIndex(fields=["extra"], name="item_gin")),', _add("models.JSONField(null=True)")),
    Case("AddIndex: expression", 'migrations.AddIndex("item", models.Index(Lower("title"), name="item_lower")),'),
    Case("AddIndexConcurrently", f'AddIndexConcurrently("item", {INDEX}),', atomic=False),
    Case("RemoveIndex", 'migrations.RemoveIndex("item", "item_qty"),', f'migrations.AddIndex("item", {INDEX}),'),
    Case("RenameIndex", 'migrations.RenameIndex("item", new_name="item_qty_2", old_name="item_qty"),', f'migrations.AddIndex("item", {INDEX}),'),
    Case("AddConstraint: check", f'migrations.AddConstraint("item", {CHECK}),'),
    Case("AddConstraint: unique", f'migrations.AddConstraint("item", {UNIQUE}),'),
    Case("AddConstraint: unique with a condition (an index)", 'migrations.AddConstraint("item", models.UniqueConstraint(fields=["title"], condition=Q(qty__gt=5), name="item_part")),'),
    Case("AddConstraint: unique on an expression (an index)", 'migrations.AddConstraint("item", models.UniqueConstraint(Lower("title"), name="item_low")),'),
    Case("AddConstraintNotValid", f'AddConstraintNotValid("item", {CHECK}),'),
    Case("ValidateConstraint", 'ValidateConstraint("item", name="item_qty_ok"),', f'AddConstraintNotValid("item", {CHECK}),'),
    Case("RemoveConstraint: check", 'migrations.RemoveConstraint("item", "item_qty_ok"),', f'migrations.AddConstraint("item", {CHECK}),'),
    Case("RemoveConstraint: unique", 'migrations.RemoveConstraint("item", "item_title_code"),', f'migrations.AddConstraint("item", {UNIQUE}),'),
    Case("AlterUniqueTogether: added", 'migrations.AlterUniqueTogether("item", {("title", "code")}),'),
    Case("AlterUniqueTogether: removed", 'migrations.AlterUniqueTogether("item", set()),', 'migrations.AlterUniqueTogether("item", {("title", "code")}),'),
    Case("AlterIndexTogether: added", 'migrations.AlterIndexTogether("item", {("title", "qty")}),'),
    Case("AlterOrderWithRespectTo: set", 'migrations.AlterOrderWithRespectTo("item", "author"),'),
    Case("AlterOrderWithRespectTo: unset", 'migrations.AlterOrderWithRespectTo("item", None),', 'migrations.AlterOrderWithRespectTo("item", "author"),'),
    Case("AlterModelOptions", 'migrations.AlterModelOptions("item", {"ordering": ["title"]}),'),
    Case("RunPython: noop", "migrations.RunPython(migrations.RunPython.noop),"),
    Case("SeparateDatabaseAndState: state only", 'migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("item", "note")]),'),
    Case("SeparateDatabaseAndState: database only", 'migrations.SeparateDatabaseAndState(database_operations=[migrations.AddIndex("item", models.Index(fields=["qty"], name="i"))]),'),
    Case("SQL: ADD COLUMN with a constant default", _sql("ALTER TABLE shop_item ADD COLUMN x int NOT NULL DEFAULT 3")),
    Case("SQL: ADD COLUMN bigserial", _sql("ALTER TABLE shop_item ADD COLUMN x bigserial")),
    Case("SQL: ADD COLUMN identity", _sql("ALTER TABLE shop_item ADD COLUMN x bigint GENERATED BY DEFAULT AS IDENTITY")),
    Case("SQL: ADD COLUMN with a check", _sql("ALTER TABLE shop_item ADD COLUMN x int CHECK (x > 0)")),
    Case("SQL: ADD COLUMN with REFERENCES", _sql("ALTER TABLE shop_item ADD COLUMN x bigint REFERENCES shop_tag (id)")),
    Case("SQL: DROP COLUMN", _sql("ALTER TABLE shop_item DROP COLUMN note")),
    Case("SQL: SET NOT NULL", _sql("ALTER TABLE shop_item ALTER COLUMN note SET NOT NULL")),
    Case("SQL: SET DEFAULT", _sql("ALTER TABLE shop_item ALTER COLUMN qty SET DEFAULT 3")),
    Case("SQL: TYPE bigint", _sql("ALTER TABLE shop_item ALTER COLUMN qty TYPE bigint")),
    Case("SQL: TYPE varchar longer", _sql("ALTER TABLE shop_item ALTER COLUMN title TYPE varchar(90)")),
    Case("SQL: SET STATISTICS", _sql("ALTER TABLE shop_item ALTER COLUMN qty SET STATISTICS 10")),
    Case("SQL: fillfactor", _sql("ALTER TABLE shop_item SET (fillfactor = 80)")),
    Case("SQL: CHECK NOT VALID", _sql("ALTER TABLE shop_item ADD CONSTRAINT c CHECK (qty >= 0) NOT VALID")),
    Case("SQL: FOREIGN KEY", _sql("ALTER TABLE shop_item ADD CONSTRAINT c FOREIGN KEY (author_id) REFERENCES shop_author (id)")),
    Case("SQL: FOREIGN KEY NOT VALID", _sql("ALTER TABLE shop_item ADD CONSTRAINT c FOREIGN KEY (author_id) REFERENCES shop_author (id) NOT VALID")),
    Case("SQL: UNIQUE USING INDEX", _sql("ALTER TABLE shop_item ADD CONSTRAINT u UNIQUE USING INDEX u"), _sql("CREATE UNIQUE INDEX u ON shop_item (title)")),
    Case("SQL: CREATE INDEX", _sql("CREATE INDEX i ON shop_item (qty)")),
    Case("SQL: CREATE INDEX CONCURRENTLY", _sql("CREATE INDEX CONCURRENTLY i ON shop_item (qty)"), atomic=False),
    Case("SQL: RENAME COLUMN", _sql("ALTER TABLE shop_item RENAME COLUMN title TO headline")),
    Case("SQL: RENAME TO", _sql("ALTER TABLE shop_item RENAME TO thing")),
    Case("SQL: LOCK TABLE", _sql("LOCK TABLE shop_item IN SHARE ROW EXCLUSIVE MODE")),
    Case("SQL: CREATE TRIGGER", _sql("CREATE TRIGGER t BEFORE INSERT ON shop_item FOR EACH ROW EXECUTE FUNCTION f()"), _sql("CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'")),
    Case("SQL: SET UNLOGGED", _sql("ALTER TABLE shop_item SET UNLOGGED")),
    Case("SQL: CLUSTER", _sql("CLUSTER shop_item USING shop_item_pkey")),
    Case("SQL: COMMENT", _sql("COMMENT ON COLUMN shop_item.qty IS 'how many'")),
)  # fmt: skip
