"""The preview of statements against Django's own, which has a database to look at."""

from __future__ import annotations

import re
from contextlib import closing

import pytest

from analyzers.config import Config
from analyzers.plan.sql import django_sql
from analyzers.read.cache import MemoryCache
from analyzers.relate.facts import Facts
from analyzers.trees import Comparison, MemoryTree
from tests.oracles.measure import connection_to, migration, source, template
from tests.oracles.measure_cases import BASE, CASES, Case
from tests.oracles.measure_mariadb import MARIADB_CASES
from tests.oracles.measure_sqlite import SQLITE_CASES
from tests.oracles.measure_sqlite import connection_to as sqlite_connection_to
from tests.oracles.measure_sqlite import template as template_of_sqlite

pytestmark = [pytest.mark.xdist_group("measure"), pytest.mark.filterwarnings("ignore")]

WITHOUT_PREPARATION = [c for c in CASES if not c.before]
LATER = {
    # A value that is asked when the migration runs, or a class of the program.
    "AddField: NOT NULL, callable default",
    "AddField: NOT NULL auto_now_add",
    "AddField: NOT NULL, volatile db_default",
}


ON_MARIADB = {
    # What Django sent to a real MariaDB 10.11, and what the statement takes there.
    "AddField: foreign key, nullable": [
        "-- shop_item: ALGORITHM=COPY, LOCK=SHARED (writes wait)",
        "-- shop_tag: SHARED METADATA LOCK (writes wait)",
        "ALTER TABLE `shop_item` ADD COLUMN `tag_id` bigint NULL , ADD CONSTRAINT `shop_item_tag_id_dce7ba08_fk_shop_tag_id` FOREIGN KEY (`tag_id`) REFERENCES `shop_tag`(`id`);",
    ],
    "AddField: foreign key, no constraint": [
        "-- shop_item: ALGORITHM=INSTANT",
        "ALTER TABLE `shop_item` ADD COLUMN `tag_id` bigint NULL;",
        "-- shop_item: ALGORITHM=NOCOPY, LOCK=NONE",
        "CREATE INDEX `shop_item_tag_id_dce7ba08` ON `shop_item` (`tag_id`);",
    ],
    "AlterField: int to smallint": [
        "-- shop_item: ALGORITHM=COPY, LOCK=SHARED (writes wait)",
        "ALTER TABLE `shop_item` MODIFY `qty` smallint NOT NULL;",
    ],
    "AlterModelTable": [
        "-- shop_item: EXCLUSIVE METADATA LOCK",
        "RENAME TABLE `shop_item` TO `catalogue_item`;",
    ],
}


def previewed(case: Case, database: str = "postgresql") -> list[str]:
    """The statements without what is said of them."""
    return [normal(s) for s in written(case, database)]


def written(case: Case, database: str) -> list[str]:
    """The statements of *case* as the preview shows them."""
    base = {
        "shop/migrations/__init__.py": "",
        "shop/migrations/0001_initial.py": source(BASE),
    }
    parent = '("shop", "0001_initial")'
    new = {"shop/migrations/0002_case.py": source(case.operations, parent, case.atomic)}
    before, after = MemoryTree(base), MemoryTree({**base, **new})
    comparison = Comparison(merge_base=before, base=before, head=after, merged=after)
    found = django_sql(Facts(comparison, Config(database=database), MemoryCache()))
    return [s for preview in found for s in preview.statements]


def normal(statement: str) -> str:
    """Without comments; names of constraints that only the database knows are one word."""
    bare = "\n".join(line for line in statement.splitlines() if not line.startswith("--"))
    bare = re.sub(r'"name of [^"]*"', '"?"', bare)
    return re.sub(r'(DROP CONSTRAINT|SET CONSTRAINTS) "[^"]*"', r'\1 "?"', bare).strip().rstrip(";")


def collected(case: Case) -> list[str]:
    name, state = template()
    with closing(connection_to(name)) as connection:
        with connection.schema_editor(collect_sql=True, atomic=False) as editor:
            migration(source(case.operations, atomic=case.atomic), "0002_case").apply(
                state.clone(), editor, collect_sql=True
            )
        return [n for s in editor.collected_sql if (n := normal(s))]


@pytest.mark.parametrize("case", WITHOUT_PREPARATION, ids=lambda case: case.name)
def test_the_preview_is_what_django_writes(case: Case) -> None:
    seen = [s for s in previewed(case) if s]

    if case.name in LATER:
        assert seen == [] or "asked when it runs" in seen[0]
    else:
        assert seen == collected(case)


@pytest.mark.parametrize(
    "case", [c for c in SQLITE_CASES if not c.before], ids=lambda case: case.name
)
def test_the_preview_for_sqlite_is_what_django_writes(case: Case) -> None:
    seen = [s for s in previewed(case, "sqlite") if s]

    file, state = template_of_sqlite()
    with (
        closing(sqlite_connection_to(file)) as connection,
        connection.schema_editor(collect_sql=True, atomic=False) as editor,
    ):
        migration(source(case.operations), "0002_case").apply(
            state.clone(), editor, collect_sql=True
        )
    if case.name in LATER:
        assert seen == [] or any("asked when it runs" in s for s in seen)
    else:
        assert seen == [n for s in editor.collected_sql if (n := normal(s))]


@pytest.mark.parametrize("name", ON_MARIADB)
def test_the_preview_for_mariadb_is_what_django_sends(name: str) -> None:
    case = next(c for c in WITHOUT_PREPARATION if c.name == name)

    assert "\n".join(written(case, "mariadb")).splitlines() == ON_MARIADB[name]


def test_no_operation_needs_a_server_of_mysql() -> None:
    seen = [
        s
        for c in MARIADB_CASES
        if not c.before
        for db in ("mysql", "mariadb")
        for s in written(c, db)
    ]

    assert len(seen) > 200
    assert [s for s in seen if "not written out" in s or "cannot be" in s] == []


@pytest.mark.parametrize("database", ["postgresql", "mariadb", "sqlite"])
@pytest.mark.parametrize("argument", ["auto_now", "auto_now_add"])
def test_the_time_of_the_review_is_in_no_statement(database: str, argument: str) -> None:
    """Django would write the time at which it is asked: the same review twice says the same."""
    field = f"models.DateTimeField({argument}=True)"
    case = Case("a time", f'migrations.AddField("item", "made", {field})')

    once, again = (written(case, database) for _ in range(2))

    assert once == again
    assert any("the time, asked when it runs" in statement for statement in once)


def test_there_are_enough_cases() -> None:
    assert len(WITHOUT_PREPARATION) > 60
