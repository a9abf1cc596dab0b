"""
Published migrations before and after a linter rewrote them: what it calls safe is no edit.

    python -m tests.oracles.linted_migrations [--unsafe] [PROJECT ...]

All rules of ``ruff check --fix`` that it can apply by itself, then ``ruff format``,
are run over every migration with a function of its own in the environments of the
other oracles. Each is then reviewed as a pull request that commits the rewritten
file. ``--unsafe`` takes the fixes as well that ruff itself warns of, some of which
do change what a migration does: these are counted, and no oracle.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from analyzers.config import Config
from analyzers.findings import Severity
from analyzers.read.cache import MemoryCache
from analyzers.relate.facts import Facts
from analyzers.rules.committed_migration_edited import rule
from analyzers.trees import Comparison, MemoryTree
from tests.oracles import alembic_published, django_projects

AT_LEAST = 200
"""Rewritten files, of all projects: with fewer it proves nothing."""

LEFT = "ANN,CPY,D,ERA,EXE,INP,RUF100"
"""Rules of comments, headers and annotations, of which nothing runs."""


def main() -> int:
    """Print what was counted; 1 where a safe fix is called an edit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--unsafe", action="store_true")
    parser.add_argument("projects", nargs="*")
    given = parser.parse_args()
    total: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="twostep-linted-") as scratch:
        for name, packages in _packages(given.projects):
            before, after = Path(scratch, name, "before"), Path(scratch, name, "after")
            _copy(packages, before)
            if not before.exists():
                continue
            shutil.copytree(before, after)
            _rewrite(after, unsafe=given.unsafe)
            for path in sorted(before.rglob("*.py")):
                rewritten = after / path.relative_to(before)
                one, other = path.read_bytes(), rewritten.read_bytes()
                total["read"] += 1
                if one != other:
                    total["rewritten"] += 1
                    if _told(path.name, one, other):
                        total["told"] += 1
                        print(f"told: {name}: {path.relative_to(before)}")
    print(
        f"{total['read']} migrations with functions, {total['rewritten']} rewritten, "
        f"{total['told']} called edits"
    )
    if given.unsafe or given.projects:
        return 0
    return 1 if total["told"] or total["rewritten"] < AT_LEAST else 0


def _packages(chosen: list[str]) -> Iterator[tuple[str, Path]]:
    """The projects' names and where they are installed."""
    for project in django_projects.PROJECTS:
        if not chosen or project.name in chosen:
            django_projects.install(project)
            yield project.name, django_projects.packages_of(project)
    for published in alembic_published.PROJECTS:
        if not chosen or published.name in chosen:
            alembic_published.install(published)
            yield published.name, alembic_published.packages_of(published)


def _copy(packages: Path, target: Path) -> None:
    """The migrations in *packages* that have a function, under *target*."""
    for path in packages.rglob("*.py"):
        if not {"migrations", "versions"}.intersection(path.relative_to(packages).parts[:-1]):
            continue
        content = path.read_bytes()
        if b"def " in content and (b"class Migration" in content or b"\ndown_revision" in content):
            copy = target / path.relative_to(packages)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(content)


def _rewrite(folder: Path, *, unsafe: bool) -> None:
    ruff = [sys.executable, "-m", "ruff"]
    fix = [*ruff, "check", "--isolated", "--no-cache", "--quiet", "--exit-zero", "--fix"]
    fix += ["--select", "ALL", "--ignore", LEFT, "--target-version", "py311"]
    fix += ["--unsafe-fixes"] if unsafe else []
    subprocess.run([*fix, str(folder)], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(
        [*ruff, "format", "--isolated", "--no-cache", "--quiet", str(folder)], check=False
    )


def _told(name: str, before: bytes, after: bytes) -> bool:
    """Whether a review that finds *after* in the place of *before* says more than a remark."""
    if b"\ndown_revision" in before:
        path = f"alembic/versions/{name}"
        rest: dict[str, str | bytes] = {
            "alembic.ini": "[alembic]\nscript_location = alembic\n",
            "alembic/env.py": "",
        }
    else:
        path = f"shop/migrations/{name}"
        rest = {"shop/__init__.py": "", "shop/models.py": "", "shop/migrations/__init__.py": ""}
    base, head = MemoryTree({**rest, path: before}), MemoryTree({**rest, path: after})
    comparison = Comparison(merge_base=base, base=base, head=head, merged=head)
    found = rule.check(Facts(comparison, Config(), MemoryCache()))
    return any((f.severity or rule.severity) > Severity.INFO for f in found)


if __name__ == "__main__":
    sys.exit(main())
