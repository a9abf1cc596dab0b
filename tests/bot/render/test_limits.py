"""Texts that grow beyond what GitHub takes are folded by whole blocks, and point to the rest."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bot.render.check_run import annotations_of, check_run
from bot.render.document import Document
from bot.render.fold import LIMIT, Block, fold
from bot.render.summary import Links, summary
from tests.support.documents import LEAVES, NOT_NULL, REVIEW, sample

LINKS = Links(web="https://github.com", report="https://twostep.example/reviews/k/s")


def many(findings: int) -> Document:
    """A review with that many findings, of many migrations."""
    return sample(
        replace(
            REVIEW,
            findings=tuple(
                replace(
                    LEAVES if at % 2 else NOT_NULL,
                    migration=f"{at:04}_step",
                    place=replace(LEAVES.place, path=f"orders/migrations/{at:04}_step.py"),
                )
                for at in range(findings)
            ),
        )
    )


@pytest.mark.parametrize("findings", [0, 1, 40, 60, 90, 600, 3000])
def test_a_comment_fits_and_stays_whole(findings: int) -> None:
    body = summary(many(findings), LINKS)

    assert len(body.encode()) <= LIMIT
    assert body.count("<details>") == body.count("</details>")
    assert len(re.findall(r"(?m)^\s*```", body)) % 2 == 0
    whole = summary(many(1), LINKS).splitlines()
    # Each line is one that is said in full somewhere, or one of a finding: none ends in the middle.
    for line in body.splitlines():
        assert line in whole or re.search(r"[\w`.*)>;:?!=|/~\[(,…\]]\s*$|^\s*$", line), line
    if findings >= 600:
        assert LINKS.report in body.splitlines()[-1]
        assert "Do not merge yet" in body.splitlines()[1], "the verdict is the last to go"


@pytest.mark.parametrize("findings", [0, 600, 3000])
def test_the_outputs_of_a_check_run_fit(findings: int) -> None:
    run = check_run(many(findings), head_sha="2" * 40, attempt="1", links=LINKS, again=False)

    assert len(run.summary.encode()) <= 65_535
    assert len(run.text.encode()) <= 65_535
    assert len(run.title) <= 255
    assert len(run.annotations) == min(findings, 500)


def test_the_worst_findings_keep_their_remark() -> None:
    document = many(501)
    document["findings"][500]["severity"] = "warning"

    assert {each.level for each in annotations_of(document)} == {"failure"}


def test_the_least_important_gives_way_first() -> None:
    blocks = [
        Block("verdict"),
        Block("a" * 80, short="a", rank=1),
        Block("b" * 80, short="b", rank=2),
    ]

    assert fold(blocks, "more", limit=500) == "\n\n".join(("verdict", "a" * 80, "b" * 80))
    assert fold(blocks, "more", limit=120) == "\n\n".join(("verdict", "a" * 80, "b", "more"))
    assert fold(blocks, "more", limit=50) == "\n\n".join(("verdict", "a", "b", "more"))
    assert fold(blocks, "more", limit=16) == "verdict\n\nmore"
