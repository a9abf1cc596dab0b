"""
The rollback commands of merge revisions, branches and several roots, run on a real PostgreSQL.

The base is deployed and its code runs; the merged tree is migrated; the commands are run
as they stand; then the schema and the versions are those of the base, and the base's
code works. Nothing else is undone.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from analyzers.plan.rollback import UNSAFE
from analyzers.review import review
from tests.plans.alembic_stage import ENV, schema
from tests.support import postgres
from tests.support.alembic_trees import compare, files, revision

ITEM = """op.create_table("item", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("title", sa.String(50), nullable=False))"""
BASE = files(
    one=revision("aaa000000001", None, ITEM, 'op.drop_table("item")'),
    two=revision(
        "aaa000000002",
        "aaa000000001",
        'op.add_column("item", sa.Column("price", sa.Integer(), nullable=True))',
        'op.drop_column("item", "price")',
    ),
)
OLD_CODE = (
    "INSERT INTO item (title, price) VALUES ('old', 1)",
    "UPDATE item SET price = 2 WHERE title = 'old'",
    "SELECT id, title, price FROM item",
)


def column(
    name: str, down: str | tuple[str, ...] | None, added: str, **header: object
) -> dict[str, str]:
    """A revision that adds a nullable column to `item`."""
    return {
        f"migrations/versions/{name}.py": revision(
            name,
            down,
            f'op.add_column("item", sa.Column("{added}", sa.Integer(), nullable=True))',
            f'op.drop_column("item", "{added}")',
            **header,
        )
    }


def merge(name: str, *down: str) -> dict[str, str]:
    return {f"migrations/versions/{name}.py": revision(name, down)}


@dataclass(frozen=True, kw_only=True)
class Case:
    """What the base has, what the pull request adds, and the commands that take it back."""

    head: Mapping[str, str]
    merge_base: Mapping[str, str] = field(default_factory=lambda: BASE)
    base: Mapping[str, str] = field(default_factory=dict)
    commands: tuple[str, ...]
    old_code: tuple[str, ...] = OLD_CODE
    safe: bool = True


TWO_HEADS = {
    **BASE,
    **column("aaa00000000a", "aaa000000002", "a"),
    **column("aaa00000000b", "aaa000000002", "b"),
}
SECOND = """op.create_table("audit", sa.Column("id", sa.Integer(), primary_key=True))"""

CASES = {
    "a merge revision of two heads that the base has": Case(
        merge_base=TWO_HEADS,
        head=merge("ccc000000001", "aaa00000000a", "aaa00000000b"),
        commands=("alembic downgrade aaa00000000a",),
    ),
    "a branch below the base's head, and a merge revision that joins both": Case(
        head={
            **column("ccc000000001", "aaa000000001", "rating"),
            **merge("ccc000000002", "ccc000000001", "aaa000000002"),
        },
        commands=("alembic downgrade ccc000000001@aaa000000001",),
    ),
    "the same where the base's revision came while the branch was open": Case(
        base=column("bbb000000001", "aaa000000002", "tax"),
        head={
            **column("ccc000000001", "aaa000000002", "rating"),
            **column("bbb000000001", "aaa000000002", "tax"),
            **merge("ccc000000002", "ccc000000001", "bbb000000001"),
        },
        commands=("alembic downgrade ccc000000001@aaa000000002",),
    ),
    "two new branches and their merge revision": Case(
        head={
            **column("ccc000000001", "aaa000000002", "rating"),
            **column("ccc000000002", "aaa000000002", "stars"),
            **merge("ccc000000003", "ccc000000001", "ccc000000002"),
        },
        commands=("alembic downgrade aaa000000002",),
    ),
    "a revision after the merge revision drops what old code writes": Case(
        merge_base=TWO_HEADS,
        head={
            **merge("ccc000000001", "aaa00000000a", "aaa00000000b"),
            "migrations/versions/ccc000000002.py": revision(
                "ccc000000002",
                "ccc000000001",
                'op.drop_column("item", "price")',
                'op.add_column("item", sa.Column("price", sa.Integer(), nullable=True))',
            ),
        },
        commands=("alembic downgrade aaa00000000a",),
        safe=False,
    ),
    "a second base with a label of its own": Case(
        head={
            "migrations/versions/ccc000000001.py": revision(
                "ccc000000001", None, SECOND, 'op.drop_table("audit")', branch_labels=("audit",)
            )
        },
        commands=("alembic downgrade ccc000000001@base",),
    ),
    "a second base on which a revision of the first depends": Case(
        head={
            "migrations/versions/ccc000000001.py": revision(
                "ccc000000001", None, SECOND, 'op.drop_table("audit")', branch_labels=("audit",)
            ),
            **column("ccc000000002", "aaa000000002", "audit_id", depends_on="ccc000000001"),
        },
        commands=("alembic downgrade ccc000000001@base",),
    ),
    "a new branch on each of two bases": Case(
        merge_base={
            **BASE,
            "migrations/versions/aaa0000000f1.py": revision(
                "aaa0000000f1", None, SECOND, 'op.drop_table("audit")', branch_labels=("audit",)
            ),
        },
        head={
            **column("ccc000000001", "aaa000000002", "rating"),
            "migrations/versions/ccc000000002.py": revision(
                "ccc000000002",
                "aaa0000000f1",
                'op.add_column("audit", sa.Column("who", sa.Text(), nullable=True))',
                'op.drop_column("audit", "who")',
            ),
        },
        commands=("alembic downgrade aaa0000000f1", "alembic downgrade aaa000000002"),
        old_code=(*OLD_CODE, "INSERT INTO audit DEFAULT VALUES"),
    ),
    "the first revision of all": Case(
        merge_base={k: v for k, v in BASE.items() if "versions" not in k},
        head={k: v for k, v in BASE.items() if "versions" in k},
        commands=("alembic downgrade base",),
        old_code=("SELECT 1",),
    ),
}


@pytest.fixture
def database() -> Iterator[str]:
    with postgres.fresh_database() as name:
        yield name


def configured(root: Path, script: str, connection: sa.Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(root / script))
    config.attributes["connection"] = connection
    return config


def engine_of(database: str) -> sa.Engine:
    return sa.create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(postgres.uri(database)),
        poolclass=sa.NullPool,
    )


def put(root: Path, tree: Mapping[str, str], *scripts: str) -> None:
    for path, content in {**tree, **{f"{script}/env.py": ENV for script in scripts}}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content)


def upgraded(root: Path, database: str, script: str = "migrations") -> None:
    with engine_of(database).connect() as connection:
        command.upgrade(configured(root, script, connection), "heads")


def run(line: str, root: Path, database: str, script: str = "migrations") -> None:
    """One command as the plan says it, by Alembic's own ``downgrade``."""
    program, verb, target = shlex.split(line, comments=True)
    assert (program, verb) == ("alembic", "downgrade")
    with engine_of(database).connect() as connection:
        command.downgrade(configured(root, script, connection), target)


def versions(database: str, table: str = "alembic_version") -> list[str]:
    with psycopg.connect(postgres.uri(database)) as connection:
        if connection.execute("SELECT to_regclass(%s)", [table]).fetchone() == (None,):
            return []
        rows = connection.execute(f"SELECT version_num FROM {table}".encode()).fetchall()
    return sorted(row[0] for row in rows)


def failing(database: str, statements: tuple[str, ...]) -> list[str]:
    found = []
    with psycopg.connect(postgres.uri(database), autocommit=True) as connection:
        for statement in statements:
            try:
                connection.execute(statement.encode())
            except psycopg.Error as error:
                found.append(str(error).splitlines()[0])
    return found


@pytest.mark.parametrize("said", CASES)
def test_the_commands_undo_what_is_new_and_nothing_else(
    said: str, tmp_path: Path, database: str
) -> None:
    case = CASES[said]
    comparison = compare(case.merge_base, base=case.base, head=case.head)
    plan = review(comparison, sql=False).rollback
    assert plan is not None
    assert plan.possible
    assert plan.commands == case.commands
    base = {**case.merge_base, **case.base}
    put(tmp_path, base, "migrations")
    upgraded(tmp_path, database)
    before = schema(database), versions(database)
    assert failing(database, case.old_code) == []

    put(tmp_path, case.head)
    upgraded(tmp_path, database)
    assert versions(database) != before[1]
    # The code alone rolled back: as the plan says.
    assert bool(failing(database, case.old_code)) is not case.safe
    assert any(UNSAFE in note for note in plan.notes) is not case.safe
    for line in plan.commands:
        run(line, tmp_path, database)

    assert (schema(database), versions(database)) == before
    assert failing(database, case.old_code) == []


AUDIT_ENV = ENV.replace("transaction_per", 'version_table="audit_version", transaction_per')


def test_each_root_of_a_repository_is_taken_back_by_itself(tmp_path: Path, database: str) -> None:
    """Two script directories with version tables of their own, in one database."""
    audit = {
        "audit/env.py": AUDIT_ENV,
        "audit/versions/one.py": revision("ddd000000001", None, SECOND, 'op.drop_table("audit")'),
    }
    head = {
        **column("ccc000000001", "aaa000000002", "rating"),
        "audit/versions/two.py": revision(
            "ddd000000002",
            "ddd000000001",
            'op.add_column("audit", sa.Column("who", sa.Text(), nullable=True))',
            'op.drop_column("audit", "who")',
        ),
    }
    base = {**BASE, **audit}
    plan = review(compare(base, head=head), sql=False).rollback
    assert plan is not None
    assert plan.possible
    roots = {line.partition("# in ")[2]: line for line in plan.commands}
    assert len(roots) == len(plan.commands) == 2
    put(tmp_path, base, "migrations")
    scripts = ("migrations", "audit")
    for script in scripts:
        upgraded(tmp_path, database, script)
    before = schema(database), versions(database), versions(database, "audit_version")

    put(tmp_path, head)
    for script in scripts:
        upgraded(tmp_path, database, script)
    assert failing(database, OLD_CODE) == []
    for script in scripts:
        (line,) = (line for app, line in roots.items() if (app == "audit") == (script == "audit"))
        run(line, tmp_path, database, script)

    assert (schema(database), versions(database), versions(database, "audit_version")) == before
