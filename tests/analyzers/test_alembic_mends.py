"""What real merges taught about Alembic: edits without meaning, other dialects, triggers, old Python."""

from __future__ import annotations

import pytest

from analyzers.findings import Severity
from tests.support.alembic_trees import compare, files, findings, revision

ONE = revision(
    "3f9a1c07be52",
    None,
    'op.create_table("orders", sa.Column("id", sa.Integer, primary_key=True), sa.Column("note", sa.Text))',
)
TWO = "migrations/versions/two.py"


def second(upgrade: str, downgrade: str = "pass") -> str:
    """The revision after the first one."""
    return revision("88d0e2b7a614", "3f9a1c07be52", upgrade, downgrade)


ALIKE = {
    "a timeout of the session": (
        'op.execute("SET LOCAL lock_timeout = \'5s\'")\nop.drop_column("orders", "note")',
        'op.execute("SET LOCAL lock_timeout = \'30s\'")\nop.drop_column("orders", "note")',
    ),
    "what is logged": (
        'for n in (1, 2):\n    op.drop_column("orders", f"c{n}")\n    log.info("dropped {n}".format(n=n))',
        'for n in (1, 2):\n    op.drop_column("orders", f"c{n}")\n    log.info(f"dropped {n}")',
    ),
    "a return at the end": (
        'op.drop_column("orders", "note")',
        'op.drop_column("orders", "note")\nreturn None',
    ),
    "an f-string without a placeholder": (
        'op.execute(sa.text(f"DELETE FROM orders"))',
        'op.execute(sa.text("DELETE FROM orders"))',
    ),
    "a text that is put together": (
        'for t in ("orders", "o" + "rders"):\n    op.create_unique_constraint("uq_" + t + "_note", t, ["note"])',
        'for t in ("orders", "orders"):\n    op.create_unique_constraint(f"uq_{t}" + "_note", t, ["note"])',
    ),
    "SQL that is put together": (
        'key = input()\nop.execute("""UPDATE orders SET note = \'""" + key + """\' """)',
        'key = input()\nop.execute(f"""UPDATE orders SET note = \'{key}\' """)',
    ),
    "SQL over several lines": (
        "op.get_bind().execute(sa.text(\"UPDATE orders SET note = 'a  b' WHERE id > 3\"))",
        'op.get_bind().execute(\n    sa.text("""\n        UPDATE orders SET note = \'a  b\'\n\n        WHERE id > 3\n    """))',
    ),
    "another name of SQLAlchemy's functions": (
        'op.add_column("orders", sa.Column("at", sa.DateTime, server_default=sa.func.now()))',
        'op.add_column("orders", sa.Column("at", sa.DateTime, server_default=sa.sql.functions.now()))',
    ),
    "a comment in SQL": (
        'op.execute("""\n-- avoid conflcit\nDELETE FROM orders\n""")',
        'op.execute("""\n-- avoid conflict\nDELETE FROM orders\n""")',
    ),
    "a Python default of a new column": (
        'op.add_column("orders", sa.Column("new", sa.Boolean, server_default="f"))',
        'op.add_column("orders", sa.Column("new", sa.Boolean, default=False, server_default="f"))',
    ),
}


UNLIKE = {
    "a space in a text": (
        "op.execute(\"UPDATE orders SET note = 'a b'\")",
        "op.execute(\"UPDATE orders SET note = 'a  b'\")",
    ),
    "a break in a text": (
        "op.execute(\"UPDATE orders SET note = 'a b'\")",
        'op.execute("""UPDATE orders SET note = \'a\nb\'""")',
    ),
    "what is put together": (
        'op.create_index("ix_" + input() + "_note", "orders", ["note"])',
        'op.create_index("ix_" + input() + "_notes", "orders", ["note"])',
    ),
    "a sum of numbers": (
        'for n in range(2):\n    op.execute(sa.text("SELECT 1").bindparams(n=n + 1))',
        'for n in range(2):\n    op.execute(sa.text("SELECT 1").bindparams(n=f"{n}1"))',
    ),
}


@pytest.mark.parametrize("name", sorted(UNLIKE))
def test_what_another_text_says_is_an_edit(name: str) -> None:
    before, after = (second(text) for text in UNLIKE[name])

    (found,) = findings(
        compare(files(one=ONE, two=before), head={TWO: after}), "committed-migration-edited"
    )

    assert found.severity is not Severity.INFO


@pytest.mark.parametrize("name", sorted(ALIKE))
def test_an_edit_that_leaves_every_database_as_it_was_is_a_remark(name: str) -> None:
    before, after = (second(text) for text in ALIKE[name])
    base = files(one=ONE, two=before)
    assert before != after

    (found,) = findings(compare(base, head={TWO: after}), "committed-migration-edited")

    assert found.severity is not None
    assert found.severity.word == "info"


DIFFERENT = {
    "a log line that does something": (
        "pass",
        'log.info(op.get_bind().execute(sa.text("DELETE FROM orders")))',
    ),
    "another role": ("pass", 'op.execute("SET ROLE admin")'),
    "another server default": (
        'op.add_column("orders", sa.Column("new", sa.Boolean, server_default="f"))',
        'op.add_column("orders", sa.Column("new", sa.Boolean, server_default="t"))',
    ),
}


@pytest.mark.parametrize("name", sorted(DIFFERENT))
def test_an_edit_that_does_something_else_is_an_error(name: str) -> None:
    before, after = (second(text) for text in DIFFERENT[name])
    base = files(one=ONE, two=before)

    (found,) = findings(compare(base, head={TWO: after}), "committed-migration-edited")

    assert found.severity is not None
    assert found.severity.word == "error"
    assert "upgrade()" in found.message


def test_a_mended_way_back_fails_nothing() -> None:
    base = files(one=ONE, two=second('op.drop_column("orders", "note")'))
    after = second('op.drop_column("orders", "note")', 'op.add_column("orders", sa.Column("note"))')

    (found,) = findings(compare(base, head={TWO: after}), "committed-migration-edited")

    assert found.severity is not None
    assert (found.severity.word, "downgrade()" in found.message) == ("warning", True)


def test_two_heads_of_the_base_that_are_put_into_one_line_fail_nothing() -> None:
    """The same edit where the base has one head is an error: what stood before it is skipped."""
    third = revision("c5417be2f093", "3f9a1c07be52")
    moved = revision("c5417be2f093", "88d0e2b7a614")
    base = files(one=ONE, two=second("pass"), three=third)
    path = "migrations/versions/three.py"

    (found,) = findings(compare(base, head={path: moved}), "committed-migration-edited")
    line = files(one=ONE, two=second("pass"), three=moved)
    (worse,) = findings(compare(line, head={path: third}), "committed-migration-edited")

    assert found.severity is not None
    assert worse.severity is not None
    assert (found.severity.word, worse.severity.word) == ("warning", "error")
    assert "down_revision" in found.message


def test_a_revision_of_python_2_that_is_mended_is_not_new() -> None:
    upgrade = 'print {}\nop.create_index("orders_note", "orders", ["note"])'
    old = second(upgrade.format('"x"'))
    new = second(upgrade.format('("x")').replace("print (", "print("))

    found = findings(compare(files(one=ONE, two=old), head={TWO: new}), "index-blocks-writes")
    fresh = findings(compare(files(one=ONE), head={TWO: new}), "index-blocks-writes")

    assert (len(found), len(fresh)) == (0, 1)


def test_an_address_says_which_database_it_is() -> None:
    upgrade = (
        "url = str(op.get_bind().engine.url)\n"
        'if url.startswith("mysql"):\n    op.create_index("one", "orders", ["note"])\n'
        'elif url.startswith("postgres"):\n    op.create_index("two", "orders", ["id"])'
    )

    found = findings(compare(files(one=ONE), head={TWO: second(upgrade)}), "index-blocks-writes")

    assert [f.column for f in found] == ["id"]


def test_operations_that_are_handed_over_are_read() -> None:
    text = second('op.create_index("one", "orders", ["note"])')
    handed = text.replace("def upgrade()", "def upgrade(op=None)").replace(
        "from alembic import op\n", ""
    )
    assert handed != text

    found = findings(compare(files(one=ONE), head={TWO: handed}), "index-blocks-writes")

    assert [f.column for f in found] == ["note"]


def test_a_foreign_key_within_add_column_reads_no_row() -> None:
    """Alembic adds it in a statement of its own; the remedy names the other way."""
    add = 'op.add_column("orders", sa.Column("up", sa.Integer(), sa.ForeignKey("orders.id")){})'
    apart, inline = (
        findings(
            compare(files(one=ONE), head={TWO: second(add.format(more))}),
            "constraint-scans-under-lock",
        )
        for more in ("", ", inline_references=True")
    )

    assert len(apart) == 1
    assert "inline_references" in apart[0].remedy
    assert inline == []


TRIGGER = '''op.add_column("orders", sa.Column("slug", sa.Text()))
op.execute("UPDATE orders SET slug = note")
op.alter_column("orders", "slug", nullable=False)
op.execute("""CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.slug := NEW.note; RETURN NEW; END $$""")
op.execute("CREATE TRIGGER t {} ON orders FOR EACH ROW EXECUTE FUNCTION fill()")'''


def test_a_trigger_that_fills_a_column_speaks_for_old_code() -> None:
    def said(when: str) -> int:
        trees = compare(files(one=ONE), head={TWO: second(TRIGGER.format(when))})
        return len(findings(trees, "column-made-not-null"))

    assert (said("BEFORE INSERT OR UPDATE"), said("AFTER INSERT")) == (0, 1)


def test_sqlite_has_no_other_way_to_build_an_index() -> None:
    ini = "[alembic]\nscript_location = migrations\nsqlalchemy.url = sqlite:///x.db\n"
    base = {**files(one=ONE), "alembic.ini": ini}
    head = {TWO: second('op.create_index("one", "orders", ["note"])')}

    (found,) = findings(compare(base, head=head), "index-blocks-writes")

    assert found.severity is not None
    assert found.severity.word == "info"


SHOP = """from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    note: Mapped[str | None]
    size: Mapped[int]
"""


def test_a_column_that_a_plugins_own_revision_makes_is_not_missing() -> None:
    models = SHOP.replace("    size: Mapped[int]\n", "")
    base = {**files(one=ONE), "shop/models.py": models}
    changed = models + "    vat: Mapped[int | None]\n"
    text = revision("88d0e2b7a614", None, 'op.add_column("orders", sa.Column("vat", sa.Integer()))')
    plugin = text.replace("def upgrade()", "def upgrade(op=None)")
    where = "plugins/tax/migrations/88d0e2b7a614_vat.py"

    alone = findings(compare(base, head={"shop/models.py": changed}), "missing-migration")
    beside = compare(base, head={"shop/models.py": changed, where: plugin})

    assert len(alone) == 1
    assert findings(beside, "missing-migration") == []


SIZED = ONE.replace(
    'sa.Column("note", sa.Text)',
    'sa.Column("note", sa.Text), sa.Column("size", sa.Integer, nullable=False)',
)


def test_what_the_models_forget_first_is_dropped_later() -> None:
    """A column that the database demands of every insert cannot wait."""
    base = {**files(one=SIZED), "shop/models.py": SHOP}

    def said(line: str) -> list[str | None]:
        assert line in SHOP
        found = findings(
            compare(base, head={"shop/models.py": SHOP.replace(line, "")}), "missing-migration"
        )
        return [f.severity.word if f.severity else None for f in found]

    assert said("    note: Mapped[str | None]\n") == ["warning"]
    assert said("    size: Mapped[int]\n") == ["error"]


def test_a_revision_that_goes_ahead_of_the_models_is_not_missing() -> None:
    base = {**files(one=SIZED), "shop/models.py": SHOP}
    loose = second('op.alter_column("orders", "size", existing_type=sa.Integer(), nullable=True)')
    other = SHOP.replace("size: Mapped[int]", "size: Mapped[int | None]")

    assert findings(compare(base, head={TWO: loose}), "missing-migration") == []
    assert len(findings(compare(base, head={"shop/models.py": other}), "missing-migration")) == 1


def test_a_view_of_the_old_name_keeps_old_code_alive() -> None:
    rename = 'op.rename_table("orders", "sales")\n'
    view = 'op.execute("CREATE VIEW orders AS SELECT * FROM sales{}")'

    def said(more: str) -> int:
        trees = compare(files(one=ONE), head={TWO: second(rename + more)})
        return len(findings(trees, "table-renamed"))

    assert said("pass") == 1
    assert said(view.format("")) == 0
    assert said(view.format(" WHERE id > 5")) == 1
