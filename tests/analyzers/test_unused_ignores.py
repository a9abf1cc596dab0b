"""An entry that ignores nothing says why it does not."""

from __future__ import annotations

import pytest

from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree
from tests.support.worlds import START, add, changed, migration, path


@pytest.mark.parametrize(
    ("entry", "message", "remedy"),
    [
        (
            "ignore[not-null-colum-added] the table is empty",
            "This entry ignores not-null-colum-added, and there is no such rule.",
            "Say not-null-column-added, if that is meant.",
        ),
        (
            "ignore[table-removed] nobody uses it",
            "This entry ignores table-removed, and there is no such finding.",
            "Delete it.",
        ),
        (
            "ignore[not-null-column-added]",
            "This entry ignores not-null-column-added without saying why.",
            "Write the reason behind the bracket.",
        ),
        (
            "ignore the table is empty",
            "This comment ignores nothing: it names no rule in brackets.",
            "Write `# twostep: ignore[rule-name]` and the reason.",
        ),
        (
            "ignore[not-null-column-added] the table is empty until: 2026-01-31",
            "This entry ignored not-null-column-added until 2026-01-31, and that day is past.",
            "Do what was put off, and delete it; or give it a later date.",
        ),
    ],
)
def test_an_entry_that_ignores_nothing(entry: str, message: str, remedy: str) -> None:
    added = add("note", "models.TextField()")
    written = migration("0002_total", operations=f"# twostep: {entry}\n        {added}")
    base = MemoryTree(START)
    head = MemoryTree(changed(START, {path("0003_note"): written}))
    trees = Comparison(merge_base=base, base=base, head=head, merged=head)
    found = [f for f in review(trees, today="2026-02-01").findings if f.rule == "unused-ignore"]
    assert [(f.message, f.remedy) for f in found] == [(message, remedy)]


@pytest.mark.parametrize(
    ("comment", "told"),
    [
        ("", [("missing-migration", False)]),
        ("  # twostep: ignore[missing-migration] comes next week", [("missing-migration", True)]),
        (
            "  # twostep: ignore[missing-migration]",
            [("missing-migration", False), ("unused-ignore", False)],
        ),
        ("  # twostep: ignore[column-removed] long ago", [("missing-migration", False)]),
    ],
)
def test_a_comment_counts_on_the_line_of_a_finding_in_any_file(
    comment: str, told: list[tuple[str, bool]]
) -> None:
    """What is missing stands at the model; a comment there on something else is of another time."""
    field = f'    rank = models.TextField(default=""){comment}\n'
    model = "from django.db import models\n\n\nclass Order(models.Model):\n    total = models.TextField(null=True)\n"
    base = MemoryTree(changed(START, {"orders/models.py": model}))
    head = MemoryTree(changed(START, {"orders/models.py": model + field}))
    trees = Comparison(merge_base=base, base=base, head=head, merged=head)

    found = [(f.rule, f.accepted is not None) for f in review(trees).findings]

    assert found == told
