"""Plans for large tables: the reviews of their own steps find no lock that is held or waited for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analyzers.config import Config, LargeTables
from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree
from tests.plans.changes import CHANGES, split_of

LARGE = {"shop_item": 5_000_000, "shop_tag": 5_000_000}


@pytest.mark.parametrize(
    "kind",
    [
        "a nullable column",
        "a NOT NULL column",
        "null to NOT NULL",
        "dropping a nullable column",
        "dropping a NOT NULL column",
        "a foreign key",
        "a new table",
        "an index",
        "a unique column",
        "a check constraint",
        "another type",
        "a rename of a column",
        "a many-to-many field",
    ],
)
def test_no_step_of_a_plan_is_stopped_by_the_rule_that_asked_for_it(kind: str) -> None:
    change = replace(CHANGES[kind], large=LARGE)
    config = Config(large_tables=LargeTables(tables=LARGE))
    files = dict(change.before)
    steps = split_of(change, "state").steps
    assert steps
    for step in steps:
        before = MemoryTree(files)
        files |= step.files
        after = MemoryTree(files)
        comparison = Comparison(merge_base=before, base=before, head=after, merged=after)
        said = review(comparison, config, sql=False).findings
        assert [f.message for f in said if f.rule in {"large-table", "missing-migration"}] == []
