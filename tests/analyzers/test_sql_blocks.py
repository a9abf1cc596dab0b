"""PostgreSQL's anonymous blocks: what they run is read where it is one line of statements."""

from __future__ import annotations

import pytest

from analyzers.read.sql import read_sql
from analyzers.vocabulary import Place
from tests.support.alembic_trees import compare, files, findings, revision

INDEX = "CREATE INDEX ix ON orders (code)"
ADD = "ALTER TABLE orders ADD COLUMN note text"


@pytest.mark.parametrize(
    ("body", "read"),
    [
        (f"{INDEX};", ["AddIndex"]),
        (f"IF NOT EXISTS (SELECT 1) THEN {INDEX}; END IF;", ["AddIndex"]),
        (f"BEGIN {ADD}; EXCEPTION WHEN duplicate_column THEN NULL; END;", ["AddColumn"]),
        (f"PERFORM 1; {ADD}; RAISE NOTICE 'done'; UPDATE orders SET note = '';", ["AddColumn", "RunStatement"]),
        ("EXECUTE 'ALTER TABLE orders ADD COLUMN note text DEFAULT '''''; RETURN;", ["AddColumn"]),
        (f"FOR i IN 1..3 LOOP RAISE NOTICE 'x'; END LOOP; {INDEX};", ["AddIndex"]),
        ("CREATE TYPE mood AS ENUM ('sad');", []),
        (f"IF a THEN {INDEX}; ELSE {ADD}; END IF;", []),
        (f"IF a THEN {INDEX}; ELSIF b THEN {ADD}; END IF;", []),
        (f"FOR i IN 1..3 LOOP {INDEX}; END LOOP;", []),
        (f"BEGIN {ADD}; EXCEPTION WHEN others THEN {INDEX}; END;", []),
        (f"{INDEX}; EXECUTE format('DROP TABLE %I', t);", []),
        ("nonsense", []),
    ],
)  # fmt: skip
def test_a_block_is_what_it_runs(body: str, read: list[str]) -> None:
    """And a statement as well, of which nothing more is known."""
    found = read_sql(f"DO $$ BEGIN {body} END $$;", Place("one.py", 1, 1))

    assert [type(change).__name__ for change in found] == ["RunStatement", *read]


def test_an_index_in_a_block_is_built_under_a_lock() -> None:
    made = (
        'op.create_table("orders", sa.Column("id", sa.Integer()), sa.Column("code", sa.Integer()))'
    )
    block = f'op.execute("DO $$ BEGIN {INDEX}; END $$")'
    head = {"migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", block)}
    trees = compare(files(one=revision("3f9a1c07be52", None, made)), head=head)

    (found,) = findings(trees, "index-blocks-writes")
    assert found.table == "orders"
    assert len(findings(trees, "irreversible-migration")) == 1
