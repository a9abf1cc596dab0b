"""Mixins and types of libraries that are the same in every version, as the source that SQLAlchemy would see."""

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
_UTILS_TYPES = """
from sqlalchemy import CHAR, DateTime, JSON, LargeBinary, String, Text, TypeDecorator, Unicode, UnicodeText
from sqlalchemy.dialects.postgresql import TSVECTOR, UUID

class ArrowType(TypeDecorator):
    impl = DateTime

class ChoiceType(TypeDecorator):
    impl = Unicode(255)

    def __init__(self, choices):
        super().__init__()

class ColorType(TypeDecorator):
    impl = Unicode(20)

    def __init__(self):
        super().__init__()

class CountryType(TypeDecorator):
    impl = String(2)

class CurrencyType(TypeDecorator):
    impl = String(3)

class EmailType(TypeDecorator):
    impl = Unicode

    def __init__(self, length=255):
        super().__init__(length=length)

class StringEncryptedType(TypeDecorator):
    impl = String

    def __init__(self, type_in=None, key=None, engine=None, padding=None, **more):
        super().__init__(**more)

class EncryptedType(StringEncryptedType):
    impl = LargeBinary

class IPAddressType(TypeDecorator):
    impl = Unicode(50)

    def __init__(self):
        super().__init__()

class JSONType(TypeDecorator):
    impl = UnicodeText

    def load_dialect_impl(self, dialect):
        return JSON() if dialect.name == "postgresql" else self.impl

class LocaleType(TypeDecorator):
    impl = Unicode(10)

class ScalarListType(TypeDecorator):
    impl = UnicodeText

    def __init__(self, coerce_func=str, separator=","):
        super().__init__()

class TSVectorType(TypeDecorator):
    impl = TSVECTOR

    def __init__(self, *columns, **options):
        super().__init__()

class URLType(TypeDecorator):
    impl = UnicodeText

class UUIDType(TypeDecorator):
    impl = CHAR

    def __init__(self, binary=True):
        super().__init__()

    def load_dialect_impl(self, dialect):
        return UUID() if dialect.name == "postgresql" else as_binary_says
"""
_OSLO_TYPES = """
from sqlalchemy import Integer, Text, TypeDecorator

class JsonEncodedType(TypeDecorator):
    impl = Text

    def __init__(self):
        super().__init__()

class JsonEncodedDict(JsonEncodedType):
    pass

class JsonEncodedList(JsonEncodedType):
    pass

class SoftDeleteInteger(TypeDecorator):
    impl = Integer
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
_OF_UTILS = (
    *("arrow", "choice", "color", "country", "currency", "email", "ip_address", "json", "locale"),
    *("scalar_list", "ts_vector", "url", "uuid", "encrypted.encrypted_type"),
)
SOURCES = {
    "fastapi_users_db_sqlalchemy": _USERS,
    "fastapi_users_db_sqlalchemy.access_token": _TOKENS,
    "neutron_lib.db.model_base": _NEUTRON,
    "oslo_db.sqlalchemy.models": _OSLO,
    "oslo_db.sqlalchemy.types": _OSLO_TYPES,
    "sqlalchemy_utils": _UTILS + _UTILS_TYPES,
    "sqlalchemy_utils.models": _UTILS,
    "sqlalchemy_utils.types": _UTILS_TYPES,
    **{f"sqlalchemy_utils.types.{module}": _UTILS_TYPES for module in _OF_UTILS},
}
"""By the module that is imported; what else it holds is as unknown as before."""
