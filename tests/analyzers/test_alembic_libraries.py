"""Models on what libraries bring: mixins whose columns are the same in every version, options from functions."""

from __future__ import annotations

import pytest

from tests.support.alembic_trees import compare, files, findings, revision

ONE = revision(
    "3f9a1c07be52",
    None,
    """op.create_table(
        "nodes",
        sa.Column("created_at", sa.DateTime()),
        sa.Column("updated_at", sa.DateTime()),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shard", sa.String(9)),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("shard", name="uniq_shard"),
    )""",
)
MODELS = """from oslo_db.sqlalchemy import models
from sqlalchemy import Column, Integer, String, UniqueConstraint
from sqlalchemy.orm import declarative_base

from inventory.config import CONF


def table_args():
    if CONF.connection.startswith("mysql"):
        return {"mysql_engine": CONF.engine}
    return None


class Shared(models.TimestampMixin, models.ModelBase):
    pass


Base = declarative_base(cls=Shared)


class Node(Base):
    __tablename__ = "nodes"
    __table_args__ = (UniqueConstraint("shard", name="uniq_shard"), table_args())

    id = Column(Integer, primary_key=True)
    shard = Column(String(9))
"""
PATH = "inventory/models.py"


def said(before: str, after: str) -> list[tuple[str, int]]:
    base = {**files(one=ONE), PATH: before}
    found = findings(compare(base, head={PATH: after}), "missing-migration")
    return [(f.message, f.place.line) for f in found]


def test_the_columns_of_a_library_s_mixin_are_known() -> None:
    """So what is gone from the models is gone."""
    gone = MODELS.replace("    shard = Column(String(9))\n", "")
    gone = gone.replace('UniqueConstraint("shard", name="uniq_shard"), ', "")

    messages = [message for message, _ in said(MODELS, gone)]

    assert "Column `shard` of `nodes` is gone from the models, and no revision says so." in messages


def test_a_column_of_a_mixin_stands_where_the_class_does() -> None:
    """The library's own file is not in the repository."""
    more = MODELS.replace("class Node(Base):", "class Node(models.SoftDeleteMixin, Base):")
    line = MODELS.splitlines().index("class Node(Base):") + 1

    assert said(MODELS, more) == [
        ("Column `deleted` of `nodes` is new in the models, and no revision says so.", line),
        ("Column `deleted_at` of `nodes` is new in the models, and no revision says so.", line),
    ]


@pytest.mark.parametrize(
    "returned", ['{"schema": CONF.schema}', "CONF.options", '{**CONF.options, "mysql_engine": 1}']
)
def test_options_that_may_be_a_schema_leave_the_table_open(returned: str) -> None:
    other = MODELS.replace('{"mysql_engine": CONF.engine}', returned)
    gone = other.replace("    shard = Column(String(9))\n", "")

    assert said(other, gone) == []


NETWORKS = """from neutron_lib.db import model_base
from sqlalchemy import Column, String


class Quota(model_base.BASEV2, model_base.HasId, model_base.HasProject):
    of = Column(String(9))
"""
TWO = revision(
    "3f9a1c07be52",
    None,
    """op.create_table(
        "quotas",
        sa.Column("project_id", sa.String(255), index=True),
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("of", sa.String(9)),
    )""",
)


def test_a_library_s_base_names_the_tables() -> None:
    base = {**files(one=TWO), PATH: NETWORKS}
    more = NETWORKS + "    note = Column(String(9))\n"

    (finding,) = findings(compare(base, head={PATH: more}), "missing-migration")
    assert (
        finding.message
        == "Column `note` of `quotas` is new in the models, and no revision says so."
    )


def test_what_an_unread_mixin_may_have_brought_is_not_new() -> None:
    """A column that its successor is known to bring."""
    table = TWO.replace('sa.Column("project_id", sa.String(255), index=True),', "")
    before = NETWORKS.replace("HasProject)", "HasProjectOfOld)")
    base = {**files(one=table), PATH: before}

    assert findings(compare(base, head={PATH: NETWORKS}), "missing-migration") == []
