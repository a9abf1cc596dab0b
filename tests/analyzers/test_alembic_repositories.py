"""Alembic repositories of unusual forms, reviewed whole: what is said of them, and what is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.script.revision import RevisionError
from alembic.util import CommandError

from analyzers.results import Review
from analyzers.review import review
from analyzers.trees import MemoryTree
from tests.support.alembic_trees import compare, contents, files, findings, heads, revision

TABLE = 'op.create_table("orders", sa.Column("id", sa.Integer, primary_key=True))'
ADD = 'op.add_column("orders", sa.Column("note", sa.Text))'
DROP = 'op.drop_column("orders", "note")'
START = files(
    one=revision("3f9a1c07be52", None, TABLE, 'op.drop_table("orders")'),
    two=revision("88d0e2b7a614", "3f9a1c07be52"),
)
ONE, TWO, THREE = (f"migrations/versions/{name}.py" for name in ("one", "two", "three"))


def third(upgrade: str, downgrade: str = DROP, down: str | None = "88d0e2b7a614") -> dict[str, str]:
    return {THREE: revision("5c1d77e0f9aa", down, upgrade, downgrade)}


def reviewed(head: dict[str, str]) -> Review:
    return review(compare(START, head=head))


def notes(head: dict[str, str]) -> str:
    plan = reviewed(head).rollback
    assert plan is not None
    return "\n".join(plan.notes)


@pytest.mark.parametrize(
    ("parents", "rules"),
    [
        ({"3f9a1c07be52": "5c1d77e0f9aa", "5c1d77e0f9aa": "88d0e2b7a614"}, 2),
        ({"3f9a1c07be52": None, "5c1d77e0f9aa": "5c1d77e0f9aa"}, 1),
    ],
)
def test_a_circle_is_told_in_alembics_words(
    parents: dict[str, str | None], rules: int, tmp_path: Path
) -> None:
    head = {
        ONE: revision("3f9a1c07be52", parents["3f9a1c07be52"], TABLE, 'op.drop_table("orders")'),
        THREE: revision("5c1d77e0f9aa", parents["5c1d77e0f9aa"], ADD, DROP),
    }
    trees = compare(START, head=head)
    assert isinstance(trees.merged, MemoryTree)

    found = [f for f in findings(trees) if f.severity and f.severity.word == "error"]

    with pytest.raises(RevisionError) as error:
        heads(contents(trees.merged), tmp_path)
    (circle,) = (f for f in found if f.rule == "circular-dependency")
    assert str(error.value) in circle.why
    assert "two apps" not in circle.remedy
    assert len(found) == rules


def test_what_cannot_be_followed_is_said_and_nothing_is_claimed_of_it() -> None:
    head = third("op.create_view(thing())")
    made = reviewed(head)

    assert [(u.place.path, "op.create_view(thing())" in u.reason) for u in made.unknown] == [
        (THREE, True)
    ]
    assert made.touches
    assert "is not known" in notes(head)
    assert "fails" not in notes(head)
    assert "UnknownChange" not in notes(head)


def test_a_revision_without_a_known_parent_is_no_silence() -> None:
    text = third(ADD)[THREE].replace("'88d0e2b7a614'", "os.environ['PARENT']")
    made = reviewed({THREE: text})

    assert made.findings == ()
    assert made.touches
    assert [u.place.path for u in made.unknown] == [THREE]


def test_nothing_is_run_while_a_parent_is_missing() -> None:
    plan = reviewed(third(ADD, down="eea2e21515bc")).rollback

    assert plan is not None
    assert plan.commands == ()
    assert not plan.possible
    assert any("eea2e21515bc" in note for note in plan.notes)


def test_depends_on_something_gone_is_shown_at_its_line() -> None:
    text = revision("5c1d77e0f9aa", "88d0e2b7a614", ADD, DROP, depends_on="eea2e21515bc")

    (found,) = findings(compare(START, head={THREE: text}), "missing-parent")

    assert text.splitlines()[found.place.line - 1].startswith("depends_on")


def test_another_id_is_what_a_database_does_not_find() -> None:
    text = START[TWO].replace("88d0e2b7a614", "99d0e2b7a614")

    (found,) = findings(compare(START, head={TWO: text}), "committed-migration-edited")

    assert found.message.startswith("88d0e2b7a614 ")
    assert "Can't locate revision identified by '88d0e2b7a614'" in found.why
    assert "`88d0e2b7a614`" in found.remedy


SEVERAL = '''"""Two databases."""
from alembic import op
import sqlalchemy as sa

revision = "5c1d77e0f9aa"
down_revision = "88d0e2b7a614"
branch_labels = None
depends_on = None


def upgrade(engine_name):
    globals(){called}()


def downgrade(engine_name):
    globals()["downgrade_%s" % engine_name]()


def upgrade_shop():
    op.create_index("ix_orders_id", "orders", ["id"])


def downgrade_shop():
    op.drop_index("ix_orders_id", "orders")


def upgrade_users():
    op.add_column("orders", sa.Column("note", sa.Text(), nullable=False))


def downgrade_users():
    op.drop_column("orders", "note")
'''


@pytest.mark.parametrize(
    "called",
    [
        '["upgrade_%s" % engine_name]',
        '[f"upgrade_{engine_name}"]',
        '["upgrade_" + engine_name]',
        '.get(f"upgrade_{engine_name}", lambda: None)',
    ],
)
@pytest.mark.parametrize("first", ["shop", ""])
def test_every_database_of_the_template_for_several_is_read(called: str, first: str) -> None:
    """The database without a name, Flask-SQLAlchemy's usual one, among them."""
    text = SEVERAL.format(called=called).replace("_shop", f"_{first}")
    made = reviewed({THREE: text})

    said = {f.rule: text.splitlines()[f.place.line - 1].strip() for f in made.findings}

    assert said["index-blocks-writes"].startswith("op.create_index")
    assert said["not-null-column-added"].startswith("op.add_column")
    assert "irreversible-migration" not in said


FUNCTION = '''from alembic_utils.pg_function import PGFunction
from alembic_utils.pg_trigger import PGTrigger
from alembic_utils.pg_view import PGView
made = PGFunction(schema="public", signature="touch()", definition="""
returns trigger language plpgsql as $$ begin return new; end; $$""")
fires = PGTrigger(schema="public", signature="touching", on_entity="public.orders",
    definition="BEFORE INSERT ON public.orders FOR EACH ROW EXECUTE FUNCTION touch()")
seen = PGView("public", "shown", "select id from orders")
'''
BACK_AND_FORTH = {
    "alembic-utils": (
        f"{FUNCTION}op.create_entity(made)\nop.create_entity(fires)\nop.create_entity(seen)",
        f"{FUNCTION}op.drop_entity(seen)\nop.drop_entity(fires)\nop.drop_entity(made)",
    ),
    "an enum of its own": (
        'sa.Enum("a", "b", name="mood").create(op.get_bind())',
        'sa.Enum(name="mood").drop(op.get_bind())',
    ),
    "SQL": (
        'op.execute("CREATE VIEW shown AS SELECT 1")',
        'op.execute("DROP VIEW IF EXISTS shown")',
    ),
}


@pytest.mark.parametrize("name", sorted(BACK_AND_FORTH))
def test_what_is_made_beside_tables_is_taken_back(name: str) -> None:
    forth, back = BACK_AND_FORTH[name]

    assert "not known" not in notes(third(forth, back))
    assert "not known" in notes(third(forth, 'op.execute("DROP VIEW other")'))


def test_an_enum_keeps_its_label_where_somebody_says_so() -> None:
    label = "op.execute(\"ALTER TYPE mood ADD VALUE 'glad'\")"
    said = '"""The label stays: nothing takes it away, and old code never writes it."""'

    def told(back: str) -> int:
        return len(findings(compare(START, head=third(label, back)), "irreversible-migration"))

    assert told("pass") == 1
    assert told(said) == 0


SCHEMA = """from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import MetaData


class Database(SQLAlchemy):
    pass


db = Database(metadata=MetaData())


class Order(db.Model):
    __tablename__ = "orders"
    __table_args__ = {"schema": "shop"}
    id = db.Column(db.Integer, primary_key=True)
"""
INDEXED = "    tag = db.Column(db.Integer, index=True)\n"
MAKING = {
    "without a name": 'op.add_column("orders", sa.Column("tag", sa.Integer), schema="shop")\n'
    'op.create_index(None, "orders", ["tag"], schema="shop")',
    "with the column": 'op.add_column("orders", sa.Column("tag", sa.Integer, index=True), schema="shop")',
}


@pytest.mark.parametrize("name", sorted(MAKING))
def test_an_index_is_not_missing_that_gets_its_name_by_itself(name: str) -> None:
    """In a schema, and of a database object that is a subclass of Flask-SQLAlchemy's."""
    start = {
        **files(one=revision("3f9a1c07be52", None, TABLE[:-1] + ', schema="shop")')),
        "shop/models.py": SCHEMA,
    }
    models = {"shop/models.py": SCHEMA + INDEXED}
    made = {TWO: revision("88d0e2b7a614", "3f9a1c07be52", MAKING[name])}
    plain = {TWO: revision("88d0e2b7a614", "3f9a1c07be52", MAKING[name].partition("\n")[0])}

    assert findings(compare(start, head={**models, **made}), "missing-migration") == []
    if "\n" in MAKING[name]:
        assert len(findings(compare(start, head={**models, **plain}), "missing-migration")) == 1


SAFE = {
    ("sa.Integer()", "sa.BigInteger()"): "is safe",
    ("sa.String(20)", "sa.String(50)"): "is safe",
    ("sa.String(20)", "sa.Text()"): "is safe",
    ("sa.BigInteger()", "sa.Integer()"): "may fail",
    ("sa.String(50)", "sa.String(20)"): "may fail",
    ("sa.Text()", "sa.Integer()"): "may fail",
}


@pytest.mark.parametrize(("before", "after"), SAFE)
def test_old_code_lives_with_a_type_that_takes_all_its_values(before: str, after: str) -> None:
    alter = f'op.alter_column("orders", "note", type_={after}, existing_type={before})'
    back = f'op.alter_column("orders", "note", type_={before}, existing_type={after})'
    add = ADD.replace("sa.Text", before)
    base = files(one=START[ONE], two=revision("88d0e2b7a614", "3f9a1c07be52", add, DROP))

    plan = review(compare(base, head=third(alter, back))).rollback

    assert plan is not None
    assert SAFE[before, after] in plan.notes[-1]


def labelled(name: str, down: str) -> str:
    return revision(name, down, branch_labels=("shop",))


REFUSED = {
    "a label in two revisions of one line": (
        "duplicate-revision",
        {
            TWO: labelled("88d0e2b7a614", "3f9a1c07be52"),
            THREE: labelled("5c1d77e0f9aa", "88d0e2b7a614"),
        },
    ),
    "a label in place of a parent": (
        "missing-parent",
        {
            TWO: labelled("88d0e2b7a614", "3f9a1c07be52"),
            THREE: revision("5c1d77e0f9aa", "shop"),
        },
    ),
    "the beginning of an id": ("missing-parent", {THREE: revision("5c1d77e0f9aa", "88d0")}),
    "the word for the newest": ("missing-parent", {THREE: revision("5c1d77e0f9aa", "head")}),
}


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_alembic_refuses_is_told_with_its_error(name: str, tmp_path: Path) -> None:
    rule, head = REFUSED[name]
    # A label on the second revision comes with it, so that nothing committed is edited.
    base = {path: text for path, text in START.items() if path not in head}
    trees = compare(base, head=head)
    assert isinstance(trees.merged, MemoryTree)

    errors = [f for f in findings(trees) if f.severity and f.severity.word == "error"]

    with pytest.raises((KeyError, RevisionError)) as error:
        heads(contents(trees.merged), tmp_path)
    assert [f.rule for f in errors] == [rule]
    # Which of two revisions is named first changes from run to run.
    first = str(error.value).partition(" in revision")[0]
    assert first in errors[0].why


def test_a_file_that_alembic_stops_at_is_named(tmp_path: Path) -> None:
    for name, count in (("util.py", 1), ("__init__.py", 0), ("3f9b.py", 0), ("notes.txt", 0)):
        text = "down_revision = None\n\n\ndef upgrade():\n    pass\n"
        trees = compare(START, head={f"migrations/versions/{name}": text})
        assert isinstance(trees.merged, MemoryTree)
        assert len(findings(trees, "migration-does-not-load")) == count
        if count:
            with pytest.raises(CommandError, match="Could not determine revision id"):
                heads(contents(trees.merged), tmp_path / name)
        else:
            assert heads(contents(trees.merged), tmp_path / name)


HELPER = """from alembic import op
import sqlalchemy as sa


def add(table):
    op.add_column(table, sa.Column("made", sa.Integer()))
"""
HELPERS = {
    "what it does": (HELPER.replace("Integer", "BigInteger"), 1),
    "how it is written": (HELPER.replace("add(table):", 'add(table):\n    """Who made it."""'), 0),
    "something else in its file": (f"{HELPER}\n\ndef drop(table):\n    op.drop_table(table)\n", 0),
}


@pytest.mark.parametrize("what", sorted(HELPERS))
def test_a_committed_revision_is_edited_where_its_helper_does_something_else(what: str) -> None:
    text, count = HELPERS[what]
    calls = third('from shop.schema.helpers import add\nadd("orders")')
    base = {**START, **calls, "shop/schema/helpers.py": HELPER}

    found = findings(
        compare(base, head={"shop/schema/helpers.py": text}), "committed-migration-edited"
    )

    assert [(f.migration, "shop/schema/helpers.py" in f.message) for f in found] == [
        ("5c1d77e0f9aa", True)
    ] * count


def test_the_helper_is_named_and_not_its_package() -> None:
    """Its package's ``__init__.py`` is changed as well, and holds nothing that the revision runs."""
    calls = third('from shop.schema.helpers import add\nadd("orders")')
    start = {**START, **calls, "shop/__init__.py": "", "shop/schema/helpers.py": HELPER}
    more = HELPER.replace("Integer", "BigInteger")
    head = {"shop/__init__.py": "version = 2\n", "shop/schema/helpers.py": more}

    (found,) = findings(compare(start, head=head), "committed-migration-edited")

    assert "shop/schema/helpers.py" in found.message


def test_what_goes_with_its_column_is_taken_back_with_it() -> None:
    forth = (
        'op.add_column("orders", sa.Column("tag", sa.Integer()))\n'
        'op.create_index("ix_tag", "orders", ["tag"])\n'
        'op.create_unique_constraint("uq_tag", "orders", ["id", "tag"])'
    )

    assert "not known" not in notes(third(forth, 'op.drop_column("orders", "tag")'))
    assert "not known" in notes(third(forth, 'op.drop_column("orders", "other")'))


def test_an_exclusion_constraint_is_offered_no_way_that_there_is_not() -> None:
    ex = 'op.create_exclude_constraint("ex", "orders", ("id", "="), using="gist")'

    (found,) = findings(compare(START, head=third(ex)), "constraint-scans-under-lock")

    assert "postgresql_not_valid" not in found.remedy


@pytest.mark.parametrize(
    ("rows", "count"),
    [
        ("session.query(Order).all()", 1),
        ("session.query(Order).order_by(Order.id).all()", 1),
        ("session.query(Order).filter_by(id=1).all()", 0),
        ("session.query(Order).limit(100).all()", 0),
        ("rows.all()", 0),
    ],
)
def test_a_session_that_loads_every_row_is_told(rows: str, count: int) -> None:
    loop = f"session = Session(bind=op.get_bind())\nfor order in {rows}:\n    order.note = 1"

    found = findings(compare(START, head=third(loop)), "data-step-loads-table")

    assert len(found) == count
    assert all("yield_per" in f.remedy for f in found)


def test_each_section_of_a_configuration_is_a_root_with_its_own_database() -> None:
    """Named by `alembic --name`; none of them need be called `alembic`."""
    ini = "[one]\nscript_location = one\nsqlalchemy.url = {}\n\n[two]\nscript_location = two\nsqlalchemy.url = {}\n"
    base = {"shop.ini": ini.format("postgresql://a", "mysql+pymysql://b")}
    head = {}
    for name in ("one", "two"):
        base[f"{name}/env.py"] = START["migrations/env.py"]
        base[f"{name}/versions/one.py"] = START[ONE]
        head[f"{name}/versions/two.py"] = revision(
            "88d0e2b7a614", "3f9a1c07be52", 'op.create_index("ix", "orders", ["id"])'
        )

    previews = {p.app: p.dialect for p in review(compare(base, head=head)).sql}

    assert previews == {"one": "postgresql", "two": "mysql"}
