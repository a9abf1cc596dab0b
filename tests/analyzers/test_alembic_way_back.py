"""What the way back says of revisions: types that it leaves, and functions that are not there."""

from __future__ import annotations

import pytest

from analyzers.review import review
from tests.support.alembic_trees import compare, files, findings, revision
from tests.support.enum_models import start


@pytest.mark.parametrize(
    ("down", "left"),
    [
        ('op.drop_table("refunds")', True),
        ('op.drop_table("refunds")\nop.execute("DROP TYPE kind")', False),
        ('op.drop_table("refunds")\nsa.Enum(name="kind").drop(op.get_bind())', False),
    ],
)
def test_a_type_that_the_way_back_leaves_is_noted(down: str, left: bool) -> None:
    table = 'op.create_table("refunds", sa.Column("kind", sa.Enum("GIFT", name="kind")))'
    head = {"migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", table, down)}
    made = review(compare(start(), head=head)).rollback

    assert made is not None
    assert any("enum type kind" in note for note in made.notes) == left


@pytest.mark.parametrize(
    ("was", "stops"), [("sa.Text()", False), ("sa.String()", False), ("sa.String(2)", True)]
)
def test_an_enum_s_values_are_texts(was: str, stops: bool) -> None:
    kind = 'sa.Enum("GIFT", name="order_kind")'
    base = start() | files(
        one=revision("3f9a1c07be52", None, f'op.create_table("t", sa.Column("kind", {was}))')
    )
    change = 'op.alter_column("t", "kind", type_={}{})'
    two = revision(
        "88d0e2b7a614",
        "3f9a1c07be52",
        change.format(kind, ', postgresql_using="kind::order_kind"'),
        change.format(was, ""),
    )
    made = review(compare(base, head={"migrations/versions/two.py": two})).rollback

    assert made is not None
    told = [note for note in made.notes if "stop it" in note or "Going back loses" in note]
    assert bool(told) is stops


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("ALTER TABLE orders VALIDATE CONSTRAINT a", False),
        ("ANALYZE orders", False),
        ("SET LOCAL statement_timeout = 0", False),
        ("COMMIT", False),
        ("reindex table orders;", False),
        ("SET LOCAL a = 1; DROP TABLE orders", True),
        ("ALTER TABLE orders ADD CONSTRAINT a CHECK (true) NOT VALID", True),
        ("ALTER TABLE orders SET LOGGED", True),
    ],
)
def test_what_leaves_schema_and_rows_alone_needs_no_way_back(statement: str, told: bool) -> None:
    two = revision("88d0e2b7a614", "3f9a1c07be52", f"op.execute({statement!r})")
    there = compare(start(), head={"migrations/versions/two.py": two})

    assert bool(findings(there, "irreversible-migration")) is told


def test_a_revision_without_a_downgrade_at_all_is_no_way_back() -> None:
    text = revision("88d0e2b7a614", "3f9a1c07be52")
    for content, possible in ((text, True), (text.partition("def downgrade")[0], False)):
        head = {"migrations/versions/two.py": content}
        made = review(compare(start(), head=head)).rollback

        assert made is not None
        assert made.possible == possible


MODEL = """import sqlalchemy as sa
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Order(Base):
    __tablename__ = "orders"
    id = sa.Column(sa.Integer, primary_key=True)
    state = sa.Column(sa.{}, nullable=False)
"""
STATES = (
    "op.create_table('orders', sa.Column('state', sa.Enum('new', name='state'), nullable=False))"
)
ADDS = "op.execute(\"ALTER TYPE state ADD VALUE IF NOT EXISTS 'lost'\")"
SWAPS = """op.execute("ALTER TYPE state RENAME TO state_old")
sa.Enum("new", "lost", name="state").create(op.get_bind())
op.execute("ALTER TABLE orders ALTER COLUMN state TYPE state USING state::text::state")
op.execute("DROP TYPE state_old")"""


@pytest.mark.parametrize(
    ("kind", "upgrade", "told"),
    [
        ("Enum('new', name='state')", ADDS, "is not safe once new code has written 'lost'"),
        ("Enum('new', name='state')", SWAPS, "is not safe once new code has written 'lost'"),
        ("Enum('new', 'lost', name='state')", ADDS, "is safe: the old code runs"),
        ("Enum(*STATES, name='state')", ADDS, "is safe until new code has written 'lost'"),
        ("Enum('new', name='state')", "op.create_index('i', 'orders', ['state'])", "is safe: "),
    ],
)
def test_a_value_that_old_models_lack_cannot_be_read_by_them(
    kind: str, upgrade: str, told: str
) -> None:
    base = files(one=revision("3f9a1c07be52", None, STATES)) | {
        "shop/models.py": MODEL.format(kind)
    }
    two = revision("88d0e2b7a614", "3f9a1c07be52", upgrade)
    made = review(compare(base, head={"migrations/versions/two.py": two})).rollback

    assert made is not None
    (note,) = (note for note in made.notes if "the code alone" in note)
    assert told in note


@pytest.mark.parametrize(
    ("upgrade", "words"),
    [
        (ADDS, ["takes no value out"]),
        (f"{ADDS}\nop.execute('DROP TABLE orders')", ["takes no value out", "Write the statement"]),
        ("op.execute('DROP TABLE orders')", ["Write the statement"]),
    ],
)
def test_what_can_be_done_about_a_value_that_stays(upgrade: str, words: list[str]) -> None:
    base = files(one=revision("3f9a1c07be52", None, STATES))
    two = revision("88d0e2b7a614", "3f9a1c07be52", upgrade)
    (found,) = findings(
        compare(base, head={"migrations/versions/two.py": two}), "irreversible-migration"
    )

    both = ("takes no value out", "Write the statement")
    assert [word for word in both if word in found.remedy] == sorted(words, key=both.index)


def test_a_value_that_stays_and_a_comment_that_says_so() -> None:
    base = files(one=revision("3f9a1c07be52", None, STATES))
    two = revision("88d0e2b7a614", "3f9a1c07be52", ADDS, "# Nobody writes it any more.\npass")

    assert not findings(
        compare(base, head={"migrations/versions/two.py": two}), "irreversible-migration"
    )
