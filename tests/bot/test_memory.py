"""A review that needs more memory than it has says so; it never takes that for a fault of a file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bot.git.command import environment
from bot.git.fast_import import Commit, make_repository

MIGRATION = """from django.db import migrations

class Migration(migrations.Migration):
    dependencies = []
    operations = [{}]
"""
BOUNDED = """
import resource, sys
from bot.cli import main
resource.setrlimit(resource.RLIMIT_AS, ({0}, {0}))
sys.exit(main(["review", sys.argv[1], "--base", "main", "--head", "feature", "--no-cache"]))
"""


def review(repository: Path, megabytes: int) -> subprocess.CompletedProcess[str]:
    code = BOUNDED.format(megabytes * 1_000_000)
    return subprocess.run(
        [sys.executable, "-c", code, str(repository)],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def make(tmp_path: Path, operations: str) -> Path:
    path = "shop/migrations/{}.py"
    old = {path.format("__init__"): "", path.format("0001_initial"): MIGRATION.format("")}
    new = {path.format("0002_more"): MIGRATION.format(operations)}
    commits = [
        Commit(branch="main", parent=None, files=old),
        Commit(branch="feature", parent="main", files=new),
    ]
    make_repository(tmp_path / "shop.git", commits, bare=True)
    return tmp_path / "shop.git"


def test_too_little_memory_is_no_fault_of_the_file(tmp_path: Path) -> None:
    done = review(make(tmp_path, "[],{}," * 60_000), 170)
    assert done.returncode == 2, done.stdout
    assert "more memory than this process may use" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_the_parser_itself_refuses_is(tmp_path: Path) -> None:
    """Python has the same error for its parser's own stack, whatever memory there is."""
    done = review(make(tmp_path, "lambda: " * 20_000 + "0"), 1000)
    assert "the source is nested too deeply" in done.stdout, done.stderr
