"""What ``from sqlalchemy import *`` brings: SQLAlchemy's own names."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import ModuleType

from analyzers.read.values import Ref


@cache
def star_of(dotted: str) -> Mapping[str, Ref]:
    """The names that an import of everything takes from the module *dotted*; none where that is not SQLAlchemy's."""
    if not dotted.startswith("sqlalchemy"):
        return {}
    import sqlalchemy
    from sqlalchemy import orm, schema, sql, types
    from sqlalchemy.dialects import mysql, postgresql
    from sqlalchemy.ext import declarative

    homes: dict[str, ModuleType] = {
        "sqlalchemy": sqlalchemy,
        "sqlalchemy.dialects.mysql": mysql,
        "sqlalchemy.dialects.postgresql": postgresql,
        "sqlalchemy.ext.declarative": declarative,
        "sqlalchemy.orm": orm,
        "sqlalchemy.schema": schema,
        "sqlalchemy.sql": sql,
        "sqlalchemy.types": types,
    }
    home = homes.get(dotted)
    if home is None:
        return {}
    names = getattr(home, "__all__", None) or [n for n in dir(home) if not n.startswith("_")]
    return {name: Ref(f"{dotted}.{name}") for name in names}
