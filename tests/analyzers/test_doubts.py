"""Changed fields of which nobody can say whether a migration is due: shown as unknown, and only those."""

from __future__ import annotations

import pytest

from analyzers.config import Config
from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree
from tests.support.alembic_trees import files, revision
from tests.support.lacking_worlds import INITIAL, MODELS, PROJECT, lacking

NUMBER = "number = models.CharField(max_length=20)"
IMPORTED = MODELS.replace(
    "from django.db import models\n",
    "from django.db import models\nfrom elsewhere import Length, Numbers, PATTERN, made\n",
)
DOUBT = "Whether the change of `Order.number` ({}) needs a migration is not known: it hangs on code that is not read."


def with_number(written: str) -> dict[str, str]:
    return {"shop/models.py": IMPORTED.replace(NUMBER, f"number = {written}")}


def unknown(base: dict[str, str], head: dict[str, str]) -> list[str]:
    old, new = MemoryTree(base), MemoryTree({**base, **head})
    comparison = Comparison(merge_base=old, base=old, head=new, merged=new)
    return [u.reason for u in review(comparison, Config()).unknown]


@pytest.mark.parametrize(
    ("written", "part"),
    [
        ("models.CharField(max_length=made())", "`max_length`"),
        ("models.CharField(max_length=20, validators=[made(PATTERN)])", "`validators`"),
        ("Numbers.Field(max_length=20)", "its class"),
        ("Numbers(max_length=20)", "what makes it"),
        ("made(20)", "what makes it"),
    ],
)
def test_a_change_that_hangs_on_unread_code_is_shown(written: str, part: str) -> None:
    head = with_number(written)

    assert unknown(PROJECT, head) == [DOUBT.format(part)]
    assert lacking(PROJECT, dict(head)) == []
    # As it was on the base already, it is nobody's change.
    assert unknown({**PROJECT, **head}, {"shop/views.py": "x = 1\n"}) == []
    longer = {"shop/models.py": head["shop/models.py"] + "\n    class Again:\n        pass\n"}
    assert unknown({**PROJECT, **head}, longer) == []


@pytest.mark.parametrize(
    "written",
    [
        "models.CharField(max_length=30)",
        "models.CharField(max_length=20)",
        "models.CharField('number', max_length=20)",
    ],
)
def test_a_change_that_can_be_judged_is_no_doubt(written: str) -> None:
    assert unknown(PROJECT, with_number(written)) == []


@pytest.mark.parametrize("written", ["property(len)", "'none'", "models.Manager()", "len('x')"])
def test_what_is_surely_no_field_takes_the_place_of_one(written: str) -> None:
    (finding,) = lacking(PROJECT, dict(with_number(written)))
    assert "the field number is gone" in finding.message


def test_what_a_new_migration_says_of_the_field_is_taken_for_its_answer() -> None:
    migration = INITIAL.replace("initial = True", "").replace(
        "dependencies = []", 'dependencies = [("shop", "0001_initial")]'
    )
    operations = migration.index("    operations")
    alter = (
        '    operations = [migrations.AlterField("order", "number", '
        "models.CharField(max_length=40))]\n"
    )
    head = with_number("models.CharField(max_length=made())")
    head["shop/migrations/0002_longer.py"] = migration[:operations] + alter

    assert unknown(PROJECT, head) == []


def test_choices_that_part_only_far_behind_are_others() -> None:
    """However long the list is, and however far it was behind already."""
    listed = [(f"kind-{n:03}", f"The kind {n:03}") for n in range(100)]
    start = {
        **PROJECT,
        "shop/models.py": MODELS.replace("State.choices", repr(listed[:-1])),
        "shop/migrations/0001_initial.py": INITIAL.replace(
            '[("new", "New"), ("paid", "Paid")]', repr(listed[:-2])
        ),
    }
    head = {"shop/models.py": MODELS.replace("State.choices", repr(listed))}

    (finding,) = lacking(start, dict(head))
    assert "choices of the field state" in finding.message
    assert lacking(start, {"shop/views.py": "x = 1\n"}) == []


OWN = """from sqlalchemy import Column, Integer, String
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    pass


class Other(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)


class Note(Other):
    __tablename__ = "notes"
    id = Column(Integer, primary_key=True)
"""


def test_models_that_no_revisions_are_compared_with_are_shown_where_they_change() -> None:
    first = 'op.create_table("orders", sa.Column("id", sa.Integer(), primary_key=True))'
    start = {**files(one=revision("3f9a1c07be52", None, first)), "shop/models.py": OWN}
    loose = {"shop/models.py": f"{OWN}    text = Column(String)\n"}
    kept = {"shop/models.py": f"{OWN}\n\nclass Plain:\n    pass\n"}
    more = "".join(
        OWN[OWN.index("\n\nclass Note") :].replace("notes", f"notes{n}").replace("Note", f"Note{n}")
        for n in range(4)
    )

    assert unknown(start, loose) == [
        "Whether `notes` needs a revision is not known: no revision is seen to make a table of its declarative base."
    ]
    assert unknown(start, kept) == []
    (said,) = unknown(start, {"shop/models.py": OWN + more})
    assert "`notes0`, `notes1`, `notes2` and 1 more need a revision" in said
