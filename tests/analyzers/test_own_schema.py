"""The product's own database schema, reviewed by the product."""

from __future__ import annotations

from pathlib import Path

from analyzers.config import Config
from analyzers.findings import Severity
from analyzers.read.cache import MemoryCache
from analyzers.relate.snapshot import Snapshot
from analyzers.results import Review
from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree
from tests.support.alembic_trees import revision

ROOT = Path(__file__).parents[2]
TABLES = "bot/tables.py"
NEXT = "bot/schema/versions/0099_next.py"


def own_files() -> dict[str, str]:
    """The shell's source, its revisions among it."""
    files = {
        path.relative_to(ROOT).as_posix(): path.read_text()
        for path in (ROOT / "bot").rglob("*")
        if path.suffix in {".py", ".mako"}
    }
    assert TABLES in files
    return files


def reviewed(before: dict[str, str], after: dict[str, str]) -> Review:
    base, head = MemoryTree(before), MemoryTree(after)
    return review(Comparison(merge_base=base, base=base, head=head, merged=head))


def head_revision(files: dict[str, str]) -> str:
    (graph,) = Snapshot(MemoryTree(files), Config(), MemoryCache()).alembic_graphs
    (leaf,) = graph.leaf_nodes(graph.apps[0])
    return leaf.name


def test_all_revisions_as_one_pull_request_say_nothing() -> None:
    """Each revision is read whole, and the tables in the code have their revisions."""
    files = own_files()
    revisions = {p for p in files if "/schema/versions/0" in p}
    before = {p: t for p, t in files.items() if p not in revisions and p != TABLES}

    found = reviewed(before, files)

    assert revisions
    assert [f for f in found.findings if f.severity is Severity.ERROR] == []
    assert found.unknown == ()
    assert found.rollback is not None
    assert found.rollback.possible


def test_a_table_that_changes_without_a_revision_is_seen() -> None:
    files = own_files()
    changed = files[TABLES].replace('sa.Column("full_name", sa.Text', 'sa.Column("name", sa.Text')
    assert changed != files[TABLES]

    found = reviewed(files, {**files, TABLES: changed})

    said = [f for f in found.findings if f.rule == "missing-migration"]
    assert {(f.table, f.column) for f in said} >= {
        ("twostep_pull_requests", "name"),
        ("twostep_pull_requests", "full_name"),
    }


def test_the_next_revision_is_judged_as_anybodys() -> None:
    """A column that the running version does not fill."""
    files = own_files()
    add = 'op.add_column("twostep_notes", sa.Column("kind", sa.Text(), nullable=False))'
    back = 'op.drop_column("twostep_notes", "kind")'
    changed = files[TABLES].replace(
        '"twostep_notes",\n    metadata,',
        '"twostep_notes",\n    metadata,\n    sa.Column("kind", sa.Text, nullable=False),',
    )
    assert changed != files[TABLES]

    found = reviewed(
        files,
        {
            **files,
            TABLES: changed,
            NEXT: revision("0099_next", head_revision(files), add, back),
        },
    )

    assert [f.rule for f in found.findings if f.severity is Severity.ERROR] == [
        "not-null-column-added"
    ]
