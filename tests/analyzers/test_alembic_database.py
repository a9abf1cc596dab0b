"""Which database an Alembic root is for: its address, the drivers that are installed, the configuration."""

from __future__ import annotations

import pytest

from analyzers.config import Config
from analyzers.read.cache import MemoryCache
from analyzers.relate.snapshot import Snapshot
from analyzers.trees import MemoryTree
from tests.support.alembic_trees import compare, files, findings, revision

ONE = revision("3f9a1c07be52", None, 'op.create_table("orders", sa.Column("id", sa.Integer))')


def ini(url: str) -> str:
    return f"[alembic]\nscript_location = migrations\nsqlalchemy.url = {url}\n"


def said(others: dict[str, str], config: Config | None = None) -> str | None:
    tree = MemoryTree({**files(one=ONE), **others})
    snapshot = Snapshot(tree, config or Config(), MemoryCache())
    (graph,) = snapshot.alembic_graphs
    return snapshot.said_alembic_dialect(graph)


@pytest.mark.parametrize(
    ("url", "requirements", "database"),
    [
        ("sqlite:///x.db", "", "sqlite"),
        ("sqlite:///x.db", "aiosqlite==0.20\n", "sqlite"),
        ("sqlite:///x.db", "psycopg2==2.9\n", None),
        ("sqlite:///x.db", "asyncpg==0.29\n", None),
        ("sqlite:///x.db", "psycopg2==2.9\nPyMySQL==1.1\n", None),
        ("sqlite:///x.db", "mysqlclient==2.2\n", "mysql"),
        ("driver://user:pass@localhost/dbname", "", None),
        ("driver://user:pass@localhost/dbname", "PyMySQL==1.1\n", "mysql"),
        ("driver://user:pass@localhost/dbname", "PyMySQL==1.1\nasyncpg==0.29\n", None),
        ("mysql://u@h/x", "", "mysql"),
        ("mysql://u@h/x", "asyncpg==0.29\n", None),
        ("mysql://u@h/x", "psycopg2==2.9\nPyMySQL==1.1\n", "mysql"),
        ("postgresql://u@h/x", "mysqlclient==2.2\n", "postgresql"),
        ("sqlite:///x.db", "oslo.db[fixtures,mysql,postgresql]>=6.0\n", None),
        ("sqlite:///x.db", "databases[mysql]>=0.9\n", "mysql"),
        ("sqlite:///x.db", "databases[sqlite]>=0.9\n", "sqlite"),
        ("sqlite:///x.db", 'sqlalchemy = {version="2", extras=["postgresql"]}\n', None),
        ("sqlite:///x.db", "[postgresql]\nsomething==1\n", "sqlite"),
    ],
)
def test_what_is_installed_says_what_an_address_is_worth(
    url: str, requirements: str, database: str | None
) -> None:
    """SQLite in the file stands for development where another database's driver is asked for."""
    assert said({"alembic.ini": ini(url), "requirements.txt": requirements}) == database


@pytest.mark.parametrize(
    ("mysql", "postgresql", "url", "database"),
    [
        (5, 0, "driver://", "mysql"),
        (5, 0, "sqlite:///x.db", "mysql"),
        (5, 0, "postgresql://u@h/x", "postgresql"),
        (4, 0, "driver://", None),
        (9, 1, "driver://", None),
    ],
)
def test_what_autogenerate_has_read_tells_of_its_database(
    mysql: int, postgresql: int, url: str, database: str | None
) -> None:
    """Of two drivers one is there by chance; the types of columns that stand are one database's."""
    change = 'op.alter_column("orders", "note", existing_type={}.VARCHAR(20), nullable=True)'
    kinds = ["mysql"] * mysql + ["postgresql"] * postgresql
    more, parent = {}, "3f9a1c07be52"
    for number, kind in enumerate(kinds):
        name = f"{number}8d0e2b7a614"
        more[f"migrations/versions/{name}.py"] = revision(name, parent, change.format(kind))
        parent = name
    drivers = "psycopg2==2.9\nPyMySQL==1.1\n"
    assert said({"alembic.ini": ini(url), "requirements.txt": drivers, **more}) == database
    assert said({"alembic.ini": ini("driver://"), **more}) is None


@pytest.mark.parametrize(
    ("path", "database"),
    [
        ("requirements/dev.txt", None),
        ("requirements-dev.txt", None),
        ("test-requirements.txt", None),
        ("tools/dev_requirements.in", None),
        ("docs/requirements.rst", None),
        ("docs/driver-requirements.rst", "sqlite"),
    ],
)
def test_which_files_say_what_is_installed(path: str, database: str | None) -> None:
    """By whatever convention they are named."""
    assert said({"alembic.ini": ini("sqlite:///x.db"), path: "psycopg2==2.9\n"}) == database


@pytest.mark.parametrize(
    ("urls", "database"),
    [
        (("sqlite:///x.db", "mysql://u@h/x"), "mysql"),
        (("mysql://u@h/x", "postgresql://u@h/x"), None),
        (("sqlite:///x.db", "sqlite:///y.db"), "sqlite"),
    ],
)
def test_several_configurations_of_one_root(urls: tuple[str, str], database: str | None) -> None:
    """One for each database that it is tested with."""
    one, two = (ini(url) for url in urls)

    assert said({"alembic.ini": one, "alembic_two.ini": two}) == database


@pytest.mark.parametrize(
    ("folders", "databases"),
    [
        (("db/versions/sqlite", "db/versions/postgresql"), ["postgresql", "sqlite"]),
        (("shop/lite/versions", "shop/full/versions"), [None, None]),
        (("shop/sqlite_files/versions", "shop/psql/versions"), ["postgresql", "sqlite"]),
        (("shop/mysql_or_sqlite/versions", "shop/full/versions"), [None, None]),
        (("sqlite_tools/migrations/versions",), [None]),
        (("db/versions/sqlite",), ["sqlite"]),
    ],
)
def test_the_folder_of_a_root_is_named_after_its_database(
    folders: tuple[str, ...], databases: list[str | None]
) -> None:
    """A driver of another one is that of the root beside it."""
    tree = {"requirements.txt": "asyncpg==0.29\n"}
    for folder in folders:
        script = folder.partition("/versions")[0]
        tree[f"{script}/env.py"] = files()["migrations/env.py"]
        tree[f"{folder}/one.py"] = ONE
        section = f"[alembic]\nscript_location = {script}\nversion_locations = {folder}\n"
        tree[f"{folder.replace('/', '_')}.ini"] = section
    snapshot = Snapshot(MemoryTree(tree), Config(), MemoryCache())

    said = [snapshot.said_alembic_dialect(graph) for graph in snapshot.alembic_graphs]
    assert sorted(said, key=str) == sorted(databases, key=str)


def test_the_configuration_has_the_last_word() -> None:
    """It says what the migrations run on, whatever the file for development does."""
    assert said({"alembic.ini": ini("sqlite:///x.db")}, Config(database="mariadb")) == "mariadb"


MOODS = """import enum

from sqlalchemy import Column, Enum, Integer, String
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Mood(enum.Enum):
    SAD = "S"
    GLAD = "GL"


class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
    mood = Column({})
"""
OF_VALUES = "Enum(Mood, name='mood', values_callable=labels_of_kind)"
WITH_MOOD = revision(
    "3f9a1c07be52",
    None,
    'op.create_table("orders", sa.Column("id", sa.Integer, primary_key=True), sa.Column("mood", sa.{}))',
)


@pytest.mark.parametrize(("database", "kind"), [("mysql", "enum"), ("sqlite", None)])
def test_an_enum_of_unknown_members(database: str, kind: str | None) -> None:
    """Only PostgreSQL has its name for a type; SQLite has a text of its longest member's length."""
    base = {
        **files(one=WITH_MOOD.format("String(9)")),
        "alembic.ini": ini(f"{database}://u@h/x"),
        "shop/models.py": MOODS.format("String(9)"),
    }
    head = {"shop/models.py": MOODS.format(OF_VALUES)}

    said = [f.message for f in findings(compare(base, head=head), "missing-migration")]

    assert [kind] * len(said) == [m.split("`")[5] for m in said]
    assert len(said) == (kind is not None)


KINDS = "KINDS = ('sad', 'glad')\n"


@pytest.mark.parametrize(
    ("wanted", "kind"),
    [
        ("Enum(*kinds.KINDS)", "enum('sad','glad')"),
        ("Enum(*kinds.KINDS, name='mood')", "enum('sad','glad')"),
        ("Enum(*made_elsewhere.KINDS)", "enum"),
    ],
)
def test_an_enum_of_a_list_s_members_is_not_named_after_the_list(wanted: str, kind: str) -> None:
    models = MOODS.replace("import enum\n", "import enum\n\nfrom shop import kinds\n", 1)
    models = models.replace("import kinds\n", "import kinds\nimport made_elsewhere\n")
    base = {
        **files(one=WITH_MOOD.format("String(9)")),
        "alembic.ini": ini("mysql://u@h/x"),
        "shop/kinds.py": KINDS,
        "shop/models.py": models.format("String(9)"),
    }
    head = {"shop/models.py": models.format(wanted)}

    (finding,) = findings(compare(base, head=head), "missing-migration")
    assert finding.message.split("`")[5] == kind
    # On PostgreSQL an enum without a name can have no column, and what was made cannot be known.
    found = findings(
        compare({**base, "alembic.ini": ini("postgresql://u@h/x")}, head=head), "missing-migration"
    )
    assert [f.message.split("`")[5] for f in found] == ["mood"] * ("name=" in wanted)


@pytest.mark.parametrize(("null", "said"), [("nullable=True", 0), ("nullable=False", 1)])
def test_a_key_of_which_the_models_say_that_it_may_be_null(null: str, said: int) -> None:
    """Autogenerate compares what they say; the table, made without a key, lets it be null."""
    base = {**files(one=ONE), "shop/models.py": MOODS.format("String(9)")}
    made = 'op.create_table("pool", sa.Column("at", sa.DateTime()))'
    pool = f"""

class Pool(Base):
    __tablename__ = "pool"
    at = Column(DateTime, primary_key=True, {null})
"""
    models = MOODS.format("String(9)").replace("Column, Enum", "Column, DateTime, Enum") + pool
    two = revision("88d0e2b7a614", "3f9a1c07be52", made)
    head = {"shop/models.py": models, "migrations/versions/two.py": two}

    assert len(findings(compare(base, head=head), "missing-migration")) == said


@pytest.mark.parametrize(
    ("made", "wanted", "told"),
    [
        ("mysql.TINYINT(display_width=1)", "Boolean", False),
        ("mysql.INTEGER(display_width=11, unsigned=True)", "mysql.INTEGER(unsigned=True)", False),
        ("mysql.MEDIUMTEXT()", "Text(length=16777215)", False),
        ("mysql.LONGTEXT()", "JSON", False),
        ("mysql.VARCHAR(9, charset='utf8')", "String(9)", False),
        ("mysql.TINYINT(display_width=1)", "Integer", True),
        ("mysql.LONGTEXT()", "Text", True),
    ],
)
def test_types_of_mysql_that_are_the_same(made: str, wanted: str, told: bool) -> None:
    """As Alembic compares them."""
    models = MOODS.replace(
        "String\n", "String, Boolean, JSON, Text\nfrom sqlalchemy.dialects import mysql\n", 1
    )
    made = f'op.add_column("orders", sa.Column("note", {made}))'
    base = {
        **files(one=ONE.replace("sa.Integer)", "sa.Integer, primary_key=True)")),
        "alembic.ini": ini("mysql://u@h/x"),
        "shop/models.py": models.replace("    mood = Column({})\n", ""),
    }
    two = revision("88d0e2b7a614", "3f9a1c07be52", made).replace(
        "import sqlalchemy as sa", "import sqlalchemy as sa\nfrom sqlalchemy.dialects import mysql"
    )
    head = {
        "shop/models.py": models.replace("mood = Column({})", f"note = Column({wanted})"),
        "migrations/versions/two.py": two,
    }

    assert len(findings(compare(base, head=head), "missing-migration")) == told


HELPER = """from alembic import op


def clean(table):
    if op.get_bind().dialect.name == "mysql":
        op.drop_column(table, "note")
"""


@pytest.mark.parametrize(("url", "count"), [("driver://", 1), ("postgresql://u@h/x", 0)])
def test_what_a_helper_does_on_another_database_counts_where_it_is_not_certain(
    url: str, count: int
) -> None:
    two = revision(
        "88d0e2b7a614", "3f9a1c07be52", 'from shop.helpers import clean\nclean("orders")'
    )
    base = {**files(one=ONE, two=two), "alembic.ini": ini(url), "shop/helpers.py": HELPER}
    head = {"shop/helpers.py": HELPER.replace("note", "code")}

    assert len(findings(compare(base, head=head), "committed-migration-edited")) == count


TWO_TABLES = """from sqlalchemy import Column, Integer, String
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)


class Item(Base):
    __tablename__ = "item"
    id = Column(Integer, primary_key=True)
"""


def test_batches_of_several_tables_may_say_the_same() -> None:
    """Each has its own lines in the revision that is written."""
    made = "\n".join(
        f'op.create_table("{name}", sa.Column("id", sa.Integer, primary_key=True))'
        for name in ("orders", "item")
    )
    base = {
        **files(one=revision("3f9a1c07be52", None, made)),
        "migrations/env.py": "from alembic import context\n\ncontext.configure(render_as_batch=True)\n",
        "shop/models.py": TWO_TABLES,
    }
    note = "    id = Column(Integer, primary_key=True)\n    note = Column(String(9))\n"
    head = {
        "shop/models.py": TWO_TABLES.replace("    id = Column(Integer, primary_key=True)\n", note)
    }
    (file,) = {
        n for f in findings(compare(base, head=head), "missing-migration") for n in f.new_files
    }

    assert file.content.count("with op.batch_alter_table(") == 4
    assert file.content.count("batch_op.add_column(") == 2
    assert file.content.count("batch_op.drop_column(") == 2
    mended = {**head, file.path: file.content}
    assert findings(compare(base, head=mended), "missing-migration") == []


@pytest.mark.parametrize("url", ["sqlite://", "mysql://u@h/x", "postgresql://u@h/x"])
@pytest.mark.parametrize("kind", ["sa.Double()", "sa.Float()"])
def test_a_float_of_an_annotation_is_either_of_two_types(url: str, kind: str) -> None:
    """SQLAlchemy's versions differ: which of them wrote the revision is not asked."""
    models = """from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
"""
    made = 'op.create_table("orders", sa.Column("id", sa.Integer, primary_key=True))'
    base = {**files(one=revision("3f9a1c07be52", None, made)), "alembic.ini": ini(url)}
    base["shop/models.py"] = models
    add = f'op.add_column("orders", sa.Column("rate", {kind}, nullable=False))'
    head = {
        "shop/models.py": f"{models}    rate: Mapped[float]\n",
        "migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", add),
    }
    assert findings(compare(base, head=head), "missing-migration") == []


@pytest.mark.parametrize(
    ("url", "more", "told"),
    [
        ("mysql://u@h/x", "", False),
        ("mysql://u@h/x", ", persisted=False", False),
        ("mysql://u@h/x", ", persisted=True", True),
        ("mysql://u@h/x", ", persisted=STORES", True),
        ("postgresql://u@h/x", "", True),
        ("postgresql://u@h/x", ", persisted=False", False),
    ],
)
def test_what_is_generated_is_stored_where_the_database_does_so_unasked(
    url: str, more: str, told: bool
) -> None:
    made = 'op.create_table("orders", sa.Column("id", sa.Integer, primary_key=True))'
    base = {**files(one=revision("3f9a1c07be52", None, made)), "alembic.ini": ini(url)}
    twice = f'sa.Column("twice", sa.Integer(), sa.Computed("id * 2"{more}))'
    add = f'op.add_column("orders", {twice})'
    head = {"migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", add)}

    found = findings(compare(base, head=head), "table-rewritten")
    assert [f.column for f in found] == (["twice"] if told else [])
