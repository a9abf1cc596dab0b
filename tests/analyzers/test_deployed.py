"""What is dropped while the code that runs still knows it, though the base has forgotten it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import pytest

from analyzers.findings import Finding, Severity
from analyzers.review import review
from analyzers.trees import Comparison, Deployed, MemoryTree
from tests.support.alembic_trees import files, revision
from tests.support.lacking_worlds import INITIAL, MODELS, PROJECT

STATE = "    state = models.CharField(max_length=10, choices=State.choices, default=State.NEW)\n"
ORDER = MODELS[MODELS.index("class Order") :]
MAPPED = """from sqlalchemy import Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Note(Base):
    __tablename__ = "note"

    id: Mapped[int] = mapped_column(primary_key=True)


class Order(Base):
    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(Text)
"""
TABLES = """op.create_table("note", sa.Column("id", sa.Integer, primary_key=True))
op.create_table("orders", sa.Column("id", sa.Integer, primary_key=True), sa.Column("state", sa.Text, nullable=False))"""
ALEMBIC = {**files(one=revision("3f9a1c07be52", None, TABLES)), "app/models.py": MAPPED}


def migration(after: str, operations: str) -> str:
    head = INITIAL.partition("    initial")[0]
    return f'{head}    dependencies = [("shop", "{after}")]\n    operations = [{operations}]\n'


def in_state(operation: str) -> str:
    return migration(
        "0001_initial", f"migrations.SeparateDatabaseAndState(state_operations=[{operation}])"
    )


class Way(NamedTuple):
    """A way to take something away, or to demand it, in two pull requests."""

    before: Mapping[str, str]
    first: Mapping[str, str]
    """What the first one changes."""
    second: Mapping[str, str]
    """What the second one brings."""
    what: str


WAYS = {
    "Django's column, state first": Way(
        PROJECT,
        {
            "shop/models.py": MODELS.replace(STATE, ""),
            "shop/migrations/0002_state.py": in_state('migrations.RemoveField("order", "state")'),
        },
        {
            "shop/migrations/0003_drop.py": migration(
                "0002_state", 'migrations.RunSQL("ALTER TABLE shop_order DROP COLUMN state")'
            )
        },
        "`shop_order.state`",
    ),
    "Django's column, models first": Way(
        PROJECT,
        {"shop/models.py": MODELS.replace(STATE, "")},
        {
            "shop/migrations/0002_drop.py": migration(
                "0001_initial", 'migrations.RemoveField("order", "state")'
            )
        },
        "`shop_order.state`",
    ),
    "Django's table": Way(
        PROJECT,
        {
            "shop/models.py": MODELS.replace(ORDER, ""),
            "shop/migrations/0002_state.py": in_state('migrations.DeleteModel("order")'),
        },
        {
            "shop/migrations/0003_drop.py": migration(
                "0002_state", 'migrations.RunSQL("DROP TABLE shop_order")'
            )
        },
        "`shop_order`",
    ),
    "Alembic's column": Way(
        ALEMBIC,
        {"app/models.py": MAPPED.replace("    state: Mapped[str] = mapped_column(Text)\n", "")},
        {
            "migrations/versions/two.py": revision(
                "88d0e2b7a614", "3f9a1c07be52", 'op.drop_column("orders", "state")'
            )
        },
        "`orders.state`",
    ),
    "Alembic's table": Way(
        ALEMBIC,
        {"app/models.py": MAPPED[: MAPPED.index("\n\nclass Order")]},
        {
            "migrations/versions/two.py": revision(
                "88d0e2b7a614", "3f9a1c07be52", 'op.drop_table("orders")'
            )
        },
        "`orders`",
    ),
}
NOTE = 'migrations.AddField("order", "note", models.TextField(null=True))'
NULLABLE = "    note: Mapped[str | None] = mapped_column(Text)\n"
ADDED = {
    "shop/models.py": MODELS.replace(STATE, STATE + "    note = models.TextField(null=True)\n"),
    "shop/migrations/0002_note.py": migration("0001_initial", NOTE),
}
MAPPED_NOTE = {
    "app/models.py": MAPPED + NULLABLE,
    "migrations/versions/two.py": revision(
        "88d0e2b7a614", "3f9a1c07be52", 'op.add_column("orders", sa.Column("note", sa.Text))'
    ),
}
CHECK = "ALTER TABLE shop_order ADD CONSTRAINT given CHECK (note IS NOT NULL) NOT VALID"
DEMANDS = {
    "Django's CHECK": Way(
        PROJECT,
        ADDED,
        {"shop/migrations/0003_given.py": migration("0002_note", f'migrations.RunSQL("{CHECK}")')},
        "`shop_order.note`",
    ),
    "Django's NOT NULL": Way(
        PROJECT,
        ADDED,
        {
            "shop/models.py": ADDED["shop/models.py"].replace("null=True", ""),
            "shop/migrations/0003_given.py": migration(
                "0002_note", 'migrations.AlterField("order", "note", models.TextField())'
            ),
        },
        "`shop_order.note`",
    ),
    "Alembic's CHECK": Way(
        ALEMBIC,
        MAPPED_NOTE,
        {
            "migrations/versions/three.py": revision(
                "1c07be523f9a",
                "88d0e2b7a614",
                'op.create_check_constraint("given", "orders", "note IS NOT NULL", postgresql_not_valid=True)',
            )
        },
        "`orders.note`",
    ),
    "Alembic's NOT NULL": Way(
        ALEMBIC,
        MAPPED_NOTE,
        {
            "app/models.py": MAPPED_NOTE["app/models.py"].replace("str | None", "str"),
            "migrations/versions/three.py": revision(
                "1c07be523f9a", "88d0e2b7a614", 'op.alter_column("orders", "note", nullable=False)'
            ),
        },
        "`orders.note`",
    ),
}
EVERY_DEMAND = pytest.mark.parametrize("way", DEMANDS.values(), ids=DEMANDS)
EVERY_WAY = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


def second(way: Way) -> Comparison:
    """The second pull request, with the first one merged."""
    base = MemoryTree({**way.before, **way.first})
    head = MemoryTree({**way.before, **way.first, **way.second})
    return Comparison(merge_base=base, base=base, head=head, merged=head)


def both(way: Way) -> Comparison:
    """Both in one pull request."""
    base = MemoryTree({**way.before})
    head = MemoryTree({**way.before, **way.first, **way.second})
    return Comparison(merge_base=base, base=base, head=head, merged=head)


def about_old_code(comparison: Comparison, running: Mapping[str, str] | None) -> list[Finding]:
    deployed = Deployed(name="production", tree=MemoryTree(running)) if running else None
    return [
        finding
        for finding in review(replace(comparison, deployed=deployed)).findings
        if finding.rule in {"split-not-finished", "column-removed", "table-removed"}
    ]


@EVERY_WAY
def test_what_is_merged_and_not_deployed_is_waited_for(way: Way) -> None:
    (finding,) = about_old_code(second(way), way.before)

    assert finding.rule == "split-not-finished"
    assert finding.severity is Severity.ERROR
    assert (
        f"{way.what} is dropped, and the code that runs (production) still knows it"
        in finding.message
    )
    assert finding.place.path in way.second


@EVERY_DEMAND
def test_what_running_code_does_not_know_is_not_demanded_of_it(way: Way) -> None:
    (finding,) = about_old_code(second(way), way.before)

    assert finding.rule == "split-not-finished"
    assert finding.severity is Severity.ERROR
    assert f"{way.what} may not be NULL any more, and the code that runs" in finding.message
    assert finding.place.path in way.second
    assert about_old_code(second(way), {**way.before, **way.first}) == []
    assert about_old_code(second(way), None) == []


def test_what_the_database_fills_is_demanded_of_nobody() -> None:
    way = DEMANDS["Alembic's CHECK"]
    path = "migrations/versions/two.py"
    filled = way.first[path].replace("sa.Text)", 'sa.Text, server_default="")')
    assert filled != way.first[path]

    assert about_old_code(second(way._replace(first={**way.first, path: filled})), way.before) == []


@EVERY_WAY
def test_once_it_is_deployed_there_is_nothing_to_wait_for(way: Way) -> None:
    assert about_old_code(second(way), {**way.before, **way.first}) == []


@EVERY_WAY
def test_without_a_word_on_what_runs_it_is_the_base(way: Way) -> None:
    assert about_old_code(second(way), None) == []


@EVERY_WAY
def test_both_halves_at_once_are_told_once(way: Way) -> None:
    """The base knows it as well: that is said of the base."""
    (finding,) = about_old_code(both(way), way.before)

    assert finding.rule in {"column-removed", "table-removed"}


@EVERY_WAY
def test_where_nobody_can_say_what_runs_that_is_told(way: Way) -> None:
    deployed = Deployed(name="production", tree=None, why="nothing was deployed there.")
    told = review(replace(second(way), deployed=deployed)).unknown

    assert [u.place.path for u in told] == [*way.second]
    assert "nothing was deployed there." in told[0].reason
    assert review(second(way)).unknown == ()
