"""The sample shows what it says, and nothing that is not so."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.reviewing import review_repository
from bot.sample import PULL_REQUESTS, PullRequest, make_sample

SHOWN = {
    2: "conflicting-leaf-nodes",
    3: "committed-migration-edited",
    4: "not-null-column-added",
    5: "missing-migration",
    6: "conflicting-leaf-nodes",
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sample") / "shop"
    make_sample(path)
    return path


@pytest.mark.parametrize("each", PULL_REQUESTS, ids=lambda each: each.branch)
def test_each_branch_shows_its_one_error(shop: Path, each: PullRequest) -> None:
    """``orders/models.py`` does not merge in two of them: that is no missing migration."""
    document = review_repository(
        shop, base="main", head=each.branch, repository="acme/shop", pull_request=each.number
    )

    errors = [f["rule"] for f in document["findings"] if f["severity"] == "error"]
    assert errors == [SHOWN[each.number]]
    assert document["verdict"] == "fail"
