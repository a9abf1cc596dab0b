"""What `upgrade()` says, read without running it."""

from __future__ import annotations

import pytest

from analyzers.read.alembic.bodies import Bodies, Body
from analyzers.read.cache import MemoryCache
from analyzers.trees import MemoryTree
from analyzers.vocabulary import SchemaChange
from tests.support.alembic_trees import compare, files, findings, revision

PATH = "migrations/versions/one.py"


def body(
    upgrade: str, downgrade: str = "pass", *, dialect: str = "postgresql", **more: str
) -> Body:
    tree = MemoryTree({PATH: revision("a", None, upgrade, downgrade), **more})
    return Bodies(tree, MemoryCache()).read(PATH, dialect)


def said(change: SchemaChange) -> str:
    """A change in one line."""
    name = type(change).__name__
    own = {
        "AddColumn": lambda c: f"{c.column.name} {c.column.type} null={c.column.null}",
        "DropColumn": lambda c: c.column,
        "AlterColumn": lambda c: f"{c.after.name} {c.after.type} null={c.after.null}",
        "RenameColumn": lambda c: f"{c.column} -> {c.new_name}",
        "RenameTable": lambda c: f"-> {c.new_name}",
        "AddIndex": lambda c: f"{c.index.name} {','.join(c.index.columns)} {c.concurrently}",
        "DropIndex": lambda c: c.index.name,
        "AddConstraint": lambda c: (
            f"{c.constraint.kind.value} {c.constraint.name} {c.constraint.validated}"
        ),
        "DropConstraint": lambda c: f"{c.constraint.kind.value} {c.constraint.name}",
        "CreateTable": lambda c: ",".join(f"{x.name} {x.type}" for x in c.columns),
        "RunStatement": lambda c: c.kind,
    }.get(name, lambda c: "")
    extra = f" {own(change)}".rstrip()  # type: ignore[no-untyped-call]
    return f"{name} {change.table}{extra}" + (" outside" if change.autocommit else "")


CASES: dict[str, tuple[str, list[str]]] = {
    "another database by a name": (
        'bind = op.get_bind()\nis_lite = bind.dialect.name == "sqlite"\nif is_lite:\n    op.drop_table("t")\n'
        'else:\n    op.drop_column("t", "a")\nkind = sa.Text() if is_lite else sa.Date()\n'
        'op.add_column("t", sa.Column("b", kind))',
        ["DropColumn t a", "AddColumn t b date null=True"],
    ),
    "a column in the place of its name": (
        'op.alter_column("t", sa.Column("a", sa.Text(), nullable=False))\n'
        'with op.batch_alter_table("t") as t:\n    t.alter_column(sa.Column("a", sa.Text(), nullable=False))\n'
        'op.alter_column("t", sa.Column("b", sa.Text()), nullable=False)',
        ["UnknownChange t"],
    ),
    "all tables of a MetaData": (
        'of = sa.MetaData()\nsa.Table("t", of, sa.Column("a", sa.Integer))\nof.create_all(op.get_bind())',
        ["UnknownChange None"],
    ),
    "a table as SQLAlchemy makes one": (
        'kept = sa.MetaData()\nop.create_table("t", kept, sa.Column("a", sa.Integer()))',
        ["CreateTable t a integer"],
    ),
    "columns": (
        'op.add_column("t", sa.Column("a", sa.String(length=9), nullable=False))\n'
        'op.drop_column("t", "b")\n'
        'op.alter_column("t", "c", type_=sa.BigInteger(), nullable=True, new_column_name="d")',
        [
            "AddColumn t a varchar(9) null=False",
            "DropColumn t b",
            "AlterColumn t c bigint null=True",
            "RenameColumn t c -> d",
        ],
    ),
    "a column with all that belongs to it": (
        'op.add_column("t", sa.Column("a", sa.Integer, sa.ForeignKey("u.id", name="f"), index=True))',
        [
            "AddColumn t a integer null=True",
            "AddIndex t ix_t_a a False",
            "AddConstraint t foreign key f True",
        ],
    ),
    "types of a dialect": (
        "from sqlalchemy.dialects import postgresql as pg\n"
        'op.add_column("t", sa.Column("a", pg.ARRAY(sa.String(5))))\n'
        'op.add_column("t", sa.Column("b", sa.JSON().with_variant(pg.JSONB(), "postgresql")))\n'
        'op.add_column("t", sa.Column("c", pg.TIMESTAMP(timezone=True)))',
        [
            "AddColumn t a varchar(5)[] null=True",
            "AddColumn t b jsonb null=True",
            "AddColumn t c timestamp with time zone null=True",
        ],
    ),
    "constraints": (
        'op.create_foreign_key("f", "t", "u", ["a"], ["id"], postgresql_not_valid=True)\n'
        'op.create_check_constraint("k", "t", sa.text("a > 0"))\n'
        'op.create_unique_constraint(op.f("q"), "t", ["a"])\n'
        'op.create_primary_key("p", "t", ["a"])\n'
        'op.drop_constraint("f", "t", type_="foreignkey")',
        [
            "AddConstraint t foreign key f False",
            "AddConstraint t check k True",
            "AddConstraint t unique q True",
            "AddConstraint t primary key p True",
            "DropConstraint t foreign key f",
        ],
    ),
    "a batch": (
        'with op.batch_alter_table("t") as b:\n'
        '    b.add_column(sa.Column("a", sa.Text))\n'
        '    b.create_foreign_key("f", "u", ["a"], ["id"])\n'
        '    b.drop_index("i")',
        [
            "AddColumn t a text null=True",
            "AddConstraint t foreign key f True",
            "DropIndex t i",
        ],
    ),
    "outside of the transaction": (
        "with op.get_context().autocommit_block():\n"
        '    op.create_index("i", "t", ["a"], postgresql_concurrently=True)\n'
        'op.drop_index("j", "t")',
        ["AddIndex t i a True outside", "DropIndex t j"],
    ),
    "after a COMMIT": (
        'op.execute("COMMIT")\nop.create_index("i", "t", ["a"], postgresql_concurrently=True)',
        ["RunStatement None other", "AddIndex t i a True outside"],
    ),
    "loops over constants": (
        'for table, columns in (("t", ["a", "b"]), ("u", ["c"])):\n'
        "    for column in columns:\n"
        "        op.drop_column(table, column)",
        ["DropColumn t a", "DropColumn t b", "DropColumn u c"],
    ),
    "texts that are put together": (
        'SCHEMA = "t"\nname = "x" + "_y"\n'
        'op.drop_column(f"{SCHEMA}_z", "%s_id" % name)\nop.drop_column("{}".format(SCHEMA), name)',
        ["DropColumn t_z x_y_id", "DropColumn t x_y"],
    ),
    "the dialect's branch": (
        'bind = op.get_bind()\nif bind.dialect.name == "sqlite":\n    op.drop_table("t")\n'
        'elif bind.dialect.name in ("postgresql",):\n    op.drop_column("t", "a")',
        ["DropColumn t a"],
    ),
    "SQL": (
        'op.execute(sa.text("ALTER TABLE t ADD COLUMN a text"))\n'
        'op.get_bind().execute(sa.text("UPDATE t SET a = :v").bindparams(v=1))\n'
        'op.get_bind().execute(sa.text("SELECT 1"))',
        ["AddColumn t a text null=True", "RunStatement t update"],
    ),
    "expressions": (
        't = sa.table("t", sa.column("a"))\nop.execute(t.update().where(t.c.a == 1).values(a=2))\n'
        'op.bulk_insert(t, [{"a": 1}])\nop.get_bind().execute(sa.delete(t))',
        ["RunStatement t update", "RunStatement t insert", "RunStatement t delete"],
    ),
    "an operation of somebody's own": (
        "op.create_view(thing())",
        ["UnknownChange None"],
    ),
}


@pytest.mark.parametrize("name", sorted(CASES))
def test_calls_are_schema_changes(name: str) -> None:
    upgrade, wanted = CASES[name]

    assert [said(change) for change in body(upgrade).forward] == wanted


def test_a_helper_of_the_repository_is_followed() -> None:
    helper = (
        "from alembic import op\nimport sqlalchemy as sa\n\n\n"
        'def stamp(table, column="made"):\n'
        "    op.add_column(table, sa.Column(column, sa.DateTime()))\n"
    )
    found = body('from shop.helpers import stamp\nstamp("t")', **{"shop/helpers.py": helper})

    assert [said(c) for c in found.forward] == [
        "AddColumn t made timestamp without time zone null=True"
    ]
    assert found.forward[0].place.path == PATH


HELPERS = """from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column


@contextmanager
def without_view(name):
    op.execute(f"DROP VIEW {name}")
    yield
    op.execute(f"CREATE VIEW {name} AS SELECT 1")


def add_columns(table, *columns, **more):
    wanted = []
    for column in columns:
        if not has_column(table, column.name):
            wanted.append(column)
    with op.batch_alter_table(table) as batch_op:
        for column in wanted:
            batch_op.add_column(column)


def is_new_enough(conn, version=None):
    'Of any version, where none is asked for.'
    if version is None:
        return True
    return conn.engine.dialect.server_version_info >= version


def is_postgresql(conn, version=None):
    wanted = "postgresql"
    if conn.engine.name != wanted:
        return False
    return is_new_enough(conn, version)


def is_mysql(conn, version=None):
    if conn.engine.name != "mysql":
        return False
    else:
        return is_new_enough(conn, version)


def is_new():
    for name in names():
        return False


def create(name, *columns, **options):
    if has_table(name):
        return
    op.create_table(name, *columns, **options)


def clean(value):
    if isinstance(value, dict):
        return {key: clean(inner) for key, inner in value.items()}
    return value
"""
FOLLOWED = {
    "columns handed on": (
        'helpers.add_columns("t", sa.Column("a", sa.Text()), sa.Column("b", sa.Integer()))',
        ["AddColumn t a text null=True", "AddColumn t b integer null=True"],
    ),
    "a table's parts handed on": (
        'helpers.create("t", sa.Column("a", sa.Text()), if_not_exists=True)',
        ["CreateTable t a text"],
    ),
    "one that calls itself": ("helpers.clean({})\nop.drop_table('t')", ["DropTable t"]),
    "a column that a function makes": (
        "def made(name, kind=sa.Text, *, null=False):\n"
        '    """One more."""\n    return sa.Column(name, kind(), nullable=null)\n'
        'op.add_column("t", made("a"))\nop.add_column("t", made("b", sa.Integer, null=True))',
        ["AddColumn t a text null=False", "AddColumn t b integer null=True"],
    ),
    "functions that a loop calls": (
        'def one():\n    op.drop_column("t", "a")\ndef two():\n    op.drop_column("t", "b")\n'
        "for step in (one, two):\n    step()\nagain = one\nagain()",
        ["DropColumn t a", "DropColumn t b", "DropColumn t a"],
    ),
    "a batch that a function opens": (
        "def batch(name):\n    return op.batch_alter_table(name)\n"
        'with batch("t") as both:\n    both.drop_column("a")',
        ["DropColumn t a"],
    ),
    "a dict handed on by its keys": (
        "def drop(table, column):\n    op.drop_column(table, column)\n"
        'for each in ({"table": "t", "column": "a"}, {"table": "t", "column": "b"}):\n    drop(**each)',
        ["DropColumn t a", "DropColumn t b"],
    ),
    "a type by the class that it is of": (
        "from shop.kinds import Kind, Way\nlabels = {Kind: ['a', 'b'], Way: ['c']}\n"
        "names = {Kind: 'kinds', Way: 'ways'}\n"
        "def typed(of):\n    return sa.Enum(*labels[of], name=names[of])\n"
        'op.alter_column("t", "a", type_=typed(Kind))\nop.alter_column("t", "b", type_=typed(Other))',
        ["AlterColumn t a kinds null=None", "AlterColumn t b None null=None"],
    ),
    "what a context manager does before and after": (
        'with helpers.without_view("v"):\n    op.drop_column("t", "a")',
        ["RunStatement None other", "DropColumn t a", "RunStatement None other"],
    ),
    "a context manager that leaves the transaction": (
        "from contextlib import contextmanager\n@contextmanager\ndef outside():\n"
        '    """Each by itself."""\n    with op.get_context().autocommit_block():\n        yield\n'
        'with outside():\n    op.create_index("ix", "t", ["a"], postgresql_concurrently=True)\n'
        'op.create_index("iy", "t", ["a"])',
        ["AddIndex t ix a True outside", "AddIndex t iy a False"],
    ),
    "a context manager with a batch, beside another": (
        "import contextlib\n@contextlib.contextmanager\ndef batch(name):\n"
        "    if skipped():\n        yield None\n        return\n"
        "    with op.batch_alter_table(name) as one:\n        yield one\n"
        '@contextlib.contextmanager\ndef other():\n    try:\n        yield\n    finally:\n        op.drop_table("u")\n'
        'with other(), batch("t"):\n    op.drop_column("t", "a")',
        ["DropColumn t a", "DropTable u"],
    ),
    "a context manager that never yields": (
        "import contextlib\n@contextlib.contextmanager\ndef odd():\n    make_it_so()\n"
        'with odd() as of:\n    op.drop_column("t", "a")\n    with odd():\n        op.drop_column("t", "b")',
        ["DropColumn t a", "DropColumn t b"],
    ),
    "a function that asks for the dialect": (
        'def is_lite():\n    return op.get_bind().dialect.name == "sqlite"\n'
        'if is_lite():\n    op.drop_table("t")\nelse:\n    op.drop_column("t", "a")',
        ["DropColumn t a"],
    ),
    "functions without a name that are kept for later": (
        'later = []\nlater.append(lambda: op.drop_column("t", "a"))\n'
        'op.add_column("t", sa.Column("b", sa.Text()))\n'
        'later.append(lambda: op.drop_column("t", name))\nname = "c"\n'
        "for step in later:\n    step()",
        ["AddColumn t b text null=True", "DropColumn t a", "DropColumn t c"],
    ),
    "a function without a name that is handed to one with the same names": (
        'def twice(step):\n    name = "b"\n    step()\nname = "a"\n'
        'twice(lambda: op.drop_column("t", name))\ntwice(lambda: op.drop_column("t", "c"))',
        ["UnknownChange None", "DropColumn t c"],
    ),
    "functions of another file that ask for the dialect, one through the other": (
        'if helpers.is_mysql(op.get_bind()):\n    op.drop_table("t")\n'
        'elif helpers.is_postgresql(op.get_bind()):\n    op.drop_column("t", "a")\n'
        'else:\n    op.drop_table("u")',
        ["DropColumn t a"],
    ),
    "a function of another file that asks for a version as well": (
        'if helpers.is_postgresql(op.get_bind(), 12):\n    op.drop_column("t", "a")\n'
        'if helpers.is_mysql(op.get_bind(), 12):\n    op.drop_table("t")\n'
        "if helpers.is_new():\n    op.drop_column('t', 'b')",
        ["DropColumn t a", "DropColumn t b"],
    ),
    "a comprehension": (
        '[op.drop_column("t", c) for c in ("a", "b")]',
        ["DropColumn t a", "DropColumn t b"],
    ),
    "a comparison of three": (
        "size = 3\nif 1 < len(names()) < 5:\n    pass\n"
        'if "a" == "a" == "b":\n    op.drop_table("u")\nop.drop_column("t", "a")',
        ["DropColumn t a"],
    ),
    "a session of the project's own": (
        "import shop\nsession = shop.db.Session(bind=op.get_bind())\n"
        'op.drop_column("t", "a")\nsession.commit()',
        ["DropColumn t a", "RunCode None"],
    ),
    "a column that is not known, of a table that is": (
        'op.alter_column("t", pick(), nullable=True)\nop.drop_column("t", pick())',
        ["UnknownChange t", "UnknownChange t"],
    ),
    "a name that the caller has as well": (
        'def made():\n    return sa.Column(name, sa.Text())\nname = "mine"\n'
        'def inner(name):\n    op.add_column("t", made())\ninner("other")',
        ["AddColumn t mine text null=True"],
    ),
}


@pytest.mark.parametrize("name", sorted(FOLLOWED))
def test_helpers_are_followed_where_they_are_simple(name: str) -> None:
    upgrade, wanted = FOLLOWED[name]
    lines = f"from shop import helpers\n{upgrade}"

    found = body(lines, **{"shop/__init__.py": "", "shop/helpers.py": HELPERS})

    assert [said(change) for change in found.forward] == wanted


def test_a_condition_that_is_not_known_guards_what_it_holds() -> None:
    """`if not exists: add` neither fails twice nor is passed over."""
    upgrade = 'if "a" not in names():\n    op.add_column("t", sa.Column("a", sa.Text))'

    (change,) = body(upgrade).forward

    assert change.if_not_exists  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("downgrade", "reversible"),
    [
        ('op.drop_column("t", "a")', True),
        ("pass", False),
        ("raise RuntimeError", False),
        ('op.drop_column("t", "z")', None),
    ],
)
def test_downgrade_is_judged_for_the_way_back_alone(
    downgrade: str, reversible: bool | None
) -> None:
    (change,) = body('op.add_column("t", sa.Column("a", sa.Text))', downgrade).forward

    assert change.reversible is reversible


@pytest.mark.parametrize(
    "hostile",
    [
        "x = " + "(" * 3000 + ")" * 3000,
        "for i in range(10**9):\n    op.drop_table(str(i))",
        'x = "a" * 10**10\nop.drop_table(x)',
        'op.execute("%9999999999d" % 1)',
        "def f():\n    f()\nf()",
        "x = [1]\n" + "x = [x, x]\n" * 60,
        "+".join(["a"] * 20_000),
        "def f(x):\n    return [f(x), f(x), f(x), f(x)]\nop.add_column('t', f(f(f(f(1)))))",
        "def f(x):\n    return g(x)\ndef g(x):\n    return f(f(x))\nop.add_column('t', f(1))",
        "x = []\nfor i in range(10**9):\n    x.append(x)\nop.drop_table(x)",
    ],
)
def test_hostile_source_is_bounded(hostile: str) -> None:
    """Nothing of it runs; the review ends and says something or nothing."""
    trees = compare(files(), head={PATH: revision("a", None, hostile)})

    assert isinstance(findings(trees), list)


@pytest.mark.parametrize(
    ("line", "known"),
    [
        ("orders.Base.metadata.reflect(bind=op.get_bind(), only=['orders'])", True),
        ("frame = pandas.read_sql_table('orders', con=op.get_bind())", True),
        ("orders.Base.metadata.something(bind=op.get_bind())", False),
    ],
)
def test_what_only_looks_at_the_database_does_nothing_to_it(line: str, known: bool) -> None:
    found = body(f"import pandas\nfrom shop import orders\n{line}\nop.drop_table('orders')")

    names = [type(change).__name__ for change in found.forward]
    assert names == (["DropTable"] if known else ["UnknownChange", "DropTable"])


READS = {
    "a set of its own": "seen = set()\nfor row in rows():\n    seen.add(row)",
    "an entry of a mapping": 'row = first()\nrow.get("group", {}).get("name")',
    "a query put together": 'op.get_bind().execute(f"SELECT a FROM t WHERE id = {key()}")',
    "one as text": 'said = sa.text(f"""\n  SELECT a\n  FROM t WHERE id = {key()}""")\nop.execute(said)',
    "one that is formatted": 'op.execute("SELECT a FROM t WHERE id = {}".format(key()))',
    "a sum": 'op.execute("SELECT a FROM t WHERE id = " + key())',
}
WRITES = {
    "rows of a session": "session = sa.orm.Session(op.get_bind())\nsession.add(row())",
    "a function that is called": 'op.execute(f"SELECT {name()}(1)")',
    "a function that is known": "op.execute(f\"SELECT setval('s', {key()}) FROM t\")",
    "rows in the query": 'op.execute(f"SELECT a FROM (DELETE FROM {name()} RETURNING a) b")',
    "another statement": 'op.execute(f"SELECT a FROM {name()}; TRUNCATE t")',
    "no query": 'op.execute(f"DELETE FROM t WHERE id = {key()}")',
}


@pytest.mark.parametrize("name", sorted(READS))
def test_what_is_only_asked_for_is_no_step_of_data(name: str) -> None:
    assert body(READS[name]).forward == ()


@pytest.mark.parametrize("name", sorted(WRITES))
def test_what_may_write_is_a_step_of_data(name: str) -> None:
    assert body(WRITES[name]).forward
