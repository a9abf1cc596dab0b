"""Names as SQL has them, in what is written."""

from __future__ import annotations

import re

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*$")


def named(name: str) -> str:
    """*name* as SQL has it: quoted where it must be, part by part of ``schema.table``."""
    from sqlalchemy.dialects.postgresql.base import RESERVED_WORDS

    return ".".join(
        part if _PLAIN.match(part) and part not in RESERVED_WORDS else f'"{part}"'
        for part in name.split(".")
    )
