"""The pull requests of an Alembic split are reviewed like all others: none of them is refused."""

from __future__ import annotations

from analyzers.findings import Finding, Severity
from analyzers.review import review
from tests.support.alembic_trees import compare, files, revision

MODELS = """from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Item(Base):
    __tablename__ = "item"

    id: Mapped[int] = mapped_column(primary_key=True)
    flag: Mapped[bool | None]
"""
FIRST = 'op.create_table("item", sa.Column("id", sa.Integer, primary_key=True), sa.Column("flag", sa.Boolean))'
BASE = {**files(one=revision("3f9a1c07be52", None, FIRST)), "shop/models.py": MODELS}
NEW = MODELS + "    qty: Mapped[int] = mapped_column(default=3)\n"
ADD = 'op.add_column("item", sa.Column("qty", sa.Integer, nullable=False))'
DEMAND = 'op.alter_column("item", "{}", existing_type=sa.Integer(), nullable=False)'


def said(base: dict[str, str], head: dict[str, str]) -> list[Finding]:
    found = review(compare(base, head=head), sql=False).findings
    return [f for f in found if f.severity is not Severity.INFO]


def two(upgrade: str) -> str:
    return revision("88d0e2b7a614", "3f9a1c07be52", upgrade, 'op.drop_column("item", "qty")')


def test_no_step_of_a_split_is_an_error() -> None:
    """The models that fill the column were refused, and so was the end that demands it."""
    head = {"migrations/versions/two.py": two(ADD), "shop/models.py": NEW}
    steps = review(compare(BASE, head=head), sql=False).split.steps
    done, errors, warnings = dict(BASE), [], []
    for step in steps:
        here = {path: step.files.get(path, head.get(path, "")) for path in step.paths}
        found = said(done, here)
        errors += [f for f in found if f.severity is Severity.ERROR]
        warnings += [f.rule for f in found]
        done |= here

    assert len(steps) == 4
    assert errors == []
    assert {"missing-migration", "column-made-not-null"} <= {*warnings}


def test_no_step_of_a_split_that_demands_what_stands_is_an_error() -> None:
    """The models say NOT NULL first, with a comment why; the last step takes it out again, and asks for no further split."""
    closed = MODELS.replace("bool | None]", "bool] = mapped_column(\n    )")
    head = {"migrations/versions/two.py": two(DEMAND.format("flag")), "shop/models.py": closed}
    steps = review(compare(BASE, head=head), sql=False).split.steps
    done, errors, warnings, splits = dict(BASE), [], [], []
    for step in steps:
        here = {path: step.files.get(path, head.get(path, "")) for path in step.paths}
        told = review(compare(done, head=here), sql=False)
        errors += [f.rule for f in told.findings if f.severity is Severity.ERROR and not f.accepted]
        warnings += [f.rule for f in told.findings if f.severity is Severity.WARNING]
        splits.append(told.split.needed)
        done |= here

    assert [step.kind for step in steps] == ["model", "data", "migration"]
    assert "ignore[missing-migration]" in steps[0].files["shop/models.py"]
    assert errors == []
    assert warnings == ["column-made-not-null"]
    assert splits == [False, False, False]
    assert done["shop/models.py"] == closed


def test_a_check_that_comes_and_goes_is_not_taken_back() -> None:
    """It proves to PostgreSQL that there is no NULL, and is gone when the revision has run."""
    closed = MODELS.replace("bool | None", "bool")
    head = {"migrations/versions/two.py": two(DEMAND.format("flag")), "shop/models.py": closed}
    *others, last = review(compare(BASE, head=head), sql=False).split.steps
    before = BASE | {path: text for step in others for path, text in step.files.items()}
    way_back = review(compare(before, head=dict(last.files)), sql=False).rollback

    assert "drop_constraint" in "".join(last.files.values())
    assert way_back is not None
    assert way_back.notes == (
        "Rolling back the code alone is not safe: the old code may fail on the new schema (alters item.flag).",
    )


def test_what_the_models_of_the_base_leave_open_stays_an_error() -> None:
    """A revision that was forgotten, and NOT NULL for code that may write NULL."""
    closed = MODELS.replace("bool | None", "bool")
    forgotten = said(BASE, {"shop/models.py": closed})
    demanded = said(
        BASE, {"migrations/versions/two.py": two(DEMAND.format("flag")), "shop/models.py": closed}
    )

    assert [(f.rule, f.severity) for f in forgotten] == [("missing-migration", Severity.ERROR)]
    assert ("column-made-not-null", Severity.ERROR) in {(f.rule, f.severity) for f in demanded}


def test_a_table_that_leaves_a_view_of_its_columns_is_no_error() -> None:
    """Views that are written for a split name the columns one by one."""
    renamed = MODELS.replace('"item"', '"goods"')
    head = {
        "migrations/versions/two.py": two('op.rename_table("item", "goods")'),
        "shop/models.py": renamed,
    }
    first = review(compare(BASE, head=head), sql=False).split.steps[0]
    (text,) = first.files.values()

    assert "SELECT id, flag FROM goods" in text
    assert [f.rule for f in said(BASE, dict(first.files))] == []
    without = {path: body.replace("id, flag", "id") for path, body in first.files.items()}
    assert [f.rule for f in said(BASE, without)] == ["table-renamed"]
