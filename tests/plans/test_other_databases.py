"""Where the database is not PostgreSQL a plan is made of Django's own operations, or of words."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from analyzers.config import Config
from analyzers.results import Split
from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree
from tests.plans.changes import CHANGES, Change

PLAYED = (
    "a NOT NULL column",
    "a NOT NULL time with a value for once",
    "a foreign key NOT NULL",
    "dropping a NOT NULL column",
    "dropping a table with foreign keys",
    "an indexed column",
    "null to NOT NULL",
)
SCRIPT = """
import io, sys
import django
from django.conf import settings
from django.core.management import call_command
settings.configure(
    INSTALLED_APPS=["shop"], USE_TZ=True, DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}},
)
django.setup()
from django.db import connection
call_command("migrate", "shop", "0001", verbosity=0)
with connection.cursor() as cursor:
    cursor.execute("INSERT INTO shop_tag (name) VALUES ('a tag')")
    names = [c.name for c in connection.introspection.get_table_description(cursor, "shop_item")]
    given = {"title": "'one'", "note": "NULL", "qty": "1", "tag_id": "1"}
    own = [name for name in names if name in given]
    values = ", ".join(given[name] for name in own)
    cursor.execute(f"INSERT INTO shop_item ({', '.join(own)}) VALUES ({values})")
call_command("migrate", verbosity=0)
call_command("makemigrations", "--check", "--dry-run")
"""


def split_of(change: Change, database: str) -> Split:
    migration = (
        f"from django.db import migrations, models\n\n\n{change.code}\n\nclass Migration(migrations.Migration):\n"
        f'    dependencies = [("shop", "0001_initial")]\n    operations = [\n        {change.operation},\n    ]\n'
    )
    base = MemoryTree(change.before)
    new = {"shop/models.py": change.models, "shop/migrations/0002_change.py": migration}
    head = MemoryTree({**change.before, **new})
    comparison = Comparison(merge_base=base, base=base, head=head, merged=head)
    return review(comparison, Config(database=database), sql=False).split


@pytest.mark.parametrize("kind", PLAYED)
def test_sqlite_runs_the_files_and_ends_where_the_models_are(kind: str, tmp_path: Path) -> None:
    change = CHANGES[kind]
    split = split_of(change, "sqlite")
    files = {path: text for step in split.steps for path, text in step.files.items()}
    migrations = {path: text for path, text in files.items() if "/migrations/" in path}
    assert migrations
    for path, text in {**change.before, **migrations, "shop/models.py": change.models}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)

    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=tmp_path, capture_output=True, text=True
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr[-2000:]


@pytest.mark.parametrize("database", ["mysql", "mariadb", "sqlite"])
def test_no_statement_of_postgresql_is_written(database: str) -> None:
    needed = 0
    for kind, change in CHANGES.items():
        split = split_of(change, database)
        needed += split.needed
        for step in (*split.steps, *split.alternative):
            for text in step.files.values():
                own = "RunSQL" in change.operation + change.code
                assert own or "RunSQL" not in text, kind
                assert "contrib.postgres" not in text, kind
    assert needed > 10


@pytest.mark.parametrize("database", ["postgresql", "mysql"])
def test_code_that_comes_before_a_promise_has_models_that_do_not_make_it(database: str) -> None:
    """``makemigrations`` would find NOT NULL in the models of a step whose migrations do not say so."""
    split = split_of(CHANGES["a NOT NULL column"], database)
    said = {step.order: step.files.get("shop/models.py", "") for step in split.steps}
    assert [step.kind for step in split.steps[1:3]] == ["model", "code"]
    assert "default='x', null=True" in said[2].replace('"', "'")
    # The step of the code leaves the models as they are, and shows them no more.
    assert said[3] in ("", said[2])
    assert "extra" in said[4]
    assert "null=True" not in said[4].partition("extra")[2]
