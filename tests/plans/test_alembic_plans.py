"""Splits of Alembic revisions played on a real PostgreSQL: no statement fails, and the schema is the author's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from analyzers.results import Split, SplitStep
from analyzers.review import review
from tests.plans.alembic_stage import Program, migrate, play, schema
from tests.support import postgres
from tests.support.alembic_trees import compare, files, revision

INITIAL = """op.create_table("tag", sa.Column("id", sa.BigInteger, primary_key=True), sa.Column("name", sa.String(20), nullable=False))
op.create_table(
    "item",
    sa.Column("id", sa.BigInteger, primary_key=True),
    sa.Column("title", sa.String(50), nullable=False),
    sa.Column("note", sa.String(50)),
    sa.Column("qty", sa.Integer, nullable=False),
    sa.Column("tag_id", sa.BigInteger),
)
op.create_index("ix_item_note", "item", ["note"])"""

MODELS = """from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Tag(Base):
    __tablename__ = "tag"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(20))


class Item(Base):
    __tablename__ = "item"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(50))
    note: Mapped[str | None] = mapped_column(String(50), index=True)
    qty: Mapped[int]
    tag_id: Mapped[int | None]
"""

BASE = {**files(one=revision("3f9a1c07be52", None, INITIAL)), "shop/models.py": MODELS}
ROWS = (
    "INSERT INTO tag (name) SELECT 'tag ' || n FROM generate_series(1, 20) n",
    "INSERT INTO item (title, note, qty, tag_id) SELECT 'item ' || n, NULLIF('note ' || n % 3, 'note 0'), n, 1"
    " FROM generate_series(1, 5000) n",
)
TAG = {"name": "'tag'"}
ITEM = {"title": "'item {n}'", "note": "NULL", "qty": "{n} % 1000", "tag_id": "2"}
BEFORE: Program = {"tag": TAG, "item": ITEM}


def item(**columns: str | None) -> Program:
    """The program with other columns of `item`; None takes one away."""
    made = {**ITEM, **columns}
    return {"tag": TAG, "item": {n: v for n, v in made.items() if v is not None}}


@dataclass(frozen=True, kw_only=True)
class Change:
    """A pull request: what its revision does, its models, and what its code writes."""

    upgrade: str
    models: str
    programs: Mapping[str, Program] = field(default_factory=dict)
    kinds: tuple[str, ...]
    before: Program = field(default_factory=lambda: BEFORE)
    ends: Mapping[str, str] = field(default_factory=dict)
    """What of the author's schema is called otherwise in the end."""


CHANGES = {
    "a nullable column": Change(
        upgrade='op.add_column("item", sa.Column("extra", sa.Text()))',
        models=MODELS + "    extra: Mapped[str | None]\n",
        programs={"model": item(extra="NULL")},
        kinds=("migration", "model"),
    ),
    "a NOT NULL column": Change(
        upgrade='op.add_column("item", sa.Column("extra", sa.Integer(), nullable=False))',
        models=MODELS + "    extra: Mapped[int] = mapped_column(default=7)\n",
        programs={"model": item(extra="1")},
        kinds=("migration", "model", "data", "migration"),
    ),
    "null to NOT NULL": Change(
        upgrade='op.alter_column("item", "note", existing_type=sa.String(50), nullable=False)',
        models=MODELS.replace(
            "note: Mapped[str | None] = mapped_column(String(50), index=True)",
            'note: Mapped[str] = mapped_column(String(50), index=True, default="it\'s")',
        ),
        programs={"model": item(note="'always'")},
        kinds=("model", "data", "migration"),
    ),
    "dropping a nullable column": Change(
        upgrade='op.drop_column("item", "note")',
        models=MODELS.replace(
            "    note: Mapped[str | None] = mapped_column(String(50), index=True)\n", ""
        ),
        programs={"model": item(note=None)},
        kinds=("model", "migration"),
    ),
    "dropping a NOT NULL column": Change(
        upgrade='op.drop_column("item", "qty")',
        models=MODELS.replace("    qty: Mapped[int]\n", ""),
        programs={"model": item(qty=None)},
        kinds=("migration", "model", "migration"),
    ),
    "dropping a table": Change(
        upgrade='op.drop_table("tag")',
        models=MODELS.replace(MODELS[MODELS.index("class Tag") : MODELS.index("class Item")], ""),
        programs={"model": {"item": ITEM}},
        kinds=("model", "migration"),
    ),
    "a rename of a nullable column with an index": Change(
        upgrade='op.alter_column("item", "note", new_column_name="remark")',
        models=MODELS.replace("note:", "remark:"),
        programs={
            "model": item(note="'n {n}'", remark="'n {n}'"),
            "code": item(note=None, remark="'n {n}'"),
        },
        kinds=("migration", "model", "data", "code", "migration"),
    ),
    "a rename of a NOT NULL column": Change(
        upgrade='op.alter_column("item", "qty", new_column_name="order")',
        models=MODELS.replace("qty:", "order:"),
        programs={
            "model": item(order="{n} % 1000"),
            "code": item(qty=None, order="{n} % 1000"),
        },
        kinds=("migration", "model", "data", "code", "migration"),
    ),
    "another type": Change(
        upgrade='op.alter_column("item", "qty", existing_type=sa.Integer(), type_=sa.BigInteger())',
        models=MODELS.replace(
            "qty: Mapped[int]", "qty: Mapped[int] = mapped_column(BigInteger)"
        ).replace("import ForeignKey", "import BigInteger, ForeignKey"),
        programs={
            "model": item(qty_new="{n} % 1000"),
            "code": item(qty=None, qty_new="{n} % 1000"),
        },
        kinds=("migration", "model", "data", "code", "migration"),
        ends={"item.qty bigint": "item.qty_new bigint"},
    ),
    "text to a number": Change(
        upgrade='op.alter_column("item", "note", type_=sa.Integer(), postgresql_using="length(note)::integer")',
        models=MODELS.replace(
            "note: Mapped[str | None] = mapped_column(String(50), ",
            "note: Mapped[int | None] = mapped_column(",
        ),
        programs={
            "model": item(note="'n'", note_new="1"),
            "code": item(note=None, note_new="1"),
        },
        kinds=("migration", "model", "data", "code", "migration"),
        ends={
            "item.note integer": "item.note_new integer",
            "USING btree (note)": "USING btree (note_new)",
        },
    ),
    "a rename of a table": Change(
        upgrade='op.rename_table("tag", "user")',
        models=MODELS.replace('"tag"', '"user"'),
        programs={"model": {"user": TAG, "item": ITEM}},
        kinds=("migration", "model", "migration"),
    ),
    "a column with an index and a foreign key": Change(
        upgrade='op.add_column("item", sa.Column("main_id", sa.BigInteger(), nullable=True))\n'
        'op.create_index("ix_item_main_id", "item", ["main_id"])\n'
        'op.create_foreign_key("item_main", "item", "tag", ["main_id"], ["id"])',
        models=MODELS
        + '    main_id: Mapped[int | None] = mapped_column(ForeignKey("tag.id"), index=True)\n',
        programs={"model": item(main_id="3")},
        kinds=("migration", "model"),
    ),
    "a column, with an index, a foreign key, a unique and a check constraint beside it": Change(
        upgrade='op.add_column("item", sa.Column("extra", sa.Integer(), nullable=True))\n'
        'op.create_index("ix_item_qty", "item", ["qty"])\n'
        'op.create_foreign_key(None, "item", "tag", ["tag_id"], ["id"])\n'
        'op.create_unique_constraint("item_title_key", "item", ["title"])\n'
        'op.create_check_constraint("item_qty", "item", "qty >= 0")',
        models=MODELS + "    extra: Mapped[int | None]\n",
        programs={"model": item(title="gen_random_uuid()::text", extra="1")},
        kinds=("migration", "model"),
        before=item(title="gen_random_uuid()::text"),
    ),
}


def head(change: Change) -> dict[str, str]:
    """The files that the pull request changes."""
    two = revision("88d0e2b7a614", "3f9a1c07be52", change.upgrade)
    return {"migrations/versions/two.py": two, "shop/models.py": change.models}


def split_of(change: Change) -> Split:
    return review(compare(BASE, head=head(change)), sql=False).split


@pytest.fixture
def databases() -> Iterator[tuple[str, str]]:
    with postgres.fresh_database() as one, postgres.fresh_database() as two:
        yield one, two


@pytest.mark.parametrize("kind", CHANGES)
def test_no_statement_fails(kind: str, tmp_path: Path, databases: tuple[str, str]) -> None:
    change = CHANGES[kind]
    steps = split_of(change).steps
    assert tuple(step.kind for step in steps) == change.kinds
    assert all(step.files for step in steps if step.kind in {"migration", "data"})
    ours, authors = databases

    played = play(
        tmp_path / "split",
        ours,
        BASE,
        steps,
        rows=ROWS,
        programs={"before": change.before, **change.programs},
    )
    migrate(tmp_path / "author", authors, {**BASE, **head(change)})

    assert played.failures == []
    assert played.statements > 60
    assert played.migrated == sum(len(step.files) for step in steps if step.commands)
    wanted = schema(authors)
    for name, other in change.ends.items():
        wanted = [line.replace(name, other) for line in wanted]
    assert schema(ours) == sorted(wanted)


def test_the_authors_revision_at_once_stops_old_code(
    tmp_path: Path, databases: tuple[str, str]
) -> None:
    """What the splits are for: the same stage sees statements fail."""
    change = CHANGES["dropping a NOT NULL column"]
    once = SplitStep(
        order=1,
        kind="model",
        title="",
        paths=(),
        after=("merge", "migrate", "deploy"),
        files=head(change),
    )

    played = play(
        tmp_path,
        databases[0],
        BASE,
        [once],
        rows=["INSERT INTO tag (name) VALUES ('tag')"],
        programs={"before": BEFORE, **change.programs},
    )

    assert any("qty" in line for line in played.failures)


def test_rows_without_a_value_that_is_known_ask_for_one(
    tmp_path: Path, databases: tuple[str, str]
) -> None:
    """The revision that fills them refuses to run before it says what they get."""
    change = CHANGES["a NOT NULL column"]
    unsaid = Change(
        upgrade=change.upgrade,
        models=change.models.replace(" = mapped_column(default=7)", ""),
        kinds=change.kinds,
    )
    expand, _, data, contract = split_of(unsaid).steps
    (path,) = data.files
    said = data.files[path].replace('value = ""', 'value = "length(title)"')
    assert said != data.files[path]
    until = {**BASE, **expand.files}
    migrate(tmp_path / "one", databases[0], until)

    with pytest.raises(ValueError, match=r"item\.extra"):
        migrate(tmp_path / "one", databases[0], {**until, **data.files})
    migrate(tmp_path / "two", databases[1], {**until, path: said, **contract.files})

    assert [line for line in schema(databases[1]) if "extra" in line] == [
        "item.extra integer NOT NULL"
    ]


@pytest.mark.parametrize(
    "kind", [kind for kind, change in CHANGES.items() if "data" in change.kinds]
)
def test_filling_can_be_taken_back(kind: str) -> None:
    """Our own revision has a way back by our own rule: it says why there is nothing to undo."""
    done: dict[str, str] = dict(BASE)
    for step in split_of(CHANGES[kind]).steps:
        if step.kind == "data":
            seen = review(compare(done, head=step.files), sql=False)
            assert [f for f in seen.findings if f.rule == "irreversible-migration"] == []
            assert seen.rollback is not None
            assert seen.rollback.possible
        done |= step.files
