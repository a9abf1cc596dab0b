"""Constraints of several columns, in schemas, or checked late, in the revisions that are offered."""

from __future__ import annotations

import pytest

from analyzers.findings import Severity
from tests.support.alembic_trees import compare, files, findings, revision

SHOPS = """op.create_table(
    "shops",
    sa.Column("land", sa.Integer(), primary_key=True),
    sa.Column("id", sa.Integer(), primary_key=True){},
)
op.create_table(
    "orders",
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("land", sa.Integer()),
    sa.Column("shop_id", sa.Integer()){},
)"""
MODELS = """from sqlalchemy import Column, ForeignKeyConstraint, Integer, UniqueConstraint
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Shop(Base):
    __tablename__ = "shops"
    __table_args__ = ({schema},)
    land = Column(Integer, primary_key=True)
    id = Column(Integer, primary_key=True)


class Order(Base):
    __tablename__ = "orders"
    __table_args__ = ({args}{schema},)
    id = Column(Integer, primary_key=True)
    land = Column(Integer)
    shop_id = Column(Integer)
"""
LINE = """

class Line(Base):
    __tablename__ = "lines"
    __table_args__ = ({args},)
    id = Column(Integer, primary_key=True)
    land = Column(Integer)
    shop_id = Column(Integer)
"""
PATH = "shop/models.py"


def offered(models: str, told: str, schema: str = "") -> str:
    """The upgrade that is offered; with it in the tree nothing is told any more."""
    made = SHOPS.format(*2 * [f', schema="{schema}"' if schema else ""])
    base = {**files(one=revision("3f9a1c07be52", None, made)), PATH: models}
    (found,) = findings(compare(base, head={PATH: told}), "missing-migration")
    (file,) = found.new_files
    head = {PATH: told, file.path: file.content}
    assert findings(compare(base, head=head), "missing-migration") == []
    return file.content.partition("def upgrade")[2].partition("def downgrade")[0]


UNIQUE = (
    'UniqueConstraint("land", "shop_id", name="uq_orders", deferrable=True, initially="deferred")'
)


@pytest.mark.parametrize("schema", ["", "market"])
def test_a_key_of_several_columns_is_written_whole(schema: str) -> None:
    where = f"{schema}." if schema else ""
    key = (
        f'ForeignKeyConstraint(["land", "shop_id"], ["{where}shops.land", "{where}shops.id"],'
        ' name="fk_orders", ondelete="CASCADE"), '
    )
    said = f'{{"schema": "{schema}"}}' if schema else "{}"
    before, after = (MODELS.format(args=args, schema=said) for args in ("", key))

    written = (
        'op.create_foreign_key("fk_orders", "orders", "shops", ["land", "shop_id"], ["land", "id"]'
    )
    schemas = f', source_schema="{schema}", referent_schema="{schema}"' if schema else ""
    assert f'{written}, ondelete="CASCADE"{schemas})' in offered(before, after, schema)


def test_a_constraint_that_is_checked_late_is_written_so() -> None:
    before, after = (MODELS.format(args=args, schema="{}") for args in ("", f"{UNIQUE}, "))

    written = 'op.create_unique_constraint("uq_orders", "orders", ["land", "shop_id"]'
    assert f'{written}, deferrable=True, initially="DEFERRED")' in offered(before, after)


def test_a_new_table_has_both() -> None:
    models = MODELS.format(args="", schema="{}")
    keys = (
        'ForeignKeyConstraint(["land", "shop_id"], ["shops.land", "shops.id"], deferrable=True), '
        + UNIQUE.replace("uq_orders", "uq_lines")
    )

    content = offered(models, models + LINE.format(args=keys))
    assert (
        'sa.ForeignKeyConstraint(["land", "shop_id"], ["shops.land", "shops.id"], deferrable=True)'
        in content
    )
    assert (
        'sa.UniqueConstraint("land", "shop_id", name="uq_lines", deferrable=True, initially="DEFERRED")'
        in content
    )


NAMED = 'UniqueConstraint("land", "shop_id", name="uq_orders"), '
MADE = '\nop.create_unique_constraint("uq_orders", "orders", ["land", "shop_id"])'


@pytest.mark.parametrize(
    ("args", "made", "told"),
    [
        (NAMED.replace("uq_orders", "uq_shops"), MADE, True),
        (NAMED.replace("uq_orders", "uq_shops"), MADE.replace('"uq_orders"', "None"), False),
        (NAMED.replace(', name="uq_orders"', ""), MADE, False),
        (NAMED.replace("uq_orders", "uq_shops"), MADE + MADE.replace("uq_orders", "uq_two"), False),
    ],
    ids=["another name", "none in the revision", "none in the model", "two of them"],
)
def test_another_name_of_a_unique_constraint_is_told(args: str, made: str, told: bool) -> None:
    """Nothing fails of it; autogenerate makes it anew. What SQLAlchemy or the database names is passed over."""
    before, after = (MODELS.format(args=each, schema="{}") for each in (NAMED, args))
    base = {**files(one=revision("3f9a1c07be52", None, SHOPS.format("", "") + made)), PATH: before}
    found = findings(compare(base, head={PATH: after}), "missing-migration")

    assert [(f.severity, f.message) for f in found] == [
        (
            Severity.WARNING,
            "The unique constraint on `orders` (land,shop_id) has another name in the models, and no revision says so.",
        )
    ] * told
    for file in (f.new_files[0] for f in found):
        up, down = file.content.split("def downgrade")
        assert '"uq_orders", "orders", type_="unique"' in up
        assert '"uq_shops", "orders", ["land", "shop_id"]' in up
        assert '"uq_shops", "orders", type_="unique"' in down
        head = {PATH: after, file.path: file.content}
        assert findings(compare(base, head=head), "missing-migration") == []


@pytest.mark.parametrize(
    "second",
    [
        'op.drop_constraint("uq_orders", "orders")\n'
        'op.create_unique_constraint("uq_shops", "orders", ["land", "shop_id"])',
        'op.execute("ALTER TABLE orders RENAME CONSTRAINT uq_orders TO uq_shops")',
        'op.execute("ALTER INDEX uq_orders RENAME TO uq_shops")',
    ],
)
def test_a_revision_may_give_it_the_name(second: str) -> None:
    before, after = (
        MODELS.format(args=each, schema="{}")
        for each in (NAMED, NAMED.replace("uq_orders", "uq_shops"))
    )
    base = {**files(one=revision("3f9a1c07be52", None, SHOPS.format("", "") + MADE)), PATH: before}
    head = {
        PATH: after,
        "migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", second),
    }
    assert findings(compare(base, head=head), "missing-migration") == []


def test_an_index_gives_way_to_the_constraint_of_its_name() -> None:
    """PostgreSQL keeps a constraint's index under the constraint's own name."""
    made = SHOPS.format("", "") + (
        '\nop.create_index("uq_orders", "orders", ["land", "shop_id"], unique=True)'
    )
    asked = 'UniqueConstraint("land", "shop_id", name="uq_orders"), '
    before = MODELS.format(args="", schema="{}")
    base = {**files(one=revision("3f9a1c07be52", None, made)), PATH: before}
    head = {PATH: MODELS.format(args=asked, schema="{}")}

    (found,) = findings(compare(base, head=head), "missing-migration")
    assert found.severity is Severity.WARNING
    up, _, down = found.new_files[0].content.partition("def downgrade")
    assert up.index('op.drop_index("uq_orders"') < up.index("op.create_unique_constraint(")
    assert down.index('op.drop_constraint("uq_orders"') < down.index("op.create_index(")


INDEX = 'Index("uq_orders", "land", "shop_id", unique=True), '


@pytest.mark.parametrize(
    ("args", "written"),
    [
        (INDEX, ['op.drop_constraint("uq_orders"', 'op.create_index("uq_orders"']),
        (
            INDEX.replace("uq_orders", "ix_orders"),
            ['op.drop_constraint("uq_orders"', 'op.create_index("ix_orders"'],
        ),
        # The constraint's own index has its name; nothing is to be made.
        (INDEX + NAMED, []),
    ],
    ids=["of its name", "of another name", "beside it"],
)
def test_a_constraint_gives_way_to_the_index(args: str, written: list[str]) -> None:
    before, after = (
        MODELS.replace("UniqueConstraint\n", "UniqueConstraint, Index\n").format(
            args=a, schema="{}"
        )
        for a in (NAMED, args)
    )
    base = {**files(one=revision("3f9a1c07be52", None, SHOPS.format("", "") + MADE)), PATH: before}
    found = findings(compare(base, head={PATH: after}), "missing-migration")
    texts = {f.new_files[0].path: f.new_files[0].content for f in found}
    ups = [
        text.partition("def upgrade")[2].partition("def downgrade")[0] for text in texts.values()
    ]

    assert len(ups) == bool(written)
    for up in ups:
        assert [*sorted(written, key=up.index)] == written
        assert findings(compare(base, head={PATH: after, **texts}), "missing-migration") == []
