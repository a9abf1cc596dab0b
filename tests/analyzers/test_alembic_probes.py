"""What no other tool says of an Alembic repository: six probes, each with what mends it."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzers.findings import Finding
from analyzers.trees import MemoryTree
from tests.support.alembic_trees import (
    compare,
    contents,
    files,
    findings,
    heads,
    revision,
    upgrade_sql,
)

TABLE = 'op.create_table("orders", sa.Column("id", sa.Integer, primary_key=True))'
NOTE = 'op.add_column("orders", sa.Column("note", sa.Text))'
TAX = 'op.add_column("orders", sa.Column("tax", sa.Integer))'
DROP = 'op.drop_column("orders", "{}")'

START = files(
    one_orders=revision("3f9a1c07be52", None, TABLE, 'op.drop_table("orders")'),
    two_tax=revision("88d0e2b7a614", "3f9a1c07be52", TAX, DROP.format("tax")),
)
OURS = "migrations/versions/ours.py"
THEIRS = "migrations/versions/theirs.py"


def the_one(found: list[Finding]) -> Finding:
    assert len(found) == 1, [f.message for f in found]
    return found[0]


def applied(tree: MemoryTree, finding: Finding) -> dict[str, str]:
    """The merged tree with the finding's suggestion taken."""
    edit = finding.suggestion
    assert edit is not None
    mended = contents(tree)
    lines = mended[edit.path].splitlines()
    lines[edit.start_line - 1 : edit.end_line] = edit.replacement.splitlines()
    mended[edit.path] = "\n".join(lines) + "\n"
    if edit.rename_to:
        mended[edit.rename_to] = mended.pop(edit.path)
    return mended


def test_two_heads(tmp_path: Path) -> None:
    """Two revisions on one parent; re-parenting the one that is not on the base mends it."""
    ours = revision("5c1d77e0f9aa", "88d0e2b7a614", NOTE, DROP.format("note"))
    theirs = revision("d41b6a90c3e8", "88d0e2b7a614", TAX.replace("tax", "vat"))
    trees = compare(START, base={THEIRS: theirs}, head={OURS: ours})

    finding = the_one(findings(trees, "conflicting-leaf-nodes"))

    assert isinstance(trees.merged, MemoryTree)
    assert finding.migration == "5c1d77e0f9aa"
    assert finding.place.path == OURS
    assert [r.migration for r in finding.related] == ["d41b6a90c3e8"]
    assert len(heads(contents(trees.merged), tmp_path / "before")) == 2

    mended = applied(trees.merged, finding)
    base = contents(trees.base)  # type: ignore[arg-type]
    again = compare(base, head={OURS: mended[OURS]})
    assert findings(again, "conflicting-leaf-nodes", "missing-parent", "second-root") == []
    assert heads(mended, tmp_path / "after") == ["5c1d77e0f9aa"]
    assert upgrade_sql(mended, tmp_path / "after").index("vat") < upgrade_sql(
        mended, tmp_path / "after"
    ).index("note")


def test_the_merge_revision_that_is_offered_joins_the_heads(tmp_path: Path) -> None:
    """The other remedy: the file that the finding carries."""
    ours = revision("5c1d77e0f9aa", "88d0e2b7a614", NOTE)
    theirs = revision("d41b6a90c3e8", "88d0e2b7a614", TAX.replace("tax", "vat"))
    trees = compare(START, base={THEIRS: theirs}, head={OURS: ours})
    finding = the_one(findings(trees, "conflicting-leaf-nodes"))
    (file,) = finding.new_files
    assert isinstance(trees.merged, MemoryTree)

    joined = {**contents(trees.merged), file.path: file.content}
    again = compare(contents(trees.base), head={OURS: ours, file.path: file.content})  # type: ignore[arg-type]

    assert findings(again, "conflicting-leaf-nodes", "same-column-added", "missing-parent") == []
    assert len(heads(joined, tmp_path)) == 1
    assert "vat" in upgrade_sql(joined, tmp_path)


def test_the_same_column_on_both_sides_even_with_a_merge_revision() -> None:
    ours = revision("5c1d77e0f9aa", "88d0e2b7a614", NOTE)
    theirs = revision("d41b6a90c3e8", "88d0e2b7a614", NOTE.replace("Text", "String(50)"))
    joins = revision("0b8e64fd2179", ("5c1d77e0f9aa", "d41b6a90c3e8"))
    trees = compare(
        START,
        base={THEIRS: theirs},
        head={OURS: ours, THEIRS: theirs, "migrations/versions/joins.py": joins},
    )
    # The author merged the base into the branch and joined the heads.
    found = findings(trees, "same-column-added", "conflicting-leaf-nodes")

    finding = the_one(found)
    assert (finding.rule, finding.table, finding.column) == ("same-column-added", "orders", "note")


def test_a_ghost_parent_names_alembics_own_error(tmp_path: Path) -> None:
    trees = compare(START, head={OURS: revision("5c1d77e0f9aa", "eea2e21515bc", NOTE)})

    finding = the_one(findings(trees, "missing-parent"))

    assert "KeyError: 'eea2e21515bc'" in finding.why
    assert isinstance(trees.merged, MemoryTree)
    with pytest.raises(KeyError, match="eea2e21515bc"):
        heads(contents(trees.merged), tmp_path)


def test_a_deleted_head_says_how_to_bring_it_back() -> None:
    trees = compare(START, head={"migrations/versions/two_tax.py": None})

    finding = the_one(findings(trees, "committed-migration-deleted"))

    assert finding.migration == "88d0e2b7a614"
    assert "stamp" in finding.remedy
    assert "estore" in finding.remedy


def test_an_edit_of_a_committed_revision() -> None:
    edited = START["migrations/versions/two_tax.py"].replace("sa.Integer", "sa.BigInteger")
    trees = compare(START, head={"migrations/versions/two_tax.py": edited})

    finding = the_one(findings(trees, "committed-migration-edited"))

    assert finding.migration == "88d0e2b7a614"


def test_one_id_in_two_files(tmp_path: Path) -> None:
    """Each side is sound; merged, one file would never run. A new id mends it."""
    ours = revision("5c1d77e0f9aa", "88d0e2b7a614", NOTE)
    theirs = revision("5c1d77e0f9aa", "88d0e2b7a614", TAX.replace("tax", "vat"))
    trees = compare(START, base={THEIRS: theirs}, head={OURS: ours})

    finding = the_one(findings(trees, "duplicate-revision"))

    assert isinstance(trees.merged, MemoryTree)
    assert finding.place.path == OURS
    mended = applied(trees.merged, finding)
    again = compare(contents(trees.base), head={OURS: mended[OURS]})  # type: ignore[arg-type]
    assert findings(again, "duplicate-revision") == []
    assert len(heads(mended, tmp_path)) == 2


def test_a_sound_revision_is_no_finding_of_the_history() -> None:
    """The same repository with an ordinary revision: the probes above are not noise."""
    ours = revision("5c1d77e0f9aa", "88d0e2b7a614", NOTE, DROP.format("note"))

    found = findings(compare(START, head={OURS: ours}))

    assert [f.rule for f in found if f.severity and f.severity.word == "error"] == []
