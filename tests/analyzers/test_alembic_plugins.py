"""Programs with plugins: revisions in several directories, lines with labels, one graph."""

from __future__ import annotations

import pytest

from tests.support.alembic_trees import compare, files, findings, revision

OF_PLUGIN = "plugins/bill/migrations"
START = {
    **files(
        one=revision("3f9a1c07be52", None, branch_labels=("core",)),
        two=revision("88d0e2b7a614", "3f9a1c07be52"),
        imports=revision(
            "c07be523f9a1", None, branch_labels=("import",), depends_on="3f9a1c07be52"
        ),
    ),
    f"{OF_PLUGIN}/41b7c9d20e35_first.py": revision(
        "41b7c9d20e35", None, branch_labels=("bill",), depends_on=("3f9a1c07be52",)
    ),
}
GRAPH = ("missing-parent", "conflicting-leaf-nodes", "second-root", "duplicate-revision")


@pytest.mark.parametrize("waits", ["3f9a1c07be52", "88d0e2b7a614", "0d20e3541b7c"])
def test_a_plugin_waits_for_what_the_program_s_revisions_do(waits: str) -> None:
    """Also for one that comes with it, in the program's own directory."""
    head = {
        "migrations/versions/three.py": revision("0d20e3541b7c", "88d0e2b7a614"),
        f"{OF_PLUGIN}/e52c07b3f9a1_second.py": revision(
            "e52c07b3f9a1", "41b7c9d20e35", depends_on=waits
        ),
    }

    assert findings(compare(START, head=head), *GRAPH) == []


def test_the_program_waits_for_a_plugin_s_revision() -> None:
    sample = revision("0d20e3541b7c", None, branch_labels=("samples",), depends_on="41b7c9d20e35")

    head = {"migrations/versions/samples.py": sample}
    assert findings(compare(START, head=head), *GRAPH) == []


def test_what_a_line_waits_for_puts_it_on_no_other_line() -> None:
    """``core`` waits for ``import``, which waits for ``core``: both are continued, nothing forks."""
    base = {
        **START,
        "migrations/versions/three.py": revision(
            "0d20e3541b7c", "88d0e2b7a614", depends_on="c07be523f9a1"
        ),
    }
    head = {"migrations/versions/four.py": revision("e52c07b3f9a1", "0d20e3541b7c")}
    assert findings(compare(base, head=head), *GRAPH) == []

    forked = {"migrations/versions/four.py": revision("e52c07b3f9a1", "88d0e2b7a614")}
    assert [f.rule for f in findings(compare(base, head=forked), *GRAPH)] == [
        "conflicting-leaf-nodes"
    ]


def test_two_ends_of_a_plugin_s_line_are_two() -> None:
    base = {f"{OF_PLUGIN}/e52c07b3f9a1_second.py": revision("e52c07b3f9a1", "41b7c9d20e35")}
    head = {f"{OF_PLUGIN}/b3f9a1e52c07_other.py": revision("b3f9a1e52c07", "41b7c9d20e35")}

    found = findings(compare(START, base=base, head=head), *GRAPH)
    assert [(f.rule, f.migration) for f in found] == [("conflicting-leaf-nodes", "b3f9a1e52c07")]


def test_an_archive_that_repeats_the_ids_is_none_of_the_program_s() -> None:
    old = revision("3f9a1c07be52", None)
    start = {**START, "old/alembic/one.py": old}
    head = {"old/alembic/two.py": revision("b3f9a1e52c07", "88d0e2b7a614")}

    rules = {f.rule for f in findings(compare(start, head=head), *GRAPH)}
    assert "duplicate-revision" not in rules
    assert "conflicting-leaf-nodes" not in rules
