"""A file that a committed migration reads is part of what it does."""

from __future__ import annotations

from typing import Any

import pytest

from analyzers.findings import Severity
from tests.support import alembic_trees
from tests.support.worlds import START, changed, findings, migration, path, said

RULE = frozenset({"committed-migration-edited"})
SQL = "orders/migrations/sql/v.sql"
DATA = "orders/fixtures/rows.json"
_IMPORTS = "import json\nimport os\nfrom os.path import dirname, join\nfrom pathlib import Path\n\n"


def edited(
    before: str,
    operation: str,
    file: str = SQL,
    texts: tuple[str, str] = ("CREATE VIEW v AS SELECT 1", "CREATE VIEW v AS SELECT 2"),
    more: dict[str, str | None] | None = None,
) -> list[tuple[str, str, str | None]]:
    """What is said where *file* changes, and a migration of the base has *before* above it and *operation* in it."""
    reads = migration("0002_total", operations=operation, before=f"{_IMPORTS}{before}\n\n")
    start = changed(START, {path("0003_reads"): reads, file: texts[0]})
    return said(findings(start, head={file: texts[1], **(more or {})}, rules=RULE))


TOLD = [("committed-migration-edited", "error", "0003_reads")]
RUN_SQL = "migrations.RunSQL({})"


@pytest.mark.parametrize(
    ("before", "sql"),
    [
        ("", '(Path(__file__).parent / "sql" / "v.sql").read_text()'),
        ("", '(Path(__file__).resolve().parent / "sql/v.sql").read_text(encoding="utf-8")'),
        ("", 'Path(__file__).parent.joinpath("sql", "v.sql").read_text()'),
        ("", 'Path(__file__).parents[1].joinpath("migrations/sql/v.sql").open().read()'),
        ("", 'open(os.path.join(os.path.dirname(__file__), "sql", "v.sql")).read()'),
        ("", 'open(join(dirname(os.path.abspath(__file__)), "..", "migrations", "sql", "v.sql")).read()'),
        ('SQL = (Path(__file__).parent / "sql" / "v.sql").read_text()', "SQL"),
        ('HERE = Path(__file__).parent / "sql"\nNAME = "v.sql"', "(HERE / NAME).read_text()"),
        ('FILE = Path(__file__).parent / "sql" / "v.sql"', "FILE.read_text()"),
        ('with open(Path(__file__).with_name("sql") / "v.sql") as f:\n    SQL = f.read()', "SQL"),
    ],
)  # fmt: skip
def test_a_file_that_a_statement_is_read_from(before: str, sql: str) -> None:
    assert edited(before, RUN_SQL.format(sql)) == TOLD


@pytest.mark.parametrize(
    ("before", "sql"),
    [
        ("", '(Path(__file__).parent / "sql" / "w.sql").read_text()'),
        ("", '(Path("orders/migrations") / "sql" / "v.sql").read_text()'),
        ("", '(Path(__file__).parent / folder() / "v.sql").read_text()'),
        ("", '(settings.BASE_DIR / "orders/migrations/sql/v.sql").read_text()'),
        ("HERE = Path(__file__)\nHERE = other()", '(HERE.parent / "sql" / "v.sql").read_text()'),
        # Nothing runs it.
        ('def unused():\n    return open(Path(__file__).parent / "sql" / "v.sql")', '"SELECT 1"'),
    ],
)
def test_a_path_that_is_not_plain_or_leads_elsewhere(before: str, sql: str) -> None:
    assert edited(before, RUN_SQL.format(sql)) == []


LOADED = """def forward(apps, schema_editor):
    folder = Path(__file__).resolve().parent.parent / "fixtures"
    with (folder / "rows.json").open() as file:
        for row in json.load(file):
            apps.get_model("orders", "Order").objects.create(**row)
"""


def test_rows_that_code_loads() -> None:
    rows = '[{"total": 1}]', '[{"total": 2}]'

    assert edited(LOADED, "migrations.RunPython(forward)", DATA, rows) == TOLD
    assert edited(LOADED, "migrations.RunPython(other)", DATA, rows) == []


def test_what_only_the_way_back_reads_is_a_warning() -> None:
    read = '(Path(__file__).parent / "sql" / "v.sql").read_text()'

    assert edited("", f'migrations.RunSQL("DROP VIEW v", {read})') == [
        ("committed-migration-edited", "warning", "0003_reads")
    ]


def test_the_layout_of_what_is_read_is_nothing() -> None:
    read = RUN_SQL.format('(Path(__file__).parent / "sql" / "v.sql").read_text()')

    assert (
        edited("", read, texts=("CREATE VIEW v AS SELECT 1", "CREATE VIEW v\n  AS SELECT 1;\n"))
        == []
    )


def test_what_a_new_migration_reads_again_reaches_all_databases() -> None:
    read = RUN_SQL.format('(Path(__file__).parent / "sql" / "v.sql").read_text()')
    new = migration("0003_reads", operations=read, before=_IMPORTS)

    assert edited("", read, more={path("0004_again"): new}) == []


def test_a_file_that_goes_is_not_judged() -> None:
    read = RUN_SQL.format('(Path(__file__).parent / "sql" / "v.sql").read_text()')

    assert edited("", read, more={SQL: None}) == []


@pytest.mark.parametrize("back", [False, True])
def test_a_file_that_a_revision_reads(back: bool) -> None:
    body = 'op.execute((Path(__file__).parent / "v.sql").read_text())'
    upgrade, downgrade = ("pass", body) if back else (body, "pass")
    one = alembic_trees.revision("a1", None, upgrade, downgrade).replace(
        "import sqlalchemy", "from pathlib import Path\nimport sqlalchemy", 1
    )
    base = {**alembic_trees.files(a1=one), "migrations/versions/v.sql": "DELETE FROM a"}
    head: dict[str, str | None] = {"migrations/versions/v.sql": "DELETE FROM b"}
    found = alembic_trees.findings(alembic_trees.compare(base, head=head), *RULE)

    assert [f.severity for f in found] == [Severity.WARNING if back else Severity.ERROR]


def test_bytes_that_are_no_utf_8_differ_as_they_are() -> None:
    """Of what cannot be decoded the file itself is a part, not what is left of its letters."""
    found = []
    was: Any = b"caf\xe9"
    others: tuple[Any, ...] = (b"caf\xe8", was)
    for other in others:
        read = '(Path(__file__).parent / "v.sql").read_text(encoding="latin-1")'
        name = "orders/migrations/v.sql"
        start = changed(
            START,
            {
                path("0003_reads"): migration(
                    "0002_total", operations=RUN_SQL.format(read), before=f"{_IMPORTS}\n\n"
                )
            },
        )
        found.append(said(findings({**start, name: was}, head={name: other}, rules=RULE)))

    assert found == [TOLD, []]
