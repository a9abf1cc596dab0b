"""Revisions that are handed the name of the database they are run for: what is written for them, and what is said."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from analyzers.read.alembic.env_transactions import begins_itself
from analyzers.review import review
from tests.support.alembic_trees import ENV, compare, files, findings, revision, write

CHOOSE = '    globals()["{way}_%s" % engine_name]()'
HEADS = "".join(
    f"def {way}(engine_name: str) -> None:\n{CHOOSE.format(way=way)}\n\n\n"
    for way in ("upgrade", "downgrade")
)
BIND = '    __bind_key__ = "{name}"\n'
MODELS = """from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()


class Tag(db.Model):
    id = db.Column(db.Integer, primary_key=True)


class Audit(db.Model):
    __abstract__ = True
    __bind_key__ = "audit"


class Log(Audit):
    id = db.Column(db.Integer, primary_key=True)
"""
MADE = 'op.create_table("{name}", sa.Column("id", sa.Integer(), primary_key=True))'
ONE = "migrations/versions/one.py"
TWO = "migrations/versions/two.py"
THREE = "migrations/versions/three.py"


def of_several(name: str, down: str | None, **bodies: str) -> str:
    """A revision as Flask-Migrate's template for several databases has it: *bodies* of ``upgrade``, by database."""
    header = revision(name, down).partition("def upgrade")[0]
    functions = "".join(
        f"def upgrade_{database}() -> None:\n    {body}\n\n\n"
        f"def downgrade_{database}() -> None:\n    pass\n\n\n"
        for database, body in (("", bodies.get("usual", "pass")), ("audit", bodies["audit"]))
    )
    return f"{header}{HEADS}{functions}"


START = {
    **files(
        one=of_several(
            "3f9a1c07be52", None, usual=MADE.format(name="tag"), audit=MADE.format(name="log")
        )
    ),
    "app/models.py": MODELS,
}
MORE = MODELS.replace(
    "primary_key=True)\n", "primary_key=True)\n    note = db.Column(db.Text)\n", 1
)
ADDED = 'op.add_column("{name}", sa.Column("note", sa.Text(), nullable=True))'


def functions_of(source: str) -> dict[str, str]:
    """The functions of a revision, by name: their arguments and what they do."""
    return {
        f.name: f"{ast.unparse(f.args)}: " + "\n".join(ast.unparse(s) for s in f.body)
        for f in ast.parse(source).body
        if isinstance(f, ast.FunctionDef)
    }


def runs(tree: dict[str, str], folder: Path) -> dict[str, list[str]]:
    """The tables that each database has after all revisions, as Alembic makes them."""
    import sqlalchemy as sa
    from alembic import command

    env = (
        ENV.replace(", literal_binds=True", "")
        .replace("url=", "connection=connection, url=")
        .replace("run_migrations()", "run_migrations(engine_name=name)")
    )
    env = env.replace(
        "context.configure",
        'name, connection = context.config.attributes["asked"]\ncontext.configure',
    )
    config = write({**tree, "migrations/env.py": env}, folder)
    found = {}
    for name in ("", "audit"):
        engine = sa.create_engine(f"sqlite:///{folder}/{name}.db")
        with engine.connect() as connection:
            config.attributes["asked"] = name, connection
            command.upgrade(config, "heads")
        with engine.connect() as connection:
            seen = sa.inspect(connection)
            found[name] = sorted(
                f"{table}.{column['name']}"
                for table in seen.get_table_names()
                for column in seen.get_columns(table)
                if table != "alembic_version"
            )
    return found


def test_what_is_missing_is_written_into_the_functions_of_each_database(tmp_path: Path) -> None:
    models = MORE + "    note = db.Column(db.Text)\n"
    models += "\n\nclass Who(Audit):\n    id = db.Column(db.Integer, primary_key=True)\n"

    found = findings(compare(START, head={"app/models.py": models}), "missing-migration")
    (written,) = {file for f in found for file in f.new_files}
    made = functions_of(written.content)

    assert made["upgrade"] == "engine_name: str: " + CHOOSE.format(way="upgrade").strip().replace(
        '"', "'"
    )
    assert runs({**START, written.path: written.content}, tmp_path) == {
        "": ["tag.id", "tag.note"],
        "audit": ["log.id", "log.note", "who.id"],
    }
    assert list(made) == [
        *("upgrade", "downgrade", "upgrade_", "downgrade_", "upgrade_audit", "downgrade_audit")
    ]


def test_a_table_of_which_nobody_knows_the_database_is_left_to_autogenerate() -> None:
    """Beside tables of both databases on one base it may belong to either."""
    models = MODELS.replace('    __bind_key__ = "audit"\n', "")
    start = {**START, "app/models.py": models}
    more = models + "\n\nclass Who(db.Model):\n    id = db.Column(db.Integer, primary_key=True)\n"

    (found,) = findings(compare(start, head={"app/models.py": more}), "missing-migration")
    assert not found.new_files
    assert "in which database `who` is, is not certain" in found.remedy


def test_one_schema_in_several_databases_is_the_same_in_each(tmp_path: Path) -> None:
    models = MODELS.partition("\n\nclass Audit")[0]
    both = of_several(
        "3f9a1c07be52", None, usual=MADE.format(name="tag"), audit=MADE.format(name="tag")
    )
    start = {**START, ONE: both, "app/models.py": models}
    more = models + "    note = db.Column(db.Text)\n"

    (found,) = findings(compare(start, head={"app/models.py": more}), "missing-migration")
    (written,) = found.new_files
    tables = ["tag.id", "tag.note"]
    assert runs({**start, written.path: written.content}, tmp_path) == {"": tables, "audit": tables}


def test_revisions_that_decide_by_what_they_are_handed_are_written_by_hand() -> None:
    decides = revision("3f9a1c07be52", None, MADE.format(name="tag")).replace(
        "def upgrade():\n",
        'def upgrade(engine_name):\n    if engine_name == "audit":\n        return\n',
    )
    start = {**files(one=decides), "app/models.py": MODELS.partition("\n\nclass Audit")[0]}
    more = start["app/models.py"] + "    note = db.Column(db.Text)\n"

    (found,) = findings(compare(start, head={"app/models.py": more}), "missing-migration")
    assert not found.new_files
    assert "its revisions decide by themselves" in found.remedy


def test_heads_are_joined_by_a_revision_that_takes_what_it_is_handed(tmp_path: Path) -> None:
    mine, theirs = (
        of_several(name, "3f9a1c07be52", audit=ADDED.format(name="log").replace("note", column))
        for name, column in (("88d0e2b7a614", "a"), ("c41d9a7f3b20", "b"))
    )
    both = compare(START, base={TWO: theirs}, head={THREE: mine})

    (found,) = findings(both, "conflicting-leaf-nodes")
    (joined,) = found.new_files
    assert functions_of(joined.content) == dict.fromkeys(
        ("upgrade", "downgrade"), "engine_name: str: pass"
    )
    tree = {**START, TWO: theirs, THREE: mine, joined.path: joined.content}
    made = runs(tree, tmp_path)
    assert made["audit"] == ["log.a", "log.b", "log.id"]

    # The next revision is written as those before the merge are.
    (found,) = findings(compare(tree, head={"app/models.py": MORE}), "missing-migration")
    assert "upgrade_audit" in functions_of(found.new_files[0].content)


def test_the_steps_of_a_split_are_run_for_the_database_of_the_author(tmp_path: Path) -> None:
    old = f"{MODELS}    old = db.Column(db.Text)\n"
    made = MADE.format(name="log").replace("sa.Column", 'sa.Column("old", sa.Text()), sa.Column', 1)
    one = of_several("3f9a1c07be52", None, usual=MADE.format(name="tag"), audit=made)
    start = {**START, ONE: one, "app/models.py": old}
    two = of_several(
        "88d0e2b7a614",
        "3f9a1c07be52",
        usual=ADDED.format(name="tag"),
        audit='op.drop_column("log", "old")',
    )
    both = compare(start, head={TWO: two, "app/models.py": MORE})

    steps = review(both).split.steps
    assert [step.kind for step in steps if step.files] == ["migration", "migration"]
    written = {path: text for step in steps for path, text in step.files.items()}
    assert runs({**start, **written}, tmp_path) == {"": ["tag.id", "tag.note"], "audit": ["log.id"]}


def test_each_database_has_a_transaction_of_its_own() -> None:
    tables = "\n    ".join(MADE.format(name=name) for name in "abc")
    start = {
        ONE: of_several("3f9a1c07be52", None, usual=tables, audit=tables.replace('"c"', '"d"'))
    }
    drops = {name: f'op.drop_column("{name}", "id")' for name in "abcd"}

    def said(usual: str, audit: str) -> int:
        two = of_several(
            "88d0e2b7a614",
            "3f9a1c07be52",
            usual="\n    ".join(drops[n] for n in usual),
            audit="\n    ".join(drops[n] for n in audit),
        )
        both = compare({**files(), **start}, head={TWO: two})
        return len(findings(both, "many-locks-in-one-transaction"))

    assert said("ab", "d") == 0
    assert said("abc", "d") == 1


OTHERS = [
    ("class New(db.Model):\n" + BIND.format(name="audit"), 0),
    ("class New(Audit):\n", 0),
    ("class New(db.Model):\n", 1),
]


@pytest.mark.parametrize(("head", "asked"), OTHERS)
def test_revisions_of_one_database_are_not_asked_for_tables_of_another(
    head: str, asked: int
) -> None:
    """Flask-SQLAlchemy keeps those of each ``__bind_key__`` in a ``MetaData`` of their own."""
    start = {
        **files(one=revision("3f9a1c07be52", None, MADE.format(name="tag"))),
        "app/models.py": MODELS,
    }
    models = f"{MODELS}\n\n{head}    id = db.Column(db.Integer, primary_key=True)\n"

    assert (
        len(findings(compare(start, head={"app/models.py": models}), "missing-migration")) == asked
    )
    linked = MODELS + 'links = db.Table("links", db.Column("n", db.Integer), bind_key="audit")\n'
    assert not findings(compare(start, head={"app/models.py": linked}), "missing-migration")


BEGINS = [
    ("with engine.begin() as connection:", "with context.begin_transaction():", True),
    ("if True:", "with context.begin_transaction():", False),
    ("if True:\n        transaction = connection.begin()", "if True:", True),
    (
        "if True:\n        made = connection.begin()\n        made.commit()",
        "with context.begin_transaction():",
        False,
    ),
]


@pytest.mark.parametrize(("first", "second", "fails"), BEGINS)
def test_a_block_without_a_transaction_needs_one_that_alembic_began(
    first: str, second: str, fails: bool
) -> None:
    """``autocommit_block()`` ends a transaction: of one that ``env.py`` began Alembic knows nothing, and refuses."""
    env = f"from alembic import context\n\n\ndef online():\n    {first}\n        context.configure(connection=connection)\n        {second}\n            context.run_migrations()\n\n\nonline()\n"
    start = {
        **files(one=revision("3f9a1c07be52", None, MADE.format(name="a"))),
        "migrations/env.py": env,
    }
    added = 'op.add_column("a", sa.Column("n", sa.Integer(), nullable=False))'
    index = 'op.create_index("ix", "a", ["id"])'
    two = revision("88d0e2b7a614", "3f9a1c07be52", f"{index}\n{added}")
    both = compare(start, head={TWO: two})

    (found,) = findings(both, "index-blocks-writes")
    assert ("`autocommit_block()` fails" in found.remedy) is fails
    split = review(both).split
    assert ("`autocommit_block()` fails" in split.reason) is fails
    assert any(step.files for step in split.steps) is not fails


@pytest.mark.parametrize(("first", "second", "fails"), BEGINS)
def test_a_block_in_a_transaction_that_env_py_began_stops_the_upgrade(
    first: str, second: str, fails: bool
) -> None:
    env = f"from alembic import context\n\n\ndef online():\n    {first}\n        context.configure(connection=connection)\n        {second}\n            context.run_migrations()\n\n\nonline()\n"
    made = MADE.format(name="a")
    block = 'with op.get_context().autocommit_block():\n    op.create_index("{}", "a", ["id"], postgresql_concurrently=True)'
    start = {**files(one=revision("3f9a1c07be52", None, made)), "migrations/env.py": env}
    two = revision("88d0e2b7a614", "3f9a1c07be52", block.format("ix"))

    found = findings(compare(start, head={TWO: two}), "concurrent-inside-transaction")
    assert [f.message for f in found] == [
        "`env.py` begins the transaction itself, and `autocommit_block()` fails in it."
    ] * fails
    # Where there is one already, it works in some way that is not seen.
    three = revision("c41d9a7f3b20", "88d0e2b7a614", block.format("iy"))
    assert not findings(
        compare({**start, TWO: two}, head={THREE: three}), "concurrent-inside-transaction"
    )


HANDED_ON = """from alembic import context


def create_schemas(connection):
    connection.execute("CREATE SCHEMA IF NOT EXISTS shop")


def run(connection):
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()


async def online():
    async with engine.begin() as connection:
        await connection.run_sync({first})
    async with engine.connect() as connection:
        await connection.run_sync({second})
"""


@pytest.mark.parametrize(
    ("first", "second", "fails"),
    [
        ("create_schemas", "run", False),
        ("run", "create_schemas", True),
        ("lambda made: run(made)", "create_schemas", True),
    ],
)
def test_what_is_run_in_a_transaction_need_not_be_the_revisions(
    first: str, second: str, fails: bool
) -> None:
    module = ast.parse(HANDED_ON.format(first=first, second=second))
    assert begins_itself(module) is fails
