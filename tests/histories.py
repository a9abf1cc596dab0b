"""
Reviews of a repository's own history: what would have been said on each merge.

    python -m tests.histories REPOSITORY [--merges 300] [--of migrations|models|both]

The merges of the first-parent line that touch migrations (or models, or either)
are reviewed one by one, the base as it was before against what was merged; a
commit without a second parent counts as a pull request that was squashed.
Printed are the errors, to be looked at, and how many there are of each rule; a
traceback is a failure. ``--findings FILE`` keeps everything that was said, one
JSON object a line, so that a second run can be compared with the first.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
import traceback
from collections import Counter
from pathlib import Path

from analyzers.read.cache import MemoryCache
from bot.errors import TwoStepError
from bot.reviewing import review_repository

MIGRATIONS = ("*/migrations/*.py", "*/versions/*.py", "*/db_migrations/*.py")
MODELS = ("*/models.py", "*/models/*.py")
TOUCHED = {"migrations": MIGRATIONS, "models": MODELS, "both": (*MIGRATIONS, *MODELS)}


def main() -> int:
    """Print errors and counts; 1 where a review ended in a traceback."""
    parser = argparse.ArgumentParser(prog="python -m tests.histories")
    parser.add_argument("repository", type=Path)
    parser.add_argument("--merges", type=int, default=300)
    parser.add_argument("--of", choices=sorted(TOUCHED), default="migrations")
    parser.add_argument("--findings", type=Path, help="keep all findings, one JSON object a line")
    parser.add_argument("--rule", help="print the errors of this rule alone")
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    warned: Counter[str] = Counter()
    cache = MemoryCache()
    began = time.perf_counter()
    if options.findings:
        options.findings.write_text("")
    for commit, base, head in merges(options.repository, options.merges, TOUCHED[options.of]):
        counts["merges"] += 1
        try:
            document = review_repository(
                options.repository, base=base, head=head, cache=cache, sql=False
            )
        except TwoStepError as error:
            counts["no review"] += 1
            print(f"{commit[:10]} no review: {error}")
            continue
        except Exception:  # noqa: BLE001 - this is what is looked for
            counts["tracebacks"] += 1
            print(f"{commit[:10]} {traceback.format_exc()}")
            continue
        if options.findings:
            with options.findings.open("a") as kept:
                for finding in document["findings"]:
                    kept.write(json.dumps({"commit": commit, **finding}) + "\n")
        for finding in document["findings"]:
            if finding["severity"] == "warning" and not finding["preexisting"]:
                warned[finding["rule"]] += 1
            if finding["severity"] == "error" and not finding["preexisting"]:
                counts[finding["rule"]] += 1
                if options.rule in (None, finding["rule"]):
                    place = f"{finding['path']}:{finding['line']}"
                    print(f"{commit[:10]} {finding['rule']} {place} {finding['message']}")
    for name, count in counts.most_common():
        print(f"{count:6} {name}")
    for name, count in warned.most_common():
        print(f"{count:6} {name} (warning)")
    print(f"{time.perf_counter() - began:.0f} s")
    return 1 if counts["tracebacks"] else 0


def merges(repository: Path, most: int, patterns: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """Commit, base and head of the newest *most* merges that touch *patterns*."""
    command = ["git", "-C", str(repository), "log", "--first-parent", "-s"]
    command += ["--diff-merges=first-parent", "--format=%H %P", "HEAD", "--", *patterns]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    found = []
    for line in lines:
        commit, *parents = line.split()
        if parents:
            found.append((commit, parents[0], parents[1] if len(parents) > 1 else commit))
    return found[:most]


if __name__ == "__main__":
    sys.exit(main())
