"""A validated CHECK that a column is not NULL saves the scan, in whichever form its condition stands."""

from __future__ import annotations

import pytest

from analyzers.config import Config
from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree
from tests.support.worlds import START, add, changed, migration, path

_DEMANDED = 'migrations.AlterField("order", "code", models.IntegerField())'
_ABOUT = {"column-made-not-null", "constraint-scans-under-lock"}


def scans(condition: str) -> set[str]:
    """What is said of a column that becomes NOT NULL, where the base has a check with *condition*."""
    check = f'models.CheckConstraint(condition={condition}, name="code_there")'
    made = f'{add("code", "models.IntegerField(null=True)")}, migrations.AddConstraint("order", {check})'
    files = changed(START, {path("0003_code"): migration("0002_total", operations=made)})
    new = {path("0004_demanded"): migration("0003_code", operations=_DEMANDED)}
    base, head = MemoryTree(files), MemoryTree(changed(files, new))
    found = review(Comparison(merge_base=base, base=base, head=head, merged=head), Config())
    return {f.rule for f in found.findings} & _ABOUT


@pytest.mark.parametrize(
    "condition",
    [
        "models.Q(code__isnull=False)",
        'models.Q(("code__isnull", False))',
        'models.Q(["code__isnull", False])',
        'models.Q(("code__isnull", False), _connector="OR")',
        'models.Q(("code__isnull", True), _negated=True)',
        "~models.Q(code__isnull=True)",
        'models.Q(models.Q(("code__isnull", False)))',
        'models.Q(models.Q(("code__isnull", True), _negated=True))',
        'models.Q(models.Q(("code__isnull", False), _negated=True), _negated=True)',
        'models.Q(("code__isnull", False), ("total__gt", 0))',
        "models.Q(total__gt=0) & models.Q(code__isnull=False)",
        'models.Q(("code__isnull", True), ("total__gt", 9), _connector="OR", _negated=True)',
        'models.Q(models.Q(("total", 1), ("total", 2), _connector="OR"), ("code__isnull", False))',
    ],
)
def test_a_check_that_is_never_met_by_null_saves_the_scan(condition: str) -> None:
    """PostgreSQL says of each of them that "existing constraints ... are sufficient to prove" it."""
    assert scans(condition) == set()


@pytest.mark.parametrize(
    "condition",
    [
        'models.Q(("code__isnull", True))',
        'models.Q(("code__isnull", False), _negated=True)',
        'models.Q(("code__gt", 0))',
        'models.Q(("code__isnull", False), ("total__gt", 0), _connector="OR")',
        'models.Q(("code__isnull", False), ("total__gt", 0), _connector="XOR")',
        'models.Q(("code__isnull", True), ("total__gt", 0), _negated=True)',
        'models.Q(("total__isnull", False))',
    ],
)
def test_another_check_saves_nothing(condition: str) -> None:
    assert scans(condition) == _ABOUT
