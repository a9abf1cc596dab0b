"""
Scores the product on real pull requests with known truth: recall and false errors by rule.

    make corpus MIRRORS=directory

*directory* holds bare clones called ``owner+name/repo`` or ``owner+name.git``;
those that are missing are cloned into it from GitHub (some 3 GB). The cases
hold facts only: commits, paths and names.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from analyzers.read.cache import MemoryCache
from bot.errors import TwoStepError
from bot.render.document import FindingDocument
from bot.reviewing import review_repository

CASES = Path(__file__).with_name("cases.jsonl")


def main() -> int:
    """Print every miss and every false error, then the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.corpus")
    parser.add_argument("mirrors", nargs="?", type=Path, default=Path(".cache/mirrors"))
    parser.add_argument("--framework", choices=("django", "alembic"))
    parser.add_argument("--kind", action="append")
    options = parser.parse_args()
    score = Score()
    for case in cases(options.framework, options.kind):
        score.add(case, mirror(options.mirrors, case["repo"]))
    score.print()
    return 1 if score.crashes else 0


def cases(framework: str | None, kinds: list[str] | None) -> Iterator[dict[str, Any]]:
    """The cases, in file order."""
    for line in CASES.read_text().splitlines():
        case = json.loads(line)
        if framework in (None, case["framework"]) and (not kinds or case["kind"] in kinds):
            yield case


def mirror(directory: Path, repository: str) -> Path:
    """The bare clone of *repository*, made where it is missing."""
    name = repository.replace("/", "+")
    for path in (directory / name / "repo", directory / f"{name}.git"):
        if path.exists():
            return path
    path = directory / f"{name}.git"
    print(f"cloning {repository} ...", file=sys.stderr)
    subprocess.run(
        ["git", "clone", "-q", "--bare", f"https://github.com/{repository}.git", str(path)],
        check=True,
    )
    return path


class Score:
    """What was found, what was missed, what is false."""

    def __init__(self) -> None:
        self.found: Counter[str] = Counter()
        self.expected: Counter[str] = Counter()
        self.false: Counter[str] = Counter()
        self.false_cases: set[str] = set()
        self.crashes = 0
        self.cases = 0
        self.seconds = 0.0
        self.caches: defaultdict[str, MemoryCache] = defaultdict(MemoryCache)

    def add(self, case: dict[str, Any], repository: Path) -> None:
        """Review one case and hold it against the truth."""
        self.cases += 1
        began = time.perf_counter()
        broken: list[str] = []
        try:
            document = review_repository(
                repository,
                base=case["base"],
                head=case["head"],
                cache=self.caches[case["repo"]],
                broken=broken,
            )
        except TwoStepError as error:
            self.crashes += 1
            print(f"NO REVIEW {case['id']}: {error}")
            return
        self.seconds += time.perf_counter() - began
        self.crashes += bool(broken)
        for part in broken:
            print(f"BROKEN {case['id']} {part}")
        findings = [f for f in document["findings"] if not f["preexisting"]]
        for expected in case["expect"]:
            if harmless(expected):
                continue
            rule = expected["rule"]
            self.expected[rule] += 1
            if any(tells(expected, finding) for finding in findings):
                self.found[rule] += 1
            else:
                print(f"MISSED {case['id']} {json.dumps(expected)[:240]}")
        for finding in findings:
            if finding["severity"] == "error" and self._is_false(case, finding):
                self.false[finding["rule"]] += 1
                self.false_cases.add(case["id"])
                print(
                    f"FALSE {case['id']} {finding['rule']} {finding['path']} {finding['message'][:160]}"
                )

    def _is_false(self, case: dict[str, Any], finding: FindingDocument) -> bool:
        rule = finding["rule"]
        if rule in case["silent"]:
            return True
        return rule in case["complete_for"] and not any(tells(e, finding) for e in case["expect"])

    def print(self) -> None:
        """The table."""
        print(f"\n{'rule':34} {'found':>6} {'of':>5} {'recall':>8} {'false errors':>13}")
        for rule in sorted({*self.expected, *self.false}):
            of = self.expected[rule]
            recall = f"{self.found[rule] / of:.1%}" if of else "-"
            print(f"{rule:34} {self.found[rule]:>6} {of:>5} {recall:>8} {self.false[rule]:>13}")
        print(
            f"{self.cases} cases, {self.crashes} without a (whole) review, false errors in {len(self.false_cases)}"
            f" ({len(self.false_cases) / max(self.cases, 1):.1%}); {self.seconds:.0f} s"
        )


def harmless(expected: dict[str, Any]) -> bool:
    """What may pass in silence or as a remark."""
    return bool(
        expected.get("benign") or expected.get("db") is False or expected.get("class") == "cosmetic"
    )


def tells(expected: dict[str, Any], finding: FindingDocument) -> bool:
    """Whether *finding* says what *expected* knows."""
    if expected["rule"] != finding["rule"]:
        return False
    names = {finding["migration"], *(related["migration"] for related in finding["related"])}
    paths = {finding["path"], *(related["path"] for related in finding["related"])}
    match expected["rule"]:
        case "conflicting-leaf-nodes":
            return bool(names & {*(expected.get("leaves") or expected["heads"])})
        case "missing-parent":
            return (
                expected.get("migration") in names
                or (expected.get("parent") or "\0") in finding["message"]
            )
        case "same-column-added":
            return (finding["column"] or "").lower() == (expected.get("field") or "").lower()
        case "missing-migration":
            model = (finding["model"] or "").rpartition(".")[2].lower()
            return model == (expected.get("model") or "").lower()
        case "duplicate-revision":
            return any(revision in json.dumps(finding) for revision in expected["dup"])
        case _ if "path" in expected:
            stem = expected["path"].rpartition("/")[2].removesuffix(".py")
            return expected["path"] in paths or stem in names
        case _:
            return True


if __name__ == "__main__":
    sys.exit(main())
