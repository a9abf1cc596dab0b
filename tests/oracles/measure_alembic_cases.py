"""
Every Alembic operation and variant that the rules tell apart, as bodies of ``upgrade()``.

The same text is read by the product and run by Alembic on a real server.
"""

from __future__ import annotations

from dataclasses import dataclass

HEAD = """
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql import column, func, table, text
"""

BASE = """
op.create_table("author", sa.Column("id", sa.BigInteger(), primary_key=True), sa.Column("name", sa.String(50), nullable=False))
op.create_table("tag", sa.Column("id", sa.BigInteger(), primary_key=True), sa.Column("name", sa.String(50), nullable=False))
op.create_table(
    "item",
    sa.Column("id", sa.BigInteger(), primary_key=True),
    sa.Column("title", sa.String(50), nullable=False),
    sa.Column("code", sa.String(20), nullable=False),
    sa.Column("note", sa.String(50), nullable=True),
    sa.Column("qty", sa.Integer(), nullable=False),
    sa.Column("price", sa.Numeric(8, 2), nullable=False),
    sa.Column("created", sa.DateTime(timezone=True), nullable=False),
    sa.Column("status", sa.Enum("new", "done", name="item_status"), nullable=False),
    sa.Column("author_id", sa.BigInteger(), sa.ForeignKey("author.id", name="item_author_id_fkey"), nullable=False),
)
"""

FILL = (
    "INSERT INTO author (name) SELECT 'author ' || n FROM generate_series(1, 20) n",
    "INSERT INTO tag (name) SELECT 'tag ' || n FROM generate_series(1, 20) n",
    """INSERT INTO item (title, code, note, qty, price, created, status, author_id)
       SELECT 'title ' || n, n::text, 'note ' || n, n, n / 100.0, now(), 'new', 1 + n % 20
       FROM generate_series(1, 500) n""",
)


@dataclass(frozen=True, slots=True)
class Case:
    """One variant: what is run before, what is measured."""

    name: str
    body: str
    before: str = ""
    atomic: bool = True
    """False: it has an ``autocommit_block`` and is watched while it waits for a writer."""
    fill: tuple[str, ...] = ()
    text: str = "77777"
    """What the programs write into columns of text."""
    unseen: bool = False
    """SQL by hand: the models stay as they were."""


def _add(column: str, table: str = "item", more: str = "") -> str:
    return f'op.add_column("{table}", sa.Column({column}){more})'


def _alter(column: str, more: str) -> str:
    return f'op.alter_column("item", "{column}", {more})'


def _sql(text: str) -> str:
    return f"op.execute({text!r})"


def _batch(*calls: str, more: str = "") -> str:
    lines = "".join(f"\n    batch_op.{call}" for call in calls)
    return f'with op.batch_alter_table("item"{more}) as batch_op:{lines}'


def _apart(*calls: str) -> str:
    lines = "".join(f"\n    {call}" for call in calls)
    return f"with op.get_context().autocommit_block():{lines}"


EXTRA = _add('"extra", sa.Integer(), nullable=True')
TAG = _add('"tag_id", sa.BigInteger(), nullable=True')
INDEX = 'op.create_index("item_qty", "item", ["qty"])'
CHECK = 'op.create_check_constraint("item_qty_ok", "item", "qty >= 0"'
UNIQUE = 'op.create_unique_constraint("item_code_key", "item", ["code"])'
TO_TAG = 'op.create_foreign_key("item_tag_fk", "item", "tag", ["tag_id"], ["id"]'
ITEM = 'table("item", column("id"), column("qty"), column("note"))'
LABEL = 'op.create_table("label", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("name", sa.String(5)))'

CASES = (
    Case("create_table: no relation", LABEL),
    Case("create_table: foreign key in the column", 'op.create_table("label", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("tag_id", sa.BigInteger(), sa.ForeignKey("tag.id")))'),
    Case("create_table: ForeignKeyConstraint", 'op.create_table("label", sa.Column("id", sa.Integer(), nullable=False), sa.Column("tag_id", sa.BigInteger()), sa.ForeignKeyConstraint(["tag_id"], ["tag.id"], name="label_tag"), sa.PrimaryKeyConstraint("id"))'),
    Case("create_table: an association of two tables", 'op.create_table("item_tag", sa.Column("item_id", sa.BigInteger(), sa.ForeignKey("item.id"), primary_key=True), sa.Column("tag_id", sa.BigInteger(), sa.ForeignKey("tag.id"), primary_key=True))'),
    Case("create_table: foreign key to itself", 'op.create_table("label", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("up_id", sa.Integer(), sa.ForeignKey("label.id")))'),
    Case("create_table: if_not_exists, the table is there", 'op.create_table("tag", sa.Column("id", sa.BigInteger(), primary_key=True), if_not_exists=True)', unseen=True),
    Case("create_table with an index and a row", f'{LABEL}\nop.create_index("label_name", "label", ["name"])\nop.execute("INSERT INTO label (name) VALUES (\'a\')")'),
    Case("drop_table: not referenced", 'op.drop_table("label")', LABEL),
    Case("drop_table: with a foreign key", 'op.drop_table("item")'),
    Case("drop_table: if_exists", 'op.drop_table("label", if_exists=True)', LABEL),
    Case("rename_table", 'op.rename_table("item", "thing")'),
    Case("create_table_comment", 'op.create_table_comment("item", "what is sold")'),
    Case("drop_table_comment", 'op.drop_table_comment("item")'),
    Case("add_column: nullable", EXTRA),
    Case("add_column: nullable said by nothing", _add('"extra", sa.Integer()')),
    Case("add_column: NOT NULL, the table is empty", 'op.add_column("label", sa.Column("size", sa.Integer(), nullable=False))', LABEL),
    Case("add_column: nullable with a Python default", _add('"extra", sa.Integer(), default=3')),
    Case("add_column: NOT NULL, server_default a string", _add('"extra", sa.String(9), server_default="x", nullable=False')),
    Case("add_column: NOT NULL, server_default=sa.true()", _add('"extra", sa.Boolean(), server_default=sa.true(), nullable=False')),
    Case("add_column: NOT NULL, server_default=sa.text", _add("\"extra\", sa.Integer(), server_default=sa.text('3'), nullable=False")),
    Case("add_column: nullable, server_default", _add('"extra", sa.Integer(), server_default="3", nullable=True')),
    Case("add_column: NOT NULL, server_default=func.now()", _add('"extra", sa.DateTime(), server_default=func.now(), nullable=False')),
    Case("add_column: NOT NULL, server_default clock_timestamp()", _add("\"extra\", sa.DateTime(timezone=True), server_default=text('clock_timestamp()'), nullable=False")),
    Case("add_column: NOT NULL, server_default gen_random_uuid()", _add("\"extra\", postgresql.UUID(), server_default=sa.text('gen_random_uuid()'), nullable=False")),
    Case("add_column: Computed, stored", _add('"extra", sa.Integer(), sa.Computed("qty * 2", persisted=True)')),
    Case("add_column: Computed, virtual", _add('"extra", sa.Integer(), sa.Computed("qty * 2", persisted=False)')),
    Case("add_column: Identity", _add('"extra", sa.BigInteger(), sa.Identity(), nullable=False')),
    Case("add_column: unique", _add('"extra", sa.Integer(), unique=True')),
    Case("add_column: index", _add('"extra", sa.Integer(), index=True')),
    Case("add_column: index and unique", _add('"extra", sa.Integer(), index=True, unique=True')),
    Case("add_column: foreign key, nullable", _add('"tag_id", sa.BigInteger(), sa.ForeignKey("tag.id"), nullable=True')),
    Case("add_column: foreign key with a name", _add('"tag_id", sa.BigInteger(), sa.ForeignKey("tag.id", name="item_tag", ondelete="CASCADE"), nullable=True')),
    Case("add_column: foreign key NOT NULL, server_default", _add('"tag_id", sa.BigInteger(), sa.ForeignKey("tag.id"), server_default="1", nullable=False')),
    Case("add_column: foreign key to itself", _add('"parent_id", sa.BigInteger(), sa.ForeignKey("item.id"), nullable=True')),
    Case("add_column: foreign key, inline_references", _add('"tag_id", sa.BigInteger(), sa.ForeignKey("tag.id"), nullable=True', more=", inline_references=True")),
    Case("add_column: foreign key and index", _add('"tag_id", sa.BigInteger(), sa.ForeignKey("tag.id"), index=True, nullable=True')),
    Case("add_column: a check with it", _add('"extra", sa.Integer(), sa.CheckConstraint("extra > 0", name="extra_ok"), nullable=True')),
    Case("add_column: JSONB", _add('"extra", postgresql.JSONB(), nullable=True')),
    Case("add_column: ARRAY", _add('"extra", postgresql.ARRAY(sa.Text()), nullable=True')),
    Case("add_column: Enum made by itself first", 'kind = sa.Enum("a", "b", name="kind")\nkind.create(op.get_bind())\n' + _add('"kind", kind, nullable=True')),
    Case("add_column: Enum, NOT NULL with server_default", 'postgresql.ENUM("a", "b", name="kind").create(op.get_bind())\n' + _add('"kind", postgresql.ENUM("a", "b", name="kind", create_type=False), server_default="a", nullable=False')),
    Case("add_column: with a comment", _add('"extra", sa.Integer(), nullable=True, comment="how many"')),
    Case("add_column: if_not_exists, it is there", _add('"note", sa.String(50), nullable=True', more=", if_not_exists=True")),
    Case("add_column: twice in a loop", 'for name in ("one", "two"):\n    op.add_column("item", sa.Column(name, sa.Integer(), nullable=True))'),
    Case("drop_column: nullable", 'op.drop_column("item", "note")'),
    Case("drop_column: NOT NULL", 'op.drop_column("item", "qty")'),
    Case("drop_column: NOT NULL with server_default", 'op.drop_column("item", "extra")', _add('"extra", sa.Integer(), server_default="3", nullable=False')),
    Case("drop_column: with its foreign key", 'op.drop_column("item", "author_id")'),
    Case("drop_column: with an index", 'op.drop_column("item", "qty")', INDEX),
    Case("drop_column: if_exists", 'op.drop_column("item", "note", if_exists=True)'),
    Case("drop_column: Computed", 'op.drop_column("item", "extra")', _add('"extra", sa.Integer(), sa.Computed("qty * 2", persisted=True)')),
    Case("alter_column: null to NOT NULL", _alter("note", "nullable=False")),
    Case("alter_column: null to NOT NULL, existing_type said", _alter("note", "existing_type=sa.String(50), nullable=False")),
    Case("alter_column: null to NOT NULL after a fill", 'op.execute("UPDATE item SET note = \'x\' WHERE note IS NULL AND id = 1")\n' + _alter("note", "nullable=False")),
    Case("alter_column: null to NOT NULL with server_default", _alter("note", 'nullable=False, server_default="x"')),
    Case("alter_column: null to NOT NULL, a validated check before", _alter("note", "nullable=False"), 'op.create_check_constraint("note_there", "item", "note IS NOT NULL")'),
    Case("alter_column: null to NOT NULL, a check not valid before", _alter("note", "nullable=False"), 'op.create_check_constraint("note_there", "item", "note IS NOT NULL", postgresql_not_valid=True)'),
    Case("alter_column: NOT NULL to null", _alter("qty", "nullable=True")),
    Case("alter_column: NOT NULL said again", _alter("qty", "existing_type=sa.Integer(), nullable=False")),
    Case("alter_column: varchar longer", _alter("title", "type_=sa.String(80)")),
    Case("alter_column: varchar shorter", _alter("title", "type_=sa.String(30)")),
    Case("alter_column: varchar to text", _alter("title", "existing_type=sa.String(50), type_=sa.Text(), existing_nullable=False")),
    Case("alter_column: text to varchar", _alter("extra", "type_=sa.String(80)"), _add('"extra", sa.Text(), nullable=True')),
    Case("alter_column: varchar without limit", _alter("title", "type_=sa.String()")),
    Case("alter_column: int to bigint", _alter("qty", "existing_type=sa.Integer(), type_=sa.BigInteger()")),
    Case("alter_column: int to smallint", _alter("qty", "type_=sa.SmallInteger()")),
    Case("alter_column: int to varchar", _alter("qty", "type_=sa.String(20)")),
    Case("alter_column: varchar to int with postgresql_using", _alter("code", 'type_=sa.Integer(), postgresql_using="code::integer"')),
    Case("alter_column: numeric precision larger", _alter("price", "type_=sa.Numeric(12, 2)")),
    Case("alter_column: numeric scale changed", _alter("price", "type_=sa.Numeric(12, 4)")),
    Case("alter_column: timestamptz to date", _alter("created", "type_=sa.Date()")),
    Case("alter_column: timestamptz to timestamp", _alter("created", "existing_type=sa.DateTime(timezone=True), type_=sa.DateTime(), existing_nullable=False")),
    Case("alter_column: enum to varchar", _alter("status", "type_=sa.String(9)"), text="new"),
    Case("alter_column: varchar to enum", _alter("extra", "type_=sa.Enum(name='item_status', create_type=False), postgresql_using='extra::item_status'"), _add('"extra", sa.String(9), nullable=True')),
    Case("alter_column: json to jsonb", _alter("extra", 'type_=postgresql.JSONB(), postgresql_using="extra::jsonb"'), _add('"extra", sa.JSON(), nullable=True')),
    Case("alter_column: the same type", _alter("qty", "existing_type=sa.Integer(), type_=sa.Integer()")),
    Case("alter_column: server_default set", _alter("qty", 'server_default="5"')),
    Case("alter_column: server_default set by sa.text", _alter("qty", "server_default=sa.text('5')")),
    Case("alter_column: server_default removed, NOT NULL", _alter("extra", "server_default=None"), _add('"extra", sa.Integer(), server_default="3", nullable=False')),
    Case("alter_column: server_default removed, nullable", _alter("extra", "server_default=None"), _add('"extra", sa.Integer(), server_default="3", nullable=True')),
    Case("alter_column: server_default=False leaves it", _alter("qty", "existing_type=sa.Integer(), server_default=False")),
    Case("alter_column: new_column_name", _alter("title", 'new_column_name="headline"')),
    Case("alter_column: new_column_name and a longer type", _alter("title", 'new_column_name="headline", type_=sa.String(80), existing_type=sa.String(50)')),
    Case("alter_column: type and NOT NULL at once", _alter("note", "type_=sa.Text(), nullable=False")),
    Case("alter_column: comment", _alter("qty", 'comment="how many"')),
    Case("alter_column: existing_type alone", _alter("qty", "existing_type=sa.Integer()")),
    Case("create_index", INDEX),
    Case("create_index: unique", 'op.create_index("item_code", "item", ["code"], unique=True)'),
    Case("create_index: op.f and two columns", 'op.create_index(op.f("ix_item_two"), "item", ["qty", "code"], unique=False)'),
    Case("create_index: an expression", "op.create_index(\"item_lower\", \"item\", [sa.text('lower(title)')])"),
    Case("create_index: partial", "op.create_index(\"item_part\", \"item\", [\"qty\"], postgresql_where=sa.text('qty > 5'))"),
    Case("create_index: GIN", 'op.create_index("item_gin", "item", ["extra"], postgresql_using="gin")', _add('"extra", postgresql.JSONB(), nullable=True')),
    Case("create_index: if_not_exists, it is not there", 'op.create_index("item_qty", "item", ["qty"], if_not_exists=True)'),
    Case("create_index: postgresql_concurrently in an autocommit_block", _apart('op.create_index("item_qty", "item", ["qty"], postgresql_concurrently=True)'), atomic=False),
    Case("create_index: unique, postgresql_concurrently in an autocommit_block", _apart('op.create_index("item_code", "item", ["code"], unique=True, postgresql_concurrently=True)'), atomic=False),
    Case("drop_index", 'op.drop_index("item_qty", "item")', INDEX),
    Case("drop_index: table_name", 'op.drop_index("item_qty", table_name="item")', INDEX),
    Case("drop_index: no table named", 'op.drop_index("item_qty")', INDEX),
    Case("drop_index: postgresql_concurrently in an autocommit_block", _apart('op.drop_index("item_qty", table_name="item", postgresql_concurrently=True)'), INDEX, atomic=False),
    Case("drop_index: if_exists", 'op.drop_index("item_qty", table_name="item", if_exists=True)', INDEX),
    Case("create_unique_constraint", UNIQUE),
    Case("create_unique_constraint: deferrable", 'op.create_unique_constraint("item_code_key", "item", ["code"], deferrable=True)'),
    Case("create_unique_constraint: no name", 'op.create_unique_constraint(None, "item", ["code"])'),
    Case("create_primary_key", 'op.create_primary_key("label_pkey", "label", ["name"])', 'op.create_table("label", sa.Column("name", sa.Integer(), nullable=False))', fill=("INSERT INTO label VALUES (1), (2)",)),
    Case("create_primary_key: of a nullable column", 'op.create_primary_key("label_pkey", "label", ["name"])', 'op.create_table("label", sa.Column("name", sa.Integer(), nullable=True))', fill=("INSERT INTO label VALUES (1), (2)",)),
    Case("create_check_constraint", f"{CHECK})"),
    Case("create_check_constraint: an expression", 'op.create_check_constraint("item_qty_ok", "item", column("qty") >= 0)'),
    Case("create_check_constraint: postgresql_not_valid", f"{CHECK}, postgresql_not_valid=True)"),
    Case("create_exclude_constraint", "op.create_exclude_constraint(\"item_ex\", \"item\", (column(\"qty\"), \"=\"), where=text('qty > 0'), using=\"btree\")"),
    Case("create_foreign_key", f"{TO_TAG})", TAG, fill=("UPDATE item SET tag_id = 1",)),
    Case("create_foreign_key: ondelete, op.f", 'op.create_foreign_key(op.f("fk_item_tag"), "item", "tag", ["tag_id"], ["id"], ondelete="CASCADE")', TAG, fill=("UPDATE item SET tag_id = 1",)),
    Case("create_foreign_key: no name", 'op.create_foreign_key(None, "item", "tag", ["tag_id"], ["id"])', TAG, fill=("UPDATE item SET tag_id = 1",)),
    Case("create_foreign_key: postgresql_not_valid", f"{TO_TAG}, postgresql_not_valid=True)", TAG),
    Case("create_foreign_key: to itself", 'op.create_foreign_key("item_up", "item", "item", ["up_id"], ["id"])', _add('"up_id", sa.BigInteger(), nullable=True'), fill=("UPDATE item SET up_id = 1",)),
    Case("create_foreign_key: from a new table", f'{LABEL}\nop.add_column("label", sa.Column("tag_id", sa.BigInteger()))\nop.create_foreign_key("label_tag", "label", "tag", ["tag_id"], ["id"])'),
    Case("VALIDATE CONSTRAINT of a check", 'op.execute("ALTER TABLE item VALIDATE CONSTRAINT item_qty_ok")', f"{CHECK}, postgresql_not_valid=True)"),
    Case("VALIDATE CONSTRAINT of a foreign key", 'op.execute("ALTER TABLE item VALIDATE CONSTRAINT item_tag_fk")', f"{TAG}\n{TO_TAG}, postgresql_not_valid=True)", fill=("UPDATE item SET tag_id = 1",)),
    Case("drop_constraint: foreign key", 'op.drop_constraint("item_author_id_fkey", "item", type_="foreignkey")'),
    Case("drop_constraint: foreign key, no type said", 'op.drop_constraint("item_author_id_fkey", "item")'),
    Case("drop_constraint: unique", 'op.drop_constraint("item_code_key", "item", type_="unique")', UNIQUE),
    Case("drop_constraint: check", 'op.drop_constraint("item_qty_ok", "item", type_="check")', f"{CHECK})"),
    Case("drop_constraint: primary key", 'op.drop_constraint("item_pkey", "item", type_="primary")'),
    Case("batch_alter_table: add_column", _batch('add_column(sa.Column("extra", sa.Integer(), nullable=True))')),
    Case("batch_alter_table: add_column NOT NULL, server_default", _batch('add_column(sa.Column("extra", sa.Integer(), server_default="3", nullable=False))')),
    Case("batch_alter_table: drop_column", _batch('drop_column("note")')),
    Case("batch_alter_table: alter_column to NOT NULL", _batch('alter_column("note", existing_type=sa.String(50), nullable=False)')),
    Case("batch_alter_table: alter_column to a wider type", _batch('alter_column("title", existing_type=sa.String(50), type_=sa.String(90))')),
    Case("batch_alter_table: alter_column new_column_name", _batch('alter_column("title", new_column_name="headline")')),
    Case("batch_alter_table: create_index", _batch('create_index("item_qty", ["qty"], unique=False)')),
    Case("batch_alter_table: create_index batch_op.f", _batch('create_index(batch_op.f("ix_item_qty"), ["qty"])')),
    Case("batch_alter_table: drop_index", _batch('drop_index("item_qty")'), INDEX),
    Case("batch_alter_table: create_unique_constraint", _batch('create_unique_constraint("item_code_key", ["code"])')),
    Case("batch_alter_table: create_check_constraint", _batch('create_check_constraint("item_qty_ok", "qty >= 0")')),
    Case("batch_alter_table: create_foreign_key", _batch('create_foreign_key("item_tag_fk", "tag", ["tag_id"], ["id"])'), TAG, fill=("UPDATE item SET tag_id = 1",)),
    Case("batch_alter_table: drop_constraint", _batch('drop_constraint("item_author_id_fkey", type_="foreignkey")')),
    Case("batch_alter_table: a column with its foreign key", _batch('add_column(sa.Column("tag_id", sa.BigInteger(), nullable=True))', 'create_foreign_key("item_tag_fk", "tag", ["tag_id"], ["id"])')),
    Case('batch_alter_table: recreate="always"', _batch('add_column(sa.Column("extra", sa.Integer(), nullable=True))', more=', recreate="always"').replace("item", "tag")),
    Case('batch_alter_table: recreate="never"', _batch('add_column(sa.Column("extra", sa.Integer(), nullable=True))', more=', recreate="never"')),
    Case("bulk_insert", 'op.bulk_insert(sa.table("tag", column("name")), [{"name": "a"}, {"name": "b"}])'),
    Case("execute: sa.update by key", f"op.execute({ITEM}.update().where(column('id') == 1).values(qty=1))"),
    Case("execute: sa.insert", 'op.execute(sa.insert(table("tag", column("name"))).values(name="x"))'),
    Case("execute: sa.delete by key", "op.execute(sa.delete(table('item', column('id'))).where(column('id') == 1))"),
    Case("execute: text() UPDATE by key", "op.execute(text(\"UPDATE item SET note = 'x' WHERE id = 1\"))"),
    Case("execute: get_bind() UPDATE by key", "op.get_bind().execute(sa.text('UPDATE item SET qty = qty + 1 WHERE id = 1'))"),
    Case("execute: SELECT of one row", "op.get_bind().execute(sa.text('SELECT 1 FROM item WHERE id = 1'))"),
    Case("execute: ALTER TYPE ADD VALUE", "op.execute(\"ALTER TYPE item_status ADD VALUE 'lost'\")"),
    Case("execute: ALTER TYPE RENAME VALUE", "op.execute(\"ALTER TYPE item_status RENAME VALUE 'new' TO 'fresh'\")", unseen=True),
    Case("execute: a new enum in the place of the old", "op.execute(\"ALTER TYPE item_status RENAME TO item_status_old\")\nsa.Enum('new', 'done', 'lost', name='item_status').create(op.get_bind())\nop.execute(\"ALTER TABLE item ALTER COLUMN status TYPE item_status USING status::text::item_status\")\nop.execute('DROP TYPE item_status_old')", unseen=True),
    Case("execute: CREATE TYPE", "op.execute(\"CREATE TYPE kind AS ENUM ('a')\")"),
    Case("execute: ADD COLUMN with a constant default", _sql("ALTER TABLE item ADD COLUMN x int NOT NULL DEFAULT 3"), unseen=True),
    Case("execute: ADD COLUMN NOT NULL on an empty table", _sql("ALTER TABLE label ADD COLUMN x int NOT NULL"), LABEL, unseen=True),
    Case("execute: ADD COLUMN with REFERENCES", _sql("ALTER TABLE item ADD COLUMN x bigint REFERENCES tag (id)"), unseen=True),
    Case("execute: DROP COLUMN", _sql("ALTER TABLE item DROP COLUMN note"), unseen=True),
    Case("execute: DROP COLUMN CASCADE", _sql("ALTER TABLE item DROP COLUMN IF EXISTS qty CASCADE"), unseen=True),
    Case("execute: SET NOT NULL", _sql("ALTER TABLE item ALTER COLUMN note SET NOT NULL"), unseen=True),
    Case("execute: TYPE bigint", _sql("ALTER TABLE item ALTER COLUMN qty TYPE bigint"), unseen=True),
    Case("execute: two statements in one text", _sql("ALTER TABLE item ADD COLUMN x int; CREATE INDEX i ON item (x);"), unseen=True),
    Case("execute: FOREIGN KEY NOT VALID", _sql("ALTER TABLE item ADD CONSTRAINT c FOREIGN KEY (author_id) REFERENCES author (id) NOT VALID"), unseen=True),
    Case("execute: CREATE INDEX", _sql("CREATE INDEX i ON item (qty)"), unseen=True),
    Case("execute: CREATE INDEX CONCURRENTLY in an autocommit_block", _apart(_sql("CREATE INDEX CONCURRENTLY i ON item (qty)")), atomic=False, unseen=True),
    Case("execute: UNIQUE USING INDEX", _sql("ALTER TABLE item ADD CONSTRAINT u UNIQUE USING INDEX u"), 'op.create_index("u", "item", ["code"], unique=True)', unseen=True),
    Case("execute: RENAME COLUMN", _sql("ALTER TABLE item RENAME COLUMN title TO headline"), unseen=True),
    Case("execute: RENAME TO", _sql("ALTER TABLE item RENAME TO thing"), unseen=True),
    Case("execute: RENAME CONSTRAINT", _sql("ALTER TABLE item RENAME CONSTRAINT item_author_id_fkey TO other"), unseen=True),
    Case("execute: ALTER INDEX RENAME", _sql("ALTER INDEX item_qty RENAME TO item_qty_2"), INDEX, unseen=True),
    Case("execute: LOCK TABLE", _sql("LOCK TABLE item IN SHARE ROW EXCLUSIVE MODE"), unseen=True),
    Case("execute: CREATE VIEW", _sql("CREATE VIEW v AS SELECT id FROM item"), unseen=True),
    Case("execute: CREATE TRIGGER", "op.execute(\"CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'\")\nop.execute(\"CREATE TRIGGER t BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION f()\")", unseen=True),
    Case("execute: COMMENT", _sql("COMMENT ON COLUMN item.qty IS 'how many'"), unseen=True),
    Case("execute: f-string of constants in a loop", 'for name in ("title", "code"):\n    op.execute(f"ALTER TABLE item ALTER COLUMN {name} TYPE text")', unseen=True),
    Case("a branch of another dialect", 'if op.get_bind().dialect.name == "sqlite":\n    op.drop_table("item")\nelse:\n    ' + EXTRA),
    Case("a helper of the revision", "def both(name):\n    op.add_column('item', sa.Column(name, sa.Integer(), nullable=True))\nboth('extra')"),
    Case("nothing", "pass"),
)  # fmt: skip
