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
