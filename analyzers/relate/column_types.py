"""Types of columns as SQL writes them: which are one for autogenerate, and which takes the other's values."""

from __future__ import annotations

import re

_SYNONYMS = (
    frozenset({"numeric", "decimal"}),
    frozenset({"float", "double precision"}),
    frozenset({"int", "integer"}),
    # MySQL's, where a boolean is a small number and MariaDB's JSON a text.
    frozenset({"bool", "boolean", "tinyint"}),
    frozenset({"json", "longtext"}),
)
_SIZED_TEXTS = frozenset({"tinytext", "text", "mediumtext", "longtext"})
"""MySQL's: how large one of a size becomes depends on the table's character set."""
_BESIDE = re.compile(r"\s+(?:unsigned|zerofill|character set \w+)\b")
"""What Alembic does not compare of MySQL's types."""
_COLLATION = re.compile(r"\s*\bcollate (?:\"[^\"]*\"|\w+)")
"""What it compares of no type."""


_STANDARD = frozenset(
    {"integer", "int", "bigint", "smallint", "boolean", "bool", "text", "varchar", "char"}
    | {"float", "double precision", "double", "real", "numeric", "decimal", "date", "datetime"}
    | {"time", "timestamp", "interval", "uuid", "json", "jsonb", "bytea", "blob", "tinyint"}
    | {"inet", "citext", "tsvector", "binary", "varbinary", "longtext", "mediumtext", "nvarchar"}
)


_WHOLE = {"smallint": 2, "int": 4, "integer": 4, "bigint": 8}
"""Whole numbers, and the bytes that each of them has."""
_TEXTS = frozenset({"varchar", "text"})
"""Texts of any length, or up to one, that are not padded."""


def same_type(present: str | None, wanted: str | None) -> bool:
    """Whether autogenerate takes two types for one: Alembic's ``DefaultImpl.compare_type``."""
    if present is None or wanted is None:
        return True
    one, two = _tokens(present), _tokens(wanted)
    if one[0] not in _STANDARD and two[0] not in _STANDARD:
        # Enums and domains: Alembic's versions differ in what they compare of them.
        return True
    if {one[0], two[0]} <= _SIZED_TEXTS and (one[1] or two[1]):
        return True
    names_match = one[0] == two[0] or any({one[0], two[0]} <= group for group in _SYNONYMS)
    if not names_match:
        return False
    if len(one[1]) == len(two[1]) and one[1] != two[1]:
        return False
    return one[2] == two[2]


def holds(present: str | None, wanted: str | None) -> bool:
    """Whether a column of the type *present* takes every text, or whole number, that one of the type *wanted* takes."""
    if present is None or wanted is None:
        return False
    one, two = _tokens(present), _tokens(wanted)
    if one[0] in _WHOLE and two[0] in _WHOLE:
        signed = "unsigned" not in f"{present} {wanted}".lower() and not (one[2] or two[2])
        return signed and _WHOLE[one[0]] >= _WHOLE[two[0]]
    if one[2] or two[2] or two[0] not in _TEXTS:
        return False
    if one[0] == "text" or (one[0] == "varchar" and not one[1]):
        return True
    sizes = (*one[1], *two[1])
    known = len(sizes) == 2 and all(size.isdecimal() for size in sizes)
    return one[0] in _TEXTS and known and int(sizes[0]) >= int(sizes[1])


def _tokens(text: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """A type's name, its arguments, and what follows (``with time zone``, ``[]``)."""
    text = _COLLATION.sub("", _BESIDE.sub("", text.lower()))
    found = re.match(r"\s*([^(\[]+)(?:\(([^)]*)\))?\s*(.*?)\s*$", text)
    if found is None:
        return text, (), ()
    name, args, rest = found[1].strip(), found[2], found[3]
    rest = rest.replace("without time zone", "").strip()
    words = name.split()
    if words[0] in {"timestamp", "time"} and len(words) > 1:
        name, rest = words[0], " ".join(words[1:]).replace("without time zone", "").strip()
    listed = tuple(arg.strip() for arg in args.split(",")) if args else ()
    return name, listed, (rest,) if rest else ()
