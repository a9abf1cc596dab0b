"""What a foreign key does to its rows when the other row goes: models against revisions."""

from __future__ import annotations

import pytest

from analyzers.findings import Severity
from tests.support.alembic_trees import compare, files, findings, revision

MODELS = """from sqlalchemy import Column, ForeignKey, ForeignKeyConstraint, Integer
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Shop(Base):
    __tablename__ = "shops"
    id = Column(Integer, primary_key=True)


class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
    shop_id = Column(Integer, ForeignKey("shops.id"))
"""
SQLMODEL = """from sqlmodel import Field, SQLModel


class Shops(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)


class Orders(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    shop_id: int | None = Field(default=None, foreign_key="shops.id")
"""
FIRST = """op.create_table("shops", sa.Column("id", sa.Integer(), primary_key=True))
op.create_table(
    "orders",
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("shop_id", sa.Integer()),
    sa.ForeignKeyConstraint(["shop_id"], ["shops.id"]{}),
)"""
AGAIN = """op.drop_constraint("orders_shop_id_fkey", "orders", type_="foreignkey")
op.{}"""
CASCADE = 'ForeignKey("shops.id", ondelete="cascade", onupdate="SET  NULL")'


def start(models: str = MODELS, first: str = FIRST.format("")) -> dict[str, str]:
    return {**files(one=revision("3f9a1c07be52", None, first)), "shop/models.py": models}


def told(models: str, second: str | None = None, of: dict[str, str] | None = None) -> list[str]:
    head = {"shop/models.py": models}
    if second is not None:
        head["migrations/versions/two.py"] = revision("88d0e2b7a614", "3f9a1c07be52", second)
    found = findings(compare(of or start(), head=head), "missing-migration")
    return [f.message for f in found]


def test_another_action_is_told_with_the_revision_that_makes_it() -> None:
    models = MODELS.replace('ForeignKey("shops.id")', CASCADE)
    (found,) = findings(compare(start(), head={"shop/models.py": models}), "missing-migration")

    assert found.message == (
        "The foreign key from `orders` (shop_id) is ON DELETE CASCADE ON UPDATE SET NULL"
        " in the models, and no revision says so."
    )
    assert found.place.line == 15
    up, down = found.new_files[0].content.split("def downgrade")
    assert 'op.drop_constraint("orders_shop_id_fkey", "orders", type_="foreignkey")' in up
    assert up.rstrip().endswith('["id"], ondelete="CASCADE", onupdate="SET NULL")')
    assert down.rstrip().endswith('"shops", ["shop_id"], ["id"])')


def test_an_action_that_goes_is_told() -> None:
    kept = start(MODELS.replace('ForeignKey("shops.id")', CASCADE))
    kept |= files(
        one=revision(
            "3f9a1c07be52", None, FIRST.format(', ondelete="CASCADE", onupdate="SET NULL"')
        )
    )
    (found,) = findings(compare(kept, head={"shop/models.py": MODELS}), "missing-migration")

    assert "ON DELETE NO ACTION ON UPDATE NO ACTION" in found.message
    assert found.severity is Severity.WARNING


@pytest.mark.parametrize(
    "call",
    [
        'create_foreign_key(None, "orders", "shops", ["shop_id"], ["id"], ondelete="CASCADE", onupdate="SET NULL")',
        'create_foreign_key(None, "orders", "shops", ["shop_id"], ["id"], **kept)',
        'create_foreign_key(None, "orders", "shops", ["shop_id"], ["id"], ondelete=chosen(), onupdate="SET NULL")',
        'execute("ALTER TABLE orders ADD FOREIGN KEY (shop_id) REFERENCES shops (id) ON DELETE CASCADE ON UPDATE SET NULL")',
    ],
)
def test_a_revision_that_may_make_it_is_enough(call: str) -> None:
    models = MODELS.replace('ForeignKey("shops.id")', CASCADE)

    assert told(models, AGAIN.format(call)) == []


def test_a_revision_that_forgets_it_is_told() -> None:
    models = MODELS.replace('ForeignKey("shops.id")', CASCADE)
    call = 'create_foreign_key(None, "orders", "shops", ["shop_id"], ["id"], ondelete="CASCADE")'
    (message,) = told(models, AGAIN.format(call))

    assert "ON UPDATE SET NULL" in message
    assert "ON DELETE" not in message


@pytest.mark.parametrize(
    "written",
    [
        'ForeignKey("shops.id", ondelete="RESTRICT")',
        'ForeignKey("shops.id", ondelete=None)',
        'ForeignKey("shops.id", ondelete="No Action")',
        'ForeignKey("shops.id", **kept)',
        'ForeignKey("shops.id", ondelete=chosen())',
    ],
)
def test_what_is_the_same_or_not_known_is_silent(written: str) -> None:
    assert told(MODELS.replace('ForeignKey("shops.id")', written)) == []


def test_what_differed_before_is_silent() -> None:
    models = MODELS.replace('ForeignKey("shops.id")', CASCADE)
    changed = models.replace("    shop_id", "    # Where it was bought.\n    shop_id")

    assert told(changed, of=start(models)) == []


def test_a_field_of_sqlmodel_says_it_as_well() -> None:
    assert told(SQLMODEL, of=start(SQLMODEL)) == []
    (message,) = told(
        SQLMODEL.replace('="shops.id"', '="shops.id", ondelete="SET NULL"'), of=start(SQLMODEL)
    )
    assert "ON DELETE SET NULL" in message


def test_a_new_table_and_a_new_key_are_written_with_it() -> None:
    bare = MODELS.replace(', ForeignKey("shops.id")', "")
    key = findings(
        compare(
            start(
                bare, FIRST.replace('    sa.ForeignKeyConstraint(["shop_id"], ["shops.id"]{}),', "")
            ),
            head={"shop/models.py": MODELS.replace('ForeignKey("shops.id")', CASCADE)},
        ),
        "missing-migration",
    )
    new = f"{MODELS}\n\nclass Line(Base):\n    __tablename__ = 'lines'\n    id = Column(Integer, primary_key=True)\n    shop = Column(Integer, {CASCADE})\n"
    table = findings(compare(start(), head={"shop/models.py": new}), "missing-migration")

    for found in (key, table):
        assert 'ondelete="CASCADE", onupdate="SET NULL"' in found[0].new_files[0].content


def test_a_revision_that_makes_keys_of_tables_in_a_loop_leaves_the_actions_open() -> None:
    models = MODELS.replace('ForeignKey("shops.id")', CASCADE)
    loop = (
        'for table in tables_of(["orders"]):\n'
        "    with op.batch_alter_table(table) as batch:\n"
        '        batch.create_foreign_key(None, "shops", ["shop_id"], ["id"], ondelete="CASCADE")'
    )
    assert told(models, loop) == []


NAMED = """from sqlalchemy import Column, ForeignKey, ForeignKeyConstraint, Integer, Table
from sqlalchemy.orm import DeclarativeBase, declared_attr


class Base(DeclarativeBase):
    @declared_attr
    def key(self) -> str:
        return f"{self.__tablename__}.id"


class Shop(Base):
    __tablename__ = "shops"
    code = Column("id", Integer, primary_key=True)
"""
OTHER = """from sqlalchemy import Column, ForeignKey, Integer

from shop.models import Base, Shop


class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
    shop = Column(Integer)
"""


def offered(models: str, told: str) -> str:
    """The revision that is offered where the models in *models* become as *told*."""
    first = revision(
        "3f9a1c07be52",
        None,
        'op.create_table("shops", sa.Column("id", sa.Integer(), primary_key=True))\n'
        'op.create_table("orders", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("shop", sa.Integer()))',
    )
    start = {
        **files(one=first),
        "shop/__init__.py": "",
        "shop/models.py": NAMED,
        "shop/orders.py": models,
    }
    found = findings(compare(start, head={"shop/orders.py": told}), "missing-migration")
    return "".join(file.content for f in found[:1] for file in f.new_files)


@pytest.mark.parametrize(
    "key",
    ["Shop.code", "Shop.__table__.c.code", "Shop.key", '"shops.id"'],
)
def test_a_foreign_key_may_name_its_target_as_an_attribute(key: str) -> None:
    told = OTHER.replace("Column(Integer)", f"Column(Integer, ForeignKey({key}))")

    assert '"orders", "shops", ["shop"], ["id"])' in offered(OTHER, told)


def test_a_table_s_constraint_may_do_so_too() -> None:
    models = OTHER.replace("ForeignKey,", "ForeignKeyConstraint,")
    told = f'{models}    __table_args__ = (ForeignKeyConstraint(["shop"], [Shop.code]),)\n'

    assert '"orders", "shops", ["shop"], ["id"])' in offered(models, told)


@pytest.mark.parametrize(
    "told",
    [
        OTHER.replace("Column(Integer)", "Column(Integer, ForeignKey(Shop.gone))"),
        OTHER.replace("Column(Integer)", "Column(Integer, ForeignKey(Shop.code))")
        + "\n\nclass Shop:\n    code = 1\n",
    ],
    ids=["no column", "another class of that name"],
)
def test_what_an_attribute_means_is_not_guessed(told: str) -> None:
    assert offered(OTHER, told) == ""


def test_a_new_column_s_key_is_told_beside_one_that_is_not_known() -> None:
    """What the other one refers to says nothing of it; the file that is offered has no column without its key."""
    models = OTHER.replace("shop = Column(Integer)", "shop = Column(Integer, ForeignKey(OTHER.x))")
    more = f"{models}    second = Column(Integer, ForeignKey(Shop.code))\n"
    half = f"{models}    second = Column(Integer, ForeignKey(OTHER.y))\n"

    assert '"orders", "shops", ["second"], ["id"])' in offered(models, more)
    assert offered(models, half) == ""


LATE = ', deferrable=True, initially="DEFERRED"'
BY_SQL = (
    'op.execute("ALTER TABLE orders DROP CONSTRAINT orders_shop_id_fkey, '
    'ADD FOREIGN KEY (shop_id) REFERENCES shops (id) DEFERRABLE INITIALLY DEFERRED")'
)
ALTERED = 'op.execute("ALTER TABLE orders ALTER CONSTRAINT orders_shop_id_fkey DEFERRABLE INITIALLY DEFERRED")'


def with_key(more: str) -> str:
    return MODELS.replace('ForeignKey("shops.id")', f'ForeignKey("shops.id"{more})')


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("", LATE, "DEFERRABLE INITIALLY DEFERRED"),
        (LATE, "", "NOT DEFERRABLE"),
        (LATE, ', initially="immediate"', "DEFERRABLE"),
        ("", ', initially="IMMEDIATE"', "DEFERRABLE"),
        ("", ', ondelete="CASCADE", deferrable=True', "ON DELETE CASCADE DEFERRABLE"),
        ("", ", deferrable=False", ""),
        (LATE, ', initially="deferred"', ""),
    ],
)
def test_another_time_to_check_a_key_is_told(before: str, after: str, said: str) -> None:
    """As far as autogenerate tells one from another; with the revision that is offered nothing is told any more."""
    of = start(with_key(before), FIRST.format(before))
    head = {"shop/models.py": with_key(after)}
    found = findings(compare(of, head=head), "missing-migration")

    assert [f.message for f in found] == (
        [
            f"The foreign key from `orders` (shop_id) is {said} in the models, and no revision says so."
        ]
        if said
        else []
    )
    for file in (each.new_files[0] for each in found):
        whole = compare(of, head={**head, file.path: file.content})
        assert findings(whole, "missing-migration") == []


@pytest.mark.parametrize(
    "second",
    [
        AGAIN.format(
            f'create_foreign_key("orders_shop_id_fkey", "orders", "shops", ["shop_id"], ["id"]{LATE})'
        ),
        BY_SQL,
        ALTERED,
    ],
)
def test_a_revision_may_make_a_key_be_checked_later(second: str) -> None:
    assert told(with_key(LATE), second) == []


def test_how_hard_another_time_is_told() -> None:
    """A key that is checked at once where the models want it later refuses what they write."""
    wants = findings(compare(start(), head={"shop/models.py": with_key(LATE)}), "missing-migration")
    of = start(with_key(LATE), FIRST.format(LATE))
    has = findings(compare(of, head={"shop/models.py": MODELS}), "missing-migration")

    assert [f.severity for f in (*wants, *has)] == [Severity.ERROR, Severity.WARNING]
    assert "checks the key when" in (wants[0].why or "")


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("[id, land]", 0),
        ('["orders.id", "orders.land"]', 0),
        ("refcolumns=[id, land]", 0),
        ('["shops.id", "shops.land"]', 2),
    ],
)
def test_a_key_may_refer_to_columns_of_its_own_class(target: str, said: int) -> None:
    """They are those of its own table, whatever that is called."""
    made = """op.create_table(
    "orders",
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("land", sa.Integer(), primary_key=True),
    sa.Column("before", sa.Integer()),
    sa.ForeignKeyConstraint(["before", "land"], ["orders.id", "orders.land"]),
)"""
    models = """from sqlalchemy import Column, ForeignKeyConstraint, Integer
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
    land = Column(Integer, primary_key=True)
    before = Column(Integer)
"""
    key = '    __table_args__ = (ForeignKeyConstraint(["before", "land"], {}),)\n'
    start = {
        **files(one=revision("3f9a1c07be52", None, made)),
        "shop/models.py": models + key.format('["orders.id", "orders.land"]'),
    }
    head = {"shop/models.py": models + key.format(target) + "\n\n"}

    found = findings(compare(start, head=head), "missing-migration")
    assert len(found) == said


def test_a_key_of_columns_that_the_database_is_asked_for_has_none_in_words() -> None:
    second = """keys = sa.inspect(op.get_bind()).get_foreign_keys("orders")
for key in keys:
    op.create_foreign_key(key["name"], "orders", "shops", key["constrained_columns"], ["id"])"""
    head = {"migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", second)}

    (found,) = findings(compare(start(), head=head), "constraint-scans-under-lock")

    assert found.message == (
        "The foreign key constraint on `orders` is checked against all rows under a lock."
    )
