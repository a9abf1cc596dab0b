"""Committed revisions that move to a folder below their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzers.findings import Severity
from tests.support.alembic_trees import INI, compare, files, findings, heads, revision

FIRST, SECOND = "3f9a1c07be52", "88d0e2b7a614"
START = files(one=revision(FIRST, None), two=revision(SECOND, FIRST))
TWO = START["migrations/versions/two.py"]
MOVED: dict[str, str | None] = {
    "migrations/versions/two.py": None,
    "migrations/versions/2024/two.py": TWO,
}
RULE = "committed-migration-renamed"


def severity(base: dict[str, str], head: dict[str, str | None]) -> Severity | None:
    (found,) = findings(compare(base, head=head), RULE)
    return found.severity


def test_alembic_does_not_look_into_folders_of_folders(tmp_path: Path) -> None:
    (found,) = findings(compare(START, head=MOVED), RULE)

    assert found.severity is Severity.ERROR
    assert found.message == (
        f"The file of {SECOND} moves to migrations/versions/2024, where Alembic does not look."
    )
    after = {path: text for path, text in {**START, **MOVED}.items() if text is not None}
    assert heads(START, tmp_path / "before") == [SECOND]
    assert heads(after, tmp_path / "after") == [FIRST]


def test_a_comment_in_the_configuration_changes_nothing() -> None:
    ini = INI + "# recursive_version_locations = false\n# version_locations = %(here)s/bar\n"

    assert severity({**START, "alembic.ini": ini}, MOVED) is Severity.ERROR


@pytest.mark.parametrize(
    ("base", "head"),
    [
        ({"alembic.ini": INI + "recursive_version_locations = true\n"}, {}),
        ({}, {"alembic.ini": INI + "recursive_version_locations = true\n"}),
        ({}, {"alembic.ini": INI + "version_locations = migrations/versions migrations/versions/2024\n"}),
        ({"shop/migrate.py": "config.set_main_option('version_locations', every_folder())\n"}, {}),
        # It reads such folders already, in whichever way.
        ({"migrations/versions/2023/zero.py": revision("41b7c9d20e35", SECOND)}, {}),
    ],
)  # fmt: skip
def test_where_alembic_may_be_told_of_the_folder(
    base: dict[str, str], head: dict[str, str | None]
) -> None:
    assert severity({**START, **base}, {**MOVED, **head}) is Severity.INFO


def test_a_file_that_gets_another_name_in_its_folder_is_found() -> None:
    head: dict[str, str | None] = {
        "migrations/versions/two.py": None,
        "migrations/versions/second.py": TWO,
    }
    assert severity(START, head) is Severity.INFO
