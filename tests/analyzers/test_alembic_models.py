"""SQLAlchemy models in forms that real projects write, against their revisions."""

from __future__ import annotations

import pytest

from analyzers.findings import Severity
from tests.support.alembic_trees import INI, compare, files, findings, revision
from tests.support.sqlmodels import FIRST, SQLMODEL, lacking

MAPPED = """from sqlalchemy import Column, Integer, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
"""


GIVEN = [
    (SQLMODEL, "key: uuid.UUID = Field(sa_column=SqlaColumn(Uuid()))", 'sa.Column("key", sa.Uuid())'),
    (SQLMODEL, "more: list[str] = Field(sa_column=SqlaColumn(JSON))", 'sa.Column("more", sa.JSON())'),
    (MAPPED, "note: Mapped[str] = Column(String)", 'sa.Column("note", sa.String())'),
]  # fmt: skip


@pytest.mark.parametrize(("models", "line", "column"), GIVEN)
def test_a_column_that_is_given_whole_takes_nothing_from_its_annotation(
    models: str, line: str, column: str
) -> None:
    assert lacking(models, line, column) == []
    assert len(lacking(models, line, column.replace("())", "(), nullable=False)"))) == 1


def test_a_type_that_a_module_of_the_project_hands_on_is_known() -> None:
    models = MAPPED.replace("class Base", "from shop import kinds\n\n\nclass Base")
    start = {
        **files(one=revision("3f9a1c07be52", None, FIRST)),
        "shop/__init__.py": "",
        "shop/kinds.py": "import sqlalchemy\n\nBoolean = sqlalchemy.Boolean\nColumn = sqlalchemy.Column\n",
        "shop/models.py": models,
    }
    add = 'op.add_column("orders", sa.Column("paid", sa.Integer()))'
    head = {
        "shop/models.py": f"{models}    paid = kinds.Column(kinds.Boolean)\n",
        "migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", add),
    }
    (found,) = findings(compare(start, head=head), "missing-migration")

    assert "is `boolean` in the models" in found.message


def test_a_column_of_which_it_is_not_known_whether_it_may_be_null_is_not_written() -> None:
    start = {**files(one=revision("3f9a1c07be52", None, FIRST)), "shop/models.py": SQLMODEL}
    for line, written in (("note: str", True), ("note: str = None", False)):
        head = {"shop/models.py": f"{SQLMODEL}    {line}\n"}
        (found,) = findings(compare(start, head=head), "missing-migration")

        assert bool(found.new_files) == written


def side_by_side() -> dict[str, str]:
    """Two projects of one repository, each with revisions of its own for the same models."""
    start: dict[str, str] = {}
    for project in ("shop", "bank"):
        start |= {
            f"{project}/alembic.ini": INI,
            f"{project}/migrations/env.py": files()["migrations/env.py"],
            f"{project}/migrations/versions/one.py": revision("3f9a1c07be52", None, FIRST),
            f"{project}/models.py": SQLMODEL,
        }
    return start


def test_projects_side_by_side_have_their_own_models_of_a_library_s_base() -> None:
    """A new table of one project is none that the other one's revisions lack."""
    start = side_by_side()
    box = "\n\nclass Box(SQLModel, table=True):\n    id: int | None = Field(default=None, primary_key=True)\n"
    create = FIRST.replace("orders", "box")
    models = {"shop/models.py": SQLMODEL + box}
    two = {"shop/migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", create)}

    assert len(findings(compare(start, head=models), "missing-migration")) == 1
    assert findings(compare(start, head={**models, **two}), "missing-migration") == []


@pytest.mark.parametrize("project", ["shop", "bank"])
def test_projects_side_by_side_may_have_tables_of_one_name(project: str) -> None:
    """Each is held against the revisions of its own."""
    start = side_by_side()
    models = {f"{project}/models.py": f"{SQLMODEL}    note: str | None = None\n"}
    add = 'op.add_column("orders", sa.Column("note", sa.String()))'
    two = {f"{project}/migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", add)}

    (found,) = findings(compare(start, head=models), "missing-migration")
    assert found.app == project
    assert findings(compare(start, head={**models, **two}), "missing-migration") == []


def test_sql_without_a_schema_means_the_only_table_of_the_name() -> None:
    """The connection's search path supplies the schema; ``alembic`` compares the full names."""
    schema = '__table_args__ = {"schema": "shop"}'
    models = MAPPED.replace('"orders"\n', f'"orders"\n    {schema}\n')
    start = {
        **files(one=revision("3f9a1c07be52", None, f'{FIRST[:-1]}, schema="shop")')),
        "shop/models.py": models,
    }
    sql = 'op.execute("ALTER TABLE orders ADD COLUMN note varchar")'
    head = {
        "shop/models.py": f"{models}    note: Mapped[str | None]\n",
        "migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", sql),
    }

    assert findings(compare(start, head=head), "missing-migration") == []
    without = {"shop/models.py": head["shop/models.py"]}
    assert len(findings(compare(start, head=without), "missing-migration")) == 1


LINE = """

class Line(Base):
    __tablename__ = "lines"
    __table_args__ = ({args})
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
"""
LINES = """op.create_table(
    "lines",
    sa.Column("order_id", sa.Integer(), sa.ForeignKey("orders.id"), primary_key=True),
    sa.Column("number", sa.Integer(), primary_key=True),
    sa.UniqueConstraint(%s),
)"""
KEYED = MAPPED.replace("import Column,", "import Column, ForeignKey, UniqueConstraint,") + LINE


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


def test_what_a_rewritten_first_revision_lets_be_seen_is_not_new() -> None:
    """The models are as they were, and so is every database."""
    start = {
        **files(
            zero=revision("17c2d8a3f905", None, FIRST),
            one=revision("3f9a1c07be52", "17c2d8a3f905", "make_all(op.get_bind())"),
        ),
        "shop/models.py": KEYED.format(args='UniqueConstraint("number"),'),
    }
    made = LINES.replace("    sa.UniqueConstraint(%s),\n", "")
    rewritten = {"migrations/versions/one.py": revision("3f9a1c07be52", "17c2d8a3f905", made)}

    assert findings(compare(start, head=rewritten), "missing-migration") == []
    new = {"migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", made)}
    assert len(findings(compare(start, head=new), "missing-migration")) == 1


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


def test_a_class_may_name_its_mixin_s_column_again() -> None:
    mixin = """from sqlalchemy import Column, Integer, String
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Named:
    id = Column(Integer, primary_key=True)
    name = Column(String, nullable=False)


class Order(Base, Named):
    __tablename__ = "orders"
    name = Named.name
"""
    start = {
        **files(one=revision("3f9a1c07be52", None, FIRST)),
        "shop/models.py": mixin.replace("    name = Column(String, nullable=False)\n", ""),
    }

    (found,) = findings(compare(start, head={"shop/models.py": mixin}), "missing-migration")

    assert found.column == "name"


def test_flask_migrate_keeps_the_configuration_beside_env_py() -> None:
    """``shop/migrations/alembic.ini``: the models of the project stand beside that folder."""
    models = """from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()


class Order(db.Model):
    __tablename__ = "orders"
    id = db.Column(db.Integer, primary_key=True)
"""
    start: dict[str, str] = {}
    for project in ("shop", "mailer"):
        start |= {
            f"{project}/migrations/alembic.ini": "[alembic]\n",
            f"{project}/migrations/env.py": files()["migrations/env.py"],
            f"{project}/migrations/versions/one.py": revision("3f9a1c07be52", None, FIRST),
        }
    start["shop/src/models.py"] = models
    box = models.replace("Order", "Box").replace('"orders"', '"boxes"').partition("\n\n\n")[2]
    both = {"shop/src/models.py": f"{models}\n\n{box}"}
    create = FIRST.replace("orders", "boxes")
    two = {"shop/migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", create)}

    assert [f.app for f in findings(compare(start, head=both), "missing-migration")] == ["shop"]
    assert findings(compare(start, head={**both, **two}), "missing-migration") == []


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


def test_revisions_that_only_change_tables_speak_of_their_models_too() -> None:
    """The first tables were made with ``create_all``: the base is the revisions' all the same."""
    change = revision("3f9a1c07be52", None, 'op.add_column("orders", sa.Column("note", sa.Text()))')
    models = MAPPED.replace("String\n", "String, Text\n", 1)
    models += "    note: Mapped[str | None] = mapped_column(Text)\n"
    start = {**files(one=change), "shop/models.py": models}
    code = {"shop/models.py": f"{models}    code: Mapped[str | None]\n"}
    two = revision(
        "88d0e2b7a614", "3f9a1c07be52", 'op.add_column("orders", sa.Column("code", sa.String()))'
    )

    assert len(findings(compare(start, head=code), "missing-migration")) == 1
    head = {**code, "migrations/versions/two.py": two}
    assert findings(compare(start, head=head), "missing-migration") == []


def test_a_table_that_a_revision_drops_is_not_new_in_the_models() -> None:
    """That the code still knows it is what ``table-removed`` says."""
    start = {
        **files(
            one=revision("3f9a1c07be52", None, FIRST),
            two=revision("88d0e2b7a614", "3f9a1c07be52", LINES % '"number"'),
        ),
        "shop/models.py": KEYED.format(args='UniqueConstraint("number"),'),
    }
    drop = {
        "migrations/versions/three.py": revision(
            "c04d5e81a9b7", "88d0e2b7a614", 'op.drop_table("lines")'
        )
    }

    found = [f.rule for f in findings(compare(start, head=drop))]

    assert "table-removed" in found
    assert "missing-migration" not in found


def test_what_an_edited_revision_makes_another_is_said_of_the_revision_alone() -> None:
    models = MAPPED + "    note: Mapped[str | None]\n"
    made = f'{FIRST[:-1]}, sa.Column("note", sa.String()))'
    start = {**files(one=revision("3f9a1c07be52", None, made)), "shop/models.py": models}
    strict = made.replace("sa.String()", "sa.String(), nullable=False")
    head = {"migrations/versions/one.py": revision("3f9a1c07be52", None, strict)}

    assert [f.rule for f in findings(compare(start, head=head))] == ["committed-migration-edited"]
    both = {**head, "shop/models.py": models + "    code: Mapped[str]\n"}
    assert "missing-migration" in {f.rule for f in findings(compare(start, head=both))}


def test_models_that_stand_beside_the_revisions_are_copies_of_old_ones() -> None:
    """Revisions move rows with classes of their own, of tables that they change and another program makes."""
    copies = MAPPED.replace("orders", "roles")
    touched = 'op.add_column("roles", sa.Column("name", sa.String()))'
    start = {
        **files(
            one=revision("3f9a1c07be52", None, FIRST),
            two=revision("88d0e2b7a614", "3f9a1c07be52", touched),
        ),
        "shop/models.py": MAPPED,
        "migrations/shared/roles.py": copies,
    }
    more = "    level: Mapped[int]\n"

    def said(path: str) -> int:
        changed = {path: start[path] + more}
        return len(findings(compare(start, head=changed), "missing-migration"))

    assert (said("migrations/shared/roles.py"), said("shop/models.py")) == (0, 1)


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


def test_an_unmade_table_is_followed_through_its_new_name() -> None:
    """Made with ``create_all``, renamed by a revision that then goes on with it, its indexes by SQL."""
    old = MAPPED.replace("String\n", "ForeignKey, Index, String, UniqueConstraint\n", 1) + (
        '    buyer: Mapped[int]\n    __table_args__ = (Index("ix_buyer", "buyer"),)\n'
    )
    new = old.replace('"orders"', '"sales"').replace("buyer: Mapped[int]", "person: Mapped[int]")
    new = new.replace('(Index("ix_buyer", "buyer"),)', '(Index("ix_person", "person"),)')
    other = (
        'op.add_column("orders", sa.Column("note", sa.String()))\nop.drop_column("orders", "note")'
    )
    start = {**files(one=revision("3f9a1c07be52", None, other)), "shop/models.py": old}
    steps = (
        'op.rename_table("orders", "sales")\n'
        'op.alter_column("sales", "buyer", new_column_name="person")\n'
        'op.execute("ALTER INDEX ix_buyer RENAME TO ix_person")\n'
    )

    def said(text: str) -> set[str]:
        two = revision("88d0e2b7a614", "3f9a1c07be52", text)
        head = {"shop/models.py": new, "migrations/versions/two.py": two}
        return {f.message for f in findings(compare(start, head=head), "missing-migration")}

    assert said(steps) == set()
    assert len(said(steps.replace("ix_person", "ix_persons"))) == 1
    # SQL with a schema that is not known names the index, or the table, all the same.
    by_hand = 'op.execute("ALTER TABLE %ssales RENAME COLUMN buyer TO person" % input())'
    assert said(steps.replace(steps.splitlines()[1], by_hand)) == set()
    assert said(steps.replace('"ALTER INDEX ', 'f"ALTER INDEX {input()}.')) == set()
    assert any("`person`" in message for message in said('op.rename_table("orders", "sales")'))


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


def test_a_base_is_not_the_revisions_for_a_name_that_they_gave_up() -> None:
    """Another file's models, of another database, have the name that a table was renamed from."""
    views = MAPPED.replace("orders", "entries")
    start = {
        **files(
            one=revision("3f9a1c07be52", None, FIRST.replace("orders", "entries")),
            two=revision("88d0e2b7a614", "3f9a1c07be52", 'op.rename_table("entries", "orders")'),
        ),
        "shop/models.py": MAPPED,
        "shop/views.py": views,
    }

    def said(path: str) -> int:
        head = {path: start[path] + "    note: Mapped[str]\n"}
        return len(findings(compare(start, head=head), "missing-migration"))

    assert said("shop/views.py") == 0
    assert said("shop/models.py") == 1


@pytest.mark.parametrize("given", ["cls", "self"])
def test_a_table_s_name_is_made_of_its_class_whatever_the_function_calls_it(given: str) -> None:
    base = (
        "from sqlalchemy import Column, Integer, String\n"
        "from sqlalchemy.ext.declarative import declarative_base, declared_attr\n\n\n"
        "class Named:\n    @declared_attr\n"
        f"    def __tablename__({given}) -> str:\n        return {given}.__name__.lower()\n\n"
        "    id = Column(Integer, primary_key=True)\n\n\n"
        "Base = declarative_base(cls=Named)\n\n\n"
        "class Orders(Base):\n    pass\n"
    )
    assert len(lacking(base, "note = Column(String)", 'sa.Column("other", sa.String())')) == 2


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
