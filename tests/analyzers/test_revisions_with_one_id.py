"""Two files with one revision id: which of them counts, and what may be done to either."""

from __future__ import annotations

import pytest

from tests.support.alembic_trees import compare, files, findings, revision

FIRST, TWICE = "1f0c2d9ab361", "88d0e2b7a614"
START = files(
    first=revision(
        FIRST, None, "op.create_table('t', sa.Column('id', sa.Integer, primary_key=True))"
    )
)


def _adds(column: str, name: str = TWICE) -> str:
    return revision(
        name,
        FIRST,
        f"op.add_column('t', sa.Column({column!r}, sa.Integer))",
        f"op.drop_column('t', {column!r})",
    )


@pytest.mark.parametrize("name", ["m_note", "z_note"])
def test_a_second_file_with_an_id_of_the_base_edits_none(name: str) -> None:
    """Wherever its name puts it: to take an edit back would be to write over what is new."""
    start = {**START, **files(n_tax=_adds("tax"))}

    found = findings(compare(start, head=files(**{name: _adds("note")})))

    assert [f.rule for f in found] == ["duplicate-revision"]
    assert found[0].place.path == f"migrations/versions/{name}.py"
    assert not found[0].commands


def test_of_two_on_the_base_the_one_that_stays_is_not_written_over() -> None:
    """Alembic has run the last one, and its id means the other one from then on."""
    start = {**START, **files(n_tax=_adds("tax"), z_note=_adds("note"))}

    found = findings(compare(start, head={"migrations/versions/z_note.py": None}))

    assert [f.rule for f in found] == ["committed-migration-edited"]
    assert found[0].commands == ("git checkout @base@ -- migrations/versions/z_note.py",)
    assert findings(compare(start, head={"migrations/versions/n_tax.py": None})) == []


def test_of_two_on_the_base_the_one_that_was_not_run_gets_another_id() -> None:
    """An id that another file has as well can still be located: what is wrong is that all runs again."""
    start = {**START, **files(n_tax=_adds("tax"), z_note=_adds("note"))}
    last, first = (
        findings(compare(start, head=files(**{name: _adds(column, "5b1d7a90c24e")})))
        for name, column in (("z_note", "note"), ("n_tax", "tax"))
    )

    edit = next(f for f in last if f.rule == "committed-migration-edited")
    assert "runs it again" in edit.why
    assert "Can't locate" not in edit.why
    assert "migrations/versions/n_tax.py the new one" in edit.remedy
    assert "committed-migration-edited" not in [f.rule for f in first]
