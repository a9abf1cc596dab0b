"""Keys, constraints and indexes of SQLAlchemy models, against their revisions."""

from __future__ import annotations

import pytest

from analyzers.findings import Severity
from tests.support.alembic_trees import compare, files, findings, revision
from tests.support.mapped_models import KEYED, LINES, MAPPED
from tests.support.sqlmodels import FIRST, lacking


@pytest.mark.parametrize(("columns", "said"), [('"order_id", "number"', 0), ('"number"', 1)])
def test_a_unique_constraint_over_the_primary_key_adds_nothing(columns: str, said: int) -> None:
    """PostgreSQL does not make it; to forget it takes no revision."""
    start = {
        **files(
            one=revision("3f9a1c07be52", None, FIRST),
            two=revision("88d0e2b7a614", "3f9a1c07be52", LINES % columns),
        ),
        "shop/models.py": KEYED.format(args=f"UniqueConstraint({columns}),"),
    }
    head = {"shop/models.py": KEYED.format(args="")}

    assert len(findings(compare(start, head=head), "missing-migration")) == said


def test_a_table_that_takes_the_place_of_its_old_self_keeps_what_refers_to_it() -> None:
    """SQLite's way: put the table aside, make it anew, copy the rows, drop the old one."""
    start = {
        **files(
            one=revision("3f9a1c07be52", None, FIRST),
            two=revision("88d0e2b7a614", "3f9a1c07be52", LINES % '"number"'),
        ),
        "shop/models.py": KEYED.format(args='UniqueConstraint("number"),'),
    }
    anew = f"""op.rename_table("orders", "orders_old")
{FIRST[:-1]}, sa.Column("note", sa.Text()))
op.execute("INSERT INTO orders (id) SELECT id FROM orders_old")
op.drop_table("orders_old")"""
    note = "    note: Mapped[str | None] = mapped_column(Text)\n"
    models = start["shop/models.py"].replace("String\n", "String, Text\n", 1)
    models = models.replace("\n\n\nclass Line", f"\n{note}\n\nclass Line")
    assert note in models
    head = {
        "shop/models.py": models,
        "migrations/versions/three.py": revision("c04d5e81a9b7", "88d0e2b7a614", anew),
    }

    assert findings(compare(start, head=head), "missing-migration") == []
    without = {**head, "migrations/versions/three.py": None}
    assert len(findings(compare(start, head=without), "missing-migration")) == 1


UNIQUE = MAPPED.replace("(Base):", "(Base):\n    __table_args__ = (UniqueConstraint({}),)").replace(
    "import Column,", "import UniqueConstraint, Column,"
)


PAIR = '"id", "note"'


def test_a_unique_constraint_is_missing_though_another_was_dropped_that_is_not_known() -> None:
    """What is new is none of those that may be gone; what seems to be gone may be the one that was dropped."""
    note = "    note: Mapped[str] = mapped_column(String)\n"
    made = FIRST.replace(
        "primary_key=True)",
        f'primary_key=True), sa.Column("note", sa.String(), nullable=False), sa.UniqueConstraint({PAIR}, name="uq")',
    )
    dropped = 'op.drop_constraint("some_other_name", "orders", type_="unique")'
    revisions = files(
        one=revision("3f9a1c07be52", None, made),
        two=revision("88d0e2b7a614", "3f9a1c07be52", dropped),
    )

    def said(before: str, after: str) -> int:
        trees = compare(
            {**revisions, "shop/models.py": UNIQUE.format(before) + note},
            head={"shop/models.py": UNIQUE.format(after) + note},
        )
        return len(findings(trees, "missing-migration"))

    assert "UniqueConstraint(" in UNIQUE
    assert said(PAIR, f'{PAIR}), UniqueConstraint("note"') == 1
    assert said(f'{PAIR}), UniqueConstraint("id"', '"id"') == 0


@pytest.mark.parametrize(
    ("made", "severity"),
    [
        ('op.create_unique_constraint("uq_code", "orders", ["code"])', Severity.WARNING),
        ('op.create_index("by_code", "orders", ["code"], unique=True)', Severity.WARNING),
        ('op.create_index("by_code", "orders", ["code"])', Severity.ERROR),
        ("pass", Severity.ERROR),
    ],
)
def test_what_the_database_has_in_another_form_fails_nothing(made: str, severity: Severity) -> None:
    """``unique=True, index=True`` asks for a unique index; a constraint is one as well."""
    start = {**files(one=revision("3f9a1c07be52", None, FIRST)), "shop/models.py": MAPPED}
    code = "    code: Mapped[str | None] = mapped_column(index=True, unique=True)\n"
    add = f'op.add_column("orders", sa.Column("code", sa.String()))\n{made}'
    head = {
        "shop/models.py": f"{MAPPED}{code}",
        "migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", add),
    }

    (found,) = findings(compare(start, head=head), "missing-migration")

    assert (found.severity, "ix_orders_code" in found.message) == (severity, True)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("keys() + (Index('by_code', 'code'),)", 0),
        ("cls._own + (Index('by_code', 'code'),)", 1),
        ("(PrimaryKeyConstraint('id'),)", 1),
    ],
)
def test_a_class_without_a_key_in_sight_may_have_it_in_any_column(given: str, said: int) -> None:
    """The table's arguments are put together by code: the key's columns take no NULL."""
    models = f"""from sqlalchemy import Column, Index, Integer, PrimaryKeyConstraint, String
from sqlalchemy.orm import DeclarativeBase, declared_attr


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer)
    _own = (PrimaryKeyConstraint("id"),)

    @declared_attr
    def __table_args__(cls):
        return {given}
"""
    start = {**files(one=revision("3f9a1c07be52", None, FIRST)), "shop/models.py": models}
    add = 'op.add_column("orders", sa.Column("code", sa.String(), nullable=False))'
    code = "    code = Column(String)\n    _own"
    head = {
        "shop/models.py": models.replace("    _own", code, 1),
        "migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", add),
    }

    assert len(findings(compare(start, head=head), "missing-migration")) == said


def test_a_unique_constraint_that_is_put_over_the_primary_key_is_missing() -> None:
    """Added to a table that stands, PostgreSQL makes it; autogenerate asks for it."""
    start = {
        **files(
            one=revision("3f9a1c07be52", None, FIRST),
            two=revision(
                "88d0e2b7a614",
                "3f9a1c07be52",
                LINES.replace("    sa.UniqueConstraint(%s),\n", ""),
            ),
        ),
        "shop/models.py": KEYED.format(args=""),
    }
    head = {"shop/models.py": KEYED.format(args='UniqueConstraint("order_id", "number"),')}

    assert len(findings(compare(start, head=head), "missing-migration")) == 1


@pytest.mark.parametrize(("asked", "severity"), [(True, Severity.WARNING), (False, Severity.ERROR)])
def test_a_unique_constraint_beside_a_unique_index_refuses_nothing_more(
    asked: bool, severity: Severity
) -> None:
    """The models ask for an index in its place; where they do not, rows that they allow are refused."""
    old = MAPPED.replace("import Column,", "import Column, Index, UniqueConstraint,")
    old += "    code: Mapped[int]\n    __table_args__ = ({args},)\n"
    made = f'{FIRST[:-1]}, sa.Column("code", sa.Integer(), nullable=False), sa.UniqueConstraint("code"))'
    start = {
        **files(one=revision("3f9a1c07be52", None, made)),
        "shop/models.py": old.format(args='UniqueConstraint("code")'),
    }
    index = f'op.create_index("ix_code", "orders", ["code"], unique={asked})'
    head = {
        "shop/models.py": old.format(args=f'Index("ix_code", "code", unique={asked})'),
        "migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", index),
    }

    (found,) = findings(compare(start, head=head), "missing-migration")

    assert "unique constraint" in found.message
    assert (found.severity or Severity.ERROR) is severity


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ("id, note", 1),
        ("note.desc()", 1),
        # Texts alone put it on no table.
        ('"id", "note"', 0),
    ],
)
def test_an_index_in_the_class_is_on_the_table_of_the_columns_that_it_names(
    members: str, said: int
) -> None:
    note = "note: Mapped[str] = mapped_column(String)"
    models = MAPPED.replace("import Column", "import Column, Index")
    found = lacking(
        models, f'{note}\n    ix = Index("ix_note", {members})', 'sa.Column("note", sa.String())'
    )
    assert len([m for m in found if "`ix_note`" in m]) == said


@pytest.mark.parametrize(
    ("left", "severities"),
    [("", {Severity.WARNING}), ("    kind = Column(Integer)\n", {Severity.ERROR})],
)
def test_a_foreign_key_that_goes_with_its_column_refuses_nothing(
    left: str, severities: set[Severity]
) -> None:
    kinds = 'op.create_table("kinds", sa.Column("id", sa.Integer(), primary_key=True))'
    orders = FIRST.replace(
        "primary_key=True)",
        'primary_key=True), sa.Column("kind", sa.Integer(), sa.ForeignKey("kinds.id"))',
    )
    models = MAPPED.replace("import Column", "import Column, ForeignKey") + (
        '    kind = Column(Integer, ForeignKey("kinds.id"))\n'
    )
    kind = '\n\nclass Kind(Base):\n    __tablename__ = "kinds"\n    id: Mapped[int] = mapped_column(primary_key=True)\n'
    start = files(one=revision("3f9a1c07be52", None, f"{kinds}\n{orders}"))
    start["shop/models.py"] = models + kind
    head = {"shop/models.py": MAPPED + left + kind}

    found = findings(compare(start, head=head), "missing-migration")
    assert {f.severity for f in found} == severities
    assert any("foreign key" in f.message for f in found)


KEPT = """op.create_table("users", sa.Column("id", sa.Integer(), primary_key=True))
op.create_table(
    "orders",
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("code", sa.Integer()),
    sa.Column("user", sa.Integer(), sa.ForeignKey("users.id", name="fk")),
    sa.UniqueConstraint("code", "id", name="uq"),
)
op.create_index("ix", "orders", ["code"])"""


ASKING = """from sqlalchemy import Column, ForeignKey, Index, Integer, UniqueConstraint
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class User(Base):
    __tablename__ = "users"
    id = Column(Integer, primary_key=True)


class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
    code = Column(Integer)
    user = Column(Integer, ForeignKey("users.id"))
    __table_args__ = (Index("ix", "code"), UniqueConstraint("code", "id", name="uq"))
"""


@pytest.mark.parametrize(
    ("drop", "what"),
    [
        ('op.drop_index("ix", table_name="orders")', "the index `ix` on `orders`"),
        ('op.drop_constraint("uq", "orders", type_="unique")', "the unique constraint on `orders`"),
        ('op.drop_constraint("fk", "orders", type_="foreignkey")', "the foreign key from `orders`"),
    ],
)
def test_what_a_revision_drops_is_not_called_new_in_the_models(drop: str, what: str) -> None:
    start = {**files(one=revision("3f9a1c07be52", None, KEPT)), "shop/models.py": ASKING}
    head = {"migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", drop)}

    (found,) = findings(compare(start, head=head), "missing-migration")
    assert found.severity is Severity.WARNING
    assert found.message.startswith(f"A new revision drops {what}")
    assert found.new_files == ()
