"""Further cases of the graph and history rules on Alembic repositories."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.exc import IdentifierError

from analyzers.findings import Severity
from analyzers.read.alembic.bodies import Bodies
from analyzers.read.cache import MemoryCache
from analyzers.review import review
from analyzers.trees import MemoryTree, Other
from analyzers.vocabulary import AddIndex
from tests.analyzers.test_alembic_probes import (
    NOTE,
    OURS,
    START,
    TAX,
    THEIRS,
    applied,
    the_one,
)
from tests.support.alembic_trees import (
    compare,
    contents,
    files,
    findings,
    revision,
    upgrade_sql,
)

ENDS = ("conflicting-leaf-nodes", "second-root", "missing-parent")


def test_a_file_name_in_place_of_an_id() -> None:
    """`down_revision = "two_tax"`: the suggestion writes the id, and nothing is left."""
    trees = compare(START, head={OURS: revision("5c1d77e0f9aa", "two_tax", NOTE)})

    finding = the_one(findings(trees, "missing-parent"))

    assert "88d0e2b7a614" in finding.remedy
    assert isinstance(trees.merged, MemoryTree)
    mended = applied(trees.merged, finding)
    assert findings(compare(START, head={OURS: mended[OURS]}), *ENDS) == []


def test_two_merge_revisions_of_the_same_heads() -> None:
    """Two people mend one fork: the second is told to take theirs away, not to merge again."""
    forked = {
        **START,
        "migrations/versions/left.py": revision("5c1d77e0f9aa", "88d0e2b7a614", NOTE),
        "migrations/versions/right.py": revision("d41b6a90c3e8", "88d0e2b7a614"),
    }
    heads = ("5c1d77e0f9aa", "d41b6a90c3e8")
    trees = compare(
        forked,
        base={THEIRS: revision("0b8e64fd2179", heads)},
        head={OURS: revision("c2a9d0e41b77", heads)},
    )

    finding = the_one(findings(trees, "conflicting-leaf-nodes"))

    assert finding.migration == "c2a9d0e41b77"
    assert "Remove" in finding.remedy
    assert finding.new_files == ()
    assert findings(compare(contents(trees.base), head={})) == []  # type: ignore[arg-type]


def test_the_pull_request_that_mends_a_fork_passes() -> None:
    forked = {**START, OURS: revision("5c1d77e0f9aa", "88d0e2b7a614", NOTE)}
    forked[THEIRS] = revision("d41b6a90c3e8", "88d0e2b7a614")
    joins = {"migrations/versions/j.py": revision("0b8e64fd2179", ("5c1d77e0f9aa", "d41b6a90c3e8"))}

    assert [f.preexisting for f in findings(compare(forked, head={}))] == [True]
    assert findings(compare(forked, head=joins)) == []


def test_a_second_base() -> None:
    trees = compare(START, head={OURS: revision("5c1d77e0f9aa", None, NOTE)})

    assert {f.rule for f in findings(trees, *ENDS)} == {"second-root", "conflicting-leaf-nodes"}


def test_one_that_is_put_before_the_first_is_no_second_base() -> None:
    """The schema that everybody had got a revision of its own; that the other one is edited is told."""
    first = next(path for path, text in START.items() if "down_revision = None" in text)
    after = START[first].replace("down_revision = None", "down_revision = '5c1d77e0f9aa'")
    trees = compare(START, head={OURS: revision("5c1d77e0f9aa", None, NOTE), first: after})

    assert findings(trees, *ENDS) == []
    assert the_one(findings(trees, "committed-migration-edited")).severity is Severity.ERROR


def test_a_branch_with_a_label_of_its_own_is_meant() -> None:
    trees = compare(START, head={OURS: revision("5c1d77e0f9aa", None, branch_labels=("x",))})

    assert findings(trees, *ENDS) == []


def test_depends_on_something_gone() -> None:
    ours = revision("5c1d77e0f9aa", "88d0e2b7a614", NOTE, depends_on=("eea2e21515bc",))

    finding = the_one(findings(compare(START, head={OURS: ours}), "missing-parent"))

    assert "eea2e21515bc" in finding.message


def test_who_removed_the_parent() -> None:
    """The base deleted it meanwhile; the error on the branch is not a misspelling."""
    trees = compare(
        START,
        base={"migrations/versions/two_tax.py": None},
        head={OURS: revision("5c1d77e0f9aa", "88d0e2b7a614", NOTE)},
    )

    finding = the_one(findings(trees, "missing-parent"))

    assert "base removed" in finding.message or "removed" in finding.message
    assert finding.related


def test_a_file_that_cannot_be_read_is_unknown_and_no_error() -> None:
    """The revision that seems to be missing may be the one that is not understood."""
    trees = compare(
        START,
        head={
            "migrations/versions/odd.py": "import x\nrevision = x.make()\ndown_revision = None\n",
            OURS: revision("5c1d77e0f9aa", "eea2e21515bc", NOTE),
        },
    )

    result = review(trees)

    assert [f.rule for f in result.findings if f.rule in ENDS] == []
    assert [u.place.path for u in result.unknown] == ["migrations/versions/odd.py"]


def test_one_id_in_another_open_pull_request() -> None:
    other = {**START, THEIRS: revision("5c1d77e0f9aa", "88d0e2b7a614", TAX)}
    trees = compare(START, head={OURS: revision("5c1d77e0f9aa", "88d0e2b7a614", NOTE)})
    trees = replace(
        trees, others=(Other(name="#12", merge_base=MemoryTree(START), head=MemoryTree(other)),)
    )

    finding = the_one(findings(trees, "duplicate-revision"))

    assert "#12" in finding.message
    assert finding.severity is not None
    assert finding.severity.word == "warning"


@pytest.mark.parametrize(
    ("identifier", "said"),
    [
        *((i, True) for i in ("a1b2c3d4e5f6", "b2c3d4e5f6a7", "123456789abc", "1a2b3c4d5e6f")),
        *((i, False) for i in ("5c1d77e0f9aa", "0042", "add_note", "20260131", "e5c7a4e2df4d")),
    ],
)
def test_an_id_that_the_next_author_will_choose(identifier: str, said: bool) -> None:
    trees = compare(START, head={OURS: revision(identifier, "88d0e2b7a614", NOTE)})

    assert bool(findings(trees, "guessable-revision-id")) is said


@pytest.mark.parametrize(
    "harmless",
    [
        lambda text: text.replace('"""What it is for."""', '"""Something else."""'),
        lambda text: text.replace("import sqlalchemy as sa\n", "import sqlalchemy as sa  # why\n"),
        lambda text: text.replace("import sqlalchemy as sa", "import sqlalchemy").replace(
            "sa.", "sqlalchemy."
        ),
        lambda text: text.replace("def upgrade():", "def upgrade() -> None:"),
        lambda text: text.replace("revision = '88", "revision: str = '88"),
        lambda text: text.replace('"tax"', "'tax'"),
    ],
)
def test_an_edit_that_changes_nothing_is_no_finding(harmless: object) -> None:
    path = "migrations/versions/two_tax.py"
    edited = harmless(START[path])  # type: ignore[operator]
    assert edited != START[path]

    assert findings(compare(START, head={path: edited}), "committed-migration-edited") == []


def test_a_renamed_file_with_the_same_id_is_no_error() -> None:
    old = "migrations/versions/two_tax.py"
    trees = compare(START, head={old: None, "migrations/versions/two.py": START[old]})

    assert [f for f in findings(trees) if f.severity and f.severity.word == "error"] == []


MODELS = """from sqlalchemy import Integer
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    tax: Mapped[int | None]
"""


def test_a_model_without_its_revision_and_with_the_one_that_is_offered() -> None:
    """The file that the finding carries makes the review silent."""
    base = {**START, "shop/models.py": MODELS}
    changed = {"shop/models.py": MODELS + "    note: Mapped[str | None]\n"}

    finding = the_one(findings(compare(base, head=changed), "missing-migration"))

    assert (finding.table, finding.column, finding.place.line) == ("orders", "note", 14)
    assert finding.operations == (
        'op.add_column("orders", sa.Column("note", sa.String(), nullable=True))',
    )
    (file,) = finding.new_files
    with_file = {**changed, file.path: file.content}
    assert findings(compare(base, head=with_file), "missing-migration", *ENDS) == []


def test_models_of_nobody_are_not_judged() -> None:
    """A second base of which no revision knows a table: another database, or none."""
    base = {**START, "shop/models.py": MODELS}
    other = MODELS.replace('"orders"', '"elsewhere"')

    assert findings(compare(base, head={"tools/models.py": other}), "missing-migration") == []


def test_two_roots_keep_their_names_when_the_second_one_arrives() -> None:
    """What is on the base does not become new because a root is added beside it."""
    second = {
        "reports/alembic.ini": "[alembic]\nscript_location = reports/history\n",
        "reports/history/env.py": START["migrations/env.py"],
        "reports/history/versions/one.py": revision("9b1f0a6d22c4", None),
    }
    trees = compare(START, head=second)

    assert findings(trees) == []
    assert files()


def test_a_file_beside_env_is_no_revision() -> None:
    """Alembic looks into the version locations alone, so nothing comes after a parent of theirs there."""
    stray = {"migrations/three_note.py": revision("5c1d77e0f9aa", "88d0e2b7a614", NOTE)}

    assert findings(compare(START, head=stray), *ENDS) == []


def test_a_project_s_own_way_to_run_sql_is_followed() -> None:
    base = {**START, "shop/models.py": MODELS}
    models = (
        MODELS
        + '\n\nclass Box(Base):\n    __tablename__ = "boxes"\n    id: Mapped[int] = mapped_column(primary_key=True)\n'
    )
    upgrade = 'with Session(logger) as session:\n    session.execute_sql(sa.text("CREATE TABLE boxes (id serial PRIMARY KEY)"))'
    head = {"shop/models.py": models, OURS: revision("5c1d77e0f9aa", "88d0e2b7a614", upgrade)}

    assert findings(compare(base, head={"shop/models.py": models}), "missing-migration")
    assert findings(compare(base, head=head), "missing-migration") == []


@pytest.mark.parametrize("first", ["", "e0e0e0e0e0e0"])
def test_a_fork_is_told_after_a_parent_that_was_missing_already(first: str) -> None:
    """Whatever the oldest revision comes after: two ends of its line are two ends."""
    oldest = "migrations/versions/one_orders.py"
    start = {
        **START,
        oldest: START[oldest].replace("down_revision = None", f"down_revision = {first!r}"),
    }
    assert start != START
    trees = compare(
        start,
        base={THEIRS: revision("0b8e64fd2179", "88d0e2b7a614", TAX)},
        head={OURS: revision("5c1d77e0f9aa", "88d0e2b7a614", NOTE)},
    )

    found = [f for f in findings(trees, *ENDS) if f.counts]

    assert [(f.rule, f.migration) for f in found] == [("conflicting-leaf-nodes", "5c1d77e0f9aa")]


def test_a_root_that_moves_deletes_nothing() -> None:
    """Its revisions keep their ids, and these are all that a database holds."""
    moved = dict.fromkeys(START) | {f"shop/{path}": text for path, text in START.items()}

    found = findings(compare(START, head=moved))

    assert {(f.rule, f.severity and f.severity.word) for f in found} == {
        ("committed-migration-renamed", "info")
    }
    assert len(found) == 2


LONG = "ix_" + "customer_order_line_" * 4
LONG_NAMES = {
    "one that SQLAlchemy makes": f'op.create_index(op.f("{LONG}"), "orders", ["id"])',
    "one that is written": f'op.create_index("{LONG}", "orders", ["id"])',
    "a constraint's": f'op.create_check_constraint("{LONG}", "orders", "id > 0")',
    "one of a new column": f'op.add_column("orders", sa.Column("{LONG[:55]}", sa.Text(), index=True))',
}


@pytest.mark.parametrize("name", sorted(LONG_NAMES))
def test_a_long_name_is_refused_or_shortened_as_sqlalchemy_does(name: str, tmp_path: Path) -> None:
    ours = revision("5c1d77e0f9aa", "88d0e2b7a614", LONG_NAMES[name])
    trees = compare(START, head={OURS: ours})
    assert isinstance(trees.merged, MemoryTree)

    found = findings(trees, "identifier-too-long")

    try:
        written = upgrade_sql(contents(trees.merged), tmp_path)
    except IdentifierError:
        assert len(found) == 1
        assert "IdentifierError" in found[0].why
    else:
        assert found == []
        (preview,) = review(trees).sql
        assert preview.statements[-1] in written
        change = Bodies(trees.merged, MemoryCache()).read(OURS, "postgresql").forward[-1]
        assert isinstance(change, AddIndex)
        assert f"CREATE INDEX {change.index.name} ON" in written


@pytest.mark.parametrize(
    ("more", "filled"),
    [
        ("primary_key=True", True),
        ("primary_key=True, autoincrement=True", True),
        ("primary_key=True, autoincrement=False", False),
        ("sa.ForeignKey('tags.id'), primary_key=True", False),
        ("autoincrement=True, nullable=False", False),
    ],
)
def test_an_integer_key_is_added_as_serial(more: str, filled: bool) -> None:
    """PostgreSQL fills it by itself, and writes each row anew to do so."""
    start = files(one=revision("3f9a1c07be52", None, 'op.create_table("item")'))
    add = f'op.add_column("item", sa.Column("id", sa.Integer, {more}))'
    head = {"migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", add)}

    rules = ("not-null-column-added", "table-rewritten")
    found = [f.rule for f in findings(compare(start, head=head), *rules)]
    assert found == (["table-rewritten"] if filled else ["not-null-column-added"])


@pytest.mark.parametrize(("null", "scans"), [("False", 0), ("True", 1)])
def test_what_is_not_null_already_is_not_checked_again(null: str, scans: int) -> None:
    """The change of type beside it reads the rows, and has its own finding."""
    made = (
        'op.create_table("item", sa.Column("kind", sa.Enum("a", "b", name="kinds"), '
        f"nullable={null}))"
    )
    start = files(one=revision("3f9a1c07be52", None, made))
    alter = 'op.alter_column("item", "kind", type_=sa.String(), postgresql_using="kind::text", nullable=False)'
    head = {"migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", alter)}
    trees = compare(start, head=head)

    assert len(findings(trees, "constraint-scans-under-lock")) == scans
    assert len(findings(trees, "column-type-changed")) == 1


@pytest.mark.parametrize(("database", "fails"), [("mysql", False), ("postgresql", True)])
def test_mysql_fills_a_new_column_by_itself(database: str, fails: bool) -> None:
    """The rows that stand get 0 or an empty text; only an INSERT is refused."""
    start = files(one=revision("3f9a1c07be52", None, 'op.create_table("item")'))
    start["alembic.ini"] += f"sqlalchemy.url = {database}://x\n"
    add = 'op.add_column("item", sa.Column("size", sa.Integer, nullable=False))'
    head = {"migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", add)}

    (finding,) = findings(compare(start, head=head), "not-null-column-added")
    assert ("The statement fails" in finding.why) == fails
