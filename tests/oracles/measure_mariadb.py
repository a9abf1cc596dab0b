"""
The rule table's part for MariaDB against a real MariaDB.

The variants of the PostgreSQL table that exist there are run by Django's own
schema editor on InnoDB tables with rows. Of every statement the server is asked
for its cheapest way (``ALGORITHM=INSTANT`` first, ``COPY`` last, ``LOCK=NONE`` before
``LOCK=SHARED``); while it runs, a second connection reads and writes; a table's
number tells whether it was written anew, the pages that were asked for whether it
was read; statements of the old and of the new models run on both schemas.

    python -m tests.oracles.measure_mariadb            prints the disagreements
    python -m tests.oracles.measure_mariadb --write    writes docs/measured-mariadb.md

It needs a server of the system; the committed page is compared without one.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analyzers.config import Config
from analyzers.read.cache import MemoryCache
from analyzers.relate.facts import Facts
from analyzers.relate.locks import effects, new_code_fails, old_code_fails
from analyzers.trees import Comparison, MemoryTree
from analyzers.vocabulary import RenameTable, StateOnly
from tests.oracles.django_connection import models_with_tables, opened
from tests.oracles.mariadb_watch import Seen, dearest
from tests.oracles.measure import TABLES, django_ready, migration, source, works
from tests.oracles.measure_cases import BASE, CASES, Case
from tests.oracles.measured import all_measured
from tests.support import mariadb

PAGE = Path(__file__).parents[2] / "docs/measured-mariadb.md"

_ELSEWHERE = re.compile(
    r"postgres\.|GinIndex|NotValid|ValidateConstraint|Concurrently|CONCURRENTLY|NOT VALID|RandomUUID|CharField\(\)|db_collation"
    r"|serial|IDENTITY|SET STATISTICS|fillfactor|USING INDEX|LOCK TABLE|TRIGGER|UNLOGGED|CLUSTER|COMMENT|TYPE|SET NOT NULL"
)
"""What only PostgreSQL has, or is written in its SQL."""


def _sql(text: str) -> str:
    return f"migrations.RunSQL({text!r}, migrations.RunSQL.noop),"


def _alter(name: str, column: str) -> str:
    return f'migrations.AlterField("item", "{name}", {column}),'


OWN_CASES = (
    Case("AlterField: varchar longer, its length in one byte", _alter("code", "models.CharField(max_length=63)")),
    Case("AlterField: varchar longer, its length takes a second byte", _alter("code", "models.CharField(max_length=64)")),
    Case("AlterField: varchar longer, its length in two bytes", _alter("extra", "models.CharField(max_length=90, null=True)"), 'migrations.AddField("item", "extra", models.CharField(max_length=70, null=True)),'),
    Case("SQL: ADD COLUMN with a volatile default", _sql("ALTER TABLE shop_item ADD COLUMN x varchar(36) DEFAULT (uuid())")),
    Case("SQL: MODIFY to another type", _sql("ALTER TABLE shop_item MODIFY qty bigint NOT NULL")),
    Case("SQL: MODIFY to NOT NULL", _sql("ALTER TABLE shop_item MODIFY note varchar(50) NOT NULL")),
    Case("SQL: ADD CONSTRAINT CHECK", _sql("ALTER TABLE shop_item ADD CONSTRAINT c CHECK (qty >= 0)")),
    Case("SQL: ADD CONSTRAINT UNIQUE", _sql("ALTER TABLE shop_item ADD CONSTRAINT u UNIQUE (title)")),
    Case("SQL: DROP INDEX", _sql("ALTER TABLE shop_item DROP INDEX item_qty"), 'migrations.AddIndex("item", models.Index(fields=["qty"], name="item_qty")),'),
)  # fmt: skip
"""What only this family of databases tells apart."""

MARIADB_CASES = (
    *(c for c in CASES if c.atomic and not _ELSEWHERE.search(c.operations + c.before)),
    *OWN_CASES,
)

ROWS = 20_000
"""Enough that a copy takes a time in which a second connection gets its turn."""

FILL = (
    "SET SESSION max_recursive_iterations = 1000000",
    f"CREATE TABLE n AS WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {ROWS}) SELECT n FROM n",
    "INSERT INTO shop_author (name) SELECT CONCAT('author ', n) FROM n",
    "INSERT INTO shop_tag (name) SELECT CONCAT('tag ', n) FROM n",
    """INSERT INTO shop_item (title, code, note, qty, price, created, author_id)
       SELECT CONCAT('t ', n, REPEAT('é', 20)), n, CONCAT('n ', n, REPEAT('ß', 40)), n, 1.25, '2024-01-01', 1 FROM n""",
    "DROP TABLE n",
)

UNCLAIMED: dict[str, str] = {}
"""Cases with a cell that the rules do not claim, and why it is so."""


@dataclass(frozen=True)
class MariaCell:
    """What happens to tables that stand already, and to statements of both versions of the code."""

    ways: Mapping[str, str] = field(default_factory=dict)
    """By table the dearest way that a statement takes: INSTANT, NOCOPY, INPLACE, COPY; - where none can be asked for."""
    queues: tuple[str, ...] = ()
    """Tables on which it waits for open transactions, and everything else waits behind it."""
    reads_wait: tuple[str, ...] = ()
    """Whose queries wait for the whole of it."""
    writes_wait: tuple[str, ...] = ()
    rewrites: tuple[str, ...] = ()
    scans: tuple[str, ...] = ()
    old_code_fails: bool = False
    new_code_fails: bool = False


# -- what the server does -----------------------------------------------------------------


def connection_to(database: str) -> Any:
    """Django's connection to *database*."""
    import pymysql

    pymysql.install_as_MySQLdb()
    from django.db.backends.mysql.base import DatabaseWrapper

    return opened(
        DatabaseWrapper,
        ENGINE="django.db.backends.mysql",
        NAME=database,
        USER="root",
        HOST=mariadb.server(),
        TEST={"CHARSET": None, "COLLATION": None, "NAME": None, "MIRROR": None},
    )


def measured(case: Case) -> MariaCell:
    """What really happens."""
    from django.db.migrations.state import ProjectState

    django_ready()
    with mariadb.fresh_database() as database:
        state = ProjectState()
        with closing(connection_to(database)) as connection:
            with connection.schema_editor() as editor:
                state = migration(source(BASE), "0001_initial").apply(state, editor)
            fill(database, FILL)
            if case.before:
                with connection.schema_editor() as editor:
                    state = migration(source(case.before), "0002_before").apply(state, editor)
        fill(database, tuple(s.replace("DEFAULT VALUES", "() VALUES ()") for s in case.fill))
        fill(database, ("ANALYZE TABLE shop_item, shop_tag, shop_author",))
        ran = migration(source(case.operations), "0003_case")
        after = state.clone()
        for operation in ran.operations:
            operation.state_forwards("shop", after)
        new = code_fails(database, after)
        with closing(connection_to(database)) as connection:
            connection.ensure_connection()
            seen = Seen(database, connection)
            with (
                closing(seen),
                connection.execute_wrapper(seen),
                connection.schema_editor() as editor,
            ):
                ran.apply(state.clone(), editor)
        old = code_fails(database, state)
        return MariaCell(
            ways=dict(sorted(seen.ways.items())),
            queues=tuple(sorted(seen.watch.queues)),
            reads_wait=tuple(sorted(seen.watch.reads_wait)),
            writes_wait=tuple(sorted(seen.watch.writes_wait)),
            rewrites=tuple(sorted(seen.rewrites)),
            scans=tuple(sorted(seen.scans)),
            old_code_fails=old,
            new_code_fails=new,
        )


def fill(database: str, statements: tuple[str, ...]) -> None:
    """Run *statements* as they stand."""
    with closing(mariadb.connect(database)) as filling, filling.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def code_fails(database: str, state: Any) -> bool:
    """Whether statements of a program with the models of *state* fail."""
    models = models_with_tables(state)
    with closing(connection_to(database)) as connection:
        try:
            return any(not works(connection, model) for model in models)
        except (TypeError, ValueError, AttributeError):
            return True  # a value of the table is none of the field's


# -- what the product says --------------------------------------------------------------


def claimed(case: Case) -> MariaCell:
    """The product's reading of *case*."""
    base = {
        "shop/migrations/__init__.py": "",
        "shop/migrations/0001_initial.py": source(BASE),
        "shop/migrations/0002_before.py": source(case.before, '("shop", "0001_initial")'),
    }
    new = {"shop/migrations/0003_case.py": source(case.operations, '("shop", "0002_before")')}
    before, after = MemoryTree(base), MemoryTree({**base, **new})
    comparison = Comparison(merge_base=before, base=before, head=after, merged=after)
    facts = Facts(comparison, Config(database="mariadb"), MemoryCache())
    ways: dict[str, str] = {}
    parts: dict[str, set[str]] = {
        name: set() for name in ("queues", "reads_wait", "writes_wait", "rewrites", "scans")
    }
    old = fresh = False
    called: dict[str, str] = {}
    for step in facts.steps:
        if isinstance(step.change, RenameTable) and step.change.table:
            called[step.change.new_name] = step.change.table
        if isinstance(step.change, StateOnly):
            continue
        fresh = fresh or new_code_fails(step.change, step.table_before)
        if step.created_by is None:
            old = old or old_code_fails(
                step.change, step.table_before, makes_times=step.makes_times
            )
        for effect in effects(step.change, step.table_before, step.database):
            own = effect.table == step.change.table
            # The measurement calls a table as it was called before.
            table = called.get(effect.table, effect.table)
            if table not in TABLES or (own and step.created_by is not None):
                continue
            way = re.search(r"ALGORITHM=(\w+)", effect.mode)
            if own:
                ways[table] = dearest(ways.get(table), way[1] if way else "-")
            for name, is_so in (
                ("queues", effect.queues),
                ("reads_wait", effect.blocks_reads),
                ("writes_wait", effect.blocks_writes),
                ("rewrites", effect.rewrites),
                ("scans", effect.scans),
            ):
                if is_so:
                    parts[name].add(table)
    made = {name: tuple(sorted(tables)) for name, tables in parts.items()}
    return MariaCell(
        dict(sorted(ways.items())),
        made["queues"],
        made["reads_wait"],
        made["writes_wait"],
        made["rewrites"],
        made["scans"],
        old_code_fails=old,
        new_code_fails=fresh,
    )


# -- the table ------------------------------------------------------------------------------


def page(cells: Mapping[str, MariaCell], version: str) -> str:
    """The table as a page of the documentation."""
    import django

    lines = [
        "# What operations do on MariaDB",
        "",
        f"Measured on MariaDB {version} with Django {django.get_version()}, InnoDB, {ROWS:,} rows a table, `utf8mb4`. Of each",
        "statement that Django's schema editor sends, the server is asked for its cheapest way: `ALGORITHM=INSTANT`, then `NOCOPY`,",
        "`INPLACE`, `COPY`, each with `LOCK=NONE` before `LOCK=SHARED`; the column shows the dearest of a table's statements (`-`: RENAME",
        "and DROP TABLE can not be asked). Every table is held by an open transaction that has read it: *queues* says that the",
        "statement waits for it, and all queries after it wait behind the statement. While rows are copied or read a",
        "second connection reads and writes; *written anew* is a table with another number afterwards, *read* one of which",
        "more pages were asked for than it has, by half. INSTANT reads and writes no row, and what only drops an index reads none. The old and the new models'",
        "SELECT, INSERT and UPDATE run on both schemas.",
        f"The rules claim the same in every cell{' but those below' if UNCLAIMED else ''}; `python -m tests.oracles.measure_mariadb` compares with a server,",
        "and a test compares this page.",
        "",
        *(f"- {name}: {why}." for name, why in UNCLAIMED.items()),
        "",
        "MySQL 8 is not measured: what it does otherwise (no `NOCOPY`, DROP COLUMN since 8.0.29) is claimed from its manual.",
        "A foreign key that is added after `SET foreign_key_checks = 0` is INSTANT, and checks no row; a check constraint is copied",
        "with `check_constraint_checks = 0` as well.",
        "",
        "| operation | way | queues | reads wait | writes wait | written anew | read | old code on the new schema | new code on the old schema |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, seen in cells.items():
        ways = ", ".join(f"`{t}` {w}" for t, w in seen.ways.items()) or "none"
        tables = (seen.queues, seen.reads_wait, seen.writes_wait, seen.rewrites, seen.scans)
        lines.append(
            f"| {name} | {ways} | "
            + " | ".join(", ".join(t) or "-" for t in tables)
            + f" | {'fails' if seen.old_code_fails else 'works'}"
            + f" | {'fails' if seen.new_code_fails else 'works'} |"
        )
    return "\n".join(lines) + "\n"


def committed(text: str) -> dict[str, MariaCell]:
    """The cells of the page's table."""
    found = {}
    for line in text.splitlines():
        cells = [c.strip() for c in line.strip("| ").split(" | ")]
        if len(cells) != 9 or cells[0] in {"operation", "---"}:
            continue
        name, ways, *lists = cells[:7]
        queues, reads, writes, anew, read = (
            tuple(t.split(", ")) if t != "-" else () for t in lists
        )
        found[name] = MariaCell(
            dict(re.findall(r"`(\w+)` (\S+?)(?:,|$)", ways)),
            queues=queues,
            reads_wait=reads,
            writes_wait=writes,
            rewrites=anew,
            scans=read,
            old_code_fails=cells[7] == "fails",
            new_code_fails=cells[8] == "fails",
        )
    return found


def main() -> int:
    """Measure everything, or what is named; 1 where a cell differs; without a server nothing is said."""
    wanted = [a for a in sys.argv[1:] if not a.startswith("-")]
    try:
        mariadb.binary()
    except mariadb.NoServer as error:
        print(f"not measured: {error}")
        return 0
    chosen = [c for c in MARIADB_CASES if not wanted or any(w in c.name for w in wanted)]
    cells, bad = all_measured(chosen, claimed, measured, UNCLAIMED)
    count = len(cells) * len(MariaCell.__dataclass_fields__)
    print(f"{len(cells)} variants, {count} cells, {bad} differ")
    if "--write" in sys.argv:
        if wanted:  # the others stay as they are
            before = committed(PAGE.read_text())
            known_names = [case.name for case in MARIADB_CASES]
            cells = {n: (before | cells)[n] for n in known_names if n in before | cells}
        with closing(mariadb.connect()) as asked, asked.cursor() as cursor:
            cursor.execute("SELECT VERSION()")
            version = cursor.fetchone()[0].partition("-")[0]
        PAGE.write_text(page(cells, version))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
