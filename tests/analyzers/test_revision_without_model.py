"""Revisions that make what no model has: said where the table's model is whole, and nowhere else."""

from __future__ import annotations

import pytest

from analyzers.findings import Finding, Severity
from tests.support.alembic_trees import compare, files, findings, revision

MODELS = """from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(Text)
"""
FIRST = revision(
    "3f9a1c07be52",
    None,
    'op.create_table("orders", sa.Column("id", sa.Integer, primary_key=True), sa.Column("number", sa.Text, nullable=False))',
)
PATH = "migrations/versions/two.py"


STATE = 'op.add_column("orders", sa.Column("state", sa.Text))'
NOTE = 'op.add_column("orders", sa.Column("note", sa.Text))'
MIXIN = """class Noted:
    kinds = ("a", "b")

    @declared_attr
    def note(cls):
        if len(cls.kinds) > 1:
            return mapped_column(Text)
        return None


"""
CHANGED = MODELS + "    state: Mapped[str | None] = mapped_column(Text)\n"


def lacking(upgrade: str, models: str = CHANGED, first: str = FIRST) -> list[Finding]:
    """What is missing where a revision with *upgrade* comes, and the models become *models*."""
    base = {**files(one=first), "app/models.py": MODELS}
    second = revision("88d0e2b7a614", "3f9a1c07be52", upgrade)
    return findings(
        compare(base, head={PATH: second, "app/models.py": models}), "missing-migration"
    )


@pytest.mark.parametrize(
    ("upgrade", "words", "severity"),
    [
        (NOTE, "the column `note` of `orders`", Severity.WARNING),
        (
            'op.add_column("orders", sa.Column("note", sa.Text, nullable=False))',
            "the column `note` of `orders`",
            Severity.ERROR,
        ),
    ],
)
def test_what_a_changed_model_does_not_have_is_said_at_the_operation(
    upgrade: str, words: str, severity: Severity
) -> None:
    """It is an error where the code's own rows are refused; nothing that drops it again is offered."""
    (finding,) = lacking(f"{STATE}\n{upgrade}")

    assert words in finding.message
    assert "its model does not have it" in finding.message
    assert finding.severity is severity
    assert finding.place.path == PATH
    assert not finding.operations
    assert not finding.new_files


def test_a_new_table_with_a_column_that_its_new_model_lacks() -> None:
    """The class lost the column after the revision was made, or never had it."""
    note = 'sa.Column("id", sa.Integer, primary_key=True), sa.Column("old", sa.Text)'
    model = '\n\nclass Note(Base):\n    __tablename__ = "notes"\n\n    id: Mapped[int] = mapped_column(primary_key=True)\n'

    (finding,) = lacking(f'op.create_table("notes", {note})', MODELS + model)

    assert "the column `old` of `notes`" in finding.message


@pytest.mark.parametrize(
    ("upgrade", "models"),
    [
        (STATE, CHANGED),
        (NOTE, MODELS),
        ('op.create_table("notes", sa.Column("id", sa.Integer, primary_key=True))', MODELS),
        (f"{STATE}\n{NOTE}", CHANGED.replace("class Order(Base)", "class Order(Noted, Base)")),
        (
            f"{STATE}\n{NOTE}",
            CHANGED.replace("class Order(Base)", f"{MIXIN}class Order(Noted, Base)"),
        ),
    ],
    ids=[
        "the same",
        "a revision alone",
        "a table alone",
        "a base that is not known",
        "a mixin's method",
    ],
)
def test_where_nobody_was_mistaken_nothing_is_said(upgrade: str, models: str) -> None:
    """A revision alone is the first half of a change in two steps."""
    assert not lacking(upgrade, models)


def test_where_only_revisions_know_some_columns_nothing_is_said() -> None:
    """The base has one already that no model shows."""
    first = FIRST.replace("nullable=False)", 'nullable=False), sa.Column("older", sa.Text)', 1)
    assert "older" in first

    assert not lacking(f"{STATE}\n{NOTE}", first=first)


def test_libraries_make_indexes_and_constraints_of_their_own() -> None:
    """No model has to show them."""
    assert not lacking(f'{STATE}\nop.create_index("by_number", "orders", ["number"])')


INDEXED = CHANGED.replace(
    '__tablename__ = "orders"',
    '__tablename__ = "orders"\n    __table_args__ = (Index("by_state", "state"),)',
).replace("import ForeignKey,", "import ForeignKey, Index,")


def test_where_a_parent_is_missing_nothing_is_missing_besides() -> None:
    """Alembic does not load such revisions: the parent is told, and what they make is not asked for."""
    base = {**files(one=FIRST), "app/models.py": MODELS}
    for parent, missing in (("3f9a1c07be52", 1), ("000000000000", 0)):
        head = {PATH: revision("88d0e2b7a614", parent, STATE), "app/models.py": INDEXED}
        found = compare(base, head=head)
        assert len(findings(found, "missing-migration")) == missing
        assert bool(findings(found, "missing-parent")) == (not missing)


def test_an_index_that_a_statement_makes_under_a_condition_is_not_missing() -> None:
    """Which environments have it only they know."""
    sql = "op.execute('CREATE INDEX CONCURRENTLY by_state ON orders (state)')"
    condition = f"if environ.get('PLACE') != 'test':\n        {sql}"

    assert lacking(STATE, INDEXED)
    assert not lacking(f"{STATE}\n{condition}", INDEXED)
