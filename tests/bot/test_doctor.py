"""The doctor on a real PostgreSQL that Django itself has migrated, and on what people do to it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest

from analyzers.trees import MemoryTree
from bot.doctor.catalogue import read_catalogue
from bot.doctor.compare import Drift
from bot.doctor.connection import DatabaseUnreachable
from bot.doctor.run import examine, print_drift
from bot.sample import ADD_TAX, START, _migration
from tests.support import postgres
from tests.support.alembic_trees import files, revision

FILES = {
    **{path: text for path, text in START.items() if not path.startswith(("ledger", "alembic"))},
    "orders/migrations/0003_order_tax.py": _migration("0002_order_total", ADD_TAX),
}

NAMES = [
    path.rpartition("/")[2].removesuffix(".py")
    for path in sorted(FILES)
    if path.startswith("orders/migrations/000")
]
"""The migrations of the app, in order."""
SQUASH = """from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = []
    operations = [
        migrations.CreateModel(
            "Order",
            [("id", models.BigAutoField(primary_key=True)), ("tax", models.IntegerField(null=True))],
        ),
    ]
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database that the sample's own migrations have made."""
    root = tmp_path_factory.mktemp("shop")
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    with postgres.fresh_database() as name:
        settings = (
            (root / "settings.py")
            .read_text()
            .replace(
                '"NAME": "shop"',
                f'"NAME": "{name}", "USER": "postgres", "HOST": "{postgres.host()}"',
            )
        )
        (root / "settings.py").write_text(settings)
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "orders", "-v", "0"],
            cwd=root,
            check=True,
            env={**os.environ, "PYTHONPATH": str(root)},
        )
        yield name


@pytest.fixture
def database(template: str) -> Iterator[str]:
    with postgres.fresh_database(template) as name:
        yield name


def drifts(
    database: str, files: dict[str, str] = FILES
) -> list[tuple[str, str | None, str | None]]:
    found = examine(MemoryTree(files), read_catalogue(postgres.uri(database)))
    return [(d.kind, d.migration, d.column) for d in found]


def run(database: str, statement: str) -> None:
    with psycopg.connect(postgres.uri(database), autocommit=True) as connection:
        connection.execute(statement.encode())


def test_a_database_as_its_migrations_made_it(database: str) -> None:
    assert drifts(database) == []


def test_a_column_that_was_dropped_by_hand(database: str) -> None:
    run(database, "ALTER TABLE orders_order DROP COLUMN tax")

    assert drifts(database) == [("column-missing", "orders.0003_order_tax", "tax")]


def test_a_table_that_was_dropped_by_hand(database: str) -> None:
    run(database, "DROP TABLE orders_order")

    assert drifts(database) == [("table-missing", "orders.0001_initial", None)]


def test_a_column_that_stands_and_is_not_recorded(database: str) -> None:
    run(database, "DELETE FROM django_migrations WHERE name = '0003_order_tax'")

    assert drifts(database) == [("not-recorded", "orders.0003_order_tax", None)]


def test_code_that_was_rolled_back_without_its_schema(database: str) -> None:
    older = {p: t for p, t in FILES.items() if "0003" not in p}

    assert drifts(database, older) == [("file-gone", "orders.0003_order_tax", None)]


def test_a_migration_that_is_not_applied_yet(database: str) -> None:
    newer = {
        **FILES,
        "orders/migrations/0004_more.py": _migration(
            "0003_order_tax", ADD_TAX.replace("tax", "more")
        ),
    }

    assert drifts(database, newer) == [("pending", "orders.0004_more", None)]


def test_a_squash_is_what_it_replaces(database: str) -> None:
    """It makes the tables of a new database, and stands for them in one that is older."""
    squash = SQUASH.replace(
        "    dependencies", f"    replaces = {[('orders', n) for n in NAMES]}\n    dependencies", 1
    )
    kept = {p: t for p, t in FILES.items() if not p.startswith("orders/migrations/000")}
    squashed = {**kept, "orders/migrations/0001_squashed.py": squash}
    assert drifts(database, squashed) == []
    run(database, f"DELETE FROM django_migrations WHERE name = '{NAMES[-1]}'")
    assert drifts(database, {**FILES, **squashed}) == [("pending", f"orders.{NAMES[-1]}", None)]
    run(
        database,
        f"INSERT INTO django_migrations (app, name, applied) VALUES ('orders', '{NAMES[-1]}', now())",
    )
    run(database, "ALTER TABLE orders_order DROP COLUMN tax")
    assert drifts(database, squashed) == [("column-missing", "orders.0001_squashed", "tax")]
    run(database, "DROP TABLE orders_order CASCADE")
    run(database, "DELETE FROM django_migrations WHERE app = 'orders'")
    assert drifts(database, squashed) == [("pending", "orders.0001_squashed", None)]


def test_an_alembic_revision_that_no_file_knows(database: str) -> None:
    run(database, "CREATE TABLE alembic_version (version_num varchar(32))")
    run(database, "INSERT INTO alembic_version VALUES ('eea2e21515bc')")

    assert drifts(database) == [("revision-unknown", "eea2e21515bc", None)]


@pytest.mark.parametrize(("here", "gone"), [("tag", ["note"]), ("log", [])])
def test_tables_of_another_database_are_not_looked_for(
    database: str, here: str, gone: list[str]
) -> None:
    """A revision for several databases does not make all of its tables in each."""
    made = 'op.create_table("{}", sa.Column("id", sa.Integer(), primary_key=True))'
    one = revision("3f9a1c07be52", None).partition("def upgrade")[0] + "".join(
        f'def {way}(engine_name):\n    globals()["{way}_%s" % engine_name]()\n\n\n'
        for way in ("upgrade", "downgrade")
    )
    one += f"def upgrade_():\n    {made.format('tag')}\n    {made.format('note')}\n\n\n"
    one += f"def upgrade_audit():\n    {made.format('log')}\n"
    run(database, "CREATE TABLE alembic_version (version_num varchar(32))")
    run(database, "INSERT INTO alembic_version VALUES ('3f9a1c07be52')")
    run(database, f"CREATE TABLE {here} (id integer PRIMARY KEY)")

    found = examine(MemoryTree(files(one=one)), read_catalogue(postgres.uri(database)))
    assert [(d.kind, d.table) for d in found] == [("table-missing", name) for name in gone]


def test_a_database_that_is_not_there_is_said_without_its_password() -> None:
    with pytest.raises(DatabaseUnreachable) as error:
        read_catalogue("postgresql://me:secret@127.0.0.1:1/none")

    assert "127.0.0.1" in str(error.value)
    assert "secret" not in str(error.value)


def test_sql_stands_without_the_prompt_of_a_shell(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever copies the line gives it to the database's client."""
    sql = "ALTER TABLE a ADD COLUMN b text"
    print_drift(Drift(kind="column-missing", migration="a.1", message="m", commands=(sql, "ls")))

    assert capsys.readouterr().out == f"column-missing: m\n    {sql}\n    $ ls\n\n"
