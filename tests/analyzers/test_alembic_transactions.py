"""What is to be done about locks and ways back where revisions, not Django's migrations, are run."""

from __future__ import annotations

import pytest

from tests.support.alembic_trees import ENV, compare, files, findings, revision

TABLES = "\n".join(
    f'op.create_table("{name}", sa.Column("id", sa.Integer(), primary_key=True))' for name in "abc"
)
START = files(one=revision("3f9a1c07be52", None, TABLES))
EACH, WITHOUT = (
    {"migrations/env.py": ENV.replace("configure(", f"configure({option}, ")}
    for option in ("transaction_per_migration=True", "transactional_ddl=False")
)


def remedy(rule: str, upgrade: str, base: dict[str, str] = START) -> str:
    two = revision("88d0e2b7a614", "3f9a1c07be52", upgrade)
    (found,) = findings(compare(base, head={"migrations/versions/two.py": two}), rule)
    return found.remedy


def test_rows_are_moved_in_a_revision_of_their_own() -> None:
    """``atomic = False`` is a word of Django's."""
    rows = 'op.add_column("a", sa.Column("x", sa.Text()))\nop.execute("UPDATE a SET x = id::text")'

    said = remedy("data-and-schema-together", rows)
    assert "atomic" not in said
    assert "autocommit_block()" in said


@pytest.mark.parametrize(
    ("base", "one"), [(START, True), ({**START, **EACH}, False), ({**START, **WITHOUT}, False)]
)
def test_one_table_a_revision_is_not_one_table_a_transaction(
    base: dict[str, str], one: bool
) -> None:
    drops = "\n".join(f'op.drop_column("{name}", "id")' for name in "abc")

    said = remedy("many-locks-in-one-transaction", drops, base)
    assert said.startswith("Take one table a revision.")
    assert ("transaction_per_migration" in said) is one


def test_a_primary_key_is_put_upon_its_index_as_such() -> None:
    said = remedy("constraint-scans-under-lock", 'op.create_primary_key("k", "a", ["id"])')

    assert "PRIMARY KEY USING INDEX" in said


def test_a_way_back_that_is_missing_is_said_once_for_a_revision() -> None:
    head = {
        "migrations/versions/two.py": revision(
            "88d0e2b7a614",
            "3f9a1c07be52",
            'op.execute("DROP TABLE a")\nop.execute("DROP TABLE b")\nop.execute("DROP TABLE c")',
        )
    }

    (found,) = findings(compare(START, head=head), "irreversible-migration")
    line = found.place.line
    assert f"nor lines {line + 1}, {line + 2}:" in found.message


@pytest.mark.parametrize(
    ("rows", "found"),
    [('[{"id": 1}, {"id": 2}]', 0), ("[{'id': n} for n in range(900)]", 1), ("read()", 1)],
)
def test_a_few_rows_that_a_revision_brings_take_no_time(rows: str, found: int) -> None:
    text = f'op.add_column("a", sa.Column("x", sa.Text()))\nop.bulk_insert(sa.table("b", sa.column("id")), {rows})'
    head = {"migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", text)}

    assert len(findings(compare(START, head=head), "data-and-schema-together")) == found


ENGINE = """from alembic import context
from sqlalchemy import create_engine, engine_from_config

{}
with {} as connection:
    {}context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""
MADE = "engine = create_engine(URL{})"
CONFIGURED = "engine = engine_from_config(context.config.get_section('alembic'){})"
AUTOCOMMIT = "isolation_level='AUTOCOMMIT'"
LEVEL = "sqlalchemy.isolation_level = AUTOCOMMIT\n"


PLAIN, CONNECT = MADE.format(""), "engine.connect()"
ASKED = f"connection.execution_options({AUTOCOMMIT})\n    "
IN_OPTIONS = ", execution_options={'isolation_level': 'AUTOCOMMIT'}"


@pytest.mark.parametrize(
    ("made", "taken", "more", "ini", "refused"),
    [
        (MADE.format(f", {AUTOCOMMIT}"), CONNECT, "", "", False),
        (CONFIGURED.format(f", {AUTOCOMMIT}"), CONNECT, "", "", False),
        (MADE.format(IN_OPTIONS), CONNECT, "", "", False),
        (PLAIN, f"{CONNECT}.execution_options({AUTOCOMMIT})", "", "", False),
        (PLAIN, CONNECT, ASKED, "", False),
        (CONFIGURED.format(", prefix='sqlalchemy.'"), CONNECT, "", LEVEL, False),
        (PLAIN, CONNECT, "", "", True),
        (MADE.format(", isolation_level='SERIALIZABLE'"), CONNECT, "", "", True),
        # One of two engines; an engine that stays as it was; options that nobody takes.
        (f"{PLAIN}\nother = create_engine(URL, {AUTOCOMMIT})", CONNECT, "", "", True),
        (f"{PLAIN}\nengine.execution_options({AUTOCOMMIT})", CONNECT, "", "", True),
        (PLAIN, CONNECT, "", LEVEL, True),
        (CONFIGURED.format(", prefix='db.'"), CONNECT, "", LEVEL, True),
    ],
)
def test_a_connection_may_commit_each_statement(
    made: str, taken: str, more: str, ini: str, refused: bool
) -> None:
    """Then there is no transaction in which PostgreSQL would refuse it."""
    start = {**START, "migrations/env.py": ENGINE.format(made, taken, more)}
    start["alembic.ini"] += ini
    index = "op.create_index('i', 'a', ['id'], postgresql_concurrently=True)"
    head = {"migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", index)}
    found = findings(compare(start, head=head), "concurrent-inside-transaction")

    assert bool(found) is refused
