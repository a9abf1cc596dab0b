"""Batches on SQLite: the copies that the rules claim, and what they do to rows that refer to the table."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.oracles.measure_alembic_sqlite import (
    CASES,
    ON_DELETE,
    PAGE,
    claimed,
    measured,
    prepared,
    referring,
)


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("sqlite")
    return {on_delete: prepared(folder, on_delete) for on_delete in ON_DELETE}


@pytest.mark.parametrize("said", CASES)
def test_what_is_claimed_is_what_happens(said: str, templates: dict[str, Path]) -> None:
    assert claimed(CASES[said]) == measured(CASES[said], templates["CASCADE"])


def test_a_copy_takes_rows_along_that_refer_to_its_table(templates: dict[str, Path]) -> None:
    """What the finding warns of; the page shows it for every case."""
    body = CASES['batch of a table that is referred to: add_column, recreate="always"']

    assert [referring(body, t, foreign_keys=True) for t in templates.values()] == [
        "fails",
        "rows deleted",
        "set to NULL",
    ]
    assert referring(body, templates["CASCADE"], foreign_keys=False) == "kept"
    assert [said for said in CASES if f"| {said} |" not in PAGE.read_text()] == []
