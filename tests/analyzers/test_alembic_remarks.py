"""Comments and defaults that models say anew of what is there: `alembic check` fails of them."""

from __future__ import annotations

import pytest

from analyzers.findings import Severity
from tests.support.alembic_trees import ENV, INI, compare, files, findings, revision

TABLE = """op.create_table(
    "orders",
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("sku", sa.String(40){}),
)"""
MODELS = """import sqlalchemy as sa
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Order(Base):
    __tablename__ = "orders"
    __table_args__ = {{{args}}}
    id = sa.Column(sa.Integer, primary_key=True)
    sku = sa.Column(sa.String(40){column})
"""
PATH, TWO = "shop/models.py", "migrations/versions/two.py"
COMPARES = {
    "migrations/env.py": ENV.replace("configure(", "configure(compare_server_default=True, ")
}


def models(column: str = "", args: str = "") -> str:
    return MODELS.format(column=column, args=args)


def start(column: str = "", args: str = "") -> dict[str, str]:
    made = TABLE.format(column) + "\nop.create_table_comment('orders', 'all')" * bool(args)
    return {**files(one=revision("3f9a1c07be52", None, made)), PATH: models(column, args)}


@pytest.mark.parametrize("batches", [False, True])
@pytest.mark.parametrize(
    ("before", "after", "up", "down"),
    [
        (("", ""), (", comment='it'", ""), "comment='it'", "comment=None, existing_comment='it'"),
        (
            (", comment='it'", ""),
            (", comment='us'", ""),
            "comment='us', existing_comment='it'",
            "comment='it', existing_comment='us'",
        ),
        (
            ("", "'comment': 'all'"),
            ("", "'comment': 'some'"),
            "'some', existing_comment='all'",
            "'all', existing_comment='some'",
        ),
        (
            ("", ""),
            ("", "'comment': 'some'"),
            "'some'",
            "existing_comment='some'",
        ),
    ],
)
def test_another_comment_is_a_warning(
    before: tuple[str, str], after: tuple[str, str], up: str, down: str, batches: bool
) -> None:
    base, head = start(*before), {PATH: models(*after)}
    if batches:
        base["migrations/env.py"] = ENV.replace("configure(", "configure(render_as_batch=True, ")
    (found,) = findings(compare(base, head=head), "missing-migration")

    assert found.severity is Severity.WARNING
    (file,) = found.new_files
    there, _, back = file.content.partition("def downgrade")
    assert up in there
    assert down in back
    assert not findings(compare(base, head={**head, file.path: file.content}), "missing-migration")


@pytest.mark.parametrize(
    ("column", "stays"),
    [
        ("id = sa.Column(sa.Integer, primary_key=True", "autoincrement=True"),
        ("sku = sa.Column(sa.String(40)", "existing_server_default=sa.text(\"'x'\")"),
    ],
)
def test_what_mysql_would_lose_is_said_again(column: str, stays: str) -> None:
    base = start(", server_default='x'")
    head = {PATH: base[PATH].replace(column, f"{column}, comment='it'")}
    (found,) = findings(compare(base, head=head), "missing-migration")

    assert found.new_files[0].content.count(stays) == 2


@pytest.mark.parametrize(
    ("column", "args", "two"),
    [
        # A revision says it, in whichever way.
        (", comment='it'", "", "op.alter_column('orders', 'sku', comment='it')"),
        (", comment='it'", "", "op.execute(\"COMMENT ON COLUMN orders.sku IS 'it'\")"),
        ("", "'comment': 'it'", "op.create_table_comment('orders', 'it')"),
        # What it is called cannot be known, or it is for programs alone.
        (", comment=told()", "", ""),
        (", doc='it', info={'comment': 'it'}", "", ""),
    ],
)
def test_a_comment_that_is_said_or_not_known_is_silent(column: str, args: str, two: str) -> None:
    head = {PATH: models(column, args)}
    if two:
        head[TWO] = revision("88d0e2b7a614", "3f9a1c07be52", two)

    assert not findings(compare(start(), head=head), "missing-migration")


def test_sqlite_has_no_comments() -> None:
    base = {**start(), "alembic.ini": INI.replace("postgresql", "sqlite")}

    assert not findings(compare(base, head={PATH: models(", comment='it'")}), "missing-migration")


def test_what_a_revision_has_said_all_along_is_not_told() -> None:
    base = {**start(", comment='it'"), PATH: models()}

    assert not findings(compare(base, head={PATH: models(", comment='it'")}), "missing-migration")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("", ", server_default='x'", Severity.WARNING),
        (", server_default='y'", ", server_default='x'", Severity.WARNING),
        (", nullable=False", ", nullable=False, server_default='x'", Severity.ERROR),
        (", server_default='x'", ", server_default=sa.text(\"'x'\")", None),
        (", server_default='0'", ", server_default=sa.text('0')", None),
        ("", ", server_default=sa.func.now()", None),
        (", server_default='x'", "", None),
    ],
)
def test_another_default_is_told_where_env_compares_them(
    before: str, after: str, told: Severity | None
) -> None:
    base, head = {**start(before), **COMPARES}, {PATH: models(after)}
    found = findings(compare(base, head=head), "missing-migration")

    assert [f.severity for f in found] == [told] * (told is not None)
    assert not findings(compare(start(before), head=head), "missing-migration")
    for file in (f.new_files[0] for f in found):
        there, _, back = file.content.partition("def downgrade")
        assert "server_default=sa.text(\"'x'\")" in there
        assert "server_default=" in back
        again = {**head, file.path: file.content}
        assert not findings(compare(base, head=again), "missing-migration")
