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


OWN = MODELS.replace("class Node(Base):", "class Node(kept.Versioned, Base):").replace(
    "from sqlalchemy ", "import kept\nfrom sqlalchemy "
)
GONE = OWN.replace("    shard = Column(String(9))\n", "").replace(
    'UniqueConstraint("shard", name="uniq_shard"), ', ""
)


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (GONE, True),
        (GONE.replace("kept.Versioned, Base", "kept.Versioned, kept.Sharded, Base"), False),
        (GONE.replace("kept.Versioned, Base", "kept.Other, Base"), False),
        (GONE + "    more = kept.column()\n", False),
    ],
    ids=["the same parents", "one more", "another", "a column that is not known"],
)
def test_what_a_class_gives_up_is_gone_where_its_unknown_parents_stay(
    after: str, told: bool
) -> None:
    message = "Column `shard` of `nodes` is gone from the models, and no revision says so."

    assert (message in [message for message, _ in said(OWN, after)]) is told


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


USERS = """from fastapi_users_db_sqlalchemy import (
    SQLAlchemyBaseOAuthAccountTableUUID,
    SQLAlchemyBaseUserTable,
    SQLAlchemyBaseUserTableUUID,
)
from fastapi_users_db_sqlalchemy.access_token import SQLAlchemyBaseAccessTokenTableUUID
from sqlalchemy import Column, Integer, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class User(SQLAlchemyBaseUserTableUUID, Base):
    nickname: Mapped[str | None] = mapped_column(String(9))


class Account(SQLAlchemyBaseOAuthAccountTableUUID, Base):
    access_token: Mapped[str] = mapped_column(Text)


class Token(SQLAlchemyBaseAccessTokenTableUUID, Base):
    pass
"""
MEMBERS = (
    USERS
    + """

class Member(SQLAlchemyBaseUserTable[int], Base):
    __tablename__ = "members"
    id: Mapped[int] = mapped_column(primary_key=True)
"""
)
OF_A_USER = """
    sa.Column("email", sa.String(length=320), nullable=False),
    sa.Column("hashed_password", sa.String(length=1024), nullable=False),
    sa.Column("is_active", sa.Boolean(), nullable=False),
    sa.Column("is_superuser", sa.Boolean(), nullable=False),
    sa.Column("is_verified", sa.Boolean(), nullable=False),
"""
THREE = revision(
    "3f9a1c07be52",
    None,
    f"""op.create_table(
    "user",
    {OF_A_USER.strip()}
    sa.Column("id", {{key}}, nullable=False),
    sa.Column("nickname", sa.String(9)),
    sa.PrimaryKeyConstraint("id"),
)
op.create_index("ix_user_email", "user", ["email"], unique=True)
op.create_table(
    "oauth_account",
    sa.Column("id", {{key}}, nullable=False),
    sa.Column("user_id", {{key}}, nullable=False),
    sa.Column("oauth_name", sa.String(length=100), nullable=False),
    sa.Column("access_token", sa.Text(), nullable=False),
    sa.Column("expires_at", sa.Integer(), nullable=True),
    sa.Column("refresh_token", sa.String(length=1024), nullable=True),
    sa.Column("account_id", sa.String(length=320), nullable=False),
    sa.Column("account_email", sa.String(length=320), nullable=False),
    sa.ForeignKeyConstraint(["user_id"], ["user.id"], ondelete="cascade"),
    sa.PrimaryKeyConstraint("id"),
)
op.create_index("ix_oauth_account_oauth_name", "oauth_account", ["oauth_name"])
op.create_index("ix_oauth_account_account_id", "oauth_account", ["account_id"])
op.create_table(
    "accesstoken",
    sa.Column("user_id", {{key}}, nullable=False),
    sa.Column("token", sa.String(length=43), nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(["user_id"], ["user.id"], ondelete="cascade"),
    sa.PrimaryKeyConstraint("token"),
)
op.create_index("ix_accesstoken_created_at", "accesstoken", ["created_at"])
op.create_table(
    "members",
    {OF_A_USER.strip()}
    sa.Column("id", sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint("id"),
)
op.create_index("ix_members_email", "members", ["email"], unique=True)""",
)


@pytest.mark.parametrize(
    "key", ["sa.UUID()", "fastapi_users_db_sqlalchemy.generics.GUID()", "sa.CHAR(36)"]
)
def test_the_tables_of_users_that_a_library_brings(key: str) -> None:
    """All of them new in the models, with the revision that makes them: nothing is missing."""
    head = {PATH: MEMBERS, "migrations/versions/one.py": THREE.format(key=key)}

    assert findings(compare({PATH: "", **files()}, head=head), "missing-migration") == []


def test_a_column_beside_those_of_the_library() -> None:
    base = {**files(one=THREE.format(key="sa.UUID()")), PATH: USERS}
    more = USERS.replace(
        "    nickname:", "    note: Mapped[str | None] = mapped_column(Text)\n    nickname:"
    )

    (finding,) = findings(compare(base, head={PATH: more}), "missing-migration")
    assert (
        finding.message == "Column `note` of `user` is new in the models, and no revision says so."
    )


KEYED = """import sqlalchemy_utils

op.create_table(
    "orders",
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("buyer", sqlalchemy_utils.types.uuid.UUIDType(binary=False), nullable=True),
)"""
BUYERS = """from sqlalchemy import Column, Integer
from sqlalchemy.orm import declarative_base
from sqlalchemy_utils import UUIDType

Base = declarative_base()


class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
    buyer = Column(UUIDType(binary=False), nullable=True)
"""


def test_types_of_libraries_in_revisions_are_what_the_database_has() -> None:
    base = {**files(one=revision("3f9a1c07be52", None, KEYED)), PATH: BUYERS}
    head = {PATH: BUYERS.replace("nullable=True", "nullable=False")}

    (found,) = findings(compare(base, head=head), "missing-migration")
    (file,) = found.new_files
    assert 'op.alter_column("orders", "buyer", existing_type=sa.Uuid(), ' in file.content

    longer = 'op.alter_column("orders", "buyer", type_=sa.String(36))'
    two = {"migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", longer)}
    (said,) = findings(compare(base, head=two), "column-type-changed")
    assert said.message.startswith("`orders.buyer` changes from uuid to varchar(36)")
