"""SQLAlchemy models in forms that real projects write, against their revisions."""

from __future__ import annotations

import pytest

from analyzers.findings import Severity
from tests.support.alembic_trees import INI, compare, files, findings, revision
from tests.support.mapped_models import KEYED, LINES, MAPPED
from tests.support.sqlmodels import FIRST, SQLMODEL, lacking

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


HELPED = """def column(kind, *more, **options):
    \"\"\"One more.\"\"\"
    return Column(kind, *more, **options)


"""
CALLED = "paid = {}(Boolean, ForeignKey('orders.id'), nullable=False, index=True)"


@pytest.mark.parametrize("imported", [False, True])
def test_a_column_that_a_function_makes_is_the_model_s(imported: bool) -> None:
    """One of the file, or of another of the repository; what it is given by keyword is handed on."""
    models = MAPPED.replace(
        "class Base", "from sqlalchemy import Boolean, Column, ForeignKey\n\n\nclass Base"
    )
    models = models.replace("class Base", f"{'' if imported else HELPED}class Base", 1)
    models = (
        models.replace("class Base", "from shop import made\n\n\nclass Base")
        if imported
        else models
    )
    start = {
        **files(one=revision("3f9a1c07be52", None, FIRST)),
        "shop/__init__.py": "",
        "shop/made.py": f"from sqlalchemy import Column\n\n\n{HELPED}",
        "shop/models.py": models,
    }
    call = CALLED.format("made.column" if imported else "column")
    head = {"shop/models.py": f"{models}    {call}\n"}

    found = findings(compare(start, head=head), "missing-migration")

    assert {f.message.partition(" is new")[0] for f in found} == {
        "Column `paid` of `orders`",
        "The foreign key from `orders` (paid) to `orders`",
        "Index `ix_orders_paid` on `orders`",
    }
    assert 'sa.Column("paid", sa.Boolean(), nullable=False)' in found[0].new_files[0].content


@pytest.mark.parametrize("annotation", ["Mapped[str]", "typed.Mapped[str]"])
def test_mapped_that_is_taken_from_where_nobody_reads_is_sqlalchemys(annotation: str) -> None:
    """A package whose modules import each other whole hands it on."""
    models = MAPPED.replace("DeclarativeBase, Mapped, ", "DeclarativeBase, ")
    models = f"from outside import Mapped, typed\n{models}"
    line = f"note: {annotation} = mapped_column(String(9))"

    assert lacking(models, line, 'sa.Column("note", sa.String(9), nullable=False)') == []
    assert len(lacking(models, line, 'sa.Column("note", sa.String(9))')) == 1


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
    (found,) = findings(compare(start, head={**models, **two}), "model-and-migration-together")
    assert found.place.path.startswith(project)
    after = {**start, **models, **two}
    three = {
        f"{project}/models.py": SQLMODEL,
        f"{project}/migrations/versions/three.py": revision(
            "9a4d1c77e0b2", "88d0e2b7a614", 'op.drop_column("orders", "note")'
        ),
    }
    assert len(findings(compare(after, head=three), "column-removed")) == 1


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


@pytest.mark.parametrize(
    ("revisions", "start", "said"),
    [
        ("", "Base.metadata.create_all(engine)", set()),
        ("", "# Base.metadata.create_all(engine)", {"lines"}),
        ('op.create_table("codes", sa.Column("id", sa.Integer()))', "db.create_all()", {"lines"}),
    ],
    ids=["made as it starts", "a comment", "one is made by a revision"],
)
def test_a_program_may_make_its_tables_itself(revisions: str, start: str, said: set[str]) -> None:
    """Revisions that only change tables leave it to ``create_all`` to make new ones; their columns they add."""
    change = f'op.add_column("orders", sa.Column("note", sa.String()))\n{revisions}'
    models = MAPPED + "    note: Mapped[str | None]\n"
    code = "\n\nclass Code(Base):\n    __tablename__ = 'codes'\n    id: Mapped[int] = mapped_column(primary_key=True)\n"
    line = code.replace("Code", "Line").replace("codes", "lines")
    base = {
        **files(one=revision("3f9a1c07be52", None, change)),
        "shop/models.py": models + code,
        "shop/start.py": f"from shop.models import Base\n\n{start}\n",
        "tests/conftest.py": "Base.metadata.create_all(engine)\n",
    }
    head = {"shop/models.py": f"{models}    code: Mapped[str | None]\n{code}{line}"}

    found = findings(compare(base, head=head), "missing-migration")

    assert {f.table for f in found} == {"orders"} | said


@pytest.mark.parametrize(
    ("made", "severity"), [(1, Severity.WARNING), (2, Severity.WARNING), (3, Severity.ERROR)]
)
def test_where_most_tables_are_made_by_the_program_so_is_a_new_one_perhaps(
    made: int, severity: Severity
) -> None:
    """Five tables, of which revisions make some; of an old table's column the program makes nothing."""
    model = "\n\nclass Code{0}(Base):\n    __tablename__ = 'code{0}'\n    id: Mapped[int] = mapped_column(primary_key=True)\n"
    create = 'op.create_table("code{}", sa.Column("id", sa.Integer(), primary_key=True))'
    codes = "".join(model.format(number) for number in range(4))
    revisions = "\n".join(create.format(number) for number in range(made))
    base = {
        **files(one=revision("3f9a1c07be52", None, revisions)),
        "shop/models.py": MAPPED + codes,
        "shop/start.py": "from shop.models import Base\n\nBase.metadata.create_all(engine)\n",
    }
    column = "    note: Mapped[str | None]\n"
    head = {"shop/models.py": MAPPED + column + codes + model.format(9)}

    said = {f.table: f.severity for f in findings(compare(base, head=head), "missing-migration")}
    assert said == {"orders": Severity.ERROR, "code9": severity}


@pytest.mark.parametrize(
    ("made", "start", "told"),
    [
        (4, "", []),
        (4, "Base.metadata.create_all(engine)", [Severity.WARNING]),
        (1, "", [Severity.WARNING]),
        (5, "", [Severity.WARNING]),
    ],
    ids=["made by nothing", "the program makes it", "nobody sees how", "made by a revision"],
)
def test_a_table_that_nothing_has_made_does_not_go(
    made: int, start: str, told: list[Severity]
) -> None:
    """Its revision was forgotten, and now its model goes again: there is nothing to drop."""
    model = "\n\nclass Code{0}(Base):\n    __tablename__ = 'code{0}'\n    id: Mapped[int] = mapped_column(primary_key=True)\n"
    create = 'op.create_table("code{}", sa.Column("id", sa.Integer(), primary_key=True))'
    codes = [model.format(number) for number in range(5)]
    revisions = "\n".join(create.format(number) for number in range(made))
    base = {
        **files(one=revision("3f9a1c07be52", None, revisions)),
        "shop/models.py": MAPPED + "".join(codes),
        "shop/start.py": f"from shop.models import Base\n\n{start}\n",
    }
    head = {"shop/models.py": MAPPED + "".join(codes[:-1])}

    found = findings(compare(base, head=head), "missing-migration")
    assert [f.severity for f in found] == told


@pytest.mark.parametrize(
    ("ignored", "lacks", "severity"),
    [
        ("migrations/versions/*\n", True, Severity.WARNING),
        ("migrations/versions/*\n", False, Severity.ERROR),
        ("*.pyc\n", True, Severity.ERROR),
    ],
    ids=["kept out", "committed all the same", "kept in"],
)
def test_revisions_that_nobody_commits(ignored: str, lacks: bool, severity: Severity) -> None:
    """Each deployment may write its own, where git keeps new ones out and the base lacks some already."""
    note = "    note: Mapped[str | None]\n"
    models = MAPPED + (note if lacks else "")
    base = {
        **files(one=revision("3f9a1c07be52", None, FIRST)),
        "shop/models.py": models,
        ".gitignore": ignored,
    }
    head = {"shop/models.py": f"{models}    code: Mapped[str | None]\n"}

    (found,) = findings(compare(base, head=head), "missing-migration")
    assert found.severity is severity
    assert found.why.startswith("The pattern 'migrations/versions/*'") is (
        severity is Severity.WARNING
    )
    head[".gitignore"] = ""
    (found,) = findings(compare(base, head=head), "missing-migration")
    assert found.severity is Severity.ERROR


def test_an_edited_revision_may_make_the_column_of_a_table_that_none_makes() -> None:
    """That it is edited is said of the revision; the model asks for no other."""
    change = 'op.add_column("orders", sa.Column("note", sa.Text()))'
    models = MAPPED.replace("String\n", "String, Text\n", 1)
    models += "    note: Mapped[str | None] = mapped_column(Text)\n"
    start = {**files(one=revision("3f9a1c07be52", None, change)), "shop/models.py": models}
    more = f'{change}\nop.add_column("orders", sa.Column("code", sa.String()))'
    head = {
        "migrations/versions/one.py": revision("3f9a1c07be52", None, more),
        "shop/models.py": f"{models}    code: Mapped[str | None]\n",
    }

    assert [f.rule for f in findings(compare(start, head=head))] == ["committed-migration-edited"]
    dropped = f'{change}\nop.drop_table("orders")'
    head = {
        "migrations/versions/one.py": revision("3f9a1c07be52", None, dropped),
        "shop/models.py": models.partition("class Order")[0],
    }
    assert "missing-migration" not in {f.rule for f in findings(compare(start, head=head))}


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


RENAMES = {
    "the table": ('"orders"', '"purchases"', 'op.rename_table("orders", "purchases")'),
    "the column": (
        "    note:",
        "    remark:",
        'op.alter_column("orders", "note", new_column_name="remark")',
    ),
}


@pytest.mark.parametrize("what", RENAMES)
def test_what_was_not_said_before_a_rename_is_not_lacking_after_it(what: str) -> None:
    """The models never said as the revisions do; another name changes nothing of that."""
    old, new, rename = RENAMES[what]
    models = f"{MAPPED}    note: Mapped[str] = mapped_column(String(20))\n"
    first = f'{FIRST[:-1]}, sa.Column("note", sa.Text))'
    start = {**files(one=revision("3f9a1c07be52", None, first)), "shop/models.py": models}
    head = {
        "shop/models.py": models.replace(old, new),
        "migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", rename),
    }

    assert findings(compare(start, head=head), "missing-migration") == []
    more = {**head, "shop/models.py": head["shop/models.py"] + "    more: Mapped[str]\n"}
    assert len(findings(compare(start, head=more), "missing-migration")) == 1


def test_a_model_that_comes_into_view_is_told_for_no_old_difference() -> None:
    """What a function made of the class may have been there before; a new column was not."""
    first = f'{FIRST[:-1]}, sa.Column("note", sa.Text(), nullable=True))'
    unread = MAPPED.replace('    __tablename__ = "orders"', "    __table__ = mapped_by(registry)")
    start = {**files(one=revision("3f9a1c07be52", None, first)), "shop/models.py": unread}
    models = f"{MAPPED}    note: Mapped[str] = mapped_column(String(20))\n"

    assert findings(compare(start, head={"shop/models.py": models}), "missing-migration") == []
    more = {"shop/models.py": f"{models}    more: Mapped[str]\n"}
    (finding,) = findings(compare(start, head=more), "missing-migration")
    assert finding.message.startswith("Column `more` of `orders` is new")
