"""An enum type that gives its name to another one: values are added, or nothing is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzers.results import Split
from analyzers.review import review
from tests.support.alembic_trees import compare, files, revision, upgrade_sql

TABLES = """op.create_table(
    "orders",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("mood", sa.Enum("new", "done", name="mood"), nullable=False),
)"""
MODELS = """import sqlalchemy as sa
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Order(Base):
    __tablename__ = "orders"
    id = sa.Column(sa.Integer, primary_key=True)
    mood = sa.Column(sa.Enum("new", "done", name="mood"), nullable=False)
"""
PATH = "shop/models.py"
START = {**files(one=revision("3f9a1c07be52", None, TABLES)), PATH: MODELS}
SWAP = """op.execute("ALTER TYPE mood RENAME TO mood_old")
{}
op.execute("ALTER TABLE orders ALTER COLUMN mood TYPE mood USING mood::text::mood")
op.execute("DROP TYPE mood_old")"""
BY_SQL = "op.execute(\"CREATE TYPE mood AS ENUM ('new', 'done', 'it''s lost')\")"
BY_TYPE = 'sa.Enum("new", "done", "it\'s lost", name="mood").create(op.get_bind(), checkfirst=True)'


def split_of(body: str, models: str | None = MODELS) -> Split:
    base = {path: text for path, text in START.items() if path != PATH or models is not None}
    head = {"migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", body)}
    return review(compare(base, head=head), sql=False).split


@pytest.mark.parametrize("made", [BY_SQL, BY_TYPE], ids=["SQL", "type"])
def test_a_type_that_only_gets_more_values_gets_them_where_it_is(made: str, tmp_path: Path) -> None:
    split = split_of(SWAP.format(made))

    assert [step.kind for step in split.steps] == ["migration", "model"]
    (file,) = split.steps[0].files.items()
    sql = upgrade_sql({**START, **dict([file])}, tmp_path, "3f9a1c07be52:head")
    assert "ALTER TYPE mood ADD VALUE IF NOT EXISTS 'it''s lost';" in sql
    assert "RENAME" not in sql
    assert "takes no value out of a type" in file[1].partition("def downgrade")[2]


@pytest.mark.parametrize(
    ("body", "models"),
    [
        # A value goes; one is not known; what it had is not known; a statement does something else as well.
        (SWAP.format(BY_SQL.replace("'done', ", "")), MODELS),
        (SWAP.format(BY_TYPE.replace('"done", ', "*more, ")), MODELS),
        (SWAP.format(BY_SQL), None),
        (
            SWAP.format('op.execute("ALTER TABLE orders ADD COLUMN a int; DROP TYPE mood_old")'),
            MODELS,
        ),
    ],
)
def test_no_file_takes_the_type_from_the_code_that_runs(body: str, models: str | None) -> None:
    split = split_of(body, models)

    assert "give the new type another name" in split.reason
    assert all(step.files == {} for step in split.steps)
    assert not any("RENAME TO" in step.title for step in split.steps)


def test_a_column_that_gets_another_type_is_taken_apart_as_before() -> None:
    body = """op.execute("ALTER TABLE orders ALTER COLUMN mood TYPE varchar(9) USING mood::text")
op.execute("DROP TYPE mood")"""
    split = split_of(body)

    kinds = ["migration", "model", "data", "code", "migration"]
    assert [step.kind for step in split.steps] == kinds
    assert split.steps[0].files
