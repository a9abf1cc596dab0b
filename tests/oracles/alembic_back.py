"""
The way back that a review offers against what Alembic and PostgreSQL do, on published projects.

    python -m tests.oracles.alembic_back [PROJECT ...] [--count N]

For each of a project's newest revisions a pull request that brings it is reviewed, and
the revision is applied, taken back and applied again on a real PostgreSQL without rows.
Wrong is a way back that is offered without a word of doubt and fails, an enum type that is
said to stop the next upgrade and does not, one that does and is not said to, and a table
that is said to be made along with a type that is there and is made all the same.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from analyzers.config import Config
from analyzers.read.cache import Cache, MemoryCache
from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree
from tests.oracles.alembic_published import (
    PROJECTS,
    Project,
    folder_of,
    install,
    packages_of,
    sources,
)
from tests.support import postgres

SCRIPT = Path(__file__).parent / "_alembic_back_real.py"
COUNT = 50
SECONDS = 3000


def main() -> int:
    """Print what differs and how many revisions there were of each kind; 1 where something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("projects", nargs="*", help="all of them if none is named")
    parser.add_argument("--count", type=int, default=COUNT)
    options = parser.parse_args()
    wrong = 0
    for project in PROJECTS:
        if options.projects and project.name not in options.projects:
            continue
        try:
            install(project)
            real = there_and_back(project, options.count)
        except RuntimeError as error:
            print(f"{project.name}: {error}", file=sys.stderr)
            continue
        kinds, notes = compared(project, real)
        wrong += len(notes)
        print(f"{project.name}: {sum(kinds.values())} revisions, {len(notes)} wrong")
        for kind, number in kinds.most_common():
            print(f"    {number:4}  {kind}")
        for note in notes:
            print(f"    wrong: {note}", flush=True)
    return 1 if wrong else 0


def there_and_back(project: Project, count: int) -> list[dict[str, Any]]:
    """What the project's own Alembic says, oldest revision first."""
    folder = folder_of(project)
    shutil.copy(SCRIPT, folder / SCRIPT.name)
    kept = {
        k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL", "FLASK_"))
    }
    with postgres.fresh_database() as name:
        url = f"postgresql+psycopg2:///postgres?host={postgres.host()}&user=postgres"
        done = subprocess.run(
            [str(folder / "bin" / "python"), "-W", "ignore", SCRIPT.name, url, name, str(count)],
            check=False,
            capture_output=True,
            text=True,
            cwd=folder,
            env={**kept, "HOME": str(folder), "PYTHONHASHSEED": "0", **project.environment},
            timeout=SECONDS,
        )
    if not done.stdout:
        raise RuntimeError(f"nothing was applied: {done.stderr[-2000:]}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def compared(project: Project, real: list[dict[str, Any]]) -> tuple[Counter[str], list[str]]:
    """The revisions by what was said and what happened, and what is wrong."""
    root = os.path.realpath(packages_of(project))
    files: dict[str, str | bytes] = {**sources(project)}
    cache = MemoryCache()
    kinds: Counter[str] = Counter()
    notes: list[str] = []
    for row in reversed(real):
        path = os.path.relpath(os.path.realpath(row["path"]), root)
        said, types, twice = _said(files, path, cache)
        back, again, first = (row[key] for key in ("back", "again", "first"))
        kinds[
            f"{said}; {'back fails' if back else 'again fails' if again else 'there and back'}"
        ] += 1
        stopped = again is not None and "already exists" in again
        if said == "offered" and back:
            notes.append(f"{path}: offered, and {back}")
        if back is None and types != stopped:
            notes.append(f"{path}: types left {types}, and {again}")
        if twice and not first:
            notes.append(f"{path}: a type made twice, and it was applied")
        del files[path]
    return kinds, notes


def _said(files: dict[str, str | bytes], path: str, cache: Cache) -> tuple[str, bool, bool]:
    """What a review says of the way back of the newest revision, of types it leaves, and of types made twice."""
    head, base = MemoryTree(files), MemoryTree({p: c for p, c in files.items() if p != path})
    comparison = Comparison(merge_base=base, base=base, head=head, merged=head)
    result = review(comparison, Config(database="postgresql"), cache, today="", sql=False)
    plan = result.rollback
    twice = any(f.rule == "enum-type-made-twice" for f in result.findings)
    if plan is None:
        return "nothing said", False, twice
    doubt = any("not known" in note or "may fail" in note for note in plan.notes)
    said = ("in doubt" if doubt else "offered") if plan.possible else "not offered"
    return said, any("enum type" in note for note in plan.notes), twice


if __name__ == "__main__":
    sys.exit(main())
