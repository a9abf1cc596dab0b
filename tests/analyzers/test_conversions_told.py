"""What a change of type does to the rows is told beside its lock."""

from __future__ import annotations

import pytest

from analyzers.results import SplitStep
from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree
from tests.support.alembic_trees import compare, files, findings, revision
from tests.support.worlds import START, add, changed, migration, path

ARRAY = "django.contrib.postgres.fields.ArrayField(models.{}())"
LISTED = "django.contrib.postgres.fields.ArrayField(models.CharField(max_length={}))"
ABOVE = "import django.contrib.postgres.fields\n\n\n"
STOPS = "a value that {} does not take stops the migration"
FAILS = "And the statement fails, whatever the rows hold"


def why(before: str, operation: str) -> str:
    """What is said of the change of ``order.note``, which was *before*."""
    note = migration("0002_total", operations=add("note", before), before=ABOVE)
    start = changed(START, {path("0003_note"): note})
    other = migration("0003_note", operations=operation, before=ABOVE)
    trees = MemoryTree(start), MemoryTree(changed(start, {path("0004_other"): other}))
    sides = Comparison(merge_base=trees[0], base=trees[0], head=trees[1], merged=trees[1])
    (found,) = (f for f in review(sides).findings if f.rule == "column-type-changed")
    return found.why


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("models.TextField()", "models.IntegerField()", STOPS.format("integer")),
        ("models.CharField(max_length=9)", ARRAY.format("TextField"), STOPS.format("text[]")),
        ("models.IntegerField()", ARRAY.format("IntegerField"), FAILS),
        (ARRAY.format("IntegerField"), "models.IntegerField()", FAILS),
        ("models.IntegerField()", "models.BigIntegerField()", ""),
        ("models.IntegerField()", "models.TextField()", ""),
    ],
)
def test_what_django_s_cast_does_to_the_values_is_told(before: str, after: str, told: str) -> None:
    found = why(before, f'migrations.AlterField("order", "note", {after})')

    assert found.startswith("Reads and writes of the table wait")
    assert told in found
    assert told or found.endswith("rewritten.")


@pytest.mark.parametrize(
    ("using", "told"), [("", f"{FAILS}: PostgreSQL has no such conversion by itself."), (" USING length(note)", "")]
)  # fmt: skip
def test_sql_that_says_how_is_believed(using: str, told: str) -> None:
    sql = f"ALTER TABLE orders_order ALTER COLUMN note TYPE integer{using}"

    found = why("models.TextField()", f"migrations.RunSQL({sql!r})")

    assert found.endswith(told or "rewritten.")


@pytest.mark.parametrize(
    ("before", "after", "cast"),
    [
        ("models.TextField()", "models.IntegerField()", True),
        ("models.TextField()", ARRAY.format("TextField"), False),
        (ARRAY.format("IntegerField"), "models.IntegerField()", False),
    ],
)
def test_the_split_copies_by_a_cast_only_where_there_is_one(
    before: str, after: str, cast: bool
) -> None:
    """A value is no list of itself: the step says so and has no file."""
    steps = split(before, after)

    assert any("Cast(" in text for s in steps for text in s.files.values()) is cast
    assert any("no cast makes" in s.title for s in steps) is not cast


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("models.CharField(max_length=20)", "models.CharField(max_length=5)"),
        ("models.TextField()", "models.CharField(max_length=5)"),
        (LISTED.format(20), LISTED.format(5)),
    ],
)
def test_the_split_cuts_nothing_off_what_it_copies(before: str, after: str) -> None:
    """A cast to varchar(5) makes five characters of six; an assignment stops at them."""
    steps = split(before, after)

    (copied,) = (t for s in steps for p, t in s.files.items() if "copy_note" in p)
    assert 'update(note_new=F("note"))' in copied
    assert "import F\n" in copied
    assert "Cast" not in copied
    assert any("stops at a value that varchar(5)" in s.title for s in steps)


@pytest.mark.parametrize(
    ("after", "copied"),
    [("sa.String(5)", "note"), ("sa.String(40)", ""), ("sa.Integer()", "CAST(note AS integer)")],
)
def test_alembics_split_cuts_nothing_off_what_it_copies(after: str, copied: str) -> None:
    operation = f'op.alter_column("orders", "note", existing_type=sa.String(20), type_={after})'
    first = revision("a", None, upgrade=TABLE)
    sides = compare(files(a=first), head=files(b=revision("b", "a", upgrade=operation)))

    texts = [t for step in review(sides).split.steps for t in step.files.values()]

    assert any(f"SET note_new = {copied}" in t for t in texts) is bool(copied)


@pytest.mark.parametrize("before", ["sa.Integer()", "sa.JSON()", "sa.Text()"])
def test_alembics_split_compares_what_it_copies_in_one_type(before: str) -> None:
    """PostgreSQL knows no `varchar = integer`: what is compared is as it will be."""
    operation = f'op.alter_column("orders", "note", existing_type={before}, type_=sa.String(4))'
    first = revision("a", None, upgrade=TABLE.replace("sa.String(20)", before))
    sides = compare(files(a=first), head=files(b=revision("b", "a", upgrade=operation)))

    texts = [t for step in review(sides).split.steps for t in step.files.values()]

    (fill,) = (t for t in texts if "SET note_new" in t)
    assert "SET note_new = note\n" in fill
    assert "note_new IS DISTINCT FROM CAST(note AS varchar(4))" in fill


def split(before: str, after: str) -> tuple[SplitStep, ...]:
    """The pull requests that change ``order.note``."""
    note = migration("0002_total", operations=add("note", before), before=ABOVE)
    start = changed(START, {path("0003_note"): note})
    operation = f'migrations.AlterField("order", "note", {after})'
    other = migration("0003_note", operations=operation, before=ABOVE)
    trees = MemoryTree(start), MemoryTree(changed(start, {path("0004_other"): other}))
    sides = Comparison(merge_base=trees[0], base=trees[0], head=trees[1], merged=trees[1])
    return review(sides).split.steps


TABLE = """op.create_table(
    "orders",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("code", sa.String(20), server_default="7"),
    sa.Column("note", sa.String(20)),
    sa.Column("mood", sa.Enum("new", "done", name="mood"), server_default="new"),
)"""
TO_NUMBER = 'op.alter_column("orders", "{}", type_=sa.Integer(), postgresql_using="{}::integer")'
ANEW = """op.execute("CREATE TYPE mood AS ENUM ('new', 'done', 'gone')")
op.execute("ALTER TABLE orders ALTER COLUMN mood TYPE mood USING mood::text::mood")"""
RENAMED = 'op.execute("ALTER TYPE mood RENAME TO mood_old")\n'
BARE = 'op.execute("ALTER TABLE orders ALTER COLUMN mood DROP DEFAULT")\n'


@pytest.mark.parametrize(
    ("upgrade", "fails"),
    [
        (TO_NUMBER.format("code", "code"), True),
        (TO_NUMBER.format("note", "note"), False),
        ('op.alter_column("orders", "code", server_default=None)\n' + TO_NUMBER.format("code", "code"), False),
        ('op.alter_column("orders", "code", type_=sa.Text(), postgresql_using="upper(code)")', False),
        (RENAMED + ANEW, True),
        (RENAMED + BARE + ANEW, False),
        ('op.alter_column("orders", "mood", type_=sa.Text(), postgresql_using="mood::text")', False),
    ],
)  # fmt: skip
def test_a_default_that_using_does_not_convert_is_told(upgrade: str, fails: bool) -> None:
    base = files(one=revision("3f9a1c07be52", None, TABLE))
    two = revision("88d0e2b7a614", "3f9a1c07be52", upgrade)
    said = findings(compare(base, head={"migrations/versions/two.py": two}), "column-type-changed")

    assert any("does not convert the column's default" in f.why for f in said) is fails
    assert said
