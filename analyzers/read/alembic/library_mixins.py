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
SOURCES = {
    "neutron_lib.db.model_base": _NEUTRON,
    "oslo_db.sqlalchemy.models": _OSLO,
    "sqlalchemy_utils": _UTILS,
    "sqlalchemy_utils.models": _UTILS,
}
"""By the module that is imported; what else it holds is as unknown as before."""
