"""Names that SQLAlchemy and Flask-SQLAlchemy make: naming conventions, tables of classes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence

from analyzers.read.values import Call, Value

INDEX_NAMES = "ix_%(column_0_label)s"
"""How SQLAlchemy calls indexes where no naming convention says otherwise."""
KEPT = 63
"""Bytes of a name that PostgreSQL keeps."""


def shortened(name: str) -> str:
    """What SQLAlchemy makes of a name of its own (``op.f``, a naming convention) that is too long for PostgreSQL."""
    if len(name) <= KEPT:
        return name
    digest = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()
    return f"{name[: KEPT - 8]}_{digest[-4:]}"


def convention_of(metadata: Value, afterwards: Value = None) -> dict[str, str]:
    """The naming convention that a ``MetaData`` is made with, or is given *afterwards*."""
    found = metadata.get("naming_convention") if isinstance(metadata, Call) else None
    if afterwards is not None:
        found = afterwards
    if not isinstance(found, dict):
        return {}
    return {k: v for k, v in found.items() if isinstance(k, str) and isinstance(v, str)}


def schema_of(metadata: Value) -> str | None:
    """The schema that ``MetaData(schema=...)`` gives to tables without one of their own."""
    if not isinstance(metadata, Call) or metadata.func.rpartition(".")[2] != "MetaData":
        return None
    found = metadata.get("schema")
    return found if isinstance(found, str) and found else None


def index_name(convention: Mapping[str, str], table: str, column: str) -> str | None:
    """The name that SQLAlchemy gives to the index of ``index=True``."""
    pattern = convention.get("ix", INDEX_NAMES)
    return by_convention(pattern, table, (column,), None)


def by_convention(
    pattern: str, table: str, columns: Sequence[str], referred: str | None
) -> str | None:
    """A name by SQLAlchemy's naming convention; None where it asks for what is not known."""
    if not columns:
        return None
    bare = table.rpartition(".")[2]
    label = table.replace(".", "_")
    known = {
        "table_name": bare,
        "column_0_label": f"{label}_{columns[0]}",
        "column_0_name": columns[0],
        "column_0_key": columns[0],
        "column_0_N_name": "_".join(columns),
        "column_0N_name": "".join(columns),
        "column_0_N_label": "_".join(f"{label}_{column}" for column in columns),
    }
    if referred is not None:
        known["referred_table_name"] = referred.rpartition(".")[2]
    tokens = re.findall(r"%\((\w+)\)s", pattern)
    if not all(token in known for token in tokens):
        return None
    return shortened(re.sub(r"%\((\w+)\)s", lambda m: known[m[1]], pattern))


def snake_case(name: str) -> str:
    """Flask-SQLAlchemy's table name for a class."""
    made = re.sub(r"((?<=[a-z0-9])[A-Z]|(?!^)[A-Z](?=[a-z]))", r"_\1", name)
    return made.lower().lstrip("_")
