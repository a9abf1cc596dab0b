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
SOURCES = {
    "oslo_db.sqlalchemy.models": _OSLO,
    "sqlalchemy_utils": _UTILS,
    "sqlalchemy_utils.models": _UTILS,
}
"""By the module that is imported; what else it holds is as unknown as before."""
