"""The pull requests of every plan, reviewed one after the other: none of them blocks or breaks."""

from __future__ import annotations

import pytest

from analyzers.config import Config
from analyzers.findings import Severity
from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree
from tests.plans.changes import CHANGES, split_of

RULES = frozenset(
    {
        "column-made-not-null",
        "column-renamed",
        "concurrent-inside-transaction",
        "constraint-scans-under-lock",
        "index-blocks-writes",
        "not-null-column-added",
        "split-not-finished",
        "table-renamed",
        "table-rewritten",
    }
)
BY_SQL = {
    "a rename of a NOT NULL column": "SQL has made the old column nullable: no model tells",
    "a rename of a column with a default": "the same",
    "a rename of a table": "SQL leaves a view under the old name: no model tells",
    "a rename of a table with a many-to-many field": "the same",
}
"""Whose half the models alone cannot show to be served."""


@pytest.mark.parametrize("kind", CHANGES)
def test_no_step_of_a_plan_is_found_fault_with(kind: str) -> None:
    change = CHANGES[kind]
    reviewed = 0
    found = []
    for style in ("state", "files"):
        for sequence in ("steps", "alternative"):
            files = dict(change.before)
            for step in getattr(split_of(change, style), sequence):
                before = MemoryTree(files)
                files |= {p: c for p, c in step.files.items() if p.endswith(".py")}
                after = MemoryTree(files)
                comparison = Comparison(merge_base=before, base=before, head=after, merged=after)
                reviewed += 1
                found += [
                    f"{style}, step {step.order} of {sequence}: {f.rule}: {f.message}"
                    for f in review(comparison, Config(split_style=style), sql=False).findings
                    if f.rule in RULES
                    or (
                        f.rule == "missing-migration"
                        and f.severity is Severity.ERROR
                        and kind not in BY_SQL
                    )
                ]

    assert reviewed >= 2
    assert found == []
