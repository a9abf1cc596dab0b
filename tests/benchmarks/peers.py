"""
The same migrations through twostep, squawk and django-migration-linter: who finds what, and how fast.

What is harmful is not an opinion here: a migration is, where the measurement
(``tests.oracles.measure``) saw old code's statements fail, a table rewritten, or
every row read under a lock that stops writes.

    pip install squawk-cli django-migration-linter
    python -m tests.benchmarks.peers
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from analyzers.config import Config
from analyzers.findings import Severity
from analyzers.read.cache import MemoryCache
from analyzers.relate.facts import Facts
from analyzers.review import judge
from analyzers.trees import Comparison, MemoryTree
from tests.oracles.measure import claimed, connection_to, migration, source, template
from tests.oracles.measure_cases import BASE, CASES, Case
from tests.support import postgres

CHOSEN = tuple(c for c in CASES if not c.before and c.name != "CreateModel: managed=False")
MODELS = "from django.db import models\n"

LINTER = """
import json, sys, time, io, contextlib
from pathlib import Path
import django
from django.conf import settings
root, database, names = sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3])
sys.path.insert(0, root)
settings.configure(DATABASES={"default": database}, INSTALLED_APPS=["django.contrib.contenttypes", "shop", "django_migration_linter"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField", USE_TZ=True)
django.setup()
from django_migration_linter import MigrationLinter
found, spent = {}, 0.0
for name in names:
    settings.MIGRATION_MODULES = {"shop": name}
    began = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            linter = MigrationLinter(root, no_cache=True, database="default", include_apps=["shop"])
            linter.lint_all_migrations(app_label="shop", migration_name="0002_case")
            found[name] = "alarm" if linter.nb_erroneous else "warning" if linter.nb_warnings else "-"
        except Exception:
            found[name] = "cannot read"
    spent += time.perf_counter() - began
print(json.dumps([found, spent]))
"""


def harmful(case: Case) -> bool:
    """By the table that is measured; every cell of it is compared with a server in the tests."""
    seen = claimed(case)
    under_lock = set(seen.scans) & set(seen.writes_wait)
    return seen.old_code_fails or bool(seen.rewrites) or bool(under_lock)


WORDS = {Severity.ERROR: "alarm", Severity.WARNING: "warning", Severity.INFO: "info"}
APART = frozenset({"missing-migration", "irreversible-migration"})
"""Rules that are not about tables in use."""


def by_twostep() -> tuple[Mapping[str, str], float]:
    """The severest finding's severity; ``alarm`` is an error."""
    found: dict[str, str] = {}
    cache = MemoryCache()
    base = {"shop/__init__.py": "", "shop/migrations/__init__.py": "", "shop/models.py": models()}
    base["shop/migrations/0001_initial.py"] = source(BASE)
    began = time.perf_counter()
    for case in CHOSEN:
        text = source(case.operations, '("shop", "0001_initial")', case.atomic)
        before, after = MemoryTree(base), MemoryTree({**base, "shop/migrations/0002_case.py": text})
        comparison = Comparison(merge_base=before, base=before, head=after, merged=after)
        said = judge(Facts(comparison, Config(), cache))
        levels = {f.severity for f in said if f.rule not in APART}
        found[case.name] = next((word for level, word in WORDS.items() if level in levels), "-")
    return found, time.perf_counter() - began


def models() -> str:
    """The models on the base, as a program has them."""
    lines = [MODELS]
    for name, attributes in {
        "Author": ["name"],
        "Tag": ["name"],
        "Item": ["title", "code", "note", "qty", "price", "created", "author"],
    }.items():
        lines.append(f"\n\nclass {name}(models.Model):\n")
        lines += [f"    {a} = models.TextField()\n" for a in attributes]
    return "".join(lines)


def by_squawk(directory: Path) -> tuple[Mapping[str, str], float]:
    """Whether squawk says anything of the SQL that Django makes, in a transaction where Django uses one."""
    found: dict[str, str] = {}
    program = shutil.which("squawk") or str(Path(sys.executable).with_name("squawk"))
    files = {}
    name, state = template()
    for number, case in enumerate(CHOSEN):
        with closing(connection_to(name)) as connection:
            with connection.schema_editor(collect_sql=True, atomic=False) as editor:
                migration(source(case.operations, atomic=case.atomic), "0002_case").apply(
                    state.clone(), editor, collect_sql=True
                )
            sql = "\n".join(editor.collected_sql)
        file = directory / f"{number:03d}.sql"
        file.write_text(f"BEGIN;\n{sql}\nCOMMIT;\n" if case.atomic else sql)
        files[case.name] = file
    began = time.perf_counter()
    for case_name, file in files.items():
        result = subprocess.run(
            [program, "--reporter", "json", "--pg-version", "15", str(file)],
            capture_output=True,
            text=True,
            check=False,
        )
        found[case_name] = "alarm" if json.loads(result.stdout or "[]") else "-"
    return found, time.perf_counter() - began


def by_linter(directory: Path) -> tuple[Mapping[str, str], float]:
    """Whether django-migration-linter calls it an error, or warns of it."""
    app = directory / "shop"
    app.mkdir()
    (app / "__init__.py").write_text("")
    names = {}
    for number, case in enumerate(CHOSEN):
        package = directory / f"case_{number:03d}"
        package.mkdir()
        (package / "__init__.py").write_text("")
        (package / "0001_initial.py").write_text(source(BASE))
        text = source(case.operations, '("shop", "0001_initial")', case.atomic)
        (package / "0002_case.py").write_text(text)
        names[package.name] = case.name
    with closing(connection_to(template()[0])) as connection:
        settings = {
            k: v for k, v in connection.settings_dict.items() if isinstance(v, str | int | dict)
        }
    result = subprocess.run(
        [sys.executable, "-c", LINTER, str(directory), json.dumps(settings), json.dumps([*names])],
        capture_output=True,
        text=True,
        check=True,
    )
    said, spent = json.loads(result.stdout.splitlines()[-1])
    return {names[k]: v for k, v in said.items()}, spent


def table() -> str:
    """Who finds what, as Markdown."""
    postgres.server()
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        tools = {
            "twostep": by_twostep(),
            "squawk": by_squawk(Path(one)),
            "django-migration-linter": by_linter(Path(two)),
        }
    truth = {case.name: harmful(case) for case in CHOSEN}
    bad = [name for name, harm in truth.items() if harm]
    fine = [name for name, harm in truth.items() if not harm]
    lines = [
        f"| {len(CHOSEN)} migrations, {len(bad)} harmful by measurement | found | named at a lower level | false alarms | time |",
        "| --- | --- | --- | --- | --- |",
    ]
    for tool, (said, spent) in tools.items():
        hits, alarms = (sum(said[name] == "alarm" for name in names) for names in (bad, fine))
        lower = sum(said[name] in {"warning", "info"} for name in bad)
        lines.append(
            f"| {tool} | {hits} of {len(bad)} | {lower} | {alarms} of {len(fine)} | {spent:.2f} s |"
        )
    lines += ["", f"| migration | harmful | {' | '.join(tools)} |", "| --- |" + " --- |" * 4]
    for name, harm in truth.items():
        cells = " | ".join(said[name] for said, _ in tools.values())
        lines.append(f"| {name} | {'yes' if harm else 'no'} | {cells} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(table())
