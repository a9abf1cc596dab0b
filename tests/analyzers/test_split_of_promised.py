"""NOT NULL as the last of its steps: a check that the base has is the proof, and no plan begins anew."""

from __future__ import annotations

import pytest

from analyzers.results import Split
from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree
from tests.support.alembic_trees import compare, files, revision
from tests.support.worlds import START, add, changed, migration, path

POSTGRES = (
    "from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint\n"
)
CHECK = 'models.CheckConstraint(condition=models.Q(note__isnull=False), name="has_note")'
DEMANDED = 'migrations.AlterField("order", "note", models.TextField())'
GONE = 'migrations.RemoveConstraint("order", "has_note")'


def split_of(*base: str, head: str) -> Split:
    """The split of a migration with *head* after migrations with *base*, each its own."""
    files = changed(START, {path("0003_note"): migration("0002_total", operations=add("note"))})
    last = "0003_note"
    for number, operations in enumerate(base, start=4):
        text = POSTGRES + migration(last, operations=operations)
        last = f"{number:04d}_next"
        files = changed(files, {path(last): text})
    new = changed(files, {path("0009_last"): POSTGRES + migration(last, operations=head)})
    old, head_tree = MemoryTree(files), MemoryTree(new)
    return review(
        Comparison(merge_base=old, base=old, head=head_tree, merged=head_tree), sql=False
    ).split


@pytest.mark.parametrize(
    "before",
    [
        (f'migrations.AddConstraint("order", {CHECK})',),
        (
            f'AddConstraintNotValid("order", {CHECK})',
            'ValidateConstraint("order", "has_note")',
        ),
    ],
)
def test_the_last_step_is_not_begun_anew(before: tuple[str, ...]) -> None:
    """The plan dropped the check first, and let NULLs in again."""
    split = split_of(*before, head=f"{DEMANDED}, {GONE}")

    assert not split.needed
    assert "NOT NULL" not in split.reason


def test_beside_what_has_to_be_split_the_proof_goes_last() -> None:
    more = add("kind", "models.IntegerField(default=1)")
    split = split_of(
        f'migrations.AddConstraint("order", {CHECK})', head=f"{DEMANDED}, {GONE}, {more}"
    )
    titles = [step.title for step in split.steps]
    files = [p for step in split.steps for p in step.files if p.endswith(".py")]
    (first, second) = (next(p for p in files if word in p) for word in ("note_not_null", "remove_"))

    assert "Stops writing None to orders.Order.kind" in titles
    assert files.index(first) < files.index(second)


@pytest.mark.parametrize(
    ("base", "head"),
    [
        ((), f'migrations.AddConstraint("order", {CHECK}), {DEMANDED}'),
        ((f'AddConstraintNotValid("order", {CHECK})',), DEMANDED),
        ((), DEMANDED),
    ],
)
def test_without_a_check_of_before_it_is_taken_apart(base: tuple[str, ...], head: str) -> None:
    assert "becomes NOT NULL" in split_of(*base, head=head).reason


TABLE = """op.create_table(
    "orders",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("note", sa.Text),
    sa.CheckConstraint("note IS NOT NULL", name="has_note"),
)"""
NOT_NULL = 'op.alter_column("orders", "note", existing_type=sa.Text(), nullable=False)'


@pytest.mark.parametrize("checked", [True, False])
def test_alembic_too(checked: bool) -> None:
    table = (
        TABLE
        if checked
        else TABLE.replace('sa.CheckConstraint("note IS NOT NULL"', "").replace(
            ', name="has_note"),\n', ""
        )
    )
    base = files(one=revision("3f9a1c07be52", None, table))
    two = revision("88d0e2b7a614", "3f9a1c07be52", NOT_NULL)
    split = review(compare(base, head={"migrations/versions/two.py": two}), sql=False).split

    assert split.needed is not checked
