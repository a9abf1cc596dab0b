"""The steps that lock two tables at once, while running code holds one of them and asks for the other."""

from __future__ import annotations

import ast
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import psycopg
import pytest

from tests.plans.changes import CHANGES, split_of
from tests.support import postgres

WAITING = """
SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = %s::regclass
"""
FOREIGN_KEYS = """
SELECT count(*) FROM pg_constraint
WHERE contype = 'f' AND conrelid = %s::regclass AND confrelid = 'shop_tag'::regclass
"""
"""Of a view there are none: a table that was renamed has left one."""


def statements(kind: str, style: str, ending: str) -> list[bytes]:
    """The SQL of the first step's migration whose file ends so."""
    (step, *_) = split_of(CHANGES[kind], style).steps
    (text,) = (text for path, text in step.files.items() if path.endswith(f"{ending}.py"))
    found = [
        ast.literal_eval(keyword.value)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "sql"
    ]
    return [sql.encode() for one in found for sql in (one if isinstance(one, list) else [one])]


TABLES = """
CREATE TABLE shop_tag (id bigserial PRIMARY KEY, name text);
CREATE TABLE shop_item (
    id bigserial PRIMARY KEY, title text, tag_id bigint NOT NULL REFERENCES shop_tag, label_id bigint
);
CREATE TABLE shop_item_tags (
    id bigserial PRIMARY KEY, item_id bigint REFERENCES shop_item, tag_id bigint REFERENCES shop_tag
);
INSERT INTO shop_tag (name) VALUES ('tag');
INSERT INTO shop_item (title, tag_id) VALUES ('item', 1);
INSERT INTO shop_item_tags (item_id, tag_id) VALUES (1, 1);
CREATE UNIQUE INDEX shop_item_label_id_4eb32173_uniq ON shop_item (label_id);
"""


@dataclass
class Played:
    """What became of a migration, and of the code that ran meanwhile."""

    failures: list[Exception] = field(default_factory=list)
    keys: dict[str, int] = field(default_factory=lambda: {"shop_item": -1, "shop_item_tags": -1})
    """How many foreign keys to the tags each of them has afterwards."""


def play(sql: Sequence[bytes], held: str, wanted: str) -> Played:
    """*sql* as one migration, while code that has written to the table *held* goes on to *wanted*."""
    played = Played()

    def migrate() -> None:
        try:
            with psycopg.connect(uri) as connection:
                connection.execute("SET LOCAL lock_timeout = '7s'")
                for statement in sql:
                    connection.execute(statement)
                after = connection.execute("SHOW lock_timeout").fetchone()
                assert after == ("7s",), "other operations of the migration have their own"
        except (psycopg.Error, AssertionError) as error:
            played.failures.append(error)

    with postgres.fresh_database() as database:
        uri = postgres.uri(database)
        with psycopg.connect(uri, autocommit=True) as watching:
            watching.execute(TABLES.encode())
            migration = threading.Thread(target=migrate)
            try:
                with psycopg.connect(uri) as code:
                    code.execute(f"UPDATE {held} SET id = id".encode())
                    migration.start()
                    while watching.execute(WAITING, [held]).fetchone() != (1,):
                        assert migration.is_alive()
                        time.sleep(0.01)
                    code.execute(f"UPDATE {wanted} SET id = id".encode())
            except psycopg.Error as error:
                played.failures.append(error)
            migration.join()
            for table in played.keys:
                row = watching.execute(FOREIGN_KEYS, [table]).fetchone()
                assert row is not None
                played.keys[table] = row[0]
    return played


@pytest.mark.parametrize(
    ("kind", "style", "ending", "held", "wanted", "keys"),
    [
        ("dropping a many-to-many field", "files", "_loosen", "shop_tag", "shop_item_tags", (1, 0)),
        ("dropping a foreign key NOT NULL", "state", "_loosen", "shop_tag", "shop_item", (0, 1)),
        ("a foreign key", "state", "_constraint", "shop_tag", "shop_item", (2, 1)),
        ("a one-to-one field", "state", "_constraint", "shop_tag", "shop_item", (2, 1)),
        (
            "a rename of a table with a many-to-many field",
            "state",
            "_table",
            "shop_item_tags",
            "shop_item",
            (0, 0),
        ),
    ],
)
def test_a_step_gives_way_to_code_that_holds_one_of_its_tables(
    kind: str, style: str, ending: str, held: str, wanted: str, keys: tuple[int, int]
) -> None:
    sql = statements(kind, style, ending)
    assert sql

    played = play(sql, held, wanted)

    assert played.failures == []
    assert tuple(played.keys.values()) == keys


def test_what_waits_for_its_locks_ends_in_a_deadlock() -> None:
    """What the steps are spared: PostgreSQL ends a request of somebody, or the deployment."""
    plain = b"ALTER TABLE shop_item_tags DROP CONSTRAINT shop_item_tags_tag_id_fkey"

    (failure,) = play([plain], "shop_tag", "shop_item_tags").failures

    assert isinstance(failure, psycopg.errors.DeadlockDetected)
