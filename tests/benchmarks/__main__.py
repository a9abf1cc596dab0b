"""
Speed as ratios, side by side in one run; nothing here asserts a time.

    make bench [REPOSITORY=path]

Without a repository one of 1,500 migrations in 30 apps is made. The floor is
what no review can be faster than: reading the same blobs with one ``git
cat-file --batch`` and parsing them with ``ast.parse``. The same blobs are those
that a cold review of the same commits asks git for. "With the cache" is a review of
commits that were not reviewed yet, in a repository that was: the files are known,
the review is not.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.floor import floor, read_by_review
from tests.benchmarks.made import made
from tests.benchmarks.timing import forget_reviews, medians

ROUNDS = 5


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("repository", nargs="?", type=Path)
    parser.add_argument("--base", default="main")
    parser.add_argument("--head", default="feature")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="twostep-bench-") as scratch:
        repository = options.repository or made(Path(scratch) / "repository")
        measure(repository, options.base, options.head, Path(scratch) / "cache")
    return 0


def measure(repository: Path, base: str, head: str, cache: Path) -> None:
    """Time each way *ROUNDS* times, in turn, and print the medians and their ratios to the floor."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    # As on a user's machine: modules are compiled once.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [
        sys.executable,
        "-m",
        "bot.cli",
        "review",
        str(repository),
        "--base",
        base,
        "--head",
        head,
    ]
    command += ["--fail-on", "never"]
    ways: dict[str, Callable[[], object]] = {
        "git diff --name-status": lambda: git(repository, "diff", "--name-status", base, head),
        "floor: cat-file --batch + ast.parse": lambda: floor(repository, blobs),
        "review, cold": lambda: run([*command, "--no-cache"], environment),
        "review, with the cache": lambda: run(command, environment),
        "the same review again": lambda: run(command, environment),
        "twostep --help (start)": lambda: run(
            [sys.executable, "-m", "bot.cli", "--help"], environment
        ),
    }
    blobs = read_by_review(repository, base, head)
    run(command, environment)  # fills the cache
    times = medians(ways, ROUNDS, before={"review, with the cache": lambda: forget_reviews(cache)})
    unit = times["floor: cat-file --batch + ast.parse"]
    count = len(migrations(repository, head))
    print(
        f"{count} migrations, {len(blobs)} files read, medians of {ROUNDS} rounds, whole processes but for the floor\n"
    )
    print(f"| {'way':38} | {'seconds':>8} | {'x floor':>8} |\n|{'-' * 40}|{'-' * 10}|{'-' * 10}|")
    for name, median in times.items():
        print(f"| {name:38} | {median:8.3f} | {median / unit:8.2f} |")
    print(
        f"\npeak memory of a cold review: {peak_megabytes([*command, '--no-cache'], environment):.0f} MB"
    )


def migrations(repository: Path, revision: str) -> list[str]:
    """The blob ids of all migrations."""
    listing = git(repository, "ls-tree", "-r", revision).decode()
    return [
        line.split()[2]
        for line in listing.splitlines()
        if "/migrations/" in line and line.endswith(".py") and not line.endswith("__init__.py")
    ]


def git(repository: Path, *arguments: str) -> bytes:
    return subprocess.run(
        ["git", "-C", str(repository), *arguments], capture_output=True, check=True
    ).stdout


def run(command: list[str], environment: dict[str, str]) -> None:
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)


def peak_megabytes(command: list[str], environment: dict[str, str]) -> float:
    """The largest resident size of the process, as the kernel counted it."""
    with open(os.devnull, "wb") as nothing:
        process = subprocess.Popen(command, env=environment, stdout=nothing)
        _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return usage.ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(main())
