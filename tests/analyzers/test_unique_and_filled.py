"""A unique column that is demanded at once: one value for all rows is no value."""

from __future__ import annotations

import pytest

from analyzers.config import Config
from analyzers.results import Review
from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree
from tests.support.worlds import START, add, changed, migration, path


def reviewed(field: str) -> Review:
    base = MemoryTree(START)
    new = migration("0002_total", operations=add("code", field))
    head = MemoryTree(changed(START, {path("0003_code"): new}))
    return review(Comparison(merge_base=base, base=base, head=head, merged=head), Config())


@pytest.mark.parametrize(
    ("field", "clash", "filled"),
    [
        ('models.CharField(max_length=9, default="x", unique=True)', True, False),
        ("models.UUIDField(default=uuid.uuid4, unique=True)", True, True),
        ('models.CharField(max_length=9, default="x")', False, True),
    ],
)
def test_what_one_default_for_all_rows_does(field: str, clash: bool, filled: bool) -> None:
    """Django calls a default once for all rows; the batches of the split call it for each."""
    made = reviewed(field)
    (found,) = (f for f in made.findings if f.rule == "not-null-column-added")
    assert ("the migration itself fails" in found.why) is clash
    assert ("a value of its own" in found.remedy) is clash
    text = "".join(content for step in made.split.steps for content in step.files.values())
    assert ("def fill_code" in text) is filled
    if not filled:
        assert "fill them first" in made.split.steps[-1].title
