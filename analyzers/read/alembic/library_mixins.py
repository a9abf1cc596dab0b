"""Mixins of libraries that bring the same columns in every version, as the source that SQLAlchemy would see."""

from __future__ import annotations

_OSLO = """
from sqlalchemy import Column, DateTime, Integer

class ModelBase:
    pass

class TimestampMixin:
    created_at = Column(DateTime)
    updated_at = Column(DateTime)

class SoftDeleteMixin:
    deleted_at = Column(DateTime)
    deleted = Column(Integer)
"""
_UTILS = """
from sqlalchemy import Column, DateTime

class Timestamp:
    created = Column(DateTime, nullable=False)
    updated = Column(DateTime, nullable=False)
"""
_NEUTRON = """
from sqlalchemy import Column, String
from sqlalchemy.orm import DeclarativeBase, declared_attr

class HasProject:
    project_id = Column(String(255), index=True)

class HasProjectNoIndex(HasProject):
    project_id = Column(String(255))

class HasProjectPrimaryKey(HasProject):
    project_id = Column(String(255), nullable=False, primary_key=True)

class HasProjectPrimaryKeyIndex(HasProject):
    project_id = Column(String(255), nullable=False, primary_key=True, index=True)

class HasProjectPrimaryUniqueKey(HasProject):
    project_id = Column(String(255), nullable=False, primary_key=True, unique=True)

class HasId:
    id = Column(String(36), primary_key=True, default=str)

class HasStatusDescription:
    status = Column(String(16), nullable=False)
    status_description = Column(String(255))

class NeutronBaseV2:
    @declared_attr
    def __tablename__(cls):
        return cls.__name__.lower() + "s"

class BASEV2(DeclarativeBase, NeutronBaseV2):
    pass
"""
_USERS = """
from fastapi_users_db_sqlalchemy.generics import GUID
from sqlalchemy import Boolean, Column, ForeignKey, Integer, String
from sqlalchemy.orm import declared_attr

class SQLAlchemyBaseUserTable:
    __tablename__ = "user"
    email = Column(String(length=320), unique=True, index=True, nullable=False)
    hashed_password = Column(String(length=1024), nullable=False)
    is_active = Column(Boolean, nullable=False)
    is_superuser = Column(Boolean, nullable=False)
    is_verified = Column(Boolean, nullable=False)

class SQLAlchemyBaseUserTableUUID(SQLAlchemyBaseUserTable):
    id = Column(GUID, primary_key=True)

class SQLAlchemyBaseOAuthAccountTable:
    __tablename__ = "oauth_account"
    oauth_name = Column(String(length=100), index=True, nullable=False)
    access_token = Column(String(length=1024), nullable=False)
    expires_at = Column(Integer, nullable=True)
    refresh_token = Column(String(length=1024), nullable=True)
    account_id = Column(String(length=320), index=True, nullable=False)
    account_email = Column(String(length=320), nullable=False)

class SQLAlchemyBaseOAuthAccountTableUUID(SQLAlchemyBaseOAuthAccountTable):
    id = Column(GUID, primary_key=True)

    @declared_attr
    def user_id(cls):
        return Column(GUID, ForeignKey("user.id", ondelete="cascade"), nullable=False)
"""
_TOKENS = """
from fastapi_users_db_sqlalchemy.generics import GUID, TIMESTAMPAware
from sqlalchemy import Column, ForeignKey, String
from sqlalchemy.orm import declared_attr

class SQLAlchemyBaseAccessTokenTable:
    __tablename__ = "accesstoken"
    token = Column(String(length=43), primary_key=True)
    created_at = Column(TIMESTAMPAware(timezone=True), index=True, nullable=False)

class SQLAlchemyBaseAccessTokenTableUUID(SQLAlchemyBaseAccessTokenTable):
    @declared_attr
    def user_id(cls):
        return Column(GUID, ForeignKey("user.id", ondelete="cascade"), nullable=False)
"""
SOURCES = {
    "fastapi_users_db_sqlalchemy": _USERS,
    "fastapi_users_db_sqlalchemy.access_token": _TOKENS,
    "neutron_lib.db.model_base": _NEUTRON,
    "oslo_db.sqlalchemy.models": _OSLO,
    "sqlalchemy_utils": _UTILS,
    "sqlalchemy_utils.models": _UTILS,
}
"""By the module that is imported; what else it holds is as unknown as before."""
