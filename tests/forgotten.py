"""
Migrations taken out of a repository's own merges: is what they do called missing?

    python -m tests.forgotten REPOSITORY [--merges 60]

Each of the newest merges that bring new migrations with operations on models or
tables is committed again without these files, as if somebody had forgotten
``makemigrations``, and reviewed. Printed are the reviews that said nothing of a
missing migration, with what the files did, and how many there are; a traceback
is a failure. Not all that is silent is missed: a migration may bring what a
library's new version changed, or mend what an earlier one forgot, and server
defaults are compared by Alembic where its ``env.py`` asks for it alone. Merges
that touch older migrations as well are passed over: taken out, they would tell
of those.
"""

from __future__ import annotations

import argparse
import ast
import os
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from fnmatch import fnmatch
from pathlib import Path

from analyzers.read.cache import MemoryCache
from bot.errors import TwoStepError
from bot.reviewing import review_repository
from tests.histories import MIGRATIONS, TOUCHED, merges

_COMMITS = 60
"""A merge of more is a branch of releases, and no pull request."""
_DJANGO = frozenset(
    {
        "AddConstraint", "AddField", "AddIndex", "AlterConstraint", "AlterField", "AlterIndexTogether",
        "AlterModelManagers", "AlterModelOptions", "AlterModelTable", "AlterModelTableComment",
        "AlterOrderWithRespectTo", "AlterUniqueTogether", "CreateModel", "DeleteModel", "RemoveConstraint",
        "RemoveField", "RemoveIndex", "RenameField", "RenameIndex", "RenameModel",
    }
)  # fmt: skip
_ALEMBIC = frozenset(
    {
        "add_column", "alter_column", "create_foreign_key", "create_index", "create_table",
        "create_unique_constraint", "drop_column", "drop_index", "drop_table",
    }
)  # fmt: skip
_OBJECTS = frozenset({"op", "batch_op"})
_NOBODY = {
    f"GIT_{role}_{what}": "nobody" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
}


def main() -> int:
    """Print what was silent and counts; 1 where a review ended in a traceback."""
    parser = argparse.ArgumentParser(prog="python -m tests.forgotten")
    parser.add_argument("repository", type=Path)
    parser.add_argument("--merges", type=int, default=60)
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        repository = Path(folder) / "forgotten.git"
        source = options.repository.absolute()
        subprocess.run(["git", "clone", "-q", "--bare", "--shared", source, repository], check=True)
        cache = MemoryCache()
        for commit, base, head in merges(source, options.merges, TOUCHED["both"]):
            files = new_migrations(repository, base, head)
            done = {path: made for path in files if (made := operations(repository, head, path))}
            if not done:
                counts["nothing to take out"] += 1
                continue
            counts["taken out"] += 1
            taken = without(repository, head, files)
            try:
                document = review_repository(
                    repository, base=base, head=taken, cache=cache, sql=False
                )
            except TwoStepError as error:
                counts["no review"] += 1
                print(f"{commit[:10]} no review: {error}")
                continue
            except Exception:  # noqa: BLE001 - this is looked for as well
                counts["tracebacks"] += 1
                print(f"{commit[:10]} {traceback.format_exc()}")
                continue
            told = any(
                finding["rule"] == "missing-migration" and not finding["preexisting"]
                for finding in document["findings"]
            )
            counts["told" if told else "silent"] += 1
            for path, made in done.items() if not told else ():
                listed = ", ".join(f"{n} {name}" for name, n in sorted(made.items()))
                print(f"{commit[:10]} silent: {path}: {listed}")
    for name, count in counts.most_common():
        print(f"{count:6} {name}")
    print(f"{time.perf_counter() - began:.0f} s")
    return 1 if counts["tracebacks"] else 0


def new_migrations(repository: Path, base: str, head: str) -> list[str]:
    """The migrations that *head* adds; none where it is no pull request, or changes others too."""
    fork = _git(repository, "merge-base", base, head).strip()
    if len(_git(repository, "rev-list", f"{fork}..{head}").split()) > _COMMITS:
        return []
    added = []
    changed = _git(repository, "diff", "--name-status", "--no-renames", "-z", fork, head)
    said = changed.split("\0")
    for status, path in zip(said[::2], said[1::2], strict=False):
        if not any(fnmatch(path, pattern) for pattern in MIGRATIONS):
            continue
        if status != "A":
            return []
        if not path.endswith("__init__.py") and "/tests/" not in path:
            added.append(path)
    return added


def operations(repository: Path, commit: str, path: str) -> Counter[str]:
    """How often the migration *path* of *commit* calls each operation on models or tables."""
    found: Counter[str] = Counter()
    try:
        module = ast.parse(_git(repository, "show", f"{commit}:{path}"))
    except SyntaxError:
        return found
    for node in ast.walk(module):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr=name)) if name in (
                _ALEMBIC if owner in _OBJECTS else _DJANGO
            ):
                found[name] += 1
            case ast.Call(func=ast.Name(id=name)) if name in _DJANGO:
                found[name] += 1
            case _:
                pass
    return found


def without(repository: Path, commit: str, paths: list[str]) -> str:
    """A commit behind *commit* that lacks the files *paths*."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        _git(repository, "read-tree", commit, **environment)
        gone = "".join(f"0 {'0' * 40}\t{path}\0" for path in paths)
        _git(repository, "update-index", "-z", "--index-info", given=gone, **environment)
        tree = _git(repository, "write-tree", "--missing-ok", **environment).strip()
    return _git(repository, "commit-tree", tree, "-p", commit, "-m", "forgotten", **_NOBODY).strip()


def _git(repository: Path, *arguments: str, given: str = "", **environment: str) -> str:
    command = ["git", "-C", str(repository), *arguments]
    surroundings = os.environ | environment
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, input=given, env=surroundings
    )
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
