"""What the rule table has no case of, because only its way back differs."""

from __future__ import annotations

from dataclasses import dataclass

from tests.oracles.measure_cases import TAG, UNIQUE, Case


def _add(field: str, name: str = "extra", more: str = "") -> str:
    return f'migrations.AddField("item", "{name}", {field}{more}),'


def _alter(name: str, field: str) -> str:
    return f'migrations.AlterField("item", "{name}", {field}),'


def _sql(text: str, back: str) -> str:
    return f"migrations.RunSQL({text!r}, {back!r}),"


REMOVE = 'migrations.RemoveField("item", "extra"),'
ITEM = "ALTER TABLE shop_item "

BACK_CASES: tuple[Case, ...] = (
    Case("RunPython: no reverse code", "migrations.RunPython(fill),"),
    Case("RunPython: an empty function, no reverse code", "migrations.RunPython(nothing),"),
    Case("RunPython: noop, noop as reverse code", "migrations.RunPython(migrations.RunPython.noop, migrations.RunPython.noop),"),
    Case("RunPython: writes, noop as reverse code", "migrations.RunPython(fill, migrations.RunPython.noop),"),
    Case("RunPython: writes, undone by its reverse code", "migrations.RunPython(fill, unfill),"),
    Case("AddField, filled by RunPython, then NOT NULL", _add("models.IntegerField(null=True)") + "migrations.RunPython(fill_extra, migrations.RunPython.noop)," + _alter("extra", "models.IntegerField()")),
    Case("RemoveField: NOT NULL with a Python default", REMOVE, _add("models.IntegerField(default=3)")),
    Case("RemoveField: NOT NULL char, blank", REMOVE, _add("models.CharField(max_length=5, blank=True)")),
    Case("RemoveField: NOT NULL and unique, with a Python default", REMOVE, _add("models.CharField(max_length=36, default=uuid.uuid4, null=True)") + "migrations.RunSQL(\"UPDATE shop_item SET extra = id\")," + _alter("extra", "models.CharField(max_length=36, default=uuid.uuid4, unique=True)")),
    Case("RemoveField: one-to-one, nullable", 'migrations.RemoveField("item", "tag"),', _add(f"models.OneToOneField({TAG}, null=True)", "tag")),
    Case("RemoveField: foreign key NOT NULL with a default", 'migrations.RemoveField("item", "tag"),', _add(f"models.ForeignKey({TAG}, default=1)", "tag")),
    Case("RemoveField: GeneratedField", REMOVE, _add('models.GeneratedField(expression=F("qty") * 2, output_field=models.IntegerField(), db_persist=True)')),
    Case("RemoveField: NOT NULL, made nullable before in the same migration", _alter("qty", "models.IntegerField(null=True)") + 'migrations.RemoveField("item", "qty"),'),
    Case("RemoveField: NOT NULL, given a default before in the same migration", _alter("qty", "models.IntegerField(default=3)") + 'migrations.RemoveField("item", "qty"),'),
    Case("AlterField: NOT NULL to null, Python default", _alter("extra", "models.IntegerField(null=True, default=3)"), _add("models.IntegerField(default=3)")),
    Case("AlterField: NOT NULL to null, db_default", _alter("extra", "models.IntegerField(null=True, db_default=3)"), _add("models.IntegerField(db_default=3)")),
    Case("AlterField: bigint to int", _alter("extra", "models.IntegerField(null=True)"), _add("models.BigIntegerField(null=True)")),
    Case("AlterField: varchar to int", _alter("code", "models.IntegerField()")),
    Case("AlterField: decimal to int", _alter("price", "models.IntegerField()")),
    Case("AlterField: int to decimal", _alter("qty", "models.DecimalField(max_digits=14, decimal_places=2)")),
    Case("AlterField: decimal with fewer places", _alter("price", "models.DecimalField(max_digits=8, decimal_places=1)")),
    Case("AlterField: decimal to float", _alter("price", "models.FloatField()")),
    Case("AlterField: date to timestamptz", _alter("extra", "models.DateTimeField(null=True)"), _add("models.DateField(null=True)")),
    Case("AlterField: uuid to varchar", _alter("extra", "models.CharField(max_length=36, null=True)"), _add("models.UUIDField(null=True)"), fill=("UPDATE shop_item SET extra = gen_random_uuid()",)),
    Case("AlterField: JSON to text", _alter("extra", "models.TextField(null=True)"), _add("models.JSONField(null=True)"), fill=("UPDATE shop_item SET extra = '{}'",)),
    Case("AlterField: int to varchar, too short for it", _alter("qty", "models.CharField(max_length=5)")),
    Case("RemoveField and AddField of the same name", 'migrations.RemoveField("item", "note"),' + _add("models.IntegerField(null=True)", "note")),
    Case("RenameField, then varchar longer", 'migrations.RenameField("item", "title", "headline"),' + _alter("headline", "models.CharField(max_length=80)")),
    Case("CreateModel and a nullable foreign key to it", 'migrations.CreateModel("Kind", [("id", models.BigAutoField(primary_key=True)), ("name", models.CharField(max_length=5))]),' + _add('models.ForeignKey(to="shop.kind", on_delete=models.CASCADE, null=True)', "kind")),
    Case("RemoveConstraint: unique with a condition", 'migrations.RemoveConstraint("item", "item_part"),', 'migrations.AddConstraint("item", models.UniqueConstraint(fields=["code"], condition=Q(qty__gt=5), name="item_part")),'),
    Case("RemoveConstraint and AddConstraint of the same columns", 'migrations.RemoveConstraint("item", "item_title_code"), migrations.AddConstraint("item", models.UniqueConstraint(fields=["title", "code", "qty"], name="item_three")),', f'migrations.AddConstraint("item", {UNIQUE}),'),
    Case("RunSQL: no reverse_sql", "migrations.RunSQL(\"CREATE INDEX i ON shop_item (qty)\"),"),
    Case("RunSQL: UPDATE, noop as reverse_sql", "migrations.RunSQL(\"UPDATE shop_item SET qty = qty + 1\", migrations.RunSQL.noop),"),
    Case("RunSQL: DELETE, noop as reverse_sql", "migrations.RunSQL(\"DELETE FROM shop_item WHERE id > 490\", migrations.RunSQL.noop),"),
    Case("RunSQL: UPDATE, undone", _sql("UPDATE shop_item SET qty = qty + 1", "UPDATE shop_item SET qty = qty - 1")),
    Case("RunSQL: ADD COLUMN, undone", _sql(ITEM + "ADD COLUMN x int", ITEM + "DROP COLUMN x")),
    Case("RunSQL: DROP COLUMN, undone", _sql(ITEM + "DROP COLUMN note", ITEM + "ADD COLUMN note varchar(50)")),
    Case("RunSQL: DROP COLUMN, undone as NOT NULL", _sql(ITEM + "DROP COLUMN qty", ITEM + "ADD COLUMN qty integer NOT NULL")),
    Case("RunSQL: DROP COLUMN, undone with a default", _sql(ITEM + "DROP COLUMN qty", ITEM + "ADD COLUMN qty integer NOT NULL DEFAULT 0; " + ITEM + "ALTER COLUMN qty DROP DEFAULT")),
    Case("RunSQL: TYPE bigint, undone", _sql(ITEM + "ALTER COLUMN qty TYPE bigint", ITEM + "ALTER COLUMN qty TYPE integer")),
    Case("RunSQL: TYPE text, undone", _sql(ITEM + "ALTER COLUMN title TYPE text", ITEM + "ALTER COLUMN title TYPE varchar(50)")),
    Case("RunSQL: TYPE text, undone with USING", _sql(ITEM + "ALTER COLUMN title TYPE text", ITEM + "ALTER COLUMN title TYPE varchar(50) USING title::varchar(50)")),
    Case("RunSQL: int to text, undone without USING", _sql(ITEM + "ALTER COLUMN qty TYPE text", ITEM + "ALTER COLUMN qty TYPE integer")),
    Case("RunSQL: int to text, undone with USING", _sql(ITEM + "ALTER COLUMN qty TYPE text", ITEM + "ALTER COLUMN qty TYPE integer USING qty::integer")),
    Case("RunSQL: DROP NOT NULL, undone", _sql(ITEM + "ALTER COLUMN qty DROP NOT NULL", ITEM + "ALTER COLUMN qty SET NOT NULL")),
    Case("RunSQL: SET NOT NULL, undone", _sql(ITEM + "ALTER COLUMN note SET NOT NULL", ITEM + "ALTER COLUMN note DROP NOT NULL")),
    Case("RunSQL: RENAME COLUMN, undone", _sql(ITEM + "RENAME COLUMN title TO headline", ITEM + "RENAME COLUMN headline TO title")),
    Case("RunSQL: CREATE UNIQUE INDEX, undone", _sql("CREATE UNIQUE INDEX i ON shop_item (title)", "DROP INDEX i")),
    Case("RunSQL: DROP INDEX of a unique one, undone", _sql("DROP INDEX i", "CREATE UNIQUE INDEX i ON shop_item (title)"), _sql("CREATE UNIQUE INDEX i ON shop_item (title)", "DROP INDEX i")),
    Case("RunSQL: DROP CONSTRAINT, undone", _sql(ITEM + "DROP CONSTRAINT c", ITEM + "ADD CONSTRAINT c CHECK (qty > 0)"), _sql(ITEM + "ADD CONSTRAINT c CHECK (qty > 0)", ITEM + "DROP CONSTRAINT c")),
    Case("RunSQL: CREATE TABLE, undone", _sql("CREATE TABLE shop_extra (id bigserial PRIMARY KEY, name text)", "DROP TABLE shop_extra")),
    Case("RunSQL: DROP TABLE, undone", _sql("DROP TABLE shop_tag", "CREATE TABLE shop_tag (id bigint PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY, name varchar(50) NOT NULL)")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Revision:
    """An Alembic revision, as its two bodies; *before* is run in front of it."""

    name: str
    upgrade: str
    downgrade: str
    before: str = ""
    fill: tuple[str, ...] = ()
    atomic: bool = True


TABLES = """
op.create_table("shop_author", sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True), sa.Column("name", sa.String(50), nullable=False))
op.create_table("shop_tag", sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True), sa.Column("name", sa.String(50), nullable=False))
op.create_table("shop_item", sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
    sa.Column("title", sa.String(50), nullable=False), sa.Column("code", sa.String(20), nullable=False),
    sa.Column("note", sa.String(50), nullable=True), sa.Column("qty", sa.Integer(), nullable=False),
    sa.Column("price", sa.Numeric(8, 2), nullable=False), sa.Column("created", sa.DateTime(timezone=True), nullable=False),
    sa.Column("author_id", sa.BigInteger(), sa.ForeignKey("shop_author.id"), nullable=False))
"""


def _altered(column: str, more: str) -> str:
    return f'op.alter_column("shop_item", "{column}", {more})'


def _added(column: str) -> str:
    return f'op.add_column("shop_item", {column})'


def _dropped(column: str) -> str:
    return f'op.drop_column("shop_item", "{column}")'


QTY = 'sa.Column("qty", sa.Integer(), nullable=False'

REVISIONS: tuple[Revision, ...] = (
    Revision("create_table", 'op.create_table("shop_label", sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True), sa.Column("name", sa.Text()))', 'op.drop_table("shop_label")'),
    Revision("drop_table", 'op.drop_table("shop_tag")', 'op.create_table("shop_tag", sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True), sa.Column("name", sa.String(50), nullable=False))'),
    Revision("add_column: nullable", _added('sa.Column("x", sa.Integer())'), _dropped("x")),
    Revision("add_column: NOT NULL with server_default", _added('sa.Column("x", sa.Integer(), nullable=False, server_default="3")'), _dropped("x")),
    Revision("add_column: computed", _added('sa.Column("x", sa.Integer(), sa.Computed("qty * 2", persisted=True))'), _dropped("x")),
    Revision("drop_column: nullable", _dropped("note"), _added('sa.Column("note", sa.String(50), nullable=True)')),
    Revision("drop_column: NOT NULL, as autogenerate writes it", _dropped("qty"), _added(QTY + ")")),
    Revision("drop_column: NOT NULL, back with server_default", _dropped("qty"), _added(QTY + ', server_default="0")') + "\n" + _altered("qty", "server_default=None")),
    Revision("drop_column: NOT NULL, back as nullable", _dropped("qty"), _added('sa.Column("qty", sa.Integer(), nullable=True)')),
    Revision("alter_column: nullable", _altered("qty", "nullable=True"), _altered("qty", "nullable=False")),
    Revision("alter_column: NOT NULL", _altered("note", "nullable=False"), _altered("note", "nullable=True")),
    Revision("alter_column: varchar longer", _altered("title", "type_=sa.String(80)"), _altered("title", "type_=sa.String(50)")),
    Revision("alter_column: varchar to text", _altered("title", "type_=sa.Text()"), _altered("title", "type_=sa.String(50)")),
    Revision("alter_column: varchar to text, back with USING", _altered("title", "type_=sa.Text()"), _altered("title", 'type_=sa.String(50), postgresql_using="title::varchar(50)"')),
    Revision("alter_column: int to bigint", _altered("qty", "type_=sa.BigInteger()"), _altered("qty", "type_=sa.Integer()")),
    Revision("alter_column: int to text", _altered("qty", "type_=sa.Text()"), _altered("qty", "type_=sa.Integer()")),
    Revision("alter_column: int to text, back with USING", _altered("qty", "type_=sa.Text()"), _altered("qty", 'type_=sa.Integer(), postgresql_using="qty::integer"')),
    Revision("alter_column: numeric with more places", _altered("price", "type_=sa.Numeric(12, 4)"), _altered("price", "type_=sa.Numeric(8, 2)")),
    Revision("alter_column: numeric to integer", _altered("price", "type_=sa.Integer()"), _altered("price", "type_=sa.Numeric(8, 2)")),
    Revision("alter_column: timestamptz to date", _altered("created", "type_=sa.Date()"), _altered("created", "type_=sa.DateTime(timezone=True)")),
    Revision("alter_column: server_default", _altered("qty", 'server_default="5"'), _altered("qty", "server_default=None")),
    Revision("alter_column: renamed", _altered("title", 'new_column_name="headline"'), 'op.alter_column("shop_item", "headline", new_column_name="title")'),
    Revision("rename_table", 'op.rename_table("shop_tag", "shop_mark")', 'op.rename_table("shop_mark", "shop_tag")'),
    Revision("create_index", 'op.create_index("item_qty", "shop_item", ["qty"])', 'op.drop_index("item_qty", "shop_item")'),
    Revision("create_index: unique", 'op.create_index("item_code", "shop_item", ["code"], unique=True)', 'op.drop_index("item_code", "shop_item")'),
    Revision("drop_index: unique", 'op.drop_index("item_code", "shop_item")', 'op.create_index("item_code", "shop_item", ["code"], unique=True)', 'op.create_index("item_code", "shop_item", ["code"], unique=True)'),
    Revision("create_unique_constraint", 'op.create_unique_constraint("u", "shop_item", ["code"])', 'op.drop_constraint("u", "shop_item", type_="unique")'),
    Revision("drop_constraint: unique", 'op.drop_constraint("u", "shop_item", type_="unique")', 'op.create_unique_constraint("u", "shop_item", ["code"])', 'op.create_unique_constraint("u", "shop_item", ["code"])'),
    Revision("drop_constraint: check", 'op.drop_constraint("c", "shop_item", type_="check")', 'op.create_check_constraint("c", "shop_item", "qty > 0")', 'op.create_check_constraint("c", "shop_item", "qty > 0")'),
    Revision("drop_constraint: foreign key", 'op.drop_constraint("shop_item_author_id_fkey", "shop_item", type_="foreignkey")', 'op.create_foreign_key("shop_item_author_id_fkey", "shop_item", "shop_author", ["author_id"], ["id"])'),
    Revision("an empty downgrade", _added('sa.Column("x", sa.Integer())'), "pass"),
    Revision("a downgrade that raises", _added('sa.Column("x", sa.Integer())'), 'raise NotImplementedError("no")'),
)  # fmt: skip
