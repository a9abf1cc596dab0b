"""
What mends an Alembic repository, applied as it is offered: nothing is left to say, and Alembic agrees.

Each remedy in each form in which headers and repositories are written.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from analyzers.findings import Finding
from analyzers.trees import Comparison, MemoryTree
from tests.analyzers.test_alembic_probes import applied, the_one
from tests.support.alembic_trees import (
    ENV,
    compare,
    contents,
    files,
    findings,
    heads,
    revision,
    upgrade_sql,
)

ROOT, TIP, MINE, OTHER = "3f9a1c07be52", "88d0e2b7a614", "5c1d77e0f9aa", "d41b6a90c3e8"
VERSIONS = "migrations/versions"
OURS, THEIRS = f"{VERSIONS}/ours.py", f"{VERSIONS}/theirs.py"
TABLE = 'op.create_table("orders", sa.Column("id", sa.Integer, primary_key=True))'
ADD = 'op.add_column("orders", sa.Column("{}", sa.Text))'
DROP = 'op.drop_column("orders", "{}")'
START = files(
    one=revision(ROOT, None, TABLE, 'op.drop_table("orders")'),
    two=revision(TIP, ROOT, ADD.format("tax"), DROP.format("tax")),
)


def column(name: str, down: str | tuple[str, ...] | None, added: str, **header: object) -> str:
    return revision(name, down, ADD.format(added), DROP.format(added), **header)


def as_it_is(text: str) -> str:
    return text


def annotated(text: str) -> str:
    """The header of Alembic's template since 1.13."""
    header = "from typing import Sequence, Union\n\nimport sqlalchemy as sa"
    text = text.replace("import sqlalchemy as sa", header)
    text = text.replace("\nrevision = ", "\nrevision: str = ")
    for name in ("down_revision", "branch_labels", "depends_on"):
        text = text.replace(f"\n{name} = ", f"\n{name}: Union[str, Sequence[str], None] = ")
    return text


def annotated_anew(text: str) -> str:
    text = text.replace("\nrevision = ", "\nrevision: str = ")
    return text.replace("\ndown_revision = ", "\ndown_revision: str | None = ")


def in_double_quotes(text: str) -> str:
    return text.replace("'", '"')


def over_lines(text: str) -> str:
    return text.replace(f"down_revision = '{TIP}'", f"down_revision = (\n    '{TIP}',\n)")


def in_a_tuple(text: str) -> str:
    return text.replace(f"down_revision = '{TIP}'", f"down_revision = ('{TIP}',)")


def from_a_constant(text: str) -> str:
    return text.replace("branch_labels = None", "branch_labels = ()  # none\nLATER = None")


HEADERS: tuple[Callable[[str], str], ...] = (
    as_it_is,
    annotated,
    annotated_anew,
    in_double_quotes,
    in_a_tuple,
    over_lines,
    from_a_constant,
)
GRAPH = (
    "conflicting-leaf-nodes",
    "missing-parent",
    "second-root",
    "duplicate-revision",
    "circular-dependency",
    "same-column-added",
    "committed-migration-deleted",
    "committed-migration-edited",
    "missing-migration",
)


def forked(write: Callable[[str], str], **header: object) -> Comparison:
    """Two branches after one head, the base's merged already."""
    return compare(
        START,
        base={THEIRS: write(column(OTHER, TIP, "vat"))},
        head={OURS: write(column(MINE, TIP, "note", **header))},
    )


def with_files(tree: MemoryTree, finding: Finding) -> dict[str, str]:
    """*tree* with the files that *finding* offers."""
    assert finding.new_files
    return {**contents(tree), **{file.path: file.content for file in finding.new_files}}


def sound(trees: Comparison, mended: Mapping[str, str], folder: Path) -> str:
    """The one head of *mended*, which is reviewed again against the base and played by Alembic."""
    base = contents(tree_of(trees.base))
    head = {path: text for path, text in mended.items() if base.get(path) != text}
    removed: dict[str, str | None] = dict.fromkeys(set(base) - set(mended))
    assert findings(compare(base, head={**removed, **head}), *GRAPH) == []
    (found,) = heads(mended, folder)
    for name in ("tax", "note", "vat"):
        assert f"ADD COLUMN {name}" in upgrade_sql(mended, folder)
    return found


def tree_of(tree: object) -> MemoryTree:
    assert isinstance(tree, MemoryTree)
    return tree


@pytest.mark.parametrize("write", HEADERS)
def test_the_fork_is_mended_by_another_parent(write: Callable[[str], str], tmp_path: Path) -> None:
    trees = forked(write)
    assert write is as_it_is or contents(tree_of(trees.head)) != contents(
        tree_of(forked(as_it_is).head)
    )

    finding = the_one(findings(trees, *GRAPH))
    mended = applied(tree_of(trees.merged), finding)

    assert sound(trees, mended, tmp_path) == MINE


@pytest.mark.parametrize("write", HEADERS)
def test_the_fork_is_mended_by_a_merge_revision(
    write: Callable[[str], str], tmp_path: Path
) -> None:
    trees = forked(write)
    finding = the_one(findings(trees, *GRAPH))

    mended = with_files(tree_of(trees.merged), finding)

    assert sound(trees, mended, tmp_path) not in {MINE, OTHER}


@pytest.mark.parametrize(
    "header", [{"branch_labels": ("notes",)}, {"depends_on": ROOT}, {"depends_on": (ROOT,)}]
)
def test_labels_and_dependencies_stay_where_they_are(
    header: dict[str, object], tmp_path: Path
) -> None:
    trees = forked(as_it_is, **header)
    found = findings(trees, *GRAPH)
    if "branch_labels" in header:
        # A label on one side keeps it apart on purpose.
        assert found == []
        return

    mended = applied(tree_of(trees.merged), the_one(found))

    assert sound(trees, mended, tmp_path) == MINE


def test_a_second_base_is_moved_behind_the_head(tmp_path: Path) -> None:
    trees = compare(
        START, base={THEIRS: column(OTHER, TIP, "vat")}, head={OURS: column(MINE, None, "note")}
    )

    (second,) = findings(trees, "second-root")
    mended = applied(tree_of(trees.merged), second)

    assert sound(trees, mended, tmp_path) == MINE


def test_a_chain_that_begins_anew_is_not_moved_by_itself() -> None:
    """What it makes again stands in the way: that is to be taken out by hand."""
    again = revision(MINE, None, TABLE, 'op.drop_table("orders")')

    found = findings(compare(START, head={OURS: again}), "second-root", "conflicting-leaf-nodes")

    assert [f.rule for f in found] == ["conflicting-leaf-nodes", "second-root"]
    assert [f.suggestion for f in found] == [None, None]
    assert [f.new_files for f in found] == [(), ()]
    assert "makes `orders` a second time" in found[1].remedy


@pytest.mark.parametrize("write", [as_it_is, annotated, in_double_quotes])
def test_an_id_that_stands_twice_gets_another(write: Callable[[str], str], tmp_path: Path) -> None:
    """The new id, and after it the new parent."""
    trees = compare(
        START,
        base={THEIRS: write(column(OTHER, TIP, "vat"))},
        head={OURS: write(column(OTHER, TIP, "note"))},
    )
    (twice,) = findings(trees, "duplicate-revision")
    once = applied(tree_of(trees.merged), twice)
    base = contents(tree_of(trees.base))
    again = compare(base, head={OURS: once[OURS]})

    mended = applied(tree_of(again.merged), the_one(findings(again, *GRAPH)))

    assert sound(again, mended, tmp_path) not in {OTHER, TIP}


@pytest.mark.parametrize("gone", ["one", "two"])
def test_a_deleted_revision_is_restored(gone: str, tmp_path: Path) -> None:
    """By the command that the finding gives, which names the file."""
    path = f"{VERSIONS}/{gone}.py"
    more = {OURS: column(MINE, TIP, "note"), THEIRS: column(OTHER, MINE, "vat")}
    trees = compare(START, head={path: None, **more})
    (deleted,) = findings(trees, "committed-migration-deleted")
    (command,) = deleted.commands
    with pytest.raises(KeyError):
        heads(contents(tree_of(trees.merged)), tmp_path / "before")

    assert command.startswith("git checkout ")
    assert command.endswith(f" -- {path}")
    mended = {**contents(tree_of(trees.merged)), path: START[path]}

    assert sound(trees, mended, tmp_path / "after") == OTHER


MODELS = """from sqlalchemy import Column, Integer, Text
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
    tax = Column(Text)
"""
PYPROJECT = '[project]\nname = "shop"\n\n[tool.alembic]\nscript_location = "migrations"\n'
LAYOUTS: dict[str, dict[str, str]] = {
    "alembic.ini": {},
    "pyproject.toml": {
        "alembic.ini": "",
        "pyproject.toml": PYPROJECT,
        "migrations/env.py": ENV.replace(
            'context.config.get_main_option("sqlalchemy.url")', '"postgresql://"'
        ),
    },
    "Flask-Migrate": {
        "alembic.ini": "",
        "migrations/alembic.ini": "# A generic, single database configuration.\n\n[alembic]\n\n[loggers]\nkeys = root\n",
        "migrations/env.py": "from flask import current_app\n" + ENV,
    },
    "two projects": {
        "billing/alembic.ini": "[alembic]\nscript_location = %(here)s/migrations\n",
        "billing/migrations/env.py": ENV,
        "billing/migrations/versions/one.py": revision(ROOT, None, TABLE.replace("orders", "bill")),
    },
}


def laid_out(name: str) -> dict[str, str]:
    """A repository with models and two revisions, laid out in a way of its own."""
    made = {**START, "shop/models.py": MODELS, **LAYOUTS[name]}
    return {path: text for path, text in made.items() if text}


def alembic(folder: Path, layout: str, *arguments: str) -> str:
    """What the ``alembic`` program says in the repository."""
    options = ("-c", "generic.ini") if layout == "Flask-Migrate" else ()
    if layout == "Flask-Migrate":
        # Flask-Migrate gives the folder and the address itself.
        (folder / "generic.ini").write_text(
            "[alembic]\nscript_location = migrations\nsqlalchemy.url = postgresql://\n"
        )
        (folder / "migrations/env.py").write_text(ENV)
    program = [sys.executable, "-m", "alembic.config", *options, *arguments]
    run = subprocess.run(program, cwd=folder, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-1500:]
    return run.stdout


def put(tree: Mapping[str, str], folder: Path) -> None:
    for path, content in tree.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content)


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_the_program_itself_agrees_in_every_layout(layout: str, tmp_path: Path) -> None:
    """A missing revision is added, and the fork that it makes with the base's new head is mended."""
    start = laid_out(layout)
    models = {"shop/models.py": MODELS + "    note = Column(Text)\n"}
    missing = the_one(findings(compare(start, head=models), *GRAPH))
    (written,) = missing.new_files
    assert written.path.startswith(f"{VERSIONS}/")
    head = {**models, written.path: written.content}
    assert findings(compare(start, head=head), *GRAPH) == []
    assert "billing" not in written.path

    trees = compare(start, base={THEIRS: column(OTHER, TIP, "vat")}, head=head)
    fork = the_one(findings(trees, "conflicting-leaf-nodes"))
    moved = applied(tree_of(trees.merged), fork)
    base = contents(tree_of(trees.base))

    assert findings(compare(base, head={p: moved[p] for p in head}), *GRAPH) == []
    put(moved, tmp_path)
    (line,) = alembic(tmp_path, layout, "heads").splitlines()
    assert line.split()[1:] == ["(head)"]
    assert line.split()[0] in written.content
    sql = alembic(tmp_path, layout, "upgrade", "head", "--sql")
    added = [each.split()[5] for each in sql.splitlines() if "ADD COLUMN" in each]
    assert added == ["tax", "vat", "note"]


LOOP = """for key in sa.inspect(op.get_bind()).get_foreign_keys("orders"):
    op.drop_constraint(key["name"], "orders")"""
NEW = {
    "a table": "\n\nclass Line(Base):\n    __tablename__ = 'lines'\n    id = Column(Integer, primary_key=True)\n"
    "    order_id = Column(Integer, ForeignKey('orders.id'), nullable=False, index=True)\n",
    "an index without a name": "    __table_args__ = (Index(None, 'tax'),)\n",
    "a column that is demanded": "    note = Column(Text, nullable=False, server_default='')\n",
    "a text of a size": "    note = Column(Text(length=65535))\n",
    "an enum": "    state = Column(Enum('open', 'paid', name='state'))\n",
    "an index and a unique constraint": "    __table_args__ = (Index('ix_tax', 'tax'), UniqueConstraint('tax', name='uq_tax'))\n",
    "a type": "",
}


@pytest.mark.parametrize("what", sorted(NEW))
def test_the_revision_that_is_written_is_what_was_missing(what: str, tmp_path: Path) -> None:
    imports = "Column, Enum, ForeignKey, Index, Integer, String, Text, UniqueConstraint"
    base = MODELS.replace("Column, Integer, Text", imports)
    start = {**START, "shop/models.py": base}
    after = (
        base.replace("tax = Column(Text)", "tax = Column(String(9))") if what == "a type" else base
    )
    head = {"shop/models.py": after + NEW[what]}
    found = findings(compare(start, head=head), "missing-migration")
    assert found
    (file,) = {file.path: file for finding in found for file in finding.new_files}.values()

    mended = {**start, **head, file.path: file.content}

    assert findings(compare(start, head={**head, file.path: file.content}), *GRAPH) == []
    assert heads(mended, tmp_path)[0] in file.content
    assert len(heads(mended, tmp_path)) == 1
    assert len(upgrade_sql(mended, tmp_path)) > len(upgrade_sql(start, tmp_path / "start"))


@pytest.mark.parametrize(("dropped", "files"), [("pass", 1), (LOOP, 0)])
def test_a_constraint_whose_name_may_be_taken_is_not_written(dropped: str, files: int) -> None:
    """What a loop has dropped is not known: to make another one of the name may fail, to drop it as well."""
    base = MODELS.replace("Column, Integer, Text", "Column, Integer, Text, UniqueConstraint")
    unique = "    __table_args__ = (UniqueConstraint({}, name='uq_order'),)\n"
    made = f'op.create_unique_constraint("uq_order", "orders", ["tax"])\n{dropped}'
    start = {**START, "shop/models.py": base + unique.format("'tax'")}
    start["migrations/versions/unique.py"] = revision("c2a9d0e41b77", "88d0e2b7a614", made)
    head = {"shop/models.py": base + unique.format("'tax', 'id'")}

    found = findings(compare(start, head=head), "missing-migration")

    assert [len(f.new_files) for f in found if "is new" in f.message] == [files]


@pytest.mark.parametrize(
    ("begins", "said"),
    [
        ("5c1d77e0f9aa", "alembic upgrade 5c1d77e0f9aa"),
        ("88d0e2b7a614", "alembic stamp 3f9a1c07be52"),
    ],
)
def test_the_way_on_from_a_deleted_revision_leads_to_one_that_stays(begins: str, said: str) -> None:
    """To what is before it; to what comes after it where nothing before it is left."""
    one, two, three = (
        revision("3f9a1c07be52", None),
        revision("88d0e2b7a614", "3f9a1c07be52"),
        revision("5c1d77e0f9aa", "88d0e2b7a614"),
    )
    start = files(one=one, two=two, three=three)
    cut: dict[str, str | None] = {"migrations/versions/two.py": None}
    if begins == "5c1d77e0f9aa":
        cut["migrations/versions/one.py"] = None
    parent = None if begins == "5c1d77e0f9aa" else "3f9a1c07be52"
    cut["migrations/versions/three.py"] = revision("5c1d77e0f9aa", parent)

    found = findings(compare(start, head=cut), "committed-migration-deleted")

    assert found
    assert all(said in f.remedy for f in found)
